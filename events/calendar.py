"""Events as calendar files.

One event has one UID in the feed, on its page and in every mail, so that a calendar never shows it twice.
"""

from collections.abc import Iterable

import icalendar
from django.conf import settings
from django.utils import timezone

from events.models import Event, Registration
from klimapakt import calendar
from klimapakt.mailbox.outbox import Attachment
from klimapakt.pact.models import Pact

FILE_NAME = calendar.FILE_NAME


def published(events: Iterable[Event], pact: Pact) -> bytes:
    """Return a file to subscribe to, or to take one public event from. Events need a day (`has_day`)."""
    return calendar.published([_entry(event, pact) for event in events], name=pact.name)


def has_day(event: Event) -> bool:
    """Whether enough is known of the date for a calendar."""
    return event.precision in (Event.Precision.TIME, Event.Precision.DAY)


def request(event: Event, registration: Registration, pact: Pact) -> Attachment:
    """Return the file that puts the event into one person's calendar, or brings the entry up to date."""
    return calendar.request(_entry(event, pact, registration))


def cancel(event: Event, registration: Registration, pact: Pact) -> Attachment:
    """Return the file that takes the event out of one person's calendar."""
    return calendar.cancel(_entry(event, pact, registration))


def _entry(event: Event, pact: Pact, registration: Registration | None = None) -> icalendar.Event:
    page = settings.PORTAL_BASE_URL + event.get_absolute_url()
    return calendar.entry(
        pact,
        uid=event.uid,
        sequence=event.sequence,
        start=event.starts_at if event.has_exact_time else timezone.localdate(event.starts_at),
        end=event.ends_at,
        summary=f"Abgesagt: {event.title}" if event.is_cancelled else event.title,
        location=event.venue,
        description="\n\n".join(filter(None, [event.teaser, page])),
        url=page,
        is_cancelled=event.is_cancelled,
        attendee=calendar.Attendee(registration.email, registration.name) if registration else None,
    )
