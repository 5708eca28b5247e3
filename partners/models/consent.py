"""Consents: who agreed to which text in which version, and when that ended."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from klimapakt.fields import LineField, MailField

TEXT_VERSION = date(2026, 11, 23)
"""Day from which the texts below are shown. A changed text needs a new day: rows keep what was agreed to."""


def current_text_version() -> date:
    return TEXT_VERSION


class Consent(models.Model):
    """One consent. Given by an applicant, kept with the organisation once the application is accepted."""

    class Purpose(models.TextChoices):
        PROFILE = "profile", "Veröffentlichung als Partner"
        MEASURES = "measures", "Veröffentlichung der Maßnahmen"
        FIGURES = "figures", "Veröffentlichung der Zahlen"
        QUOTE = "quote", "Veröffentlichung von Zitat und Logo"
        INITIAL_PARTNERS = "initial_partners", "Weitergabe an die Initialpartner"

    TEXTS = {
        Purpose.PROFILE: "Name, Branche, Größenklasse, Ort, Internetseite, Profiltext und Links unserer Organisation dürfen in der Liste der Partner und auf unserer Profilseite veröffentlicht werden, dazu seit wann wir dabei sind und welche Veranstaltungen bei uns stattfanden. Zitat und Logo gehören nicht dazu.",
        Purpose.MEASURES: "Unsere vereinbarten Ziele mit dem Ausgangswert und unsere Maßnahmen mit der erwarteten Einsparung dürfen veröffentlicht werden.",
        Purpose.FIGURES: "Unsere geprüften CO₂-Zahlen aus dem Monitoring dürfen mit unserem Namen veröffentlicht werden.",
        Purpose.QUOTE: "Unser Logo und unser Zitat mit Namen und Funktion der zitierten Person dürfen auf unserer Profilseite veröffentlicht werden. Die zitierte Person ist einverstanden.",
        Purpose.INITIAL_PARTNERS: "Name und Kontaktdaten unserer Ansprechperson dürfen an die Initialpartner des Pakts weitergegeben werden, damit sie uns zu Beratung und Veranstaltungen ansprechen können.",
    }

    class Source(models.TextChoices):
        ONLINE = "online", "online erteilt"
        OFFICE = "office", "der Geschäftsstelle schriftlich erteilt"
        PUBLIC_REPORT = "public_report", "noch einzuholen: bisher aus öffentlichem Bericht bekannt"

    application = models.ForeignKey(
        "partners.Application", null=True, blank=True, on_delete=models.CASCADE, related_name="consents"
    )
    organisation = models.ForeignKey(
        "partners.Organisation", null=True, blank=True, on_delete=models.CASCADE, related_name="consents"
    )
    purpose = models.CharField("Zweck", max_length=20, choices=Purpose)
    source = models.CharField("Herkunft", max_length=20, choices=Source, default=Source.ONLINE)
    text = models.TextField("Wortlaut")
    text_version = models.DateField("Fassung", default=current_text_version)
    given_by = LineField("erteilt von", blank=True)
    given_by_email = MailField("E-Mail", blank=True)
    given_at = models.DateTimeField("erteilt am", default=timezone.now)
    withdrawn_at = models.DateTimeField("widerrufen am", null=True, blank=True)

    class ConsentQuerySet(models.QuerySet):
        def standing(self) -> Self:
            """Consents that were not withdrawn."""
            return self.filter(withdrawn_at=None)

        def in_order(self) -> list["Consent"]:
            """Return them as the form asks for them."""
            order = list(Consent.Purpose)
            return sorted(self, key=lambda consent: order.index(consent.purpose))

        def to_publish(self) -> Self:
            return self.standing().filter(purpose=Consent.Purpose.PROFILE)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = "Einwilligung"
        verbose_name_plural = "Einwilligungen"
        ordering = ["given_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=False) | Q(organisation__isnull=False),
                name="consent_belongs_to_somebody",
            ),
            models.UniqueConstraint(
                fields=["organisation", "purpose"],
                condition=Q(withdrawn_at=None),
                name="one_standing_consent_per_purpose",
            ),
            models.UniqueConstraint(fields=["application", "purpose"], name="one_consent_per_application_and_purpose"),
        ]

    def __str__(self) -> str:
        return self.get_purpose_display()

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None

    @property
    def is_up_to_date(self) -> bool:
        """Whether it was given to the words that are shown today; an older one stands, and can be renewed."""
        return self.text == self.TEXTS[self.purpose]

    def withdraw(self) -> bool:
        """End the consent now; False when it had ended before. The rows that depend on it read it live."""
        return bool(Consent.objects.filter(pk=self.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()))

    withdraw.alters_data = True
