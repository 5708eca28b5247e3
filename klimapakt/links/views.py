from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from klimapakt.links import entry
from klimapakt.links.busy import patient
from klimapakt.links.models import AccessLink


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@patient
@sensitive_variables("token")
def open(request: HttpRequest, token: str) -> HttpResponse:
    """Show a neutral page, the same for every token: mail scanners follow links. Only the button acts."""
    if request.method != "POST":
        return render(request, "links/open.html")
    try:
        link = AccessLink.find(token)
        if link is not None:
            return redirect(entry.open_link(request, link))
    except entry.LinkClosed:
        pass
    return render(request, "links/closed.html", status=404)
