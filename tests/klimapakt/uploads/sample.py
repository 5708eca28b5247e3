"""Files that people send, and what is left of them."""

from collections.abc import Callable
from functools import cache

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.utils import timezone

from klimapakt.uploads import examining
from klimapakt.uploads.models import Upload
from klimapakt.uploads.receiving import receive
from tests.corpus import FILES


@cache
def content_of(kind: str) -> bytes:
    """Return the bytes of a file of the corpus, the same ones each time: a PDF has a random number in it."""
    return FILES[kind][0]()


def file(kind: str = "a pdf", name: str = "Bilanz.pdf") -> SimpleUploadedFile:
    """Return a file of the corpus, as a browser sends it."""
    return SimpleUploadedFile(name, content_of(kind), content_type="application/octet-stream")


def another(number: int) -> SimpleUploadedFile:
    """Return a document that differs from all with another number."""
    return SimpleUploadedFile(f"{number}.pdf", content_of("a pdf") + b"\n%%%d\n" % number)


def received(about: models.Model, kind: str = "a pdf", profile: str = "document") -> Upload:
    return receive(file(kind), profile=profile, about=about)


def stored(upload: Upload) -> Upload:
    """Return the row as it stands."""
    return Upload.objects.get(pk=upload.pk)


def examine_all(tries: int = 20) -> None:
    for _ in range(tries):
        if not examining.examine_next():
            return


def later(upload: Upload, **changes: object) -> None:
    """Let a pause or a lease be over."""
    Upload.objects.filter(pk=upload.pk).update(due_at=timezone.now(), **({"lease_until": None} | changes))


def wait_until(it_is_so: Callable[[], bool], seconds: float = 20) -> None:
    import time

    end = time.monotonic() + seconds
    while not it_is_so():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.1)
