"""What the page of a record shows of possible duplicates, and of what was decided about them."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.urls import reverse

from klimapakt.mailbox.models import case_of
from partners import duplicates
from partners.models import Application, Interest, Merge, NoDuplicate, Organisation, TimelineEntry

KINDS: dict[str, type[models.Model]] = {
    "organisation": Organisation,
    "application": Application,
    "interest": Interest,
}
LABELS = {"organisation": "Organisation", "application": "Antrag", "interest": "Anfrage"}
MERGE, TELL_APART = "partners.add_merge", "partners.add_noduplicate"
SIDES = "kept_organisation", "merged_organisation", "kept_application", "merged_application"


@dataclass(frozen=True)
class Row:
    """Another record beside this one."""

    case: models.Model
    reasons: list[str] = field(default_factory=list)
    compare_url: str = ""
    compare_label: str = ""

    @property
    def key(self) -> str:
        return case_of(self.case)

    @property
    def kind(self) -> str:
        return LABELS[self.case._meta.model_name]

    @property
    def url(self) -> str:
        return url_of(self.case, "change")

    @property
    def fact(self) -> str:
        if isinstance(self.case, Organisation):
            return "Partner" if hasattr(self.case, "partner") else ""
        return f"{self.case.reference}, {self.case.get_status_display()}"


@dataclass(frozen=True)
class Panel:
    """What the page of a record shows of possible duplicates, and of what was decided about them."""

    case: models.Model
    candidates: list[Row]
    apart: list[Row]
    known_as: Organisation | None
    merges: list[Merge]
    may_merge: bool
    may_tell_apart: bool

    @property
    def apart_url(self) -> str:
        return url_of(self.case, "keine_dublette")

    @property
    def again_url(self) -> str:
        return url_of(self.case, "doch_pruefen")

    @property
    def forget_url(self) -> str:
        return url_of(self.case, "andere_organisation")


def panel(case: models.Model, user: AbstractUser) -> Panel:
    """Return what may be the same organisation; nothing is searched for what is decided or merged."""
    is_open = case.is_open if isinstance(case, Application) else case.merged_into_id is None
    return Panel(
        case=case,
        candidates=[_row(case, found) for found in duplicates.find(case)] if is_open else [],
        apart=_told_apart(case) if is_open else [],
        known_as=getattr(case, "known_as", None),
        merges=list(Merge.objects.standing().about(case).select_related(*SIDES)),
        may_merge=is_open and user.has_perm(MERGE),
        may_tell_apart=is_open and user.has_perm(TELL_APART),
    )


def story(case: Application | Organisation) -> list[TimelineEntry]:
    """Return what happened; of what came by a merge, `origin` says from which record."""
    entries, origins = list(case.timeline.all()), {}
    for merge in Merge.objects.standing().about(case).select_related(*SIDES):
        origin = merge.merged.reference if isinstance(merge.merged, Application) else f"„{merge.merged}“"
        told = (move["pks"] for move in merge.moved if move["table"] == TimelineEntry._meta.label_lower)
        origins |= {pk: origin for pks in told for pk in pks}
    for entry in entries:
        entry.origin = origins.get(entry.pk, "")
    return entries


def _row(case: models.Model, found: duplicates.Candidate) -> Row:
    label = ""
    if type(found.case) is type(case):
        label = "Vergleichen und zusammenführen"
    elif isinstance(case, Application) and isinstance(found.case, Organisation):
        label = "Ist dieselbe Organisation"
    url = url_of(case, "vergleichen", found.case._meta.model_name, found.case.pk) if label else ""
    return Row(found.case, found.reasons, url, label)


def _told_apart(case: models.Model) -> list[Row]:
    own, numbers = case_of(case), {kind: [] for kind in KINDS}
    for pair in NoDuplicate.objects.filter(models.Q(first=own) | models.Q(second=own)).values_list("first", "second"):
        kind, number = next(side for side in pair if side != own).split(":")
        numbers[kind].append(int(number))
    return [
        Row(found)
        for kind, pks in numbers.items()
        if pks
        for found in KINDS[kind]._base_manager.filter(pk__in=pks).order_by("pk")
    ]


def url_of(case: models.Model, page: str, *more: object) -> str:
    return reverse(f"admin:{case._meta.app_label}_{case._meta.model_name}_{page}", args=[case.pk, *more])
