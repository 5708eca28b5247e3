"""The public pages of events, and the way in for everybody."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from events import calendar
from events.forms import LinkForm, RegistrationForm
from events.host import host_of
from events.models import AgendaItem, Event, Seats
from events.services import invitation, registration
from klimapakt.locks import Busy, patiently
from klimapakt.mailbox import outbox
from klimapakt.pact.models import Pact
from klimapakt.statement import Statement
from klimapakt.states import NotPossible

PAST_SHOWN = 50
"""Past events on one page; a pact has two or three a year."""

PAST_IN_CALENDAR = timedelta(days=365)
"""So long an event stays in the calendar that people subscribe to."""

NO_MAIL = "Eine Anmeldung über diese Seite ist zurzeit nicht möglich. Bitte wenden Sie sich an die Geschäftsstelle."
BUSY = "Gerade melden sich sehr viele an. Ihre Angaben sind noch da: Bitte senden Sie sie gleich noch einmal."

TO_WAITING_LIST = "Auf die Warteliste setzen"

RECEIPT = "event_receipt"
"""Session key: the event and the address this browser has just sent."""


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


def public_event(slug: str) -> Event:
    """Return the event at this address, as far as the public may see it."""
    found = _EVENT(slug=slug)
    if not found:
        raise Http404("No public event is there.")
    return found[0]


@login_not_required
@require_safe
def event_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One event with its agenda."""
    event, now = public_event(slug), timezone.now()
    offers_registration = event.takes_registrations and not event.why_settled(now=now)
    return render(
        request,
        "events/event_detail.html",
        {
            "event": event,
            "agenda": _AGENDA(event=event.pk),
            "host": host_of(event, on=timezone.localdate(now)),
            "is_ahead": not event.has_started(now=now),
            "offers_registration": offers_registration,
            "closed": offers_registration and _why_closed(event, request.pact, now=now),
            "seats": Seats.of(event) if offers_registration else None,
            "has_file": calendar.has_day(event),
            "breadcrumb": [{"url": reverse("events:list"), "label": "Veranstaltungen"}, {"label": event.title}],
        },
    )


@login_not_required
@require_safe
def event_file(request: HttpRequest, slug: str) -> HttpResponse:
    """One event for a calendar."""
    event = public_event(slug)
    if not calendar.has_day(event):
        raise Http404("Nobody knows the day of this event.")
    return _file(calendar.published([event], request.pact), f"{event.slug}.ics")


@login_not_required
@require_safe
def event_calendar(request: HttpRequest) -> HttpResponse:
    """All events to subscribe to: those to come and those of the last year."""
    events = Event.objects.public().upcoming(now=timezone.now() - PAST_IN_CALENDAR)
    return _file(calendar.published(filter(calendar.has_day, events), request.pact), "kalender.ics")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """The way in: a form for everybody, or for the contacts of partners the way to their personal link."""
    event = public_event(slug)
    data = request.POST if request.method == "POST" else None
    if closed := _why_closed(event, request.pact, now=timezone.now()):
        return _form_page(request, event, None, closed=closed, status=200 if data is None else 422)
    form = LinkForm(data) if event.is_for_partners else RegistrationForm(data, event=event)
    if not (form.is_valid() and form.guard(request)):
        return _form_page(request, event, form, status=form.status)
    try:
        address = patiently(_sending(event, form))
    except NotPossible as refusal:
        form.add_error(None, str(refusal))
        return _form_page(request, event, form, status=422)
    except Busy:
        form.add_error(None, BUSY)
        return _form_page(request, event, form, status=503)
    request.session[RECEIPT] = [event.pk, address]
    return redirect("events:receipt", event.slug)


def _why_closed(event: Event, pact: Pact, *, now: datetime) -> str:
    """Say in German why nobody can register here; without mail nobody could prove an address."""
    return event.why_closed(now=now) or ("" if outbox.sending_is_on(pact) else NO_MAIL)


def _sending(event: Event, form: RegistrationForm | LinkForm) -> Callable[[], str]:
    """Return the service to call; it tells to which address the mail goes."""
    email = form.cleaned_data["email"]
    if isinstance(form, LinkForm):
        return lambda: invitation.ask_for_link(event, email) or email
    return lambda: registration.submit(event, **form.submission()).email


def _form_page(
    request: HttpRequest,
    event: Event,
    form: RegistrationForm | LinkForm | None,
    *,
    closed: str = "",
    status: int = 200,
) -> HttpResponse:
    template = "events/link_form.html" if isinstance(form, LinkForm) else "events/registration_form.html"
    seats = Seats.of(event)
    if seats.are_gone and isinstance(form, RegistrationForm):
        form.button.value = TO_WAITING_LIST
    return render(
        request,
        template,
        {
            "event": event,
            "form": form,
            "closed": closed,
            "seats": seats,
            "breadcrumb": _breadcrumb(event),
        },
        status=status,
    )


@login_not_required
@require_safe
def receipt(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the mail went and what to do now; the same for every address."""
    event = public_event(slug)
    event_id, email = request.session.get(RECEIPT, (None, ""))
    if event_id != event.pk:
        return redirect("events:register", event.slug)
    return render(request, "events/receipt.html", {"event": event, "email": email, "breadcrumb": _breadcrumb(event)})


def _breadcrumb(event: Event) -> list[dict[str, str]]:
    return [
        {"url": reverse("events:list"), "label": "Veranstaltungen"},
        {"url": event.get_absolute_url(), "label": event.title},
        {"label": "Anmeldung"},
    ]
