"""Rendered public pages, kept for visitors without cookies.

Only the pages named here are kept: they show the same to everybody, hold no form token and no nonce. What
is kept belongs to one `PublicVersion`, so a withdrawn consent is gone with the commit, in every process.
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from klimapakt.middleware import Handler
from klimapakt.website.models import PublicVersion

PUBLIC_PAGES = frozenset(
    {
        "website:start",
        "website:impact",
        "website:imprint",
        "website:privacy",
        "website:accessibility",
        "partners:list",
        "partners:detail",
        "partners:initial",
        "partners:how_to_join",
        "events:list",
        "events:detail",
    }
)
SECONDS = 60
"""Upper bound for what depends on the clock alone: „Demnächst“ and „Rückblick“."""
LONGEST_QUERY = 60
"""Characters of a query string that is worth keeping; stray parameters must not fill the store."""


@dataclass(frozen=True)
class Page:
    body: bytes
    compressed: bytes
    etag: str


class PageCacheMiddleware:
    """Answer from the store before the view runs; fill it after."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if match and match.view_name in PUBLIC_PAGES and response.status_code == 200 and not response.cookies:
            response["Cache-Control"] = "no-cache"  # a browser may keep it, and asks before it shows it again
            if hasattr(request, "page_key"):
                digest = hashlib.blake2b(response.content, digest_size=8).hexdigest()  # the same in every process
                page = Page(response.content, gzip.compress(response.content, 6), f'W/"{digest}"')
                caches["pages"].set(request.page_key, page, SECONDS)
                return _answer(request, page)
        return response

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        if (
            request.method not in ("GET", "HEAD")
            or request.COOKIES
            or request.resolver_match.view_name not in PUBLIC_PAGES
            or len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY
        ):
            return None
        key = f"{PublicVersion.current()}:{timezone.localdate()}:{request.get_full_path()}"
        page = caches["pages"].get(key)
        if page is None:
            request.page_key = key
            return None
        return _answer(request, page)


def _answer(request: HttpRequest, page: Page) -> HttpResponse:
    if request.headers.get("If-None-Match") == page.etag:
        response: HttpResponse = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(page.compressed)
        response["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(page.body)
    response["ETag"] = page.etag
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
    return response
