"""Somebody registers by phone: the office enters it."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from events.admin.inviting import klimapartner_contacts
from events.admin.pages import Page, show
from events.admin.patience import patient
from events.admin.wording import NO_MAIL
from events.forms import NamesForm
from events.models import Event
from events.services import registration as service
from events.services.guest import Person
from events.services.registration import Registered
from klimapakt.fields import LineFormField, MailFormField
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import Contact


class GuestsForm(NamesForm):
    """Who comes, as the office enters it for somebody else."""

    def __init__(
        self,
        data: object = None,
        files: object = None,
        *,
        seats: int,
        names: Sequence[str] = (),
        note: str = "",
        seen: str = "",
    ) -> None:
        super().__init__(data, seats=max(seats, len(names)), names=names, note=note, seen=seen)
        for field in self.name_fields:
            self.fields[field].widget.attrs["autocomplete"] = "off"


class ContactChoice(forms.ModelChoiceField):
    def label_from_instance(self, contact: Contact) -> str:
        return f"{contact.organisation}: {contact}"


class EntryForm(GuestsForm):
    """A registration by phone: for a known contact, or for anybody with an address."""

    contact = ContactChoice(
        queryset=Contact.objects.none(),
        label="Ansprechperson eines Klimapartners",
        required=False,
        empty_label="niemand davon, ich trage Organisation und E-Mail ein",
    )
    organisation_name = LineFormField(label="Organisation", max_length=200, required=False)
    email = MailFormField(
        label="E-Mail", required=False, help_text="Dorthin geht die Bestätigung mit dem persönlichen Link."
    )

    def __init__(self, data: object = None, *, seats: int) -> None:
        super().__init__(data, seats=seats)
        del self.fields["seen"]
        self.fields["contact"].queryset = klimapartner_contacts()
        self.order_fields(["contact", "organisation_name", "email", *self.name_fields, "note"])

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("contact"):
            for field in ("organisation_name", "email"):
                if self.cleaned_data.get(field):
                    self.add_error(
                        field, "Bitte lassen Sie dieses Feld leer, oder wählen Sie oben keine Ansprechperson."
                    )
        elif not self.cleaned_data.get("email") and "email" not in self.errors:
            self.add_error("email", "Bitte wählen Sie eine Ansprechperson, oder tragen Sie eine E-Mail-Adresse ein.")

    def person(self) -> Person:
        cleaned = self.cleaned_data
        if cleaned["contact"]:
            return Person.of_contact(cleaned["contact"])
        return Person(self.names[0], cleaned["email"], cleaned["organisation_name"])


def enter(request: HttpRequest, event: Event) -> HttpResponse:
    """Ask who comes (GET), register them by the same service as everybody (POST)."""
    back = reverse("admin:events_event_answers", args=[event.pk])
    obstacle = event.why_closed(now=timezone.now(), for_office=True)
    form = EntryForm(request.POST if request.method == "POST" else None, seats=event.most_seats)
    if request.method == "POST" and not obstacle and form.is_valid():
        try:
            done = patient(service.register)(
                event, form.person(), names=form.names, note=form.cleaned_data["note"], by=request.user
            )
        except NotPossible as refusal:
            form.add_error(None, str(refusal))
        except TransitionNotAllowed:
            form.add_error(None, "Diese Person ist schon angemeldet. Namen ändern Sie bei ihrer Anmeldung.")
        else:
            messages.success(request, said_of(done))
            return redirect(back)
    context = {
        "object": event,
        "action": {"label": "Anmelden"},
        "explanation": EXPLANATION,
        "obstacles": list(filter(None, [obstacle])),
        "form": form,
        "back": back,
    }
    status = 422 if form.errors else 200
    return show(request, "admin/service_action.html", event, title="Anmeldung eintragen", status=status, **context)


EXPLANATION = (
    "Für alle, die sich am Telefon oder auf anderem Weg anmelden. Die Person bekommt sofort eine Mail mit der "
    "Bestätigung und ihrem persönlichen Link. Sind alle Plätze vergeben, kommt sie auf die Warteliste."
)


def said_of(done: Registered) -> str:
    """Say what became of a registration, and whether a mail about it is on its way."""
    registration = done.registration
    state = "angemeldet" if registration.is_confirmed else "auf der Warteliste"
    if not done.is_new:
        return f"{registration.name} war schon {state}. {NO_MAIL}"
    return f"{registration.name} ist {state}. Die Mail dazu geht an {registration.email}."


PAGES = [Page("anmeldung-eintragen/", enter, "events_event_enter", "events.add_registration")]
