"""The order. It validates; it neither mails nor stores."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Field, Fieldset, Layout, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from klimapakt.fields import MailFormField
from klimapakt.newsletter import mails

PRIVACY_NOTICE = (
    "<p>{{ consent }}</p><p>Wir verwenden Ihre Adresse nur dafür. Ob Sie eine Ausgabe lesen, erfahren wir nicht. Mehr dazu"
    ' steht in den <a href="/datenschutz/">Datenschutzhinweisen</a>.</p>'
)


class SubscriptionForm(forms.Form):
    """One address; the page around it knows the words of the consent."""

    email = MailFormField(
        label="E-Mail-Adresse",
        help_text="Dorthin schicken wir gleich eine Mail mit einem Link zur Bestätigung.",
    )
    homepage = forms.CharField(label="Bitte leer lassen", required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["homepage"].widget.attrs.update({"tabindex": "-1", "autocomplete": "off"})
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            Fieldset(
                "Ihre Bestellung",
                "email",
                Field("homepage", wrapper_class="honeypot"),
                HTML(PRIVACY_NOTICE),
                Submit("send", "Newsletter bestellen"),
            )
        )

    def clean_homepage(self) -> str:
        if self.cleaned_data["homepage"]:  # only programs see this field
            raise ValidationError("Bitte lassen Sie dieses Feld leer.")
        return ""

    def clean_email(self) -> str:
        address = self.cleaned_data["email"]
        if mails.too_many_confirmations(address, now=timezone.now()):
            raise ValidationError(mails.TOO_MANY)
        return address
