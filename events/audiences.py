"""Circles of people around an event, for mailings."""

from collections.abc import Callable
from dataclasses import replace

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from events import mails
from events.models import Event, Invitation, Registration
from klimapakt.mailbox.audiences import Audience, Recipient
from klimapakt.mailbox.kinds import LINK, Context, Placeholder
from klimapakt.mailbox.models import Topic
from partners.audiences import NAME, ORGANISATION


class EventChoiceField(forms.ModelChoiceField):
    """One event, known by title and date."""

    def label_from_instance(self, event: Event) -> str:
        return f"{event.title} ({event.when})"


class EventForm(forms.Form):
    """Of which event."""

    events: Callable[[], QuerySet[Event]]
    """Finds those to choose from, each time a form is made."""

    event = EventChoiceField(
        label="Veranstaltung",
        queryset=Event.objects.none(),
        empty_label="Bitte wählen",
        error_messages={"required": "Bitte wählen Sie eine Veranstaltung."},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"].queryset = self.events()


def _of_event(context: Context) -> Event:
    return context["event"]


OF_EVENT = {
    "name": NAME,
    "organisation": replace(ORGANISATION, explanation="Name der Organisation; kann leer sein"),
    "veranstaltung": Placeholder("Titel der Veranstaltung", lambda c: _of_event(c).title, "Netzwerktreffen Abwärme"),
    "wann": Placeholder("Tag und Uhrzeit", lambda c: _of_event(c).when, "Donnerstag, 12. März 2026, 17 bis 20 Uhr"),
    "ort": Placeholder("Ort; kann leer sein", lambda c: _of_event(c).venue, "Werkhalle 3, Musterstraße 1"),
    "seite": Placeholder(
        "Adresse der öffentlichen Seite der Veranstaltung",
        lambda c: f"{c['base_url']}{_of_event(c).get_absolute_url()}",
        "https://klimapakt.example/veranstaltungen/netzwerktreffen/",
        is_link=True,
    ),
}


# --- Whoever is registered --------------------------------------------------------------------------------------------


def _with_guests() -> QuerySet[Event]:
    return Event.objects.public().filter(Exists(Registration.objects.active().filter(event=OuterRef("pk"))))


class GuestsForm(EventForm):
    """Whom of one event."""

    events = staticmethod(_with_guests)

    states = forms.MultipleChoiceField(
        label="Wer",
        choices=[
            (Registration.Status.CONFIRMED.value, "Angemeldete mit Platz"),
            (Registration.Status.WAITING.value, "Wartende auf der Warteliste"),
        ],
        initial=[Registration.Status.CONFIRMED.value],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Bitte kreuzen Sie mindestens eins an."},
    )


def _guests(choices: dict[str, object]) -> list[Recipient]:
    event: Event = choices["event"]
    registrations = event.registrations.filter(status__in=choices["states"]).select_related("organisation")
    registrations = registrations.order_by("name", "pk")
    return [_guest(event, registration) for registration in registrations]


def _guest(event: Event, registration: Registration) -> Recipient:
    return Recipient(
        key=f"registration:{registration.pk}",
        email=registration.email,
        name=registration.name,
        organisation=registration.shown_organisation,
        about=registration,
        context={"event": event, "name": registration.name, "organisation": registration.shown_organisation},
        link=lambda: mails.registration_access(event, registration),
    )


GUESTS = Audience(
    name="event-guests",
    title="Angemeldete einer Veranstaltung",
    explanation="Alle, die einen Platz haben oder auf der Warteliste stehen.",
    reason="Sie erhalten diese Mail, weil Sie sich zu „{veranstaltung}“ angemeldet haben.",
    form_class=GuestsForm,
    recipients=_guests,
    placeholders={
        **OF_EVENT,
        "link": replace(LINK, explanation="Persönlicher Link zur eigenen Anmeldung. Er entsteht erst beim Senden."),
    },
    topic="",  # about their own registration: whoever comes has to hear what the office says about the day
    button="Zu Ihrer Anmeldung",
)


# --- Whoever has not answered an invitation ---------------------------------------------------------------------------


def _with_invitations() -> QuerySet[Event]:
    """Published events to come for which people were invited; to one that is over or cancelled nobody answers."""
    return Event.objects.upcoming(now=timezone.now()).filter(
        Exists(Invitation.objects.filter(event=OuterRef("pk"))), status=Event.Status.PUBLISHED
    )


class UnansweredForm(EventForm):
    """Of which event, and whether an answer of a colleague is enough."""

    SILENT, EVERYBODY = "silent", "all"

    events = staticmethod(_with_invitations)

    who = forms.ChoiceField(
        label="Wer",
        choices=[
            (SILENT, "Eingeladene, für deren Organisation noch niemand geantwortet hat"),
            (EVERYBODY, "alle Eingeladenen ohne eigene Antwort"),
        ],
        initial=SILENT,
    )


def _unanswered(choices: dict[str, object]) -> list[Recipient]:
    event: Event = choices["event"]
    found = event.invitations.select_related("contact__organisation")
    is_silent = choices["who"] == UnansweredForm.SILENT
    found = found.of_silent_organisations() if is_silent else found.unanswered()
    found = found.order_by("contact__organisation__sort_name", "contact__name", "pk")
    return [_invited(event, invitation) for invitation in found]


def _invited(event: Event, invitation: Invitation) -> Recipient:
    contact = invitation.contact
    return Recipient(
        key=f"invitation:{invitation.pk}",
        email=contact.email,
        name=contact.name,
        organisation=contact.organisation.name,
        about=invitation,
        context={"event": event, "name": contact.name, "organisation": contact.organisation.name},
        link=lambda: mails.invitation_access(event, invitation),
    )


UNANSWERED = Audience(
    name="event-unanswered",
    title="Eingeladene ohne Antwort",
    explanation="Alle, die zu einer Veranstaltung eingeladen sind und weder zu- noch abgesagt haben.",
    reason="Sie erhalten diese Mail, weil wir Sie zu „{veranstaltung}“ eingeladen haben.",
    form_class=UnansweredForm,
    recipients=_unanswered,
    placeholders={
        **OF_EVENT,
        "link": replace(LINK, explanation="Persönlicher Link zum Antworten. Er entsteht erst beim Senden."),
    },
    topic=Topic.INVITATION,
    button="Jetzt antworten",
)

AUDIENCES = [GUESTS, UNANSWERED]
