from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_safe

from klimapakt.admin import ReadOnlyAdmin
from klimapakt.uploads import readers
from klimapakt.uploads.models import Upload


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    """The files whose check has not come about. What they are called is nobody's business before their case is sent."""

    list_display = ["created_at", "profile", "size", "waits_for"]
    list_display_links = None
    ordering = ["created_at"]
    fields = ["created_at", "profile", "size", "waits_for"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).quarantined()

    def has_change_permission(self, request: HttpRequest, obj: Upload | None = None) -> bool:
        return False

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(require_safe(self.file_view))
        return [path("<uuid:pk>/datei/", view, name="uploads_upload_file"), *super().get_urls()]

    def file_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The file, for whoever may read its case: an image is shown, a paper is saved."""
        upload = get_object_or_404(Upload.objects.released(), pk=pk)
        if not readers.may_read(request.user, upload):
            raise Http404
        return upload.response(inline=True)
