"""Who has answered and who has not, in one list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.admin.pages import Page, show
from events.models import Event, Invitation, Registration, Seats
from klimapakt.mailbox import optout
from klimapakt.mailbox.models import OutgoingMail, case_of
from klimapakt.text import sort_key

OPEN, COMING, WAITING, DECLINED = "offen", "kommt", "warteliste", "absage"

CHIPS = {"": "Alle", OPEN: "Ohne Antwort", COMING: "Kommen", WAITING: "Warteliste", DECLINED: "Absagen"}

S = OutgoingMail.Status

OPTED_OUT = "Hat Einladungen abbestellt: Es ging keine Mail heraus."
NOT_ARRIVED = {
    S.BOUNCED: "Die Einladung kam als unzustellbar zurück.",
    S.FAILED: "Die Einladung wurde nicht gesendet.",
    S.EXPIRED: "Die Einladung wurde nicht gesendet.",
    S.WITHDRAWN: "Die Einladung wurde nicht gesendet.",
}


@dataclass(frozen=True)
class Row:
    """What one person has said."""

    organisation: str
    person: str
    kind: str
    """One of OPEN, COMING, WAITING, DECLINED."""
    answer: str
    since: datetime
    url: str
    """The page on which the office can do something about it."""
    names: list[str]
    note: str = ""
    organisation_has_answered: bool = False
    why_silent: str = ""
    """Why no answer can come: the person has got no mail."""


@require_safe
def answers(request: HttpRequest, event: Event) -> HttpResponse:
    """Show everybody who was invited or has registered; those whose organisation has not answered come first."""
    rows = rows_of(event)
    chosen = request.GET.get("antwort", "")
    chosen = chosen if chosen in CHIPS else ""
    chips = [
        {"value": value, "label": label, "count": _count(rows, value), "is_current": value == chosen}
        for value, label in CHIPS.items()
    ]
    return show(
        request,
        "admin/events/event/answers.html",
        event,
        title="Rückmeldungen",
        chips=chips,
        rows=[row for row in rows if chosen in ("", row.kind)],
        seats=Seats.of(event),
        unconfirmed=event.registrations.filter(status=Registration.Status.UNCONFIRMED).count(),
        may_enter=not event.why_closed(now=timezone.now(), for_office=True),
    )


def rows_of(event: Event) -> list[Row]:
    """Return one row a person, from all invitations and proven registrations, in five queries.

    Whoever withdrew and was invited again has not answered.
    """
    invitations = list(event.invitations.select_related("contact__organisation"))
    registrations = list(
        event.registrations.proven().select_related("organisation", "contact").prefetch_related("attendees")
    )
    answered = {one.organisation_id for one in registrations if one.organisation_id}
    answered |= {one.contact.organisation_id for one in invitations if not one.is_open}
    coming = _marks(one for one in registrations if one.is_active)
    asked_again = _marks(one for one in invitations if one.is_open and not one.marks & coming)
    said = [one for one in registrations if one.is_active or not one.marks & asked_again]
    rows = [*_registered(said), *_only_invited(invitations, said, answered)]
    return sorted(
        rows,
        key=lambda row: (
            row.kind != OPEN or row.organisation_has_answered,
            not row.organisation,
            sort_key(row.organisation),
            sort_key(row.person),
        ),
    )


def _marks(guests: Iterable[Registration | Invitation]) -> set[int | str]:
    return {mark for guest in guests for mark in guest.marks}


def _registered(registrations: list[Registration]) -> Iterator[Row]:
    in_order = sorted((one for one in registrations if one.is_waiting), key=lambda one: (one.accepted_at, one.pk))
    places = {one.pk: place for place, one in enumerate(in_order, start=1)}
    for one in registrations:
        if one.is_confirmed:
            kind, answer, since = COMING, f"kommt mit {one.seats}" if one.seats > 1 else "kommt", one.seated_at
        elif one.is_waiting:
            kind, answer, since = WAITING, f"Warteliste, Platz {places[one.pk]}", one.accepted_at
        else:
            kind, answer, since = DECLINED, "abgemeldet", one.cancelled_at
        yield Row(
            organisation=one.shown_organisation,
            person=one.name,
            kind=kind,
            answer=answer,
            since=since,
            url=reverse("admin:events_registration_change", args=[one.pk]),
            names=one.names if one.is_active else [],
            note=one.note,
        )


def _only_invited(
    invitations: list[Invitation], registrations: list[Registration], answered: set[int]
) -> Iterator[Row]:
    registered, not_reached = _marks(registrations), _not_reached(invitations)
    for one in invitations:
        if one.marks & registered:
            continue
        yield Row(
            organisation=one.contact.organisation.name,
            person=one.contact.name,
            kind=OPEN if one.is_open else DECLINED,
            answer=one.get_answer_display(),
            since=one.invited_at if one.is_open else one.answered_at,
            url=reverse("admin:events_invitation_change", args=[one.pk]),
            names=[],
            organisation_has_answered=one.contact.organisation_id in answered,
            why_silent=not_reached.get(case_of(one), "") if one.is_open else "",
        )


def _not_reached(invitations: list[Invitation]) -> dict[str, str]:
    """Say in German why people have got no mail about their invitation, by its case; one that arrived is enough."""
    mails = OutgoingMail.objects.filter(about__in=[case_of(one) for one in invitations]).exclude(status=S.DRAFT)
    reasons, reached = {}, set()
    for about, status, problem in mails.order_by("pk").values_list("about", "status", "problem"):
        if status in NOT_ARRIVED:
            reasons[about] = OPTED_OUT if problem == optout.OPTED_OUT else NOT_ARRIVED[status]
        else:
            reached.add(about)
    return {about: reason for about, reason in reasons.items() if about not in reached}


def _count(rows: list[Row], kind: str) -> int:
    return sum(kind in ("", row.kind) for row in rows)


PAGES = [Page("rueckmeldungen/", answers, "events_event_answers", "events.view_registration")]
