"""Form fields for files. No other field takes one (tests/klimapakt/uploads/test_gate.py)."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from klimapakt.uploads import scanner
from klimapakt.uploads.checking import check
from klimapakt.uploads.names import name_with, shown_name
from klimapakt.uploads.profiles import DOCUMENT, PROFILES


class UploadField(forms.FileField):
    """A file for the quarantine: `cleaned_data` holds it checked and named after what it is, ready for `receive`."""

    default_error_messages = {
        "required": "Bitte wählen Sie eine Datei aus.",
        "empty": "Diese Datei ist leer. Bitte wählen Sie eine andere.",
        "missing": "Bitte wählen Sie eine Datei aus.",
        "invalid": "Die Datei ist nicht angekommen. Bitte wählen Sie sie noch einmal aus.",
    }

    def __init__(self, *, profile: str, **kwargs: object) -> None:
        self.profile = PROFILES[profile]
        kwargs.setdefault("help_text", self.profile.help_text)
        attributes = {
            "accept": self.profile.accept,
            "data-max-bytes": self.profile.max_bytes,
            "data-too-large": self.profile.too_large,
        }
        super().__init__(widget=forms.FileInput(attrs=attributes), **kwargs)

    def clean(self, data: UploadedFile | None, initial: object = None) -> UploadedFile | None:
        if data:
            data.name = (
                shown_name(data.name).strip(". ") or "Datei"
            )  # before Django's own checks, which know no long names
        file = super().clean(data, initial)
        if isinstance(file, UploadedFile):
            kind = check(file, self.profile)
            file.name = name_with(kind.ending, file.name)
            file.checked = self.profile, kind
        return file


class DocumentField(UploadField):
    """A document that staff enter: checked and scanned at once, kept where its form puts it."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(profile=DOCUMENT.slug, **kwargs)

    def clean(self, data: UploadedFile | None, initial: object = None) -> UploadedFile | None:
        file = super().clean(data, initial)
        if isinstance(file, UploadedFile) and scanner.is_used():
            try:
                virus = scanner.scan(file.read())
            except scanner.ScannerTrouble as trouble:
                raise ValidationError(
                    "Der Virenscanner antwortet gerade nicht, deshalb nehmen wir die Datei noch nicht an. Bitte versuchen Sie es in einigen Minuten noch einmal; bleibt es so, sagen Sie es der Technik.",
                    code="scanner",
                ) from trouble
            finally:
                file.seek(0)
            if virus:
                raise ValidationError(scanner.VIRUS_FOUND, code="virus")
        return file
