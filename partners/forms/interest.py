"""An inquiry, and the wish for a lost link."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Fieldset, Layout, Submit
from django import forms

from klimapakt.fields import LineFormField, MailFormField, ProseFormField
from klimapakt.limits.forms import TRAP, GuardedForm
from klimapakt.pact.models import Pact

PRIVACY_NOTICE = (
    "<p>Wir verwenden Ihre Angaben nur, um Ihnen zu antworten. Mehr dazu steht in den "
    '<a href="/datenschutz/">Datenschutzhinweisen</a>.</p>'
)


class InterestForm(GuardedForm):
    """Somebody would like to know more, or to talk."""

    form_name = "interest"
    counts_once = True

    name = LineFormField(
        label="Ihr Vor- und Nachname",
        max_length=200,
        error_messages={"required": "Bitte geben Sie Ihren Vor- und Nachnamen an."},
    )
    organisation = LineFormField(label="Organisation", max_length=200, required=False)
    email = MailFormField(
        label="Ihre E-Mail-Adresse", help_text="Dorthin schicken wir gleich einen Link zur Bestätigung."
    )
    question = ProseFormField(
        label="Ihre Frage", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    wants_talk = forms.BooleanField(label="Ich möchte ein Orientierungsgespräch.", required=False)

    def __init__(self, data: Any = None, *, pact: Pact) -> None:
        super().__init__(data)
        if not pact.offers_talks:
            del self.fields["wants_talk"]
        for name, meaning in (("name", "name"), ("organisation", "organization"), ("email", "email")):
            self.fields[name].widget.attrs["autocomplete"] = meaning
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        shown = [name for name in self.fields if name not in ("form_token", "homepage")]
        self.helper.layout = Layout(*TRAP, Fieldset("", *shown, HTML(PRIVACY_NOTICE), Submit("send", "Anfrage senden")))

    def answers(self) -> dict[str, Any]:
        """Return the arguments of `interest.ask`. Call after `is_valid()`."""
        return {name: value for name, value in self.cleaned_data.items() if name != "homepage"}


class LinkRequestForm(GuardedForm):
    """The address to which somebody wants the personal link."""

    form_name = "link_request"

    email = MailFormField(label="E-Mail-Adresse", help_text="Die Adresse, unter der wir Ihnen sonst schreiben.")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(*TRAP, Fieldset("", "email", Submit("send", "Link anfordern")))
