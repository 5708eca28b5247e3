from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from klimapakt.admin import ReadOnlyAdmin, ServiceAction, ServiceActionsAdmin
from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.states import TransitionNotAllowed


def _try_again(document: Document, *, by: object) -> str:
    if not document.try_again():
        raise TransitionNotAllowed(f"document {document.pk} is not broken")
    archive.wake()
    return "Das PDF wird noch einmal erstellt."


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin, ServiceActionsAdmin):
    """The documents that could not be made. Finished ones are read where they belong: in their own case."""

    list_display = ["name", "problem", "created_at"]
    ordering = ["-created_at"]
    fields = ["name", "problem", "attempts", "created_at"]
    readonly_fields = fields
    service_actions = [
        ServiceAction(
            name="noch-einmal",
            label="Noch einmal versuchen",
            available=lambda document: document.is_broken,
            explain=lambda document: f"Das Portal versucht noch einmal, „{document.name}“ zu erstellen.",
            run=_try_again,
            is_main=True,
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(content=None)

    def has_change_permission(self, request: HttpRequest, obj: Document | None = None) -> bool:
        """What was ordered is read, never edited."""
        return False

    def may_act(self, request: HttpRequest, found: Document) -> bool:
        return request.user.has_perm("documents.change_document")
