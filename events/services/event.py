"""Changing, calling off and copying an event, and who hears of it."""

import re
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from events import mails
from events.mails import Change
from events.models import AgendaItem, Event, Invitation, Registration, Seats
from events.services.locking import locked
from events.services.seats import places, promote
from klimapakt.mailbox.models import OutgoingMail, case_of
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible
from partners.models import Organisation

TOLD_FIELDS = ["title", "precision", "starts_at", "ends_at", "venue", "host"]
"""Whoever wanted to come hears of a change of these."""


@dataclass(frozen=True)
class Audience:
    """Everybody who counts on an event: who comes, who waits, and who was asked and has not answered yet."""

    registrations: list[Registration]
    invitations: list[Invitation]

    def __iter__(self) -> Iterator[Registration | Invitation]:
        yield from self.registrations
        yield from self.invitations

    def __len__(self) -> int:
        return len(self.registrations) + len(self.invitations)

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.registrations] + [one.contact.name for one in self.invitations]


def audience_of(event: Event, *, now: datetime) -> Audience:
    """Return whom a change or a cancellation would be told; nobody of a draft, nobody after the start."""
    if event.pk is None or event.status == Event.Status.DRAFT or event.has_started(now=now):
        return Audience([], [])
    registrations = event.registrations.active().prefetch_related("attendees").order_by("accepted_at", "pk")
    invitations = event.invitations.unanswered().select_related("contact").exclude(contact__email="").order_by("pk")
    return Audience(list(registrations), list(invitations))


@dataclass(frozen=True)
class Plan:
    """What a change would do: what is different for people, and who would be told of it."""

    differences: list[Change]
    audience: Audience


def plan_change(event: Event, changes: Mapping[str, object], *, now: datetime) -> Plan:
    """Say what a change would do to an event as it stands. Raises NotPossible with a German sentence."""
    after = copy(event)
    for field, value in changes.items():
        setattr(after, field, value)
    audience = audience_of(event, now=now)
    differences = _differences(event, after)
    _refuse_impossible(event, after, bool(differences), audience)
    if not differences or event.status != Event.Status.PUBLISHED:
        audience = Audience([], [])
    return Plan(differences, audience)


@transaction.atomic
def change_event(event: Event, changes: Mapping[str, object], *, by: AbstractUser) -> int:
    """Write these fields and tell everybody who counts on the event what is different; returns how many that are.

    More seats go to those who wait. Raises NotPossible with a German sentence.
    """
    event = locked(event.pk)
    now = timezone.now()
    plan = plan_change(event, changes, now=now)
    for field, value in changes.items():
        setattr(event, field, value)
    event.save(update_fields=list(changes))
    if plan.audience:
        event.told_at = now
        event.save(update_fields=["told_at"])
        event.raise_sequence()
        _withdraw_reminders(plan.audience)
        for guest in plan.audience:
            mails.event_changed(event, guest, plan.differences)
    promote(event, now=now)
    return len(plan.audience)


def _differences(before: Event, after: Event) -> list[Change]:
    """Return what people have to know, as they read it."""
    pairs = [
        Change("Titel", before.title, after.title),
        Change("Wann", before.when, after.when),
        Change("Wo", before.venue, after.venue),
        Change("Zu Gast bei", _name(before.host_id), _name(after.host_id)),
    ]
    return [pair for pair in pairs if pair.before != pair.after]


def _name(organisation_id: int | None) -> str:
    return Organisation.objects.get(pk=organisation_id).name if organisation_id else ""


def _refuse_impossible(before: Event, after: Event, is_told: bool, audience: Audience) -> None:
    if refusal := why_capacity_is_too_small(after, after.capacity):
        raise NotPossible(refusal)
    if len(audience) and not after.has_exact_time:
        raise NotPossible(
            "Es haben sich schon Personen angemeldet, oder sie sind eingeladen. Bitte geben Sie Tag und Uhrzeit an, "
            "oder sagen Sie die Veranstaltung ab."
        )
    if is_told and before.is_cancelled and _cancellations(before, audience).filter(status=_QUEUED).exists():
        raise NotPossible(
            "Die Mails über die Absage warten noch. Bitte nehmen Sie zuerst die Absage zurück, oder ändern Sie die "
            "Veranstaltung, wenn die Mails heraus sind."
        )


_QUEUED = OutgoingMail.Status.QUEUED


def why_capacity_is_too_small(event: Event, capacity: int | None) -> str:
    """Say in German why an event cannot have so few seats; empty when it can."""
    taken = Seats.of(event).taken if event.pk else 0
    if capacity is None or taken <= capacity:
        return ""
    return f"Es sind schon {places(taken)} vergeben. Weniger sind erst möglich, wenn sich Personen abmelden."


@transaction.atomic
def cancel_event(event: Event, reason: str = "", *, by: AbstractUser) -> int:
    """Call the event off; returns how many people will hear of it once the pact's time to think again is over."""
    event = locked(event.pk)
    now = timezone.now()
    audience = audience_of(event, now=now)
    event.cancel()
    if audience:
        event.raise_sequence()
        _withdraw_reminders(audience)
        due_at = now + Pact.load().undo_time
        for guest in audience:
            mails.event_cancelled(event, guest, reason, due_at=due_at)
    return len(audience)


@transaction.atomic
def reinstate_event(event: Event, *, by: AbstractUser) -> int:
    """Take the cancellation back; returns how many people had heard of it and are told now.

    Whoever has not heard of it never will: the mails that still wait are taken back.
    """
    event = locked(event.pk)
    now = timezone.now()
    audience = audience_of(event, now=now)
    event.reinstate()
    _cancellations(event, audience).withdraw()
    told = who_heard_of_cancellation(event, audience)
    if told:
        event.told_at = now
        event.save(update_fields=["told_at"])
        event.raise_sequence()
        for guest in told:
            mails.event_reinstated(event, guest)
    promote(event, now=now)
    return len(told)


def who_heard_of_cancellation(event: Event, audience: Audience) -> Audience:
    """Return those whose mail about the last cancellation has left, or is just leaving."""
    held_back = [_QUEUED, OutgoingMail.Status.WITHDRAWN]
    heard = set(_cancellations(event, audience).exclude(status__in=held_back).values_list("about", flat=True))
    return Audience(
        [registration for registration in audience.registrations if case_of(registration) in heard],
        [invitation for invitation in audience.invitations if case_of(invitation) in heard],
    )


@transaction.atomic
def unpublish_event(event: Event, *, by: AbstractUser) -> None:
    """Make it a draft again; not while somebody counts on it."""
    event = locked(event.pk)
    if obstacle := why_not_unpublished(event):
        raise NotPossible(obstacle)
    event.unpublish()


def why_not_unpublished(event: Event) -> str:
    """Say in German why an event cannot be a draft again; empty when it can."""
    if event.registrations.proven().exists() or event.invitations.exists():
        return "Zu dieser Veranstaltung gibt es Einladungen oder Anmeldungen. Sie können sie nur absagen."
    return ""


@transaction.atomic
def copy_event(event: Event, starts_at: datetime, *, by: AbstractUser) -> Event:
    """Make a draft of the same meeting at another time, with its agenda and rules, without its people."""
    new = Event(
        **{
            field.attname: getattr(event, field.attname)
            for field in Event._meta.concrete_fields
            if field.name not in NOT_COPIED
        },
        slug=_free_slug(event.slug, starts_at),
        starts_at=starts_at,
        precision=Event.Precision.TIME,
        ends_at=_moved(event, event.ends_at, starts_at),
        registration_closes_at=_moved(event, event.registration_closes_at, starts_at),
    )
    new.save(force_insert=True)
    AgendaItem.objects.bulk_create(
        AgendaItem(event=new, position=item.position, starts_at=item.starts_at, title=item.title, speaker=item.speaker)
        for item in event.agenda.all()
    )
    return new


NOT_COPIED = {
    "id", "status", "slug", "precision", "starts_at", "ends_at", "registration_closes_at", "reported_on",
    "participants", "results", "uid", "sequence", "told_at",
}  # fmt: skip


def _moved(event: Event, moment: datetime | None, starts_at: datetime) -> datetime | None:
    """Return a moment as far from the new start as it was from the old one, by the clock on the wall in Berlin."""
    if moment is None or event.starts_at is None:
        return None
    wall = [timezone.localtime(one).replace(tzinfo=None) for one in (moment, event.starts_at, starts_at)]
    return timezone.make_aware(wall[0] - wall[1] + wall[2])


def _free_slug(slug: str, starts_at: datetime) -> str:
    """Return an address with the day in it that no other event has."""
    name = re.sub(r"-\d{4}-\d{2}-\d{2}(-\d+)?$", "", slug)[:60].rstrip("-")
    base = f"{name}-{timezone.localdate(starts_at):%Y-%m-%d}"
    taken = set(Event.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _cancellations(event: Event, audience: Audience) -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(key__in=[mails.cancellation_key(event, guest) for guest in audience])


def _reminders(audience: Audience) -> QuerySet[OutgoingMail]:
    cases = [case_of(registration) for registration in audience.registrations]
    return OutgoingMail.objects.filter(kind=mails.REMINDER, about__in=cases)


def _withdraw_reminders(audience: Audience) -> None:
    _reminders(audience).withdraw()
