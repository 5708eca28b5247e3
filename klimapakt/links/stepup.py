"""The second tier of a personal link: a code by mail before what matters, good for a quarter of an hour.

A forwarded mail opens the first tier; only whoever reads the mailbox now comes further.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from klimapakt.links import codes, entry
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.states import NotPossible, TransitionNotAllowed

FRESH_FOR = timedelta(minutes=15)
SEND, CHECK = "send", "check"
OWN_FIELDS = {"csrfmiddlewaretoken", "stepup", "stepup_code", "stepup_waits"}

View = Callable[..., HttpResponse]

_mails: dict[str, Callable[[AccessLink, OneTimeCode], None]] = {}


def register(purpose: str, mail: Callable[[AccessLink, OneTimeCode], None]) -> None:
    """Say which mail carries the codes for links of a purpose. Called from an app's `ready()`."""
    _mails[purpose] = mail


def is_fresh(request: HttpRequest, link: AccessLink) -> bool:
    """Whether this session typed a code of this link in the last quarter of an hour."""
    noted = request.session.get("stepup", {}).get(str(link.pk))
    return bool(noted) and timezone.now() - datetime.fromisoformat(noted) < FRESH_FOR


def note(request: HttpRequest, link: AccessLink) -> None:
    """Write down that a code was typed right; the session gets a fresh key, as after every gain of rights."""
    if request.session.session_key:
        request.session.cycle_key()
    request.session["stepup"] = {**request.session.get("stepup", {}), str(link.pk): timezone.now().isoformat()}


def required(purpose: str) -> Callable[[View], View]:
    """Ask for a code before the view, at the view's own address. Stands below the decorator that wants the link.

    Whatever was sent meanwhile goes along in hidden fields and reaches the view once the code is right.
    """

    def decorator(view: View) -> View:
        @sensitive_post_parameters("stepup_code")
        @wraps(view)
        def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            link = entry.current(request, purpose)
            if link is None:
                return render(request, "links/needed.html", status=403)
            wish = request.POST.get("stepup", "")
            act_waits = request.method == "POST" and (not wish or "stepup_waits" in request.POST)
            if is_fresh(request, link):
                if wish and not act_waits:  # the code's button pressed twice
                    return redirect(request.get_full_path())
                return view(request, *args, **kwargs)
            if wish == SEND:
                _send(request, link)
                return _page(request, link, act_waits) if act_waits else redirect(request.get_full_path())
            if wish == CHECK:
                try:
                    codes.check(request, link, request.POST.get("stepup_code", "")).use()
                except (codes.WrongCode, TransitionNotAllowed) as wrong:
                    problem = str(wrong) if isinstance(wrong, codes.WrongCode) else codes.NONE_WAITING
                    return _page(request, link, act_waits, problem=problem, status=422)
                note(request, link)
                return view(request, *args, **kwargs) if act_waits else redirect(request.get_full_path())
            return _page(request, link, act_waits, status=403 if act_waits else 200)

        return wrapper

    return decorator


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what was typed into the page behind, to be carried along."""
    return [(name, value) for name, values in request.POST.lists() if name not in OWN_FIELDS for value in values]


@transaction.atomic
def _issue(request: HttpRequest, link: AccessLink) -> None:
    _mails[link.purpose](link, codes.issue(request, link))


def _send(request: HttpRequest, link: AccessLink) -> None:
    try:
        _issue(request, link)
    except NotPossible as refusal:
        messages.error(request, str(refusal))


def _page(
    request: HttpRequest, link: AccessLink, act_waits: bool, *, problem: str = "", status: int = 200
) -> HttpResponse:
    key = request.session.get("codes", {}).get(str(link.pk))
    waiting = link.codes.filter(pk=key, used_at=None, expires_at__gt=timezone.now()) if key else link.codes.none()
    context = {
        "email": link.email,
        "is_waiting": waiting.exists(),
        "act_waits": act_waits,
        "kept": _kept(request),
        "problem": problem,
    }
    return render(request, "links/stepup.html", context, status=status)
