"""The application as a company fills it in, gone on with by a personal link, and sent."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from klimapakt.locks import Busy, patiently
from klimapakt.mailbox.kinds import days
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import access, steps
from partners.forms.application import ConfirmForm
from partners.forms.status import MendAddressForm
from partners.models import Applicant, Application, Consent, LetterOfIntent
from partners.services import applying, files, forgetting
from partners.services.shown import Outdated
from partners.sheet import in_words
from partners.views.access import opened_by_link
from partners.views.status import BUSY, OUTDATED
from partners.views.status import status as status_page

SENT_MEANWHILE = "Der Antrag ist inzwischen abgesendet. Er lässt sich hier nicht mehr ändern."
DECIDED = "Der Antrag ist abgeschlossen. Es kann niemand mehr dazukommen."
CHANGED_MEANWHILE = "Inzwischen hat jemand Angaben geändert. Bitte prüfen und bestätigen Sie noch einmal."


def for_draft(view: Callable) -> Callable:
    """Let in whoever takes part in an application that was not sent yet, and hand the view this person."""
    return _while(lambda application, pact: application.is_draft, SENT_MEANWHILE, view)


def for_undecided(view: Callable) -> Callable:
    """Let in whoever takes part in an application that is being filled in or reviewed."""
    return _while(lambda application, pact: application.is_draft or application.is_open_as_told(pact), DECIDED, view)


def _while(is_possible: Callable[[Application, Pact], bool], why_not: str, view: Callable) -> Callable:
    @opened_by_link(access.APPLICATION, access.applicant_of)
    @wraps(view)
    def wrapper(request: HttpRequest, applicant: Applicant, **kwargs: object) -> HttpResponse:
        if not is_possible(applicant.application, request.pact):
            messages.info(request, why_not)
            return redirect("company:application")
        try:
            return view(request, applicant, **kwargs)
        except TransitionNotAllowed:
            messages.warning(request, OUTDATED)
            return redirect("company:application")

    return wrapper


@require_safe
@opened_by_link(access.APPLICATION, access.applicant_of)
def application(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """A draft's steps; of what was sent, where it stands."""
    if applicant.application.is_draft:
        return overview(request, applicant)
    return status_page(request, applicant)


def overview(
    request: HttpRequest, applicant: Applicant, *, form: MendAddressForm | None = None, code: int = 200
) -> HttpResponse:
    """The steps of a draft: what is done, what is missing, who takes part; `form` holds an address that was refused."""
    application = applicant.application
    progress = steps.progress(application)
    saved = max((one.saved for one in progress if one.saved), key=lambda one: one.saved_at, default=None)
    return render(
        request,
        "partners/application_overview.html",
        {
            "application": application,
            "applicant": applicant,
            "progress": progress,
            "is_complete": not any(one.missing for one in progress),
            "last_saved": saved,
            "people": list(application.applicants.present()),
            "form": None if applicant.is_proven else form or MendAddressForm(application=application),
            "deleted_on": application.deleted_on(request.pact),
        },
        status=code,
    )


@require_safe
@for_draft
def check(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """All answers to be checked, what is missing, and the confirmations."""
    return _check_page(request, applicant, ConfirmForm(application=applicant.application))


def _check_page(request: HttpRequest, applicant: Applicant, form: ConfirmForm, *, status: int = 200) -> HttpResponse:
    application = applicant.application
    progress = steps.progress(application)
    return render(
        request,
        "partners/application_check.html",
        {
            "application": application,
            "applicant": applicant,
            "progress": progress,
            "missing": [one for step in progress for one in step.missing],
            "parts": _parts(application, request.pact),
            "consents": [text for purpose, text in Consent.TEXTS.items() if purpose in application.chosen_consents],
            "files": list(files.of_application(application).order_by("created_at")),
            "answered_within": days(request.pact.answer_within_days),
            "form": form,
        },
        status=status,
    )


def _parts(application: Application, pact: Pact) -> list[dict[str, object]]:
    """Return the answers by step, those that are missing too."""
    needed = {one.field for one in steps.missing(application)}
    parts = []
    for step in steps.STEPS:
        lines = [
            {
                "field": field,
                "label": steps.label_of(field),
                "text": text,
                "is_secret": field in application.trade_secrets,
            }
            for field in steps.fields_of(step, pact)
            if (text := "" if field in needed else in_words(field, getattr(application, field))) or field in needed
        ]
        parts.append({"step": step, "lines": lines})
    return parts


@require_POST
@sensitive_post_parameters()
@for_draft
def send(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """Hand the application in."""
    form = ConfirmForm(request.POST, application=applicant.application)
    if not form.is_valid():
        return _check_page(request, applicant, form, status=422)
    try:
        patiently(lambda: applying.send(applicant.application, by=applicant, shown=form.cleaned_data["version"]))
    except Outdated:
        applicant.application.refresh_from_db()
        messages.warning(request, CHANGED_MEANWHILE)
        return _check_page(request, applicant, ConfirmForm(application=applicant.application), status=409)
    except NotPossible as refusal:
        form.add_error(None, str(refusal))
        return _check_page(request, applicant, form, status=422)
    except Busy:
        form.add_error(None, BUSY)
        return _check_page(request, applicant, form, status=503)
    return redirect("company:application")


@require_http_methods(["GET", "HEAD", "POST"])
@for_draft
def discard(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """Delete the draft, after a page that says what that means."""
    if request.method == "POST":
        forgetting.discard(applicant.application)
        messages.success(request, "Der Entwurf ist gelöscht.")
        return redirect("partners:apply")
    people = applicant.application.applicants.present().exclude(pk=applicant.pk)
    return render(
        request,
        "partners/application_discard.html",
        {
            "application": applicant.application,
            "others": list(people),
            "has_letter": LetterOfIntent.objects.ending_with(applicant.application).exists(),
        },
    )
