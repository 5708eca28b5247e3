"""The pact of a request: read once, and only when something asks for it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from klimapakt.middleware import Handler
from klimapakt.pact.models import Pact, PactMissing


class pact_of_request:
    """Put `request.pact` in place; answer 503 with a hint while no pact is set up."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.pact = SimpleLazyObject(Pact.load)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, PactMissing):
            return render(request, "pact/missing.html", status=503)
        return None
