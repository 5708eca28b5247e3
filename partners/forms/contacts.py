"""Who speaks for a company: entered, changed and handed over by its own people."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Submit
from django import forms
from django.core.exceptions import ValidationError

from klimapakt.fields import LineFormField, MailFormField
from partners.forms.profile import ShownForm
from partners.models import Contact

NEW = "neu"
ROLES = {
    "is_main": ("Erste Ansprechperson", "An sie schreiben wir zuerst. Es gibt genau eine."),
    "is_signatory": ("Zeichnungsberechtigt", "Darf die Vereinbarung unterschreiben."),
    "is_for_events": ("Für Veranstaltungen", "Bekommt Einladungen."),
    "is_for_reporting": (
        "Für das Monitoring",
        "Wird später nach dem Stand der Maßnahmen gefragt. Berichte gibt es hier noch nicht.",
    ),
}


class ColleagueForm(ShownForm, forms.ModelForm):
    """A person with roles."""

    email = MailFormField(label="E-Mail-Adresse")

    class Meta:
        model = Contact
        fields = ["name", "function", "phone", *ROLES]
        labels = {"name": "Vor- und Nachname", **{role: label for role, (label, _) in ROLES.items()}}
        help_texts = {role: text for role, (_, text) in ROLES.items()}

    def __init__(self, data: Any = None, *, shown: str, contact: Contact | None = None) -> None:
        email = contact.new_email or contact.email if contact else ""
        super().__init__(data, initial={"shown": shown, "email": email}, instance=contact)
        for name in ("name", "function", "phone", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        for role in ROLES:
            self.fields[role].hide_optional = True
        self.fields["email"].help_text = (
            "Eine neue Adresse gilt, sobald der Link bestätigt ist, den wir dorthin schicken."
            if contact and contact.has_access
            else "Dorthin schicken wir einen eigenen Link. Bitte geben Sie Ihren nicht weiter."
        )
        roles = [role for role in ROLES if contact or role != "is_main"]
        if contact is None:
            del self.fields["is_main"]  # whoever has opened the link may become it
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            "shown",
            "name",
            "function",
            "email",
            "phone",
            Fieldset("Aufgaben", *roles, css_class="form-section"),
            Submit("save", "Speichern" if contact else "Eintragen und einladen"),
        )

    def details(self) -> dict[str, object]:
        """Return name, function, phone and roles. Call after `is_valid()`."""
        return {field: self.cleaned_data[field] for field in self.Meta.fields if field in self.cleaned_data}


class HandOverForm(ShownForm):
    """Who takes over from somebody who leaves: a colleague of the list, or somebody new."""

    successor = forms.ChoiceField(
        label="Wer übernimmt?",
        widget=forms.RadioSelect,
        error_messages={"required": "Bitte wählen Sie, wer übernimmt."},
    )
    name = LineFormField(label="Vor- und Nachname", required=False, max_length=200)
    function = LineFormField(label="Funktion", required=False, max_length=120)
    email = MailFormField(
        label="E-Mail-Adresse",
        required=False,
        help_text="Dorthin schicken wir einen eigenen Link. Sobald er geöffnet ist, ist die Übergabe erledigt.",
    )

    def __init__(self, data: Any = None, *, shown: str, others: list[Contact]) -> None:
        super().__init__(data, initial={"shown": shown, "successor": "" if others else NEW})
        self.others = {str(other.pk): other for other in others}
        self.fields["successor"].choices = [
            *((key, other.name) for key, other in self.others.items()),
            (NEW, "eine neue Person (bitte unten eintragen)"),
        ]
        for name in ("name", "function", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
            self.fields[name].hide_optional = name != "function"
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            "shown",
            "successor",
            Fieldset("Neue Person", "name", "function", "email", css_class="form-section"),
            Submit("hand_over", "Übergeben"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("successor") == NEW:
            for name, sentence in (
                ("name", "Bitte geben Sie den Namen der neuen Person an."),
                ("email", "Bitte geben Sie die E-Mail-Adresse der neuen Person an."),
            ):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, ValidationError(sentence, code="required"))
        return cleaned

    @property
    def chosen(self) -> Contact | None:
        """The colleague of the list; None for somebody new. Call after `is_valid()`."""
        return self.others.get(self.cleaned_data["successor"])
