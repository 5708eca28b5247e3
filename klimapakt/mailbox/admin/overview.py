from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from klimapakt.admin import ReadOnlyAdmin, ServiceAction, ServiceActionsAdmin
from klimapakt.mailbox import outbox, overview, pump, restored
from klimapakt.mailbox.admin.mailing_frame import mails
from klimapakt.mailbox.models import MailboxState


def _start_again(state: MailboxState, *, by: object) -> str:
    pump.start_again()
    return "Das Portal sendet wieder."


def _release(state: MailboxState, *, by: object) -> str:
    count = restored.release()
    outbox.wake()
    return f"Freigegeben: {mails(count)}."


@transaction.atomic
def _discard(state: MailboxState, *, by: object) -> str:
    count = restored.held_mails().withdraw()
    restored.release()
    outbox.wake()
    return f"Verworfen: {mails(count)}. Neue Mails sendet das Portal wieder."


@admin.register(MailboxState)
class MailboxStateAdmin(ReadOnlyAdmin, ServiceActionsAdmin):
    """The mailbox at a glance, and what somebody can decide about all of it."""

    change_form_template = "admin/mailbox/mailboxstate/change_form.html"
    service_actions = [
        ServiceAction(
            name="wieder-senden",
            label="Wieder senden",
            available=lambda state: state.stopped_at is not None,
            explain=lambda state: (
                f"Das Senden steht: {state.stopped_because} Wenn das behoben ist, gehen die wartenden Mails nacheinander heraus."
                " Ist es nicht behoben, bleibt das Senden von selbst wieder stehen."
            ),
            run=_start_again,
            is_main=True,
        ),
        ServiceAction(
            name="freigeben",
            label="Angehaltene Mails freigeben",
            available=lambda state: state.held_at is not None,
            explain=lambda state: (
                f"Angehalten: {mails(restored.held_mails().count())}. Sie gehen dann nacheinander heraus. Was zwischen der Sicherung und"
                " ihrer Rückkehr schon gesendet war, kommt dadurch ein zweites Mal an: Bitte vergleichen Sie vorher mit dem Ordner"
                " der gesendeten Mails. Einzelne können Sie in der Liste der Mails zurückziehen."
            ),
            run=_release,
            is_main=True,
        ),
        ServiceAction(
            name="verwerfen",
            label="Angehaltene Mails verwerfen",
            available=lambda state: state.held_at is not None,
            explain=lambda state: (
                f"Angehalten: {mails(restored.held_mails().count())}. Sie werden zurückgezogen und gehen nicht mehr heraus. Neue Mails"
                " sendet das Portal danach wieder wie sonst. Das lässt sich nicht zurücknehmen."
            ),
            run=_discard,
            is_destructive=True,
        ),
    ]

    def has_change_permission(self, request: HttpRequest, obj: MailboxState | None = None) -> bool:
        return False

    def may_act(self, request: HttpRequest, found: MailboxState) -> bool:
        return request.user.has_perm("mailbox.change_outgoingmail")

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """There is one mailbox: go straight to it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect(reverse("admin:mailbox_mailboxstate_change", args=[1]))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> MailboxState | None:
        return MailboxState.load() if object_id == "1" else None

    def page_context(self, request: HttpRequest, found: MailboxState) -> dict[str, Any]:
        return {
            "title": "Postfach: Überblick",
            "subtitle": None,
            **overview.of_the_mailbox(request.pact, timezone.now()),
        }
