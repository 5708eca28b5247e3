"""The office sees when the personal links to a case were used, and closes them; it never sees the links."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest, HttpResponse

from klimapakt.admin import ServiceAction, ServiceActionsAdmin
from partners.services import links


def _close(case: links.Case, *, by: AbstractUser) -> str:
    number = links.close(case, by=by)
    return "Ein Link ist geschlossen." if number == 1 else f"{number} Links sind geschlossen."


CLOSE_LINKS = ServiceAction(
    name="links-schliessen",
    label="Persönliche Links schließen",
    is_destructive=True,
    available=links.can_be_closed,
    explain=lambda case: (
        "Alle persönlichen Links zu diesem Vorgang öffnen sofort nichts mehr, auch in Browsern, in denen jemand schon "
        "darin ist. Es geht keine Mail heraus. Wer weiter Zugang haben soll, fordert auf der Website einen neuen Link an "
        "und bekommt ihn nur an die eingetragene Adresse. Links zu Veranstaltungen und zum Unterschreiben bleiben."
    ),
    run=_close,
)


class LinkUsesAdmin(ServiceActionsAdmin):
    """Shows on an object's page where its personal links went (templates/admin/_links.html)."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is not None and self.may_act(request, found):
            extra_context = {"link_uses": links.uses(found), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra_context)
