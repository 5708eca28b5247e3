"""The page behind „abbestellen“ in a mail. Mail scanners follow links: only its button changes something."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from klimapakt.mailbox import optout
from klimapakt.mailbox.models import Topic

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""What a mail program posts for its own button (RFC 8058, 3.1)."""


def token_stays_here(view: Callable) -> Callable:
    """Tell no server, not even our own log of referrers, the path that holds the token.

    `no-referrer` would make the browser send `Origin: null` with the form, which the protection against forged
    requests refuses; with `strict-origin` it names the host alone.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "strict-origin"
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapper


@login_not_required
@csrf_exempt  # a mail program has no cookie; what the page's own button sends is checked below
@token_stays_here
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def page(request: HttpRequest, token: str) -> HttpResponse:
    name, value = ONE_CLICK
    if request.method == "POST" and request.POST.get(name) == value:
        return HttpResponse(status=200 if optout.opt_out(token) else 404, content_type="text/plain")
    return _page(request, token)


@csrf_protect
def _page(request: HttpRequest, token: str) -> HttpResponse:
    mail = optout.find(token)
    if mail is None:
        return render(request, "mailbox/unsubscribe_unknown.html", status=404)
    if request.method == "POST":
        optout.opt_out(token)
        return redirect("./")  # the token stands in no header
    topic = Topic(mail.topic).label
    is_wanted = optout.is_wanted(mail.to_email, mail.topic)
    return render(request, "mailbox/unsubscribe.html", {"topic": topic, "is_wanted": is_wanted})


@login_not_required
@token_stays_here
@require_POST
@sensitive_variables("token")
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Back to how it was, by a button on the same page."""
    if not optout.opt_in(token):
        return render(request, "mailbox/unsubscribe_unknown.html", status=404)
    return redirect("../")
