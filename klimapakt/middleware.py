"""What holds for every request."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string

Handler = Callable[[HttpRequest], HttpResponse]


def refuse_nul(get_response: Handler) -> Handler:
    """Answer 400 to a NUL in the path or query: Postgres cannot store it and would raise deep inside."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest(render_to_string("400.html"))
        return get_response(request)

    return middleware


def no_store_unless_public(get_response: Handler) -> Handler:
    """Keep every answer out of caches, except those whose view said otherwise.

    `klimapakt.website.cache` names the public views and sets their header.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware


def client_address(request: HttpRequest) -> str:
    """Return the address of the peer, or the one that the last trusted proxy saw.

    With n trusted proxies the n-th entry from the right of X-Forwarded-For is the last one that no
    stranger can write.
    """
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if settings.TRUSTED_PROXIES and len(hops) >= settings.TRUSTED_PROXIES:
        return hops[-settings.TRUSTED_PROXIES].strip()
    return request.META.get("REMOTE_ADDR", "")
