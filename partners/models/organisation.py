"""Who somebody is: an organisation, its contacts, and the role of an initial partner."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Lower, Replace

from klimapakt.fields import CountField, LineField, MailField, ProseField, WebField
from klimapakt.text import FOLDED_FROM, FOLDED_TO


class Sector(models.TextChoices):
    """Sections of the German classification of economic activities (WZ 2025), in everyday words."""

    A = "A", "Land- und Forstwirtschaft"
    B = "B", "Bergbau"
    C = "C", "Industrie und verarbeitendes Gewerbe"
    D = "D", "Energieversorgung"
    E = "E", "Wasser, Abwasser und Entsorgung"
    F = "F", "Bau und Ausbau"
    G = "G", "Handel"
    H = "H", "Verkehr und Logistik"
    I = "I", "Gastgewerbe"  # noqa: E741 - the section's letter
    J = "J", "Verlage, Film und Rundfunk"
    K = "K", "Telekommunikation und IT"
    L = "L", "Finanzen und Versicherungen"
    M = "M", "Grundstücke und Wohnungen"
    N = "N", "Beratung, Forschung und Technik"
    O = "O", "Sonstige Dienste für Unternehmen"  # noqa: E741
    P = "P", "Öffentliche Verwaltung"
    Q = "Q", "Erziehung und Unterricht"
    R = "R", "Gesundheit und Soziales"
    S = "S", "Kunst, Sport und Erholung"
    T = "T", "Vereine, Verbände und persönliche Dienste"


SIZES = [(1, "1 bis 9"), (10, "10 bis 49"), (50, "50 bis 249"), (250, "250 bis 999"), (1000, "1.000 und mehr")]
"""Classes in which a number of employees is published; the number itself never is."""


def size_label(employees: int | None) -> str:
    """Return the published size class, e.g. „10 bis 49 Beschäftigte“; empty when the number is not known."""
    label = next((text for lowest, text in reversed(SIZES) if employees and employees >= lowest), "")
    return f"{label} Beschäftigte" if label else ""


class Kind(models.TextChoices):
    COMPANY = "company", "Unternehmen"
    CLUB = "club", "Verein oder Verband"
    INSTITUTION = "institution", "Öffentliche Einrichtung"


class Organisation(models.Model):
    """A company, club or institution. Its roles (partner, initial partner) point here."""

    Kind = Kind

    name = LineField("Name")
    sort_name = models.GeneratedField(
        expression=Replace(
            Func(Lower("name"), Value(FOLDED_FROM), Value(FOLDED_TO), function="TRANSLATE"),
            Value("ß"),
            Value("ss"),
        ),
        output_field=models.CharField(max_length=400, db_collation="C"),
        db_persist=True,
        verbose_name="Sortiername",
    )
    kind = models.CharField("Art", max_length=12, choices=Kind, default=Kind.COMPANY)
    sector = models.CharField("Branche", max_length=1, choices=Sector, blank=True)
    employees = CountField(
        "Beschäftigte",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text="Veröffentlicht wird nur die Größenklasse.",
    )
    street = LineField("Straße und Hausnummer", blank=True)
    postal_code = LineField("Postleitzahl", max_length=10, blank=True)
    place = LineField("Ort", max_length=100, blank=True)
    website = WebField("Internetseite", blank=True)
    is_invented = models.BooleanField("erfunden (Testbetrieb)", default=False, editable=False)

    class Meta:
        verbose_name = "Organisation"
        verbose_name_plural = "Organisationen"
        ordering = ["sort_name"]

    def __str__(self) -> str:
        return self.name

    @property
    def size_label(self) -> str:
        return size_label(self.employees)


class Contact(models.Model):
    """A person who speaks for an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="contacts")
    application = models.ForeignKey(
        "partners.Application", null=True, on_delete=models.SET_NULL, related_name="contacts", editable=False
    )
    name = LineField("Name")
    function = LineField("Funktion", max_length=120, blank=True)
    email = MailField("E-Mail", blank=True)
    phone = LineField("Telefon", max_length=40, blank=True)
    is_signatory = models.BooleanField("zeichnungsberechtigt", default=False)
    is_main = models.BooleanField("erste Ansprechperson", default=False)

    class Meta:
        verbose_name = "Ansprechperson"
        verbose_name_plural = "Ansprechpersonen"
        ordering = ["-is_main", "name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation"], condition=Q(is_main=True), name="one_main_contact"),
        ]

    def __str__(self) -> str:
        return self.name


class InitialPartner(models.Model):
    """One of the organisations that founded the pact and signed the framework agreement."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, related_name="initial_partner", verbose_name="Organisation"
    )
    short_name = LineField("Kurzname", max_length=40, blank=True)
    role = ProseField("Rolle im Pakt", max_length=600, blank=True)
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)

    class Meta:
        verbose_name = "Initialpartner"
        verbose_name_plural = "Initialpartner"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.organisation.name
