"""What a company says about itself: proposed by it, released by the office; and what it offers other partners."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from klimapakt.locks import Busy, patiently
from klimapakt.states import TransitionNotAllowed
from klimapakt.uploads.models import Upload
from klimapakt.uploads.trouble import NoRoom, storing
from partners import access
from partners.comparison import changes_of, differences
from partners.forms.files import LogoForm
from partners.forms.profile import OffersForm, ProfileForm
from partners.models import Contact, Partner
from partners.services import profile
from partners.services.shown import Outdated
from partners.views.access import contact_of, opened_by_link
from partners.views.company import BUSY, CHANGED_MEANWHILE, press

PROPOSED = "Vielen Dank. Wir sehen uns Ihre Änderungen an. Bis zur Freigabe gilt Ihr bisheriges Profil."
NOTHING_NEW = "Es hat sich nichts geändert."
NO_ROOM = "Wir können gerade keine Dateien speichern. Das liegt an uns, nicht an Ihrer Datei. Bitte versuchen Sie es in einer Stunde noch einmal."
UNCHANGED = "Ihr Profil bleibt, wie es ist."


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link(access.PARTNER, contact_of)
def edit(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Propose another profile; what waits for the release can be changed too."""
    partner = contact.organisation.partner
    draft, shown = profile.draft(partner), profile.state_of(partner)
    if request.method != "POST":
        return _page(request, contact, ProfileForm(draft=draft, shown=shown))
    form = ProfileForm(request.POST, draft=draft, shown=shown)
    if not form.is_valid():
        return _page(request, contact, form, status=422)
    before = profile.unsettled_proposal(partner)
    try:
        proposal = patiently(lambda: profile.propose(contact, form.values(), shown=form.cleaned_data["shown"]))
    except Outdated:
        form.renew(shown)
        return _page(request, contact, form, outdated=differences(form.values(), draft), status=409)
    except Busy:
        messages.error(request, BUSY)
        return _page(request, contact, form, status=503)
    if proposal == before:
        messages.info(request, NOTHING_NEW)
    else:
        messages.success(request, PROPOSED if proposal else UNCHANGED)
    return redirect("company:profile")


def _page(
    request: HttpRequest,
    contact: Contact,
    form: ProfileForm,
    *,
    outdated: list[dict[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    partner = contact.organisation.partner
    proposal = profile.unsettled_proposal(partner)
    return render(
        request,
        "partners/profile_edit.html",
        {
            "organisation": contact.organisation,
            "is_listed": profile.listed_today(partner),
            "proposal": proposal,
            "changes": changes_of(proposal, partner) if proposal else [],
            "outdated": outdated,
            "form": form,
            **_about_logo(partner),
        },
        status=status,
    )


@require_POST
@opened_by_link(access.PARTNER, contact_of)
def withdraw(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Take back what waits for the release, or let go of what was returned, if it is what the page showed."""
    proposal = profile.unsettled_proposal(contact.organisation.partner)
    try:
        if proposal is None or str(proposal.pk) != request.POST.get("proposal"):
            raise TransitionNotAllowed
        done = f"Ihre Änderungen sind zurückgezogen. {UNCHANGED}"
        press(request, lambda: profile.withdraw(contact, proposal), done)
    except TransitionNotAllowed:
        messages.warning(request, CHANGED_MEANWHILE)
    return redirect("company:profile")


# --- The logo ---------------------------------------------------------------------------------------------------------


def _logo(partner: Partner) -> Upload | None:
    return Upload.objects.filter(pk=profile.draft(partner)["logo_id"]).first()


def _about_logo(partner: Partner) -> dict[str, object]:
    found = _logo(partner)
    return {
        "logo": found,
        "has_new_logo": found is not None and str(found.pk) != profile.data_of(partner)["logo_id"],
        "may_show_logo": profile.may_show_quote(partner),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link(access.PARTNER, contact_of)
def logo(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Propose another logo, or show how it stands with the one that was sent."""
    if request.method != "POST":
        return _logo_page(request, contact, LogoForm())
    form = LogoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _logo_page(request, contact, form, status=422)
    try:
        with storing():
            patiently(lambda: profile.propose_logo(contact, form.cleaned_data["file"]))
    except ValidationError as refusal:
        form.add_error("file", refusal)
        return _logo_page(request, contact, form, status=422)
    except (NoRoom, Busy) as trouble:
        form.add_error("file", NO_ROOM if isinstance(trouble, NoRoom) else BUSY)
        return _logo_page(request, contact, form, status=503)
    messages.success(request, "Ihr Logo ist angekommen. Wir prüfen es; öffentlich wird es mit der Freigabe.")
    return redirect("company:logo")


@require_POST
@opened_by_link(access.PARTNER, contact_of)
def remove_logo(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Propose a profile without logo."""
    try:
        proposal = patiently(lambda: profile.propose_logo(contact, None))
    except Busy:
        messages.error(request, BUSY)
    else:
        messages.success(request, PROPOSED if proposal else UNCHANGED)
    return redirect("company:logo")


def _logo_page(request: HttpRequest, contact: Contact, form: LogoForm, *, status: int = 200) -> HttpResponse:
    partner = contact.organisation.partner
    context = {
        "organisation": contact.organisation,
        "proposal": profile.unsettled_proposal(partner),
        "form": form,
        **_about_logo(partner),
    }
    return render(request, "partners/profile_logo.html", context, status=status)


@require_safe
@opened_by_link(access.PARTNER, contact_of)
def logo_file(request: HttpRequest, contact: Contact) -> HttpResponse:
    """The company's own logo, once it is examined: the one it would like to have."""
    found = _logo(contact.organisation.partner)
    if found is None:
        raise Http404
    return get_object_or_404(Upload.objects.released(), pk=found.pk).response(inline=True)


# --- Offers and needs -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link(access.PARTNER, contact_of)
def offers(request: HttpRequest, contact: Contact) -> HttpResponse:
    """What the company offers other partners and what it looks for. Not public, so it counts at once."""
    partner = contact.organisation.partner
    shown, before = profile.state_of_offers(partner), {field: getattr(partner, field) for field in profile.OFFERS}
    form = OffersForm(request.POST if request.method == "POST" else None, partner=partner, shown=shown)
    status, outdated = 200, None
    if form.is_bound:
        status = 422
        if form.is_valid():
            seen = form.cleaned_data["shown"]
            try:
                is_new = patiently(lambda: profile.change_offers(contact, form.values(), shown=seen))
            except Outdated:
                form.renew(shown)
                status, outdated = 409, differences(form.values(), before)
            except Busy:
                messages.error(request, BUSY)
                status = 503
            else:
                messages.success(request, "Gespeichert." if is_new else NOTHING_NEW)
                return redirect("company:offers")
    context = {"organisation": contact.organisation, "form": form, "outdated": outdated}
    return render(request, "partners/profile_offers.html", context, status=status)
