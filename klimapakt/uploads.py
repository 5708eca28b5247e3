"""One check for every uploaded document, and where it lies.

Allowed are PDF, PNG and JPEG, told by their content, not by their name. Names on disk are random; the name
people gave is kept as text. Source of the rules: OWASP File Upload Cheat Sheet; BSI CON.10.A5.
"""

import uuid
import warnings
from pathlib import PurePath

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from klimapakt.text import clean_line

MAX_BYTES = 10 * 1024 * 1024
MAX_PAGES = 100
MAX_PIXELS = 20_000_000
ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/Rendition", "/RichMediaExecute"}
ACTION_KEYS = ("/AA", "/JS")
DEEPEST = 50
"""Nested so deep is no document of an office."""

REFUSED = "Diese Datei können wir nicht annehmen. Bitte laden Sie ein PDF, PNG oder JPEG bis 10 MB hoch, ohne Passwort und ohne eingebettete Programme."


class DocumentField(forms.FileField):
    """A document chosen in a form; `cleaned_data` holds the checked file, named after what it is, or None."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("help_text", "PDF, PNG oder JPEG, höchstens 10 MB")
        super().__init__(widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}), **kwargs)

    def clean(self, data: UploadedFile | None, initial: object = None) -> UploadedFile | None:
        if data:
            data.name = PurePath(data.name).name[-100:]
        file = super().clean(data, initial)
        if isinstance(file, UploadedFile):
            file.name = (PurePath(file.name).stem or "dokument") + check_document(file)
        return file


def check_document(file: UploadedFile) -> str:
    """Return the ending that belongs to the content; raise ValidationError unless it is a harmless document.

    Leaves the file at its start.
    """
    if file.size > MAX_BYTES:
        raise ValidationError("Diese Datei ist größer als 10 MB. Bitte laden Sie eine kleinere hoch.", code="too_large")
    try:
        start = file.read(5)
        file.seek(0)
        return _check_pdf(file) if start == b"%PDF-" else _check_image(file)
    except ValidationError:
        raise
    except Exception as error:  # parsers of hostile files raise whatever they like
        raise ValidationError(REFUSED, code="refused") from error
    finally:
        file.seek(0)


def _check_pdf(file: UploadedFile) -> str:
    import pikepdf  # only whoever checks a PDF pays for loading it

    with pikepdf.open(file) as pdf:
        if pdf.is_encrypted or len(pdf.attachments) or len(pdf.pages) > MAX_PAGES:
            raise ValidationError(REFUSED, code="refused")
        if "/JavaScript" in pdf.Root.get("/Names", {}) or any(_acts(found) for found in pdf.objects):
            raise ValidationError(REFUSED, code="refused")
    return ".pdf"


def _acts(found: object, depth: int = 0) -> bool:
    """Whether a PDF object starts something by itself: scripts, programs, forms that send themselves."""
    import pikepdf

    if depth > DEEPEST or not isinstance(found, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream):
        return depth > DEEPEST
    if isinstance(found, pikepdf.Array):
        return any(_acts(value, depth + 1) for value in found if not _is_elsewhere(value))
    if str(found.get("/S", "")) in ACTIONS or any(key in found for key in ACTION_KEYS):
        return True
    return any(_acts(value, depth + 1) for _, value in found.items() if not _is_elsewhere(value))


def _is_elsewhere(value: object) -> bool:
    """Indirect objects are looked at on their own, once."""
    return getattr(value, "is_indirect", False)


def _check_image(file: UploadedFile) -> str:
    from PIL import Image

    with warnings.catch_warnings(), Image.open(file, formats=("PNG", "JPEG")) as image:
        warnings.simplefilter("error")
        if image.width * image.height > MAX_PIXELS or getattr(image, "n_frames", 1) > 1:
            raise ValidationError(REFUSED, code="refused")
        image.verify()
        return ".png" if image.format == "PNG" else ".jpg"


def document_path(instance: object, filename: str) -> str:
    """Return a path that tells nothing: random, with the ending of the allowed kind."""
    ending = PurePath(filename).suffix.lower()
    return f"documents/{uuid.uuid4().hex}{ending if ending in ('.pdf', '.png', '.jpg') else '.bin'}"


def shown_name(filename: str) -> str:
    """Return the name people gave, harmless to show."""
    return clean_line(PurePath(filename).name)[-120:]
