"""The steps of the application: which answers stand in which, and what is needed before it can be sent.

The form, the list of what is missing and the office's review all read this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from klimapakt.pact.models import Pact
from partners.models import Application, Consent, SavedStep


@dataclass(frozen=True)
class Step:
    """One page of the form. `slug` is part of its address and of stored rows; `title` speaks to the company."""

    slug: str
    title: str
    fields: tuple[str, ...] = ()
    needed: frozenset[str] = frozenset()

    @property
    def office_title(self) -> str:
        """The title without „Ihr“, for those who read about a company."""
        return self.title.removeprefix("Ihre ").removeprefix("Ihr ")


@dataclass(frozen=True)
class Missing:
    """A needed answer that is not there yet."""

    step: Step
    field: str
    label: str


ORGANISATION = Step(
    "organisation",
    "Ihre Organisation",
    (
        "name", "kind", "legal_form", "register_number", "street", "postal_code", "place", "other_sites", "website",
        "sector", "founded", "employees", "company_size", "emissions_trading", "audit_duty",
    ),
    frozenset({"name", "kind", "street", "postal_code", "place", "sector", "employees"}),
)  # fmt: skip
PEOPLE = Step(
    "personen",
    "Personen",
    (
        "contact_name", "contact_function", "contact_email", "contact_phone", "deputy_name", "deputy_email",
        "events_email", "signatory_name", "signatory_function",
    ),
    frozenset({"contact_name", "contact_email", "signatory_name", "signatory_function"}),
)  # fmt: skip
STATUS_QUO = Step(
    "heute",
    "Klimaschutz heute",
    (
        "already_doing", "balance_year", "balance_tool", "balance_scopes", "certificates", "other_certificates",
        "target_year",
    ),
)  # fmt: skip
WISHES = Step("wuensche", "Wünsche und Angebote", ("wishes", "needs", "offers", "offers_text", "wants_concept"))
COMMITMENT = Step(
    "zusagen",
    "Ihre Zusagen",
    ("supports_goal", "sets_measures", "accepts_monitoring"),
    frozenset({"supports_goal", "sets_measures", "accepts_monitoring"}),
)
PROFILE = Step("profil", "Ihr Profil", ("profile_text", "quote", "quote_person", "links"))
CONSENTS = Step("einwilligungen", "Einwilligungen")

STEPS = (ORGANISATION, PEOPLE, STATUS_QUO, WISHES, COMMITMENT, PROFILE, CONSENTS)
"""In the order of the form; „Prüfen und absenden“ follows."""

FIELDS = tuple(field for step in STEPS for field in step.fields)
"""Everything a company types, in the order of the form."""

MAY_HOLD_SECRETS = ("other_sites", "already_doing", "balance_tool", "wishes", "offers_text")
"""Free texts in which a company may mark trade secrets."""


def find(slug: str) -> Step | None:
    return next((step for step in STEPS if step.slug == slug), None)


def step_of(field: str) -> Step:
    """Return the step in which a field stands. Raises StopIteration for a field of no step."""
    return next(step for step in STEPS if field in step.fields)


def label_of(name: str) -> str:
    return str(Application._meta.get_field(name).verbose_name)


OFFICE_LABELS = {
    "already_doing": "Klimaschutz bisher",
    "wishes": "Wünsche an den Pakt",
    "needs": "Sucht",
    "offers": "Bietet an",
    "offers_text": "Angebot in Worten",
}


def office_label(name: str) -> str:
    """Return the label for those who read about a company; `label_of` speaks to it."""
    if name.startswith(SECRET):
        return f"Betriebsgeheimnis in „{office_label(name.removeprefix(SECRET))}“"
    return OFFICE_LABELS.get(name) or label_of(name)


def missing(application: Application) -> list[Missing]:
    """Return what is needed and not there, in the order of the form."""
    return [
        Missing(step, field, label_of(field))
        for step in STEPS
        for field in step.fields
        if is_needed(application, field) or field in half_named(application)
        if not getattr(application, field)
    ]


def half_named(application: Application) -> tuple[str, ...]:
    """Return what a deputy lacks: the name, or the address without which nobody can write to her or him."""
    if application.deputy_email and not application.named_deputy():
        return ("deputy_name",)
    is_online = application.source == Application.Source.ONLINE
    return ("deputy_email",) if is_online and application.deputy_name and not application.deputy_email else ()


def is_needed(application: Application, field: str) -> bool:
    """Whether an application needs this answer. Only who applies online needs a mail address: the office writes
    letters too."""
    may_lack = field == "contact_email" and application.source != Application.Source.ONLINE
    return not may_lack and any(field in step.needed for step in STEPS)


def fields_of(step: Step, pact: Pact) -> tuple[str, ...]:
    """Return the fields of a step that this pact asks for."""
    return tuple(field for field in step.fields if field != "wants_concept" or pact.offers_climate_concept)


SECRET, CONSENT = "secret_", "consent_"
"""How ticks are named that are stored together: `secret_wishes` in `trade_secrets`, `consent_quote` in
`chosen_consents`."""

_COLUMNS = {SECRET: "trade_secrets", CONSENT: "chosen_consents"}


def ticks_of(step: Step) -> tuple[str, ...]:
    """Return the names of a step's ticks that are no columns of their own."""
    if step is CONSENTS:
        return tuple(CONSENT + purpose for purpose in Consent.Purpose.values)
    return tuple(SECRET + field for field in step.fields if field in MAY_HOLD_SECRETS)


def column_of(name: str) -> tuple[str, str]:
    """Return the column of an answer and, for a tick, the item of that column's list; else an empty string."""
    for prefix, column in _COLUMNS.items():
        if name.startswith(prefix):
            return column, name.removeprefix(prefix)
    return name, ""


def columns(application: Application, changes: Mapping[str, object]) -> dict[str, object]:
    """Return columns for an UPDATE; ticks that are stored together become one list."""
    columns: dict[str, object] = {}
    for name, answer in changes.items():
        column, item = column_of(name)
        if not item:
            columns[column] = answer
            continue
        items = {*columns.get(column, getattr(application, column))} - {item}
        columns[column] = sorted(items | {item} if answer else items)
    return columns


def stored(application: Application, name: str) -> object:
    """Return what is stored under the name of an answer or tick."""
    column, item = column_of(name)
    value = getattr(application, column)
    return item in value if item else value


@dataclass(frozen=True)
class Progress:
    """How far a step is: `state` is done, started, open (something is needed) or optional (nothing is)."""

    step: Step
    missing: tuple[Missing, ...]
    saved: SavedStep | None
    state: str


def progress(application: Application) -> list[Progress]:
    """Return how far each step is, in the order of the form; one query."""
    saved = {one.step: one for one in application.saved_steps.select_related("saved_by")}
    lacking = missing(application)
    return [_progress_of(application, step, lacking, saved.get(step.slug)) for step in STEPS]


def _progress_of(application: Application, step: Step, lacking: list[Missing], saved: SavedStep | None) -> Progress:
    ours = tuple(one for one in lacking if one.step == step)
    if not ours and saved:
        state = "done"
    elif saved or any(getattr(application, field) for field in step.fields if field != "kind"):
        state = "started"
    else:
        state = "open" if step.needed else "optional"
    return Progress(step, ours, saved, state)
