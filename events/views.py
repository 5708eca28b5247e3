from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.models import AgendaItem, Event
from klimapakt.statement import Statement
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


_EVENT = Statement(
    lambda slug: Event.objects.public().filter(slug=slug).select_related("host__initial_partner").order_by()
)
_AGENDA = Statement(lambda event: AgendaItem.objects.filter(event=event))
_HOST_PROFILE = Statement(
    lambda organisation, on: Partner.objects.listed(on=on).filter(organisation=organisation).order_by()
)


@login_not_required
@require_safe
def event_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One event with its agenda. A host is named while its profile is public, or as an initial partner."""
    found = _EVENT(slug=slug)
    if not found:
        raise Http404("No public event is there.")
    [event] = found
    host_profile = event.host_id and _HOST_PROFILE(organisation=event.host_id, on=timezone.localdate())
    return render(
        request,
        "events/event_detail.html",
        {
            "event": event,
            "agenda": _AGENDA(event=event.pk),
            "host_profile": host_profile[0] if host_profile else None,
            "breadcrumb": [{"url": reverse("events:list"), "label": "Veranstaltungen"}, {"label": event.title}],
        },
    )
