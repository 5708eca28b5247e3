"""Events as calendar files (RFC 5545, iTIP after RFC 5546).

One event has one UID in the feed, on its page and in every mail, so that a calendar never shows it twice. A file
holds no personal link: calendars are shared. Mails carry REQUEST with the office's mailbox as organiser, because
only such an entry goes away again with CANCEL; nobody is asked for an answer (docs/decisions/0007).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import icalendar
from django.conf import settings
from django.utils import timezone

from events.models import Event, Registration
from klimapakt.mailbox.outbox import Attachment
from klimapakt.pact.models import Pact

FILE_NAME = "termin.ics"
PRODUCT = "-//Klimapakt//Portal//DE"
DAY = timedelta(days=1)


def published(events: Iterable[Event], pact: Pact) -> bytes:
    """Return a file to subscribe to, or to take one public event from. Events need a day (`has_day`)."""
    calendar = _calendar("PUBLISH", [_entry(event, pact) for event in events])
    calendar.calendar_name = pact.name
    return calendar.to_ical()


def has_day(event: Event) -> bool:
    """Whether enough is known of the date for a calendar."""
    return event.precision in (Event.Precision.TIME, Event.Precision.DAY)


def request(event: Event, registration: Registration, pact: Pact) -> Attachment:
    """Return the file that puts the event into one person's calendar, or brings the entry up to date."""
    return _attachment("REQUEST", _entry(event, pact, registration))


def cancel(event: Event, registration: Registration, pact: Pact) -> Attachment:
    """Return the file that takes the event out of one person's calendar."""
    entry = _entry(event, pact, registration)
    entry.status = icalendar.STATUS.CANCELLED
    return _attachment("CANCEL", entry)


def _attachment(method: str, entry: icalendar.Event) -> Attachment:
    return Attachment(FILE_NAME, f"text/calendar; method={method}; charset=utf-8", _calendar(method, [entry]).to_ical())


def _calendar(method: str, entries: list[icalendar.Event]) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for entry in entries:
        calendar.add_component(entry)
    if entries:  # the rules of the time zone for these days only, not for 1970 to 2038
        days = [_day(entry.start) for entry in entries] + [_day(entry.end) for entry in entries]
        calendar.add_missing_timezones(min(days) - DAY, max(days) + DAY)
    return calendar


def _entry(event: Event, pact: Pact, registration: Registration | None = None) -> icalendar.Event:
    page = settings.PORTAL_BASE_URL + event.get_absolute_url()
    entry = icalendar.Event.new(
        uid=event.uid,
        sequence=event.sequence,
        stamp=timezone.now(),
        start=_moment(event.starts_at) if event.has_exact_time else timezone.localdate(event.starts_at),
        end=_moment(event.ends_at) if event.ends_at else None,
        summary=f"Abgesagt: {event.title}" if event.is_cancelled else event.title,
        location=event.venue or None,
        description="\n\n".join(filter(None, [event.teaser, page])),
        url=page,
        status=icalendar.STATUS.CANCELLED if event.is_cancelled else icalendar.STATUS.CONFIRMED,
        organizer=icalendar.vCalAddress.new(pact.office_email, cn=pact.name) if pact.can_send_mail else None,
    )
    if registration is not None:
        entry.add(
            "attendee",
            icalendar.vCalAddress.new(registration.email, cn=registration.name, partstat="ACCEPTED", rsvp=False),
        )
    return entry


def _moment(moment: datetime) -> datetime:
    """Return Berlin time; UTC in the one hour a year of which a calendar would take the earlier of two."""
    local = timezone.localtime(moment)
    return local.astimezone(UTC) if local.fold else local


def _day(moment: datetime | date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
