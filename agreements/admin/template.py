"""The pact's template: what every new draft begins with."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse

from agreements import content
from agreements.admin.placeholders import STEP, placeholders_for
from agreements.models import TemplateContribution, TemplateSection
from agreements.models.terms import ClauseText, ContributionText
from klimapakt.admin import ChangedFieldsAdmin


class TemplateTextForm(forms.ModelForm):
    """Knows what the text was when the page was shown: two people at once do not overwrite each other."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shown"].initial = _stand(self.instance)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        texts = type(self.instance).objects.select_for_update()  # locked until the page is saved
        if self.instance.pk and data.get("shown") != _stand(texts.get(pk=self.instance.pk)):
            raise ValidationError(CHANGED_MEANWHILE)
        return data


CHANGED_MEANWHILE = (
    "Jemand hat diesen Text inzwischen geändert. Bitte laden Sie die Seite neu und tragen Sie Ihre Änderung noch einmal "
    "ein."
)


def _stand(text: ClauseText | ContributionText) -> str:
    return content.fingerprint(repr([getattr(text, field.attname) for field in text._meta.concrete_fields]))


class TemplateTextAdmin(ChangedFieldsAdmin):
    """A text of the template, with the placeholders explained beside it."""

    form = TemplateTextForm
    change_form_template = "admin/agreements/template_change_form.html"
    change_list_template = "admin/agreements/template_change_list.html"
    ordering = ["position", "pk"]

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
    fields = ["title", "text", "contains", "position", "shown"]

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
    fields = ["text", "position", "shown"]
