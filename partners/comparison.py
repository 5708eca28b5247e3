"""Profiles as rows of label and text, and as before and after with every changed word marked."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from partners.models import Organisation, Partner, ProfileProposal
from partners.models.profile import FIELDS, read
from partners.services import profile


def label_of(field: str) -> str:
    """Return what people call a field of the profile, or of the offers."""
    model = ProfileProposal if field in FIELDS else Partner
    return str(model._meta.get_field(field).verbose_name)


def text_of(field: str, value: object) -> str:
    """Return a stored value as people read it."""
    if field == "sector":
        return dict(Organisation._meta.get_field("sector").choices).get(value, "")
    if field == "logo_id":
        return "hochgeladen" if value else ""
    if field in ("offers", "needs"):
        return Partner._meta.get_field(field).shown(value)
    if isinstance(value, list):
        return "\n".join(value)
    return "" if value is None else str(value)


def profile_rows(row: object) -> list[dict[str, str]]:
    """Return all public data of a proposal as rows."""
    return [{"label": label_of(field), "value": text_of(field, read(row, field))} for field in FIELDS]


def differences(typed: Mapping[str, object], stored: Mapping[str, object]) -> list[dict[str, str]]:
    """Return what stands now where it is not what somebody typed."""
    return [
        {"label": label_of(field), "value": text_of(field, stored[field])}
        for field, value in typed.items()
        if value != stored[field]
    ]


@dataclass(frozen=True)
class Part:
    """Some words of a text: the same on both sides, or only on one."""

    words: str
    is_changed: bool


@dataclass(frozen=True)
class Change:
    """One field before and after. `is_stale` says that the office changed it after the proposal was made."""

    field: str
    label: str
    before: list[Part]
    after: list[Part]
    is_stale: bool = False


def changes_of(proposal: ProfileProposal, partner: Partner) -> list[Change]:
    """Return what a release would change of what the public sees now."""
    now = profile.data_of(partner)
    return [
        Change(
            field,
            label_of(field),
            *compare(text_of(field, now[field]), text_of(field, value)),
            is_stale=now[field] != proposal.base.get(field),
        )
        for field, value in proposal.changes.items()
    ]


def history_of(proposal: ProfileProposal) -> list[Change]:
    """Return what a decided proposal wanted otherwise than it was. Its picture is gone."""
    return [
        Change(field, label_of(field), *compare(text_of(field, proposal.base.get(field)), text_of(field, value)))
        for field, value in proposal.changes.items()
        if field != "logo_id"
    ]


LONGEST = 4000
"""Pieces that are compared word by word; beyond, the whole text counts as changed."""


def compare(before: str, after: str) -> tuple[list[Part], list[Part]]:
    """Return both texts in parts, with the words marked that the other one does not have."""
    old, new = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (before, after))
    if len(old) + len(new) > LONGEST:
        return [Part(before, True)], [Part(after, True)]
    left, right = [], []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if a < b:
            left.append(Part("".join(old[a:b]), kind != "equal"))
        if c < d:
            right.append(Part("".join(new[c:d]), kind != "equal"))
    return left, right
