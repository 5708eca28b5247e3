"""Asking people to come, and taking a no."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone

from events import mails
from events.models import Event, Invitation, Registration
from events.models.person import marks_of
from events.services.guest import known_registration
from events.services.locking import locked
from events.services.seats import note
from klimapakt.mailbox import addresses
from klimapakt.mailbox.models import Topic
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import Contact, Partner
from partners.models.timeline import COMPANY


@dataclass(frozen=True)
class Invited:
    """How many people an invitation went to now, who was invited or registered before, and whom none can reach."""

    new: int
    already: int
    unreachable: int = 0


@transaction.atomic
def invite(event: Event, contacts: Iterable[Contact], *, by: AbstractUser) -> Invited:
    """Send each of these people one invitation with a personal link, whoever presses the button how often.

    People without an address are left out, and those who get no mail (`why_not_mailed`): nobody shall wait for an
    answer that cannot come. Raises NotPossible when nobody can register for the event.
    """
    event = locked(event.pk)
    now = timezone.now()
    if refusal := event.why_closed(now=now):
        raise NotPossible(refusal)
    contacts = {contact.pk: contact for contact in contacts if contact.email}
    known, why_not = who_needs_no_invitation(event), why_not_mailed(contacts.values())
    new = unreachable = 0
    for contact in contacts.values():
        marks = marks_of(contact=contact.pk, email=contact.email)
        if marks & known.keys():
            continue
        if contact.email.lower() in why_not:
            unreachable += 1
            continue
        invitation = Invitation.objects.create(event=event, contact=contact, invited_by=by)
        mails.invitation(event, invitation)
        note(f"{contact} eingeladen: {event}", by=by, organisation=contact.organisation)
        known |= dict.fromkeys(marks, invitation)
        new += 1
    return Invited(new, len(contacts) - new - unreachable, unreachable)


def who_needs_no_invitation(event: Event) -> dict[int | str, Invitation | Registration]:
    """Return who is invited or registered, by the marks of the person."""
    invited = event.invitations.select_related("contact")
    return {mark: guest for guest in (*invited, *event.registrations.active()) for mark in guest.marks}


def why_not_mailed(contacts: Iterable[Contact]) -> dict[str, str]:
    """Say in German who would not get an invitation, by address in small letters: unsubscribed, or nothing arrives."""
    return addresses.why_left_out([contact.email for contact in contacts], Topic.INVITATION)


@transaction.atomic
def decline(invitation: Invitation, *, by: AbstractUser | str = COMPANY) -> None:
    """Note that the person does not come; saying it twice changes nothing.

    Raises TransitionNotAllowed for somebody who is registered: who withdraws gives seats back too.
    """
    event = locked(invitation.event_id)
    now = timezone.now()
    if refusal := event.why_settled(now=now, for_office=not isinstance(by, str)):
        raise NotPossible(refusal)
    contact = invitation.contact
    registration = known_registration(event, email=contact.email, contact=contact)
    if registration is not None and registration.is_active:
        raise TransitionNotAllowed("whoever is registered withdraws")
    if Invitation.objects.filter(pk=invitation.pk).settle(Invitation.Answer.DECLINED, now=now):
        note(f"{contact} kommt nicht: {event}", by=by, organisation=contact.organisation)


@transaction.atomic
def send_link(invitation: Invitation, *, by: AbstractUser) -> None:
    """Mail an invited person a new link; older links stay good until they end."""
    mails.invitation_link(invitation.event, invitation)
    note(
        f"Link zur Einladung erneut an {invitation.contact} gesendet: {invitation.event}",
        by=by,
        organisation=invitation.contact.organisation,
    )


@transaction.atomic
def ask_for_link(event: Event, email: str) -> None:
    """Mail a personal link to whoever typed the address of a Klimapartner's contact; invites them if need be.

    Any other address is told by mail that we do not know it. So the page answers the same to everybody, and a
    colleague with an address of their own learns what to do.
    """
    event = locked(event.pk)
    now = timezone.now()
    if refusal := event.why_closed(now=now):
        raise NotPossible(refusal)
    contacts = Contact.objects.filter(
        email__iexact=email,
        organisation__partner__in=Partner.objects.klimapartner(on=timezone.localdate(now)),
    ).select_related("organisation")
    contacts = list(contacts.order_by("pk"))
    if not contacts:
        mails.unknown_address(event, email)
    for contact in contacts:
        known = known_registration(event, email=contact.email, contact=contact)
        if known is not None and known.is_active:
            mails.registration_link(event, known)
            return  # whoever shares the address shares the registration
        invitation, _ = event.invitations.get_or_create(contact=contact)
        mails.invitation_link(event, invitation)
