"""Order a PDF, store an upload, and render what waits.

An order is a row of its cause's transaction; the worker renders outside any transaction and fills it exactly
once. Postgres holds the truth; Celery only wakes (docs/decisions/0003).
"""

import logging
from collections.abc import Callable
from pathlib import PurePath

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, models, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from klimapakt.documents.models import MOST_ATTEMPTS, Document
from klimapakt.mailbox.models import case_of
from klimapakt.text import clean_line

logger = logging.getLogger(__name__)

TAKES_TOO_LONG = "Dieses Dokument ist zu umfangreich: Das PDF wurde nicht rechtzeitig fertig."
CANNOT_BE_MADE = "Das PDF ließ sich nicht erstellen."

_on_ready: dict[str, Callable[[Document], None]] = {}


def register(kind: str, on_ready: Callable[[Document], None]) -> None:
    """Have `on_ready` called with each rendered document of a kind, in the transaction that fills it."""
    _on_ready[kind] = on_ready


def order(
    kind: str,
    *,
    key: str,
    name: str,
    html: str,
    about: models.Model,
    is_kept: bool,
    is_invented: bool = False,
) -> Document:
    """Have a PDF made of `html` as it is now; with a `key` that is already there, return that document.

    `name` is the file's name. Whatever is not kept is deleted a day after it was made.
    """
    document, is_new = Document.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "name": _file_name(name, ".pdf"),
            "html": html,
            "about": case_of(about),
            "is_kept": is_kept,
            "is_invented": is_invented,
        },
    )
    if is_new:
        wake()
    return document


def store(
    kind: str,
    *,
    key: str,
    name: str,
    content: bytes,
    content_type: str,
    about: models.Model,
    is_invented: bool = False,
) -> Document:
    """Keep an uploaded, checked file; the same file under the same key is stored once.

    Raises ValueError when the key stands for another file: what is kept cannot be replaced.
    """
    document, is_new = Document.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "name": _file_name(name, PurePath(name).suffix),
            "content": content,
            "content_type": content_type,
            "about": case_of(about),
            "is_kept": True,
            "is_invented": is_invented,
            "ready_at": timezone.now(),
        },
    )
    if not is_new and bytes(document.content or b"") != content:
        raise ValueError(f"another file is stored under {key}")
    return document


def _file_name(name: str, ending: str) -> str:
    """Return a name that every system takes, with this ending."""
    stem = clean_line(name.replace("/", "-").replace("\\", "-")).removesuffix(ending).strip(". ")
    return (stem or "Dokument")[:150] + ending


def wake() -> None:
    """Tell the worker after the commit that there is something to render; a dead broker is no error."""
    if not any(function is _wake for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    from klimapakt.documents.tasks import render

    try:
        render.delay()
    except OperationalError:
        logger.warning("the broker cannot be reached; the next sweep finds the document")


def render_next() -> bool:
    """Render one document that waits; False when there is none to claim.

    May run twice at the same time or be killed at any line: a document is filled once, together with what
    follows from it, and a lease that ran out brings it back.
    """
    now = timezone.now()
    for document in Document.objects.waiting(now=now).filter(attempts__gte=MOST_ATTEMPTS):
        document.give_up(CANNOT_BE_MADE)  # its last worker was killed and could not say so
    document = Document.objects.claim(now=now)
    if document is None:
        return False
    try:
        from klimapakt import pdf  # only a worker that renders pays for loading it

        _finish(document, pdf.render(document.html))
    except SoftTimeLimitExceeded:
        logger.error("document %s takes too long", document.pk)
        document.give_up(TAKES_TOO_LONG)
    except Exception:  # one broken order must never stop the others
        logger.exception("document %s cannot be made", document.pk)
        document.retry_later(CANNOT_BE_MADE, now=timezone.now())
    return True


@transaction.atomic
def _finish(document: Document, content: bytes) -> None:
    """Fill the document and do what follows from it, both or neither."""
    if document.fill(content, now=timezone.now()) and document.kind in _on_ready:
        _on_ready[document.kind](document)


def delete_outdated() -> None:
    """Delete what nobody keeps and nobody will fetch any more."""
    Document.objects.outdated(now=timezone.now()).delete()
