"""Who somebody is to an event: a contact, somebody registered, somebody it is meant for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.utils import timezone

from events.models import Event, Registration
from klimapakt.statement import Statement
from partners.models import Contact, Partner

ONLY_INVITED = "Für diese Veranstaltung brauchen Sie eine persönliche Einladung."


@dataclass(frozen=True)
class Person:
    """Who registers. The address is proven, or the office vouches for it."""

    name: str
    email: str
    organisation_name: str = ""
    contact: Contact | None = None

    @classmethod
    def of_contact(cls, contact: Contact) -> Self:
        return cls(contact.name, contact.email, contact.organisation.name, contact)

    @classmethod
    def of_registration(cls, registration: Registration) -> Self:
        return cls(registration.name, registration.email, registration.organisation_name, registration.contact)


def contact_of(email: str, event: Event) -> Contact | None:
    """Return the contact of a partner with this address: one who is invited first, then a main contact."""
    contacts = (
        Contact.objects.filter(email__iexact=email, organisation__partner__isnull=False)
        .select_related("organisation")
        .order_by("-is_main", "pk")
    )
    contacts = list(contacts)
    if len(contacts) < 2:
        return contacts[0] if contacts else None
    invited = set(event.invitations.filter(contact__in=contacts).values_list("contact", flat=True))
    return min(contacts, key=lambda contact: contact.pk not in invited)


def known_registration(event: Event, *, email: str, contact: Contact | None) -> Registration | None:
    """Return the registration a person has: the one that counts now, or else the one of this very address."""
    address = email.lower()
    found = _OF_PERSON(event=event.pk, address=address, contact=contact.pk if contact else None)
    return min(found, key=lambda one: (not one.is_active, one.email.lower() != address), default=None)


_OF_PERSON = Statement(
    lambda event, address, contact: (
        Registration.objects.of_person(address=address, contact=contact)
        .filter(event=event)
        .select_related("contact__organisation", "organisation")
        .prefetch_related("attendees")
        .order_by()
    )
)


def why_not_asked(event: Event, *, email: str, contact: Contact | None, now: datetime) -> str:
    """Say in German why an event is not for this person; empty for whoever may come.

    To an event for Klimapartner come their contacts, and who was invited while the organisation was one.
    """
    if not event.is_for_partners:
        return ""
    partners = Partner.objects.klimapartner(on=timezone.localdate(now))
    if contact is not None and partners.filter(organisation=contact.organisation_id).exists():
        return ""
    invited = event.invitations.of_person(address=email.lower(), contact=contact.pk if contact else None)
    return "" if invited.exists() else ONLY_INVITED
