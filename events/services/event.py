"""Changing, calling off and copying an event, and who hears of it."""

import re
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone

from events import mails
from events.host import host_of
from events.mails import Change
from events.models import AgendaItem, Event, Invitation, Registration, Seats
from events.services.locking import locked
from events.services.reminder import take_back, who_is_due
from events.services.seats import places, promote, who_moves_up
from klimapakt.mailbox.models import OutgoingMail, OutgoingMailQuerySet, case_of
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible


@dataclass(frozen=True)
class Audience:
    """Everybody who counts on an event: who comes, who waits, and who was asked and can still answer."""

    registrations: list[Registration]
    invitations: list[Invitation]

    def __iter__(self) -> Iterator[Registration | Invitation]:
        yield from self.registrations
        yield from self.invitations

    def __len__(self) -> int:
        return len(self.registrations) + len(self.invitations)


def audience_of(event: Event, *, now: datetime, planned: Event | None = None) -> Audience:
    """Return whom a change or a cancellation would be told; nobody of a draft, nobody after the start.

    Nobody is told twice: of several invitations of one person one counts. `planned` is the event as it will be.
    """
    if event.pk is None or event.status == Event.Status.DRAFT or event.has_started(now=now):
        return Audience([], [])
    registrations = list(event.registrations.active().prefetch_related("attendees").order_by("accepted_at", "pk"))
    invitations, known = [], set()
    if (planned or event).awaits_answers(now=now):
        unanswered = event.invitations.unanswered().select_related("contact").exclude(contact__email="")
        for invitation in unanswered.order_by("pk"):
            if not invitation.marks & known:
                invitations.append(invitation)
                known |= invitation.marks
    return Audience(registrations, invitations)


@dataclass(frozen=True)
class Plan:
    """What a change would do: what is different for people, and who would get a mail."""

    differences: list[Change]
    audience: Audience
    """Who would be told."""
    moving_up: list[Registration]
    """Who would get a seat."""
    reminded: list[Registration]
    """Whose reminder would be due at once."""
    may_be_quiet: bool = False
    """Whether the office may leave it at that without telling anybody: a slip in the title."""

    @property
    def guests(self) -> list[Registration | Invitation]:
        """Everybody who would get a mail, each once."""
        return list({case_of(guest): guest for guest in (*self.audience, *self.moving_up, *self.reminded)}.values())


def plan_change(event: Event, changes: Mapping[str, object], *, now: datetime, quietly: bool = False) -> Plan:
    """Say what a change would do to an event as it stands. Raises NotPossible with a German sentence."""
    after = copy(event)
    for field, value in changes.items():
        setattr(after, field, value)
    audience = audience_of(event, now=now, planned=after)
    differences = _differences(event, after, on=timezone.localdate(now))
    _refuse_impossible(event, after, bool(differences), now=now)
    may_be_quiet = changes.keys() == {"title"}
    if not differences or event.status != Event.Status.PUBLISHED or (quietly and may_be_quiet):
        audience = Audience([], [])
    reminded = []
    if "remind_days_before" in changes and not audience:  # who is told now is not reminded too
        due_anyway = {registration.pk for registration in who_is_due(event, now=now)}
        reminded = [one for one in who_is_due(after, now=now) if one.pk not in due_anyway]
    return Plan(differences, audience, who_moves_up(after, now=now), reminded, may_be_quiet)


@transaction.atomic
def change_event(event: Event, changes: Mapping[str, object], *, by: AbstractUser, quietly: bool = False) -> int:
    """Write these fields and tell everybody who counts on the event what is different; returns how many that are.

    More seats go to those who wait. `quietly` tells nobody where that is possible. Raises NotPossible with a German
    sentence.
    """
    event = locked(event.pk)
    now = timezone.now()
    plan = plan_change(event, changes, now=now, quietly=quietly)
    for field, value in changes.items():
        setattr(event, field, value)
    event.save(update_fields=list(changes))
    if plan.differences and event.status != Event.Status.DRAFT:
        event.raise_sequence()
    if plan.audience:
        event.told_at = now
        event.save(update_fields=["told_at"])
        take_back(plan.audience.registrations)
        for guest in plan.audience:
            mails.event_changed(event, guest, plan.differences)
    promote(event, now=now)
    return len(plan.audience)


def _differences(before: Event, after: Event, *, on: date) -> list[Change]:
    """Return what people have to know, as they read it."""
    hosts = [host_of(event, on=on) for event in (before, after)]
    pairs = [
        Change("Titel", before.title, after.title),
        Change("Wann", before.when, after.when),
        Change("Wo", before.venue, after.venue),
        Change("Zu Gast bei", *(host.name if host else "" for host in hosts)),
    ]
    return [pair for pair in pairs if pair.before != pair.after]


def _refuse_impossible(before: Event, after: Event, is_told: bool, *, now: datetime) -> None:
    if refusal := why_capacity_is_too_small(after, after.capacity):
        raise NotPossible(refusal)
    if not after.has_exact_time and audience_of(before, now=now):
        raise NotPossible(
            "Es haben sich schon Personen angemeldet, oder sie sind eingeladen. Bitte geben Sie Tag und Uhrzeit an, "
            "oder sagen Sie die Veranstaltung ab."
        )
    if is_told and before.is_cancelled and _cancellations(before).waiting().exists():
        raise NotPossible(
            "Die Mails über die Absage warten noch. Bitte nehmen Sie zuerst die Absage zurück, oder ändern Sie die "
            "Veranstaltung, wenn die Mails heraus sind."
        )


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
    event.raise_sequence()
    if audience:
        take_back(audience.registrations)
        due_at = now + Pact.load().undo_time
        for guest in audience:
            mails.event_cancelled(event, guest, reason, due_at=due_at)
    return len(audience)


@transaction.atomic
def reinstate_event(event: Event, *, by: AbstractUser) -> int:
    """Take the cancellation back; returns how many people get a mail: who had heard of it, and who moves up.

    Whoever has not heard of it never will: the mails that still wait are taken back.
    """
    event = locked(event.pk)
    now = timezone.now()
    cancellations = _cancellations(event)
    cancellations.call_off()
    plan = plan_reinstatement(event, now=now)
    event.reinstate()
    event.raise_sequence()
    if plan.audience and not plan.reminded:
        event.told_at = now
        event.save(update_fields=["told_at"])
    for guest in plan.audience:
        mails.event_reinstated(event, guest)
    promote(event, now=now)
    return len(plan.guests)


def plan_reinstatement(event: Event, *, now: datetime) -> Plan:
    """Say who would get a mail when the cancellation is taken back."""
    after = copy(event)
    after.status = Event.Status.PUBLISHED
    audience = audience_of(event, now=now)
    told = _who_heard_of_cancellation(event, audience)
    everybody_is_told = len(told.registrations) == len(audience.registrations)
    reminded = [] if everybody_is_told else who_is_due(after, now=now)
    return Plan([], told, who_moves_up(after, now=now), reminded)


def _who_heard_of_cancellation(event: Event, audience: Audience) -> Audience:
    """Return those whose mail about the last cancellation may have left."""
    last = _cancellations(event).order_by("about", "-pk").distinct("about")
    heard = set(OutgoingMail.objects.filter(pk__in=last).may_have_left().values_list("about", flat=True))
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
    "participants", "results", "uid", "sequence", "told_at", "is_invented",
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


def _cancellations(event: Event) -> OutgoingMailQuerySet:
    """All mails about cancellations of an event, whoever counts on it now."""
    cases = [case_of(guest) for guests in (event.registrations, event.invitations) for guest in guests.only("pk")]
    return OutgoingMail.objects.filter(kind=mails.CANCELLATION, about__in=cases)
