"""An application is begun: by three fields, without an account, with an address that is still to be proven."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from klimapakt.limits import guard
from klimapakt.limits.forms import TOO_MANY_REQUESTS
from klimapakt.links import entry
from klimapakt.locks import Busy, patiently
from klimapakt.mailbox import outbox
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import access
from partners.forms.application import StartForm
from partners.forms.status import MendAddressForm
from partners.mails.application import application_access
from partners.models import Applicant, Application
from partners.services import applying
from partners.views.access import opened_by_link
from partners.views.application import BUSY, overview
from partners.views.status import OUTDATED, unconfirmed

SENT, REFUSED, WAITS = 200, 422, 503


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Begin an application. Closed while no mail can leave: nobody could prove an address."""
    if not outbox.sending_is_on(request.pact):
        return redirect("partners:how_to_join")
    form = StartForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.guard(request) and (applicant := _begin(request, form)):
        return redirect(_page_of(applicant.application))
    breadcrumb = [
        {"url": reverse("partners:how_to_join"), "label": f"{request.pact.partner_title} werden"},
        {"label": "Antrag"},
    ]
    draft = _open_draft(request)
    return render(
        request,
        "partners/application_form.html",
        {"form": form, "breadcrumb": breadcrumb, "draft": draft, "draft_url": _page_of(draft) if draft else ""},
        status=form.status,
    )


def _page_of(application: Application) -> str:
    return reverse("company:application") + access.about(application)


def _begin(request: HttpRequest, form: StartForm) -> Applicant | None:
    """Return who has begun the application; None if the form says why not.

    The same page sent again with another address corrects it: somebody went back to mend a slip.
    """
    answers = form.cleaned_data
    email = answers["email"]
    applicant, is_new = applying.start(
        form_token=answers["form_token"], organisation=answers["organisation"], name=answers["name"], email=email
    )
    if is_new:
        entry.remember(request, application_access(applicant))
        return applicant
    link = entry.current(request, access.APPLICATION, applicant.application_id)
    is_ours = link is not None and access.applicant_of(link) == applicant
    if not is_ours or applicant.email.lower() == email.lower():
        return applicant
    if applicant.is_proven:
        messages.info(request, f"Sie haben diesen Antrag schon begonnen. Er gehört zur Adresse {applicant.email}.")
        return applicant
    return applicant if _mend(request, applicant, form) == SENT else None


def _open_draft(request: HttpRequest) -> Application | None:
    """Return the draft that this browser has opened last."""
    link = entry.current(request, access.APPLICATION)
    applicant = access.applicant_of(link) if link else None
    return applicant.application if applicant and applicant.application.is_draft else None


@require_POST
@sensitive_post_parameters()
@opened_by_link(access.APPLICATION, access.applicant_of)
def mend_address(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """Take another address of somebody who has not proven one; this browser goes on with it."""
    application = applicant.application
    form = MendAddressForm(request.POST, application=application)
    if applicant.is_proven or application.is_confirmed:
        messages.warning(request, OUTDATED)
        return redirect("company:application")
    status = REFUSED
    if form.is_valid():
        if refusal := guard.check(request, "mend_address", form.cleaned_data["email"]):
            form.add_error("email", refusal)
            status = TOO_MANY_REQUESTS
        elif (status := _mend(request, applicant, form)) == SENT:
            return redirect("company:application")
    if application.is_draft:
        return overview(request, applicant, form=form, code=status)
    return unconfirmed(request, applicant, form=form, code=status)


def _mend(request: HttpRequest, applicant: Applicant, form: StartForm | MendAddressForm) -> int:
    """Take the form's address instead; returns the status of the page, on which the form says why that was refused."""
    email = form.cleaned_data["email"]
    try:
        mended = patiently(lambda: applying.mend_address(applicant, email))
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
    except NotPossible as refusal:
        form.add_error("email", str(refusal))
        return REFUSED
    except Busy:
        form.add_error(None, BUSY)
        return WAITS
    else:
        entry.remember(request, application_access(mended))
        messages.success(request, f"Wir haben eine neue Mail an {mended.email} geschickt.")
    return SENT


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
        messages.success(
            request, f"Die Mail an {applicant.email} ist unterwegs. Sehen Sie bitte auch im Spam-Ordner nach."
        )
    return redirect("company:application")
