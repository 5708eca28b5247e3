"""Profiles as rows of label and text, and as before and after with every changed word marked."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.uploads.models import Upload
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
        return _named(Upload.objects.filter(pk=value).first())
    if field in ("offers", "needs"):
        return Partner._meta.get_field(field).shown(value)
    if isinstance(value, list):
        return "\n".join(value)
    return "" if value is None else str(value)


def _named(upload: Upload | None) -> str:
    """Return a file by name, size and day: pictures can bear the same name."""
    if upload is None:
        return ""
    day = date_format(timezone.localtime(upload.created_at), "j. F Y")
    return f"{upload.name}, {filesizeformat(upload.size)}, hochgeladen am {day}"


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
            *(whole if field == "logo_id" else compare)(text_of(field, now[field]), text_of(field, value)),
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


def hidden_without_consent(proposal: ProfileProposal) -> str:
    """Return what of a change stays hidden until the company consents to it: „Zitat“, „Logo“, both, or nothing."""
    if profile.may_show_quote(proposal.partner):
        return ""
    named = {"Zitat": ("quote", "quote_person"), "Logo": ("logo_id",)}
    return " und ".join(word for word, fields in named.items() if any(proposal.changes.get(field) for field in fields))


def mended_by_office(proposal: ProfileProposal) -> list[Change]:
    """Return where the office's version differs from the company's, which is `before`; empty for all others."""
    if proposal.mends is None:
        return []
    pairs = [
        (field, text_of(field, read(proposal.mends, field)), text_of(field, read(proposal, field)))
        for field in FIELDS
        if field != "logo_id"
    ]
    return [Change(field, label_of(field), *compare(old, new)) for field, old, new in pairs if old != new]


LONGEST = 4000
"""Pieces that are compared word by word; beyond, both texts are shown whole."""

FEWEST_WORDS = 3
"""So many unchanged words in a row stand between two marks; fewer belong to one mark, which reads better."""

ALIKE = 0.5
"""Texts that share a smaller part of their words are shown whole: marks would cover nearly everything."""


def whole(before: str, after: str) -> tuple[list[Part], list[Part]]:
    """Return both texts without marks."""
    return tuple([Part(text, False)] if text else [] for text in (before, after))


def compare(before: str, after: str) -> tuple[list[Part], list[Part]]:
    """Return both texts in parts, with the words marked that the other one does not have."""
    old, new = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (before, after))
    if len(old) + len(new) > LONGEST:
        return whole(before, after)
    runs = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    shared = sum(_words(old[a:b]) for kind, a, b, c, d in runs if kind == "equal")
    if 2 * shared < ALIKE * (_words(old) + _words(new)):
        return whole(before, after)
    left, right = [], []
    for is_changed, group in groupby(enumerate(runs), key=lambda run: _is_marked(run[0], runs, old)):
        group = [run for _, run in group]
        (_, a, _, c, _), (_, _, b, _, d) = group[0], group[-1]
        if a < b:
            left.append(Part("".join(old[a:b]), is_changed))
        if c < d:
            right.append(Part("".join(new[c:d]), is_changed))
    return left, right


def _words(pieces: list[str]) -> int:
    return sum(piece[0].isalnum() for piece in pieces)


def _is_marked(at: int, runs: list[tuple[str, int, int, int, int]], old: list[str]) -> bool:
    """Whether a run is marked: it changed, or it is a few words between two that did."""
    kind, a, b, _, _ = runs[at]
    return kind != "equal" or (0 < at < len(runs) - 1 and _words(old[a:b]) < FEWEST_WORDS)
