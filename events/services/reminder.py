"""One reminder for everybody who comes, at the right time, whatever happened to the worker."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from events import mails
from events.models import Event, Registration
from events.services.locking import locked
from klimapakt.mailbox.models import OutgoingMail, case_of

logger = logging.getLogger(__name__)

BECAUSE = "Die Veranstaltung oder die Anmeldung wurde inzwischen geändert oder abgesagt."
CALLED_OFF = Q(status=OutgoingMail.Status.WITHDRAWN, problem=BECAUSE)
"""Reminders that the portal itself took back: they do not count when one is due again. What the office took back does."""


def send_due(*, now: datetime) -> int:
    """Write the reminders that are due; returns how many. A missed run catches up until the event starts.

    Each is a transaction of its own with a key of its own: killed at any line and run again, it writes each once.
    An event that stays locked, or breaks in another way, is left for the next run; the others go on.
    """
    coming = Event.objects.filter(status=Event.Status.PUBLISHED, starts_at__gt=now, remind_days_before__isnull=False)
    written = 0
    for event in coming.order_by("starts_at", "pk"):
        try:
            for registration in who_is_due(event, now=now):
                written += _remind(registration, now=now)
        except Exception:  # one event must never stop the others
            logger.exception("event %s: its reminders wait for the next run", event.pk)
    return written


def who_is_due(event: Event, *, now: datetime) -> list[Registration]:
    """Return who is to be reminded now and has no reminder yet, without a query for each."""
    if event.remind_at is None or event.remind_at > now:
        return []
    due = [one for one in event.registrations.confirmed() if wants_reminder(event, one, now=now)]
    by_key = {mails.reminder_key(event, registration): registration for registration in due}
    known = OutgoingMail.objects.filter(key__in=by_key).exclude(CALLED_OFF).values_list("key", flat=True)
    return [by_key[key] for key in by_key.keys() - set(known)]


def take_back(registrations: Iterable[Registration]) -> None:
    """Take back the reminders of these people: what is due later is written anew, unless this one left after all."""
    cases = [case_of(registration) for registration in registrations]
    reminders = OutgoingMail.objects.filter(kind=mails.REMINDER, about__in=cases)
    reminders.waiting().update(problem=BECAUSE)
    reminders.call_off()


@transaction.atomic
def _remind(registration: Registration, *, now: datetime) -> bool:
    """Remind one person, unless the event or the registration has changed meanwhile."""
    event = locked(registration.event_id)
    registration = Registration.objects.get(pk=registration.pk)
    if not wants_reminder(event, registration, now=now):
        return False
    OutgoingMail.objects.filter(CALLED_OFF, key=mails.reminder_key(event, registration)).delete()
    return mails.reminder(event, registration)


def wants_reminder(event: Event, registration: Registration, *, now: datetime) -> bool:
    """Whether somebody should be reminded now: not who registered, or was told of a change, after it was due."""
    due_at = event.remind_at
    return (
        event.status == Event.Status.PUBLISHED
        and due_at is not None
        and due_at <= now < event.starts_at
        and registration.is_confirmed
        and registration.seated_at < due_at
        and (event.told_at is None or event.told_at < due_at)
    )
