"""What a company says about itself when it applies: the columns behind the form's steps (`partners/steps.py`)."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from klimapakt.fields import CountField, LineField, LinksField, MailField, ProseField, SeveralField, WebField
from klimapakt.pact.legal_forms import LegalForm
from partners.models.organisation import Kind, Sector, size_label

EARLIEST_YEAR, LATEST_YEAR = 1500, 2100


def _year(label: str, earliest: int, latest: int) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        label, null=True, blank=True, validators=[MinValueValidator(earliest), MaxValueValidator(latest)]
    )


class YesNo(models.TextChoices):
    YES = "yes", "ja"
    NO = "no", "nein"
    UNKNOWN = "unknown", "weiß ich nicht"


class CompanySize(models.TextChoices):
    """Whether somebody is an SME by Recommendation 2003/361/EC; it opens the free climate concept."""

    SME = "sme", "ja, eigenständig"
    GROUP = "group", "gehört zu einer größeren Gruppe"
    LARGE = "large", "nein"
    UNKNOWN = "unknown", "weiß ich nicht"


class Scope(models.TextChoices):
    """Scopes of the Greenhouse Gas Protocol in everyday words."""

    ONE = "1", "Scope 1: was bei uns verbrannt wird"
    TWO = "2", "Scope 2: eingekaufter Strom und Wärme"
    THREE = "3", "Scope 3: Einkauf, Wege, Abfall und anderes"


class Certificate(models.TextChoices):
    EMAS = "emas", "EMAS"
    ISO_50001 = "iso_50001", "ISO 50001 (Energie)"
    ISO_14001 = "iso_14001", "ISO 14001 (Umwelt)"
    OKOPROFIT = "okoprofit", "ÖKOPROFIT"
    GWO = "gwo", "Gemeinwohl-Bilanz"


class Offer(models.TextChoices):
    """What partners can give each other, or look for."""

    TOUR = "tour", "Führung durch den Betrieb"
    TALK = "talk", "Vortrag oder Erfahrungsbericht"
    ROOM = "room", "Raum für ein Treffen"
    KNOW_HOW = "know_how", "Fachwissen"


class Answers(models.Model):
    """Every column may be empty: a draft is kept as far as it got. `steps.missing` says what is needed to send it."""

    name = LineField("Name der Organisation", blank=True)
    kind = models.CharField("Art der Organisation", max_length=12, choices=Kind, default=Kind.COMPANY)
    legal_form = models.CharField("Rechtsform", max_length=20, choices=LegalForm, blank=True)
    register_number = LineField("Registernummer", max_length=60, blank=True)
    street = LineField("Straße und Hausnummer", blank=True)
    postal_code = LineField("Postleitzahl", max_length=5, blank=True)
    place = LineField("Ort", max_length=100, blank=True)
    other_sites = ProseField("Weitere Standorte in der Stadt", max_length=1000, blank=True)
    website = WebField("Internetseite", blank=True)
    sector = models.CharField("Branche", max_length=1, choices=Sector, blank=True)
    founded = _year("Gründungsjahr", EARLIEST_YEAR, LATEST_YEAR)
    employees = CountField(
        "Zahl der Beschäftigten",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
    )
    company_size = models.CharField(
        "Kleines oder mittleres Unternehmen", max_length=10, choices=CompanySize, blank=True
    )
    emissions_trading = models.CharField("Anlage im Emissionshandel", max_length=10, choices=YesNo, blank=True)
    audit_duty = models.CharField(
        "Pflicht zu Energieaudit oder Energiemanagement", max_length=10, choices=YesNo, blank=True
    )

    contact_name = LineField("Name der Ansprechperson", blank=True)
    contact_function = LineField("Funktion der Ansprechperson", max_length=120, blank=True)
    contact_email = MailField("E-Mail der Ansprechperson", blank=True)
    contact_phone = LineField("Telefon der Ansprechperson", max_length=40, blank=True)
    deputy_name = LineField("Name der Vertretung", blank=True)
    deputy_email = MailField("E-Mail der Vertretung", blank=True)
    events_email = MailField("E-Mail für Einladungen", blank=True)
    signatory_name = LineField("Name der zeichnungsberechtigten Person", blank=True)
    signatory_function = LineField("Funktion der zeichnungsberechtigten Person", max_length=120, blank=True)

    already_doing = ProseField("Was Sie schon für das Klima tun", max_length=3000, blank=True)
    balance_year = _year("Jahr der letzten CO₂-Bilanz", 1990, LATEST_YEAR)
    balance_tool = LineField("Womit bilanziert wurde", max_length=120, blank=True)
    balance_scopes = SeveralField("Was die Bilanz umfasst", choices=Scope)
    certificates = SeveralField("Zertifikate", choices=Certificate)
    other_certificates = LineField("Weitere Zertifikate", blank=True)
    target_year = _year("Klimaneutral bis (eigenes Ziel)", 2020, LATEST_YEAR)

    wishes = ProseField("Was Sie sich vom Pakt wünschen", max_length=3000, blank=True)
    needs = SeveralField("Was Sie suchen", choices=Offer)
    offers = SeveralField("Was Sie anbieten können", choices=Offer)
    offers_text = ProseField("Ihr Angebot in Worten", max_length=1000, blank=True)
    wants_concept = models.BooleanField("Interesse am kostenlosen Klimaschutzkonzept", default=False)

    supports_goal = models.BooleanField("Unterstützt das Klimaziel der Stadt", default=False)
    sets_measures = models.BooleanField("Vereinbart Maßnahmen mit Einsparzielen", default=False)
    accepts_monitoring = models.BooleanField("Berichtet regelmäßig über den Stand", default=False)

    profile_text = ProseField("Profiltext", max_length=1500, blank=True)
    quote = ProseField("Zitat", max_length=300, blank=True)
    quote_person = LineField("Wer das sagt", max_length=160, blank=True)
    links = LinksField("Links", blank=True)

    trade_secrets = ArrayField(
        models.CharField(max_length=40),
        verbose_name="Angaben mit Betriebsgeheimnissen",
        default=list,
        blank=True,
        help_text="Names of fields that the company marked: they are to be checked before environmental information is"
        " given out (UIG NRW § 2, UIG § 9).",
    )

    class Meta:
        abstract = True

    @property
    def size_label(self) -> str:
        return size_label(self.employees)
