"""Comparing a record with what looks like its duplicate: told apart, recognised, or merged."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from klimapakt.admin import OUTDATED, with_patience
from klimapakt.mailbox.models import case_of
from klimapakt.mailbox.moment import moment
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.admin.duplicate_panel import KINDS, MERGE, TELL_APART, Row, panel, url_of
from partners.models import Applicant, Application, Organisation, Partner
from partners.models.merge import UNDO_FOR
from partners.services import choosing, merging, recognising
from partners.services.choosing import Difference
from partners.services.moving import Move

CHANGED = "Inzwischen hat sich etwas geändert. Bitte sehen Sie noch einmal hin."
KEPT, OTHER = "kept", "other"
PUBLISHED = Partner.Publication.PUBLISHED
UNNAMED = {"timelineentry", "outgoingmail", "incomingmail", "note", "savedstep", "upload", "document"}
"""Tables whose rows have no name that says anything."""
MOST_NAMES = 5


class ChoiceForm(forms.Form):
    """One choice a field in which two records differ: what stands here already, unless that is nothing."""

    seen = forms.CharField(widget=forms.HiddenInput, error_messages={"required": CHANGED})

    def __init__(self, data: Any = None, *, differences: list[Difference], seen: str) -> None:
        super().__init__(data, initial={"seen": seen})
        self.now = seen
        for difference in differences:
            self.fields[difference.name] = forms.ChoiceField(
                label=difference.label,
                choices=[(KEPT, difference.kept or "keine Angabe"), (OTHER, difference.other or "keine Angabe")],
                initial=OTHER if difference.is_better else KEPT,
                widget=forms.RadioSelect,
                error_messages={"required": "Bitte wählen Sie eine der beiden Angaben."},
            )

    def clean_seen(self) -> str:
        if self.cleaned_data["seen"] != self.now:
            raise forms.ValidationError(CHANGED)
        return self.now

    def clean(self) -> None:
        super().clean()
        self.data = self.data.copy()  # what is shown again is what the next answer is about
        self.data["seen"] = self.now

    @property
    def chosen(self) -> list[str]:
        return [name for name, value in self.cleaned_data.items() if value == OTHER and name != "seen"]


@dataclass(frozen=True)
class Effect:
    """A line of what the merge does."""

    label: str
    count: int
    names: list[str]
    why: str = ""


def _effects(plan: merging.Plan) -> dict[str, list[Effect]]:
    moved = [move for move in plan.moves if not (_is_hiding(move) or move.is_ending)]
    return {
        "ends": _merged([_effect(move.table, move.pks) for move in plan.moves if move.is_ending]),
        "follows": _merged([_effect(move.table, move.pks) for move in moved]),
        "stays": [_effect(stay.table, stay.pks, stay.why) for stay in plan.stays],
    }


def _effect(table: type[models.Model], pks: list, why: str = "") -> Effect:
    names = []
    if table._meta.model_name not in UNNAMED:
        names = [str(row)[:80] for row in table._base_manager.filter(pk__in=pks[:MOST_NAMES])]
    return Effect(str(table._meta.verbose_name_plural), len(pks), names, why)


def _merged(effects: list[Effect]) -> list[Effect]:
    """Put lines about the same kind of rows together."""
    found: dict[str, Effect] = {}
    for one in effects:
        before = found.get(one.label, Effect(one.label, 0, []))
        found[one.label] = Effect(one.label, before.count + one.count, before.names + one.names)
    return list(found.values())


def _is_hiding(move: Move) -> bool:
    return move.table is Partner and move.changes[0][0] == "publication"


def _seen_of(differences: list[Difference], plan: merging.Plan | None = None) -> str:
    """Return a mark of what a page shows."""
    shown = [differences, [move.as_json() for move in plan.moves] if plan else [], plan.stays if plan else []]
    return hashlib.sha256(json.dumps(shown, default=str, sort_keys=True).encode()).hexdigest()[:24]


class DuplicatesAdmin(admin.ModelAdmin):
    """The page of a record that may be there twice."""

    def get_urls(self) -> list:
        pages: list[tuple[str, Callable, str]] = [
            ("vergleichen/<slug:kind>/<int:other_id>/", self.compare_view, "vergleichen"),
            ("keine-dublette/", self.apart_view, "keine_dublette"),
            ("doch-pruefen/", self.again_view, "doch_pruefen"),
        ]
        if self.model is Application:
            pages.append(("andere-organisation/", self.forget_view, "andere_organisation"))
        info = self.opts.app_label, self.opts.model_name
        urls = [
            path(f"<int:object_id>/{route}", self.admin_site.admin_view(view), name="{}_{}_{}".format(*info, name))
            for route, view, name in pages
        ]
        return urls + super().get_urls()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> models.Model | None:
        """Show an organisation that was merged, too: only lists leave it out."""
        found = super().get_object(request, object_id, from_field)
        if found is None and self.model is Organisation and str(object_id).isdecimal():
            return Organisation.everyone.exclude(merged_into=None).filter(pk=object_id).first()
        return found

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.merged_into_id is None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        context = {}
        if found is not None and request.user.has_perm("partners.view_merge") and getattr(found, "is_confirmed", True):
            context = {"duplicates": panel(found, request.user)}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    # --- Saying what is what ------------------------------------------------------------------------------------------

    def apart_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Remember that the two are different ones."""
        return self._pair_view(request, object_id, recognising.tell_apart, "Gemerkt: keine Dublette.")

    def again_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show the two to each other again."""
        return self._pair_view(request, object_id, recognising.look_again, "Beide werden wieder verglichen.")

    def _pair_view(self, request: HttpRequest, object_id: int, run: Callable, done: str) -> HttpResponse:
        found = self._own(request, object_id, TELL_APART)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        kind, _, number = request.POST.get("other", "").partition(":")
        other = self._other(kind, number)
        try:
            with_patience(lambda: run(found, other, by=request.user))
        except NotPossible as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, done)
        return redirect(url_of(found, "change") + "#dubletten")

    def forget_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The application is not from the organisation as which it was recognised."""
        found = self._own(request, object_id, MERGE)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            with_patience(lambda: recognising.forget(found, by=request.user))
        except TransitionNotAllowed:
            messages.warning(request, OUTDATED)
        except NotPossible as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Der Antrag gehört zu keiner bekannten Organisation mehr.")
        return redirect(url_of(found, "change") + "#dubletten")

    # --- Merging ------------------------------------------------------------------------------------------------------

    def compare_view(self, request: HttpRequest, object_id: int, kind: str, other_id: int) -> HttpResponse:
        """Show both side by side and what will happen (GET), then do it (POST)."""
        found = self._own(request, object_id, MERGE)
        if kind not in ("organisation", found._meta.model_name):
            raise Http404
        other = self._other(kind, str(other_id))
        if found == other:
            raise Http404
        if type(found) is type(other):
            return self._merge_view(request, found, other)
        return self._recognise_view(request, found, other)

    def _merge_view(self, request: HttpRequest, kept: Any, merged: Any) -> HttpResponse:
        obstacles, plan, busy = merging.obstacles(kept, merged), None, ""
        if not obstacles:
            try:
                plan = with_patience(lambda: merging.preview(kept, merged))
            except NotPossible as refusal:
                busy = str(refusal)
        is_sent = request.method == "POST" and not obstacles
        if busy and not is_sent:
            obstacles = [busy]
        differences = choosing.differences(kept, merged)
        form = ChoiceForm(
            request.POST if is_sent else None,
            differences=differences,
            seen=request.POST.get("seen", "") if busy else _seen_of(differences, plan),
        )
        if is_sent and form.is_valid() and not busy:
            try:
                with_patience(lambda: merging.merge(kept, merged, take=form.chosen, by=request.user))
            except TransitionNotAllowed:
                messages.warning(request, OUTDATED)
                return redirect(url_of(kept, "change"))
            except NotPossible as refusal:
                busy = str(refusal)
            else:
                self.log_change(request, kept, f"Zusammengeführt mit {case_of(merged)}.")
                messages.success(
                    request,
                    f"„{merged}“ ist in „{kept}“ aufgegangen. Das lässt sich bis {moment(timezone.now() + UNDO_FOR)} zurücknehmen.",
                )
                return redirect(url_of(kept, "change") + "#dubletten")
        if is_sent and busy:
            form.add_error(None, busy)
        return self._page(request, kept, merged, form, obstacles, {
            "title": "Zusammenführen",
            "effects": plan and _effects(plan),
            "is_hidden": plan and any(_is_hiding(move) and move.changes[0][1] == PUBLISHED for move in plan.moves),
            "readers": _readers(plan or merging.Plan()) if isinstance(kept, Application) else None,
            "in_both": _in_both(kept, merged) if isinstance(kept, Organisation) else [],
            "until": moment(timezone.now() + UNDO_FOR),
            "other_way": None if merging.obstacles(merged, kept) else url_of(merged, "vergleichen", kept._meta.model_name, kept.pk),
        })  # fmt: skip

    def _recognise_view(self, request: HttpRequest, found: Application, organisation: Organisation) -> HttpResponse:
        obstacles = [] if found.is_open else ["Über den Antrag ist schon entschieden."]
        if hasattr(organisation, "partner"):
            obstacles.append(
                f"„{organisation}“ ist schon Partner. Ein zweiter Antrag führt zu keiner zweiten Partnerschaft: Bitte sprechen Sie mit dem Unternehmen, oder lehnen Sie den Antrag ab."
            )
        differences = choosing.differences(organisation, found)
        form = ChoiceForm(
            request.POST if request.method == "POST" and not obstacles else None,
            differences=differences,
            seen=_seen_of(differences),
        )
        if form.is_bound and form.is_valid():
            back = redirect(url_of(found, "change") + "#dubletten")
            try:
                with_patience(lambda: recognising.recognise(found, organisation, take=form.chosen, by=request.user))
            except TransitionNotAllowed:
                messages.warning(request, OUTDATED)
                return back
            except NotPossible as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"Der Antrag gilt als Antrag von „{organisation}“.")
                return back
        return self._page(
            request,
            organisation,
            found,
            form,
            obstacles,
            {"title": "Ist dieselbe Organisation", "is_recognising": True},
        )

    def _page(
        self, request: HttpRequest, kept: Any, other: Any, form: ChoiceForm, obstacles: list[str], more: dict[str, Any]
    ) -> HttpResponse:
        found = other if "is_recognising" in more else kept
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": found,
            "back": url_of(found, "change") + "#dubletten",
            "kept": Row(kept),
            "other": Row(other),
            "form": form,
            "rows": [] if obstacles else form.visible_fields(),
            "obstacles": obstacles,
            **more,
        }
        status = 409 if form.is_bound and "seen" in form.errors else 422 if form.errors else 200
        return TemplateResponse(request, "admin/partners/compare.html", context, status=status)

    # --- Whom this is about -------------------------------------------------------------------------------------------

    def _own(self, request: HttpRequest, object_id: int, permission: str) -> Any:
        if not (self.has_view_permission(request) and request.user.has_perm(permission)):
            raise PermissionDenied
        found = self.get_object(request, str(object_id))
        if found is None or not getattr(found, "is_confirmed", True):
            raise Http404
        return found

    @staticmethod
    def _other(kind: str, number: str) -> Any:
        if kind not in KINDS or not number.isdecimal() or len(number) > 18:
            raise Http404
        rows = KINDS[kind]._base_manager.all()
        return get_object_or_404(rows if kind == "organisation" else KINDS[kind].objects.readable(), pk=int(number))


def _readers(plan: merging.Plan) -> list[str]:
    """Name the people who will read the kept application."""
    pks = [pk for move in plan.moves if move.table is Applicant for pk in move.pks]
    people = Applicant.objects.present().filter(pk__in=pks)
    return [f"{person} ({person.email})" if person.name else person.email for person in people]


def _in_both(kept: Organisation, merged: Organisation) -> list[str]:
    """Name the people of the other one whose address the kept one has too: both rows are there after the merge."""
    known = {email.lower() for email in kept.contacts.exclude(email="").values_list("email", flat=True)}
    return [f"{person} ({person.email})" for person in merged.contacts.all() if person.email.lower() in known]
