"""The application's own forms around its steps: begin it, invite somebody, send it."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout, Submit
from django import forms
from django.urls import reverse

from klimapakt.fields import LineFormField, MailFormField
from klimapakt.limits.forms import TRAP, GuardedForm
from partners.access import about
from partners.models import Application

PRIVACY_NOTICE = (
    "<p>Wir verwenden Ihre Angaben nur, um Ihren Antrag zu bearbeiten. Mehr dazu steht in den "
    '<a href="/datenschutz/">Datenschutzhinweisen</a>.</p>'
)


class StartForm(GuardedForm):
    """Who begins an application. One form is one application: its token makes a second sending harmless."""

    form_name = "application"
    counts_once = True

    organisation = LineFormField(
        label="Name der Organisation", max_length=200, help_text="Mit Rechtsform, zum Beispiel „Musterbäckerei GmbH“."
    )
    name = LineFormField(label="Ihr Vor- und Nachname", max_length=200)
    email = MailFormField(
        label="Ihre E-Mail-Adresse",
        help_text="Dorthin schicken wir gleich einen Link, mit dem Sie jederzeit und an jedem Gerät weitermachen.",
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)
        self.fields["organisation"].widget.attrs["autocomplete"] = "organization"
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            *TRAP, "organisation", "name", "email", HTML(PRIVACY_NOTICE), Submit("start", "Antrag beginnen")
        )


class InviteForm(forms.Form):
    """A colleague who shall take part."""

    name = LineFormField(label="Vor- und Nachname", max_length=200)
    email = MailFormField(
        label="E-Mail-Adresse", help_text="Dorthin schicken wir einen eigenen Link. Bitte geben Sie Ihren nicht weiter."
    )

    def __init__(self, data: object = None, *, application: Application, own: str = "") -> None:
        super().__init__(data)
        self.own = own
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        self.helper = FormHelper()
        self.helper.form_action = reverse("company:invite") + about(application)
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout("name", "email", Submit("invite", "Einladen"))

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if email.lower() == self.own.lower():
            raise forms.ValidationError("Sie sind schon dabei.")
        return email


class ConfirmForm(forms.Form):
    """What whoever sends an application confirms. The last one is a notice, not a consent."""

    may_apply = forms.BooleanField(
        label="Ich darf diesen Antrag für die Organisation stellen.",
        error_messages={"required": "Bitte bestätigen Sie, dass Sie den Antrag stellen dürfen."},
    )
    is_correct = forms.BooleanField(
        label="Die Angaben stimmen.",
        error_messages={"required": "Bitte prüfen Sie die Angaben und bestätigen Sie, dass sie stimmen."},
    )
    has_read = forms.BooleanField(
        label="Ich habe die Datenschutzhinweise gelesen.",
        error_messages={"required": "Bitte lesen Sie die Datenschutzhinweise und bestätigen Sie das."},
    )

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    """Of the answers that the page showed."""

    def __init__(self, data: object = None, *, application: Application) -> None:
        super().__init__(data, initial={"version": application.version})
        self.helper = FormHelper()
        self.helper.form_action = reverse("company:send") + about(application)
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            "version",
            "may_apply",
            "is_correct",
            Div("has_read", HTML('<p><a href="/datenschutz/">Datenschutzhinweise lesen</a></p>')),
            Submit("send", "Antrag absenden"),
        )
