from events.models.event import AgendaItem, Event
from events.models.invitation import Invitation
from events.models.registration import Attendee, Registration, Seats

__all__ = ["AgendaItem", "Attendee", "Event", "Invitation", "Registration", "Seats"]
