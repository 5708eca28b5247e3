"""The signature under a letter of intent."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from klimapakt.fields import LineFormField, words_fit
from partners.models.prospect import Prospect
from partners.services.letters import Wording


class LetterForm(forms.Form):
    """Name, function, tick and code; carries the hash of the words that the page showed."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    name = LineFormField(
        label="Vor- und Nachname",
        max_length=200,
        validators=[words_fit],
        error_messages={"required": "Bitte geben Sie Ihren Vor- und Nachnamen an."},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    function = LineFormField(
        label="Funktion",
        max_length=120,
        help_text="Zum Beispiel „Geschäftsführerin“ oder „Nachhaltigkeitsmanager“.",
        error_messages={"required": "Bitte geben Sie an, in welcher Funktion Sie unterschreiben."},
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    agrees = forms.BooleanField(
        error_messages={"required": "Bitte bestätigen Sie, dass Sie für Ihre Organisation sprechen dürfen."}
    )
    code = forms.CharField(
        label="Code aus der Mail",
        max_length=20,
        error_messages={"required": "Bitte geben Sie den Code aus unserer Mail ein."},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        prospect: Prospect,
        wording: Wording,
        action: str,
        typed: dict[str, str] | None = None,
    ) -> None:
        known = {"sha256": wording.sha256, "name": prospect.name}
        super().__init__(data, initial={**known, **(typed or {})})
        self.fields["agrees"].label = wording.statement
        self.fields["code"].help_text = f"Acht Ziffern, geschickt an {prospect.email}. Der Code gilt 10 Minuten."
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.form_action = action
        self.helper.layout = Layout(
            "sha256",
            "name",
            "function",
            "agrees",
            "code",
            ButtonHolder(
                Submit("send", "Absichtserklärung unterschreiben"),
                Submit("new_code", "Neuen Code senden", css_class="kern-btn--secondary"),
            ),
        )
