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
ACTIVE_KEYS = ("/OpenAction", "/AA", "/JavaScript", "/Launch")

REFUSED = "Diese Datei können wir nicht annehmen. Bitte laden Sie ein PDF, PNG oder JPEG bis 10 MB hoch, ohne Passwort und ohne eingebettete Programme."


class DocumentField(forms.FileField):
    """A document chosen in a form; `cleaned_data` holds the checked file or None."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("help_text", "PDF, PNG oder JPEG, höchstens 10 MB")
        super().__init__(widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}), **kwargs)

    def clean(self, data: UploadedFile | None, initial: object = None) -> UploadedFile | None:
        if data:
            data.name = PurePath(data.name).name[-100:]
        file = super().clean(data, initial)
        if isinstance(file, UploadedFile):
            check_document(file)
        return file


def check_document(file: UploadedFile) -> None:
    """Raise ValidationError unless the file is a harmless PDF, PNG or JPEG. Leaves it at its start."""
    if file.size > MAX_BYTES:
        raise ValidationError("Diese Datei ist größer als 10 MB. Bitte laden Sie eine kleinere hoch.", code="too_large")
    try:
        start = file.read(5)
        file.seek(0)
        if start == b"%PDF-":
            _check_pdf(file)
        else:
            _check_image(file)
    except ValidationError:
        raise
    except Exception as error:  # parsers of hostile files raise whatever they like
        raise ValidationError(REFUSED, code="refused") from error
    finally:
        file.seek(0)


def _check_pdf(file: UploadedFile) -> None:
    import pikepdf  # only whoever checks a PDF pays for loading it

    with pikepdf.open(file) as pdf:
        active = any(key in pdf.Root for key in ACTIVE_KEYS) or "/JavaScript" in pdf.Root.get("/Names", {})
        if pdf.is_encrypted or active or len(pdf.attachments) or len(pdf.pages) > MAX_PAGES:
            raise ValidationError(REFUSED, code="refused")


def _check_image(file: UploadedFile) -> None:
    from PIL import Image

    with warnings.catch_warnings(), Image.open(file, formats=("PNG", "JPEG")) as image:
        warnings.simplefilter("error")
        if image.width * image.height > MAX_PIXELS or getattr(image, "n_frames", 1) > 1:
            raise ValidationError(REFUSED, code="refused")
        image.verify()


def document_path(instance: object, filename: str) -> str:
    """Return a path that tells nothing: random, with the ending of the allowed kind."""
    ending = PurePath(filename).suffix.lower()
    return f"documents/{uuid.uuid4().hex}{ending if ending in ('.pdf', '.png', '.jpg', '.jpeg') else '.bin'}"


def shown_name(filename: str) -> str:
    """Return the name people gave, harmless to show."""
    return clean_line(PurePath(filename).name)[-120:]
