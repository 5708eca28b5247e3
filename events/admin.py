from django.contrib import admin
from django.http import HttpRequest

from events.models import AgendaItem, Event
from klimapakt.admin import ServiceAction, ServiceActionsAdmin, TableInline


class AgendaInline(TableInline):
    model = AgendaItem
    extra = 1  # works without JavaScript too


NO_MAIL = "Es geht keine Mail heraus."


@admin.register(Event)
class EventAdmin(ServiceActionsAdmin):
    inlines = [AgendaInline]
    list_display = ["title", "kind", "shown_when", "venue", "status"]
    list_filter = ["status", "kind"]
    search_fields = ["title", "venue"]
    prepopulated_fields = {"slug": ["title"]}
    fieldsets = [
        (None, {"fields": ["kind", "title", "slug", "teaser", "text"]}),
        ("Wann und wo", {"fields": ["precision", "starts_at", "ends_at", "reported_on", "venue", "host"]}),
        ("Danach", {"fields": ["participants", "results"]}),
    ]
    service_actions = [
        ServiceAction(
            name="veroeffentlichen",
            label="Veröffentlichen",
            available=lambda event: event.may_be_published,
            is_main=True,
            explain=lambda event: f"„{event}“ steht dann sofort unter „Veranstaltungen“. {NO_MAIL}",
            run=lambda event, *, by: event.publish() or "Die Veranstaltung ist veröffentlicht.",
        ),
        ServiceAction(
            name="zurueckziehen",
            label="Nicht mehr zeigen",
            available=lambda event: event.may_be_unpublished,
            explain=lambda event: f"„{event}“ ist dann wieder ein Entwurf und nicht öffentlich. {NO_MAIL}",
            run=lambda event, *, by: event.unpublish() or "Die Veranstaltung ist wieder ein Entwurf.",
        ),
        ServiceAction(
            name="absagen",
            label="Absagen",
            available=lambda event: event.may_be_cancelled,
            is_destructive=True,
            explain=lambda event: f"„{event}“ bleibt öffentlich und ist als abgesagt gekennzeichnet. {NO_MAIL}",
            run=lambda event, *, by: event.cancel() or "Die Veranstaltung ist abgesagt.",
        ),
    ]

    def get_view_on_site_url(self, obj: Event | None = None) -> str | None:
        return obj.get_absolute_url() if obj is not None and obj.status != Event.Status.DRAFT else None

    @admin.display(description="Wann", ordering="starts_at")
    def shown_when(self, event: Event) -> str:
        return event.when

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.status == Event.Status.DRAFT)
