"""Pages of a company, entered by a personal link: its application, its consents."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from klimapakt.states import TransitionNotAllowed
from partners import access, interfaces
from partners.forms import AnswerForm
from partners.models import Application, Consent, Contact, Partner
from partners.progress import steps_of
from partners.services import joining, publication

OUTDATED = "Der Stand hat sich inzwischen geändert. Bitte sehen Sie unten nach, wie es jetzt steht."


def opened_by_link(purpose: str, load: Callable[[AccessLink], object | None]) -> Callable:
    """Let in whoever opened a live link of this purpose, and hand the view the link's own object, if there is one."""

    def decorator(view: Callable) -> Callable:
        @login_not_required
        @wraps(view)
        def wrapper(request: HttpRequest, **kwargs: object) -> HttpResponse:
            link = entry.current(request, purpose)
            found = load(link) if link else None
            if found is None:
                return render(request, "links/needed.html", status=403)
            return view(request, found, **kwargs)

        return wrapper

    return decorator


def _application(link: AccessLink) -> Application | None:
    return Application.objects.filter(pk=link.object_id, contact_email__iexact=link.email).first()


def _contact(link: AccessLink) -> Contact | None:
    """Return the contact whom the link was mailed to; somebody who takes over gets a link of their own."""
    contacts = Contact.objects.select_related("organisation__partner").filter(organisation__partner__isnull=False)
    return contacts.filter(pk=link.object_id, email__iexact=link.email).first()


@require_safe
@opened_by_link(access.APPLICATION, _application)
def application(request: HttpRequest, application: Application) -> HttpResponse:
    """Where the application stands, what happens next, and the office's open question."""
    return _status_page(request, application, AnswerForm())


def _status_page(request: HttpRequest, application: Application, form: AnswerForm, status: int = 200) -> HttpResponse:
    questions = list(application.questions.all())
    return render(
        request,
        "partners/application_status.html",
        {
            "application": application,
            "steps": steps_of(application, request.pact),
            "open_question": next((question for question in questions if question.answered_at is None), None),
            "answered": [question for question in questions if question.answered_at],
            "consents": list(application.consents.all()),
            "form": form,
        },
        status=status,
    )


@require_POST
@opened_by_link(access.APPLICATION, _application)
def answer(request: HttpRequest, application: Application) -> HttpResponse:
    """Take the answer to the open question."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _status_page(request, application, form, status=422)
    try:
        joining.answer(application, form.cleaned_data["answer"])
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
    else:
        messages.success(request, "Vielen Dank, Ihre Antwort ist bei uns eingegangen.")
    return redirect("company:application")


@require_POST
@opened_by_link(access.APPLICATION, _application)
def withdraw(request: HttpRequest, application: Application) -> HttpResponse:
    """End the application at the company's wish."""
    try:
        joining.withdraw(application)
    except TransitionNotAllowed:
        messages.warning(request, OUTDATED)
    return redirect("company:application")


@require_safe
@opened_by_link(access.PARTNER, _contact)
def partner(request: HttpRequest, contact: Contact) -> HttpResponse:
    """What the company has agreed to, what the public sees of it, and the way to take it back."""
    organisation = contact.organisation
    standing = {consent.purpose: consent for consent in organisation.consents.standing()}
    return render(
        request,
        "partners/company.html",
        {
            "contact": contact,
            "organisation": organisation,
            "sections": interfaces.company_sections(contact),
            "is_listed": Partner.objects.listed(on=timezone.localdate()).filter(pk=organisation.partner.pk).exists(),
            "consents": [
                {
                    "purpose": purpose,
                    "label": purpose.label,
                    "text": Consent.TEXTS[purpose],
                    "given": standing.get(purpose),
                }
                for purpose in Consent.Purpose
            ],
        },
    )


def _purpose(value: str) -> str:
    if value not in Consent.Purpose:
        raise Http404
    return value


@require_POST
@opened_by_link(access.PARTNER, _contact)
def withdraw_consent(request: HttpRequest, contact: Contact, purpose: str) -> HttpResponse:
    """End one consent, at once."""
    publication.withdraw_consent(contact, _purpose(purpose))
    messages.success(request, "Ihre Einwilligung ist widerrufen. Das gilt ab sofort.")
    return redirect("company:partner")


@require_POST
@opened_by_link(access.PARTNER, _contact)
def give_consent(request: HttpRequest, contact: Contact, purpose: str) -> HttpResponse:
    """Give one consent."""
    publication.give_consent(contact, _purpose(purpose))
    messages.success(request, "Vielen Dank, Ihre Einwilligung ist gespeichert.")
    return redirect("company:partner")
