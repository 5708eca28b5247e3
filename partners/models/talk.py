"""Orientation talks: the times that the office offers, and who has one of them."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from klimapakt import when
from klimapakt.fields import LineField, plausible_date
from klimapakt.pact.models import Pact
from klimapakt.states import StateMachine, TransitionNotAllowed
from partners.models.prospect import OfProspect, OfProspectQuerySet

LEAD = timedelta(hours=2)
"""So long before it begins a talk can still be booked or moved: both sides read their mail and get ready."""


class TimeRange(models.Func):
    """From a moment up to another, which is not part of it."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class TalkSlotQuerySet(models.QuerySet):
    def free(self, *, now: datetime) -> Self:
        """What a company can still choose, soonest first."""
        taken = TalkBooking.objects.active().values("slot")
        offered = self.filter(status=TalkSlot.Status.OFFERED, starts_at__gt=now + LEAD)
        return offered.exclude(pk__in=taken).order_by("starts_at", "pk")


class TalkSlot(StateMachine):
    """A time that somebody of the office keeps free for one company."""

    class Form(models.TextChoices):
        PLACE = "place", "vor Ort"
        VIDEO = "video", "per Video"
        PHONE = "phone", "am Telefon"

    class Status(models.TextChoices):
        OFFERED = "offered", "angeboten"
        WITHDRAWN = "withdrawn", "zurückgenommen"

    TRANSITIONS = {Status.OFFERED: {Status.WITHDRAWN}}

    status = models.CharField("Stand", max_length=10, choices=Status, default=Status.OFFERED, editable=False)
    starts_at = models.DateTimeField("Beginn", validators=[plausible_date])
    ends_at = models.DateTimeField("Ende", validators=[plausible_date])
    form = models.CharField("Art", max_length=5, choices=Form, default=Form.VIDEO)
    where = LineField("Ort oder Link", max_length=300, blank=True)
    host = LineField("Wer das Gespräch führt")
    offered_at = models.DateTimeField("angeboten am", default=timezone.now, editable=False)
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        verbose_name="angeboten von",
    )
    is_invented = models.BooleanField("erfunden (Testbetrieb)", default=False, editable=False)

    objects = TalkSlotQuerySet.as_manager()

    class Meta:
        verbose_name = "Gesprächstermin"
        verbose_name_plural = "Gesprächstermine"
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="talk_ends_after_it_begins"),
            ExclusionConstraint(
                name="nobody_holds_two_talks_at_once",
                expressions=[
                    (Lower("host"), RangeOperators.EQUAL),
                    (TimeRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="offered"),
            ),
        ]

    def __str__(self) -> str:
        return self.when

    @property
    def when(self) -> str:
        """Return e.g. „Montag, 8. März 2027, 13:00–13:45 Uhr“, without invisible characters: it goes into notes and mails."""
        return when.span(self.starts_at, self.ends_at).replace(when.JOINER, "")

    @property
    def day(self) -> str:
        return when.day(self.starts_at)

    @property
    def hours(self) -> str:
        """Return e.g. „13:00–13:45 Uhr“."""
        return when.hours(self.starts_at, self.ends_at)

    @property
    def how(self) -> str:
        """How the talk is held, for everybody who may book it; the link to a video talk is not for them."""
        is_place = self.form == self.Form.PLACE and self.where
        return f"{self.get_form_display()}, {self.where}" if is_place else self.get_form_display()

    @property
    def remind_at(self) -> datetime:
        """The same time of day in Berlin, one day before."""
        start = timezone.localtime(self.starts_at).replace(tzinfo=None, fold=0)
        return timezone.make_aware(start - timedelta(days=1)).astimezone(UTC)

    @property
    def is_offered(self) -> bool:
        return self.status == self.Status.OFFERED

    def withdraw(self) -> None:
        """Offer this time no longer."""
        self._move_to(self.Status.WITHDRAWN)

    withdraw.alters_data = True


class TalkBookingQuerySet(OfProspectQuerySet):
    def active(self) -> Self:
        """What takes a slot: also a talk that is over."""
        return self.exclude(status=TalkBooking.Status.CANCELLED)

    def booked(self) -> Self:
        return self.filter(status=TalkBooking.Status.BOOKED)

    def to_record(self, *, now: datetime) -> Self:
        """Talks that are over and of which nobody noted whether they took place."""
        return self.booked().filter(slot__ends_at__lte=now)

    def to_remind(self, *, now: datetime) -> Self:
        """Talks that may be near enough for a reminder; `wants_reminder` decides."""
        return self.booked().filter(slot__starts_at__gt=now, slot__starts_at__lte=now + timedelta(days=1, hours=1))

    def untouched(self, *, now: datetime) -> Self:
        """Those of which nobody noted it for the pact's number of days."""
        return self.to_record(now=now - timedelta(days=Pact.load().untouched_after_days))


class TalkBooking(OfProspect, StateMachine):
    """One company's talk. Moving it keeps the row: it is the same entry in people's calendars."""

    class Status(models.TextChoices):
        BOOKED = "booked", "gebucht"
        HELD = "held", "hat stattgefunden"
        MISSED = "missed", "hat nicht stattgefunden"
        CANCELLED = "cancelled", "abgesagt"

    TRANSITIONS = {
        Status.BOOKED: {Status.HELD, Status.MISSED, Status.CANCELLED},
        Status.HELD: {Status.MISSED},  # mended
        Status.MISSED: {Status.HELD},  # mended
    }

    slot = models.ForeignKey(TalkSlot, on_delete=models.PROTECT, related_name="bookings", verbose_name="Termin")
    status = models.CharField("Stand", max_length=10, choices=Status, default=Status.BOOKED, editable=False)
    phone = LineField("Telefon", max_length=40, blank=True, editable=False)
    booked_at = models.DateTimeField("gebucht am", default=timezone.now, editable=False)
    placed_at = models.DateTimeField("auf diesen Termin gebucht am", default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField("abgesagt am", null=True, editable=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    """Number of the newest calendar file (RFC 5545, SEQUENCE)."""

    objects = TalkBookingQuerySet.as_manager()

    class Meta:
        verbose_name = "Buchung"
        verbose_name_plural = "Buchungen"
        ordering = ["-booked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["slot"], condition=~Q(status="cancelled"), name="one_company_a_talk"),
            models.UniqueConstraint(
                fields=["interest"], condition=Q(status="booked"), name="one_coming_talk_an_interest"
            ),
            models.UniqueConstraint(
                fields=["application"], condition=Q(status="booked"), name="one_coming_talk_an_application"
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at=None)),
                name="cancelled_talk_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}, {self.slot}"

    @property
    def is_booked(self) -> bool:
        return self.status == self.Status.BOOKED

    @property
    def how(self) -> str:
        """How and where the talk is held, for whoever booked it."""
        match self.slot.form:
            case TalkSlot.Form.PHONE:
                return f"am Telefon, wir rufen Sie an: {self.phone}"
            case TalkSlot.Form.VIDEO:
                return f"per Video, {self.slot.where or 'den Link schicken wir Ihnen vorher'}"
        return self.slot.how

    @property
    def how_for_office(self) -> str:
        """The same, for whoever holds the talk."""
        match self.slot.form:
            case TalkSlot.Form.PHONE:
                return f"am Telefon, Sie rufen an: {self.phone}"
            case TalkSlot.Form.VIDEO:
                return f"per Video, {self.slot.where or 'der Link fehlt noch'}"
        return self.slot.how

    @property
    def location(self) -> str:
        """Where the talk is, for a calendar of either side: what a map, a browser or a telephone understands."""
        if self.slot.form == TalkSlot.Form.PHONE:
            return f"Telefon {self.phone}"
        return self.slot.where or self.slot.get_form_display()

    def may_be_moved(self, *, now: datetime) -> bool:
        """Whether the company can still move or cancel it: until it begins."""
        return self.is_booked and now < self.slot.starts_at

    def wants_reminder(self, *, now: datetime) -> bool:
        """Whether it is the day before; not for whoever booked within that day."""
        return self.placed_at < self.slot.remind_at <= now < self.slot.starts_at

    @property
    def done_on(self) -> date:
        """The day of the step that a talk is."""
        return timezone.localdate(self.slot.starts_at)

    def move(self, slot: TalkSlot, *, phone: str) -> None:
        """Take another time."""
        self._stay_booked(slot=slot, phone=phone, placed_at=timezone.now())

    def announce_change(self, *, on: TalkSlot) -> None:
        """Number the calendar file that says the place anew. Raises when the company has left this time."""
        self._stay_booked(only_on=on)

    def _stay_booked(self, *, only_on: TalkSlot | None = None, **changes: object) -> None:
        rows = TalkBooking.objects.booked().filter(pk=self.pk, slot=only_on or self.slot_id)
        if not rows.update(sequence=F("sequence") + 1, **changes):
            raise TransitionNotAllowed(f"talk {self.pk} is not booked any more")
        self.refresh_from_db()

    def cancel(self, *, only_on: TalkSlot) -> None:
        """Give the time back. Raises when the company has left it for another."""
        self._move_to(
            self.Status.CANCELLED,
            only_where={"slot": only_on},
            cancelled_at=timezone.now(),
            sequence=F("sequence") + 1,
        )

    def record(self, *, took_place: bool) -> None:
        """Note how it went; a slip can be mended."""
        self._move_to(self.Status.HELD if took_place else self.Status.MISSED)

    for _method in (move, announce_change, _stay_booked, cancel, record):
        _method.alters_data = True
    del _method
