"""What an agreement says while it is a draft: clauses, targets, measures, contributions."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.template.defaultfilters import floatformat

from agreements.models.agreement import Agreement
from agreements.placeholders import only_known
from klimapakt.fields import LineField, ProseField, words_fit


class Contains(models.TextChoices):
    """What stands below the text of a clause."""

    NOTHING = "", "nur der Text"
    TARGETS = "targets", "die Ziele als Tabelle"
    MEASURES = "measures", "die Maßnahmen als Tabelle"
    CONTRIBUTIONS = "contributions", "die Beiträge der Stadt als Liste"


class ClauseText(models.Model):
    """A clause as the office writes it, in the template or in one agreement."""

    Contains = Contains

    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)
    title = LineField("Überschrift", max_length=120, validators=[only_known])
    text = ProseField(
        "Text",
        blank=True,
        validators=[only_known, words_fit],
        help_text="Eine leere Zeile trennt Absätze; nummeriert werden sie von selbst.",
    )
    contains = models.CharField("darunter steht", max_length=13, choices=Contains, blank=True, default=Contains.NOTHING)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class ContributionText(models.Model):
    """One thing the city does for its partners, as the office writes it."""

    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)
    text = ProseField("Beitrag der Stadt", max_length=1000, validators=[only_known, words_fit])

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text[:80]


class Clause(ClauseText):
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="clauses")

    class Meta(ClauseText.Meta):
        verbose_name = "Abschnitt"
        verbose_name_plural = "Abschnitte"


class Contribution(ContributionText):
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="contributions")

    class Meta(ContributionText.Meta):
        verbose_name = "Beitrag der Stadt"
        verbose_name_plural = "Beiträge der Stadt"


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
        return f"{floatformat(self.amount, '-1g')} {self.get_unit_display()} bis {self.year}"


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
    description = ProseField("Beschreibung", max_length=1500, blank=True, validators=[words_fit])
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
