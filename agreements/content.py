"""The wording of an agreement as canonical JSON, and back to what pages and PDFs show.

What is signed is the SHA-256 of that text. The same rows give the same bytes: keys sorted, no spaces, UTF-8, NFC,
decimals as text. The labels of categories and scopes are written out. The words around (headings of the tables,
„zwischen“, „im Folgenden“) come from the portal's templates: as they stood then, the kept PDF shows them.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from agreements.models import Agreement, Clause, Measure, Target, TemplateContribution, TemplateSection
from agreements.models.terms import ClauseText, ContributionText
from agreements.placeholders import PLACEHOLDERS, fill, used_in
from klimapakt.pact.models import Pact
from partners.models import Organisation, Partner

FORMAT = 1
"""Raised when the shape of the JSON changes, so that old versions stay readable."""

# --- From rows to JSON ------------------------------------------------------------------------------------------------


def compose(agreement: Agreement, *, number: int, with_clauses: bool = True) -> dict[str, Any]:
    """Return what an agreement says now, as data for `freeze`; `number` is the version's."""
    return _compose(
        agreement,
        number=number,
        clauses=agreement.clauses.all() if with_clauses else [],
        targets=agreement.targets.all(),
        measures=agreement.measures.all(),
        contributions=agreement.contributions.all(),
    )


def _compose(
    agreement: Agreement,
    *,
    number: int,
    clauses: Iterable[ClauseText],
    targets: Iterable[Target],
    measures: Iterable[Measure],
    contributions: Iterable[ContributionText],
) -> dict[str, Any]:
    pact, organisation = Pact.load(), agreement.partner.organisation
    values = placeholder_values(agreement, pact)
    return {
        "format": FORMAT,
        "version": number,
        "agreement": pact.agreement_name,
        "pact": {"name": pact.name, "city": pact.city, "party": pact.countersigned_by or pact.name},
        "partner": {"name": organisation.name, "address": address_of(organisation)},
        "term": term_of(agreement, pact),
        "clauses": [
            {
                "title": fill(clause.title, values),
                "text": fill(clause.text, values),
                "contains": clause.contains,
            }
            for clause in clauses
        ],
        "targets": [_target(target) for target in targets],
        "measures": [_measure(measure) for measure in measures],
        "contributions": [fill(contribution.text, values) for contribution in contributions],
    }


def freeze(content: dict[str, Any]) -> str:
    """Return the canonical text of a content."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return unicodedata.normalize("NFC", text)


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a frozen text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def next_text(agreement: Agreement, *, with_clauses: bool = True) -> str:
    """Return the frozen text that the next version of an agreement would have now."""
    return freeze(compose(agreement, number=agreement.next_number(), with_clauses=with_clauses))


def stand_of_draft(agreement: Agreement) -> str:
    """Return what tells two stands of a draft apart that people write; what the pact is called meanwhile is not theirs."""
    parts = [
        list(getattr(agreement, rows).order_by("pk").values())
        for rows in ("clauses", "targets", "measures", "contributions")
    ]
    return fingerprint(json.dumps([agreement.in_force_until, *parts], default=str))


def placeholder_values(agreement: Agreement, pact: Pact) -> dict[str, str]:
    """Return what each placeholder stands for; empty where the office has not entered it."""
    organisation = agreement.partner.organisation
    return {
        "partner": organisation.name,
        "anschrift": address_of(organisation),
        "gegenseite": pact.countersigned_by,
        "stadt": pact.city,
        "pakt": pact.name,
        "bezeichnung": pact.partner_title,
        "klimaneutral_bis": str(pact.climate_neutral_by or ""),
        "vereinbarung": pact.agreement_name,
        "laufzeit": term_in_words(term_of(agreement, pact)),
        "geschaeftsstelle": pact.office_name,
    }


def empty_placeholders(agreement: Agreement) -> list[str]:
    """Say which placeholders the texts use although nobody has entered what they stand for."""
    values = placeholder_values(agreement, Pact.load())
    texts = [text for clause in agreement.clauses.all() for text in (clause.title, clause.text)]
    texts += [contribution.text for contribution in agreement.contributions.all()]
    used = dict.fromkeys(name for text in texts for name in used_in(text))
    return [
        f"Der Text verwendet {{{name}}} ({PLACEHOLDERS[name].explanation}); bitte tragen Sie das "
        f"{PLACEHOLDERS[name].source} ein."
        for name in used
        if name in values and not values[name]
    ]


def address_of(organisation: Organisation) -> str:
    """Return the address in one line; empty when it is not known."""
    place = " ".join(filter(None, [organisation.postal_code, organisation.place]))
    return ", ".join(filter(None, [organisation.street, place]))


def term_of(agreement: Agreement, pact: Pact) -> dict[str, Any]:
    """Return how long it will bind: to a last day, for a number of years, or (empty) without end."""
    if agreement.in_force_until:
        return {"last_day": agreement.in_force_until.isoformat()}
    return {"years": pact.agreement_term_years} if pact.agreement_term_years else {}


def _target(target: Target) -> dict[str, Any]:
    return {
        "base_year": target.base_year,
        "base_value": _number(target.base_value),
        "year": target.year,
        "amount": _number(target.amount),
        "unit": target.unit,
        "scopes": target.get_scopes_display(),
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "category": measure.get_category_display(),
        "title": measure.title,
        "description": measure.description,
        "from_year": measure.from_year,
        "to_year": measure.to_year,
        "expected_saving": _number(measure.expected_saving),
        "is_public": measure.is_public,
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.1f}"


# --- From JSON to what people read ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClauseShown:
    number: int
    title: str
    paragraphs: list[str]
    contains: str


@dataclass(frozen=True)
class TargetShown:
    base_year: int
    base_value: Decimal | None
    year: int
    amount: Decimal
    unit: str
    scopes: str


@dataclass(frozen=True)
class MeasureShown:
    category: str
    title: str
    description: str
    period: str
    expected_saving: Decimal | None
    is_public: bool


@dataclass(frozen=True)
class Wording:
    """An agreement as its readers see it; the template `agreements/_document.html` shows it."""

    version: int
    agreement: str
    pact: str
    party: str
    partner: str
    address: str
    term: dict[str, Any]
    clauses: list[ClauseShown]
    targets: list[TargetShown]
    measures: list[MeasureShown]
    contributions: list[str]

    @property
    def saving_in_all(self) -> Decimal | None:
        """The sum of the expected savings in t CO2e a year; None when no measure states one."""
        return sum_of(measure.expected_saving for measure in self.measures)


def read(text: str) -> Wording:
    """Return what a frozen text says. Raises ValueError for a format that this portal does not know."""
    data = json.loads(text)
    if data["format"] != FORMAT:
        raise ValueError(f"a version in format {data['format']}, known is {FORMAT}")
    return Wording(
        version=data["version"],
        agreement=data["agreement"],
        pact=data["pact"]["name"],
        party=data["pact"]["party"],
        partner=data["partner"]["name"],
        address=data["partner"]["address"],
        term=data["term"],
        clauses=[
            ClauseShown(number, clause["title"], _paragraphs(clause["text"]), clause["contains"])
            for number, clause in enumerate(data["clauses"], start=1)
        ],
        targets=[
            TargetShown(**{**target, "base_value": _decimal(target["base_value"]), "amount": Decimal(target["amount"])})
            for target in data["targets"]
        ],
        measures=[_shown(measure) for measure in data["measures"]],
        contributions=data["contributions"],
    )


def preview(agreement: Agreement) -> Wording:
    """Return how the partner would read the draft as it is now."""
    return read(next_text(agreement))


def preview_of_template() -> Wording:
    """Return how a draft fresh from the template would read."""
    return read(
        freeze(
            _compose(
                example_agreement(),
                number=1,
                clauses=TemplateSection.objects.all(),
                targets=[],
                measures=[],
                contributions=TemplateContribution.objects.all(),
            )
        )
    )


def example_agreement() -> Agreement:
    """Return an agreement with an invented firm, never stored, to show what placeholders stand for."""
    organisation = Organisation(
        name="Musterbetrieb GmbH", street="Musterstraße 1", postal_code="12345", place=Pact.load().city
    )
    return Agreement(partner=Partner(organisation=organisation))


def _paragraphs(text: str) -> list[str]:
    return [paragraph.strip() for paragraph in text.split("\n\n") if paragraph.strip()]


def _shown(measure: dict[str, Any]) -> MeasureShown:
    years = Measure(from_year=measure["from_year"], to_year=measure["to_year"])
    return MeasureShown(
        category=measure["category"],
        title=measure["title"],
        description=measure["description"],
        period=years.period,
        expected_saving=_decimal(measure["expected_saving"]),
        is_public=measure["is_public"],
    )


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def sum_of(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


# --- The term ---------------------------------------------------------------------------------------------------------


def term_in_words(term: dict[str, Any]) -> str:
    """Return e.g. „bis zum 31.12.2030“, „für die Dauer von 5 Jahren“ or „ohne festes Ende“."""
    if "last_day" in term:
        return f"bis zum {date.fromisoformat(term['last_day']):%d.%m.%Y}"
    match term.get("years"):
        case None:
            return "ohne festes Ende"
        case 1:
            return "für die Dauer von einem Jahr"
        case years:
            return f"für die Dauer von {years} Jahren"


def last_day(term: dict[str, Any], *, first_day: date) -> date | None:
    """Return the last day of a term that begins on `first_day`; None without a fixed end."""
    if "last_day" in term:
        return date.fromisoformat(term["last_day"])
    if "years" not in term:
        return None
    year = first_day.year + term["years"]
    try:
        return first_day.replace(year=year)
    except ValueError:  # 29 February
        return first_day.replace(year=year, day=28)


BLOCKS = {
    Clause.Contains.TARGETS: ("targets", "die Ziele", "mindestens ein Ziel"),
    Clause.Contains.MEASURES: ("measures", "die Maßnahmen", "mindestens eine Maßnahme"),
    Clause.Contains.CONTRIBUTIONS: ("contributions", "die Beiträge der Stadt", "mindestens einen Beitrag der Stadt"),
}


def misplaced(agreement: Agreement) -> list[str]:
    """Say which parts of the draft no clause shows, or more than one, and which clause announces what is not there."""
    found, clauses = [], list(agreement.clauses.all())
    for block, (rows, words, one) in BLOCKS.items():
        titles = [clause.title for clause in clauses if clause.contains == block]
        has_rows = getattr(agreement, rows).exists()
        if len(titles) > 1 or (has_rows and not titles):
            found.append(f"Bitte wählen Sie genau einen Abschnitt, unter dem {words} stehen.")
        elif titles and not has_rows and block != Clause.Contains.MEASURES:  # without them nothing is offered anyway
            found.append(
                f"Der Abschnitt „{titles[0]}“ ist noch leer. Bitte tragen Sie {one} ein, oder löschen Sie ihn."
            )
    return found
