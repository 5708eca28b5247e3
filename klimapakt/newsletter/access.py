"""The personal link of this app: what it opens."""

from django.http import HttpRequest
from django.urls import reverse

from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from klimapakt.states import TransitionNotAllowed

CONFIRM = "newsletter-confirm"
"""Proves the address of an order; dies on use. `object_id` is the subscription."""

CONFIRMED = "newsletter_confirmed"
"""Session key: this browser has just confirmed an order."""


def register_purposes() -> None:
    entry.register(CONFIRM, _confirm)


def _confirm(request: HttpRequest, link: AccessLink) -> str:
    from klimapakt.newsletter import services

    try:
        services.confirm(link)
    except TransitionNotAllowed:
        raise entry.LinkClosed from None
    request.session[CONFIRMED] = True
    return reverse("newsletter:confirmed")
