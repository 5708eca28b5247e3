"""The page of an agreement: a draft is written here, what was offered is read here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db.models import F, Field, ForeignKey, QuerySet, TextField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from agreements import content, pdf
from agreements.admin import story
from agreements.admin.actions import ACTIONS, MAY_CHANGE, MAY_COUNTERSIGN
from agreements.admin.placeholders import OrderedFormSet, placeholders_for
from agreements.models import Agreement, Clause, Contribution, Measure, Signature, Target
from agreements.services import drafting, offering
from klimapakt.admin import ServiceActionsAdmin
from klimapakt.documents.models import Document
from klimapakt.mailbox import record
from klimapakt.states import TransitionNotAllowed
from partners.models import Partner

CHANGED_MEANWHILE = (
    "Jemand hat diesen Entwurf inzwischen geändert. Bitte laden Sie die Seite neu und tragen Sie Ihre Änderung noch "
    "einmal ein."
)

NO_DRAFT_ANY_MORE = (
    "Nicht gesichert: Diese Vereinbarung ist inzwischen kein Entwurf mehr, jemand hat sie angeboten oder abgeschlossen. "
    "Was Sie eingegeben haben, steht noch unten. Um es zu übernehmen, holen Sie sie in einem zweiten Fenster zurück."
)


class DraftForm(forms.ModelForm):
    """Knows what the draft said when the page was shown: two people at once do not overwrite each other."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Agreement
        fields = ["in_force_until"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shown"].initial = content.stand_of_draft(self.instance)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        try:
            stored = drafting.editable(self.instance)  # locked until the page is saved
        except TransitionNotAllowed:
            raise ValidationError(NO_DRAFT_ANY_MORE) from None
        if data.get("shown") != content.stand_of_draft(stored):
            raise ValidationError(CHANGED_MEANWHILE)
        return data


class NewDraftForm(forms.ModelForm):
    class Meta:
        model = Agreement
        fields = ["partner"]


def _of_rows(number: int) -> dict[type, Any]:
    """Return what gives the texts of an inline so many lines."""
    return {TextField: {"widget": AdminTextareaWidget(attrs={"rows": number})}}


class TargetInline(admin.StackedInline):
    model = Target
    extra = 1  # works without JavaScript too
    max_num = 10  # all inlines together stay below DATA_UPLOAD_MAX_NUMBER_FIELDS
    fields = [("base_year", "base_value"), ("year", "amount", "unit"), "scopes"]


class MeasureInline(admin.StackedInline):
    model = Measure
    extra = 1
    max_num = 60
    formfield_overrides = _of_rows(4)
    fields = ["title", ("category", "is_public"), "description", ("from_year", "to_year", "expected_saving")]


class ContributionInline(admin.StackedInline):
    model = Contribution
    formset = OrderedFormSet
    extra = 1
    max_num = 15
    formfield_overrides = _of_rows(3)
    fields = ["text", "position"]
    classes = ["collapse"]


class ClauseInline(admin.StackedInline):
    model = Clause
    formset = OrderedFormSet
    extra = 1
    max_num = 30
    fields = ["title", "text", ("contains", "position")]
    classes = ["collapse"]
    template = "admin/agreements/agreement/_clauses.html"


class StatusFilter(admin.SimpleListFilter):
    """The states, and apart from them what was in force and is over: „abgelaufen“ is stored nowhere."""

    title, parameter_name = "Stand", "stand"
    OVER, ENDS_SOON = "over", "ends_soon"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        derived = [(self.ENDS_SOON, "endet in 90 Tagen"), (self.OVER, "abgelaufen")]
        return [*Agreement.Status.choices, *derived]

    def queryset(self, request: HttpRequest, agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
        today = timezone.localdate()
        match self.value():
            case None:
                return agreements
            case self.OVER:
                return agreements.over(on=today)
            case self.ENDS_SOON:
                return agreements.ending(on=today)
            case Agreement.Status.IN_FORCE:
                return agreements.filter(status=self.value()).exclude(in_force_until__lt=today)
        return agreements.filter(status=self.value())


@admin.register(Agreement)
class AgreementAdmin(ServiceActionsAdmin):
    """Agreements. Whoever may only read them sees the same page without buttons."""

    form = DraftForm
    inlines = [TargetInline, MeasureInline, ContributionInline, ClauseInline]
    list_display = ["partner", "shown_status", "shown_waits_for", "shown_term"]
    empty_value_display = ""
    list_filter = [StatusFilter]
    list_select_related = ["partner__organisation"]
    search_fields = ["partner__organisation__name"]
    ordering = [story.DONE_LAST, F("in_force_from").desc(nulls_last=True), "-created_at"]
    change_form_template = "admin/agreements/agreement/change_form.html"
    service_actions = ACTIONS

    @admin.display(description="Stand", ordering="status")
    def shown_status(self, agreement: Agreement) -> str:
        return agreement.shown_status

    @admin.display(description="wartet auf")
    def shown_waits_for(self, agreement: Agreement) -> str:
        return story.waits_for(agreement)

    @admin.display(description="in Kraft ab", ordering="in_force_from")
    def shown_term(self, agreement: Agreement) -> str:
        return story.term(agreement)

    # --- Who may do what ----------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Agreement | None = None) -> bool:
        """A draft is edited; what was offered is read, never changed.

        Whoever sends a page that somebody else was quicker than gets it back: `DraftForm` refuses, and nothing typed
        is lost.
        """
        is_sent = request.method == "POST"
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft or is_sent)

    def has_delete_permission(self, request: HttpRequest, obj: Agreement | None = None) -> bool:
        """A draft that nobody has seen may go."""
        allowed = super().has_delete_permission(request, obj) and obj is not None and obj.is_draft
        return allowed and not obj.versions.exists()

    def may_act(self, request: HttpRequest, found: Agreement) -> bool:
        """Each button asks for its own right beside."""
        return request.user.has_perm(MAY_CHANGE) or request.user.has_perm(MAY_COUNTERSIGN)

    # --- The list -----------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agreement]:
        return story.with_story(super().get_queryset(request).select_related("partner__organisation"))

    # --- A new draft --------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Agreement | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs | ({} if change else {"form": NewDraftForm}))

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "partner":
            kwargs["queryset"] = Partner.objects.filter(organisation__merged_into=None).select_related("organisation")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "partner":  # chosen here, entered elsewhere
            field.widget.can_add_related = field.widget.can_change_related = field.widget.can_view_related = False
        return field

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        one_button = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**one_button, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Agreement, form: forms.ModelForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.pk = drafting.draft_for(obj.partner, by=request.user).pk

    def response_add(self, request: HttpRequest, obj: Agreement, post_url_continue: str | None = None) -> HttpResponse:
        self.message_user(
            request, "Der Entwurf steht: Der Text kommt aus der Vorlage, Ziele und Maßnahmen fehlen noch."
        )
        return redirect("admin:agreements_agreement_change", obj.pk)

    # --- The page -----------------------------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Agreement | None = None) -> list:
        if obj is None:
            return [(None, {"fields": ["partner"]})]
        if not self.has_change_permission(request, obj):
            return []
        return [("Laufzeit", {"fields": ["in_force_until", "shown"]})]

    def get_inlines(self, request: HttpRequest, obj: Agreement | None = None) -> list:
        return self.inlines if obj is not None and self.has_change_permission(request, obj) else []

    def page_context(self, request: HttpRequest, found: Agreement) -> dict[str, Any]:
        documents = pdf.documents_of(found)
        context = {
            "agreement": found,
            "waits_for": story.waits_for(found),
            "answer": story.last_answer(found),
            "versions": story.versions_of(found, documents),
            "documents": documents,
            "may_open_partner": request.user.has_perm("partners.change_partner"),
            "show_save_and_add_another": False,
        }
        if request.user.has_perm("mailbox.view_outgoingmail"):
            context["mails"] = record.about(found)
        if not (found.is_draft or context["versions"]):  # from before the portal
            context["wording"] = content.preview(found)
        if self.has_change_permission(request, found):
            context |= {"obstacles": offering.obstacles(found), "placeholders": placeholders_for(found)}
        return context

    # --- Pages to read ------------------------------------------------------------------------------------------------

    def get_urls(self) -> list:
        views = {
            "vorschau/": (self.preview_view, "preview"),
            "fassung/<int:number>/": (self.version_view, "version"),
            "dokument/<int:document_id>/": (self.document_view, "document"),
        }
        own = [
            path(f"<int:object_id>/{route}", self.admin_site.admin_view(view), name=f"agreements_agreement_{name}")
            for route, (view, name) in views.items()
        ]
        return [*own, *super().get_urls()]

    def preview_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show the draft as the partner will read it."""
        agreement = self._readable(request, object_id)
        if not agreement.is_draft:
            return redirect("admin:agreements_agreement_change", agreement.pk)
        return self._reading_page(
            request,
            agreement,
            title="So liest es der Partner",
            wording=content.preview(agreement),
            gaps=content.empty_placeholders(agreement) + content.misplaced(agreement),
        )

    def version_view(self, request: HttpRequest, object_id: int, number: int) -> HttpResponse:
        """Show a frozen version."""
        agreement = self._readable(request, object_id)
        version = get_object_or_404(agreement.versions, number=number)
        signatures = version.signatures.all()
        return self._reading_page(
            request,
            agreement,
            title=f"Fassung {version.number}",
            wording=content.read(version.content),
            version=version,
            signatures=signatures,
            is_on_paper=any(signature.method == Signature.Method.PAPER for signature in signatures),
        )

    def document_view(self, request: HttpRequest, object_id: int, document_id: int) -> HttpResponse:
        """Hand out a file of the agreement: what the portal made to be read, what people uploaded as a download."""
        agreement = self._readable(request, object_id)
        document = get_object_or_404(Document.objects.about(agreement), pk=document_id)
        if not document.is_ready:
            raise Http404
        return document.response(download=document.kind == pdf.SCAN)

    def _readable(self, request: HttpRequest, object_id: int) -> Agreement:
        if not self.has_view_permission(request):
            raise Http404
        return get_object_or_404(Agreement.objects.select_related("partner__organisation"), pk=object_id)

    def _reading_page(self, request: HttpRequest, agreement: Agreement, **context: Any) -> HttpResponse:
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": agreement,
            "back": reverse("admin:agreements_agreement_change", args=[agreement.pk]),
        }
        return TemplateResponse(request, "admin/agreements/agreement/reading.html", context)
