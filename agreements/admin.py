"""The office records agreements: targets, measures, the signed scan."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from agreements import services
from agreements.models import Agreement, Measure, Target
from klimapakt.admin import ServiceAction, ServiceActionsAdmin
from klimapakt.uploads import DocumentField, shown_name
from partners.models import Partner


class TargetInline(admin.StackedInline):
    model = Target
    extra = 1  # works without JavaScript too
    fields = [("base_year", "base_value"), ("year", "amount", "unit"), "scopes"]


class MeasureInline(admin.StackedInline):
    model = Measure
    extra = 1  # works without JavaScript too
    fields = ["title", ("category", "is_public"), "description", ("from_year", "to_year", "expected_saving")]


class AgreementForm(forms.ModelForm):
    scan = DocumentField(label="Scan der unterschriebenen Fassung", required=False)

    class Meta:
        model = Agreement
        fields = ["partner", "signed_on", "in_force_until", "scan"]


def _explain(agreement: Agreement) -> str:
    last_day = services.last_day(agreement)
    until = f" bis {last_day:%d.%m.%Y}" if last_day else ""
    return (
        f"Ab dem {agreement.signed_on:%d.%m.%Y} zählt „{agreement.partner}“ als Klimapartner{until}. Die Vereinbarung lässt sich danach nicht mehr ändern. "
        "Es geht keine Mail heraus. Öffentlich wird das Profil erst, wenn Sie es veröffentlichen."
    )


@admin.register(Agreement)
class AgreementAdmin(ServiceActionsAdmin):
    form = AgreementForm
    inlines = [TargetInline, MeasureInline]
    list_display = ["partner", "status", "signed_on", "in_force_until"]
    list_filter = ["status", "signed_on"]
    list_select_related = ["partner__organisation"]
    search_fields = ["partner__organisation__name"]
    also_written = ["scan_name"]
    change_form_template = "admin/agreements/agreement/change_form.html"
    service_actions = [
        ServiceAction(
            name="in-kraft-setzen",
            label="In Kraft setzen",
            available=lambda agreement: agreement.may_be_put_into_force,
            explain=_explain,
            obstacles=services.obstacles,
            run=lambda agreement, *, by: (
                services.put_into_force(agreement, by=by)
                or "Die Vereinbarung ist in Kraft. Das Profil können Sie jetzt veröffentlichen."
            ),
            is_main=True,
        )
    ]

    def has_change_permission(self, request: HttpRequest, obj: Agreement | None = None) -> bool:
        """What is in force was signed: it is read, never changed."""
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Agreement | None = None) -> bool:
        return super().has_delete_permission(request, obj) and obj is not None and obj.is_draft

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "partner":
            kwargs["queryset"] = Partner.objects.select_related("organisation")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("partner__organisation")

    def save_model(self, request: HttpRequest, obj: Agreement, form: AgreementForm, change: bool) -> None:
        if "scan" in form.changed_data and form.cleaned_data["scan"]:
            obj.scan_name = shown_name(form.cleaned_data["scan"].name)
        super().save_model(request, obj, form, change)

    def page_context(self, request: HttpRequest, found: Agreement) -> dict[str, Any]:
        return {"agreement": found}

    def get_urls(self) -> list:
        return [
            path("<int:object_id>/scan/", self.admin_site.admin_view(self.scan_view), name="agreements_agreement_scan"),
            *super().get_urls(),
        ]

    def scan_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hand out the signed scan, always as a download."""
        if not self.has_view_permission(request):
            raise Http404
        agreement = get_object_or_404(Agreement, pk=object_id)
        if not agreement.scan:
            raise Http404
        return FileResponse(
            agreement.scan.open("rb"), as_attachment=True, filename=agreement.scan_name or "vereinbarung.pdf"
        )
