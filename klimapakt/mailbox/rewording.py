"""The office writes a mail's words anew: each change is another version, and two people do not overwrite each other."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from klimapakt.mailbox import html, kinds, outbox, wording
from klimapakt.mailbox.kinds import Example, Kind
from klimapakt.mailbox.models import MailWording, shown
from klimapakt.mailbox.wording import Rendered

Texts = tuple[str, str]
"""Subject and text, with placeholders."""


TRIAL = "test"
"""The kind of mails with which people of the office try a text. No personal link or code works in them."""


class ChangedMeanwhile(Exception):
    """Somebody else saved a version first."""


def current_texts(kind: Kind) -> Texts:
    """Return the words that the portal writes now."""
    found = MailWording.objects.current(kind.name)
    return (found.subject, found.body) if found and not found.is_shipped else shipped_texts(kind)


def shipped_texts(kind: Kind) -> Texts:
    return kind.shipped.subject, kind.shipped.text


def number_of(kind: Kind) -> int:
    """Return the number of the newest version; 0 while nobody changed the shipped text."""
    found = MailWording.objects.current(kind.name)
    return found.number if found else 0


def save(kind: Kind, texts: Texts, *, seen: int, by: AbstractUser, is_shipped: bool = False) -> MailWording:
    """Write the version after `seen`, the newest that the person has read. Raises ChangedMeanwhile.

    Mails that are written already, and mailings that run, keep their words.
    """
    if number_of(kind) != seen:
        raise ChangedMeanwhile
    try:
        with transaction.atomic():
            return MailWording.objects.create(
                kind=kind.name, number=seen + 1, subject=texts[0], body=texts[1], is_shipped=is_shipped, created_by=by
            )
    except IntegrityError:  # somebody saved at the same moment
        raise ChangedMeanwhile from None


def check(kind: Kind, texts: Texts) -> dict[str, list[str]]:
    """Return what is wrong with `subject` and `body`, as German sentences; empty when a mail can be made of them."""
    problems: dict[str, list[str]] = {}
    for field, text, allowed, needed in (
        ("subject", texts[0], kind.allowed_in_subject, []),
        ("body", texts[1], kind.allowed, kind.needed),
    ):
        try:
            wording.check_text(text, allowed, needed=needed)
        except ValidationError as error:
            problems[field] = error.messages
    if "body" not in problems:
        missing = [
            name for name in kind.needed if _is_always_in(kind.shipped.text, name) and not _is_always_in(texts[1], name)
        ]
        if missing:
            problems["body"] = [
                f"Der Platzhalter {{{name}}} steht nur innerhalb von {{wenn …}}. In manchen Mails würde er fehlen."
                for name in missing
            ]
    return problems


def _is_always_in(text: str, name: str) -> bool:
    """Whether a placeholder stands outside of all blocks, or on both sides of one."""
    found = [piece for piece in wording.pattern(text).pieces if piece.name == name]
    return any(not piece.when and not piece.when_not for piece in found) or bool(
        {piece.when for piece in found} & {piece.when_not for piece in found} - {""}
    )


def render(kind: Kind, texts: Texts, example: Example | None) -> Rendered:
    """Return the mail as the person of the example would get it; without one, with invented values."""
    return wording.render(kind if example else _with_samples(kind), example.context if example else {}, text=texts)


def _with_samples(kind: Kind) -> Kind:
    invented = {
        name: one if one.mark else replace(one, value=lambda context, sample=one.sample: sample)
        for name, one in kind.placeholders.items()
    }
    return replace(kind, placeholders=invented)


def samples(kind: Kind, context: Mapping[str, object]) -> dict[str, str]:
    """Return what may stand for each placeholder; `context` knows what all kinds have in common."""
    return {
        name: str(one.value(context)) if name not in kind.placeholders and name in kinds.BASE else one.sample
        for name, one in kind.allowed.items()
    }


def send_trial(kind: Kind, texts: Texts, *, to: AbstractUser) -> bool:
    """Mail a text with invented values to whoever writes it; pressed twice within a minute, it comes once."""
    now = timezone.now()
    digest = hashlib.sha256("\0".join([kind.name, *texts]).encode()).hexdigest()[:16]
    rendered = render(kind, texts, None)
    return outbox.enqueue_rendered(
        replace(rendered, text=shown(rendered.text), html=html.shown(rendered.html), wording=None),
        kind=TRIAL,
        key=f"{TRIAL}:{to.pk}:{digest}:{now:%Y%m%d%H%M}",
        to=to.email,
        name=to.get_full_name(),
        about=to,
    )
