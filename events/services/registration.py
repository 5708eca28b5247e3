"""From a name in a form to a seat, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from events import access, mails
from events.models import Event, Invitation, Registration, Seats
from events.services.guest import ONLY_INVITED, Person, contact_of, known_registration, why_not_asked
from events.services.locking import locked
from events.services.reminder import take_back
from events.services.seats import note as note_down
from events.services.seats import places, promote, refuse_beyond_quota
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models.timeline import COMPANY


@dataclass(frozen=True)
class Registered:
    """What became of somebody who wants to come."""

    registration: Registration
    is_new: bool
    """False when this person was registered with these names before; then no mail goes out."""


@dataclass(frozen=True)
class Confirmed:
    """What became of a proven address: its registration, and the link that opens it."""

    registration: Registration
    link: AccessLink
    is_new: bool
    """False when this person had a registration, which then stays as it is."""


def submit(
    event: Event, *, form_token: UUID, names: Sequence[str], email: str, organisation_name: str = "", note: str = ""
) -> Registration:
    """Keep what a stranger typed and ask for proof of the address. It takes no seat.

    The same for every address, known or not. The same form sent again finds the first registration; with other
    content it is a correction, or after the proof another registration.
    """
    now = timezone.now()
    if refusal := event.why_closed(now=now) or (ONLY_INVITED if event.is_for_partners else ""):
        raise NotPossible(refusal)
    refuse_beyond_quota(event, None, len(names))
    typed = {
        "email": email,
        "name": names[0],
        "organisation_name": organisation_name,
        "note": note,
        "seats": len(names),
    }
    try:
        return _ask_for_proof(event, form_token, typed, names)
    except IntegrityError:
        if not event.registrations.filter(form_token=form_token).exists():
            raise
    return _correct(event, form_token, typed, names)


@transaction.atomic
def _ask_for_proof(event: Event, form_token: UUID, typed: Mapping[str, object], names: Sequence[str]) -> Registration:
    registration = Registration.objects.create(event=event, form_token=form_token, **typed)
    registration.write_first_names(names)
    mails.confirm_address(event, registration)
    return registration


@transaction.atomic
def _correct(event: Event, form_token: UUID, typed: Mapping[str, object], names: Sequence[str]) -> Registration:
    """Take what a form says that came again: the visitor went back and means the newer content."""
    event = locked(event.pk)
    before = event.registrations.filter(form_token=form_token).first()
    if before and before.names == list(names) and all(getattr(before, field) == typed[field] for field in typed):
        return before
    if before is None or not before.is_unconfirmed:  # what is proven stays: this is a registration of its own
        event.registrations.filter(form_token=form_token).update(form_token=None)
        return _ask_for_proof(event, form_token, typed, names)
    is_elsewhere = before.email.lower() != str(typed["email"]).lower()
    for field, value in typed.items():
        setattr(before, field, value)
    before.save(update_fields=list(typed))
    before.write_names(names)
    if is_elsewhere:
        AccessLink.objects.to(access.CONFIRM, before.pk).revoke()
        OutgoingMail.objects.about(before).filter(kind=mails.PROOF).call_off()
        mails.confirm_address(event, before)
    return before


@transaction.atomic
def confirm(link: AccessLink) -> Confirmed:
    """Take the address as proven, once, and give seats or a place on the waiting list.

    Whoever has a registration keeps it as it is; whoever withdrew comes back with what was typed now. Raises
    TransitionNotAllowed when the link was closed meanwhile, Registration.DoesNotExist when it came too late,
    NotPossible when the event takes nobody any more.
    """
    event = locked(Registration.objects.values_list("event", flat=True).get(pk=link.object_id))
    now = timezone.now()
    if not AccessLink.objects.live(now=now).filter(pk=link.pk).exists():
        raise TransitionNotAllowed("the link was closed while it was used")
    asked = Registration.objects.get(pk=link.object_id, email__iexact=link.email)
    if not asked.is_unconfirmed:
        raise TransitionNotAllowed("the address is proven")
    contact = contact_of(asked.email, event)
    known = known_registration(event, email=asked.email, contact=contact)
    if known is None or not known.is_active:
        _refuse_newcomers(event, now=now, by=COMPANY)
        if known is None and (refusal := why_not_asked(event, email=asked.email, contact=contact, now=now)):
            raise NotPossible(refusal)
    AccessLink.objects.to(access.CONFIRM, asked.pk).revoke()
    if known is not None and known.is_active:
        asked.delete()
        known.event = event
        return Confirmed(known, mails.registration_access(event, known), is_new=False)
    names, person = asked.names, Person(asked.name, asked.email, asked.organisation_name, contact)
    if known is not None:
        asked.delete()
    link = _admit(event, known or asked, person, names, note=asked.note, now=now, by=COMPANY)
    return Confirmed(known or asked, link, is_new=True)


@transaction.atomic
def register(
    event: Event, person: Person, *, names: Sequence[str], note: str = "", by: AbstractUser | str = COMPANY
) -> Registered:
    """Register a person whose address needs no proof: by personal link, or by the office until the end.

    Sent twice, it stays one; a note that came with the second is kept. Raises NotPossible with a German sentence;
    TransitionNotAllowed for somebody who is registered with other names.
    """
    event = locked(event.pk)
    now = timezone.now()
    _refuse_newcomers(event, now=now, by=by)
    if not person.email:
        raise NotPossible("Bitte tragen Sie zuerst eine E-Mail-Adresse ein.")
    if person.contact is None:
        person = Person(person.name, person.email, person.organisation_name, contact_of(person.email, event))
    known = known_registration(event, email=person.email, contact=person.contact)
    if known is not None and known.is_active:
        if known.names != list(names):
            raise TransitionNotAllowed("this person is registered")
        if note and note != known.note:
            known.note = note
            known.save(update_fields=["note"])
        known.event = event
        return Registered(known, is_new=False)
    is_stranger = known is None and not _is_office(by)
    if is_stranger and (refusal := why_not_asked(event, email=person.email, contact=person.contact, now=now)):
        raise NotPossible(refusal)
    registration = known or Registration(event=event)
    _admit(event, registration, person, names, note=note, now=now, by=by)
    return Registered(registration, is_new=True)


@transaction.atomic
def change(
    registration: Registration,
    *,
    names: Sequence[str],
    note: str,
    by: AbstractUser | str = COMPANY,
    seen: str | None = None,
) -> Registration:
    """Change names, note or the number of seats. More seats need free ones; seats given up go to who waits.

    `seen` is the version that the person had before the eyes; raises TransitionNotAllowed when it is no longer the
    one that counts.
    """
    event = locked(registration.event_id)
    registration = _fresh(registration)
    now = timezone.now()
    if not registration.is_active:
        raise TransitionNotAllowed("only who comes or waits can change something")
    _refuse_when_settled(event, now=now, by=by)
    before = registration.names
    if before == list(names) and registration.note == note:
        return registration
    if seen is not None and seen != registration.version:
        raise TransitionNotAllowed("names or note have changed meanwhile")
    more = len(names) - registration.seats
    if more > 0:
        _refuse_more_seats(event, registration, len(names), now=now, by=by)
    registration.seats, registration.note = len(names), note
    registration.save(update_fields=["seats", "note"])
    moved_up = []
    if before != list(names):
        registration.write_names(names)
        moved_up = promote(event, now=now)
    if registration in moved_up:  # that mail tells the names too
        registration = _fresh(registration)
    elif before != list(names):
        mails.registration_changed(event, registration)
    if more:
        note_down(f"Anmeldung geändert: {event}, {places(len(names))}", by=by, organisation=registration.organisation)
    return registration


@transaction.atomic
def withdraw(registration: Registration, *, by: AbstractUser | str = COMPANY) -> None:
    """Give the seats back, or leave the waiting list; the next whose number fits moves up."""
    event = locked(registration.event_id)
    registration = _fresh(registration)
    now = timezone.now()
    _refuse_when_settled(event, now=now, by=by)
    had_seats, organisation = registration.is_confirmed, registration.organisation
    registration.cancel(now=now)
    take_back([registration])
    _settle_invitations(event, registration, Invitation.Answer.DECLINED, now=now)
    if had_seats:
        event.raise_sequence()
    mails.withdrawn(event, registration, had_seats=had_seats, by_office=_is_office(by))
    note_down(f"Abgemeldet: {event}", by=by, organisation=organisation)
    promote(event, now=now)


@transaction.atomic
def send_link(registration: Registration, *, by: AbstractUser) -> None:
    """Mail the person a new link to the registration; older links stay good until they end."""
    if registration.is_unconfirmed:
        raise TransitionNotAllowed("the address is not proven")
    mails.registration_link(registration.event, registration)
    note_down(
        f"Link zur Anmeldung erneut gesendet: {registration.event}", by=by, organisation=registration.organisation
    )


@transaction.atomic
def change_address(registration: Registration, email: str, *, by: AbstractUser) -> None:
    """Write to another address from now on; links that went to the old one are closed."""
    event = locked(registration.event_id)
    registration = _fresh(registration)
    if not registration.is_active:
        raise TransitionNotAllowed("only who comes or waits can change something")
    if email == registration.email:
        raise NotPossible("Das ist die Adresse, die schon gilt.")
    others = Registration.objects.of_person(address=email.lower(), contact=None).filter(event=event)
    if others.exclude(pk=registration.pk).exists():
        raise NotPossible("Mit dieser Adresse gibt es für diese Veranstaltung schon eine Anmeldung.")
    registration.email = email
    registration.save(update_fields=["email"])
    AccessLink.objects.to(access.REGISTRATION, registration.pk).revoke()
    mails.registration_link(event, registration)
    note_down(f"Adresse der Anmeldung geändert: {event}", by=by, organisation=registration.organisation)


def delete_unconfirmed() -> int:
    """Delete registrations whose address nobody proved in the pact's time; returns how many."""
    limit = timezone.now() - timedelta(days=Pact.load().delete_unconfirmed_after_days)
    deleted = 0
    for pk, event in Registration.objects.unconfirmed_since(limit).values_list("pk", "event"):
        with transaction.atomic():
            locked(event)
            stale = Registration.objects.unconfirmed_since(limit).filter(pk=pk).first()
            if stale is None:
                continue  # proven at the last moment
            AccessLink.objects.to(access.CONFIRM, stale.pk).delete()
            OutgoingMail.objects.about(stale).delete()
            stale.delete()
            deleted += 1
    return deleted


def _admit(
    event: Event,
    registration: Registration,
    person: Person,
    names: Sequence[str],
    *,
    note: str,
    now: datetime,
    by: AbstractUser | str,
) -> AccessLink:
    """Give seats or a place on the waiting list, tell the person, and note it; returns the link that was mailed."""
    organisation = person.contact.organisation if person.contact else None
    seats = Seats.of(event, organisation)
    refuse_beyond_quota(event, organisation, len(names), others=seats.own)
    has_seats = seats.are_enough_for(len(names))
    comes_back = registration.is_cancelled
    answers = {
        "email": person.email,
        "name": person.name,
        "contact": person.contact,
        "organisation": organisation,
        "organisation_name": person.organisation_name or (organisation.name if organisation else ""),
        "note": note,
        "seats": len(names),
    }
    if registration.pk is None:
        for field, value in answers.items():
            setattr(registration, field, value)
        status = Registration.Status.CONFIRMED if has_seats else Registration.Status.WAITING
        registration.status, registration.accepted_at = status, now
        registration.seated_at = now if has_seats else None
        registration.save(force_insert=True)
        registration.write_first_names(names)
    else:
        registration.accept(has_seats=has_seats, now=now, **answers)
        registration.write_names(names)
        registration.event = event
    if comes_back:  # their calendars have a CANCEL; only a higher number brings the entry back
        event.raise_sequence()
    _settle_invitations(event, registration, Invitation.Answer.ACCEPTED, now=now)
    link = mails.registration_access(event, registration)
    if has_seats:
        mails.registered(event, registration, link)
        note_down(f"Angemeldet: {event}, {places(len(names))}", by=by, organisation=organisation)
    else:
        mails.waiting(event, registration, link)
        note_down(f"Auf der Warteliste: {event}, {places(len(names))}", by=by, organisation=organisation)
    return link


def _settle_invitations(event: Event, registration: Registration, answer: str, *, now: datetime) -> None:
    own = event.invitations.of_person(address=registration.email.lower(), contact=registration.contact_id)
    own.settle(answer, now=now)


def _is_office(by: AbstractUser | str) -> bool:
    return not isinstance(by, str)


def _refuse_newcomers(event: Event, *, now: datetime, by: AbstractUser | str) -> None:
    """Raise NotPossible when nobody can register any more."""
    if refusal := event.why_closed(now=now, for_office=_is_office(by)):
        raise NotPossible(refusal)


def _refuse_when_settled(event: Event, *, now: datetime, by: AbstractUser | str) -> None:
    """Raise NotPossible when nothing can be changed any more."""
    if refusal := event.why_settled(now=now, for_office=_is_office(by)):
        raise NotPossible(refusal)


def _refuse_more_seats(
    event: Event, registration: Registration, wanted: int, *, now: datetime, by: AbstractUser | str
) -> None:
    if refusal := event.why_closed(now=now, for_office=_is_office(by)):
        raise NotPossible(f"{refusal} Mehr Personen sind nicht mehr möglich.")
    organisation = registration.organisation
    seats = Seats.of(event, organisation)
    others = seats.own - registration.seats if organisation else 0
    refuse_beyond_quota(event, organisation, wanted, others=others)
    if registration.is_confirmed and not seats.are_enough_for(wanted - registration.seats):
        left = f"nur noch {places(seats.free)} frei" if seats.free else "keine Plätze mehr frei"
        raise NotPossible(f"Für weitere Personen ist kein Platz: Es sind {left}.")


def _fresh(registration: Registration) -> Registration:
    """Read the registration again, now that nobody else can change it."""
    return Registration.objects.select_related("contact", "organisation").get(pk=registration.pk)
