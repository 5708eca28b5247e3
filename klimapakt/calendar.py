"""Dates as calendar files (RFC 5545, iTIP after RFC 5546).

A file holds no personal link: calendars are shared. Mails carry REQUEST with the office's mailbox as organiser,
because only such an entry goes away again with CANCEL; nobody is asked for an answer (docs/decisions/0007).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import icalendar
from django.utils import timezone

from klimapakt.mailbox.outbox import Attachment
from klimapakt.pact.models import Pact

FILE_NAME = "termin.ics"
PRODUCT = "-//Klimapakt//Portal//DE"
DAY = timedelta(days=1)


class Attendee(NamedTuple):
    """In whose calendar an entry is to stand."""

    email: str
    name: str


def entry(
    pact: Pact,
    *,
    uid: UUID,
    sequence: int,
    start: datetime | date,
    end: datetime | None,
    summary: str,
    location: str,
    description: str,
    url: str | None = None,
    is_cancelled: bool = False,
    attendee: Attendee | None = None,
) -> icalendar.Event:
    """Return one date. `uid` stays the same for as long as it is the same date; `sequence` numbers its changes."""
    entry = icalendar.Event.new(
        uid=uid,
        sequence=sequence,
        stamp=timezone.now(),
        start=_moment(start) if isinstance(start, datetime) else start,
        end=_moment(end) if end else None,
        summary=summary,
        location=location or None,
        description=description,
        url=url,
        status=icalendar.STATUS.CANCELLED if is_cancelled else icalendar.STATUS.CONFIRMED,
        organizer=icalendar.vCalAddress.new(pact.office_email, cn=pact.name) if pact.can_send_mail else None,
    )
    if attendee is not None:
        entry.add(
            "attendee", icalendar.vCalAddress.new(attendee.email, cn=attendee.name, partstat="ACCEPTED", rsvp=False)
        )
    return entry


def published(entries: Iterable[icalendar.Event], *, name: str = "") -> bytes:
    """Return a file to take away, or to subscribe to under a name."""
    calendar = _calendar("PUBLISH", list(entries))
    if name:
        calendar.calendar_name = name
    return calendar.to_ical()


def request(entry: icalendar.Event) -> Attachment:
    """Return the file that puts an entry into its attendee's calendar, or brings it up to date."""
    return _attachment("REQUEST", entry)


def cancel(entry: icalendar.Event) -> Attachment:
    """Return the file that takes an entry out of its attendee's calendar."""
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
        for zone in calendar.timezones:
            zone.pop("COMMENT", None)  # says in English for which days the rules hold
    return calendar


def _moment(moment: datetime) -> datetime:
    """Return Berlin time; UTC in the one hour a year of which a calendar would take the earlier of two."""
    local = timezone.localtime(moment)
    return local.astimezone(UTC) if local.fold else local


def _day(moment: datetime | date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
