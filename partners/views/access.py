"""What every page behind a personal link begins with: whose link is it, and what does it open.

A browser can hold the links of several cases, in several tabs. So the address of each page and form carries its case,
`?vorgang=`: views and templates append `request.about` to what they link to, redirects get it here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from klimapakt.links import entry
from klimapakt.links.busy import patient
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import case_of
from partners.models import Applicant, Contact
from partners.views.needed import needed

Load = Callable[[AccessLink], Model | None]


@dataclass(frozen=True)
class Opened:
    """What one of the open links opens. `cases` are the names by which pages may call it; ours use the first."""

    link: AccessLink
    found: object
    cases: tuple[str, ...]


def opened_by_link(purpose: str, load: Load) -> Callable:
    """Let in whoever opened a live link of this purpose, and hand the view the link's own object, if there is one."""

    def decorator(view: Callable) -> Callable:
        @login_not_required
        @wraps(view)
        def wrapper(request: HttpRequest, **kwargs: object) -> HttpResponse:
            opened = enter(request, purpose, load)
            if opened is None:
                return needed(request)
            return stay(request, patient(view)(request, opened.found, **kwargs))

        return wrapper

    return decorator


def enter(request: HttpRequest, purpose: str, load: Load) -> Opened | None:
    """Return what this request is about among the open links of a purpose."""
    return pick(request, (_opened(link, found) for link in entry.open_links(request, purpose) if (found := load(link))))


def _opened(link: AccessLink, found: Model) -> Opened:
    case = found.application if isinstance(found, Applicant) else found
    return Opened(link, found, (case_of(case), f"{case._meta.model_name}:{link.object_id}"))  # the latter: since merged


def pick(request: HttpRequest, opened: Iterable[Opened]) -> Opened | None:
    """Return which of these the request is about, and keep the pages that it leads to with it.

    Without `?vorgang=` a page shows what was opened last. What acts is refused then, if it could be meant for another.
    """
    wanted = request.GET.get("vorgang")
    matching = [one for one in opened if not wanted or wanted in one.cases]
    is_unclear = not wanted and request.method == "POST" and len({frozenset(one.cases) for one in matching}) > 1
    if not matching or is_unclear:
        return None
    entry.choose(request, matching[0].link)
    request.about = f"?vorgang={matching[0].cases[0]}"
    return matching[0]


def stay(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the response; a redirect among the pages behind personal links stays with the case."""
    target = response.get("Location", "")
    if target.startswith(reverse("company:partner")) and "?" not in target:
        path, hash_mark, fragment = target.partition("#")
        response["Location"] = path + request.about + hash_mark + fragment
    return response


def contact_of(link: AccessLink) -> Contact | None:
    """Return the contact whom the link was mailed to; somebody who takes over gets a link of their own."""
    contacts = Contact.objects.select_related("organisation__partner").filter(organisation__partner__isnull=False)
    return contacts.filter(pk=link.object_id, email__iexact=link.email).first()
