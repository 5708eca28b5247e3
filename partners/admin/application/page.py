"""The office reviews an application: all of it on one page, each step a button."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from klimapakt.admin import OUTDATED, ReadOnlyAdmin, with_patience
from klimapakt.mailbox import record
from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.uploads.models import Upload
from partners import rules, sheet, steps
from partners.admin.application.actions import ACTIONS, DECIDING, KEEPING, main_of, offered
from partners.admin.application.deciding import unheard_until
from partners.admin.application.entry import EntryAdmin
from partners.admin.application.forms import correction_form
from partners.admin.desk import CaseSearchAdmin, NoteForm
from partners.admin.duplicate_panel import story
from partners.admin.duplicates import DuplicatesAdmin
from partners.admin.links import LinkUsesAdmin
from partners.models import Application, ApplicationStep
from partners.services import review


class Changes(ChangeList):
    """A list whose rows know what is next; the pact is read once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        today = timezone.localdate()
        for application in self.result_list:
            application.next_step = rules.next_for_office(application, request.pact, today=today)


class DeskFilter(admin.SimpleListFilter):
    """What somebody of the office looks for first."""

    title = "Aufgabe"
    parameter_name = "ansteht"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            ("offen", "noch nicht entschieden"),
            ("tisch", "auf meinem Tisch"),
            ("bestaetigen", "Vorschlag zu bestätigen"),
            ("wiedervorlage", "Wiedervorlage fällig"),
            ("liegt", "liegt zu lange"),
            ("unternehmen", "wartet auf das Unternehmen"),
        ]

    def queryset(self, request: HttpRequest, found: QuerySet) -> QuerySet:
        now = timezone.now()
        match self.value():
            case "offen":
                return found.undecided()
            case "tisch":
                return found.on_desk_of(request.user)
            case "bestaetigen":
                return found.to_confirm().exclude(proposed_by=request.user)
            case "wiedervorlage":
                return found.follow_up_due(now=now)
            case "liegt":
                return found.untouched(now=now)
            case "unternehmen":
                return found.filter(status__in=[Application.Status.QUERY, Application.Status.UNCONFIRMED])
        return found


class StateFilter(admin.ChoicesFieldListFilter):
    """The states that the office can see."""

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        hidden = Application.Status.DRAFT.label
        return (choice for choice in super().choices(changelist) if choice["display"] != hidden)


@admin.register(Application)
class ApplicationAdmin(CaseSearchAdmin, EntryAdmin, DuplicatesAdmin, ReadOnlyAdmin, LinkUsesAdmin):
    """Drafts are the company's. Until the address is proven, staff see only name, time and „unbestätigt“."""

    change_form_template = "admin/partners/application/change_form.html"
    change_list_template = "admin/partners/application/change_list.html"
    list_display = ["name", "shown_next", "status", "shown_reviewer", "shown_touched"]
    list_filter = [DeskFilter, ("status", StateFilter)]
    list_select_related = ["reviewer"]
    search_fields = ["name", "contact_name", "contact_email"]
    service_actions = ACTIONS
    fields = ["name", "status"]
    about_list = "Anträge erscheinen hier, sobald ein Unternehmen einen absendet."

    # --- The list -----------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).sent().prefetch_related("steps", "applicants", "talkbooking_set__slot")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        drafts = Application.objects.filter(status=Application.Status.DRAFT).count()
        return super().changelist_view(request, {"drafts": drafts, **(extra_context or {})})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Changes

    @admin.display(description="Als Nächstes")
    def shown_next(self, application: Application) -> str:
        return application.next_step

    @admin.display(description="liegt bei", ordering="reviewer")
    def shown_reviewer(self, application: Application) -> str:
        return application.reviewer_name or "niemandem"

    @admin.display(description="zuletzt geschehen", ordering="touched_at")
    def shown_touched(self, application: Application) -> str:
        return _days_ago(application.touched_at) if application.is_open else ""

    # --- One application ----------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Application | None = None) -> bool:
        """The page is read; what can be done has buttons, and each group of answers a form of its own."""
        return super().has_change_permission(request, obj) and obj is None

    def may_act(self, request: HttpRequest, found: Application) -> bool:
        return request.user.has_perm("partners.review_application")

    def page_context(self, request: HttpRequest, found: Application) -> dict[str, Any]:
        pact = request.pact
        checks = rules.checks(found, pact) if found.is_open else []
        context = {
            "title": "Antrag auf Beitritt",
            "next": rules.next_for_office(found, pact, today=timezone.localdate()),
            "touched": found.is_open and _days_ago(found.touched_at),
            **self._buttons(request, found),
            "main": main_of(found, checks),
            "unheard_until": unheard_until(found),
        }
        if not found.is_confirmed:
            return context | {"unconfirmed": True}
        return context | {
            "checks": checks,
            "proposal_is_own": found.proposed_by_id == request.user.pk,
            "questions": found.questions.all(),
            "parts": _parts(found, pact),
            "may_mend": found.is_open and self.may_act(request, found),
            "people": found.applicants.select_related("invited_by"),
            "files": found.files.select_related("upload", "added_by"),
            "logo": found.logo_id and Upload.objects.get(pk=found.logo_id),
            "steps": found.steps.all(),
            "consents": found.consents.in_order(),
            "notes": found.notes.all(),
            "may_note": self.may_act(request, found),
            "note_form": NoteForm(),
            "timeline": story(found),
            "mails": record.about(found),
            "partner_url": found.partner_id and reverse("admin:partners_partner_change", args=[found.partner_id]),
        }

    def _buttons(self, request: HttpRequest, found: Application) -> dict[str, Any]:
        if not self.may_act(request, found):
            return {"deciding": [], "keeping": []}
        return {
            name: [(action, self._url_of(action, found)) for action in offered(found, actions, request.user)]
            for name, actions in (("deciding", DECIDING), ("keeping", KEEPING))
        }

    # --- Its own pages ------------------------------------------------------------------------------------------------

    def get_urls(self) -> list:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:object_id>/dokument/<int:step_id>/",
                view(self.document_view),
                name="partners_application_document",
            ),
            path("<int:object_id>/berichtigen/<slug:slug>/", view(self.mend_view), name="partners_application_mend"),
            *super().get_urls(),
        ]

    def document_view(self, request: HttpRequest, object_id: int, step_id: int) -> HttpResponse:
        """Hand out a recorded document, always as a download."""
        if not self.has_view_permission(request):
            raise Http404
        step = get_object_or_404(ApplicationStep, pk=step_id, application=object_id)
        if not step.document:
            raise Http404
        return FileResponse(step.document.open("rb"), as_attachment=True, filename=step.document_name or "dokument")

    def mend_view(self, request: HttpRequest, object_id: int, slug: str) -> HttpResponse:
        """Mend what was typed in one step; what somebody else changed meanwhile is shown beside it."""
        found, step = get_object_or_404(Application.objects.readable(), pk=object_id), steps.find(slug)
        if step is None or not step.fields:
            raise Http404
        if not self.may_act(request, found):
            raise PermissionDenied
        back = f"{reverse('admin:partners_application_change', args=[found.pk])}#{step.slug}"
        if not found.is_open:
            messages.warning(request, OUTDATED)
            return redirect(back)
        form = correction_form(step, found, request.pact, request.POST if request.method == "POST" else None)
        conflicts: list[review.Conflict] = []
        if form.is_bound and form.is_valid():
            try:
                conflicts = with_patience(
                    lambda: review.correct(found, form.answers, shown=form.before, by=request.user)
                )
            except TransitionNotAllowed:
                messages.warning(request, OUTDATED)
                return redirect(back)
            except NotPossible as refusal:
                form.add_error(None, str(refusal))
            else:
                if not conflicts:
                    messages.success(request, "Gesichert.")
                    if form.before.get("contact_email") and not form.answers["contact_email"]:
                        messages.warning(
                            request, f"{found.contact_name} hat jetzt keinen Zugang mehr: Bitte schreiben Sie Briefe."
                        )
                    return redirect(back)
                found.refresh_from_db()
                form.show({name: steps.stored(found, name) for name in form.before})
        stands = {one.field: sheet.in_words(one.field, one.value) for one in conflicts}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{step.office_title}: berichtigen",
            "object": found,
            "form": form,
            "rows": [(field, stands.get(field.name)) for field in form.rows],
            "has_conflicts": bool(conflicts),
            "back": back,
        }
        status = 409 if conflicts else 422 if form.errors else 200
        return TemplateResponse(request, "admin/partners/application/mend.html", context, status=status)


def _parts(application: Application, pact: Any) -> list[dict[str, Any]]:
    """Return the answers by step, with who saved the step last."""
    saved = {one.step: one for one in application.saved_steps.select_related("saved_by")}
    sections = sheet.whole(application, pact, label=steps.office_label)
    return [{"section": section, "saved": saved.get(section.step.slug)} for section in sections]


def _days_ago(moment: datetime) -> str:
    days = (timezone.localdate() - timezone.localtime(moment).date()).days
    return "heute" if days <= 0 else "gestern" if days == 1 else f"vor {days} Tagen"
