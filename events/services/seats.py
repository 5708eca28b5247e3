"""Who gets a seat and who waits. All of it while the event's row is locked."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser

from events import mails
from events.models import Event, Registration, Seats
from klimapakt.states import NotPossible
from partners.models import Organisation, TimelineEntry
from partners.models.timeline import PORTAL


def refuse_beyond_quota(event: Event, organisation: Organisation | None, wanted: int, *, others: int = 0) -> None:
    """Raise NotPossible when these seats are more than one organisation can have, with those its others took."""
    limit = event.most_seats
    if others + wanted > limit:
        who = organisation or "eine Organisation"
        already = f"; {others} davon sind schon vergeben" if others else ""
        raise NotPossible(f"Für {who} gibt es {places(limit)}{already}.")


def places(number: int) -> str:
    """Return e.g. „1 Platz“ or „2 Plätze“."""
    return "1 Platz" if number == 1 else f"{number} Plätze"


def promote(event: Event, *, now: datetime) -> list[Registration]:
    """Give free seats to those who wait: in their order, each whose number of seats fits. Returns who moved up.

    Every service that may free a seat ends with this, so that nobody waits beside a seat that would do.
    """
    moved = who_moves_up(event, now=now)
    for registration in moved:
        organisation = registration.organisation
        registration.seat(now=now)
        mails.moved_up(event, registration)
        note(f"Nachgerückt: {event}, {places(registration.seats)}", by=PORTAL, organisation=organisation)
    return moved


def who_moves_up(event: Event, *, now: datetime) -> list[Registration]:
    """Return those who wait and for whom there are seats; nobody after the start or of an event that is off."""
    if event.why_settled(now=now):
        return []
    seats = Seats.of(event)
    if not seats.waiting or seats.are_gone:
        return []
    free, moved = seats.free, []
    for registration in (
        event.registrations.waiting_in_order().select_related("organisation").prefetch_related("attendees")
    ):
        if free is not None:
            if registration.seats > free:
                continue
            free -= registration.seats
        moved.append(registration)
    return moved


def note(text: str, *, by: AbstractUser | str, organisation: Organisation | None) -> None:
    """Write a fact into the story of a partner; strangers have none."""
    if organisation is not None:
        TimelineEntry.note(text, by=by, organisation=organisation)
