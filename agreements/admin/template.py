"""The pact's template: what every new draft begins with."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse

from agreements import content
from agreements.admin.placeholders import STEP, placeholders_for
from agreements.models import TemplateContribution, TemplateSection
from klimapakt.admin import ChangedFieldsAdmin


class PositionForm(forms.ModelForm):
    """The place of a text in the list; its label names the text for those who do not see the row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["position"].widget.attrs["aria-label"] = f"Reihenfolge: {self.instance}"


class TemplateTextAdmin(ChangedFieldsAdmin):
    """A text of the template, with the placeholders explained beside it."""

    change_form_template = "admin/agreements/template_change_form.html"
    change_list_template = "admin/agreements/template_change_list.html"
    list_display_links = None
    ordering = ["position", "pk"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = self.opts.verbose_name_plural
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm]:
        return super().get_changelist_form(request, form=PositionForm, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Offer a new text the place after the last."""
        last = self.model.objects.aggregate(last=Max("position"))["last"] or 0
        return {"position": last + STEP, **super().get_changeform_initial_data(request)}

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = {"placeholders": placeholders_for(content.example_agreement()), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)


@admin.register(TemplateSection)
class TemplateSectionAdmin(TemplateTextAdmin):
    list_display = ["position", "title", "contains"]
    list_display_links = ["title"]
    list_editable = ["position"]
    fields = ["title", "text", "contains", "position"]

    def get_urls(self) -> list:
        preview = path(
            "vorschau/", self.admin_site.admin_view(self.preview_view), name="agreements_templatesection_preview"
        )
        return [preview, *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Show what a draft made of the template says for an example firm."""
        if not self.has_view_permission(request):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Vorschau der Vorlage",
            "wording": content.preview_of_template(),
            "back": reverse("admin:agreements_templatesection_changelist"),
        }
        return TemplateResponse(request, "admin/agreements/agreement/reading.html", context)


@admin.register(TemplateContribution)
class TemplateContributionAdmin(TemplateTextAdmin):
    list_display = ["position", "text"]
    list_display_links = ["text"]
    list_editable = ["position"]
    fields = ["text", "position"]
