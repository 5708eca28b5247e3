from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from klimapakt.admin import ReadOnlyAdmin, ServiceActionsAdmin
from klimapakt.mailbox.admin.case import link_to
from klimapakt.mailbox.models import IncomingMail


@admin.register(IncomingMail)
class IncomingMailAdmin(ReadOnlyAdmin, ServiceActionsAdmin):
    """What came in answer to a mail of the portal, as plain text. The mailbox itself stays as it is."""

    change_form_template = "admin/mailbox/incomingmail/change_form.html"
    about_list = "Hier stehen die Antworten auf Mails des Portals und die Mails, die als unzustellbar zurückkommen."
    list_display = ["subject_or_kind", "kind", "shown_sender", "received_at", "answers"]
    list_filter = ["kind", "received_at"]
    list_per_page = 50
    search_fields = ["subject", "from_name", "from_email"]
    ordering = ["-received_at"]

    @admin.display(description="Betreff", ordering="subject")
    def subject_or_kind(self, mail: IncomingMail) -> str:
        return str(mail)

    @admin.display(description="Von", ordering="from_name")
    def shown_sender(self, mail: IncomingMail) -> str:
        return mail.shown_sender

    def has_change_permission(self, request: HttpRequest, obj: IncomingMail | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        mails = super().get_queryset(request).select_related("answers")
        return mails.defer("answers__body", "answers__html")

    def get_fieldsets(self, request: HttpRequest, obj: IncomingMail | None = None) -> list:
        return []

    def page_context(self, request: HttpRequest, found: IncomingMail) -> dict[str, Any]:
        return {"title": str(found)[:80], "subtitle": None, "mail": found, "case": link_to(found.about, request)}
