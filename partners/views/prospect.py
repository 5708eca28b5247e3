"""What the pages for talks and letters begin with: which company is it, interested or applying?"""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from klimapakt.links import entry
from klimapakt.links.busy import patient
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import case_of
from partners import access
from partners.models import Interest
from partners.models.prospect import Prospect
from partners.services import prospects
from partners.views.access import Opened, pick, stay
from partners.views.needed import needed

BUSY = "Gerade wird dieser Vorgang von jemand anderem bearbeitet. Es ist nichts geschehen. Bitte versuchen Sie es noch einmal."


def for_prospect(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in whoever opened a live link to an inquiry or an application and has proven the address by it."""

    @login_not_required
    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        opened = pick(request, _opened(request))
        if opened is None:
            return needed(request)
        prospect = opened.found
        if not prospect.is_proven:
            return render(request, "partners/talk_unproven.html", {"prospect": prospect}, status=403)
        name, label = HOMES[opened.link.purpose]
        request.home = {"url": reverse(name) + request.about, "label": label}
        return stay(request, patient(view)(request, opened.link, prospect))

    return wrapper


HOMES = {
    access.APPLICATION: ("company:application", "Zu Ihrem Antrag"),
    access.INTEREST: ("company:interest", "Zu Ihrer Anfrage"),
}
"""Where the link leads that somebody came by."""


def _opened(request: HttpRequest) -> list[Opened]:
    links = [link for purpose in HOMES for link in entry.open_links(request, purpose)]
    links.sort(key=lambda link: link.last_used_at or link.created_at, reverse=True)
    return [Opened(link, prospect, _cases(link, prospect)) for link in links if (prospect := _prospect_of(link))]


def _cases(link: AccessLink, prospect: Prospect) -> tuple[str, ...]:
    """Return how pages may call this company, first as its link does: an inquiry can have become an application."""
    cases = [prospect.application, prospect.interest]
    if link.purpose == access.INTEREST:
        cases.reverse()
    return tuple(case_of(case) for case in cases if case is not None)


def _prospect_of(link: AccessLink) -> Prospect | None:
    if link.purpose == access.APPLICATION:
        applicant = access.applicant_of(link)
        return prospects.of_applicant(applicant) if applicant else None
    found = Interest.objects.select_related("application").filter(pk=link.object_id, email__iexact=link.email)
    interest = found.first()
    return prospects.of_interest(interest) if interest else None
