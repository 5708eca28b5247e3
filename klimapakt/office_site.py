"""The office's side as a whole: how one signs in, what waits, and its areas in the order of the work."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.i18n import JavaScriptCatalog

from klimapakt import worklist


class SignInForm(AdminAuthenticationForm):
    """Refuses a user name that no account can have, before anything tries to store it."""

    username = UsernameField(
        max_length=150, widget=forms.TextInput(attrs={"autofocus": True}), validators=[MaxLengthValidator(150)]
    )


AREAS = {
    "partners": "Partner",
    "agreements": "Vereinbarungen",
    "events": "Veranstaltungen",
    "mailbox": "Postfach",
    "newsletter": "Newsletter",
    "documents": "Dokumente",
    "pact": "Klimapakt",
    "auth": "Konten",
}
"""Areas of the admin by app, in the order in which the office needs them."""

FIRST = {"mailbox": ["MailboxState", "OutgoingMail", "IncomingMail", "Mailing", "MailWording"]}
"""Models that stand first in their area, in this order; the others follow by name."""


class OfficeSite(admin.AdminSite):
    """The admin, beginning with what waits."""

    site_header = "Geschäftsstelle"
    site_title = "Geschäftsstelle"
    index_title = "Übersicht"
    index_template = "admin/office_index.html"
    login_form = SignInForm

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"work": worklist.work_of(request.user), "figures": worklist.figures()}
        return super().index(request, {**context, **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "notices": worklist.notices_for(request)}

    def get_urls(self) -> list:
        """Without Django's shortcut to „view on site“: it tells the address of things that are not public."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def i18n_javascript(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The admin's words in scripts: Django's German, completed by ours (klimapakt/website/locale)."""
        return JavaScriptCatalog.as_view(packages=["django.contrib.admin", "klimapakt.website"])(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The areas in the order of the office's work; in each, what its app wants first stands first."""
        areas = super().get_app_list(request, app_label)
        for area in areas:
            area["name"] = AREAS.get(area["app_label"], area["name"])
            first = FIRST.get(area["app_label"], [])
            area["models"].sort(
                key=lambda model: first.index(model["object_name"]) if model["object_name"] in first else len(first)
            )
        order = list(AREAS)
        return sorted(
            areas, key=lambda area: order.index(area["app_label"]) if area["app_label"] in order else len(order)
        )


class GiveBackMiddleware(LoginRequiredMiddleware):
    """Gives back what somebody of the office has typed when the session ended meanwhile. It is stored nowhere."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., HttpResponse]) -> HttpResponse:
        is_office = request.path.startswith(reverse("admin:index"))
        if request.method == "POST" and is_office and (written := _texts(request)):
            context = admin.site.each_context(request) | {"title": "Sie sind nicht mehr angemeldet", "written": written}
            return TemplateResponse(request, "admin/signed_out.html", context, status=403)
        return super().handle_no_permission(request, view_func)


def _texts(request: HttpRequest) -> list[str]:
    """Return what was typed in words; tokens and chosen values are none."""
    sent = [text.strip() for name in request.POST if "password" not in name for text in request.POST.getlist(name)]
    return [text for text in sent if re.search(r"\s", text)]
