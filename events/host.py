"""Where an event takes place as a guest, as far as the public may know."""

from dataclasses import dataclass
from datetime import date

from events.models import Event
from klimapakt.statement import Statement
from partners.models import Partner


@dataclass(frozen=True)
class Host:
    """An organisation that is named, and the address of its profile; empty for an initial partner."""

    name: str
    url: str = ""


def host_of(event: Event, *, on: date) -> Host | None:
    """Return the host, while its profile is public or it is an initial partner; pages and mails name no other."""
    if event.host_id is None:
        return None
    if profile := _PROFILE(organisation=event.host_id, on=on):
        return Host(event.host.name, profile[0].get_absolute_url())
    return Host(event.host.name) if hasattr(event.host, "initial_partner") else None


_PROFILE = Statement(
    lambda organisation, on: Partner.objects.listed(on=on).filter(organisation=organisation).order_by()
)
