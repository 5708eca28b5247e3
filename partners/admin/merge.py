"""Who was merged with whom, and for a day the way back."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest

from klimapakt.admin import ReadOnlyAdmin, ServiceAction, ServiceActionsAdmin
from klimapakt.mailbox.moment import moment
from partners.admin.duplicate_panel import SIDES, Row
from partners.models import Merge
from partners.services import merging


def _explain_undo(row: Merge) -> str:
    return f"„{row.kept}“ und „{row.merged}“ sind dann wieder zwei Einträge, beide wie zuvor. Was seit der Zusammenführung zu „{row.kept}“ dazugekommen ist oder dort geändert wurde, bleibt dort. Es geht keine Mail heraus."


def _undo(row: Merge, *, by: AbstractUser) -> str:
    if gone := merging.undo(row, by=by):
        return f"Beide sind wieder getrennt. {gone} der umgezogenen Einträge waren inzwischen gelöscht oder woanders."
    return "Beide sind wieder getrennt."


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin, ServiceActionsAdmin):
    """Who was merged with whom; for a day with the way back."""

    change_form_template = "admin/partners/merge/change_form.html"
    about_list = "Zusammengeführt wird auf der Seite einer Organisation oder eines Antrags."
    list_display = ["shown_kept", "shown_merged", "at", "shown_by", "shown_state"]
    list_select_related = [*SIDES, "by"]
    fields = ["at", "shown_by", "undone_at"]
    readonly_fields = fields
    service_actions = [
        ServiceAction(
            name="zuruecknehmen",
            label="Zusammenführung zurücknehmen",
            available=lambda row: row.may_be_undone,
            is_destructive=True,
            explain=_explain_undo,
            obstacles=merging.obstacles_to_undo,
            run=_undo,
        )
    ]

    def has_change_permission(self, request: HttpRequest, obj: Merge | None = None) -> bool:
        """A merge is read, or taken back by its button."""
        return False

    def may_act(self, request: HttpRequest, found: Merge) -> bool:
        return request.user.has_perm("partners.change_merge")

    @admin.display(description="behalten")
    def shown_kept(self, row: Merge) -> str:
        return str(row.kept)

    @admin.display(description="aufgegangen")
    def shown_merged(self, row: Merge) -> str:
        return str(row.merged)

    @admin.display(description="durch")
    def shown_by(self, row: Merge) -> str:
        return (row.by.get_full_name() or row.by.get_username()) if row.by else ""

    @admin.display(description="Stand")
    def shown_state(self, row: Merge) -> str:
        if row.undone_at:
            return "zurückgenommen"
        return f"zurücknehmbar bis {moment(row.undo_until)}" if row.may_be_undone else "gilt"

    def page_context(self, request: HttpRequest, found: Merge) -> dict[str, Any]:
        return {"kept": Row(found.kept), "merged": Row(found.merged), "state": self.shown_state(found)}
