"""Field by field: which of two records is right. Former values are kept, so that each choice can be taken back."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import models
from django.db.models import F

from partners.models import Application, Organisation, Partner

COMES_WITH = {"sector": "sector_edition"}
"""Columns that nobody chooses on their own."""

NOT_CHOSEN = {"version", "slug", "organisation"}
PARTNER = "partner."
"""Stands before the fields of two partners, where both organisations are one."""

Taken = dict[str, list]
"""For each field that was taken over the value before and after."""


@dataclass(frozen=True)
class Difference:
    """A field in which two records differ; `is_better` when only the other one says anything."""

    name: str
    label: str
    kept: str
    other: str
    is_better: bool


def differences(kept: models.Model, other: models.Model) -> list[Difference]:
    """Return the fields in which two records differ, in the order of the model; of two partners theirs too."""
    return [
        _difference(name, mine, theirs, prefix)
        for prefix, mine, theirs in _sides(kept, other)
        for name in fields_of(mine, theirs)
        if getattr(mine, name) != getattr(theirs, name)
    ]


def fields_of(kept: models.Model, other: models.Model) -> list[str]:
    """Return the columns that both have and that people fill."""
    names = {field.name for field in other._meta.concrete_fields}
    return [
        field.name
        for field in kept._meta.concrete_fields
        if field.editable and not field.generated and not field.primary_key
        if field.name in names and field.name not in NOT_CHOSEN
    ]


def take(kept: models.Model, other: models.Model, names: Collection[str]) -> Taken:
    """Write the chosen values of `other` into `kept`; returns for each field the value before and after."""
    taken: Taken = {}
    for prefix, mine, theirs in _sides(kept, other):
        columns = [name for name in fields_of(mine, theirs) if prefix + name in names]
        columns += [COMES_WITH[name] for name in columns if name in COMES_WITH and hasattr(theirs, COMES_WITH[name])]
        changes = {name: [getattr(mine, name), getattr(theirs, name)] for name in columns}
        changes = {name: values for name, values in changes.items() if values[0] != values[1]}
        _write(mine, {name: after for name, (_, after) in changes.items()})
        taken |= {prefix + name: values for name, values in changes.items()}
    return taken


def give_back(kept: models.Model, taken: Taken) -> None:
    """Restore the former values, except where somebody changed one since."""
    rows = {"": kept, PARTNER: _partner(kept) if isinstance(kept, Organisation) else None}
    for prefix, row in rows.items():
        own = {
            name.removeprefix(PARTNER): values
            for name, values in taken.items()
            if name.startswith(PARTNER) == bool(prefix)
        }
        if row is not None:
            _write(row, {name: before for name, (before, after) in own.items() if getattr(row, name) == after})


def _sides(kept: models.Model, other: models.Model) -> list[tuple[str, models.Model, models.Model]]:
    """Return the pairs of rows to compare, each with what stands before the names of its fields."""
    sides = [("", kept, other)]
    if isinstance(kept, Organisation) and isinstance(other, Organisation):
        mine, theirs = _partner(kept), _partner(other)
        if mine and theirs:
            sides.append((PARTNER, mine, theirs))
    return sides


def _write(row: models.Model, values: dict[str, object]) -> None:
    """Raise the version with it, where the row has one: a form that somebody has open is out of date."""
    if values:
        version = {"version": F("version") + 1} if isinstance(row, Application) else {}
        type(row)._base_manager.filter(pk=row.pk).update(**values, **version)


def _partner(organisation: Organisation) -> Partner | None:
    return Partner.objects.filter(organisation=organisation).first()


def _difference(name: str, kept: models.Model, other: models.Model, prefix: str) -> Difference:
    return Difference(
        name=prefix + name,
        label=str(kept._meta.get_field(name).verbose_name),
        kept=_shown(kept, name),
        other=_shown(other, name),
        is_better=_is_empty(getattr(kept, name)) and not _is_empty(getattr(other, name)),
    )


def _is_empty(value: object) -> bool:
    return value in (None, "", [], False)


def _shown(row: models.Model, name: str) -> str:
    value = getattr(row, name)
    if isinstance(value, bool):
        return "ja" if value else "nein"
    display = getattr(row, f"get_{name}_display", None)
    if isinstance(value, list):
        choices = dict(row._meta.get_field(name).base_field.choices or [])
        return ", ".join(str(choices.get(one, one)) for one in value)
    return str(display() if display else "" if value is None else value)
