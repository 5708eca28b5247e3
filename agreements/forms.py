"""Forms of the signatory. Each carries the hash of the version that its page showed."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from agreements.models import Version
from agreements.services import answering
from klimapakt.fields import LineFormField, ProseFormField, words_fit


class _VersionForm(forms.Form):
    """A form about one version; `sha256` says which one its page showed."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, data: Any = None, *, version: Version, initial: dict[str, Any] | None = None) -> None:
        own_ids = f"{type(self).__name__.lower()}-%s"  # two of these forms can stand on one page
        super().__init__(data, auto_id=own_ids, initial={"sha256": version.sha256, **(initial or {})})
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}


class SigningForm(_VersionForm):
    """Name, function, tick and code: the signature."""

    name = LineFormField(
        label="Vor- und Nachname",
        max_length=200,
        error_messages={"required": "Bitte geben Sie Ihren Vor- und Nachnamen an."},
    )
    function = LineFormField(
        label="Funktion",
        max_length=120,
        help_text="Zum Beispiel „Geschäftsführerin“ oder „Prokurist“.",
        error_messages={"required": "Bitte geben Sie an, in welcher Funktion Sie unterschreiben."},
    )
    agrees = forms.BooleanField(
        error_messages={"required": "Bitte bestätigen Sie, dass Sie unterschreiben dürfen und diese Fassung meinen."}
    )
    code = forms.CharField(
        label="Code aus der Mail",
        max_length=20,
        error_messages={"required": "Bitte geben Sie den Code aus unserer Mail ein."},
    )

    def __init__(self, data: Any = None, *, version: Version, typed: dict[str, Any] | None = None) -> None:
        super().__init__(
            data, version=version, initial=typed or {"name": version.to_name, "function": version.to_function}
        )
        self.fields["agrees"].label = answering.statement(version)
        self.fields["code"].help_text = f"Acht Ziffern, geschickt an {version.to_email}. Der Code gilt 10 Minuten."
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["function"].widget.attrs["autocomplete"] = "organization-title"
        self.fields["code"].widget.attrs.update({"autocomplete": "one-time-code", "inputmode": "numeric"})
        self.helper.form_action = "agreements:sign"
        self.helper.layout = Layout(
            "sha256",
            "name",
            "function",
            "agrees",
            "code",
            ButtonHolder(
                Submit("send", "Verbindlich unterschreiben"),
                Submit("new_code", "Neuen Code senden", css_class="kern-btn--secondary"),
            ),
        )

    def signatory(self) -> answering.Signatory:
        """Return who signs. Call after `is_valid()`."""
        return answering.Signatory(self.cleaned_data["name"], self.cleaned_data["function"])


class ChangeForm(_VersionForm):
    """The wish for another wording."""

    text = ProseFormField(
        label="Was soll anders werden?",
        max_length=3000,
        validators=[words_fit],
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Bitte schreiben Sie, was anders werden soll."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.form_action = "agreements:request_change"
        self.helper.layout = Layout("sha256", "text", Submit("send", "Änderungswunsch senden", css_id="send-change"))


class DeclineForm(_VersionForm):
    """A refusal with its reason."""

    reason = ProseFormField(
        label="Warum möchten Sie nicht unterschreiben?",
        max_length=3000,
        validators=[words_fit],
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Bitte nennen Sie uns den Grund."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.form_action = "agreements:decline"
        self.helper.layout = Layout(
            "sha256",
            "reason",
            Submit("send", "Vereinbarung ablehnen", css_id="send-refusal", css_class="kern-btn--secondary"),
        )
