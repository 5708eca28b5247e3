"""The pact itself: everything in which one city differs from another is a field here, never a constant."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from klimapakt.fields import LineField, MailField, ProseField, SeveralField, WebField, plausible_date
from klimapakt.pact.legal_forms import LegalForm
from klimapakt.statement import Statement


class PactMissing(Exception):
    """No pact has been set up yet (`./portal manage init_pact`)."""


@dataclass(frozen=True)
class Gap:
    """Something only the city knows and the public pages need."""

    field: str
    label: str
    why: str


class Pact(models.Model):
    """The one pact of this installation (row 1)."""

    name = LineField("Name des Pakts", help_text="So heißt er auf jeder Seite und in jeder Mail.")
    city = LineField("Stadt", max_length=100)
    state = LineField("Land", max_length=60, blank=True, help_text="Bundesland, nach dessen Recht Sie arbeiten.")
    teaser = ProseField("Kurzbeschreibung", max_length=600, blank=True, help_text="Steht auf der Startseite ganz oben.")
    partner_title = LineField("Bezeichnung der Partner", max_length=60, default="Klimapartner")
    climate_neutral_by = models.PositiveSmallIntegerField(
        "Klimaneutral bis", null=True, blank=True, validators=[MinValueValidator(2020), MaxValueValidator(2100)]
    )
    council_decision = LineField(
        "Ratsbeschluss",
        blank=True,
        help_text="Wann und was der Rat beschlossen hat, zum Beispiel „18. Februar 2021: klimaneutral bis 2035“.",
    )

    framework_agreement = LineField(
        "Rahmenvereinbarung",
        max_length=100,
        blank=True,
        help_text="Name der Vereinbarung zwischen Stadt und Initialpartnern.",
    )
    framework_signed_on = models.DateField(
        "Rahmenvereinbarung unterzeichnet am", null=True, blank=True, validators=[plausible_date]
    )
    framework_signed_by = LineField(
        "Für die Stadt unterzeichnet von", blank=True, help_text="Ämter, zum Beispiel „Oberbürgermeister“."
    )

    agreement_name = LineField("Name der Vereinbarung mit Partnern", max_length=100, default="Klimaschutzvereinbarung")
    agreement_term_years = models.PositiveSmallIntegerField(
        "Laufzeit in Jahren",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text="Leer: ohne festes Ende.",
    )
    countersigned_by = LineField(
        "Gegenzeichnung im Namen von",
        blank=True,
        help_text="Wer mit den Partnern die Vereinbarung schließt, zum Beispiel „Stadt Musterstadt, Die Oberbürgermeisterin“.",
    )
    uses_orientation_talk = models.BooleanField("Orientierungsgespräch ist vor der Aufnahme nötig", default=False)
    uses_letter_of_intent = models.BooleanField("Absichtserklärung (LoI) ist vor der Aufnahme nötig", default=False)
    books_talks_online = models.BooleanField(
        "Orientierungsgespräche sind online buchbar",
        default=False,
        help_text="Unternehmen wählen einen der Termine, die Sie unter „Gesprächstermine“ anbieten.",
    )
    letter_of_intent = ProseField(
        "Text der Absichtserklärung",
        blank=True,
        help_text="Wird online gelesen und unterschrieben; {organisation}, {stadt} und {pakt} setzt das Portal ein. Leer: Die Absichtserklärung gibt es nur auf Papier.",
    )
    requires_seat = models.BooleanField("Sitz oder Niederlassung in der Stadt ist nötig", default=True)
    postal_codes = ProseField(
        "Postleitzahlen der Stadt",
        max_length=2000,
        blank=True,
        help_text="Mit Leerzeichen getrennt. Damit prüft das Portal den Sitz; leer: nur nach dem Ort.",
    )
    eligible_legal_forms = SeveralField(
        "Rechtsformen, die beitreten können",
        choices=LegalForm,
        help_text="Keine angekreuzt: alle.",
    )
    needs_second_person = models.BooleanField(
        "Zwei Personen entscheiden",
        default=False,
        help_text="Eine schlägt Aufnahme oder Ablehnung vor, eine andere bestätigt.",
    )
    offers_climate_concept = models.BooleanField(
        "Kostenloses Klimaschutzkonzept für kleine und mittlere Unternehmen", default=False
    )
    untouched_after_days = models.PositiveSmallIntegerField(
        "Liegt zu lange nach Tagen",
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="Was so lange niemand angefasst hat, steht auf der Übersicht und in der Morgenmail.",
    )
    check_data_after_months = models.PositiveSmallIntegerField(
        "Partner prüfen ihre Daten alle … Monate", default=12, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    answer_within_days = models.PositiveSmallIntegerField(
        "Antwortfrist in Tagen",
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="So bald melden Sie sich auf einen Antrag; steht in der Eingangsbestätigung.",
    )
    undo_minutes = models.PositiveSmallIntegerField(
        "Bedenkzeit in Minuten",
        default=5,
        validators=[MaxValueValidator(1440)],
        help_text="So lange wartet die Mail über Aufnahme oder Ablehnung, damit sich die Entscheidung noch zurücknehmen lässt.",
    )
    delete_unconfirmed_after_days = models.PositiveSmallIntegerField(
        "Unbestätigte Anträge löschen nach Tagen", default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    delete_drafts_after_days = models.PositiveSmallIntegerField(
        "Nicht abgesendete Anträge löschen nach Tagen",
        default=60,
        validators=[MinValueValidator(14), MaxValueValidator(730)],
        help_text="Gezählt ab dem letzten Speichern.",
    )
    warn_of_deletion_days = models.PositiveSmallIntegerField(
        "Vorher erinnern, Tage",
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(13)],
        help_text="So viele Tage vor dem Löschen bekommt das Unternehmen eine Mail.",
    )
    delete_mail_bodies_after_days = models.PositiveSmallIntegerField(
        "Inhalte von Mails löschen nach Tagen",
        default=365,
        validators=[MinValueValidator(30), MaxValueValidator(3650)],
        help_text="Danach bleiben von einer erledigten Mail nur Art, Vorgang, Zeiten und Stand. Mails, die noch warten oder über die"
        " Sie entscheiden müssen, bleiben ganz. Dasselbe gilt für Antworten, die das Portal eingelesen hat. Abgeschlossene"
        " Anfragen von Interessierten löscht das Portal nach derselben Zeit ganz.",
    )

    office_name = LineField("Name der Geschäftsstelle", default="Geschäftsstelle")
    office_unit = LineField("Amt oder Stelle", blank=True)
    office_person = LineField("Ansprechperson", blank=True)
    office_phone = LineField("Telefon", max_length=40, blank=True)
    office_email = MailField(
        "Postfach",
        blank=True,
        help_text="Absender und Antwortadresse aller Mails. Ohne Postfach verlässt keine Mail das Portal.",
    )
    street = LineField("Straße und Hausnummer", blank=True)
    postal_code = LineField("Postleitzahl", max_length=10, blank=True)
    place = LineField("Ort", max_length=100, blank=True)
    website = WebField("Internetadresse", blank=True)

    publisher = LineField(
        "Diensteanbieter (Impressum)", blank=True, help_text="Rechtsträger der Seite, in der Regel die Stadt."
    )
    represented_by = LineField("Vertreten durch (Impressum)", blank=True, help_text="Amt und Name.")
    editor = LineField("Verantwortlich für Inhalte (§ 18 Abs. 2 MStV)", blank=True)
    privacy_officer = ProseField(
        "Datenschutzbeauftragte Stelle", max_length=500, blank=True, help_text="Anschrift und E-Mail."
    )
    privacy_authority = ProseField("Aufsichtsbehörde für den Datenschutz", max_length=500, blank=True)
    privacy_law = LineField("Landesdatenschutzgesetz", blank=True, help_text="Zum Beispiel „§ 3 DSG NRW“.")
    retention = ProseField(
        "Aufbewahrungsfristen",
        max_length=1000,
        blank=True,
        help_text="Wie lange Sie Anträge, Vereinbarungen und Kontakte nach Ihrer Aktenordnung aufbewahren.",
    )
    accessibility_law = LineField(
        "Landesrecht zur Barrierefreiheit", blank=True, help_text="Zum Beispiel „BGG NRW und BITVNRW“."
    )
    accessibility_ombuds = ProseField("Ombuds- oder Schlichtungsstelle", max_length=500, blank=True)
    accessibility_checked_on = models.DateField(
        "Barrierefreiheit zuletzt geprüft am", null=True, blank=True, validators=[plausible_date]
    )
    hosting = ProseField(
        "Rechenzentrum oder Auftragsverarbeiter",
        max_length=500,
        blank=True,
        help_text="Steht in den Datenschutzhinweisen.",
    )

    has_trial_data = models.BooleanField("enthält erfundene Unternehmen", default=False, editable=False)

    class Meta:
        verbose_name = "Klimapakt"
        verbose_name_plural = "Klimapakt"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_pact")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def load(cls) -> Self:
        """Return the pact; raises PactMissing before `init_pact`."""
        found = _THE_PACT()
        if not found:
            raise PactMissing
        return found[0]

    @property
    def can_send_mail(self) -> bool:
        """Whether the office has a real mailbox; an address in `.invalid` (RFC 2606) stands for none."""
        return bool(self.office_email) and not self.office_email.endswith(".invalid")

    @property
    def public_email(self) -> str:
        """The mailbox as the public may read it; empty when it is not known."""
        return self.office_email if self.can_send_mail else ""

    @property
    def offers_talks(self) -> bool:
        """Whether somebody who is interested may wish for an orientation talk."""
        return self.uses_orientation_talk or self.books_talks_online

    @property
    def signs_letters_online(self) -> bool:
        """Whether letters of intent are read and signed online; else they come on paper."""
        return self.uses_letter_of_intent and bool(self.letter_of_intent.strip())

    @property
    def undo_time(self) -> timedelta:
        return timedelta(minutes=self.undo_minutes)

    REQUIRED_BEFORE_GOING_PUBLIC = (
        Gap(
            "office_email",
            "Postfach der Geschäftsstelle",
            "Ohne Postfach gehen keine Mails heraus und der Online-Antrag bleibt zu.",
        ),
        Gap("office_person", "Ansprechperson mit Namen", "Unternehmen wollen wissen, mit wem sie sprechen."),
        Gap("office_phone", "Telefonnummer", "Pflichtangabe im Impressum, Kontakt auf jeder Seite."),
        Gap("street", "Straße und Hausnummer", "Pflichtangabe im Impressum (§ 5 DDG)."),
        Gap("postal_code", "Postleitzahl", "Pflichtangabe im Impressum (§ 5 DDG)."),
        Gap("place", "Ort", "Pflichtangabe im Impressum (§ 5 DDG)."),
        Gap("publisher", "Diensteanbieter", "Pflichtangabe im Impressum (§ 5 DDG)."),
        Gap("represented_by", "Vertretungsberechtigte Person", "Pflichtangabe im Impressum (§ 5 DDG)."),
        Gap("editor", "Verantwortliche Person für Inhalte", "Pflichtangabe im Impressum (§ 18 Abs. 2 MStV)."),
        Gap("privacy_officer", "Datenschutzbeauftragte Stelle", "Pflichtangabe nach Art. 13 DSGVO."),
        Gap("privacy_authority", "Aufsichtsbehörde für den Datenschutz", "Pflichtangabe nach Art. 13 DSGVO."),
        Gap("privacy_law", "Landesdatenschutzgesetz", "Rechtsgrundlage in den Datenschutzhinweisen."),
        Gap(
            "retention",
            "Aufbewahrungsfristen",
            "Die Datenschutzhinweise sagen, wie lange Daten bleiben (Art. 13 DSGVO).",
        ),
        Gap("hosting", "Rechenzentrum", "Wer die Daten verarbeitet, gehört in die Datenschutzhinweise."),
        Gap("accessibility_law", "Landesrecht zur Barrierefreiheit", "Die Erklärung nennt das Recht des Landes."),
        Gap("accessibility_ombuds", "Ombuds- oder Schlichtungsstelle", "Die Erklärung muss sie nennen."),
        Gap(
            "accessibility_checked_on",
            "Datum der Prüfung auf Barrierefreiheit",
            "Die Erklärung nennt, wann zuletzt geprüft wurde.",
        ),
    )

    def gaps(self) -> list[Gap]:
        """Return what is still missing before the pages may go public."""
        return [
            gap
            for gap in self.REQUIRED_BEFORE_GOING_PUBLIC
            if not (self.can_send_mail if gap.field == "office_email" else getattr(self, gap.field))
        ]


_THE_PACT = Statement(lambda: Pact.objects.all())


class _Listed(models.Model):
    pact = models.ForeignKey(Pact, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)
    title = LineField("Titel")
    text = ProseField("Text", max_length=1000, blank=True)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class Benefit(_Listed):
    """What a partner gets out of it."""

    class Meta(_Listed.Meta):
        verbose_name = "Vorteil"
        verbose_name_plural = "Vorteile für Partner"
        default_related_name = "benefits"


class JoiningStep(_Listed):
    """One step on the way to becoming a partner, as the public reads it."""

    class Meta(_Listed.Meta):
        verbose_name = "Schritt"
        verbose_name_plural = "Schritte der Aufnahme"
        default_related_name = "joining_steps"
