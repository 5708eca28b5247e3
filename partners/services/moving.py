"""What follows when a record is merged into another: every row that points to it, whichever table it stands in.

New tables need no word here: their foreign keys are found. What a rule of the database keeps from following stays.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Max, Q

from klimapakt.mailbox.models import case_of
from partners.models import Consent, Contact, Merge


@dataclass(frozen=True)
class Move:
    """Rows of one table whose columns change alike; `changes` holds column, value before and after, the pointer first."""

    table: type[models.Model]
    pks: list[int]
    changes: list[list]

    def as_json(self) -> dict:
        return {"table": self.table._meta.label_lower, "pks": self.pks, "changes": self.changes}

    @property
    def is_ending(self) -> bool:
        """Whether nothing moved: consents of the kept one ended, because the other one had withdrawn them."""
        return self.table is Consent and self.changes[0][0] == "withdrawn_at"

    @classmethod
    def of_json(cls, stored: dict) -> "Move":
        return cls(apps.get_model(stored["table"]), stored["pks"], stored["changes"])


@dataclass(frozen=True)
class Stay:
    """Rows that do not follow, and why (German)."""

    table: type[models.Model]
    pks: list[int]
    why: str


def relations(model: type[models.Model]) -> list[models.ForeignKey]:
    """Return every foreign key to a model but those by which merges themselves are written down."""
    found = [
        relation.field
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
    ]
    return [field for field in found if field.model is not Merge and field.name != "merged_into"]


def mentions() -> list[type[models.Model]]:
    """Return the tables that name a case in a column `about`, as the mailbox does (`case_of`)."""
    return [
        model
        for model in apps.get_models()
        if any(field.name == "about" and isinstance(field, models.CharField) for field in model._meta.concrete_fields)
    ]


def follow(
    kept: models.Model, merged: models.Model, *, besides: Collection[type[models.Model]] = ()
) -> tuple[list[Move], list[Stay]]:
    """Let all that points to `merged` point to `kept`, but for some tables; returns what did, and what could not.

    Of two words about one consent the later one counts: what the other one withdrew since ends here.
    """
    moves, stays, there = _ended(kept, merged), [], f"Gibt es bei „{kept}“ schon."
    for field in relations(type(merged)):
        if field.model in besides:
            continue
        table, own = field.model, {field.attname: merged.pk}
        moved = [[field.attname, merged.pk, kept.pk]]
        bound = _bound(table, kept, merged)
        if kept_back := _pks(table, Q(bound, **own)):
            stays.append(Stay(table, kept_back, f"„{kept}“ hat das später widerrufen."))
        if field is Contact._meta.get_field("organisation") and kept.contacts.filter(is_main=True).exists():
            _move(table, Q(is_main=True, **own), [*moved, ["is_main", True, False]], moves, stays, there)
        _move(table, Q(~Q(pk__in=kept_back), **own), moved, moves, stays, there)
    for table in mentions():
        about = [case_of(merged), case_of(kept)]
        why = "Was ausgestellt ist, bleibt, wie es ist."
        _move(table, Q(about=about[0]), [["about", *about]], moves, stays, why)
    return moves, stays


def put_back(moves: Iterable[Move]) -> int:
    """Let what followed go back, as far as it is still there; returns how many rows went elsewhere meanwhile."""
    gone = 0
    for move in moves:
        [pointer, before, after], *others = move.changes
        pks = _pks(move.table, Q(pk__in=move.pks, **{pointer: after}))
        gone += len(move.pks) - len(pks)
        _try(move.table, pks, [[pointer, after, before]])
        for column, former, now in others:
            unchanged = _pks(move.table, Q(pk__in=pks, **{column: now}))
            _try(move.table, unchanged, [[column, now, former]])  # whoever left meanwhile is nobody's first contact
    return gone


def _ended(kept: models.Model, merged: models.Model) -> list[Move]:
    """End the kept one's consents that the merged one withdrew after they were given, from that moment on."""
    if not hasattr(kept, "consents"):
        return []
    moves = []
    for purpose, last in _withdrawals(merged):
        standing = kept.consents.standing().filter(purpose=purpose, given_at__lte=last)
        changes = [["withdrawn_at", None, last.isoformat()]]  # the encoder drops microseconds
        if (pks := list(standing.values_list("pk", flat=True))) and _try(Consent, pks, changes):
            moves.append(Move(Consent, pks, changes))
    return moves


def _bound(table: type[models.Model], kept: models.Model, merged: models.Model) -> Q:
    """Return what must not follow: a consent, where the kept one withdrew that purpose after it was given."""
    nothing = Q(pk__in=[])
    if table is not Consent or not hasattr(kept, "consents"):
        return nothing
    for purpose, last in _withdrawals(kept):
        nothing |= Q(purpose=purpose, withdrawn_at=None, given_at__lte=last)
    return nothing


def _withdrawals(case: models.Model) -> Iterable[tuple[str, datetime]]:
    """Return for each purpose when it was withdrawn last."""
    withdrawn = case.consents.exclude(withdrawn_at=None).values_list("purpose")
    return withdrawn.annotate(last=Max("withdrawn_at")).order_by("purpose")


def _move(
    table: type[models.Model],
    which: Q,
    changes: list[list],
    moves: list[Move],
    stays: list[Stay],
    why: str,
) -> None:
    """Move all rows at once; where a rule of the database forbids one, one by one."""
    pks = _pks(table, which)
    if not pks:
        return
    if _try(table, pks, changes):
        moves.append(Move(table, pks, changes))
        return
    single = [[pk] for pk in pks] if len(pks) > 1 else []
    moved = [pk for [pk] in single if _try(table, [pk], changes)]
    if moved:
        moves.append(Move(table, moved, changes))
    staying = [pk for pk in pks if pk not in moved]
    stays.append(Stay(table, staying, why))


def _try(table: type[models.Model], pks: list[int], changes: list[list]) -> bool:
    try:
        with transaction.atomic():
            table._base_manager.filter(pk__in=pks).update(**{column: after for column, _, after in changes})
    except IntegrityError:
        return False
    return True


def _pks(table: type[models.Model], which: Q) -> list[int]:
    return list(table._base_manager.filter(which).order_by("pk").values_list("pk", flat=True))
