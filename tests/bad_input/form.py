"""A form on a page, filled in and sent as a browser does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse


class Page(HTMLParser):
    """The fields of the form on a page that posts, as a browser would send them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: dict[str, object] = {}
        self.kinds: dict[str, str] = {}
        self._name, self._select = "", ""
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = dict(attributes)
        if tag == "form":
            self._inside = given.get("method", "").lower() == "post" and given.get("id") != "logout-form"
        name = given.get("name")
        if tag == "option" and self._select:
            if "selected" in given:
                self.sent[self._select] = given.get("value", "")
            return
        if not self._inside or not name or tag not in ("input", "textarea", "select"):
            return
        kind = given.get("type", tag)
        if kind in ("submit", "file") or name == "csrfmiddlewaretoken":
            return
        self.kinds[name] = kind
        if tag == "select":
            self._select = name
            self.sent[name] = ""
        elif tag == "textarea":
            self._name = name
            self.sent[name] = ""
        elif kind not in ("checkbox", "radio") or "checked" in given:
            self.sent[name] = given.get("value", "on" if kind == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self._name:
            self.sent[self._name] += data.removeprefix("\n") if not self.sent[self._name] else data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._name = ""
        elif tag == "select":
            self._select = ""


@dataclass
class Form:
    """A form somebody fills in: where it is sent, with what. `files` are made anew for each sending."""

    path: str
    client: Client
    data: dict[str, object]
    fields: dict[str, forms.Field]
    files: dict[str, Callable[[], UploadedFile]] = field(default_factory=dict)

    def send(self, **changes: object) -> HttpResponse:
        files = {name: make() for name, make in self.files.items()}
        data = {name: value for name, value in {**self.data, **files, **changes}.items() if value is not None}
        return self.client.post(self.path, data)


def form_of(response: HttpResponse) -> list[forms.BaseForm]:
    """Return the forms that an answer shows, those of inlines and of a list's rows too."""
    context = response.context
    if "adminform" in context:
        rows = [row for formset in context["inline_admin_formsets"] for row in formset.formset.forms]
        return [context["adminform"].form, *rows]
    if "cl" in context:
        return context["cl"].formset.forms
    return [context[name] for name in ("form", "change_form", "decline_form") if context.get(name)]


def admin_form(client: Client, thing: models.Model) -> Form:
    """Return the change form of an object with all its inlines, filled as it stands."""
    return page_form(client, reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk]))


def page_form(client: Client, path: str, **data: object) -> Form:
    """Return the form of a page that is sent to where it stands, as the page fills it, with `data` typed over it."""
    page = client.get(path)
    assert page.status_code == 200, path
    fields = {form.add_prefix(name): f for form in form_of(page) for name, f in form.fields.items()}
    sent = Page(page.content.decode()).sent
    assert any(name in sent for name in fields)
    return Form(path, client, sent | data, fields)
