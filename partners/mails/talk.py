"""Mails about an orientation talk: to the company, and to the office.

All that say a date carry the file for the calendar: one entry with one UID, whose SEQUENCE counts its changes.
"""

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from icalendar import Event as CalendarEntry

from klimapakt import calendar
from klimapakt.links.models import AccessLink
from klimapakt.mailbox import outbox
from klimapakt.mailbox.outbox import Attachment
from klimapakt.pact.models import Pact
from partners.mails.application import application_access
from partners.mails.interest import interest_access
from partners.mails.office import to_office
from partners.models import Applicant, TalkBooking, TalkSlot


def booked(booking: TalkBooking) -> None:
    """The talk is theirs."""
    _to_company(booking, "talk_booked", attachments=[calendar.request(entry_of(booking))])


def moved(booking: TalkBooking, before: TalkSlot) -> None:
    """Another time, at the company's own wish."""
    _to_company(booking, "talk_moved", attachments=[calendar.request(entry_of(booking))], before=before)


def changed(booking: TalkBooking) -> None:
    """Another place, link or person, at the same time."""
    _to_company(booking, "talk_changed", attachments=[calendar.request(entry_of(booking))])


def cancelled(booking: TalkBooking, *, goes_on: bool) -> None:
    """The company has given the time back; `goes_on` says whether it can choose another."""
    _to_company(booking, "talk_cancelled", attachments=[calendar.cancel(entry_of(booking))], goes_on=goes_on)


def ended(booking: TalkBooking) -> None:
    """The talk is off because the company does not go on. Filed under the talk: its case may be deleted with this."""
    outbox.enqueue(
        "partners/mail/talk_cancelled",
        key=f"talk_cancelled:{booking.pk}:{booking.sequence}",
        to=booking.email,
        name=booking.name,
        about=booking,
        context=context_of(booking, goes_on=False),
        attachments=[calendar.cancel(entry_of(booking))],
    )


def withdrawn(booking: TalkBooking, reason: str, *, goes_on: bool) -> None:
    """The office has to call the talk off; a company that goes on finds other times."""
    file = calendar.cancel(entry_of(booking))
    _to_company(booking, "talk_withdrawn", attachments=[file], goes_on=goes_on, reason=reason)


def reminder(booking: TalkBooking) -> bool:
    """Tell the company that it is tomorrow: once for each time it took. Returns whether the mail is new."""
    return _to_company(booking, "talk_reminder", expires_at=booking.slot.starts_at)


def reminders_of(booking: TalkBooking) -> str:
    """Return how the keys of the reminders of a talk begin, whichever time they speak of."""
    return f"talk_reminder:{booking.pk}:"


def tell_office(booking: TalkBooking, what: str, *, before: TalkSlot | None = None) -> None:
    """Say what a company has done with a talk: booked, moved or cancelled it."""
    to_office(
        "office_talk",
        key=f"office-talk:{booking.pk}:{booking.sequence}",
        about=booking.case or booking,
        context=context_of(booking, what=what, before=before),
    )


def entry_of(booking: TalkBooking) -> CalendarEntry:
    """Return the talk for a calendar. It holds no personal link: calendars are shared."""
    pact, slot = Pact.load(), booking.slot
    page = settings.PORTAL_BASE_URL + reverse("company:talk")
    return calendar.entry(
        pact,
        uid=booking.uid,
        sequence=booking.sequence,
        start=slot.starts_at,
        end=slot.ends_at,
        summary=f"Orientierungsgespräch, {pact.name}",
        location=booking.location,
        description=f"{booking.organisation} und {slot.host}\n\n{page}",
        url=page,
        is_cancelled=booking.status == TalkBooking.Status.CANCELLED,
        attendee=calendar.Attendee(booking.email, booking.name),
    )


def context_of(booking: TalkBooking, **more: object) -> dict[str, object]:
    """Return what the texts about a talk speak of."""
    return {"booking": booking, "slot": booking.slot, **more}


def reader_of(case: object, email: str) -> tuple[str, str, Callable[[], AccessLink] | None]:
    """Return name, address and link of whoever is written to about a case: the same person, else who answers now."""
    if case is None:
        return "", email, None
    if case._meta.model_name == "interest":
        return case.name, case.email, lambda: interest_access(case)
    person: Applicant | None = case.applicants.present().filter(email__iexact=email).first() or case.correspondent()
    if person is None:
        return "", email, None
    return person.name, person.email, lambda: application_access(person)


def _to_company(
    booking: TalkBooking,
    kind: str,
    *,
    attachments: list[Attachment] | None = None,
    expires_at: object = None,
    **context: object,
) -> bool:
    name, email, link = reader_of(booking.case, booking.email)
    return outbox.enqueue(
        f"partners/mail/{kind}",
        key=f"{kind}:{booking.pk}:{booking.sequence}",
        to=email,
        name=name or booking.name,
        about=booking.case or booking,
        context=context_of(booking, **context),
        link=link,
        attachments=attachments or [],
        expires_at=expires_at,
    )
