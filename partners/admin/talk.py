"""The office offers times for orientation talks and notes how they went."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Prefetch, Q, QuerySet, When
from django.db.models.expressions import OrderBy
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.admin import ServiceAction, ServiceActionsAdmin, with_patience
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible
from partners.forms.slots import BookForm, OtherPlaceForm, SlotsForm, WithdrawForm
from partners.models import Application, TalkBooking, TalkSlot
from partners.models.prospect import Prospect
from partners.services import talks

B = TalkBooking.Status


def booking_of(slot: TalkSlot) -> TalkBooking | None:
    """Return who has the slot; one query, or none where the list has fetched it."""
    if not hasattr(slot, "taken_by"):
        slot.taken_by = list(slot.bookings.active().select_related("interest", "application"))
    return slot.taken_by[0] if slot.taken_by else None


def state_of(slot: TalkSlot) -> str:
    """Say in German how a slot stands and what is to be done."""
    booking, is_over = booking_of(slot), slot.ends_at <= timezone.now()
    if booking is None:
        if not slot.is_offered:
            return "zurückgenommen"
        return "vorbei, nicht gebucht" if is_over else "frei"
    if booking.is_booked:
        return f"Ergebnis eintragen: {booking.organisation}" if is_over else f"gebucht: {booking.organisation}"
    return f"{booking.get_status_display()}: {booking.organisation}"


def what_becomes_of_talk(application: Application) -> str:
    """Say what a rejection does with a coming talk; nothing when there is none."""
    booking = talks.booked_for(application)
    if booking is None or not booking.may_be_moved(now=timezone.now()):
        return ""
    return f"Das Gespräch am {booking.slot.when} sagen wir dann mit einer eigenen Mail ab."


def talk_that_stays(application: Application) -> str:
    """Say that a coming talk takes place all the same; nothing when there is none."""
    booking = talks.booked_for(application)
    if booking is None or not booking.may_be_moved(now=timezone.now()):
        return ""
    return f"Das Gespräch am {booking.slot.when} bleibt gebucht."


# --- What can be done with one slot -----------------------------------------------------------------------------------


def _is_ahead(slot: TalkSlot) -> bool:
    return slot.is_offered and slot.starts_at > timezone.now()


def _has_begun(slot: TalkSlot, *states: str) -> bool:
    booking = booking_of(slot)
    return booking is not None and booking.status in states and slot.starts_at <= timezone.now()


def _explain_held(slot: TalkSlot) -> str:
    booking = booking_of(slot)
    if booking.application_id:
        after = "Im Antrag steht dann der Schritt „Orientierungsgespräch“ mit diesem Tag."
    else:
        after = "Stellt das Unternehmen später einen Antrag, steht der Schritt „Orientierungsgespräch“ schon darin."
    return f"Hält fest, dass das Gespräch mit „{booking.organisation}“ stattgefunden hat. {after} Es geht keine Mail heraus."


def _explain_missed(slot: TalkSlot) -> str:
    booking = booking_of(slot)
    mended = " Der Schritt im Antrag wird wieder entfernt." if booking.status == B.HELD and booking.step_id else ""
    return (
        f"Hält fest, dass das Gespräch mit „{booking.organisation}“ nicht stattgefunden hat.{mended} Das Unternehmen kann "
        "dann einen anderen Termin buchen. Es geht keine Mail heraus."
    )


def _record(slot: TalkSlot, *, by: Any, took_place: bool) -> str:
    talks.record(booking_of(slot), took_place=took_place, by=by)
    return "Eingetragen: Das Gespräch hat stattgefunden." if took_place else "Eingetragen: Es hat nicht stattgefunden."


def _explain_place(slot: TalkSlot) -> str:
    booking = booking_of(slot)
    if booking is None:
        return "Der Termin ist noch frei. Wer ihn bucht, sieht die neuen Angaben. Es geht keine Mail heraus."
    return (
        f"{booking.name} ({booking.email}) bekommt sofort eine Mail mit den neuen Angaben und einer Kalenderdatei, die den "
        "Eintrag ändert. Die Zeit bleibt; für eine andere Zeit nehmen Sie den Termin zurück und bieten einen neuen an."
    )


def _change_place(slot: TalkSlot, *, by: Any, form: str, where: str, host: str) -> str:
    was_told = talks.change_place(slot, talks.Place(form, where, host), by=by)
    return "Geändert. Das Unternehmen bekommt eine Mail." if was_told else "Geändert. Es geht keine Mail heraus."


def _explain_withdraw(slot: TalkSlot) -> str:
    booking = booking_of(slot)
    if booking is None:
        return "Der Termin ist noch frei und wird dann nicht mehr angeboten. Es geht keine Mail heraus."
    count = TalkSlot.objects.free(now=timezone.now()).count()
    others = {
        0: "Zurzeit ist kein anderer Termin frei: Bieten Sie am besten vorher neue an.",
        1: "Ein Termin ist frei.",
    }
    return (
        f"„{booking.organisation}“ hat diesen Termin gebucht. {booking.name} ({booking.email}) bekommt sofort eine Mail mit "
        "der Absage, einer Kalenderdatei, die den Eintrag entfernt, und dem Link zu den freien Terminen. "
        f"{others.get(count, f'{count} Termine sind frei.')} Das lässt sich nicht zurücknehmen."
    )


def _withdraw(slot: TalkSlot, *, by: Any, reason: str = "") -> str:
    booking = talks.withdraw_slot(slot, by=by, reason=reason)
    return "Der Termin ist zurückgenommen." + (" Das Unternehmen bekommt eine Mail." if booking else "")


def _obstacles_to_booking(slot: TalkSlot) -> list[str]:
    if not Pact.load().books_talks_online:
        return ["Das Buchen von Gesprächsterminen ist in den Einstellungen des Pakts ausgeschaltet."]
    return [] if talks.without_talk() else ["Zurzeit gibt es keine offene Anfrage und keinen Antrag ohne Gespräch."]


def _book(slot: TalkSlot, *, by: Any, prospect: Prospect, phone: str = "") -> str:
    booking = talks.book(prospect, slot, phone=phone, by=by)
    return f"Gebucht für „{booking.organisation}“. {booking.name} bekommt eine Mail."


def _place_form(slot: TalkSlot) -> Any:
    return partial(OtherPlaceForm, slot=slot)


ACTIONS = [
    ServiceAction(
        name="stattgefunden",
        label="Hat stattgefunden",
        available=lambda slot: _has_begun(slot, B.BOOKED, B.MISSED),
        explain=_explain_held,
        run=lambda slot, *, by: _record(slot, by=by, took_place=True),
        is_main=True,
    ),
    ServiceAction(
        name="ausgefallen",
        label="Hat nicht stattgefunden",
        available=lambda slot: _has_begun(slot, B.BOOKED, B.HELD),
        explain=_explain_missed,
        run=lambda slot, *, by: _record(slot, by=by, took_place=False),
    ),
    ServiceAction(
        name="buchen",
        label="Für ein Unternehmen buchen",
        available=lambda slot: TalkSlot.objects.free(now=timezone.now()).filter(pk=slot.pk).exists(),
        form_for=lambda slot: partial(BookForm, slot=slot),
        obstacles=_obstacles_to_booking,
        explain=lambda slot: (
            "Zum Beispiel, wenn jemand anruft. Zur Wahl stehen offene Anfragen und Anträge ohne Gespräch, deren Adresse "
            "bestätigt ist. Die Person bekommt eine Mail mit einer Kalenderdatei und kann den Termin auf ihrer eigenen "
            "Seite verschieben oder absagen."
        ),
        run=_book,
    ),
    ServiceAction(
        name="ort",
        label="Ort oder Link ändern",
        available=_is_ahead,
        form_for=_place_form,
        explain=_explain_place,
        run=_change_place,
    ),
    ServiceAction(
        name="zuruecknehmen",
        label="Termin zurücknehmen",
        available=_is_ahead,
        explain=_explain_withdraw,
        form_for=lambda slot: WithdrawForm if booking_of(slot) else None,
        run=_withdraw,
        is_destructive=True,
    ),
]


# --- The list ---------------------------------------------------------------------------------------------------------


class StateFilter(admin.SimpleListFilter):
    """What is free, taken, to be noted."""

    title = "Stand"
    parameter_name = "stand"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            ("frei", "frei"),
            ("gebucht", "gebucht"),
            ("eintragen", "Ergebnis eintragen"),
            ("liegt", "Ergebnis fehlt zu lange"),
            ("vergangen", "vergangen"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        now, bookings = timezone.now(), TalkBooking.objects
        match self.value():
            case "frei":
                return queryset.free(now=now)
            case "gebucht":
                return queryset.filter(pk__in=bookings.booked().values("slot"), starts_at__gt=now)
            case "eintragen":
                return queryset.filter(pk__in=bookings.to_record(now=now).values("slot"))
            case "liegt":
                return queryset.filter(pk__in=bookings.untouched(now=now).values("slot"))
            case "vergangen":
                return queryset.filter(ends_at__lte=now)
        return queryset


class NextFirst(ChangeList):
    """Lists what is to be noted or still to come in the order in which it comes, then the past, newest first."""

    def _get_default_ordering(self) -> list[OrderBy | str]:
        now = timezone.now()
        is_to_note = Q(pk__in=TalkBooking.objects.to_record(now=now).values("slot"))
        is_to_come = Q(status=TalkSlot.Status.OFFERED, ends_at__gt=now)
        return [Case(When(is_to_note | is_to_come, then="starts_at")).asc(nulls_last=True), "-ends_at", "-pk"]


@admin.register(TalkSlot)
class TalkSlotAdmin(ServiceActionsAdmin):
    """Times are offered in series, and never edited: whoever has one is told of every change."""

    list_display = ["shown_short", "form", "host", "shown_state", "shown_person"]
    list_filter = [StateFilter, "form"]
    search_fields = ["host", "bookings__organisation", "bookings__name"]
    add_label = "Termine anbieten"
    about_list = "Bieten Sie Termine an; Unternehmen mit einem persönlichen Link wählen daraus."
    change_form_template = "admin/partners/talkslot/change_form.html"
    fields = readonly_fields = ["shown_when", "form", "where", "host", "shown_state", "offered_at", "offered_by"]
    service_actions = ACTIONS

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        taken = TalkBooking.objects.active().select_related("interest", "application")
        return super().get_queryset(request).prefetch_related(Prefetch("bookings", taken, to_attr="taken_by"))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NextFirst

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search in a query of its own: Django's DISTINCT does not go with the order of the list."""
        found, _ = super().get_search_results(request, TalkSlot.objects.order_by(), search_term)
        return queryset.filter(pk__in=found.values("pk")), False

    @admin.display(description="Wann", ordering="starts_at")
    def shown_short(self, slot: TalkSlot) -> str:
        return f"{date_format(timezone.localtime(slot.starts_at), 'D, d.m.Y')}, {slot.hours}"

    @admin.display(description="Wann", ordering="starts_at")
    def shown_when(self, slot: TalkSlot) -> str:
        return slot.when

    @admin.display(description="Stand")
    def shown_state(self, slot: TalkSlot) -> str:
        return state_of(slot)

    @admin.display(description="Gebucht von")
    def shown_person(self, slot: TalkSlot) -> str:
        booking = booking_of(slot)
        return f"{booking.name}, {booking.email}" if booking else "–"

    def has_change_permission(self, request: HttpRequest, obj: TalkSlot | None = None) -> bool:
        """Whoever booked is told of every change: the buttons do that, a form would not."""
        return False

    def may_act(self, request: HttpRequest, found: TalkSlot) -> bool:
        return request.user.has_perm("partners.change_talkslot")

    def has_delete_permission(self, request: HttpRequest, obj: TalkSlot | None = None) -> bool:
        """What nobody wants any more is withdrawn, and stays in the list."""
        return False

    def page_context(self, request: HttpRequest, found: TalkSlot) -> dict[str, Any]:
        booking = booking_of(found)
        return {
            "booking": booking,
            "case_url": _case_url(booking) if booking else "",
            "earlier": found.bookings.filter(status=B.CANCELLED),
            "is_noted": booking is not None and not booking.is_booked,
        }

    # --- Offering ---

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask for one time or a series (GET), show what that makes (POST „preview“), then offer it (POST „offer“)."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._show(request, "offer", SlotsForm(initial={"host": request.user.get_full_name()}))
        form = SlotsForm(request.POST)
        if not form.is_valid():
            return self._show(request, "offer", form, status=422)
        if "back" in request.POST:
            return self._show(request, "offer", form)
        if "offer" not in request.POST:
            return self._preview(request, form)
        try:
            made = with_patience(lambda: talks.offer(form.times, form.place(), by=request.user))
        except NotPossible as refusal:
            form.add_error(None, str(refusal))
            return self._show(request, "offer", form, status=422)
        host = form.place().host
        if made:
            rest = f" Zu den übrigen Zeiten hat {host} schon Gesprächstermine." if made < len(form.times) else ""
            messages.success(request, f"{_times(made)} {'ist' if made == 1 else 'sind'} angeboten.{rest}")
        else:
            messages.warning(
                request,
                f"Es ist kein neuer Termin dazugekommen: {host} hat zu diesen Zeiten schon Gesprächstermine.",
            )
        return redirect(f"{reverse('admin:partners_talkslot_changelist')}?stand=frei")

    def _preview(self, request: HttpRequest, form: SlotsForm) -> HttpResponse:
        busy = talks.busy(form.cleaned_data["host"], form.times)
        slots = [(TalkSlot(starts_at=one.start, ends_at=one.end), one in busy) for one in form.times]
        new = sum(not is_busy for _, is_busy in slots)
        context = {"slots": slots, "new": new, "label": f"{_times(new)} anbieten", "place": form.place()}
        context["place_label"] = TalkSlot.Form(form.place().form).label
        return self._show(request, "offer_preview", form, title="Termine prüfen", **context)

    def _show(
        self, request: HttpRequest, name: str, form: SlotsForm, *, status: int = 200, **context: object
    ) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": self.add_label, "form": form}
        pact = Pact.load()
        frame["is_off"] = not pact.books_talks_online
        return TemplateResponse(request, f"admin/partners/talkslot/{name}.html", {**frame, **context}, status=status)


def _times(number: int) -> str:
    return "1 Termin" if number == 1 else f"{number} Termine"


def _case_url(booking: TalkBooking) -> str:
    case = booking.open_case
    return reverse(f"admin:partners_{case._meta.model_name}_change", args=[case.pk]) if case else ""
