"""The agreement with a partner: targets and measures, and when it is in force."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from klimapakt.fields import LineField, ProseField, plausible_date
from klimapakt.states import StateMachine
from klimapakt.uploads import document_path
from partners.models import Consent, Partner


class AgreementQuerySet(models.QuerySet):
    def in_force(self, *, on: date) -> Self:
        """Agreements that bind on that day; one whose first day is not known counts as begun."""
        return self.filter(
            Q(in_force_from=None) | Q(in_force_from__lte=on),
            Q(in_force_until=None) | Q(in_force_until__gte=on),
            status=Agreement.Status.IN_FORCE,
        )

    def public(self, *, on: date) -> Self:
        """Agreements in force whose partner is listed and consents to the publication of its measures."""
        consent = Consent.objects.standing().filter(
            purpose=Consent.Purpose.MEASURES, organisation=OuterRef("partner__organisation")
        )
        return self.in_force(on=on).filter(Exists(consent), partner__in=Partner.objects.released())


class Agreement(StateMachine):
    """One agreement. Signed on paper for now; the office records day and scan and puts it into force."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Entwurf"
        IN_FORCE = "in_force", "in Kraft"

    TRANSITIONS = {Status.DRAFT: {Status.IN_FORCE}}

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="agreements", verbose_name="Partner")
    status = models.CharField("Stand", max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    signed_on = models.DateField("unterschrieben am", null=True, blank=True, validators=[plausible_date])
    scan = models.FileField("Scan der unterschriebenen Fassung", upload_to=document_path, blank=True)
    scan_name = models.CharField(max_length=120, blank=True, editable=False)
    in_force_from = models.DateField("in Kraft ab", null=True, editable=False)
    in_force_until = models.DateField(
        "in Kraft bis",
        null=True,
        blank=True,
        validators=[plausible_date],
        help_text="Letzter Tag. Leer: ohne festes Ende.",
    )
    is_date_unknown = models.BooleanField(
        "Tag der Unterschrift ist nicht bekannt",
        default=False,
        editable=False,
        help_text="Nur für Vereinbarungen aus der Zeit vor dem Portal.",
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = models.DateTimeField("angelegt am", default=timezone.now, editable=False)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = "Vereinbarung"
        verbose_name_plural = "Vereinbarungen"
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["partner", "in_force_from", "in_force_until"],
                name="agreement_in_force",
                condition=Q(status="in_force"),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="in_force") | Q(in_force_from__isnull=False) | Q(is_date_unknown=True),
                name="agreement_in_force_has_a_first_day",
            ),
            models.CheckConstraint(
                condition=Q(in_force_until=None) | Q(signed_on=None) | Q(in_force_until__gte=F("signed_on")),
                name="agreement_ends_after_it_was_signed",
                violation_error_message="Das Ende der Laufzeit muss nach der Unterschrift liegen.",
            ),
        ]

    def __str__(self) -> str:
        return f"Vereinbarung mit {self.partner}"

    @property
    def may_be_put_into_force(self) -> bool:
        return self.may_become(self.Status.IN_FORCE)

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    def put_into_force(self, *, first_day: date | None, last_day: date | None, by: object) -> None:
        """Let the agreement bind; `first_day` is None only where nobody knows it any more."""
        self._move_to(
            self.Status.IN_FORCE,
            in_force_from=first_day,
            in_force_until=last_day,
            is_date_unknown=first_day is None,
            recorded_by=by,
        )

    put_into_force.alters_data = True


class TargetQuerySet(models.QuerySet):
    def public(self, *, on: date) -> Self:
        """Targets of agreements that are public."""
        return self.filter(agreement__in=Agreement.objects.public(on=on))


class Target(models.Model):
    """What the partner wants to reach: less CO2e by a year, against a base year."""

    class Unit(models.TextChoices):
        PERCENT = "percent", "Prozent weniger"
        TONNES = "tonnes", "Tonnen CO₂e im Jahr weniger"

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="targets")
    base_year = models.PositiveSmallIntegerField(
        "Basisjahr", validators=[MinValueValidator(1990), MaxValueValidator(2100)]
    )
    base_value = models.DecimalField(
        "Ausgangswert (t CO₂e im Jahr)",
        max_digits=12,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    year = models.PositiveSmallIntegerField("Zieljahr", validators=[MinValueValidator(2000), MaxValueValidator(2100)])
    amount = models.DecimalField(
        "Minderung", max_digits=12, decimal_places=1, validators=[MinValueValidator(Decimal("0.1"))]
    )
    unit = models.CharField("Einheit", max_length=10, choices=Unit, default=Unit.PERCENT)
    scopes = models.CharField(
        "Umfang",
        max_length=10,
        default="1+2",
        choices=[("1", "Scope 1"), ("1+2", "Scope 1 und 2"), ("1+2+3", "Scope 1, 2 und 3")],
        help_text="Scope 1: eigene Anlagen und Fahrzeuge. Scope 2: eingekaufter Strom und Wärme. Scope 3: Lieferkette.",
    )

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = "Ziel"
        verbose_name_plural = "Ziele"
        ordering = ["year", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__gt=F("base_year")),
                name="target_year_follows_base_year",
                violation_error_message="Das Zieljahr muss nach dem Basisjahr liegen.",
            ),
            models.CheckConstraint(
                condition=Q(unit="tonnes") | Q(amount__lte=100),
                name="at_most_a_hundred_percent",
                violation_error_message="Mehr als 100 Prozent Minderung sind nicht möglich.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.get_unit_display()} bis {self.year}"


class MeasureQuerySet(models.QuerySet):
    def public(self, *, on: date) -> Self:
        """Measures that were released one by one, of agreements that are public."""
        return self.filter(is_public=True, agreement__in=Agreement.objects.public(on=on))


class Measure(models.Model):
    """One thing the partner does, with the CO2e it expects to save in a year."""

    class Category(models.TextChoices):
        ELECTRICITY = "electricity", "Strom sparen"
        RENEWABLE = "renewable", "Erneuerbare Energie"
        HEAT = "heat", "Wärme und Gebäude"
        MOBILITY = "mobility", "Mobilität"
        PROCESS = "process", "Produktion und Abläufe"
        MATERIAL = "material", "Material und Einkauf"
        PEOPLE = "people", "Menschen und Wissen"
        OTHER = "other", "Sonstiges"

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="measures")
    category = models.CharField("Bereich", max_length=12, choices=Category)
    title = LineField("Maßnahme")
    description = ProseField("Beschreibung", max_length=1500, blank=True)
    from_year = models.PositiveSmallIntegerField(
        "von (Jahr)", validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    to_year = models.PositiveSmallIntegerField(
        "bis (Jahr)", null=True, blank=True, validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    expected_saving = models.DecimalField(
        "erwartete Einsparung (t CO₂e im Jahr)",
        max_digits=10,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(10_000_000))],
        help_text="Leer, wenn sie sich nicht beziffern lässt.",
    )
    is_public = models.BooleanField("öffentlich", default=True)

    objects = MeasureQuerySet.as_manager()

    class Meta:
        verbose_name = "Maßnahme"
        verbose_name_plural = "Maßnahmen"
        ordering = ["from_year", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_year=None) | Q(to_year__gte=F("from_year")),
                name="measure_ends_after_it_begins",
                violation_error_message="Das Ende der Maßnahme darf nicht vor dem Beginn liegen.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def period(self) -> str:
        """Return e.g. „2026“, „2026–2028“ or „ab 2026“."""
        if self.to_year is None:
            return f"ab {self.from_year}"
        return str(self.from_year) if self.to_year == self.from_year else f"{self.from_year}–{self.to_year}"
