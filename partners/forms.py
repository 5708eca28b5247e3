"""Forms of the public and of companies. They validate; they neither mail nor store."""

import uuid

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Fieldset, Layout, Submit
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone

from klimapakt.fields import MailFormField, ProseFormField
from klimapakt.pact.models import Pact
from partners import mails
from partners.models import Application, Consent, Sector
from partners.services.joining import CORRECTABLE

TOKEN_SALT = "application-form"  # noqa: S105 - a salt, public by nature
POSTAL_CODE = RegexValidator(r"^[0-9]{5}\Z", "Bitte geben Sie die Postleitzahl mit fünf Ziffern ein.")


class PartnerFilter(forms.Form):
    """What the public may narrow the list down by; nonsense counts as nothing chosen."""

    q = forms.CharField(required=False, max_length=100)
    branche = forms.ChoiceField(required=False, choices=Sector.choices)

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {"words": self.cleaned_data.get("q", ""), "sector": self.cleaned_data.get("branche", "")}


class ApplicationForm(forms.ModelForm):
    """The application to join. One form is one application: its token makes a second sending harmless."""

    form_token = forms.CharField(widget=forms.HiddenInput)
    signatory_is_contact = forms.BooleanField(
        label="Die Ansprechperson darf für die Organisation unterschreiben", required=False
    )
    may_apply = forms.BooleanField(
        label="Ich darf diesen Antrag für die Organisation stellen, und die Angaben stimmen.",
        error_messages={"required": "Bitte bestätigen Sie, dass Sie den Antrag stellen dürfen."},
    )
    consent_profile = forms.BooleanField(label=Consent.TEXTS[Consent.Purpose.PROFILE], required=False)
    consent_measures = forms.BooleanField(label=Consent.TEXTS[Consent.Purpose.MEASURES], required=False)
    consent_initial_partners = forms.BooleanField(label=Consent.TEXTS[Consent.Purpose.INITIAL_PARTNERS], required=False)
    homepage = forms.CharField(label="Bitte leer lassen", required=False)

    field_order = ["form_token"]  # read first: the checks below ask whether this form came before

    class Meta:
        model = Application
        fields = CORRECTABLE
        labels = {
            "contact_name": "Vor- und Nachname",
            "contact_function": "Funktion",
            "contact_email": "E-Mail-Adresse",
            "contact_phone": "Telefon",
            "signatory_name": "Vor- und Nachname der unterschreibenden Person",
            "signatory_function": "Funktion der unterschreibenden Person",
            "already_doing": "Was tun Sie schon für das Klima?",
            "wishes": "Was wünschen Sie sich vom Klimapakt?",
        }
        help_texts = {
            "name": "Mit Rechtsform, zum Beispiel „Musterbäckerei GmbH“.",
            "employees": "Ungefähr, als Zahl. Wir veröffentlichen nur eine Größenklasse.",
            "website": "Zum Beispiel www.firma.de",
            "contact_email": "Dorthin schicken wir gleich eine Mail mit einem Link zur Bestätigung.",
            "contact_phone": "Für kurze Rückfragen.",
            "already_doing": "Ein paar Stichworte reichen: Energie, Gebäude, Fahrzeuge, Einkauf.",
            "wishes": "Zum Beispiel Beratung, Austausch zu einem Thema, Hilfe bei der CO₂-Bilanz.",
        }

    def __init__(self, data: object = None, *, pact: Pact) -> None:
        super().__init__(
            data, initial={"form_token": signing.dumps(str(uuid.uuid4()), salt=TOKEN_SALT), "place": pact.city}
        )
        self.fields["place"].help_text = f"Ihr Sitz oder eine Niederlassung in {pact.city}."
        self.fields["postal_code"].validators.append(POSTAL_CODE)
        for name in ("signatory_name", "signatory_function"):
            self.fields[name].required = False
            self.fields[name].hide_optional = True  # needed, unless the box above is ticked
        for name in ("signatory_is_contact", "consent_profile", "consent_measures", "consent_initial_partners"):
            self.fields[name].hide_optional = True  # a box is a choice; the text beside it says that it is free
        self.fields["sector"].choices = [("", "Bitte wählen"), *Sector.choices]
        for name, hints in AUTOFILL.items():
            self.fields[name].widget.attrs.update(hints)
        for name in ("already_doing", "wishes"):
            self.fields[name].widget.attrs["rows"] = 4
        self.fields["homepage"].widget.attrs.update({"tabindex": "-1", "autocomplete": "off"})
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            "form_token",
            Fieldset(
                "Ihre Organisation",
                "name",
                "kind",
                "street",
                Div("postal_code", "place", css_class="form-row form-row--postal"),
                "sector",
                "employees",
                "website",
            ),
            Fieldset("Ihre Ansprechperson", "contact_name", "contact_function", "contact_email", "contact_phone"),
            Fieldset(
                "Wer unterschreibt",
                HTML("<p>Wer wird die Vereinbarung für Ihre Organisation unterschreiben?</p>"),
                "signatory_is_contact",
                "signatory_name",
                "signatory_function",
            ),
            Fieldset("Klimaschutz bei Ihnen", "already_doing", "wishes"),
            Fieldset(
                "Ihre Einwilligungen",
                HTML("<p>Jede Einwilligung ist freiwillig und gilt für sich. Sie können sie jederzeit widerrufen.</p>"),
                Field("consent_profile", template="kern/consent.html"),
                Field("consent_measures", template="kern/consent.html"),
                Field("consent_initial_partners", template="kern/consent.html"),
            ),
            Fieldset("Absenden", "may_apply", Field("homepage", wrapper_class="honeypot"), HTML(PRIVACY_NOTICE)),
            Submit("send", "Antrag absenden"),
        )

    def clean_form_token(self) -> uuid.UUID:
        try:
            return uuid.UUID(signing.loads(self.cleaned_data["form_token"], salt=TOKEN_SALT))
        except (signing.BadSignature, ValueError):
            raise ValidationError("Dieses Formular ist beschädigt. Bitte laden Sie die Seite neu.") from None

    def clean_homepage(self) -> str:
        if self.cleaned_data["homepage"]:  # only programs see this field
            raise ValidationError("Bitte lassen Sie dieses Feld leer.")
        return ""

    def clean_contact_email(self) -> str:
        address = self.cleaned_data["contact_email"]
        if mails.too_many_confirmations(address, now=timezone.now()) and not self._was_sent_before():
            raise ValidationError(mails.TOO_MANY)
        return address

    def _was_sent_before(self) -> bool:
        token = self.cleaned_data.get("form_token")
        return bool(token) and Application.objects.filter(form_token=token).exists()

    def clean(self) -> dict[str, object]:
        answers = super().clean()
        if answers.get("signatory_is_contact"):
            answers["signatory_name"] = answers.get("contact_name", "")
            answers["signatory_function"] = answers.get("contact_function", "")
            if not answers["signatory_function"] and "contact_function" not in self.errors:
                self.add_error(
                    "contact_function", "Bitte geben Sie die Funktion an, weil die Ansprechperson auch unterschreibt."
                )
        else:
            for name, message in (
                (
                    "signatory_name",
                    "Bitte nennen Sie die Person, die unterschreiben darf, oder kreuzen Sie an, dass es die Ansprechperson ist.",
                ),
                ("signatory_function", "Bitte geben Sie die Funktion der Person an, zum Beispiel „Geschäftsführung“."),
            ):
                if not answers.get(name) and name not in self.errors:
                    self.add_error(name, message)
        return answers

    def submission(self) -> dict[str, object]:
        """Return the arguments of `joining.submit`. Call after `is_valid()`."""
        data = self.cleaned_data
        return {
            "form_token": data["form_token"],
            "answers": {name: data[name] for name in CORRECTABLE},
            "consents": [purpose for purpose in Consent.Purpose if data[f"consent_{purpose}"]],
        }


AUTOFILL = {
    "name": {"autocomplete": "organization"},
    "street": {"autocomplete": "street-address"},
    "postal_code": {"autocomplete": "postal-code", "inputmode": "numeric"},
    "place": {"autocomplete": "address-level2"},
    "website": {"autocomplete": "url", "inputmode": "url"},
    "contact_name": {"autocomplete": "name"},
    "contact_function": {"autocomplete": "organization-title"},
    "contact_email": {"autocomplete": "email"},
    "contact_phone": {"autocomplete": "tel", "inputmode": "tel"},
}

PRIVACY_NOTICE = (
    "<p>Wir verwenden Ihre Angaben nur, um Ihren Antrag zu bearbeiten. Mehr dazu steht in den "
    '<a href="/datenschutz/">Datenschutzhinweisen</a>.</p>'
)


class MendAddressForm(forms.Form):
    """Another address for the proof mail."""

    email = MailFormField(label="E-Mail-Adresse", max_length=254)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.helper = FormHelper()
        self.helper.form_action = "partners:mend_address"
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout("email", Submit("send", "Mail an diese Adresse senden"))


class AnswerForm(forms.Form):
    """The company's answer to a question of the office."""

    answer = ProseFormField(
        label="Ihre Antwort",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Bitte schreiben Sie eine Antwort."},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = "company:answer"
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout("answer", Submit("send", "Antwort senden"))
