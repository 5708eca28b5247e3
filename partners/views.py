"""Public pages of this app: the list, the profiles, the way in."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from klimapakt.mailbox import outbox
from klimapakt.statement import Statement
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import interfaces
from partners.forms import ApplicationForm, MendAddressForm, PartnerFilter
from partners.listing import by_name, first_day, listed_rows, rows, sector_counts
from partners.models import Application, InitialPartner, Partner, Sector
from partners.services import joining

PARTNERS_A_PAGE = 50
RECEIPT = "application_receipt"
"""Session key: the application that this browser sent in."""


@login_not_required
@require_safe
def partner_list(request: HttpRequest) -> HttpResponse:
    """All listed partners, narrowed down by words and sector; the address can be shared."""
    today = timezone.localdate()
    chosen = PartnerFilter(request.GET).chosen()
    counts = sector_counts(on=today)
    total = sum(counts.values())
    if any(chosen.values()):
        found = by_name(Partner.objects.listed(on=today).matching(**chosen))
        page = Paginator(found, PARTNERS_A_PAGE).get_page(request.GET.get("seite"))
        partners = rows(page.object_list)
    else:
        page = Paginator(range(total), PARTNERS_A_PAGE).get_page(request.GET.get("seite"))
        partners = listed_rows(page.object_list, on=today)
    paginator = page.paginator
    query = urlencode({name: value for name, value in (("q", chosen["words"]), ("branche", chosen["sector"])) if value})
    return render(
        request,
        "partners/partner_list.html",
        {
            "q": chosen["words"],
            "sectors": [
                {"value": value, "label": f"{label} ({counts[value]})", "selected": value == chosen["sector"]}
                for value, label in Sector.choices
                if value in counts
            ],
            "partners": partners,
            "result_text": _result_text(paginator.count, total, request.pact.partner_title),
            "query": query,
            "page_label": f"Seite {page.number} von {paginator.num_pages}" if paginator.num_pages > 1 else "",
            **_page_links(page, query),
        },
    )


def _result_text(found: int, total: int, title: str) -> str:
    return f"{total} {title} in der Liste" if found == total else f"{found} von {total} {title}"


def _page_links(page: Page, query: str) -> dict[str, object]:
    """Addresses of the pages around this one."""
    if page.paginator.num_pages == 1:
        return {}

    def url(number: int) -> str:
        return f"?{query}{'&' if query else ''}seite={number}"

    links = [
        {"number": number, "current": number == page.number, "url": url(number) if isinstance(number, int) else ""}
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    ]
    return {
        "page_links": links,
        "previous_url": url(page.previous_page_number()) if page.has_previous() else "",
        "next_url": url(page.next_page_number()) if page.has_next() else "",
    }


_PROFILE = Statement(
    lambda slug, on: (
        Partner.objects.listed(on=on)
        .filter(slug=slug)
        .select_related("organisation")
        .annotate(since=first_day(on))
        .order_by()
    )
)


@login_not_required
@require_safe
def partner_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One listed partner. Whoever is not listed (any more) is a 404."""
    today = timezone.localdate()
    found = _PROFILE(slug=slug, on=today)
    if not found:
        raise Http404("Nobody is listed there.")
    [partner] = found
    return render(
        request,
        "partners/partner_detail.html",
        {
            "partner": partner,
            "organisation": partner.organisation,
            "has_facts": _has_facts(partner),
            "sections": interfaces.profile_sections(partner, today),
            "breadcrumb": [
                {"url": reverse("partners:list"), "label": request.pact.partner_title},
                {"label": partner.organisation.name},
            ],
        },
    )


def _has_facts(partner: Partner) -> bool:
    """Whether anything is known that the box beside the profile could say."""
    who = partner.organisation
    return any([who.sector, who.employees, who.place, who.website, partner.since])


@login_not_required
@require_safe
def initial_partner_list(request: HttpRequest) -> HttpResponse:
    """The founding organisations and the framework agreement; one that is also a listed partner links there."""
    listed = dict(
        Partner.objects.listed(on=timezone.localdate())
        .filter(organisation__initial_partner__isnull=False)
        .values_list("organisation_id", "slug")
    )
    items = [
        {
            "name": item.organisation.name,
            "short_name": item.short_name,
            "role": item.role,
            "website": item.organisation.website,
            "also_partner_url": reverse("partners:detail", args=[listed[item.organisation_id]])
            if item.organisation_id in listed
            else "",
        }
        for item in InitialPartner.objects.select_related("organisation")
    ]
    return render(request, "partners/initial_partner_list.html", {"items": items})


@login_not_required
@require_safe
def how_to_join(request: HttpRequest) -> HttpResponse:
    """What a partner gets out of it, and the way in."""
    return render(
        request,
        "partners/how_to_join.html",
        {
            "benefits": list(request.pact.benefits.all()),
            "steps": list(request.pact.joining_steps.all()),
            "applications_open": outbox.sending_is_on(request.pact),
        },
    )


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """The application. Closed while no mail can leave: nobody could prove an address."""
    if not outbox.sending_is_on(request.pact):
        return redirect("partners:how_to_join")
    form = ApplicationForm(request.POST if request.method == "POST" else None, pact=request.pact)
    if form.is_valid():
        submission = form.submission()
        before = Application.objects.filter(pk=request.session.get(RECEIPT)).first()
        ended = (Application.Status.WITHDRAWN, Application.Status.REJECTED)
        if before and before.status not in ended and before.says(submission["answers"]):
            submission["form_token"] = before.form_token  # the back button: a new form with the same answers
        application, is_new = joining.submit(**submission)
        request.session[RECEIPT] = application.pk
        request.session["receipt_is_repeat"] = not is_new
        return redirect("partners:receipt")
    breadcrumb = [
        {"url": reverse("partners:how_to_join"), "label": f"{request.pact.partner_title} werden"},
        {"label": "Antrag"},
    ]
    return render(
        request,
        "partners/application_form.html",
        {"form": form, "breadcrumb": breadcrumb},
        status=422 if form.errors else 200,
    )


@login_not_required
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """What was received, where the proof mail went, and the chance to mend a wrong address."""
    application = Application.objects.filter(pk=request.session.get(RECEIPT)).first()
    if application is None:
        return redirect("partners:how_to_join")
    return render(
        request,
        "partners/application_receipt.html",
        {
            "application": application,
            "form": MendAddressForm(initial={"email": application.contact_email}),
            "is_repeat": request.session.get("receipt_is_repeat"),
        },
    )


@login_not_required
@require_POST
def mend_address(request: HttpRequest) -> HttpResponse:
    """Send the proof mail to another address; only from the browser that sent the application."""
    application = get_object_or_404(Application, pk=request.session.get(RECEIPT))
    form = MendAddressForm(request.POST)
    if form.is_valid():
        try:
            joining.mend_address(application, form.cleaned_data["email"])
        except TransitionNotAllowed:
            return redirect("partners:receipt")
        except NotPossible as refusal:
            form.add_error("email", str(refusal))
        else:
            request.session["receipt_is_repeat"] = False
            return redirect("partners:receipt")
    return render(request, "partners/application_receipt.html", {"application": application, "form": form}, status=422)
