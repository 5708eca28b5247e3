"""Forms for the files of an application. Each is sent by itself, so that a refused file costs no other input."""

from django import forms

from klimapakt.uploads import UploadField


class FileForm(forms.Form):
    """One file. Its fields have ids of their own: it stands beside the form of a step."""

    slug = ""
    button = ""

    def __init__(self, data: object = None, files: object = None) -> None:
        super().__init__(data, files, auto_id=f"datei-{self.slug}-%s")


class LogoForm(FileForm):
    slug = "logo"
    button = "Logo hochladen"
    file = UploadField(profile="logo", label="Logo auswählen")
    rights = forms.BooleanField(
        label="Wir dürfen dieses Logo verwenden und zur Veröffentlichung weitergeben.",
        error_messages={"required": "Bitte bestätigen Sie das. Ohne die Rechte am Logo dürfen wir es nicht zeigen."},
    )


class DocumentForm(FileForm):
    slug = "unterlagen"
    button = "Datei hochladen"
    file = UploadField(profile="document", label="Datei auswählen")
