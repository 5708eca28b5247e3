"""One lock for all that touches the seats of an event: the event's own row.

Seats are counted from the rows of registrations. That is true only while nobody else can change them, so every
service takes this lock before it looks (docs/decisions/0007). Postgres waits three seconds for it (`lock_timeout`).
"""

from collections.abc import Callable

from django.db import OperationalError
from psycopg import errors

from events.models import Event


class Busy(Exception):
    """The event stayed locked for too long, twice. Nothing was changed."""


def locked(event_id: int) -> Event:
    """Return the event as it is now, for this transaction alone."""
    return Event.objects.select_for_update(of=("self",), no_key=True).order_by().get(pk=event_id)


def patiently[Result](act: Callable[[], Result]) -> Result:
    """Run a service once more when its lock did not come; raises Busy when that was in vain too."""
    try:
        return act()
    except OperationalError as trouble:
        if not _is_about_a_lock(trouble):
            raise
    try:
        return act()
    except OperationalError as trouble:
        if not _is_about_a_lock(trouble):
            raise
        raise Busy from trouble


def _is_about_a_lock(trouble: OperationalError) -> bool:
    return isinstance(trouble.__cause__, errors.LockNotAvailable | errors.DeadlockDetected)
