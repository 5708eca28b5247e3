"""One page for one event and one guest, entered by a personal link: come, change it, or stay away."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from events.access import page_of
from events.forms import SeatsForm
from events.guests import Guest, Options, guest_of, options_of
from events.models.event import MOST_SEATS
from events.services import invitation
from events.services import registration as service
from events.views import BUSY, TO_WAITING_LIST, public_event
from klimapakt.locks import Busy, patiently
from klimapakt.states import NotPossible, TransitionNotAllowed

TRY_AGAIN = "Gerade melden sich sehr viele an. Bitte versuchen Sie es gleich noch einmal."
OUTDATED = "Der Stand hat sich inzwischen geändert. Bitte sehen Sie unten nach, wie es jetzt steht."


def for_guests(view: Callable) -> Callable:
    """Let in whoever opened a live link for this event, and hand the view the guest."""

    @login_not_required
    @wraps(view)
    def wrapper(request: HttpRequest, slug: str) -> HttpResponse:
        guest = guest_of(request, public_event(slug))
        if guest is None:
            return render(request, "links/needed.html", status=403)
        return view(request, guest)

    return wrapper


@require_safe
@for_guests
def event(request: HttpRequest, guest: Guest) -> HttpResponse:
    """How it stands, and what can be done about it."""
    return _page(request, guest)


@require_POST
@for_guests
def register(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Take seats, or a place on the waiting list."""
    return _take(
        request,
        guest,
        lambda form: _register(guest, form),
    )


def _register(guest: Guest, form: SeatsForm) -> str:
    done = service.register(guest.event, guest.person, names=form.names, note=form.cleaned_data["note"])
    if done.is_new:
        return "Vielen Dank! Eine Mail mit allem, was Sie wissen müssen, ist unterwegs."
    return "Sie waren schon angemeldet. Unten steht, was gilt."


@require_POST
@for_guests
def change(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Change who comes."""
    if guest.registration is None:
        return _outdated(request, guest)
    return _take(request, guest, lambda form: _change(guest, form))


def _change(guest: Guest, form: SeatsForm) -> str:
    note, seen = form.cleaned_data["note"], form.cleaned_data["seen"]
    service.change(guest.registration, names=form.names, note=note, seen=seen)
    return "Ihre Änderung ist gespeichert."


@require_POST
@for_guests
def withdraw(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Give the seats back, or leave the waiting list."""
    if guest.registration is None:
        return _outdated(request, guest)
    return _press(request, guest, lambda: service.withdraw(guest.registration), "Sie sind abgemeldet.")


@require_POST
@for_guests
def decline(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Say no to an invitation."""
    if guest.invitation is None:
        return _outdated(request, guest)
    return _press(request, guest, lambda: invitation.decline(guest.invitation), "Danke für Ihre Antwort.")


def _take(request: HttpRequest, guest: Guest, act: Callable[[SeatsForm], str]) -> HttpResponse:
    """Check the form and let the service decide; what it refuses leaves the input in place."""
    form = _sent_form(request)
    status = 422
    if form.is_valid():
        try:
            said = patiently(lambda: act(form))
        except NotPossible as refusal:
            form.add_error(None, str(refusal))
        except Busy:
            form.add_error(None, BUSY)
            status = 503
        except TransitionNotAllowed:
            return _outdated(request, guest)
        else:
            messages.success(request, said)
            return redirect(page_of(guest.event))
    return _page(request, guest, form, status=status)


def _press(request: HttpRequest, guest: Guest, act: Callable[[], None], said: str) -> HttpResponse:
    """Let the service act on a button, and say what came of it."""
    try:
        patiently(act)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
    except Busy:
        messages.error(request, TRY_AGAIN)
        return _page(request, guest, status=503)
    else:
        messages.success(request, said)
    return redirect(page_of(guest.event))


def _outdated(request: HttpRequest, guest: Guest) -> HttpResponse:
    messages.warning(request, OUTDATED)
    return redirect(page_of(guest.event))


def _form(guest: Guest, inputs: int) -> SeatsForm:
    """Return the form with so many inputs, filled with who comes, or at first with the guest."""
    registration = guest.registration
    is_coming = registration is not None and registration.is_active
    name = "company_events:change" if is_coming else "company_events:register"
    return SeatsForm(
        action=reverse(name, args=[guest.event.slug]),
        seats=inputs,
        names=registration.names if registration is not None else [guest.person.name],
        note=registration.note if registration is not None else "",
        seen=registration.version if is_coming else "",
    )


def _sent_form(request: HttpRequest) -> SeatsForm:
    """Return the form as it was sent, with the inputs it had; the service knows how many are possible."""
    inputs = sum(f"name_{number}" in request.POST for number in range(1, MOST_SEATS + 1))
    return SeatsForm(request.POST, action=request.path, seats=max(inputs, 1))


def _page(request: HttpRequest, guest: Guest, form: SeatsForm | None = None, *, status: int = 200) -> HttpResponse:
    options = options_of(guest, now=timezone.now())
    if form is None and options.inputs:
        form = _form(guest, options.inputs)
    if form is not None:
        form.button.value = _button(options)
    return render(
        request,
        "events/company_event.html",
        {
            "event": guest.event,
            "guest": guest,
            "registration": guest.registration,
            "options": options,
            "seats": options.seats,
            "form": form if not options.settled else None,
        },
        status=status,
    )


def _button(options: Options) -> str:
    if options.is_coming:
        return "Änderungen speichern"
    return TO_WAITING_LIST if options.seats.are_gone else "Anmelden"
