"""An application as people read it: every answer in words, under the label and the step it belongs to."""

from dataclasses import dataclass

from django.db.models import BooleanField

from klimapakt.fields import CountField, LinksField, SeveralField
from klimapakt.pact.models import Pact
from partners import steps
from partners.models import Application


@dataclass(frozen=True)
class Line:
    """One answer. `text` is empty where nothing was said; `is_secret`: marked as a trade secret."""

    field: str
    label: str
    text: str
    is_missing: bool = False
    is_secret: bool = False


@dataclass(frozen=True)
class Part:
    """The answers of one step."""

    step: steps.Step
    lines: list[Line]


def in_words(field: str, value: object) -> str:
    """Return an answer as people say it; empty for what was not answered."""
    column = Application._meta.get_field(field)
    if isinstance(column, BooleanField):
        return "ja" if value else "nein"
    if value in (None, "", []):
        return ""
    if isinstance(column, SeveralField):
        return column.shown(value)
    if isinstance(column, LinksField):
        return "\n".join(value)
    if isinstance(column, CountField):
        return f"{value:,}".replace(",", ".")
    return str(dict(column.flatchoices).get(value, value))


def change_in_words(field: str, before: object, after: object) -> str:
    """Return „before“ → „after“; what is empty says so without quotation marks."""
    old, new = (f"„{words}“" if (words := in_words(field, value)) else "leer" for value in (before, after))
    return f"{old} → {new}"


def whole(application: Application, pact: Pact) -> list[Part]:
    """Return every answer that this pact asks for, in the order of the form. Asks the database nothing."""
    missing = {one.field for one in steps.missing(application)}
    return [
        Part(step, [_line(application, field, missing) for field in steps.fields_of(step, pact)])
        for step in steps.STEPS
        if step.fields
    ]


def sheet(application: Application, pact: Pact) -> list[Part]:
    """Return only what was answered, and only the steps in which something was."""
    found = [Part(part.step, [line for line in part.lines if line.text]) for part in whole(application, pact)]
    return [part for part in found if part.lines]


def _line(application: Application, field: str, missing: set[str]) -> Line:
    return Line(
        field,
        steps.label_of(field),
        in_words(field, getattr(application, field)),
        is_missing=field in missing,
        is_secret=field in application.trade_secrets,
    )
