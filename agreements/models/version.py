"""What was frozen, read, answered and signed. These rows are evidence: triggers let nobody change or delete them.

Only rows about invented organisations may go, with the trial they belong to (migration 0003).
"""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from agreements.models.agreement import Agreement
from klimapakt.fields import LineField, MailField, ProseField
from partners.models import Contact


class Evidence(models.Model):
    """A row that is written once. No foreign key points to what may be deleted later: that would change the row."""

    is_invented = models.BooleanField("erfunden (Testbetrieb)", default=False, editable=False)

    class Meta:
        abstract = True


class VersionQuerySet(models.QuerySet):
    def with_reader(self) -> Self:
        """Versions whose organisation still has a contact with the address that they were put before."""
        contact = Contact.objects.filter(
            organisation=OuterRef("agreement__partner__organisation"), email__iexact=OuterRef("to_email")
        )
        return self.filter(Exists(contact))


class Version(Evidence):
    """The whole wording of an agreement at one moment, as canonical JSON; page and PDF are made of it alone."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("Fassung", editable=False)
    content = models.TextField("Inhalt", editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    offered_at = models.DateTimeField("festgehalten am", default=timezone.now, editable=False)
    offered_by = LineField("festgehalten von", max_length=320, editable=False)
    to_name = LineField("vorgelegt an", blank=True, editable=False)
    to_function = LineField("Funktion", max_length=120, blank=True, editable=False)
    to_email = MailField("E-Mail", blank=True, editable=False)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = "Fassung"
        verbose_name_plural = "Fassungen"
        ordering = ["agreement", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="versions_of_an_agreement_are_numbered")
        ]

    def __str__(self) -> str:
        return f"{self.agreement}, Fassung {self.number}"

    def has_reader(self) -> bool:
        """Whether the organisation still has a contact with the address that it was put before."""
        return Version.objects.with_reader().filter(pk=self.pk).exists()

    @property
    def short_sha256(self) -> str:
        return self.sha256[:16]


class Opening(Evidence):
    """The first time that the signatory opened the personal link to a version: the address is proven."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="openings")
    email = MailField("E-Mail", editable=False)
    at = models.DateTimeField("gelesen am", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "Öffnung"
        verbose_name_plural = "Öffnungen"
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["version", "email"], name="first_opening_of_a_version")]

    def __str__(self) -> str:
        return f"gelesen am {timezone.localtime(self.at):%d.%m.%Y}"


class Response(Evidence):
    """What the signatory answered instead of signing."""

    class Kind(models.TextChoices):
        CHANGE = "change", "Änderung gewünscht"
        DECLINE = "decline", "abgelehnt"

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="responses")
    kind = models.CharField("Antwort", max_length=7, choices=Kind, editable=False)
    text = ProseField("Text", max_length=3000, editable=False)
    name = LineField("Name", editable=False)
    email = MailField("E-Mail", editable=False)
    at = models.DateTimeField("am", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "Antwort"
        verbose_name_plural = "Antworten"
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.get_kind_display()


class Signature(Evidence):
    """Who signed which bytes, for whom, when and how. One for each party and version."""

    class Party(models.TextChoices):
        PARTNER = "partner", "Partner"
        PACT = "pact", "Klimapakt"

    class Method(models.TextChoices):
        CODE = "code", "online unterschrieben, bestätigt mit einem Code an die E-Mail-Adresse"
        ACCOUNT = "account", "online unterschrieben, angemeldet mit persönlichem Konto"
        PAPER = "paper", "auf Papier unterschrieben"

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="signatures")
    party = models.CharField("Seite", max_length=7, choices=Party, editable=False)
    name = LineField("Name", max_length=320, editable=False)
    function = LineField("Funktion", max_length=120, blank=True, editable=False)
    on_behalf_of = LineField("für", editable=False)
    email = MailField("E-Mail", blank=True, editable=False)
    method = models.CharField("Art", max_length=7, choices=Method, editable=False)
    statement = ProseField("Erklärung", max_length=1000, blank=True, editable=False)
    sha256 = models.CharField("SHA-256 des Inhalts", max_length=64, editable=False)
    signed_on = models.DateField("unterschrieben am", editable=False)
    signed_at = models.DateTimeField("Zeit", null=True, editable=False, help_text="Leer: auf Papier.")
    evidence = models.JSONField("Nachweis", default=dict, editable=False)

    class Meta:
        verbose_name = "Unterschrift"
        verbose_name_plural = "Unterschriften"
        ordering = ["signed_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "party"], name="each_party_signs_a_version_once"),
            models.CheckConstraint(
                condition=models.Q(method="paper") | models.Q(signed_at__isnull=False),
                name="signature_online_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.on_behalf_of}"
