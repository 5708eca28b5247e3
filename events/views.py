from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.models import Event
from partners.models import Partner

PAST_SHOWN = 50
"""Past events on one page; a pact has two or three a year."""


@login_not_required
@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """What comes, and what was."""
    events, now = Event.objects.public().defer("text", "results"), timezone.now()
    return render(
        request,
        "events/event_list.html",
        {"upcoming": list(events.upcoming(now=now)), "past": list(events.past(now=now)[:PAST_SHOWN])},
    )


@login_not_required
@require_safe
def event_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One event with its agenda; the host links to its profile while that is public."""
    event = get_object_or_404(Event.objects.public().select_related("host"), slug=slug)
    host_profile = (
        event.host_id and Partner.objects.listed(on=timezone.localdate()).filter(organisation=event.host_id).first()
    )
    return render(
        request,
        "events/event_detail.html",
        {
            "event": event,
            "agenda": list(event.agenda.all()),
            "host_profile": host_profile,
            "breadcrumb": [{"url": reverse("events:list"), "label": "Veranstaltungen"}, {"label": event.title}],
        },
    )
