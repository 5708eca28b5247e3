from datetime import date

from events.models import Event
from klimapakt.statement import Statement
from partners.interfaces import ProfileSection
from partners.models import Partner

_HOSTED = Statement(lambda host: Event.objects.public().filter(host=host).newest_first())


def hosted_events(partner: Partner, on: date) -> ProfileSection | None:
    """The events a partner opened its doors for."""
    events = _HOSTED(host=partner.organisation_id)
    return ProfileSection("events/_hosted_events.html", events) if events else None
