"""Workshops and network meetings."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Case, F, Func, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from events import when
from klimapakt.fields import CountField, LineField, ProseField, plausible_date
from klimapakt.states import StateMachine
from partners.models import Organisation


def _later(interval: str) -> Func:
    """The start moved on by calendar days or months, as Berlin counts them."""
    template = f"((%(expressions)s AT TIME ZONE 'Europe/Berlin' + interval '{interval}') AT TIME ZONE 'Europe/Berlin')"
    return Func(F("starts_at"), template=template, output_field=models.DateTimeField())


OVER_AT = Case(
    When(ends_at__isnull=False, then=F("ends_at")),
    When(precision="day", then=_later("1 day")),
    When(precision="month", then=_later("1 month")),
    default=F("starts_at"),
)
"""The moment from which an event is over: when only the day or month is known, the end of that."""


class EventQuerySet(models.QuerySet):
    def public(self) -> Self:
        """Events the public may see: published, and those that were published and then cancelled."""
        return self.filter(status__in=[Event.Status.PUBLISHED, Event.Status.CANCELLED])

    def upcoming(self, *, now: datetime) -> Self:
        """Events that are not over, soonest first."""
        return self.alias(over_at=OVER_AT).filter(over_at__gt=now).order_by("starts_at", "pk")

    def past(self, *, now: datetime) -> Self:
        """Events that are over, or of which no date is known, newest first."""
        over = Q(over_at__lte=now) | Q(starts_at=None)
        return self.alias(over_at=OVER_AT).filter(over).newest_first()

    def newest_first(self) -> Self:
        return self.order_by(F("starts_at").desc(nulls_last=True), F("reported_on").desc(nulls_last=True), "pk")


class Event(StateMachine):
    """One meeting. What is known of its date is part of it: a gap stays a gap (`precision`)."""

    class Kind(models.TextChoices):
        WORKSHOP = "workshop", "Workshop"
        NETWORK_MEETING = "network_meeting", "Netzwerktreffen"
        OTHER = "other", "Veranstaltung"

    class Status(models.TextChoices):
        DRAFT = "draft", "Entwurf"
        PUBLISHED = "published", "veröffentlicht"
        CANCELLED = "cancelled", "abgesagt"

    class Precision(models.TextChoices):
        TIME = "time", "Tag und Uhrzeit"
        DAY = "day", "nur der Tag"
        MONTH = "month", "nur der Monat"
        UNKNOWN = "unknown", "nicht bekannt"

    TRANSITIONS = {
        Status.DRAFT: {Status.PUBLISHED},
        Status.PUBLISHED: {Status.CANCELLED, Status.DRAFT},
        Status.CANCELLED: {Status.PUBLISHED},
    }

    status = models.CharField("Stand", max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    kind = models.CharField("Art", max_length=20, choices=Kind, default=Kind.NETWORK_MEETING)
    title = LineField("Titel")
    slug = models.SlugField("Adresse der Seite", max_length=80, unique=True)
    teaser = LineField("Kurztext", max_length=300, blank=True)
    text = ProseField("Beschreibung", blank=True)
    precision = models.CharField(
        "Der Termin ist bekannt auf",
        max_length=8,
        choices=Precision,
        default=Precision.TIME,
        help_text="Bei „nur der Tag“ oder „nur der Monat“ zeigt die Seite nicht mehr, als bekannt ist.",
    )
    starts_at = models.DateTimeField("Beginn", null=True, blank=True, validators=[plausible_date])
    ends_at = models.DateTimeField("Ende", null=True, blank=True, validators=[plausible_date])
    reported_on = models.DateField(
        "Berichtet am",
        null=True,
        blank=True,
        validators=[plausible_date],
        help_text="Wenn das Datum selbst nicht bekannt ist.",
    )
    venue = LineField("Ort", blank=True)
    host = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="hosted_events",
        verbose_name="Gastgeber",
        help_text="Ein Partner, der seine Türen öffnet.",
    )
    participants = CountField("Teilnehmende", null=True, blank=True, help_text="Nach der Veranstaltung.")
    results = ProseField("Ergebnisse", blank=True)
    is_invented = models.BooleanField("erfunden (Testbetrieb)", default=False, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "Veranstaltung"
        verbose_name_plural = "Veranstaltungen"
        ordering = [F("starts_at").desc(nulls_last=True), "pk"]
        indexes = [models.Index(fields=["status", "starts_at"], name="event_by_date")]
        constraints = [
            models.CheckConstraint(
                condition=Q(precision="unknown", starts_at=None)
                | (~Q(precision="unknown") & Q(starts_at__isnull=False)),
                name="event_has_a_start_unless_unknown",
                violation_error_message="Bitte geben Sie den Beginn an, oder wählen Sie „nicht bekannt“ und lassen Sie ihn leer.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | (Q(precision="time") & Q(ends_at__gt=F("starts_at"))),
                name="event_ends_after_it_starts",
                violation_error_message="Das Ende muss nach dem Beginn liegen und ist nur bei bekannter Uhrzeit möglich.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("events:detail", args=[self.slug])

    @property
    def when(self) -> str:
        """The date in German, as exact as it is known and no more."""
        match self.precision:
            case self.Precision.TIME:
                return when.span(self.starts_at, self.ends_at)
            case self.Precision.DAY:
                return when.day(self.starts_at)
            case self.Precision.MONTH:
                return date_format(timezone.localtime(self.starts_at), "F Y")
        if self.reported_on:
            return f"Datum nicht bekannt, Bericht vom {date_format(self.reported_on, 'j. F Y')}"
        return "Datum nicht bekannt"

    @property
    def is_cancelled(self) -> bool:
        return self.status == self.Status.CANCELLED

    @property
    def may_be_published(self) -> bool:
        return self.may_become(self.Status.PUBLISHED)

    @property
    def may_be_cancelled(self) -> bool:
        return self.may_become(self.Status.CANCELLED)

    @property
    def may_be_unpublished(self) -> bool:
        return self.may_become(self.Status.DRAFT)

    def publish(self) -> None:
        self._move_to(self.Status.PUBLISHED)

    def cancel(self) -> None:
        self._move_to(self.Status.CANCELLED)

    def unpublish(self) -> None:
        self._move_to(self.Status.DRAFT)

    publish.alters_data = cancel.alters_data = unpublish.alters_data = True


class AgendaItem(models.Model):
    """One item of the agenda; the time is empty where it is not known."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)
    starts_at = models.TimeField("Uhrzeit", null=True, blank=True)
    title = LineField("Thema")
    speaker = LineField("Vortragende Person oder Stelle", blank=True)

    class Meta:
        verbose_name = "Programmpunkt"
        verbose_name_plural = "Programm"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title
