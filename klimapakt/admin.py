"""The office's side: its pages, and one way to offer a service as a button.

A button leads to a page that says what will happen; only its POST calls the service, the same that the site
calls. State fields are never edited.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.datastructures import MultiValueDict

from klimapakt.limits import buckets
from klimapakt.locks import Busy, patiently
from klimapakt.states import NotPossible, TransitionNotAllowed

OUTDATED = "Das geht nicht mehr: Der Stand hat sich inzwischen geändert. Bitte sehen Sie nach, wie es jetzt steht."
BUSY = "Gerade bearbeitet das jemand anderes. Es ist nichts geschehen. Bitte versuchen Sie es noch einmal."


def with_patience[Result](act: Callable[[], Result]) -> Result:
    """Run a service once more when its lock did not come; raises NotPossible with a German sentence after that."""
    try:
        return patiently(act)
    except Busy:
        raise NotPossible(BUSY) from None


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


class PatientAdmin(admin.ModelAdmin):
    """Django's own pages, patient with rows that somebody else holds. What is refused says why and keeps what was typed."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        show = partial(super().changeform_view, request, object_id, form_url, extra_context)
        if request.method != "POST":
            return show()
        try:
            return with_patience(partial(_run_whole, request, show))
        except PressedTwice:
            return redirect(
                request.path if object_id else f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
            )
        except NotPossible as refusal:
            request.refusal = str(refusal)
            return show()

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, *args, **kwargs)
        return _refused(form, request.refusal) if hasattr(request, "refusal") else form

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return _say_refusal(request, partial(super().delete_view, request, object_id, extra_context))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return _say_refusal(request, partial(super().changelist_view, request, extra_context))


def _refused(form: type[forms.ModelForm], why: str) -> type[forms.ModelForm]:
    """Return a form that saves nothing, whatever it holds. Its own `clean`, which may lock rows, is left out."""

    class Refused(form):
        def clean(self) -> dict[str, Any]:
            self.add_error(None, why)
            return self.cleaned_data

    return Refused


def _say_refusal(request: HttpRequest, show: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer with a page where nothing is typed, and come back to it with a sentence when its rows stay locked."""
    if request.method != "POST":
        return show()
    try:
        return with_patience(partial(_run_whole, request, show))
    except NotPossible as refusal:
        messages.error(request, str(refusal))
        return redirect(request.get_full_path())


class ChangedFieldsAdmin(PatientAdmin):
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
        except TransitionNotAllowed:
            messages.error(request, OUTDATED)
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
            return self._too_late(request, found, action, back)
        obstacles = action.obstacles(found)
        data = (request.POST, request.FILES) if request.method == "POST" else ()
        form_class = action.form_class(found)
        form = form_class(*data) if form_class else None
        if request.method == "POST" and not obstacles and (form is None or form.is_valid()):
            try:
                done = with_patience(partial(_run_whole, request, partial(_run, action, found, request, form)))
            except PressedTwice:
                messages.success(request, f"{action.label}: erledigt.")
                return redirect(back)
            except TransitionNotAllowed:
                return self._too_late(request, found, action, back)
            except NotPossible as refusal:
                if form is None:
                    messages.error(request, str(refusal))
                    return redirect(back)
                form.add_error(None, str(refusal))  # what was typed stays
            else:
                self.log_change(request, found, f"{action.label}.")
                if isinstance(done, HttpResponse):
                    return done
                messages.success(request, done or f"{action.label}: erledigt.")
                return redirect(back)
        if form and form.errors:
            ask_for_files_again(form)
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

    def _too_late(self, request: HttpRequest, found: Any, action: ServiceAction, back: str) -> HttpResponse:
        """Lead back to the object; what somebody has written is shown before, to be copied."""
        form_class = action.form_class(found) if request.method == "POST" else None
        written = _written(form_class(request.POST, request.FILES)) if form_class else []
        if not written:
            messages.warning(request, OUTDATED)
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": action.label,
            "object": found,
            "outdated": OUTDATED,
            "written": written,
            "back": back,
        }
        return TemplateResponse(request, "admin/service_too_late.html", context, status=409)

    def _url_of(self, action: ServiceAction, found: models.Model) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{action.name}"
        return reverse(name, args=[found.pk])


def ask_for_files_again(form: forms.Form) -> None:
    """Say at the field that a browser forgets a chosen file when something else in the form is wrong."""
    for name, file in form.files.items():
        if name in form.fields and name not in form.errors:
            form.add_error(
                name, f"Bitte wählen Sie die Datei „{file.name}“ noch einmal aus: Sie ist noch nicht gespeichert."
            )


def _written(form: forms.Form) -> list[dict[str, str]]:
    """Return the texts of a form that was sent, as rows of label and text."""
    texts = [field for field in form.visible_fields() if isinstance(field.field, forms.CharField)]
    return [{"label": field.label, "text": text} for field in texts if (text := (field.value() or "").strip())]


def _run(
    action: ServiceAction, found: models.Model, request: HttpRequest, form: forms.Form | None
) -> str | HttpResponse | None:
    return action.run(copy(found), by=request.user, **(form.cleaned_data if form else {}))


class PressedTwice(Exception):
    """The same page was sent before, with the same words: what it asks for is done."""


def _run_whole[Result](request: HttpRequest, act: Callable[[], Result]) -> Result:
    """Run something once, whole or not at all; it may run again, with the files as they were at first.

    Raises PressedTwice when that page did it before: a second click waits for the first.
    """
    rewind(request.FILES)
    page = _sent_page(request)
    with transaction.atomic():
        if page and not buckets.take(PAGE, key=page, limit=1, per=timedelta(days=1)):
            raise PressedTwice
        done = act()
        if page and isinstance(done, HttpResponse) and done.status_code == 200:  # the form again, with what is wrong
            buckets.give_back(PAGE, key=page)
        return done


PAGE = "admin-page"


def _sent_page(request: HttpRequest) -> str:
    """Return what tells a page that was sent, with the words typed in, from all others.

    Django's token against forged requests is another one on each page that is shown, so whoever goes back, changes a
    word and sends again sends another page.
    """
    if "csrfmiddlewaretoken" not in request.POST:
        return ""
    return f"{request.user.pk} {request.get_full_path()} {request.POST.urlencode()} {_names_of(request.FILES)}"


def _names_of(files: MultiValueDict) -> list[tuple[str, str, int]]:
    return [(name, file.name, file.size) for name, sent in files.lists() for file in sent]


def rewind(files: MultiValueDict) -> None:
    """Let a form read its files from their beginning, before something is tried again."""
    for _, sent in files.lists():
        for file in sent:
            file.seek(0)


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
