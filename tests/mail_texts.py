"""Shipped texts of mails beside the kinds that are registered for them."""

import re
from pathlib import Path

from django.conf import settings

from klimapakt.mailbox import kinds, rewording, wording
from klimapakt.mailbox.kinds import Kind
from klimapakt.mailbox.models import shown
from klimapakt.mailbox.wording import Rendered

TAG = re.compile(r"\{(?:wenn (?:nicht )?)?(\w+)\}")


def kinds_of(app: str) -> list[Kind]:
    return [kind for kind in kinds.all_kinds() if kind.app == app]


def files_of(app: str) -> set[str]:
    """Return the names of the shipped texts of an app."""
    return {path.stem for path in (Path(settings.BASE_DIR) / "templates" / app / "mail").glob("*.txt")}


def used_in(kind: Kind) -> set[str]:
    """Return the placeholders that a shipped text uses."""
    shipped = kind.shipped
    return set(TAG.findall(shipped.subject + shipped.reason + shipped.text)) - {"sonst", "ende"}


def check_shipped(kind: Kind) -> None:
    """Fail when a shipped text could not be filled in, or the kind lacks what the editor shows."""
    shipped = kind.shipped
    wording.check_text(shipped.subject, kind.allowed_in_subject)
    wording.check_text(shipped.text, kind.allowed, needed=kind.needed)
    wording.check_text(shipped.reason, kind.allowed)
    assert bool(shipped.reason) != kind.to_office
    assert kind.title
    assert kind.group
    assert kind.when.endswith(".")
    assert bool(kind.button) == ("link" in kind.placeholders)
    for name, placeholder in kind.placeholders.items():
        assert placeholder.explanation, name


def renderings(kind: Kind) -> list[Rendered]:
    """Return the shipped text with invented values and about each of its examples."""
    texts = rewording.shipped_texts(kind)
    return [rewording.render(kind, texts, example) for example in [None, *kind.examples()]]


def check_rendered(rendered: Rendered) -> None:
    """Fail when something in a mail was not filled in, or was filled in with nothing."""
    for text in (rendered.subject, shown(rendered.text), rendered.reason):
        assert "{" not in text
        assert "}" not in text
        assert "None" not in text
        assert "False" not in text
        assert "  " not in text
        assert not re.search(r" [.,:;](\s|$)", text)
    assert rendered.subject
    assert "\n\n\n" not in rendered.text
    assert not re.search(r"^(von|mit|an|für) *$", rendered.text, re.M)
