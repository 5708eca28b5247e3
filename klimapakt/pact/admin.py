from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from klimapakt.admin import ChangedFieldsAdmin, TableInline
from klimapakt.pact.models import Benefit, JoiningStep, Pact


class ListedInline(TableInline):
    extra = 1  # works without JavaScript too
    formfield_overrides = {models.TextField: {"widget": forms.Textarea(attrs={"rows": 3, "cols": 50})}}


class BenefitInline(ListedInline):
    model = Benefit


class JoiningStepInline(ListedInline):
    model = JoiningStep


@admin.register(Pact)
class PactAdmin(ChangedFieldsAdmin):
    """The one row in which this city differs from the others."""

    inlines = [JoiningStepInline, BenefitInline]
    fieldsets = [
        (
            None,
            {"fields": ["name", "city", "state", "teaser", "partner_title", "climate_neutral_by", "council_decision"]},
        ),
        (
            "Geschäftsstelle",
            {
                "fields": [
                    "office_name",
                    "office_unit",
                    "office_person",
                    "office_phone",
                    "office_email",
                    "street",
                    "postal_code",
                    "place",
                    "website",
                ]
            },
        ),
        (
            "Aufnahme neuer Partner",
            {
                "fields": [
                    "uses_orientation_talk",
                    "books_talks_online",
                    "uses_letter_of_intent",
                    "letter_of_intent",
                    "requires_seat",
                    "postal_codes",
                    "eligible_legal_forms",
                    "needs_second_person",
                    "offers_climate_concept",
                    "answer_within_days",
                    "untouched_after_days",
                    "undo_minutes",
                ]
            },
        ),
        ("Partner", {"fields": ["check_data_after_months"]}),
        (
            "Löschfristen",
            {
                "fields": [
                    "delete_unconfirmed_after_days",
                    "delete_drafts_after_days",
                    "warn_of_deletion_days",
                    "delete_mail_bodies_after_days",
                ]
            },
        ),
        (
            "Vereinbarungen",
            {
                "fields": [
                    "agreement_name",
                    "agreement_term_years",
                    "countersigned_by",
                    "framework_agreement",
                    "framework_signed_on",
                    "framework_signed_by",
                ]
            },
        ),
        ("Impressum", {"fields": ["publisher", "represented_by", "editor"]}),
        ("Datenschutz", {"fields": ["privacy_officer", "privacy_authority", "privacy_law", "retention", "hosting"]}),
        ("Barrierefreiheit", {"fields": ["accessibility_law", "accessibility_ombuds", "accessibility_checked_on"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Pact | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """There is one pact: go straight to it."""
        return redirect(reverse("admin:pact_pact_change", args=[1]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        return super().change_view(request, object_id, form_url, {"gaps": request.pact.gaps(), **(extra_context or {})})
