"""Orientation talks as a company books, moves and cancels them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from klimapakt import calendar
from klimapakt.links.models import AccessLink
from klimapakt.locks import Busy, patiently
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.forms.talk import TalkForm
from partners.mails.talk import entry_of
from partners.models import TalkBooking, TalkSlot
from partners.models.prospect import Prospect
from partners.services import prospects, talks
from partners.views.prospect import BUSY, for_prospect

OUTDATED = "Der Stand hat sich inzwischen geändert. Bitte sehen Sie unten nach, wie es jetzt steht."


@require_safe
@for_prospect
def talk(request: HttpRequest, link: AccessLink, prospect: Prospect) -> HttpResponse:
    """The talk that is booked, or the free times."""
    return _page(request, prospect)


def _page(request: HttpRequest, prospect: Prospect, form: TalkForm | None = None, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    ever = list(TalkBooking.objects.of(prospect).select_related("slot").order_by("-slot__starts_at"))
    mine = [one for one in ever if one.status != TalkBooking.Status.CANCELLED]
    coming = next((one for one in mine if one.is_booked), None)
    held = next((one for one in mine if one.status == TalkBooking.Status.HELD), None)
    may_move = coming is not None and coming.may_be_moved(now=now)
    if not request.pact.books_talks_online and not ever:
        raise Http404
    may_choose = request.pact.books_talks_online and prospects.is_open(prospect) and not held
    if form is None and may_choose and (coming is None or may_move):
        form = _form(request, prospect, coming)
    return render(
        request,
        "partners/talk_page.html",
        {
            "prospect": prospect,
            "coming": coming,
            "held": held,
            "missed": bool(mine) and coming is None and held is None,
            "may_choose": may_choose,
            "may_cancel": may_move,
            "is_over": coming is not None and coming.slot.ends_at <= now,
            "form": form if form and form.slots else None,
            "none_free": form is not None and not form.slots,
            "moving": bool(form and form.is_bound and coming),
        },
        status=status,
    )


def _form(request: HttpRequest, prospect: Prospect, coming: TalkBooking | None, data: object = None) -> TalkForm:
    known = coming.phone if coming else getattr(prospect.application, "contact_phone", "")
    free = TalkSlot.objects.free(now=timezone.now())
    action = reverse("company:talk_move" if coming else "company:talk_book") + request.about
    return TalkForm(data, slots=free, action=action, is_move=coming is not None, phone=known)


@require_POST
@for_prospect
def book(request: HttpRequest, link: AccessLink, prospect: Prospect) -> HttpResponse:
    """Take a free time."""
    return _choose(request, prospect, coming=None)


@require_POST
@for_prospect
def move(request: HttpRequest, link: AccessLink, prospect: Prospect) -> HttpResponse:
    """Take another time instead."""
    coming = talks.coming(prospect)
    if coming is None:
        messages.warning(request, OUTDATED)
        return redirect("company:talk")
    return _choose(request, prospect, coming=coming)


def _choose(request: HttpRequest, prospect: Prospect, *, coming: TalkBooking | None) -> HttpResponse:
    form = _form(request, prospect, coming, request.POST)
    if not request.pact.books_talks_online:
        raise Http404
    if not form.is_valid():
        if form.is_taken and _is_mine(prospect, request.POST.get("slot", "")):
            return redirect("company:talk")  # pressed twice
        return _page(request, prospect, form, status=409 if form.is_taken else 422)
    slot, phone = form.cleaned_data["slot"], form.cleaned_data.get("phone", "")
    try:
        if coming is None:
            patiently(lambda: talks.book(prospect, slot, phone=phone))
        else:
            patiently(lambda: talks.move(prospect, coming, slot, phone=phone))
    except talks.SlotTaken:
        fresh = _form(request, prospect, coming, request.POST)  # its list is without the time that is gone
        fresh.is_valid()
        return _page(request, prospect, fresh, status=409)
    except Busy:
        form.add_error(None, BUSY)
        return _page(request, prospect, form, status=503)
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        done = "Ihr Termin ist gebucht." if coming is None else "Ihr Termin ist verschoben."
        messages.success(request, f"{done} Sie bekommen eine Mail mit der Datei für Ihren Kalender.")
    return redirect("company:talk")


def _is_mine(prospect: Prospect, typed: str) -> bool:
    current = talks.coming(prospect)
    return current is not None and typed == str(current.slot_id)


@require_POST
@for_prospect
def cancel(request: HttpRequest, link: AccessLink, prospect: Prospect) -> HttpResponse:
    """Give the time back."""
    coming = talks.coming(prospect)
    try:
        if coming is None:
            raise TransitionNotAllowed("there is no talk")
        patiently(lambda: talks.cancel(prospect, coming))
    except Busy:
        messages.error(request, BUSY)
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Ihr Termin ist abgesagt. Sie bekommen eine Mail darüber.")
    return redirect("company:talk")


@require_safe
@for_prospect
def file(request: HttpRequest, link: AccessLink, prospect: Prospect) -> HttpResponse:
    """The talk for a calendar."""
    coming = talks.coming(prospect)
    if coming is None:
        raise Http404
    response = HttpResponse(calendar.published([entry_of(coming)]), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{calendar.FILE_NAME}"'
    return response
