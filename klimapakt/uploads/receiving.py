"""Take a file into the quarantine."""

import hashlib
import logging
import zlib

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, models, transaction
from django.db.models import Sum
from kombu.exceptions import OperationalError

from klimapakt.mailbox.models import case_of
from klimapakt.uploads.checking import check
from klimapakt.uploads.models import Upload
from klimapakt.uploads.names import name_with
from klimapakt.uploads.profiles import CASE_BYTES, MEGABYTE, PROFILES, QUARANTINE_BYTES

logger = logging.getLogger(__name__)


def receive(file: UploadedFile, *, profile: str, about: models.Model, by: str = "") -> Upload:
    """Check a file and keep it in quarantine; the worker releases or refuses it within seconds.

    The same file sent again for the same case is the one that is there. Raises ValidationError with a German sentence
    when it is refused at once, or when the case has too many files.
    """
    rules = PROFILES[profile]
    checked = getattr(file, "checked", None)  # by UploadField
    kind = checked[1] if checked and checked[0] is rules else check(file, rules)
    content = file.read()
    file.seek(0)
    found = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        _lock(case_of(about))
        kept = Upload.objects.about(about).kept()
        if same := kept.filter(profile=profile, received_sha256=found).first():
            return same
        if kept.filter(profile=profile).count() >= rules.most:
            raise ValidationError(
                f"Mehr als {rules.most} Dateien nehmen wir hier nicht an. Bitte entfernen Sie zuerst eine andere.",
                code="too_many",
            )
        if _bytes_of(kept) + len(content) > CASE_BYTES:
            raise ValidationError(
                f"Alle Dateien zusammen dürfen höchstens {CASE_BYTES // MEGABYTE} MB groß sein. Bitte entfernen Sie zuerst eine andere oder laden Sie eine kleinere hoch.",
                code="too_much",
            )
        if _bytes_of(Upload.objects.quarantined()) + len(content) > QUARANTINE_BYTES:
            logger.error("the quarantine is full")
            raise ValidationError(
                "Gerade warten sehr viele Dateien auf ihre Prüfung. Bitte versuchen Sie es in einer Stunde noch einmal.",
                code="quarantine_full",
            )
        upload = Upload.objects.create(
            profile=profile,
            about=case_of(about),
            name=name_with(kind.ending, file.name or ""),
            content=content,
            content_type=kind.content_type,
            size=len(content),
            received_sha256=found,
            by=by[:200],
        )
        wake()
    return upload


def _lock(case: str) -> None:
    """Let one file of a case be counted at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [zlib.crc32(b"uploads") >> 1, zlib.crc32(case.encode()) >> 1]
        )


def _bytes_of(uploads: models.QuerySet) -> int:
    return uploads.aggregate(sum=Sum("size"))["sum"] or 0


def wake() -> None:
    """Tell the worker after the commit that there is something to examine; a dead broker is no error."""
    if not any(function is _wake for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    from klimapakt.uploads.tasks import examine

    try:
        examine.delay()
    except OperationalError:
        logger.warning("the broker cannot be reached; the next sweep finds the file")
