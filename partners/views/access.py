"""What every page behind a personal link begins with: whose link is it, and what does it open."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import case_of
from partners.models import Applicant, Contact


def opened_by_link(purpose: str, load: Callable[[AccessLink], object | None]) -> Callable:
    """Let in whoever opened a live link of this purpose, and hand the view the link's own object, if there is one."""

    def decorator(view: Callable) -> Callable:
        @login_not_required
        @wraps(view)
        def wrapper(request: HttpRequest, **kwargs: object) -> HttpResponse:
            found = _opened(request, purpose, load)
            if found is None:
                return render(request, "links/needed.html", status=403)
            return view(request, found, **kwargs)

        return wrapper

    return decorator


def _opened(request: HttpRequest, purpose: str, load: Callable[[AccessLink], object | None]) -> object | None:
    """Return what the link opened last opens.

    A browser can hold several: `?vorgang=` tells which one a page was about. Who sends it goes on with that one.
    """
    wanted = request.GET.get("vorgang")
    if not wanted:
        link = entry.current(request, purpose)
        return load(link) if link else None
    for link in entry.open_links(request, purpose):
        found = load(link)
        if found is not None and about(found) == f"?vorgang={wanted}":
            if request.method == "POST":
                entry.prefer(request, link)
            return found
    return None


def about(found: Model) -> str:
    """Return what the address of a form carries, so that it acts on what its page showed."""
    return f"?vorgang={case_of(found.application if isinstance(found, Applicant) else found)}"


def contact_of(link: AccessLink) -> Contact | None:
    """Return the contact whom the link was mailed to; somebody who takes over gets a link of their own."""
    contacts = Contact.objects.select_related("organisation__partner").filter(organisation__partner__isnull=False)
    return contacts.filter(pk=link.object_id, email__iexact=link.email).first()
