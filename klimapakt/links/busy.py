"""What the pages behind personal links say while somebody else holds the rows: nothing is lost, and once more."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from klimapakt.links.stepup import OWN_FIELDS
from klimapakt.locks import Busy, patiently


def patient(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Try a view once more when its lock did not come; then answer 503 with a button that sends the same again."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return patiently(lambda: view(request, *args, **kwargs))
        except Busy:
            sent = [(name, value) for name, values in request.POST.lists() for value in values]
            kept = [(name, value) for name, value in sent if name not in OWN_FIELDS]
            return render(request, "links/busy.html", {"kept": kept}, status=503)

    return wrapper
