"""The people of one company who fill an application together."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from klimapakt.limits import guard
from klimapakt.limits.forms import TOO_MANY_REQUESTS
from klimapakt.locks import Busy, patiently
from klimapakt.states import NotPossible
from partners import steps
from partners.forms.application import InviteForm
from partners.models import Applicant
from partners.services import applying
from partners.views.application import BUSY, for_undecided


@require_safe
@for_undecided
def people(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """Who takes part, and who filled what."""
    return _page(request, applicant, InviteForm(application=applicant.application))


def _page(request: HttpRequest, applicant: Applicant, form: InviteForm, *, status: int = 200) -> HttpResponse:
    application = applicant.application
    progress = steps.progress(application)
    people = [
        {"person": person, "steps": [one.step for one in progress if one.saved and one.saved.saved_by_id == person.pk]}
        for person in application.applicants.present()
    ]
    return render(
        request,
        "partners/application_people.html",
        {
            "base": "partners/base_application.html" if application.is_draft else "base_narrow.html",
            "application": application,
            "applicant": applicant,
            "progress": progress,
            "people": people,
            "form": form,
        },
        status=status,
    )


@require_POST
@sensitive_post_parameters()
@for_undecided
def invite(request: HttpRequest, applicant: Applicant) -> HttpResponse:
    """Ask a colleague to take part."""
    form = InviteForm(request.POST, application=applicant.application, own=applicant.email)
    if form.is_valid():
        person = form.cleaned_data
        if refusal := guard.check(request, "invite", person["email"]):
            form.add_error(None, refusal)
            return _page(request, applicant, form, status=TOO_MANY_REQUESTS)
        try:
            found = patiently(
                lambda: applying.invite(applicant.application, name=person["name"], email=person["email"], by=applicant)
            )
        except NotPossible as refusal:
            form.add_error(None, str(refusal))
        except Busy:
            form.add_error(None, BUSY)
            return _page(request, applicant, form, status=503)
        else:
            messages.success(request, f"{found} bekommt eine Mail mit einem eigenen Link.")
            return redirect("company:people")
    return _page(request, applicant, form, status=422)


@require_POST
@for_undecided
def invite_again(request: HttpRequest, applicant: Applicant, pk: int) -> HttpResponse:
    """Mail somebody the link again."""
    person = get_object_or_404(applicant.application.applicants.present(), pk=pk)
    try:
        applying.invite(applicant.application, name=person.name, email=person.email, by=applicant)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Die Mail an {person.email} ist unterwegs.")
    return redirect("company:people")


@require_http_methods(["GET", "HEAD", "POST"])
@for_undecided
def remove(request: HttpRequest, applicant: Applicant, pk: int) -> HttpResponse:
    """Let somebody take part no longer, after a page that says what that means."""
    person = get_object_or_404(applicant.application.applicants.present(), pk=pk)
    if request.method != "POST":
        if person == applicant:
            return redirect("company:people")  # nobody removes herself or himself
        return render(request, "partners/application_remove.html", {"person": person})
    try:
        applying.remove(person, by=applicant)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{person} arbeitet nicht mehr mit. Der Link dieser Person gilt nicht mehr.")
    return redirect("company:people")
