"""Letters of intent as the office reads them; nobody else sees them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from klimapakt.admin import ReadOnlyAdmin, ServiceAction, ServiceActionsAdmin
from partners.models import LetterOfIntent
from partners.services import letters


class LetterFilter(admin.SimpleListFilter):
    """What nobody has read yet."""

    title = "Stand"
    parameter_name = "stand"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("neu", "zur Kenntnis nehmen"), ("liegt", "liegt zu lange"), ("zurueckgezogen", "zurückgezogen")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "neu":
                return queryset.standing().filter(seen_at=None)
            case "liegt":
                return queryset.untouched(now=timezone.now())
            case "zurueckgezogen":
                return queryset.filter(status=LetterOfIntent.Status.WITHDRAWN)
        return queryset


@admin.register(LetterOfIntent)
class LetterAdmin(ReadOnlyAdmin, ServiceActionsAdmin):
    list_display = ["organisation", "name", "signed_at", "status", "shown_next"]
    list_filter = [LetterFilter, "signed_at"]
    list_select_related = ["application", "interest"]
    search_fields = ["organisation", "name", "email"]
    about_list = "Unterschreibt ein Unternehmen die Absichtserklärung online, steht sie hier."
    change_form_template = "admin/partners/letterofintent/change_form.html"
    fields = readonly_fields = [
        "organisation", "name", "function", "email", "signed_at", "status", "withdrawn_at", "seen_at", "seen_by",
    ]  # fmt: skip
    service_actions = [
        ServiceAction(
            name="gelesen",
            label="Zur Kenntnis genommen",
            available=lambda letter: letter.stands and letter.seen_at is None,
            explain=lambda letter: (
                f"Hält fest, dass Sie die Erklärung von „{letter.organisation}“ gelesen haben. Sie steht dann nicht mehr "
                "unter dem, was wartet. Es geht keine Mail heraus."
            ),
            run=lambda letter, *, by: letters.take_note(letter, by=by) or "Eingetragen.",
            is_main=True,
        )
    ]

    @admin.display(description="Als Nächstes")
    def shown_next(self, letter: LetterOfIntent) -> str:
        if not letter.stands:
            return "–"
        if letter.seen_at is None:
            return "zur Kenntnis nehmen"
        if letter.application is None or letter.application.is_draft:
            return "auf den Antrag warten"
        return "steht beim Antrag"

    def has_change_permission(self, request: HttpRequest, obj: LetterOfIntent | None = None) -> bool:
        """What was signed is read, never edited."""
        return False

    def may_act(self, request: HttpRequest, found: LetterOfIntent) -> bool:
        return request.user.has_perm("partners.change_letterofintent")

    def page_context(self, request: HttpRequest, found: LetterOfIntent) -> dict[str, Any]:
        case = found.open_case
        return {
            "document": letters.file_of(found),
            "document_url": reverse("admin:partners_letterofintent_pdf", args=[found.pk]),
            "case": case,
            "case_url": reverse(f"admin:partners_{case._meta.model_name}_change", args=[case.pk]) if case else "",
        }

    def get_urls(self) -> list:
        pdf = path("<int:object_id>/pdf/", self.admin_site.admin_view(self.pdf), name="partners_letterofintent_pdf")
        return [pdf, *super().get_urls()]

    def pdf(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hand out the signed letter."""
        letter = self.get_object(request, str(object_id)) if self.has_view_permission(request) else None
        document = letters.file_of(letter) if letter else None
        if document is None or not document.is_ready:
            raise Http404
        return document.response(download=True)
