"""What a company's own page shows of events."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from events.models import Event, Invitation, Registration
from partners.interfaces import CompanySection
from partners.models import Contact, Partner


def coming_events(contact: Contact) -> CompanySection | None:
    """The events to come for which this person can register, each with what was said."""
    now = timezone.now()
    person = {"address": contact.email.lower(), "contact": contact.pk}
    registration = Registration.objects.of_person(**person)
    is_klimapartner = Exists(
        Partner.objects.klimapartner(on=timezone.localdate(now)).filter(organisation=contact.organisation_id)
    )
    events = (
        Event.objects.filter(status=Event.Status.PUBLISHED, takes_registrations=True, starts_at__gt=now)
        .annotate(
            invited=Subquery(Invitation.objects.of_person(**person).filter(event=OuterRef("pk")).values("answer")[:1]),
            registered=Subquery(
                registration.filter(event=OuterRef("pk")).order_by("-accepted_at").values("status")[:1]
            ),
        )
        .filter(Q(audience=Event.Audience.PUBLIC) | Q(invited__gt="") | Q(registered__gt="") | is_klimapartner)
        .order_by("starts_at", "pk")
    )
    rows = [{"event": event, "answer": _answer(event, now=now)} for event in events]
    return CompanySection("events/_company_events.html", rows) if rows else None


def _answer(event: Event, *, now: datetime) -> str:
    if event.registered in ANSWERS:
        return ANSWERS[event.registered]
    if event.invited == Invitation.Answer.DECLINED:
        return "Sie haben abgesagt."
    if closed := event.why_closed(now=now):
        return closed
    return "Sie sind eingeladen." if event.invited else "Die Anmeldung ist offen."


ANSWERS = {
    Registration.Status.CONFIRMED: "Sie sind angemeldet.",
    Registration.Status.WAITING: "Sie stehen auf der Warteliste.",
    Registration.Status.CANCELLED: "Sie haben sich abgemeldet.",
}
