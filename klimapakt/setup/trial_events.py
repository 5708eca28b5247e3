"""The invented events of a trial: those that are over, and those to come with people who are asked and who come."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from events.access import CONFIRM, INVITATION, REGISTRATION
from events.models import Attendee, Event, Invitation, Registration
from klimapakt.documents.models import Document
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail, case_of
from klimapakt.setup.profile import create_event
from partners.models import Contact, Organisation, TimelineEntry
from partners.models.timeline import COMPANY

Table = Mapping[str, Any]

PEOPLE = {"in_weeks", "from", "to", "invited_days_ago", "declined", "registrations"}
"""What a table says beside the fields of an event."""


# --- Loading ----------------------------------------------------------------------------------------------------------


def create(tables: list[Table], organisations: list[Organisation], *, now: datetime) -> list[Event]:
    """Make the events, and who is asked to them and comes."""
    hosts = {organisation.name: organisation for organisation in organisations}
    contacts = {
        contact.organisation.name: contact
        for contact in Contact.objects.filter(organisation__in=organisations, is_main=True).select_related(
            "organisation"
        )
    }
    events = []
    for table in tables:
        event = _create_event(table, hosts.get(table.get("host", "")), now=now)
        _register(event, table.get("registrations", []), contacts, now=now)
        if days_ago := table.get("invited_days_ago"):
            _invite(event, contacts, table.get("declined", []), at=now - timedelta(days=days_ago), now=now)
        events.append(event)
    return events


def _create_event(table: Table, host: Organisation | None, *, now: datetime) -> Event:
    fields = {name: value for name, value in table.items() if name not in PEOPLE}
    if "in_weeks" in table:
        day = coming_wednesday(timezone.localdate(now), table["in_weeks"])
        if table.get("precision") == Event.Precision.MONTH:
            day = day.replace(day=1)
        fields["starts_at"] = datetime.combine(day, table.get("from", time(0)))
        if "to" in table:
            fields["ends_at"] = datetime.combine(day, table["to"])
    return create_event(fields, host=host, status=table.get("status", Event.Status.PUBLISHED), is_invented=True)


def coming_wednesday(today: date, weeks: int) -> date:
    """Return a Wednesday about so many weeks ahead on which people come."""
    day = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks, days=2)
    while (day.month, day.day) >= (12, 19) or (day.month, day.day) <= (1, 6):
        day += timedelta(weeks=1)
    return day


def _register(event: Event, tables: list[Table], contacts: Mapping[str, Contact], *, now: datetime) -> None:
    """Make registrations; one of a partner that this trial does not have is left out."""
    rows = [(table, row) for table in tables if (row := _registration(event, table, contacts, now=now))]
    Registration.objects.bulk_create(row for _, row in rows)
    Attendee.objects.bulk_create(
        Attendee(registration=row, position=position, name=name)
        for table, row in rows
        for position, name in enumerate(_names(table, row), start=1)
    )
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            organisation=row.organisation, at=row.accepted_at, by=COMPANY, text=f"{_what_happened(row)}: {event}"
        )
        for _, row in rows
        if row.organisation
    )


def _registration(event: Event, table: Table, contacts: Mapping[str, Contact], *, now: datetime) -> Registration | None:
    contact = contacts.get(table["organisation"])
    if contact is None and "email" not in table:
        return None
    at = now - timedelta(days=table["days_ago"])
    status = Registration.Status(table.get("status", Registration.Status.CONFIRMED))
    return Registration(
        event=event,
        status=status,
        contact=contact,
        organisation=contact and contact.organisation,
        organisation_name=table["organisation"],
        email=contact.email if contact else table["email"],
        name=contact.name if contact else table["names"][0],
        note=table.get("note", ""),
        seats=len(table.get("names", [""])),
        created_at=at,
        accepted_at=at,
        seated_at=None if status == Registration.Status.WAITING else at,
        cancelled_at=now - timedelta(days=2) if status == Registration.Status.CANCELLED else None,
        is_invented=True,
    )


def _names(table: Table, row: Registration) -> list[str]:
    return table.get("names", [row.name])


def _what_happened(row: Registration) -> str:
    return "Auf der Warteliste" if row.is_waiting else "Angemeldet"


def _invite(event: Event, contacts: Mapping[str, Contact], declined: list[str], *, at: datetime, now: datetime) -> None:
    """Make an invitation for every second main contact, so that some are left to be invited by whoever tries it.

    Whoever has registered was invited and has accepted.
    """
    accepted = dict(event.registrations.exclude(contact=None).values_list("contact", "accepted_at"))
    declined_at = now - timedelta(days=4)
    Invitation.objects.bulk_create(
        Invitation(
            event=event,
            contact=contact,
            invited_at=at,
            **_answer(accepted.get(contact.pk), declined_at if name in declined else None),
        )
        for number, (name, contact) in enumerate(contacts.items())
        if number % 2 == 0 or contact.pk in accepted or name in declined
    )


def _answer(accepted_at: datetime | None, declined_at: datetime | None) -> dict[str, object]:
    if accepted_at:
        return {"answer": Invitation.Answer.ACCEPTED, "answered_at": accepted_at}
    if declined_at:
        return {"answer": Invitation.Answer.DECLINED, "answered_at": declined_at}
    return {}


# --- Removing ---------------------------------------------------------------------------------------------------------

NOBODYS = Q(email__iendswith=".example") | Q(email__iregex=r"@example\.(com|net|org)$")


def remove(contacts: list[Contact]) -> int:
    """Take out the invented events, and in the real ones whoever cannot exist; returns how many events are gone."""
    events = list(Event.objects.filter(is_invented=True))
    registrations = list(Registration.objects.filter(Q(event__in=events) | Q(contact__in=contacts) | NOBODYS))
    invitations = list(Invitation.objects.filter(Q(event__in=events) | Q(contact__in=contacts)))
    for purposes, rows in (([CONFIRM, REGISTRATION], registrations), ([INVITATION], invitations)):
        AccessLink.objects.filter(purpose__in=purposes, object_id__in=[row.pk for row in rows]).delete()
    cases = [case_of(case) for case in (*events, *registrations, *invitations)]
    OutgoingMail.objects.filter(about__in=cases).delete()
    Document.objects.filter(about__in=cases).delete()
    Registration.objects.filter(pk__in=[row.pk for row in registrations]).delete()
    Invitation.objects.filter(pk__in=[row.pk for row in invitations]).delete()
    return Event.objects.filter(pk__in=[row.pk for row in events]).delete()[1].get(Event._meta.label, 0)
