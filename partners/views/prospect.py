"""What the pages for talks and letters begin with: which company is it, interested or applying?"""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import case_of
from partners import access
from partners.models import Interest
from partners.models.prospect import Prospect
from partners.services import prospects

BUSY = "Gerade wird dieser Vorgang von jemand anderem bearbeitet. Es ist nichts geschehen. Bitte versuchen Sie es noch einmal."


def for_prospect(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in whoever opened a live link to an inquiry or an application and has proven the address by it.

    A browser can hold several: `?vorgang=` tells which one the page was about; else it is the one opened last.
    """

    @login_not_required
    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        wanted = request.GET.get("vorgang")
        found = next((one for one in _opened(request) if not wanted or wanted in _cases(one[1])), None)
        if found is None:
            return render(request, "links/needed.html", status=403)
        link, prospect = found
        if not prospect.is_proven:
            return render(request, "partners/talk_unproven.html", {"prospect": prospect}, status=403)
        return view(request, link, prospect)

    return wrapper


def page_of(name: str, prospect: Prospect) -> str:
    """Return the address of a page about this company and no other."""
    return f"{reverse(name)}?vorgang={case_of(prospect.case)}"


def back_to(name: str, prospect: Prospect) -> HttpResponse:
    return redirect(page_of(name, prospect))


def _cases(prospect: Prospect) -> set[str]:
    """Return how pages may have called this company: an inquiry can have become an application meanwhile."""
    return {case_of(case) for case in (prospect.interest, prospect.application) if case is not None}


def _opened(request: HttpRequest) -> list[tuple[AccessLink, Prospect]]:
    links = [link for purpose in (access.APPLICATION, access.INTEREST) for link in entry.open_links(request, purpose)]
    links.sort(key=lambda link: link.last_used_at or link.created_at, reverse=True)
    return [(link, prospect) for link in links if (prospect := _prospect_of(link))]


def _prospect_of(link: AccessLink) -> Prospect | None:
    if link.purpose == access.APPLICATION:
        applicant = access.applicant_of(link)
        return prospects.of_applicant(applicant) if applicant else None
    found = Interest.objects.select_related("application").filter(pk=link.object_id, email__iexact=link.email)
    interest = found.first()
    return prospects.of_interest(interest) if interest else None
