"""Forms for the files of an application. They stand inside the form of a step, or in a form of their own."""

from django import forms

from klimapakt.uploads import UploadField

NO_RIGHTS = "Bitte bestätigen Sie das. Ohne die Rechte am Logo dürfen wir es nicht zeigen."


class FileForm(forms.Form):
    """One file. Its fields have ids of their own, and ask for nothing: only who sends a file needs them."""

    use_required_attribute = False
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
        error_messages={"required": NO_RIGHTS},
        widget=forms.CheckboxInput(attrs={"data-needed": NO_RIGHTS}),
    )


class DocumentForm(FileForm):
    slug = "unterlagen"
    button = "Datei hochladen"
    file = UploadField(profile="document", label="Datei auswählen")
