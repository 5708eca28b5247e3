"""An event in the office: its form, how many come, and the way to its people."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from events.admin import answers, attendance, entering, inviting
from events.admin.actions import ACTIONS
from events.admin.event_form import NOTIFY, AgendaInline, EventForm
from events.admin.pages import event_page
from events.admin.patience import patient
from events.admin.wording import people
from events.models import Event, Registration, Seats
from events.services import event as service
from klimapakt.admin import ServiceActionsAdmin


class TimeFilter(admin.SimpleListFilter):
    """What is to come, and what is over."""

    title = "Zeit"
    parameter_name = "wann"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("kommend", "kommende"), ("vergangen", "vergangene")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "kommend":
                return queryset.upcoming(now=timezone.now())
            case "vergangen":
                return queryset.past(now=timezone.now())
        return queryset


class SoonestFirst(ChangeList):
    """Lists what is to come in the order in which it comes, whatever else newest first."""

    def _get_default_ordering(self) -> Any:
        if self.params.get(TimeFilter.parameter_name) == "kommend":
            return ["starts_at", "pk"]
        return super()._get_default_ordering()


@admin.register(Event)
class EventAdmin(ServiceActionsAdmin):
    """Whoever may see the event sees how many come; who they are takes the right to see registrations."""

    form = EventForm
    change_form_template = "admin/events/event/change_form.html"
    inlines = [AgendaInline]
    list_display = ["title", "shown_when", "venue", "status", "shown_seats"]
    list_filter = [TimeFilter, "status", "kind"]
    search_fields = ["title", "venue", "host__name"]
    prepopulated_fields = {"slug": ["title"]}
    fieldsets = [
        ("Was", {"fields": ["kind", "title", "slug", "teaser", "text"]}),
        ("Wann und wo", {"fields": ["precision", "starts_at", "ends_at", "reported_on", "venue", "host"]}),
        (
            "Anmeldung",
            {
                "fields": [
                    "takes_registrations",
                    "audience",
                    "capacity",
                    "seats_per_organisation",
                    "registration_closes_at",
                    "remind_days_before",
                ]
            },
        ),
        ("Danach", {"fields": ["participants", "results"]}),
    ]
    service_actions = ACTIONS

    # --- The list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        seats = Registration.objects.filter(event=OuterRef("pk")).order_by().values("event")
        return (
            super()
            .get_queryset(request)
            .annotate(
                taken=Subquery(seats.confirmed().values(n=Sum("seats"))),
                waiting=Subquery(seats.filter(status=Registration.Status.WAITING).values(n=Sum("seats"))),
            )
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SoonestFirst

    @admin.display(description="Wann", ordering="starts_at")
    def shown_when(self, event: Event) -> str:
        return event.when

    @admin.display(description="Angemeldet", ordering="taken")
    def shown_seats(self, event: Event) -> str:
        if not event.takes_registrations and not event.taken:
            return "–"
        seats = f"{event.taken or 0} von {event.capacity}" if event.capacity else f"{event.taken or 0}"
        return f"{seats}, {event.waiting} warten" if event.waiting else seats

    # --- The form ---

    def get_readonly_fields(self, request: HttpRequest, obj: Event | None = None) -> list[str]:
        """The address of a page that was published stands in mails and calendars."""
        return ["slug"] if obj is not None and obj.status != Event.Status.DRAFT else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Event | None = None) -> dict[str, list[str]]:
        return {} if self.get_readonly_fields(request, obj) else self.prepopulated_fields

    def save_model(self, request: HttpRequest, obj: Event, form: EventForm, change: bool) -> None:
        if not change:
            obj.save()
        elif form.changes:
            told = patient(service.change_event)(obj, form.changes, by=request.user, quietly=form.is_quiet)
            if told:
                self.message_user(request, f"Eine Mail über die Änderung geht heraus an {people(told)}.")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        form = context["adminform"].form
        if getattr(form, "only_asks", False) and len(context["errors"]) == 1:
            context["errors"] = None  # nothing is wrong, the form asks
        return super().render_change_form(request, context, **kwargs)

    def construct_change_message(self, request: HttpRequest, form: EventForm, formsets: list, add: bool = False) -> Any:
        """Leave the tick out of the story."""
        form.fields.pop(NOTIFY, None)
        form.__dict__.pop("changed_data", None)
        return super().construct_change_message(request, form, formsets, add)

    def page_context(self, request: HttpRequest, found: Event) -> dict[str, Any]:
        return {"seats": Seats.of(found), "invited": _invited(found)}

    def get_view_on_site_url(self, obj: Event | None = None) -> str | None:
        return obj.get_absolute_url() if obj is not None and obj.status != Event.Status.DRAFT else None

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.status == Event.Status.DRAFT)

    # --- The pages about its people ---

    def get_urls(self) -> list:
        pages = [*inviting.PAGES, *answers.PAGES, *entering.PAGES, *attendance.PAGES]
        urls = [
            path(f"<int:object_id>/{route}", self.admin_site.admin_view(event_page(view, permission)), name=name)
            for route, view, name, permission in pages
        ]
        return urls + super().get_urls()


def _invited(event: Event) -> dict[str, int]:
    """Count the invitations, and those without an answer."""
    return {"all": event.invitations.count(), "unanswered": event.invitations.unanswered().count()}
