"""One lock for all that touches the seats of an event: the event's own row.

Seats are counted from the rows of registrations. That is true only while nobody else can change them, so every
service takes this lock before it looks (docs/decisions/0007).
"""

from events.models import Event


def locked(event_id: int) -> Event:
    """Return the event as it is now, for this transaction alone."""
    return Event.objects.select_for_update(of=("self",), no_key=True).order_by().get(pk=event_id)
