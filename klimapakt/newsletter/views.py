"""The public pages of the newsletter: the order, where the mail went, and that it is confirmed."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from klimapakt.mailbox import outbox
from klimapakt.newsletter import services
from klimapakt.newsletter.access import CONFIRMED
from klimapakt.newsletter.forms import SubscriptionForm
from klimapakt.newsletter.models import consent_text

RECEIPT = "newsletter_receipt"
"""Session key: the address this browser has just sent."""


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """The order. Closed while no mail can leave: nobody could prove an address."""
    is_sent = request.method == "POST"
    form = SubscriptionForm(request.POST if is_sent else None) if outbox.sending_is_on(request.pact) else None
    if form and form.is_valid() and form.guard(request):
        services.ask(form.cleaned_data["email"])
        request.session[RECEIPT] = form.cleaned_data["email"]
        return redirect("newsletter:receipt")
    context = {"form": form, "consent": consent_text(request.pact), "breadcrumb": [{"label": "Newsletter"}]}
    return render(request, "newsletter/subscription_form.html", context, status=_status(form, is_sent))


def _status(form: SubscriptionForm | None, is_sent: bool) -> int:
    return form.status if form else 422 if is_sent else 200


@login_not_required
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """Where the mail went; the same for an address that has ordered before."""
    if not (email := request.session.get(RECEIPT)):
        return redirect("newsletter:subscribe")
    return render(request, "newsletter/subscription_receipt.html", {"email": email})


@login_not_required
@require_safe
def confirmed(request: HttpRequest) -> HttpResponse:
    """The order is confirmed, in the browser that opened the link."""
    if not request.session.get(CONFIRMED):
        return redirect("newsletter:subscribe")
    return render(request, "newsletter/subscription_confirmed.html")
