"""Every URL × every role: the status code, from the tables beside."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from klimapakt.links.models import AccessLink
from tests.urls.duplicate_pages import DUPLICATE_PAGES
from tests.urls.model_pages import MODEL_PAGES, MODELS, NOTHING
from tests.urls.office_pages import AGREEMENT_PAGES, EVENT_PAGES, MAILBOX_PAGES, PARTNER_PAGES, STAFF_PAGES
from tests.urls.roles import ROLES, STAFF
from tests.urls.site_pages import COMPANY_PAGES, PUBLIC_PAGES

PAGES = PUBLIC_PAGES | COMPANY_PAGES | STAFF_PAGES | MAILBOX_PAGES | PARTNER_PAGES | EVENT_PAGES | AGREEMENT_PAGES
PAGES |= DUPLICATE_PAGES


def all_urls(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Walk the URLconf and yield the route of every URL."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from all_urls(entry, route)


def table() -> dict[str, tuple]:
    """Return both tables as one: route → path, codes of GET by role, codes of POST by role, what POST sends."""
    rows = {}
    for route, (path, get, post, *sent) in PAGES.items():
        by_role = (dict(zip(ROLES, codes.split(), strict=True)) for codes in (get, post))
        rows[route] = (path, *by_role, sent[0] if sent else {})
    for model, (thing, codes) in MODELS.items():
        for column, page in enumerate(MODEL_PAGES):
            path = f"/admin/{model}/" + page.replace("<path:object_id>", f"{{{thing}.pk}}")
            get, post = (dict.fromkeys(ROLES, "302") for _ in range(2))
            for role in STAFF:
                get_codes, post_codes = codes.get(role, NOTHING)
                get[role], post[role] = get_codes.split()[column], post_codes.split()[column]
            rows[f"admin/{model}/{page}"] = (path, get, post, {"post": "yes"} if "delete" in page else {})
    return rows


def path_of(link: AccessLink) -> str:
    return link.url().removeprefix(settings.PORTAL_BASE_URL)
