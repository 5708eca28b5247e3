"""People who want the seats of one event, made fast and in numbers."""

from django.db.models import Sum

from events.models import Event, Registration
from events.services import registration
from events.services.registration import Person
from klimapakt.mailbox.models import OutgoingMail
from partners.models import Contact
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.events import MeetingFactory

LAST_SEATS = 5
TAKEN = 7


def nearly_full() -> Event:
    """Return a meeting at which two registrations have all but the last seats."""
    event = MeetingFactory(slug="treffen", capacity=TAKEN + LAST_SEATS, seats_per_organisation=4)
    for seats in (4, 3):
        take(event, somebody(), seats)
    return event


def somebody(**facts: object) -> Contact:
    """Return a contact of a partner, of a new one unless it is named."""
    return ContactFactory(**{"organisation": PartnerFactory().organisation} | facts)


def take(event: Event, contact: Contact, seats: int = 1) -> Registration:
    """Register a contact with so many seats."""
    names = [f"Person {n} von {contact.organisation}" for n in range(1, seats + 1)]
    return registration.register(event, Person.of_contact(contact), names=names).registration


def taken(event: Event) -> int:
    """Return how many seats are taken."""
    return event.registrations.confirmed().aggregate(Sum("seats"))["seats__sum"] or 0


def mails(kind: str) -> list[OutgoingMail]:
    """Return the mails of one kind, oldest first."""
    return list(OutgoingMail.objects.filter(kind=kind).order_by("pk"))
