"""Public pages of this app: the list, the profiles, the way in."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from klimapakt.mailbox import outbox
from klimapakt.mailbox.kinds import days
from klimapakt.pact.models import Pact
from klimapakt.statement import Statement
from klimapakt.uploads.models import Upload
from partners import interfaces
from partners.forms.listing import PartnerFilter
from partners.listing import by_name, first_day, listed_rows, rows, sector_counts
from partners.models import InitialPartner, Partner, Sector

PARTNERS_A_PAGE = 50


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
        .with_consent_to_quote()
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
    return any([who.sector, who.employees, who.place, who.website, partner.since, partner.links])


@login_not_required
@require_safe
def partner_logo(request: HttpRequest, slug: str) -> HttpResponse:
    """The logo of a listed partner, while it consents to that."""
    listed = Partner.objects.listed(on=timezone.localdate()).with_consent_to_quote()
    partner = get_object_or_404(listed.filter(may_show_quote=True).exclude(logo=None), slug=slug)
    return get_object_or_404(Upload.objects.released(), pk=partner.logo_id).response(inline=True)


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
            "ways": _ways_in(request.pact),
            "answered_within": days(request.pact.answer_within_days),
        },
    )


def _ways_in(pact: Pact) -> list[dict[str, str]]:
    """Return how to begin, what the pact wants first comes first; nothing while no mail can leave."""
    if not outbox.sending_is_on(pact):
        return []
    apply = {
        "title": "Gleich den Antrag stellen",
        "text": "Online, ohne Anmeldung, mit Pausen. Nichts geht verloren.",
        "url": reverse("partners:apply"),
        "label": "Antrag stellen",
    }
    ask = {
        "title": "Erst einmal fragen",
        "text": "Schreiben Sie uns, was Sie wissen möchten.",
        "url": reverse("partners:interest"),
        "label": "Anfrage senden",
    }
    if not pact.offers_talks:
        return [apply, ask]
    ask |= {
        "title": "Erst einmal sprechen",
        "text": "Stellen Sie uns Ihre Fragen, oder wünschen Sie ein Orientierungsgespräch."
        + (" Das führen wir vor jeder Aufnahme." if pact.uses_orientation_talk else ""),
    }
    return [ask, apply]
