"""What every page behind a personal link begins with: whose link is it, and what does it open."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from partners import access
from partners.models import Applicant, Application, Contact


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


def application_of(link: AccessLink) -> Application | None:
    """Return the application of a link, while its person takes part."""
    applicant = applicant_of(link)
    return applicant.application if applicant else None


def applicant_of(link: AccessLink) -> Applicant | None:
    """Return the person of an application whom the link was mailed to, while she or he takes part."""
    return access.applicant_of(link)


def contact_of(link: AccessLink) -> Contact | None:
    """Return the contact whom the link was mailed to; somebody who takes over gets a link of their own."""
    contacts = Contact.objects.select_related("organisation__partner").filter(organisation__partner__isnull=False)
    return contacts.filter(pk=link.object_id, email__iexact=link.email).first()
