"""The order. It validates; it neither mails nor stores."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Fieldset, Layout, Submit
from django.core.exceptions import ValidationError
from django.utils import timezone

from klimapakt.fields import MailFormField
from klimapakt.limits.forms import TRAP, GuardedForm
from klimapakt.newsletter import mails

PRIVACY_NOTICE = (
    "<p>{{ consent }}</p><p>Wir verwenden Ihre Adresse nur dafür. Ob Sie eine Ausgabe lesen, erfahren wir nicht. Mehr dazu"
    ' steht in den <a href="/datenschutz/">Datenschutzhinweisen</a>.</p>'
)


class SubscriptionForm(GuardedForm):
    """One address; the page around it knows the words of the consent."""

    form_name = "newsletter"

    email = MailFormField(
        label="E-Mail-Adresse",
        help_text="Dorthin schicken wir gleich eine Mail mit einem Link zur Bestätigung.",
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            Fieldset(
                "Ihre Bestellung",
                *TRAP,
                "email",
                HTML(PRIVACY_NOTICE),
                Submit("send", "Newsletter bestellen"),
            )
        )

    def clean_email(self) -> str:
        address = self.cleaned_data["email"]
        if mails.too_many_confirmations(address, now=timezone.now()):
            raise ValidationError(mails.TOO_MANY)
        return address
