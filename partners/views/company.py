"""„Mein Klimapakt“ of a partner, entered by a personal link: what waits, its consents, the yearly check."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from partners import access, interfaces
from partners.comparison import profile_rows
from partners.forms.profile import DataCheckForm
from partners.models import Consent, Contact, Partner, ProfileProposal
from partners.services import profile, publication
from partners.services.shown import Outdated
from partners.views.access import about, contact_of, opened_by_link

CHANGED_MEANWHILE = "Inzwischen hat jemand etwas geändert. Bitte sehen Sie noch einmal nach."


@require_safe
@opened_by_link(access.PARTNER, contact_of)
def partner(request: HttpRequest, contact: Contact) -> HttpResponse:
    """What waits for the company, what the public sees of it, its consents, and the way to everything else."""
    organisation = contact.organisation
    standing = {consent.purpose: consent for consent in organisation.consents.standing()}
    return render(
        request,
        "partners/company.html",
        {
            "contact": contact,
            "about": about(contact),
            "organisation": organisation,
            "duties": interfaces.duties(contact),
            "sections": interfaces.company_sections(contact),
            "is_listed": profile.listed_today(organisation.partner),
            "proposal": profile.open_proposal(organisation.partner),
            "checked": last_check(organisation.partner),
            "people": organisation.contacts.count(),
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


def last_check(partner: Partner) -> object:
    """Return the last time that somebody said that the data is right, if ever."""
    return partner.data_checks.exclude(answered_at=None).order_by("-answered_at").first()


# --- Consents ---------------------------------------------------------------------------------------------------------


def _purpose(value: str) -> str:
    if value not in Consent.Purpose:
        raise Http404
    return value


@require_POST
@opened_by_link(access.PARTNER, contact_of)
def withdraw_consent(request: HttpRequest, contact: Contact, purpose: str) -> HttpResponse:
    """End one consent, at once."""
    publication.withdraw_consent(contact, _purpose(purpose))
    messages.success(request, "Ihre Einwilligung ist widerrufen. Das gilt ab sofort.")
    return redirect("company:partner")


@require_POST
@opened_by_link(access.PARTNER, contact_of)
def give_consent(request: HttpRequest, contact: Contact, purpose: str) -> HttpResponse:
    """Give one consent."""
    publication.give_consent(contact, _purpose(purpose))
    messages.success(request, "Vielen Dank, Ihre Einwilligung ist gespeichert.")
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
    try:
        profile.confirm_data(contact, shown=DataCheckForm(request.POST)["shown"].value() or "")
    except Outdated:
        messages.warning(request, CHANGED_MEANWHILE)
        return _data_page(request, contact, status=409)
    messages.success(request, "Vielen Dank. Wir haben notiert, dass Ihre Daten stimmen.")
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
