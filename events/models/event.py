"""Workshops and network meetings."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Func, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt import when
from klimapakt.fields import CountField, LineField, ProseField, plausible_date
from klimapakt.states import StateMachine
from partners.models import Organisation


def _end_of(span: str) -> Func:
    """The end of the day or month in which the event starts, by the calendar in Berlin."""
    berlin = "AT TIME ZONE 'Europe/Berlin'"
    template = f"((date_trunc('{span}', %(expressions)s {berlin}) + interval '1 {span}') {berlin})"
    return Func(F("starts_at"), template=template, output_field=models.DateTimeField())


OVER_AT = Case(
    When(ends_at__isnull=False, then=F("ends_at")),
    When(precision="day", then=_end_of("day")),
    When(precision="month", then=_end_of("month")),
    default=F("starts_at"),
)
"""The moment from which an event is over: when only the day or month is known, the end of that."""


MOST_SEATS = 20
"""So many seats one organisation can have at one event; each is an input of the form."""


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
    """One meeting. What is known of its date is part of it: a gap stays a gap (`precision`).

    Whatever touches seats locks this row first (`events.services.locking`).
    """

    class Kind(models.TextChoices):
        WORKSHOP = "workshop", "Workshop"
        NETWORK_MEETING = "network_meeting", "Netzwerktreffen"
        OTHER = "other", "Veranstaltung"

    class Status(models.TextChoices):
        DRAFT = "draft", "Entwurf"
        PUBLISHED = "published", "veröffentlicht"
        CANCELLED = "cancelled", "abgesagt"

    class Audience(models.TextChoices):
        PUBLIC = "public", "alle"
        PARTNERS = "partners", "nur Klimapartner, mit Einladung"

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
    takes_registrations = models.BooleanField(
        "Mit Anmeldung",
        default=True,
        help_text="Angemeldet wird sich auf der Seite, sobald Tag und Uhrzeit feststehen.",
    )
    audience = models.CharField("Wer kann kommen", max_length=8, choices=Audience, default=Audience.PUBLIC)
    capacity = CountField(
        "Plätze", null=True, blank=True, validators=[MinValueValidator(1)], help_text="Leer: ohne Grenze."
    )
    seats_per_organisation = models.PositiveSmallIntegerField(
        "Plätze je Organisation", default=2, validators=[MinValueValidator(1), MaxValueValidator(MOST_SEATS)]
    )
    registration_closes_at = models.DateTimeField(
        "Anmeldung bis", null=True, blank=True, validators=[plausible_date], help_text="Leer: bis zum Beginn."
    )
    remind_days_before = models.PositiveSmallIntegerField(
        "Erinnerung, Tage vorher",
        null=True,
        blank=True,
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text="Geht zur Uhrzeit des Beginns an alle Angemeldeten. Leer: keine Erinnerung.",
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    """Number of the newest calendar file (RFC 5545, SEQUENCE)."""
    told_at = models.DateTimeField(null=True, editable=False)
    """When all who come were last told of a change."""
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
            models.CheckConstraint(
                condition=Q(registration_closes_at=None) | Q(registration_closes_at__lte=F("starts_at")),
                name="registration_closes_before_the_start",
                violation_error_message="Die Anmeldung kann nicht länger offen sein als bis zum Beginn.",
            ),
            models.CheckConstraint(
                condition=Q(capacity=None) | Q(capacity__gte=1),
                name="event_has_room_for_somebody",
                violation_error_message="Bitte geben Sie mindestens einen Platz an, oder lassen Sie das Feld leer.",
            ),
            models.CheckConstraint(
                condition=Q(seats_per_organisation__range=(1, MOST_SEATS)),
                name="seats_per_organisation_are_few",
                violation_error_message=f"Je Organisation sind 1 bis {MOST_SEATS} Plätze möglich.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("events:detail", args=[self.slug])

    @property
    def when(self) -> str:
        """The date in German, as exact as it is known and no more."""
        match self.precision if self.starts_at else self.Precision.UNKNOWN:
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
    def is_for_partners(self) -> bool:
        return self.audience == self.Audience.PARTNERS

    @property
    def has_exact_time(self) -> bool:
        return self.precision == self.Precision.TIME

    @property
    def most_seats(self) -> int:
        """So many seats one organisation can have."""
        return min(self.seats_per_organisation, self.capacity or self.seats_per_organisation)

    @property
    def closes_at(self) -> datetime | None:
        """The moment from which nobody can register any more."""
        return self.registration_closes_at or self.starts_at

    @property
    def shown_closing(self) -> str:
        """The end of the registration in German."""
        return when.span(self.closes_at, None)

    @property
    def remind_at(self) -> datetime | None:
        """The same time of day in Berlin as the start, so many days before; None without a reminder."""
        if self.remind_days_before is None or not self.has_exact_time:
            return None
        start = timezone.localtime(self.starts_at).replace(tzinfo=None, fold=0)
        return timezone.make_aware(start - timedelta(days=self.remind_days_before)).astimezone(UTC)

    def has_started(self, *, now: datetime) -> bool:
        if not self.has_exact_time:
            return self.is_over(now=now)
        return self.starts_at <= now

    def is_over(self, *, now: datetime) -> bool:
        """Whether the end has passed; without a known end the start, and of a mere day or month the end of that."""
        if self.starts_at is None:
            return False
        if self.has_exact_time:
            return (self.ends_at or self.starts_at) <= now
        known, today = timezone.localdate(self.starts_at), timezone.localdate(now)
        if self.precision == self.Precision.MONTH:
            known, today = known.replace(day=1), today.replace(day=1)
        return known < today

    def why_settled(self, *, now: datetime, for_office: bool = False) -> str:
        """Say in German why not even a name can be changed any more; empty while it can.

        For guests that is the start; the office can put things right until the end.
        """
        if self.status == self.Status.DRAFT:
            return "Diese Veranstaltung ist noch nicht veröffentlicht."
        if self.is_cancelled:
            return "Diese Veranstaltung ist abgesagt."
        if self.is_over(now=now):
            return "Diese Veranstaltung ist vorbei."
        if self.has_started(now=now) and not for_office:
            return "Diese Veranstaltung hat schon begonnen."
        return ""

    def why_closed(self, *, now: datetime, for_office: bool = False) -> str:
        """Say in German why nobody can register any more; empty while the registration is open."""
        if settled := self.why_settled(now=now, for_office=for_office):
            return settled
        if not self.takes_registrations:
            return "Eine Anmeldung über diese Seite ist nicht vorgesehen."
        if not self.has_exact_time:
            return "Die Anmeldung beginnt, sobald Tag und Uhrzeit feststehen."
        if self.closes_at <= now and not for_office:
            return f"Die Anmeldung ist seit {self.shown_closing} geschlossen."
        return ""

    def awaits_answers(self, *, now: datetime) -> bool:
        """Whether somebody who was asked could still come, if the event takes place."""
        return self.takes_registrations and self.has_exact_time and now < self.closes_at

    @property
    def may_be_published(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def may_be_cancelled(self) -> bool:
        return self.may_become(self.Status.CANCELLED)

    @property
    def may_be_unpublished(self) -> bool:
        return self.may_become(self.Status.DRAFT)

    @property
    def may_be_reinstated(self) -> bool:
        return self.is_cancelled

    def publish(self) -> None:
        """Show the draft to the public."""
        self._move_to(self.Status.PUBLISHED, only_from={self.Status.DRAFT})

    def cancel(self) -> None:
        """Call the event off. The service of the same name tells those who wanted to come."""
        self._move_to(self.Status.CANCELLED)

    def reinstate(self) -> None:
        """Take the cancellation back; the service tells those who had heard of it."""
        self._move_to(self.Status.PUBLISHED, only_from={self.Status.CANCELLED})

    def unpublish(self) -> None:
        """Make it a draft again."""
        self._move_to(self.Status.DRAFT)

    def raise_sequence(self) -> None:
        """Count a change that calendars hear of. The row is locked, so the next file has a number of its own."""
        self.sequence += 1
        self.save(update_fields=["sequence"])

    for _method in (publish, cancel, reinstate, unpublish, raise_sequence):
        _method.alters_data = True
    del _method


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
