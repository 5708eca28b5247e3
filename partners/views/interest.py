"""The first step towards the pact: an inquiry, what can be done next, and the way back to a lost link."""

from contextlib import suppress
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from klimapakt.mailbox import outbox
from klimapakt.mailbox.kinds import days
from klimapakt.pact.models import Pact
from klimapakt.states import TransitionNotAllowed
from partners import access
from partners.forms.interest import InterestForm, LinkRequestForm
from partners.mails.application import application_access
from partners.models import Interest
from partners.models.prospect import Prospect
from partners.services import asked_links, letters, prospects, talks
from partners.services import interest as service
from partners.views.access import opened_by_link

INTEREST_RECEIPT = "interest_receipt"
LINK_RECEIPT = "link_request_receipt"
"""Session keys: the address this browser has just sent."""

BEGIN = "Was Sie uns schon geschrieben haben, steht dann schon darin. Sie können jederzeit unterbrechen."
GO_ON = "Dort machen Sie weiter und sehen, wie es steht."
OUTDATED = "Der Stand hat sich inzwischen geändert. Bitte sehen Sie unten nach, wie es jetzt steht."


# --- For everybody ----------------------------------------------------------------------------------------------------


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The inquiry. Closed while no mail can leave: nobody could prove an address."""
    if not outbox.sending_is_on(request.pact):
        return redirect("partners:how_to_join")
    form = InterestForm(request.POST if request.method == "POST" else None, pact=request.pact)
    if form.is_valid() and form.guard(request):
        request.session[INTEREST_RECEIPT] = service.ask(**form.answers()).email
        return redirect("partners:interest_receipt")
    return render(
        request, "partners/interest_form.html", {"form": form, "breadcrumb": _breadcrumb(request)}, status=form.status
    )


@login_not_required
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """Where the mail went."""
    if not (email := request.session.get(INTEREST_RECEIPT)):
        return redirect("partners:interest")
    return render(request, "partners/interest_receipt.html", {"email": email, "breadcrumb": _breadcrumb(request)})


def _breadcrumb(request: HttpRequest) -> list[dict[str, str]]:
    joining = {"url": reverse("partners:how_to_join"), "label": f"{request.pact.partner_title} werden"}
    return [joining, {"label": "Anfrage"}]


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def link_request(request: HttpRequest) -> HttpResponse:
    """Take the wish for a lost link: the same work and the same answer for every address."""
    form = LinkRequestForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.guard(request):
        asked_links.ask(form.cleaned_data["email"])
        request.session[LINK_RECEIPT] = form.cleaned_data["email"]
        return redirect("partners:link_request_receipt")
    context = {"form": form, "breadcrumb": [{"label": "Link anfordern"}]}
    return render(request, "partners/link_request_form.html", context, status=form.status)


@login_not_required
@require_safe
def link_request_receipt(request: HttpRequest) -> HttpResponse:
    """What happens now; it says nothing about whether the address is known."""
    if not (email := request.session.get(LINK_RECEIPT)):
        return redirect("partners:link_request")
    context = {"email": email, "breadcrumb": [{"label": "Link anfordern"}]}
    return render(request, "partners/link_request_receipt.html", context)


# --- Behind the link --------------------------------------------------------------------------------------------------


def interest_of(link: AccessLink) -> Interest | None:
    """Return the inquiry of a link, as long as it is there."""
    return Interest.objects.select_related("application").filter(pk=link.object_id, email=link.email).first()


@require_safe
@opened_by_link(access.INTEREST, interest_of)
def interest(request: HttpRequest, interest: Interest) -> HttpResponse:
    """What was asked, and what can be done next."""
    return render(
        request,
        "partners/interest_page.html",
        {
            "interest": interest,
            "lead": _lead(interest, request.pact),
            "steps": _next_steps(interest, request.pact),
            "facts": _facts(interest),
        },
    )


def _lead(interest: Interest, pact: Pact) -> str:
    if interest.application:
        return "Sie haben einen Antrag begonnen." if interest.application.is_draft else "Ihr Antrag ist eingegangen."
    if not interest.is_open:
        return "Ihre Anfrage ist abgeschlossen."
    if interest.answered_at:
        return "Wir haben Ihnen geantwortet. Haben Sie noch Fragen? Antworten Sie einfach auf unsere Mail."
    return f"Vielen Dank, Ihre Anfrage liegt uns vor. Wir melden uns innerhalb von {days(pact.answer_within_days)}."


def _next_steps(interest: Interest, pact: Pact) -> list[dict[str, object]]:
    """Return what the company can do by itself, in the order in which the pact wants it, and what it has done.

    Of a closed inquiry only its talk and the application are left, if there are any.
    """
    prospect, steps = prospects.of_interest(interest), []
    if (talk := _talk(prospect)) or (interest.is_open and pact.books_talks_online):
        steps.append(
            {
                "title": "Orientierungsgespräch",
                "text": "Wählen Sie einen Termin, der Ihnen passt. Sie können ihn später verschieben oder absagen.",
                "url": reverse("company:talk"),
                "label": "Termin wählen",
                **talk,
            }
        )
    if interest.is_open and letters.is_used(pact):
        letter = letters.current(prospect)
        steps.append(
            {
                "title": "Absichtserklärung",
                "text": "Lesen und unterschreiben Sie online, dass Sie mitmachen möchten. Wir veröffentlichen das nicht.",
                "url": reverse("company:letter"),
                "label": "Absichtserklärung lesen",
                **(_done(f"Unterschrieben am {_day(letter.done_on)} von {letter.name}.") if letter else {}),
            }
        )
    if not (interest.is_open or interest.application):
        return steps
    steps.append(
        {
            "title": "Antrag auf Beitritt",
            "text": GO_ON if interest.application else BEGIN,
            "url": reverse("company:interest_apply"),
            "label": "Antrag ansehen" if interest.application else "Antrag beginnen",
            "is_post": True,
        }
    )
    next(step for step in steps if "is_done" not in step)["is_main"] = True
    return steps


def _talk(prospect: Prospect) -> dict[str, object]:
    """Return what to say of the talk that was booked, or has taken place; nothing where none was."""
    talk = talks.newest(prospect)
    if talk is None:
        return {}
    if not talk.is_booked:
        return _done(f"Ihr Gespräch hat am {talk.slot.day} stattgefunden.")
    if not talk.may_be_moved(now=timezone.now()):
        return _done(f"Ihr Gespräch: {talk.slot.when}.")
    return _done(f"Gebucht: {talk.slot.when}, {talk.how}", label="Termin ansehen, verschieben oder absagen")


def _done(text: str, label: str = "Ansehen") -> dict[str, object]:
    return {"text": text, "label": label, "is_done": True}


def _day(day: date) -> str:
    return date_format(day, "j. F Y")


def _facts(interest: Interest) -> list[dict[str, str]]:
    rows = [
        ("Vorgang", interest.reference),
        ("Name", interest.name),
        ("Organisation", interest.organisation),
        ("E-Mail", interest.email),
        ("Ihre Frage", interest.question),
        ("Ihr Wunsch", "Orientierungsgespräch" if interest.wants_talk else ""),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


@require_POST
@opened_by_link(access.INTEREST, interest_of)
def apply(request: HttpRequest, interest: Interest) -> HttpResponse:
    """Begin the application, or go on with it."""
    try:
        applicant = service.begin_application(interest)
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
        return redirect("company:interest")
    entry.remember(request, application_access(applicant))
    return redirect(reverse("company:application") + access.about(applicant))


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link(access.INTEREST, interest_of)
def withdraw(request: HttpRequest, interest: Interest) -> HttpResponse:
    """Delete the inquiry at the company's wish, after a page that says what that means."""
    if request.method != "POST":
        return render(request, "partners/interest_withdraw.html", {"interest": interest})
    with suppress(TransitionNotAllowed):  # pressed twice: it is gone, as wished
        service.withdraw(interest)
    messages.success(request, "Ihre Anfrage ist gelöscht.")
    return redirect("partners:interest")


@require_safe
@opened_by_link(access.RETURN, lambda link: link)
def choose(request: HttpRequest, link: AccessLink) -> HttpResponse:
    """Of several things that belong to an address, which one?"""
    return render(request, "partners/link_request_choice.html", {"found": asked_links.belongings(link.email)})


@require_POST
@opened_by_link(access.RETURN, lambda link: link)
def chosen(request: HttpRequest, link: AccessLink, purpose: str, object_id: int) -> HttpResponse:
    """Open one of them."""
    for one in asked_links.belongings(link.email):
        if (one.purpose, one.object_id) == (purpose, object_id):
            with suppress(entry.LinkClosed):  # taken away in this moment
                return redirect(entry.open_link(request, one.issue()))
    raise Http404("Nothing of this address is there.")
