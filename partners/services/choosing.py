"""Field by field: which of two records is right. Former values are kept, so that each choice can be taken back."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import models
from django.db.models import F
from django.template.defaultfilters import filesizeformat

from klimapakt.uploads.models import Upload
from partners import steps
from partners.models import Application, Organisation, Partner

COMES_WITH = {"sector": "sector_edition", "logo": "logo_rights"}
"""Columns that nobody chooses on their own."""

CHOSEN_TOO = {"logo"}
"""What people upload rather than type."""

TOGETHER = {
    "Ansprechperson": ("contact_name", "contact_function", "contact_email", "contact_phone"),
    "Vertretung": ("deputy_name", "deputy_email"),
    "Zeichnungsberechtigte Person": ("signatory_name", "signatory_function"),
    "Zitat": ("quote", "quote_person"),
}
"""What belongs to one person: chosen together, taken together, given back together."""

NOT_CHOSEN = {"version", "slug", "organisation", "trade_secrets"}
PARTNER = "partner."
"""Stands before the fields of two partners, where both organisations are one."""

Taken = dict[str, list]
"""For each field that was taken over the value before and after."""


@dataclass(frozen=True)
class Difference:
    """What two records say differently, in one field or about one person.

    `name` is that of its first field; `is_better` when only the other one says anything where they differ.
    """

    name: str
    fields: tuple[str, ...]
    label: str
    kept: str
    other: str
    is_better: bool


def differences(kept: models.Model, other: models.Model) -> list[Difference]:
    """Return in what two records differ, in the order of the model; of two partners in theirs too."""
    return [
        _difference(names, mine, theirs, prefix)
        for prefix, mine, theirs in _sides(kept, other)
        for names in _choices(mine, theirs)
        if any(_value(mine, name) != _value(theirs, name) for name in names)
    ]


def belonging_together(name: str) -> tuple[str, ...]:
    """Return the fields that are chosen with this one, itself among them."""
    return next((names for names in (*TOGETHER.values(), *COMES_WITH.items()) if name in names), (name,))


def _choices(kept: models.Model, other: models.Model) -> list[tuple[str, ...]]:
    """Return what is chosen, each with the fields that people read of it."""
    names = fields_of(kept, other)
    return list(dict.fromkeys(tuple(one for one in belonging_together(name) if one in names) for name in names))


def fields_of(kept: models.Model, other: models.Model) -> list[str]:
    """Return the columns that both have and that people fill."""
    names = {field.name for field in other._meta.concrete_fields}
    return [
        field.name
        for field in kept._meta.concrete_fields
        if (field.editable or field.name in CHOSEN_TOO) and not field.generated and not field.primary_key
        if field.name in names and field.name not in NOT_CHOSEN
    ]


def take(kept: models.Model, other: models.Model, names: Collection[str]) -> Taken:
    """Write the chosen values of `other` into `kept`; returns for each field the value before and after.

    Whoever names one field of a person takes the whole person; an answer brings its mark as a trade secret along.
    """
    taken: Taken = {}
    for prefix, mine, theirs in _sides(kept, other):
        columns = [
            name for name in fields_of(mine, theirs) if any(prefix + one in names for one in belonging_together(name))
        ]
        columns += [COMES_WITH[name] for name in columns if name in COMES_WITH and _has(COMES_WITH[name], mine, theirs)]
        changes = {name: [_value(mine, name), _value(theirs, name)] for name in columns}
        if isinstance(mine, Application) and isinstance(theirs, Application):
            changes["trade_secrets"] = [mine.trade_secrets, _secrets(mine, theirs, columns)]
        differing = {name for name, (before, after) in changes.items() if before != after}
        changes = {name: changes[name] for name in changes if not differing.isdisjoint(belonging_together(name))}
        _write(mine, {name: after for name, (_, after) in changes.items()})
        taken |= {prefix + name: values for name, values in changes.items()}
    return taken


def give_back(kept: models.Model, taken: Taken) -> None:
    """Restore the former values, except where somebody changed one since; of a person all of them or none."""
    rows = {"": kept, PARTNER: _partner(kept) if isinstance(kept, Organisation) else None}
    for prefix, row in rows.items():
        own = {
            name.removeprefix(PARTNER): values
            for name, values in taken.items()
            if name.startswith(PARTNER) == bool(prefix)
        }
        if row is not None:
            changed = {name for name, (_, after) in own.items() if _value(row, name) != after}
            former = {name: before for name, (before, _) in own.items() if changed.isdisjoint(belonging_together(name))}
            if "trade_secrets" in own:
                former["trade_secrets"] = _marks_back(row, *own["trade_secrets"], changed=changed)
            if "logo" in former and not Upload.objects.filter(pk=former["logo"]).exists():
                former["logo"] = None  # deleted since
            _write(row, former)


def _marks_back(row: Application, before: list[str], after: list[str], *, changed: Collection[str]) -> list[str]:
    """Return the marks as trade secrets; an answer that stays as it is now keeps the one that it has now."""
    back = {name for name in {*before} ^ {*after} if name not in changed}
    marked = dict.fromkeys([*before, *row.trade_secrets])
    return [name for name in marked if name in (before if name in back else row.trade_secrets)]


def _secrets(mine: Application, theirs: Application, taken: Collection[str]) -> list[str]:
    """Return which answers hold trade secrets then: what both say alike, once one of the two says so."""
    marked = dict.fromkeys([*mine.trade_secrets, *theirs.trade_secrets])
    return [
        name
        for name in marked
        if getattr(mine, name) == getattr(theirs, name) or name in (theirs if name in taken else mine).trade_secrets
    ]


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


def _difference(names: tuple[str, ...], kept: models.Model, other: models.Model, prefix: str) -> Difference:
    label = next((label for label, whole in TOGETHER.items() if names == whole), None)
    differing = [name for name in names if _value(kept, name) != _value(other, name)]
    return Difference(
        name=prefix + names[0],
        fields=tuple(prefix + name for name in names),
        label=label or _label(kept, names[0]),
        kept=_all_shown(kept, names),
        other=_all_shown(other, names),
        is_better=all(_is_empty(_value(kept, name)) for name in differing),
    )


def _is_empty(value: object) -> bool:
    return value in (None, "", [], False)


def _label(row: models.Model, name: str) -> str:
    return steps.office_label(name) if isinstance(row, Application) else str(row._meta.get_field(name).verbose_name)


def _all_shown(row: models.Model, names: tuple[str, ...]) -> str:
    return "\n".join(shown for name in names if (shown := _shown(row, name)))


def _has(name: str, *rows: models.Model) -> bool:
    return all(hasattr(row, name) for row in rows)


def _value(row: models.Model, name: str) -> object:
    """Return what is stored: of another row its number, as JSON keeps it."""
    value = row._meta.get_field(name).value_from_object(row)
    return str(value) if isinstance(value, UUID) else value


def _shown(row: models.Model, name: str) -> str:
    value = getattr(row, name)
    if isinstance(value, Upload):
        return f"{value.name}, {filesizeformat(value.size)}"
    if isinstance(value, bool):
        return "ja" if value else "nein"
    display = getattr(row, f"get_{name}_display", None)
    if isinstance(value, list):
        choices = dict(row._meta.get_field(name).base_field.choices or [])
        return ", ".join(str(choices.get(one, one)) for one in value)
    return str(display() if display else "" if value is None else value)
