"""The office's side: its start page, and one way to offer a service as a button.

A button leads to a page that says what will happen; only its POST calls the service, the same that the site
calls. State fields are never edited.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.i18n import JavaScriptCatalog

from klimapakt import worklist
from klimapakt.locks import Busy, patiently
from klimapakt.states import NotPossible, TransitionNotAllowed

OUTDATED = "Das geht nicht mehr: Der Stand hat sich inzwischen geändert. Bitte sehen Sie nach, wie es jetzt steht."
BUSY = "Gerade bearbeitet das jemand anderes. Es ist nichts geschehen. Bitte versuchen Sie es noch einmal."


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
        return {**super().each_context(request), "notices": worklist.notices_for(request.user)}

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


@dataclass(frozen=True, kw_only=True)
class ServiceAction:
    """A service as a button on the page of an object."""

    name: str
    label: str
    available: Callable[[Any], bool]
    explain: Callable[[Any], str]
    """What will happen, in German, before it happens."""
    obstacles: Callable[[Any], list[str]] = lambda found: []
    """What is still missing, as German sentences; while there is something, the page offers no button."""
    run: Callable[..., str | HttpResponse | None]
    """Called with the object, `by` and the form's fields; returns a sentence for the message bar, or where to go."""
    form: type[forms.Form] | None = None
    form_for: Callable[[Any], Callable[..., forms.Form]] | None = None
    """Returns what makes the form where it depends on the object."""
    permission: str | None = None
    """A right that this button asks for beside the right to change the object."""
    template: str = "admin/service_action.html"
    page_context: Callable[[Any], dict[str, Any]] = lambda found: {}
    """What a template of its own shows beside the explanation."""
    is_main: bool = False
    is_destructive: bool = False

    def is_allowed_to(self, user: AbstractUser) -> bool:
        return self.permission is None or user.has_perm(self.permission)

    def form_class(self, found: Any) -> Callable[..., forms.Form] | None:
        return self.form_for(found) if self.form_for else self.form


class ChangedFieldsAdmin(admin.ModelAdmin):
    """Writes what a person changed in the form and nothing else: a state or another field may have moved meanwhile."""

    also_written: list[str] = []
    """Fields that `save_model` sets beside the form's."""

    def save_model(self, request: HttpRequest, obj: models.Model, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.save()
            return
        own = {field.name for field in self.opts.concrete_fields}
        obj.save(update_fields=[name for name in [*form.changed_data, *self.also_written] if name in own])


class ServiceActionsAdmin(ChangedFieldsAdmin):
    """An admin whose objects change by services. Who may change the object may use its buttons."""

    service_actions: list[ServiceAction] = []
    add_label = ""
    """What the button for a new object says where „… hinzufügen“ is not the word."""
    about_list = ""
    """What will stand in the list, for whoever finds it empty (templates/admin/change_list.html)."""
    view_on_site = False
    change_form_template = "admin/service_change_form.html"

    def get_urls(self) -> list:
        info = self.opts.app_label, self.opts.model_name
        urls = [
            path(
                f"<path:object_id>/{action.name}/",
                self.admin_site.admin_view(partial(self.service_view, action=action)),
                name="{}_{}_{}".format(*info, action.name),
            )
            for action in self.service_actions
        ]
        return urls + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        buttons = []
        if found is not None and self.may_act(request, found):
            buttons = [
                (action, self._url_of(action, found))
                for action in self.service_actions
                if action.available(found) and action.is_allowed_to(request.user)
            ]
        context = {"buttons": buttons, **(self.page_context(request, found) if found is not None else {})}
        try:
            return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
        except (NotPossible, TransitionNotAllowed) as refusal:
            messages.error(request, str(refusal) if isinstance(refusal, NotPossible) else OUTDATED)
            return redirect(request.path)

    def page_context(self, request: HttpRequest, found: Any) -> dict[str, Any]:
        """Return what the object's page shows beside the form."""
        return {}

    def may_act(self, request: HttpRequest, found: Any) -> bool:
        return self.has_change_permission(request, found)

    def service_view(self, request: HttpRequest, object_id: str, *, action: ServiceAction) -> HttpResponse:
        """Say what the action will do (GET), then do it (POST)."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        if not (self.may_act(request, found) and action.is_allowed_to(request.user)):
            raise PermissionDenied
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[found.pk])
        if not action.available(found):
            messages.warning(request, OUTDATED)
            return redirect(back)
        obstacles = action.obstacles(found)
        data = (request.POST, request.FILES) if request.method == "POST" else ()
        form_class = action.form_class(found)
        form = form_class(*data) if form_class else None
        if request.method == "POST" and not obstacles and (form is None or form.is_valid()):
            try:
                done = patiently(partial(_run, action, found, request, form))
            except TransitionNotAllowed:
                messages.warning(request, OUTDATED)
                return redirect(back)
            except (NotPossible, Busy) as refusal:
                why = BUSY if isinstance(refusal, Busy) else str(refusal)
                if form is None:
                    messages.error(request, why)
                    return redirect(back)
                form.add_error(None, why)  # what was typed stays
            else:
                self.log_change(request, found, f"{action.label}.")
                if isinstance(done, HttpResponse):
                    return done
                messages.success(request, done or f"{action.label}: erledigt.")
                return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": action.label,
            "object": found,
            "action": action,
            "obstacles": obstacles,
            "explanation": "" if obstacles else action.explain(found),
            "form": form,
            "back": back,
            **action.page_context(found),
        }
        return TemplateResponse(request, action.template, context, status=422 if form and form.errors else 200)

    def _url_of(self, action: ServiceAction, found: models.Model) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{action.name}"
        return reverse(name, args=[found.pk])


def _run(
    action: ServiceAction, found: models.Model, request: HttpRequest, form: forms.Form | None
) -> str | HttpResponse | None:
    """Run an action whole or not at all; it may run again, with object and files as they were at first."""
    for _, files in request.FILES.lists():
        for file in files:
            file.seek(0)
    with transaction.atomic():
        return action.run(copy(found), by=request.user, **(form.cleaned_data if form else {}))


class TableFormSet(forms.BaseInlineFormSet):
    def get_deletion_widget(self) -> forms.Widget:
        return forms.CheckboxInput(attrs={"aria-label": "Löschen"})


class TableInline(admin.TabularInline):
    """Rows of a table in which every field bears the name of its column for screen readers."""

    formset = TableFormSet

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = field.label
        return field


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that people read and services write."""

    def has_add_permission(self, request: HttpRequest, *args: object) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, *args: object) -> bool:
        return False
