"""The words of a mail: German text with `{name}` and `{wenn name} … {sonst} … {ende}`.

One pass: what is filled in is data. It is never read for placeholders again, never markup, never a link, whatever it
holds; only a placeholder that says so (`is_link`) becomes one.

How: the text is laid out once for each set of placeholders that have something to say, with a private-use character
in place of each. Filling it is then one `str.translate`, for the text and for the HTML. Typed texts and values never
hold such a character.
"""

import difflib
import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.conf import settings
from django.core.exceptions import ValidationError

from klimapakt.mailbox import html, kinds
from klimapakt.mailbox.kinds import Context, Kind, Placeholder
from klimapakt.mailbox.letterhead import Letterhead
from klimapakt.mailbox.models import MailWording
from klimapakt.pact.models import Pact
from klimapakt.text import clean_line

logger = logging.getLogger(__name__)

TAG = re.compile(r"\{([^{}\n]*)\}|[{}]")
NAME = re.compile(r"[a-zäöüß][a-zäöüß0-9_]*")
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff]")
"""Control characters, what turns the direction of writing, and private use, where our own marks are."""

NOTHING = "\ue0ff"
"""Stands where a tag said nothing, so that a line of nothing else can vanish; an empty line stays one."""

LONGEST_SUBJECT = 250


@dataclass(frozen=True)
class Rendered:
    """A mail in words. Text and HTML hold the marks of what is filled in while sending."""

    subject: str
    text: str
    html: str
    reason: str
    wording: MailWording | None


@dataclass(frozen=True)
class Piece:
    """A part of a text: words, or a placeholder (`name`); in a block (`when`) only while that is true."""

    words: str = ""
    name: str = ""
    when: str = ""
    when_not: str = ""


# --- Reading ----------------------------------------------------------------------------------------------------------


def check_text(text: str, allowed: Collection[str], *, needed: Collection[str] = ()) -> None:
    """Raise ValidationError with German sentences for whatever could not be filled in; `needed` must occur."""
    pieces, problems = _read(text)
    names = {name for piece in pieces for name in (piece.name, piece.when, piece.when_not) if name}
    used = {piece.name for piece in pieces}
    problems += [_unknown(name, allowed) for name in sorted(names - set(allowed))]
    problems += [
        f"Der Platzhalter {{{name}}} fehlt. Ohne ihn nützt diese Mail nichts." for name in needed if name not in used
    ]
    if problems:
        raise ValidationError(list(dict.fromkeys(problems)), code="wording")


def _unknown(name: str, allowed: Collection[str]) -> str:
    meant = difflib.get_close_matches(name, allowed, n=1)
    return f"Den Platzhalter {{{name}}} gibt es hier nicht." + (
        f" Meinten Sie {{{meant[0]}}}?" if meant else " Welche es gibt, steht bei „Platzhalter“."
    )


def _read(text: str) -> tuple[list[Piece], list[str]]:
    """Return the pieces of a text, and what is wrong with it in German."""
    pieces: list[Piece] = []
    problems: list[str] = []
    block: dict[str, str] = {}  # the block we are in, as arguments for its pieces
    opened, has_else = "", False
    text = UNSEEN.sub("", text.replace("\r\n", "\n"))
    at = 0
    for tag in TAG.finditer(text):
        if words := text[at : tag.start()]:
            pieces.append(Piece(words, **block))
        at = tag.end()
        if tag[1] is None:
            near = text[max(0, tag.start() - 15) : tag.end() + 15].replace("\n", " ").strip()
            problems.append(
                f"Bei „{near}“ steht eine einzelne geschweifte Klammer. Platzhalter sehen so aus: {{name}}."
            )
            continue
        command, *rest = tag[1].lower().split() or [""]
        if command == "wenn":
            is_not = rest[:1] == ["nicht"]
            name = " ".join(rest[is_not:])
            if not NAME.fullmatch(name):
                problems.append(f"Bei {tag[0]} fehlt der Name eines Platzhalters, zum Beispiel {{wenn name}}.")
            if opened:
                problems.append(f"{tag[0]} steht innerhalb von {opened}. Bitte schließen Sie zuerst mit {{ende}}.")
            opened, has_else = tag[0], False
            block = {"when_not" if is_not else "when": name} if NAME.fullmatch(name) else {}
        elif command == "sonst" and not rest:
            if not opened or has_else:
                problems.append(
                    "{sonst} steht ohne {wenn …} davor." if not opened else f"Zu {opened} steht {{sonst}} zweimal."
                )
            has_else = True
            block = {"when": block["when_not"]} if "when_not" in block else {"when_not": block.get("when", "")}
        elif command == "ende" and not rest:
            if not opened:
                problems.append("{ende} steht ohne {wenn …} davor.")
            opened, has_else, block = "", False, {}
        elif not NAME.fullmatch(tag[1].strip().lower()):
            problems.append(f"{tag[0]} ist kein Platzhalter. Platzhalter sehen so aus: {{name}}.")
        else:
            pieces.append(Piece(name=tag[1].strip().lower(), **block))
            continue
        pieces.append(Piece(NOTHING))
    if opened:
        problems.append(f"Zu {opened} fehlt {{ende}}.")
    if rest_of_text := text[at:]:
        pieces.append(Piece(rest_of_text, **block))
    return pieces, problems


# --- Laying out -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Pattern:
    """A text that was read, ready for values."""

    pieces: tuple[Piece, ...]
    names: tuple[str, ...]

    def laid_out(self, values: Mapping[str, str]) -> str:
        """Return the text with a slot for each placeholder that has a value, and without the lines of the others."""
        return _lay_out(self, frozenset(name for name in self.names if values[name]))

    def slots(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return which value belongs to which slot."""
        return {html.slot(number): values[name] for number, name in enumerate(self.names)}

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the text."""
        return self.laid_out(values).translate(str.maketrans(self.slots(values)))


@lru_cache(maxsize=500)
def pattern(text: str) -> Pattern:
    """Return a text ready for values. Raises ValidationError."""
    pieces, problems = _read(text)
    if problems:
        raise ValidationError(problems, code="wording")
    names = dict.fromkeys(name for piece in pieces for name in (piece.name, piece.when, piece.when_not) if name)
    return Pattern(tuple(pieces), tuple(names))


@lru_cache(maxsize=2000)
def _lay_out(read: Pattern, present: frozenset[str]) -> str:
    said = []
    for piece in read.pieces:
        if piece.when and piece.when not in present or piece.when_not and piece.when_not in present:
            continue
        if not piece.name:
            said.append(piece.words)
        else:
            said.append(html.slot(read.names.index(piece.name)) if piece.name in present else NOTHING)
    whole = re.sub(f"(?m)(^| ){NOTHING}+ ", r"\1", "".join(said))
    lines = (
        line.replace(NOTHING, "").rstrip()
        for line in whole.split("\n")
        if NOTHING not in line or line.strip(f" {NOTHING}")
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


# --- Filling ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """The words of one kind of mail, ready to be filled any number of times."""

    kind: Kind
    subject: Pattern
    text: Pattern
    reason: Pattern
    wording: MailWording | None = None

    @cached_property
    def _used(self) -> dict[str, Placeholder]:
        return {name: self.kind.allowed[name] for name in (*self.subject.names, *self.text.names, *self.reason.names)}

    @cached_property
    def _roles(self) -> tuple[str, ...]:
        return tuple(_role(name, self.kind) for name in self.text.names)

    def fill(self, context: Context, pact: Pact) -> Rendered:
        """Return the mail about something."""
        context = {"pact": pact, "base_url": settings.PORTAL_BASE_URL, **context}
        values = {name: _value(placeholder, context) for name, placeholder in self._used.items()}
        subject, reason = clean_line(self.subject.filled(values)), clean_line(self.reason.filled(values))
        content = html.content(
            self.text.laid_out(values), self.text.slots(values), self._roles, button=self.kind.button
        )
        letterhead = Letterhead.of(pact, self.kind)
        return Rendered(
            subject[:LONGEST_SUBJECT],
            f"{self.text.filled(values)}\n{letterhead.signature(reason)}".rstrip("\n") + "\n",
            letterhead.page(content, subject=subject, reason=reason),
            reason,
            self.wording,
        )

    def draft(self, context: Context, pact: Pact, *, keep: Collection[str] = ()) -> tuple[str, str]:
        """Return subject and text for somebody to go on writing, with all filled in but `keep` and what comes while
        sending. Braces in a value become round: what is typed next is read for placeholders."""
        context = {"pact": pact, "base_url": settings.PORTAL_BASE_URL, **context}
        values = {
            name: f"{{{name}}}" if one.mark or name in keep else _value(one, context).translate(ROUND)
            for name, one in self._used.items()
        }
        return clean_line(self.subject.filled(values))[:LONGEST_SUBJECT], self.text.filled(values)


ROUND = str.maketrans("{}", "()")


def _role(name: str, kind: Kind) -> str:
    placeholder = kind.allowed[name]
    if placeholder.is_link:
        return html.BUTTON if name == "link" and kind.button else html.LINKED
    return html.CODE if placeholder.mark else html.WORDS


def words_of(kind: str | Kind, text: tuple[str, str] | None = None) -> Words:
    """Return the words of a kind as they are now: the given (subject, text), else the office's, else the shipped.

    A version of the office that names what this release does not know is passed over, and logged.
    """
    kind = kinds.get(kind) if isinstance(kind, str) else kind
    reason = pattern(kind.shipped.reason)
    if text:
        check_text(text[0], kind.allowed_in_subject)
        check_text(text[1], kind.allowed)
        return Words(kind, pattern(text[0]), pattern(text[1]), reason)
    wording = MailWording.objects.current(kind.name)
    if wording and not wording.is_shipped:
        try:
            check_text(wording.subject, kind.allowed_in_subject)
            check_text(wording.body, kind.allowed)
        except ValidationError as error:
            logger.error("mail wording %s does not fit this release: %s", wording, error.messages)
        else:
            return Words(kind, pattern(wording.subject), pattern(wording.body), reason, wording)
    return Words(kind, pattern(kind.shipped.subject), pattern(kind.shipped.text), reason)


def render(kind: str | Kind, context: Context, *, text: tuple[str, str] | None = None) -> Rendered:
    """Return one mail; `text` is (subject, text) of a mailing or a preview. Raises ValidationError for a bad one."""
    return words_of(kind, text).fill(context, context.get("pact") or Pact.load())


def _value(placeholder: Placeholder, context: Context) -> str:
    """Return what is filled in: lines without anything that could be taken for a mark of ours."""
    if placeholder.mark:
        return placeholder.mark
    value = placeholder.value(context)
    if value is None or value is False:
        return ""
    return "ja" if value is True else UNSEEN.sub("", str(value).replace("\r\n", "\n")).strip()
