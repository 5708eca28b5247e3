"""As whom somebody looks at an event: what the personal links in the session make of the visitor."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models.functions import Lower
from django.http import HttpRequest

from events import access
from events.models import Event, Invitation, Registration, Seats
from events.services.guest import Person, known_registration, why_not_asked
from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from klimapakt.statement import Statement
from partners.access import PARTNER
from partners.models import Contact, Organisation


@dataclass(frozen=True)
class Guest:
    """Somebody who registered, or a contact who may answer for the organisation."""

    event: Event
    contact: Contact | None = None
    """Only while the address of the link is the contact's: whoever it was before does not speak for the company."""
    invitation: Invitation | None = None
    opened: Registration | None = None
    """The registration whose link was opened."""

    @cached_property
    def registration(self) -> Registration | None:
        """What this person has registered; for a contact looked up when a page asks for it."""
        if self.opened is not None or self.contact is None:
            return self.opened
        return known_registration(self.event, email=self.contact.email, contact=self.contact)

    @property
    def person(self) -> Person:
        if self.contact is not None:
            return Person.of_contact(self.contact)
        return Person.of_registration(self.registration)

    @property
    def organisation(self) -> Organisation | None:
        if self.contact is not None:
            return self.contact.organisation
        return self.opened.organisation


def guest_of(request: HttpRequest, event: Event) -> Guest | None:
    """Return who the last opened link for this event makes the visitor; None without such a link."""
    links = [
        link
        for purpose in (access.REGISTRATION, access.INVITATION, PARTNER)
        for link in entry.open_links(request, purpose)
    ]
    links.sort(key=lambda link: link.last_used_at or link.created_at, reverse=True)
    return next((guest for link in links if (guest := _guest(link, event))), None)


def _guest(link: AccessLink, event: Event) -> Guest | None:
    """Return whom a link lets in: nobody once the person it was mailed to has another address."""
    match link.purpose:
        case access.REGISTRATION:
            return _registered(link, event)
        case access.INVITATION:
            return _invited(link, event)
    return _partner(link, event)


def _registered(link: AccessLink, event: Event) -> Guest | None:
    found = _REGISTRATION(pk=link.object_id, event=event.pk, address=link.email.lower())
    if not found:
        return None
    contact = found[0].contact
    is_present = contact is not None and contact.left_at is None
    speaks_for_contact = is_present and contact.email.lower() == link.email.lower()
    return Guest(event, contact if speaks_for_contact else None, opened=found[0])


def _invited(link: AccessLink, event: Event) -> Guest | None:
    found = _INVITATION(pk=link.object_id, event=event.pk, address=link.email.lower())
    return Guest(event, found[0].contact, found[0]) if found else None


def _partner(link: AccessLink, event: Event) -> Guest | None:
    address = link.email.lower()
    found = _CONTACT(pk=link.object_id, address=address)
    if not found:
        return None
    return Guest(event, found[0], event.invitations.of_person(address=address, contact=link.object_id).first())


_REGISTRATION = Statement(
    lambda pk, event, address: (
        Registration.objects.proven()
        .alias(own_address=Lower("email"))
        .filter(pk=pk, event=event, own_address=address)
        .select_related("contact__organisation", "organisation")
        .prefetch_related("attendees")
        .order_by()
    )
)
_INVITATION = Statement(
    lambda pk, event, address: (
        Invitation.objects.alias(own_address=Lower("contact__email"))
        .filter(pk=pk, event=event, own_address=address, contact__left_at=None)
        .select_related("contact__organisation")
        .order_by()
    )
)
_CONTACT = Statement(
    lambda pk, address: (
        Contact.objects.alias(own_address=Lower("email"))
        .filter(pk=pk, own_address=address, organisation__partner__isnull=False)
        .select_related("organisation")
        .order_by()
    )
)


@dataclass(frozen=True)
class Options:
    """What a guest can do about an event now."""

    settled: str
    """Why nothing can be changed any more, in German; empty while it can."""
    closed: str
    """Why nobody can register any more."""
    seats: Seats
    inputs: int
    """So many names the form asks for; 0 where there is nothing to fill in."""
    colleagues: list[Registration]
    """What others of the same organisation registered."""
    is_coming: bool
    """Has seats, or waits for them."""
    may_decline: bool

    @property
    def quota_is_used_up(self) -> bool:
        return not self.is_coming and not self.closed and not self.inputs


def options_of(guest: Guest, *, now: datetime) -> Options:
    event, registration = guest.event, guest.registration
    settled, closed = event.why_settled(now=now), _why_closed(guest, now=now)
    seats = Seats.of(event, guest.organisation)
    is_coming = registration is not None and registration.is_active
    own = registration.seats if is_coming else 0
    others = max(seats.own - own, 0)
    return Options(
        settled=settled,
        closed=closed,
        seats=seats,
        inputs=_inputs(event, registration if is_coming else None, seats, others, closed),
        colleagues=_colleagues(guest) if others and guest.contact else [],
        is_coming=is_coming,
        may_decline=not settled and not is_coming and guest.invitation is not None and guest.invitation.is_open,
    )


def _why_closed(guest: Guest, *, now: datetime) -> str:
    """Say in German why this person cannot register any more."""
    if closed := guest.event.why_closed(now=now):
        return closed
    if guest.registration is not None or guest.invitation is not None:
        return ""
    return why_not_asked(guest.event, email=guest.contact.email, contact=guest.contact, now=now)


def _inputs(event: Event, coming: Registration | None, seats: Seats, others: int, closed: str) -> int:
    """Return how many people the guest can name: never fewer than are registered, never more than there is room for."""
    own = coming.seats if coming else 0
    if closed:
        return own
    most = event.most_seats - others
    if coming and coming.is_confirmed and seats.free is not None:
        most = min(most, own + seats.free)
    return max(most, own)


def _colleagues(guest: Guest) -> list[Registration]:
    others = guest.event.registrations.active().filter(organisation=guest.organisation)
    if guest.registration is not None:
        others = others.exclude(pk=guest.registration.pk)
    return list(others.prefetch_related("attendees").order_by("accepted_at", "pk"))
