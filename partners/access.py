"""The personal links of this app: what each purpose opens."""

from django.http import HttpRequest
from django.urls import reverse

from klimapakt.links import entry
from klimapakt.links.models import AccessLink
from klimapakt.states import TransitionNotAllowed

CONFIRM = "application-confirm"
"""Proves the address of an application; dies on use. `object_id` is the application."""
APPLICATION = "application"
"""Opens the status page of an application. `object_id` is the application."""
PARTNER = "partner"
"""Opens a partner's own pages. `object_id` is the contact."""


def register_purposes() -> None:
    entry.register(CONFIRM, _confirm_address)
    entry.register(APPLICATION, _open_status)
    entry.register(PARTNER, _open_partner)


def _confirm_address(request: HttpRequest, link: AccessLink) -> str:
    from partners.models import Application
    from partners.services import joining

    try:
        status_link = joining.confirm(link)
    except (TransitionNotAllowed, Application.DoesNotExist):
        raise entry.LinkClosed from None
    entry.remember(request, status_link)
    return reverse("company:application")


def _open_status(request: HttpRequest, link: AccessLink) -> str:
    entry.remember(request, link)
    return reverse("company:application")


def _open_partner(request: HttpRequest, link: AccessLink) -> str:
    entry.remember(request, link)
    return reverse("company:partner")
