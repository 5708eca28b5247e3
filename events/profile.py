from datetime import date

from django.utils import timezone
from django.utils.text import capfirst

from events.models import Event, Registration
from klimapakt.statement import Statement
from partners.interfaces import ProfileSection
from partners.models import Contact, Partner

_HOSTED = Statement(lambda host: Event.objects.public().filter(host=host).newest_first())


def hosted_events(partner: Partner, on: date) -> ProfileSection | None:
    """The events a partner opened its doors for."""
    events = _HOSTED(host=partner.organisation_id)
    return ProfileSection("events/_hosted_events.html", events) if events else None


def seats_of(contact: Contact) -> list[str]:
    """Say for which events to come this person is registered: whoever leaves can change nothing there any more."""
    registrations = Registration.objects.of_person(address=contact.email.lower(), contact=contact.pk).active()
    coming = Event.objects.filter(status=Event.Status.PUBLISHED).upcoming(now=timezone.now())
    found = registrations.filter(organisation=contact.organisation_id, event__in=coming).select_related("event")
    return [
        f"{capfirst(one.get_status_display())} für „{one.event}“ ({one.event.when}), Plätze: {one.seats}. Bitte fragen "
        "Sie, wer stattdessen kommt, oder melden Sie die Person ab."
        for one in found.order_by("event__starts_at", "pk")
    ]
