"""Pages that show everything, the duties of a public body, and the pages for errors."""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.models import Event
from klimapakt.mailbox import outbox
from klimapakt.pact.models import Pact
from klimapakt.statement import Statement
from klimapakt.website.figures import figures
from klimapakt.website.impact import Impact, newest_measures
from partners.listing import newest_rows
from partners.models import Consent, Partner

NEXT_EVENTS = 3
NEWEST_PARTNERS = 6


_NEXT_EVENTS = Statement(lambda now: Event.objects.public().upcoming(now=now)[:NEXT_EVENTS])


@login_not_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What the pact is, its numbers, the next events, the newest partners."""
    now, today = timezone.now(), timezone.localdate()
    next_events = _NEXT_EVENTS(now=now)
    return render(
        request,
        "website/start.html",
        {
            "numbers": figures(request.pact),
            "next_events": next_events,
            "open_to_all": _open_to_all(next_events, request.pact, now=now),
            "newest_partners": newest_rows(on=today, count=NEWEST_PARTNERS),
        },
    )


def _open_to_all(events: list[Event], pact: Pact, *, now: datetime) -> set[int]:
    """Return those for which anybody can register now. Whether seats are left, their own page tells."""
    if not outbox.sending_is_on(pact):
        return set()
    return {event.pk for event in events if not event.is_for_partners and not event.why_closed(now=now)}


@login_not_required
@require_safe
def impact(request: HttpRequest) -> HttpResponse:
    """Measures by category and what they are expected to save, with the number of partners behind each sum."""
    today = timezone.localdate()
    return render(
        request, "website/impact.html", {"impact": Impact.on(today), "newest_measures": newest_measures(on=today)}
    )


@login_not_required
@require_safe
def imprint(request: HttpRequest) -> HttpResponse:
    return render(request, "website/legal/imprint.html")


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "website/legal/privacy.html", {"consents": Consent.TEXTS.values()})


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "website/legal/accessibility.html")


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this address whatever the page says."""
    return redirect(static("img/favicon.ico"))


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines stay out of everything that is not public, and out of a trial altogether."""
    if request.pact.has_trial_data:
        lines = ["User-agent: *", "Disallow: /"]
    else:
        sitemap_url = request.build_absolute_uri(reverse("website:sitemap"))
        closed = ["/admin/", "/mein-klimapakt/", "/z/", "/mitmachen/antrag/", "/veranstaltungen/*/anmelden/"]
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {sitemap_url}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    names = [
        "website:start",
        "website:impact",
        "partners:list",
        "partners:initial",
        "partners:how_to_join",
        "events:list",
        "newsletter:subscribe",
    ]
    paths = [reverse(name) for name in names]
    paths += [
        reverse("partners:detail", args=[slug])
        for slug in Partner.objects.listed(on=timezone.localdate()).values_list("slug", flat=True)
    ]
    paths += [event.get_absolute_url() for event in Event.objects.public().only("slug")]
    return render(request, "website/sitemap.xml", {"paths": paths}, content_type="application/xml")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form was open too long, or cookies are off."""
    return render(request, "403_csrf.html", status=403)
