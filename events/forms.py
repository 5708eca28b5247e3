"""Forms of those who want to come. They validate; they neither mail nor store."""

from collections.abc import Sequence

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Fieldset, Layout, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from events import mails
from events.models import Event
from events.models.event import MOST_SEATS
from events.services.seats import places
from klimapakt.fields import LineFormField, MailFormField, ProseFormField
from klimapakt.limits.forms import TRAP, GuardedForm

PRIVACY_NOTICE = (
    "<p>Wir verwenden Ihre Angaben nur für diese Veranstaltung. Mehr dazu steht in den "
    '<a href="/datenschutz/">Datenschutzhinweisen</a>.</p>'
)


class NamesForm(forms.Form):
    """Who comes: an input for each seat that is possible, and a note for the office. Pages name the `button`.

    A form that was sent has the inputs it had then: a name for which there is no seat any more is never lost.
    """

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    """The version of the registration that the page showed."""
    note = ProseFormField(
        label="Anmerkung",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Zum Beispiel, was Sie für die Teilnahme brauchen.",
    )

    def __init__(
        self, data: object = None, *, seats: int, names: Sequence[str] = (), note: str = "", seen: str = ""
    ) -> None:
        typed = {f"name_{number}": name for number, name in enumerate(names, start=1)}
        super().__init__(data, initial={**typed, "note": note, "seen": seen})
        self.seats = seats
        inputs = [number for number in range(1, MOST_SEATS + 1) if number <= seats or f"name_{number}" in self.data]
        for number in inputs:
            self.fields[f"name_{number}"] = LineFormField(
                label="Vor- und Nachname" if number == 1 else f"Vor- und Nachname der {number}. Person",
                required=number == 1,
                max_length=200,
                error_messages={"required": "Bitte geben Sie an, wer kommt."},
                widget=forms.TextInput(attrs={"autocomplete": "name" if number == 1 else "off"}),
            )
        self.name_fields = [f"name_{number}" for number in inputs]
        self.order_fields([*self.name_fields, "note"])
        self.button = Submit("send", "Anmelden")

    def clean(self) -> None:
        super().clean()
        typed = [field for field in self.name_fields if self.cleaned_data.get(field)]
        for field in typed[self.seats :]:
            self.add_error(field, f"Hier gibt es höchstens {places(self.seats)}. Bitte nehmen Sie diesen Namen heraus.")

    @property
    def names(self) -> list[str]:
        """Those who come. Call after `is_valid()`."""
        return [name for field in self.name_fields if (name := self.cleaned_data[field])]


class SeatsForm(NamesForm):
    """What whoever came by a personal link says: who comes."""

    def __init__(self, data: object = None, *, action: str, **options: object) -> None:
        super().__init__(data, **options)
        self.helper = FormHelper()
        self.helper.form_action = action
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout("seen", Fieldset("Wer kommt", *self.name_fields, "note", self.button))


class RegistrationForm(NamesForm, GuardedForm):
    """The registration of somebody we need not know. One form is one registration: its token makes a second
    sending harmless."""

    form_name = "registration"
    counts_once = True

    organisation_name = LineFormField(
        label="Organisation",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    email = MailFormField(
        label="E-Mail-Adresse",
        help_text="Dorthin schicken wir gleich eine Mail mit einem Link zur Bestätigung.",
    )

    def __init__(self, data: object = None, *, event: Event) -> None:
        super().__init__(data, seats=event.most_seats)
        self.event = event
        del self.fields["seen"]
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.order_fields(["form_token", *self.name_fields, "organisation_name", "email", "note", "homepage"])
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            *TRAP,
            Fieldset("Wer kommt", *self.name_fields, "organisation_name"),
            Fieldset(
                "Wie wir Sie erreichen",
                "email",
                "note",
                HTML(PRIVACY_NOTICE),
                self.button,
            ),
        )

    def clean_email(self) -> str:
        address = self.cleaned_data["email"]
        if mails.too_many_unasked(address, now=timezone.now()) and not self._was_sent_before():
            raise ValidationError(mails.TOO_MANY)
        return address

    def _was_sent_before(self) -> bool:
        """Whether this very form has sent its mail to this address."""
        token, address = self.cleaned_data.get("form_token"), self.cleaned_data["email"]
        return bool(token) and self.event.registrations.filter(form_token=token, email__iexact=address).exists()

    def submission(self) -> dict[str, object]:
        """Return the arguments of `registration.submit`. Call after `is_valid()`."""
        fields = ["form_token", "email", "organisation_name", "note"]
        return {"names": self.names, **{field: self.cleaned_data[field] for field in fields}}


class LinkForm(GuardedForm):
    """The address to which a contact of a partner wants the personal link."""

    form_name = "event_link"

    email = MailFormField(label="E-Mail-Adresse", help_text="Die Adresse, unter der wir Ihnen sonst schreiben.")

    def __init__(self, data: object = None) -> None:
        super().__init__(data)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            *TRAP, Fieldset("", "email", HTML(PRIVACY_NOTICE), Submit("send", "Link anfordern"))
        )

    def clean_email(self) -> str:
        address = self.cleaned_data["email"]
        if mails.too_many_unasked(address, now=timezone.now()):
            raise ValidationError(mails.TOO_MANY)
        return address
