"""„Mein Klimapakt“ of a partner, entered by a personal link: what waits, its consents, the yearly check."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from klimapakt.locks import Busy, patiently
from klimapakt.pact.models import Pact
from partners import access, interfaces
from partners.comparison import profile_rows
from partners.forms.profile import DataCheckForm
from partners.models import Consent, Contact, Partner, ProfileProposal
from partners.services import contacts, profile, publication
from partners.services.shown import Outdated
from partners.views.access import contact_of, opened_by_link

CHANGED_MEANWHILE = "Inzwischen hat jemand etwas geändert. Bitte sehen Sie noch einmal nach."
BUSY = "Gerade wird etwas anderes gespeichert. Bitte versuchen Sie es gleich noch einmal."


def press(request: HttpRequest, act: Callable[[], object], done: str | Callable[[], str]) -> None:
    """Do what a button says, and say that it is done, or that somebody else holds the row."""
    try:
        patiently(act)
    except Busy:
        messages.error(request, BUSY)
    else:
        messages.success(request, done() if callable(done) else done)


@require_safe
@opened_by_link(access.PARTNER, contact_of)
def partner(request: HttpRequest, contact: Contact) -> HttpResponse:
    """What waits for the company, what the public sees of it, its consents, and the way to everything else."""
    organisation = contact.organisation
    prefetch_related_objects([organisation.partner], "data_checks")  # for the duties too
    everyone = list(Contact.everyone.filter(organisation=organisation))
    standing = {consent.purpose: consent for consent in organisation.consents.standing()}
    return render(
        request,
        "partners/company.html",
        {
            "contact": contact,
            "organisation": organisation,
            "outlook": interfaces.outlook(contact),
            "duties": interfaces.duties(contact),
            "taken_over": contacts.taken_over_lately(contact, everyone),
            "sections": interfaces.company_sections(contact),
            "why_hidden": publication.explain(organisation.partner, request.pact, on=timezone.localdate()),
            "proposal": profile.open_proposal(organisation.partner),
            "checked": last_check(organisation.partner),
            "people": sum(person.left_at is None for person in everyone),
            "consents": [
                {
                    "purpose": purpose,
                    "label": purpose.label,
                    "text": Consent.TEXTS[purpose],
                    "given": (given := standing.get(purpose)),
                    "was_only_reported": bool(given) and given.source == Consent.Source.PUBLIC_REPORT,
                }
                for purpose in Consent.Purpose
            ],
        },
    )


def last_check(partner: Partner) -> object:
    """Return the last time that somebody said that the data is right, if ever."""
    answered = [check for check in partner.data_checks.all() if check.answered_at]
    return max(answered, key=lambda check: check.answered_at, default=None)


# --- Consents ---------------------------------------------------------------------------------------------------------


def _purpose(value: str) -> Consent.Purpose:
    if value not in Consent.Purpose:
        raise Http404
    return Consent.Purpose(value)


def _follows(contact: Contact, purpose: Consent.Purpose, pact: Pact) -> str:
    """Say what a consent that was just given changes."""
    P = Consent.Purpose
    if purpose == P.INITIAL_PARTNERS:
        return "Die Initialpartner können Sie jetzt ansprechen."
    if purpose == P.FIGURES:
        return "Veröffentlicht wird erst, was im Monitoring geprüft ist."
    if hidden := publication.explain(contact.organisation.partner, pact, on=timezone.localdate()):
        return hidden
    return {
        P.PROFILE: "Ihr Profil ist öffentlich.",
        P.QUOTE: "Freigegebenes Zitat und Logo sind ab sofort öffentlich.",
        P.MEASURES: "Ihre freigegebenen Maßnahmen und Ihre Ziele sind ab sofort öffentlich.",
    }[purpose]


@require_POST
@opened_by_link(access.PARTNER, contact_of)
def withdraw_consent(request: HttpRequest, contact: Contact, purpose: str) -> HttpResponse:
    """End one consent, at once."""
    purpose = _purpose(purpose)
    done = f"Ihre Einwilligung „{purpose.label}“ ist widerrufen. Das gilt ab sofort."
    press(request, lambda: publication.withdraw_consent(contact, purpose), done)
    return redirect("company:partner")


@require_POST
@opened_by_link(access.PARTNER, contact_of)
def give_consent(request: HttpRequest, contact: Contact, purpose: str) -> HttpResponse:
    """Give one consent, and say what comes of it."""
    purpose = _purpose(purpose)
    done = f"Vielen Dank, Ihre Einwilligung „{purpose.label}“ ist gespeichert."
    press(
        request,
        lambda: publication.give_consent(contact, purpose),
        lambda: f"{done} {_follows(contact, purpose, request.pact)}",
    )
    return redirect("company:partner")


# --- Is the data still right? -----------------------------------------------------------------------------------------


@require_safe
@opened_by_link(access.PARTNER, contact_of)
def data(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Everything on one screen, to be confirmed by one click."""
    return _data_page(request, contact)


@require_POST
@opened_by_link(access.PARTNER, contact_of)
def confirm_data(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Take „Alles richtig“ for what the page showed."""
    shown = DataCheckForm(request.POST)["shown"].value() or ""
    done = "Vielen Dank. Wir haben notiert, dass Ihre Daten stimmen."
    try:
        press(request, lambda: profile.confirm_data(contact, shown=shown), done)
    except Outdated:
        messages.warning(request, CHANGED_MEANWHILE)
        return _data_page(request, contact, status=409)
    return redirect("company:partner")


def _data_page(request: HttpRequest, contact: Contact, *, status: int = 200) -> HttpResponse:
    partner = Partner.objects.select_related("organisation").get(pk=contact.organisation.partner.pk)
    proposal = profile.open_proposal(partner)
    context = {
        "organisation": partner.organisation,
        "rows": profile_rows(ProfileProposal(**profile.wished(partner))),
        "proposal": proposal,
        "partner": partner,
        "offers": Partner._meta.get_field("offers").shown(partner.offers),
        "needs": Partner._meta.get_field("needs").shown(partner.needs),
        "people": partner.organisation.contacts.all(),
        "checked": last_check(partner),
        "form": DataCheckForm(initial={"shown": profile.state_of_everything(partner)}),
    }
    return render(request, "partners/company_data.html", context, status=status)
