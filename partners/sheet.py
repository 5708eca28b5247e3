"""An application as people read it: every answer in words, under the label and the step it belongs to."""

from collections.abc import Callable
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

    @property
    def to_read(self) -> list[Line]:
        """What was answered, and what should have been."""
        return [line for line in self.lines if line.text or line.is_missing]

    @property
    def unanswered(self) -> list[str]:
        """The labels of all others."""
        return [line.label for line in self.lines if not line.text and not line.is_missing]


WISHES = ("wants_concept", "orders_newsletter")
"""Ticks that somebody sets or passes over; without one, nobody has said no."""


def in_words(field: str, value: object) -> str:
    """Return an answer or tick as people say it; empty for what was not answered."""
    if steps.column_of(field)[1]:
        return "ja" if value else "nein"
    column = Application._meta.get_field(field)
    if isinstance(column, BooleanField):
        return "ja" if value else "" if field in WISHES else "nein"
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


def whole(application: Application, pact: Pact, *, label: Callable[[str], str] = steps.label_of) -> list[Part]:
    """Return every answer that this pact asks for, in the order of the form. Asks the database nothing."""
    missing = {one.field for one in steps.missing(application)}
    return [
        Part(step, [_line(application, field, missing, label(field)) for field in steps.fields_of(step, pact)])
        for step in steps.STEPS
        if step.fields
    ]


def sheet(application: Application, pact: Pact) -> list[Part]:
    """Return only what was answered, and only the steps in which something was."""
    found = [Part(part.step, [line for line in part.lines if line.text]) for part in whole(application, pact)]
    return [part for part in found if part.lines]


def uploads(application: Application) -> list[str]:
    """Return the names of logo and documents, without what was refused."""
    found = [application.logo, *(one.upload for one in application.files.select_related("upload"))]
    return [one.name for one in found if one is not None and not one.is_refused]


def _line(application: Application, field: str, missing: set[str], label: str) -> Line:
    return Line(
        field,
        label,
        in_words(field, getattr(application, field)),
        is_missing=field in missing,
        is_secret=field in application.trade_secrets,
    )
