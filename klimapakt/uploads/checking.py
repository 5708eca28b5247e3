"""The one check of every file that somebody sends: told by its content, not by its name."""

import warnings

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from klimapakt.uploads import decoding, profiles
from klimapakt.uploads.profiles import DOCUMENT, Kind, Profile

MAX_PIXELS = 20_000_000


def check(file: UploadedFile, profile: Profile) -> Kind:
    """Return what kind of file this is; raise ValidationError unless it is one that the profile takes.

    Leaves the file at its start. Images are only looked at here; the worker draws them again.
    """
    if file.size > profile.max_bytes:
        raise ValidationError(profile.too_large, code="too_large")
    if not file.size:
        raise ValidationError("Diese Datei ist leer. Bitte wählen Sie eine andere.", code="empty")
    try:
        content = file.read(profile.max_bytes + 1)  # the stated size may lie
        if len(content) > profile.max_bytes:
            raise ValidationError(profile.too_large, code="too_large")
        kind = _kind(content, file)
        if kind not in profile.kinds:
            raise ValidationError(profile.refused, code="refused")
        return kind
    except ValidationError:
        raise
    except Exception as error:  # parsers of hostile files raise whatever they like
        raise ValidationError(profile.refused, code="refused") from error
    finally:
        file.seek(0)


def check_document(file: UploadedFile) -> str:
    """Return the ending that belongs to the content; raise ValidationError unless it is a harmless document."""
    return check(file, DOCUMENT).ending


def _kind(content: bytes, file: UploadedFile) -> Kind | None:
    if content.startswith(b"%PDF-"):
        decoding.open_document(content)
        return profiles.PDF
    return _kind_of_image(file)


def _kind_of_image(file: UploadedFile) -> Kind | None:
    """Read the head of an image, not its points."""
    from PIL import Image  # only whoever checks an image pays for loading it

    kinds = {kind.name: kind for kind in (profiles.PNG, profiles.JPEG, profiles.WEBP)}
    also = {"MPO": profiles.JPEG}  # what telephones make: a JPEG with a second picture behind
    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Image.open(file, formats=tuple(kinds)) as image:
            moves = image.format not in also and getattr(image, "n_frames", 1) > 1
            if image.width * image.height > MAX_PIXELS or moves:
                return None
            kind = (kinds | also)[image.format]
            image.verify()
    return kind
