"""Who speaks for a company: its people enter, change and hand over. What matters asks for a code first."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from klimapakt.limits import guard
from klimapakt.limits.forms import TOO_MANY_REQUESTS
from klimapakt.links import stepup
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import access
from partners.forms.contacts import ColleagueForm, HandOverForm
from partners.models import Contact
from partners.services import contacts
from partners.services.shown import Outdated
from partners.views.access import contact_of, opened_by_link
from partners.views.company import CHANGED_MEANWHILE


def _refuse(form: ColleagueForm | HandOverForm, refusal: NotPossible) -> None:
    form.add_error("email" if isinstance(refusal, contacts.AddressRefused) else None, str(refusal))


def _is_too_many(request: HttpRequest, form: ColleagueForm | HandOverForm) -> bool:
    """Count a form that has us write to an address that was typed; whether it is one too many, the page says why."""
    refusal = guard.check(request, "contact", form.cleaned_data["email"])
    if refusal:
        form.add_error(None, refusal)
    return bool(refusal)


def _colleague(contact: Contact, pk: int) -> Contact:
    """Return a person of the same company; anybody else is a 404."""
    return get_object_or_404(contact.organisation.contacts.select_related("organisation__partner"), pk=pk)


@require_safe
@opened_by_link(access.PARTNER, contact_of)
def people(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Who speaks for the company, with roles."""
    organisation = contact.organisation
    people = organisation.contacts.select_related("hands_over_to")
    return render(
        request, "partners/company_people.html", {"organisation": organisation, "people": people, "me": contact}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link(access.PARTNER, contact_of)
@stepup.required(access.PARTNER)
def add(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Enter a colleague, who gets a link of her or his own."""
    organisation = contact.organisation
    shown = contacts.state_of_all(organisation)
    form = ColleagueForm(request.POST if request.method == "POST" else None, shown=shown)
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            if form.cleaned_data["shown"] != shown:
                return _outdated(request)
            if _is_too_many(request, form):
                status = TOO_MANY_REQUESTS
            else:
                try:
                    return _added(request, contact, form)
                except NotPossible as refusal:
                    _refuse(form, refusal)
    context = {"organisation": organisation, "form": form}
    return render(request, "partners/company_person.html", context, status=status)


def _added(request: HttpRequest, contact: Contact, form: ColleagueForm) -> HttpResponse:
    new = contacts.invite(contact.organisation, form.details(), email=form.cleaned_data["email"], by=contact)
    messages.success(request, f"{new} ist eingetragen und bekommt einen eigenen Link an {new.email}.")
    return redirect("company:contacts")


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link(access.PARTNER, contact_of)
@stepup.required(access.PARTNER)
def edit(request: HttpRequest, contact: Contact, pk: int) -> HttpResponse:
    """Change a person's details, roles and address."""
    person, shown = _colleague(contact, pk), contacts.state_of(_colleague(contact, pk))
    form = ColleagueForm(request.POST if request.method == "POST" else None, shown=shown, contact=person)
    status, outdated = 200, False
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                if form.cleaned_data["email"] != form.initial["email"] and _is_too_many(request, form):
                    status = TOO_MANY_REQUESTS
                else:
                    return _edited(request, contact, person, form)
            except Outdated:
                form.renew(shown)
                status, outdated = 409, True
            except TransitionNotAllowed:
                return _outdated(request)
            except NotPossible as refusal:
                _refuse(form, refusal)
    context = {
        "organisation": contact.organisation,
        "form": form,
        "person": _colleague(contact, pk),
        "outdated": outdated,
    }
    return render(request, "partners/company_person.html", context, status=status)


def _edited(request: HttpRequest, contact: Contact, person: Contact, form: ColleagueForm) -> HttpResponse:
    typed = form.cleaned_data
    saved = contacts.edit(person, form.details(), email=typed["email"], shown=typed["shown"], by=contact)
    messages.success(request, _saved(saved))
    return redirect("company:contacts")


def _saved(person: Contact) -> str:
    if person.new_email:
        return f"Gespeichert. Die neue Adresse gilt, sobald der Link an {person.new_email} geöffnet ist."
    return "Gespeichert."


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link(access.PARTNER, contact_of)
@stepup.required(access.PARTNER)
def hand_over(request: HttpRequest, contact: Contact, pk: int) -> HttpResponse:
    """Somebody leaves, somebody takes over all roles."""
    person = _colleague(contact, pk)
    shown = contacts.state_of(person)
    form = HandOverForm(
        request.POST if request.method == "POST" else None, shown=shown, others=contacts.may_take_over(person)
    )
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            if form.cleaned_data["shown"] != shown:
                return _outdated(request)
            try:
                if form.chosen is None and _is_too_many(request, form):
                    status = TOO_MANY_REQUESTS
                else:
                    return _handed_over(request, contact, person, form)
            except TransitionNotAllowed:
                return _outdated(request)
            except NotPossible as refusal:
                _refuse(form, refusal)
    context = {"organisation": contact.organisation, "form": form, "person": person, "me": contact}
    return render(request, "partners/company_hand_over.html", context, status=status)


def _handed_over(request: HttpRequest, contact: Contact, person: Contact, form: HandOverForm) -> HttpResponse:
    typed = form.cleaned_data
    if form.chosen is None:
        details = {"name": typed["name"], "function": typed["function"]}
        successor = contacts.hand_over_to_new(person, details, email=typed["email"], by=contact)
        is_done = False
    else:
        successor = form.chosen
        is_done = contacts.hand_over(person, successor, by=contact)
    if is_done:
        return _gone(request, contact, person, f"{successor} hat die Aufgaben von {person} übernommen.")
    messages.success(
        request,
        f"Sobald {successor} den Link geöffnet hat, ist die Übergabe erledigt. Bis dahin bleibt alles, wie es ist.",
    )
    return redirect("company:contacts")


@require_POST
@opened_by_link(access.PARTNER, contact_of)
@stepup.required(access.PARTNER)
def remove(request: HttpRequest, contact: Contact, pk: int) -> HttpResponse:
    """Somebody leaves without a successor."""
    person = _colleague(contact, pk)
    try:
        contacts.remove(person, by=contact)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
        return redirect("company:hand_over", pk)
    except TransitionNotAllowed:
        return _outdated(request)
    return _gone(request, contact, person, f"{person} ist ausgetragen.")


def _gone(request: HttpRequest, contact: Contact, person: Contact, words: str) -> HttpResponse:
    """Go on, or say goodbye to whoever took herself or himself out: the link is closed now."""
    if person.pk == contact.pk:
        return render(request, "partners/company_left.html", {"organisation": contact.organisation, "words": words})
    messages.success(request, words)
    return redirect("company:contacts")


@require_POST
@opened_by_link(access.PARTNER, contact_of)
@stepup.required(access.PARTNER)
def keep(request: HttpRequest, contact: Contact, pk: int) -> HttpResponse:
    """Call off a handing over that waits for the successor."""
    try:
        contacts.keep(_colleague(contact, pk), by=contact)
    except TransitionNotAllowed:
        return _outdated(request)
    messages.success(request, "Die Übergabe ist abgesagt.")
    return redirect("company:contacts")


@require_POST
@opened_by_link(access.PARTNER, contact_of)
def invite_again(request: HttpRequest, contact: Contact, pk: int) -> HttpResponse:
    """Mail the link again to whoever has not opened it."""
    try:
        contacts.invite_again(_colleague(contact, pk))
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    except TransitionNotAllowed:
        return _outdated(request)
    else:
        messages.success(request, "Der Link ist unterwegs.")
    return redirect("company:contacts")


def _outdated(request: HttpRequest) -> HttpResponse:
    messages.warning(request, CHANGED_MEANWHILE)
    return redirect("company:contacts")
