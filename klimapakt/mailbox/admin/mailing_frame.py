"""What the pages of a mailing have in common: who may see them, their frame with the steps, and their words."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from klimapakt.admin import OUTDATED
from klimapakt.locks import Busy
from klimapakt.mailbox import mailing as service
from klimapakt.mailbox.models import Mailing
from klimapakt.mailbox.work import MODES
from klimapakt.states import NotPossible, TransitionNotAllowed

STEPS = [("empfaenger", "An wen?"), ("text", "Text"), ("lesen", "Lesen"), ("senden", "Senden")]

RELEASED = "Diese Rundmail ist schon freigegeben."
BUSY = "Diese Rundmail wird gerade von jemand anderem bearbeitet. Bitte versuchen Sie es gleich noch einmal."


class Page(NamedTuple):
    """A page below the address of a mailing, for those who have a right."""

    route: str
    view: Callable[..., HttpResponse]
    name: str
    permission: str


def page(view: Callable[..., HttpResponse], permission: str) -> Callable[..., HttpResponse]:
    """Let in whoever has the right, and say in German what is not possible."""

    @wraps(view)
    def shown_page(request: HttpRequest, object_id: int, **kwargs: object) -> HttpResponse:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        mailing = get_object_or_404(Mailing, pk=object_id)
        try:
            return view(request, mailing, **kwargs)
        except TransitionNotAllowed:
            mailing.refresh_from_db()
            if mailing.is_released:  # e.g. by the first of two clicks: nothing is wrong
                messages.info(request, RELEASED)
            else:
                messages.warning(request, OUTDATED)
        except NotPossible as refusal:
            messages.error(request, str(refusal))
        except Busy:
            messages.error(request, BUSY)
        return to_where_it_stands(mailing)

    return shown_page


def show(request: HttpRequest, name: str, title: str, *, status: int = 200, **context: object) -> TemplateResponse:
    """Render a page in the frame of the admin."""
    frame = {**admin.site.each_context(request), "opts": Mailing._meta, "title": f"Rundmail: {title}", "place": title}
    return TemplateResponse(request, f"mailbox/admin/mailing_{name}.html", {**frame, **context}, status=status)


def step_page(request: HttpRequest, mailing: Mailing, step: str, **context: object) -> TemplateResponse:
    return show(request, step, dict(STEPS)[step], mailing=mailing, steps=steps_of(mailing, step), **context)


def steps_of(mailing: Mailing, current: str) -> list[dict[str, Any]]:
    """The step list: what is done, where one is, and where one can go."""
    reachable = set()
    if mailing.is_draft and mailing.pk:
        reachable = {"empfaenger", "text"}
    elif mailing.is_prepared:
        reachable = {"lesen", "senden"} if mailing.read_at else {"lesen"}
    at = [step for step, _ in STEPS].index(current)
    return [
        {
            "title": title,
            "is_done": number < at,
            "is_current": number == at,
            "url": url_of(mailing, step) if step in reachable else "",
        }
        for number, (step, title) in enumerate(STEPS)
    ]


def url_of(mailing: Mailing, step: str, *more: object) -> str:
    return reverse(f"admin:mailbox_mailing_{step}", args=[mailing.pk, *more])


def to_where_it_stands(mailing: Mailing) -> HttpResponse:
    """Go to where the mailing stands now."""
    return redirect("admin:mailbox_mailing_change", mailing.pk)


def where_it_stands(mailing: Mailing) -> str:
    """Return the address of the page on which a mailing goes on."""
    if mailing.is_draft:
        return url_of(mailing, "text" if mailing.subject else "empfaenger")
    return url_of(mailing, "lesen" if mailing.is_prepared else "verlauf")


def people(number: int) -> str:
    """Return e.g. „1 Person“ or „12 Personen“."""
    return "1 Person" if number == 1 else f"{number} Personen"


def mails(number: int) -> str:
    return "1 Mail" if number == 1 else f"{number} Mails"


def audience_title(mailing: Mailing) -> str:
    try:
        return service.audience_of(mailing).title
    except NotPossible:
        return mailing.audience


def mode_note() -> str:
    """Say when mails do not leave as usual."""
    return "" if settings.MAIL_MODE == "live" else MODES[settings.MAIL_MODE]


def number_in(sent: str | None) -> int:
    """Return a number of a form or an address, 0 for anything else."""
    return int(sent) if sent and sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


def must_be_draft(mailing: Mailing) -> None:
    if not mailing.is_draft:
        raise TransitionNotAllowed


def must_be_prepared(mailing: Mailing) -> None:
    if not mailing.is_prepared:
        raise TransitionNotAllowed
