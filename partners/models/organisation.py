"""Who somebody is: an organisation, its contacts, and the role of an initial partner."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Lower, Replace

from klimapakt.fields import CountField, LineField, MailField, ProseField, WebField
from klimapakt.pact.legal_forms import LegalForm
from klimapakt.text import FOLDED_FROM, FOLDED_TO
from partners.models.matching import Matchable, match_indexes
from partners.models.merge import Mergeable


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


SECTOR_EDITION = "WZ 2025"
"""Edition of the classification by which sectors are stored (Destatis, Klassifikation der Wirtschaftszweige)."""


class StandingOrganisations(models.Manager):
    """All but those that were merged into another one, which are found by `Organisation.everyone`."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(merged_into=None)


class Organisation(Matchable, Mergeable):
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
    legal_form = models.CharField("Rechtsform", max_length=20, choices=LegalForm, blank=True)
    register_number = LineField("Registernummer", max_length=60, blank=True)
    sector = models.CharField("Branche", max_length=1, choices=Sector, blank=True)
    sector_edition = models.CharField(
        "Fassung der Branchenliste", max_length=20, default=SECTOR_EDITION, editable=False
    )
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

    objects = StandingOrganisations()
    everyone = models.Manager()

    class Meta:
        verbose_name = "Organisation"
        verbose_name_plural = "Organisationen"
        base_manager_name = "everyone"
        ordering = ["sort_name"]
        indexes = match_indexes("organisation")

    def __str__(self) -> str:
        return self.name

    @property
    def size_label(self) -> str:
        return size_label(self.employees)


class PresentContacts(models.Manager):
    """People who speak for an organisation now; whoever left is found by `Contact.everyone` and by old rows."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(left_at=None)


class Contact(models.Model):
    """A person who speaks for an organisation, until she or he leaves."""

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
    is_for_events = models.BooleanField("für Veranstaltungen", default=False)
    is_for_reporting = models.BooleanField("für das Monitoring", default=False)
    new_email = MailField("neue E-Mail, noch unbestätigt", blank=True, editable=False)
    invited_at = models.DateTimeField(
        "eingeladen am", null=True, editable=False, help_text="Empty once the person opened the link."
    )
    hands_over_to = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        help_text="Takes over as soon as she or he opened a link; kept once that is done.",
    )
    left_at = models.DateTimeField("ausgeschieden am", null=True, editable=False)

    ROLES = ("is_main", "is_signatory", "is_for_events", "is_for_reporting")

    objects = PresentContacts()
    everyone = models.Manager()

    class Meta:
        verbose_name = "Ansprechperson"
        verbose_name_plural = "Ansprechpersonen"
        base_manager_name = "everyone"
        ordering = ["-is_main", "name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation"], condition=Q(is_main=True), name="one_main_contact"),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(is_main=False, is_signatory=False), name="who_has_left_speaks_for_nobody"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def roles(self) -> list[str]:
        """The person's roles in words."""
        return [str(self._meta.get_field(role).verbose_name) for role in self.ROLES if getattr(self, role)]

    @property
    def has_access(self) -> bool:
        """Whether this person can open the partner's own pages: the address is known and was not mistyped."""
        return bool(self.email) and self.invited_at is None and self.left_at is None


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
