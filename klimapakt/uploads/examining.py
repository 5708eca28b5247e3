"""What the worker does with a file in quarantine: have it scanned, draw images again, release or refuse it.

May run twice at the same time or be killed at any line: a file is decided once, and a lease that ran out brings it back.
"""

import logging

from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from klimapakt.states import TransitionNotAllowed
from klimapakt.uploads import decoding, scanner
from klimapakt.uploads.models import MOST_ATTEMPTS, Upload
from klimapakt.uploads.names import name_with

logger = logging.getLogger(__name__)

CANNOT_BE_EXAMINED = "Diese Datei ließ sich nicht prüfen. Bitte speichern Sie sie neu ab und laden Sie sie noch einmal hoch, oder schicken Sie uns eine andere."
BROKEN_IMAGE = "Dieses Bild ist beschädigt oder lässt sich nicht lesen. Bitte speichern Sie es neu ab und laden Sie es noch einmal hoch."
SCANNER = "den Virenscanner: Er antwortet nicht oder nicht richtig."


def examine_next() -> bool:
    """Examine one file that waits; False when there is none to claim, or none can be examined now."""
    now = timezone.now()
    for upload in Upload.objects.waiting(now=now).filter(attempts__gte=MOST_ATTEMPTS):
        _decide(upload.refuse, CANNOT_BE_EXAMINED)  # its last worker was killed and could not say so
    upload = Upload.objects.claim(now=now)
    if upload is None:
        return False
    try:
        _examine(upload)
    except scanner.ScannerTrouble as trouble:
        logger.error("upload %s stays in quarantine: %s", upload.pk, trouble)
        upload.wait_for(SCANNER, now=timezone.now())
        return False  # the next one would fare no better
    except SoftTimeLimitExceeded:
        logger.error("upload %s takes too long", upload.pk)
        _decide(upload.refuse, CANNOT_BE_EXAMINED)
    except Exception:  # one broken file must never stop the others
        logger.exception("upload %s cannot be examined", upload.pk)
        upload.retry_later(now=timezone.now())
    return True


def _examine(upload: Upload) -> None:
    content = bytes(upload.content)
    if scanner.is_used() and scanner.scan(content):
        _decide(upload.refuse, scanner.VIRUS_FOUND)
        return
    name, content_type = upload.name, upload.content_type
    if upload.is_image:
        try:
            kind, content = decoding.draw_again(content, longest_side=upload.rules.longest_side)
        except decoding.Undecodable:
            _decide(upload.refuse, BROKEN_IMAGE)
            return
        name, content_type = name_with(kind.ending, name), kind.content_type
    _decide(upload.release, content=content, content_type=content_type, name=name)


def _decide(act: object, *args: object, **kwargs: object) -> None:
    try:
        act(*args, **kwargs)
    except TransitionNotAllowed:
        logger.info("another worker has decided meanwhile")


def delete_unused() -> None:
    """Delete files that nothing refers to any more."""
    Upload.objects.unused(now=timezone.now()).delete()
