from datetime import date

from events.models import Event
from partners.interfaces import ProfileSection
from partners.models import Partner


def hosted_events(partner: Partner, on: date) -> ProfileSection | None:
    """The events a partner opened its doors for."""
    events = list(Event.objects.public().filter(host=partner.organisation_id).newest_first())
    return ProfileSection("events/_hosted_events.html", events) if events else None
