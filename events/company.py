"""What a company's own page shows of events."""

from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from events.models import Event, Invitation, Registration
from partners.interfaces import CompanySection
from partners.models import Contact


def coming_events(contact: Contact) -> CompanySection | None:
    """The events to come for which one can register, each with what this person said."""
    now = timezone.now()
    invitation = Invitation.objects.filter(event=OuterRef("pk"), contact=contact)
    registration = Registration.objects.of_person(address=contact.email.lower(), contact=contact.pk)
    events = (
        Event.objects.filter(status=Event.Status.PUBLISHED, takes_registrations=True, starts_at__gt=now)
        .annotate(
            invited=Subquery(invitation.values("answer")[:1]),
            registered=Subquery(
                registration.filter(event=OuterRef("pk")).order_by("-accepted_at").values("status")[:1]
            ),
        )
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
