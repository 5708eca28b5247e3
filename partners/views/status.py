"""The page of an application that was sent: where it stands, who has to act, what the office asks."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from klimapakt.locks import Busy, patiently
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import access, receipt
from partners.forms.status import AnswerForm, MendAddressForm
from partners.models import Applicant, ApplicationStep, Consent
from partners.progress import Outstanding, now_of, outstanding, steps_of, wishes
from partners.services import applying, consenting, files, questions
from partners.sheet import sheet
from partners.views.access import opened_by_link
from partners.views.needed import needed

BUSY = "Gerade speichert jemand anderes. Es ist nichts verloren. Bitte versuchen Sie es noch einmal."
OUTDATED = "Der Stand hat sich inzwischen geändert. Bitte sehen Sie unten nach, wie es jetzt steht."


def status(
    request: HttpRequest, applicant: Applicant, *, form: AnswerForm | None = None, code: int = 200
) -> HttpResponse:
    """Show where an application stands that was sent; `form` holds answers that could not be taken."""
    application = applicant.application
    if not application.is_confirmed:
        return unconfirmed(request, applicant)
    asked = list(application.questions.all())
    is_open = application.is_open_as_told(request.pact)
    waiting = [question for question in asked if question.is_open] if is_open else []
    online = outstanding(application, request.pact)
    if form is None and waiting:
        form = AnswerForm(application=application, pact=request.pact, questions=waiting)
    return render(
        request,
        "partners/application_status.html",
        {
            "application": application,
            "applicant": applicant,
            "now": now_of(
                application,
                request.pact,
                questions=len(waiting),
                wish=wishes(online),
                today=timezone.localdate(),
            ),
            "matters": [_matter(step, access.about(applicant), is_open=is_open) for step in online],
            "may_add_files": files.may_add(application),
            "has_files": application.files.exists() or application.logo_id is not None,
            "status": application.told_status(request.pact),
            "is_open": is_open,
            "steps": steps_of(application, request.pact, online=online),
            "form": form,
            "settled": [question for question in asked if not question.is_open],
            "sheet": sheet(application, request.pact),
            "consents": application.consents.in_order(),
            "people": list(application.applicants.present()),
        },
        status=code,
    )


@dataclass(frozen=True)
class Matter:
    """A step that has a page of its own: the talk, the letter. `wish` asks for it while it is the company's turn."""

    title: str
    text: str
    label: str
    url: str
    wish: str = ""


def _matter(step: Outstanding, case: str, *, is_open: bool) -> Matter:
    if step.kind == ApplicationStep.Kind.LETTER_OF_INTENT:
        text = "Sie lesen sie online und unterschreiben mit einem Code, den wir Ihnen schicken."
        url = reverse("company:letter") + case
        return Matter(step.kind.label, text, "Absichtserklärung lesen", url, step.wish)
    url = reverse("company:talk") + case
    if step.booking:
        label = "Termin ansehen, verschieben oder absagen" if is_open else "Termin ansehen oder absagen"
        return Matter(step.kind.label, f"{step.booking.slot.when}, {step.booking.how}", label, url)
    text = "In einem unverbindlichen Gespräch klären wir Ihre Fragen und was der Pakt für Sie bedeutet."
    return Matter(step.kind.label, text, "Termin wählen", url, step.wish)


def unconfirmed(
    request: HttpRequest, applicant: Applicant, *, form: MendAddressForm | None = None, code: int = 200
) -> HttpResponse:
    """Until the sender has opened the mailed link, nobody reads the application, and nothing of it is shown."""
    application = applicant.application
    sender = application.sent_by
    return render(
        request,
        "partners/application_unconfirmed.html",
        {
            "application": application,
            "sender": sender,
            "is_sender": sender is not None and sender.pk == applicant.pk,
            "form": form or MendAddressForm(application=application),
        },
        status=code,
    )


@require_POST
@sensitive_post_parameters()
@opened_by_link(access.APPLICATION, access.applicant_of)
def answer(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """Take answers to the office's questions, also to those that somebody else has answered meanwhile."""
    application = applicant.application
    asked = [
        question
        for question in application.questions.all()
        if question.is_open or f"answer_{question.pk}" in request.POST
    ]
    form = AnswerForm(request.POST, application=application, pact=request.pact, questions=asked)
    if not asked or not form.is_valid():
        return status(request, applicant, form=form if asked else None, code=422)
    try:
        conflicts = patiently(lambda: questions.answer(application, form.cleaned_data["replies"], by=applicant))
    except TransitionNotAllowed:
        if not application.applicants.present().filter(pk=applicant.pk).exists():
            return needed(request)
        messages.warning(request, OUTDATED)
        return status(request, applicant, form=form, code=409)
    except NotPossible as refusal:
        form.add_error(None, str(refusal))
        return status(request, applicant, form=form, code=422)
    except Busy:
        form.add_error(None, BUSY)
        return status(request, applicant, form=form, code=503)
    if conflicts:
        application.refresh_from_db()
        form.ask_again(conflicts)
        return status(request, applicant, form=form, code=409)
    left = application.questions.open().count()
    messages.success(request, "Vielen Dank, Ihre Antwort ist bei uns eingegangen." + _still_open(left))
    return redirect("company:application")


def _still_open(left: int) -> str:
    if not left:
        return ""
    return " Eine Frage ist noch offen." if left == 1 else f" {left} Fragen sind noch offen."


@require_POST
@opened_by_link(access.APPLICATION, access.applicant_of)
def withdraw_consent(request: HttpRequest, applicant: Applicant, purpose: str) -> HttpResponse:
    """End a consent that was given with the application, at once."""
    if purpose not in Consent.Purpose:
        raise Http404
    try:
        consenting.withdraw(purpose, by=applicant)
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
    else:
        messages.success(request, f"Ihre Einwilligung „{Consent.Purpose(purpose).label}“ ist widerrufen.")
    return redirect("company:application")


@require_POST
@opened_by_link(access.APPLICATION, access.applicant_of)
def order_copy(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """Have a PDF made of the application as it is now."""
    if applicant.application.is_confirmed:
        receipt.order_copy(applicant.application)
    return redirect("company:copy")


@require_safe
@opened_by_link(access.APPLICATION, access.applicant_of)
def copy(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """The PDF, or word that it is being made."""
    document = receipt.copy_of(applicant.application)
    if document is None:
        return redirect("company:application")
    if document.is_ready:
        return document.response(download=True)
    return render(request, "partners/application_copy.html", {"document": document})


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link(access.APPLICATION, access.applicant_of)
def withdraw(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """End the application at the company's wish, after a page that says what that means."""
    if request.method != "POST":
        if not applicant.application.is_open_as_told(request.pact):
            return redirect("company:application")
        return render(request, "partners/application_withdraw.html")
    try:
        applying.withdraw(applicant.application)
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    return redirect("company:application")
