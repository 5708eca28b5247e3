"""Which mail goes to whom about an event, and which key makes it unique.

Each function writes one row into the outbox, in the transaction of its caller. `event` is the event as it is now:
the service that calls has locked it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.utils import timezone

from events import access, calendar
from events.models import Event, Invitation, Registration
from klimapakt.links.models import AccessLink
from klimapakt.mailbox import outbox
from klimapakt.mailbox.outbox import Attachment
from klimapakt.pact.models import Pact

PROOF, CANCELLATION, REMINDER = "event_confirm", "event_cancelled", "event_reminder"
"""Kinds of mail that services take back while they wait."""

PROOF_LIFETIME = timedelta(days=7)
LINK_GOOD_AFTER_EVENT = timedelta(days=30)

UNASKED = [PROOF, "event_link", "event_unknown_address"]
"""Kinds of mail that anybody can have sent to any address."""
UNASKED_AN_HOUR = 3

TOO_MANY = (
    "An diese Adresse haben wir in der letzten Stunde schon mehrere Mails geschickt. Bitte sehen Sie auch im "
    "Spam-Ordner nach, oder versuchen Sie es in einer Stunde noch einmal."
)


@dataclass(frozen=True)
class Change:
    """What is different now, as people read it."""

    label: str
    before: str
    after: str


def too_many_unasked(address: str, *, now: datetime) -> bool:
    """Whether an address has had its share of mail that others may have asked for."""
    since = now - timedelta(hours=1)
    sent = outbox.OutgoingMail.objects.filter(kind__in=UNASKED, to_email__iexact=address, created_at__gte=since)
    return sent.count() >= UNASKED_AN_HOUR


# --- To one person, about the own registration ------------------------------------------------------------------------


def confirm_address(event: Event, registration: Registration) -> None:
    """Ask for proof of the address. Holds no word from the form: anybody may have typed it."""
    outbox.enqueue(
        f"events/mail/{PROOF}",
        key=f"event-confirm:{registration.pk}:{_moment(timezone.now())}",
        to=registration.email,
        is_proven=False,
        about=registration,
        context={"event": event, "days": PROOF_LIFETIME.days},
        link=lambda: AccessLink.issue(
            access.CONFIRM, registration.pk, email=registration.email, valid_for=PROOF_LIFETIME
        ),
        expires_at=event.closes_at,
        is_urgent=True,
    )


def registered(event: Event, registration: Registration, link: AccessLink) -> None:
    """The seats are theirs; with the file for the calendar."""
    _to(
        event,
        registration,
        "event_registered",
        occurrence=_moment(registration.seated_at),
        link=link,
        attachments=[calendar.request(event, registration, Pact.load())],
    )


def waiting(event: Event, registration: Registration, link: AccessLink) -> None:
    """All seats are gone; the place in the row of those who wait."""
    _to(event, registration, "event_waiting", occurrence=_moment(registration.accepted_at), link=link)


def moved_up(event: Event, registration: Registration) -> None:
    """Seats became free for somebody who waited."""
    _to(
        event,
        registration,
        "event_moved_up",
        occurrence=_moment(registration.seated_at),
        attachments=[calendar.request(event, registration, Pact.load())],
    )


def registration_changed(event: Event, registration: Registration) -> None:
    """Other names, or another number of seats. Calendars need no new file for that."""
    _to(event, registration, "event_changed_registration", occurrence=_moment(timezone.now()))


def withdrawn(event: Event, registration: Registration, *, had_seats: bool, by_office: bool) -> None:
    """They do not come; whoever had seats gets the file that empties the calendar."""
    now = timezone.now()
    _to(
        event,
        registration,
        "event_withdrawn",
        occurrence=_moment(now),
        context={
            "had_seats": had_seats,
            "by_office": by_office,
            "is_ahead": not event.has_started(now=now),
            "is_open": not event.why_closed(now=now),
        },
        attachments=[calendar.cancel(event, registration, Pact.load())] if had_seats else [],
    )


def registration_link(event: Event, registration: Registration) -> None:
    """A new personal link to the registration."""
    _to(event, registration, "event_link", occurrence=_moment(timezone.now()), is_urgent=True)


def reminder(event: Event, registration: Registration) -> bool:
    """Tell somebody who comes that it is soon: once for each day on which the event starts. Returns whether it is new."""
    return _to(event, registration, REMINDER, occurrence=_day(event), expires_at=event.starts_at)


def reminder_key(event: Event, registration: Registration) -> str:
    """Return the key of the reminder for the day on which the event starts now."""
    return _key(REMINDER, registration, _day(event))


def _day(event: Event) -> str:
    return timezone.localdate(event.starts_at).isoformat()


# --- To invited people ------------------------------------------------------------------------------------------------


def invitation(event: Event, invitation: Invitation) -> None:
    """Ask somebody to come; nobody is asked when it is too late for an answer."""
    _to(event, invitation, "event_invitation", occurrence="once", expires_at=event.closes_at)


def invitation_link(event: Event, invitation: Invitation) -> None:
    """A new personal link for an invited person."""
    _to(event, invitation, "event_link", occurrence=_moment(timezone.now()), is_urgent=True)


def unknown_address(event: Event, email: str) -> None:
    """Somebody asked for a link with an address that belongs to no contact of a Klimapartner."""
    outbox.enqueue(
        "events/mail/event_unknown_address",
        key=f"event-unknown-address:{event.pk}:{_moment(timezone.now())}:{sha256(email.encode()).hexdigest()}",
        to=email,
        is_proven=False,
        about=event,
        context={"event": event},
        is_urgent=True,
    )


# --- To everybody who wanted to come ----------------------------------------------------------------------------------


def event_changed(event: Event, guest: Registration | Invitation, changes: list[Change]) -> None:
    """Another date, place, title or host, as old and new."""
    _to(
        event,
        guest,
        "event_changed",
        occurrence=str(event.sequence),
        context={"changes": changes},
        attachments=_request_if_seated(event, guest),
    )


def event_cancelled(event: Event, guest: Registration | Invitation, reason: str, *, due_at: datetime) -> None:
    """The event is off. Waits so long that the office can still think again."""
    is_seated = isinstance(guest, Registration) and guest.is_confirmed
    _to(
        event,
        guest,
        CANCELLATION,
        occurrence=str(event.sequence),
        context={"reason": reason},
        attachments=[calendar.cancel(event, guest, Pact.load())] if is_seated else [],
        due_at=due_at,
    )


def event_reinstated(event: Event, guest: Registration | Invitation) -> None:
    """The event takes place after all; for those who had heard that it does not."""
    _to(event, guest, "event_reinstated", occurrence=str(event.sequence), attachments=_request_if_seated(event, guest))


def _request_if_seated(event: Event, guest: Registration | Invitation) -> list[Attachment]:
    if isinstance(guest, Registration) and guest.is_confirmed:
        return [calendar.request(event, guest, Pact.load())]
    return []


# --- Links, and what all of these mails have in common ----------------------------------------------------------------


def registration_access(event: Event, registration: Registration) -> AccessLink:
    """A link to one registration."""
    return AccessLink.issue(access.REGISTRATION, registration.pk, email=registration.email, valid_for=_lifetime(event))


def invitation_access(event: Event, invitation: Invitation) -> AccessLink:
    """A link to the event for an invited person."""
    return AccessLink.issue(
        access.INVITATION, invitation.pk, email=invitation.contact.email, valid_for=_lifetime(event)
    )


def _lifetime(event: Event) -> timedelta:
    """Until some weeks after the event; should it move, the mail about that brings another link."""
    return max(event.starts_at - timezone.now(), timedelta()) + LINK_GOOD_AFTER_EVENT


def sample(event: Event, guest: Registration | Invitation, kind: str, **context: object) -> tuple[str, str]:
    """Return subject and text of a mail as the office may read it before anything is sent."""
    return outbox.preview(f"events/mail/{kind}", context_of(event, guest, **context))


def _to(
    event: Event,
    guest: Registration | Invitation,
    kind: str,
    *,
    occurrence: str,
    link: AccessLink | None = None,
    context: dict[str, object] | None = None,
    attachments: list[Attachment] | tuple = (),
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    is_urgent: bool = False,
) -> bool:
    person = guest if isinstance(guest, Registration) else guest.contact
    give_access = registration_access if isinstance(guest, Registration) else invitation_access
    return outbox.enqueue(
        f"events/mail/{kind}",
        key=_key(kind, guest, occurrence),
        to=person.email,
        name=person.name,
        about=guest,
        context=context_of(event, guest, **(context or {})),
        link=lambda: link or give_access(event, guest),
        attachments=attachments,
        due_at=due_at,
        expires_at=expires_at,
        is_urgent=is_urgent,
    )


def context_of(event: Event, guest: Registration | Invitation, **more: object) -> dict[str, object]:
    """What every text may use: the event, whom it greets, and the registration or invitation it is about."""
    registration = guest if isinstance(guest, Registration) else None
    return {"event": event, "person": registration or guest.contact, "registration": registration, **more}


def _key(kind: str, guest: Registration | Invitation, occurrence: str) -> str:
    return f"{kind}:{guest._meta.model_name}:{guest.pk}:{occurrence}"


def _moment(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}"
