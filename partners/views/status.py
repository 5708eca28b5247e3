"""The page of an application that was sent: where it stands, who has to act, what the office asks."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from klimapakt.limits import guard
from klimapakt.links import entry
from klimapakt.mailbox.models import case_of
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import access, receipt
from partners.forms.status import AnswerForm, MendAddressForm
from partners.mails.application import application_access
from partners.models import Applicant, ApplicationStep
from partners.progress import now_of, steps_of
from partners.services import applying, files, letters, prospects, questions, talks
from partners.sheet import sheet
from partners.views.access import about, opened_by_link

OUTDATED = "Der Stand hat sich inzwischen geändert. Bitte sehen Sie unten nach, wie es jetzt steht."


def status(
    request: HttpRequest, applicant: Applicant, *, form: AnswerForm | None = None, code: int = 200
) -> HttpResponse:
    """Show where an application stands that was sent; `form` holds answers that could not be taken."""
    application = applicant.application
    if not application.is_confirmed:
        return _unconfirmed(request, applicant, MendAddressForm())
    asked = list(application.questions.all())
    waiting = [question for question in asked if question.is_open] if application.is_open else []
    matters = _matters(applicant, request.pact) if application.is_open else []
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
                wishes=[matter.wish for matter in matters if matter.wish],
                today=timezone.localdate(),
            ),
            "matters": matters,
            "about": about(applicant),
            "may_add_files": files.may_add(application),
            "has_files": application.files.exists() or application.logo_id is not None,
            "status": application.told_status(request.pact),
            "steps": steps_of(application, request.pact),
            "form": form,
            "settled": [question for question in asked if not question.is_open],
            "sheet": sheet(application, request.pact),
            "consents": list(application.consents.all()),
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


def _matters(applicant: Applicant, pact: Pact) -> list[Matter]:
    """Return the steps that the company can take online and that the office has not recorded yet."""
    application = applicant.application
    Kind = ApplicationStep.Kind
    done = {step.kind for step in application.steps.all()}
    prospect, found = prospects.of_applicant(applicant), []
    case = f"?vorgang={case_of(application)}"
    if pact.books_talks_online and Kind.ORIENTATION_TALK not in done:
        url = reverse("company:talk") + case
        if booking := talks.coming(prospect):
            text = f"{booking.slot.when}, {booking.how}"
            found.append(Matter(Kind.ORIENTATION_TALK.label, text, "Termin ansehen, verschieben oder absagen", url))
        else:
            text = "In einem unverbindlichen Gespräch klären wir Ihre Fragen und was der Pakt für Sie bedeutet."
            wish = "Bitte wählen Sie einen Termin für das Orientierungsgespräch." if pact.uses_orientation_talk else ""
            found.append(Matter(Kind.ORIENTATION_TALK.label, text, "Termin wählen", url, wish))
    if letters.is_used(pact) and Kind.LETTER_OF_INTENT not in done:
        text = "Sie lesen sie online und unterschreiben mit einem Code, den wir Ihnen schicken."
        wish = "Bitte lesen und unterschreiben Sie die Absichtserklärung."
        url = reverse("company:letter") + case
        found.append(Matter(Kind.LETTER_OF_INTENT.label, text, "Absichtserklärung lesen", url, wish))
    return found


def _unconfirmed(request: HttpRequest, applicant: Applicant, form: MendAddressForm, *, code: int = 200) -> HttpResponse:
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
            "form": form,
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
        conflicts = questions.answer(application, form.cleaned_data["replies"], by=applicant)
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
        return status(request, applicant, form=form, code=409)
    except NotPossible as refusal:
        form.add_error(None, str(refusal))
        return status(request, applicant, form=form, code=422)
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


@require_POST
@opened_by_link(access.APPLICATION, access.applicant_of)
def withdraw(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """End the application at the company's wish."""
    try:
        applying.withdraw(applicant.application)
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
    return redirect("company:application")


@require_POST
@sensitive_post_parameters()
@opened_by_link(access.APPLICATION, access.applicant_of)
def mend_address(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """Take another address of somebody who has not proven one; this browser goes on with it."""
    form = MendAddressForm(request.POST)
    counts = form.is_valid() and not applicant.is_proven
    if counts and (refusal := guard.check(request, "mend_address", form.cleaned_data["email"])):
        form.add_error("email", refusal)
    if form.is_valid():
        try:
            mended = applying.mend_address(applicant, form.cleaned_data["email"])
        except TransitionNotAllowed:
            messages.warning(request, OUTDATED)
        except NotPossible as refusal:
            form.add_error("email", str(refusal))
        else:
            entry.remember(request, application_access(mended))
            messages.success(request, f"Wir haben eine neue Mail an {mended.email} geschickt.")
    if form.is_valid() or applicant.application.is_draft:
        for error in form.errors.get("email", []):
            messages.error(request, error)
        return redirect("company:application")
    return _unconfirmed(request, applicant, form, code=422)


@require_POST
@opened_by_link(access.APPLICATION, access.applicant_of)
def ask_for_proof(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """Mail the link again to somebody who has not opened it yet."""
    try:
        applying.ask_for_proof(applicant)
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Wir haben die Mail noch einmal an {applicant.email} geschickt.")
    return redirect("company:application")
