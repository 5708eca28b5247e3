"""Two records of one organisation become one: the other stays, empty, and for a day they can be parted again.

No mail goes out. The rows are locked in the order of their numbers, so that two who merge at once do not wait for
each other.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils import timezone

from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import interfaces
from partners.models import (
    Application,
    InitialPartner,
    Merge,
    Organisation,
    Partner,
    ProfileProposal,
    TimelineEntry,
)
from partners.models.merge import UNDO_FOR
from partners.services import choosing
from partners.services.moving import Move, Stay, follow, put_back

Mergeable = Organisation | Application
FORMER = Partner.Publication.FORMER


@dataclass(frozen=True)
class Plan:
    """What a merge does: what follows, what stays behind and why."""

    moves: list[Move] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)


def obstacles(kept: Mergeable, merged: Mergeable) -> list[str]:
    """Return what forbids the merge, as German sentences."""
    if kept.pk == merged.pk or kept.merged_into_id or merged.merged_into_id:
        return ["Einer der beiden Einträge ist inzwischen schon zusammengeführt."]
    return (_against_organisations if isinstance(kept, Organisation) else _against_applications)(kept, merged)


def _against_organisations(kept: Organisation, merged: Organisation) -> list[str]:
    found = []
    if kept.is_invented != merged.is_invented:
        found.append("Eine der beiden Organisationen ist erfunden und verschwindet mit dem Testbetrieb.")
    bound = interfaces.agreements_in_force(timezone.localdate()).filter(partner__organisation__in=[kept, merged])
    if bound.values("partner").distinct().count() > 1:
        found.append("Mit beiden ist eine Vereinbarung in Kraft. Bitte beenden Sie vorher eine der beiden.")
    if InitialPartner.objects.filter(organisation__in=[kept, merged]).count() > 1:
        found.append("Beide sind Initialpartner. Bitte löschen Sie vorher einen der beiden Initialpartner.")
    waiting = ProfileProposal.objects.filter(status=ProfileProposal.Status.OPEN)
    if waiting.filter(partner__organisation__in=[kept, merged]).count() > 1:
        found.append("Für beide liegt eine Profiländerung zur Freigabe vor. Bitte entscheiden Sie vorher über eine.")
    return found


def _against_applications(kept: Application, merged: Application) -> list[str]:
    found = []
    if not kept.is_open or not merged.is_open:
        found.append("Über einen der beiden Anträge ist schon entschieden, oder er ist zurückgezogen.")
    elif merged.status == Application.Status.QUERY:
        found.append(
            f"Für „{merged}“ ({merged.reference}) ist noch eine Rückfrage offen. Bitte behalten Sie diesen Antrag, oder warten Sie die Antwort ab."
        )
    if merged.proposed_at:
        found.append(
            f"Für „{merged}“ ({merged.reference}) liegt ein Vorschlag zur Entscheidung vor. Bitte geben Sie ihn vorher zurück."
        )
    return found


def preview(kept: Mergeable, merged: Mergeable) -> Plan:
    """Return exactly what `merge` would do: it is done and rolled back."""
    with transaction.atomic():
        kept, merged = _locked(kept, merged)
        plan = _follow(kept, merged)
        transaction.set_rollback(True)
    return plan


@transaction.atomic
def merge(kept: Mergeable, merged: Mergeable, *, take: Collection[str], by: AbstractUser) -> Merge:
    """Merge one record into another of its kind. `take` names the fields whose value the merged one gives.

    A field of the partner is named „partner.text“. Raises NotPossible, or TransitionNotAllowed when one of the two was
    merged meanwhile.
    """
    kept, merged = _locked(kept, merged)
    if kept.merged_into_id or merged.merged_into_id or kept.pk == merged.pk:
        raise TransitionNotAllowed(f"{kept!r} or {merged!r} was merged meanwhile")
    if found := obstacles(kept, merged):
        raise NotPossible(" ".join(found))
    if isinstance(kept, Organisation):
        _partners(kept, merged)  # locked before anybody reads what they hold
    taken = choosing.take(kept, merged, take)
    plan = _follow(kept, merged)
    row = Merge(by=by, taken=taken, moved=[move.as_json() for move in plan.moves])
    row.former_logo_id = next((taken[name][0] for name in ("logo", f"{choosing.PARTNER}logo") if name in taken), None)
    if isinstance(kept, Organisation):
        row.kept_organisation, row.merged_organisation = kept, merged
        Organisation.everyone.filter(pk=merged.pk).update(merged_into=kept)
    else:
        row.kept_application, row.merged_application = kept, merged
        row.taken["state"] = [merged.status, merged.touched_at.isoformat()]  # the encoder drops microseconds
        merged.merge_into(kept)
        _raise_version(kept)
    row.save()
    _note(f"Zusammengeführt: {_named(merged)} ist hierin aufgegangen", kept, by)
    _note(f"Zusammengeführt mit {_named(kept)}", merged, by)
    return row


def _follow(kept: Mergeable, merged: Mergeable, *, is_late: bool = False) -> Plan:
    # Late, the merged one's story stays: it says what became of it.
    moves, stays = follow(kept, merged, besides=[TimelineEntry] if is_late else [])
    if isinstance(kept, Organisation):
        roles = {partner.organisation_id: partner for partner in _partners(kept, merged)}
        if len(roles) == 2:  # the role itself stays behind, and what hangs on it follows
            more = follow(roles[kept.pk], roles[merged.pk])
            moves, stays = moves + more[0], stays + more[1]
            moves += _end(roles[merged.pk])
    return Plan(moves, stays)


def _partners(*organisations: Organisation) -> list[Partner]:
    return list(Partner.objects.select_for_update(of=("self",)).filter(organisation__in=organisations).order_by("pk"))


def _end(partner: Partner) -> list[Move]:
    """End the role that stays behind. When the two are parted its row is put back as it was, like all others."""
    before = partner.publication
    if before == FORMER:
        return []
    partner.end()
    return [Move(Partner, [partner.pk], [["publication", before, FORMER]])]


@transaction.atomic
def follow_late(row: Merge) -> int:
    """Let follow what came to the merged one in the moment of the merge; returns how many rows. Twice changes nothing."""
    kept, _ = _locked(row.kept, row.merged)
    row = Merge.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.undone_at:
        return 0
    moves = _follow(kept, row.merged, is_late=True).moves
    Merge.objects.filter(pk=row.pk).update(moved=row.moved + [move.as_json() for move in moves])
    return sum(len(move.pks) for move in moves)


def follow_all_late(*, now: datetime) -> int:
    """Do that for the merges of the last days; returns how many rows followed."""
    recent = Merge.objects.standing().filter(at__gt=now - 2 * UNDO_FOR).order_by("pk")
    return sum(follow_late(row) for row in recent)


def obstacles_to_undo(row: Merge) -> list[str]:
    """Return what forbids to take a merge back, as German sentences."""
    later = Merge.objects.standing().about(row.kept).filter(pk__gt=row.pk).order_by("pk").first()
    if later:
        return [f"Bitte nehmen Sie zuerst die spätere Zusammenführung mit {_named(later.merged)} zurück."]
    if row.kept.merged_into_id:
        return [f"{_named(row.kept)} ist inzwischen selbst in {_named(row.kept.merged_into)} aufgegangen."]
    if isinstance(row.kept, Application) and not row.kept.is_open:
        return [
            "Über den behaltenen Antrag ist inzwischen entschieden. Bitte nehmen Sie zuerst die Entscheidung zurück."
        ]
    return []


@transaction.atomic
def undo(row: Merge, *, by: AbstractUser) -> int:
    """Part two records: both are as they were, and what came to the kept one since stays there.

    Returns how many of the moved rows went elsewhere meanwhile. Raises TransitionNotAllowed after a day, or when it was
    undone before; NotPossible when something was built on it.
    """
    kept, merged = _locked(row.kept, row.merged)
    row = Merge.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if found := obstacles_to_undo(row):
        raise NotPossible(" ".join(found))
    row.undo(by=by)
    state = row.taken.pop("state", None)
    if isinstance(kept, Organisation):
        Organisation.everyone.filter(pk=merged.pk).update(merged_into=None)
    else:
        status, touched_at = state
        merged.part(former=status, touched_at=datetime.fromisoformat(touched_at))
    gone = put_back(Move.of_json(stored) for stored in reversed(row.moved))
    choosing.give_back(kept, row.taken)
    if isinstance(kept, Application):
        _raise_version(kept)
    _note(f"Zusammenführung mit {_named(merged)} zurückgenommen", kept, by)
    _note(f"Zusammenführung mit {_named(kept)} zurückgenommen", merged, by)
    return gone


def _locked(kept: Mergeable, merged: Mergeable) -> tuple[Mergeable, Mergeable]:
    table = type(kept)
    rows = table._base_manager.select_for_update(of=("self",)).filter(pk__in=[kept.pk, merged.pk]).order_by("pk")
    found = {row.pk: row for row in rows}
    return found[kept.pk], found[merged.pk]


def _raise_version(kept: Application) -> None:
    """Raise it once, whatever else was taken: a decision proposed before is about something else."""
    kept.touch()
    Application.objects.filter(pk=kept.pk).update(version=kept.version + 1)


def _named(case: Mergeable) -> str:
    return f"„{case}“ ({case.reference})" if isinstance(case, Application) else f"„{case}“"


def _note(text: str, case: models.Model, by: AbstractUser) -> None:
    TimelineEntry.note(text, by=by, **{case._meta.model_name: case})
