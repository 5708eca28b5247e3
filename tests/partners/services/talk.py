"""When a talk of these tests begins or is over, and the calendar file about it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
from django.utils import timezone

from partners.models import TalkSlot

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2027, 5, 11, 14, tzinfo=BERLIN)


def file_of(mail):
    """Return method and entry of the calendar file that a mail carries."""
    [file] = mail.attachments.all()
    calendar = icalendar.Calendar.from_ical(bytes(file.content))
    [entry] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), entry


def in_the_past(booking):
    TalkSlot.objects.filter(pk=booking.slot_id).update(
        starts_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now() - timedelta(hours=1)
    )
    booking.refresh_from_db()
    return booking
