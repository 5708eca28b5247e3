from django.contrib import admin
from django.http import HttpRequest

from klimapakt.admin import ReadOnlyAdmin, ServiceAction, ServiceActionsAdmin
from klimapakt.mailbox import outbox
from klimapakt.mailbox.models import OutgoingMail


def _send_again(mail: OutgoingMail, *, by: object) -> str:
    mail.send_again()
    outbox.wake()
    return "Die Mail wird noch einmal gesendet."


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin, ServiceActionsAdmin):
    """What the portal has written, to whom, and what became of it."""

    list_display = ["subject", "shown_recipient", "status", "created_at", "sent_at", "problem"]
    list_filter = ["status", "kind", "created_at"]
    search_fields = ["subject", "to_name"]
    ordering = ["-created_at"]
    fields = [
        "status",
        "problem",
        "to_name",
        "shown_recipient",
        "subject",
        "shown_body",
        "shown_attachments",
        "created_at",
        "due_at",
        "sent_at",
        "attempts",
    ]
    readonly_fields = fields
    service_actions = [
        ServiceAction(
            name="erneut-senden",
            label="Noch einmal senden",
            available=lambda mail: mail.can_be_sent_again,
            explain=lambda mail: f"Die Mail „{mail.subject}“ geht noch einmal heraus, an: {mail.shown_recipient}.",
            run=_send_again,
            is_main=True,
        )
    ]

    @admin.display(description="An")
    def shown_recipient(self, mail: OutgoingMail) -> str:
        return mail.shown_recipient

    @admin.display(description="Text")
    def shown_body(self, mail: OutgoingMail) -> str:
        return mail.shown_body

    @admin.display(description="Anhänge")
    def shown_attachments(self, mail: OutgoingMail) -> str:
        return ", ".join(mail.attachments.values_list("name", flat=True)) or "keine"

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        """A mail that was written is read, never edited."""
        return False

    def may_act(self, request: HttpRequest, found: OutgoingMail) -> bool:
        return request.user.has_perm("mailbox.change_outgoingmail")

    def get_queryset(self, request: HttpRequest) -> object:
        return super().get_queryset(request).select_related("link")
