"""What a person wrote in an answer: plain text, without the mail it answers and without our personal links."""

import re
from email.message import Message
from html import unescape
from itertools import islice
from urllib.parse import urlsplit

from django.conf import settings

from klimapakt.mailbox.inbox.report import leaves, text_of
from klimapakt.mailbox.models import CODE_MARK, LINK_MARK, SHOWN_AS
from klimapakt.text import clean_prose

LONGEST_TEXT = 20_000
LONGEST_HTML = 100_000

BELOW_IS_THE_ORIGINAL = re.compile(
    r"^[ \t]*(-{2,} ?(Ursprüngliche Nachricht|Original ?Message|Original-Nachricht|Weitergeleitete Nachricht).*"
    r"|_{20,}[ \t]*\n+(Von|From):.*"
    r"|(Von|From):.+\n+(Gesendet|Sent|Datum|Date):.*)$",
    re.IGNORECASE | re.MULTILINE,
)
"""How Outlook and its like begin the mail that is answered; nothing of the answer follows."""

SOMEBODY_WROTE = re.compile(r"^.{0,200}\b(schrieb|wrote)\b.{0,200}:[ \t]*$", re.MULTILINE | re.IGNORECASE)
"""How most others do; the answer may go on between the quoted lines."""

PERSONAL = re.compile(r"(/|%2F)(z|abbestellen)(/|%2F)", re.IGNORECASE)
"""In an address of the portal: what follows is as good as a password."""


TAG = re.compile(r"(/?)([a-z][a-z0-9]{0,14})", re.IGNORECASE)
HIDDEN = {"style", "script", "title", "head", "template"}
BLOCKS = {
    *("p", "div", "br", "tr", "table", "ul", "ol", "li", "hr", "pre", "section", "blockquote"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
}


def answer_in(message: Message) -> tuple[str, bool]:
    """Return the text of an answer and whether it is shortened."""
    text = clean_prose(_without_links(_without_original(_body(message))))
    return text[:LONGEST_TEXT], len(text) > LONGEST_TEXT


def _body(message: Message) -> str:
    html = ""
    for part in leaves(message):
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment":
            continue
        if kind == "text/plain" and (text := text_of(part)).strip():
            return text
        if kind == "text/html" and not html:
            html = text_of(part)
    return as_plain_text(html)


def _without_original(text: str) -> str:
    """Leave out the mail that is answered, where it stands below in one piece."""
    if (found := BELOW_IS_THE_ORIGINAL.search(text)) and text[: found.start()].strip():
        return text[: found.start()]
    for found in islice(SOMEBODY_WROTE.finditer(text), 20):
        below = [line for line in text[found.end() :].splitlines() if line.strip()]
        if below and all(line.lstrip().startswith(">") for line in below) and text[: found.start()].strip():
            return text[: found.start()]
    return text


def _without_links(text: str) -> str:
    """Put words for our personal links, whole or wrapped by a mail filter: whoever has one can act for a company."""
    host = urlsplit(settings.PORTAL_BASE_URL).hostname or ""

    def shown(word: re.Match) -> str:
        return SHOWN_AS[LINK_MARK] if host in word[0].lower() and PERSONAL.search(word[0]) else word[0]

    return re.sub(r"\S+", shown, text)


def without_code(text: str) -> str:
    """Put words for what may be a one-time code."""
    return re.sub(r"(?<!\d)\d{4} ?\d{4}(?!\d)", SHOWN_AS[CODE_MARK], text)


def as_plain_text(markup: str) -> str:
    """Return the words of an HTML mail; what it quotes begins with >.

    Not with html.parser: what somebody leaves open costs it minutes.
    """
    first, *pieces = _without_comments(markup[:LONGEST_HTML]).split("<")
    words, hidden_by, quotes = [_words(first)], "", 0
    for piece in pieces:
        found = TAG.match(piece)
        if not found:
            words.append("" if hidden_by else _words(f"<{piece}"))
            continue
        ends, name = bool(found[1]), found[2].lower()
        if hidden_by and (name == "body" or (ends and name == hidden_by)):
            hidden_by = ""
        elif not hidden_by and not ends and name in HIDDEN:
            hidden_by = name
        if name == "blockquote":
            quotes = max(quotes - 1, 0) if ends else quotes + 1
        if name in BLOCKS and not hidden_by:
            words.append("\n" + ("> " if quotes else "") + ("- " if name == "li" and not ends else ""))
        if not hidden_by:
            words.append(_words(piece.partition(">")[2]))
    return "".join(words)


def _without_comments(markup: str) -> str:
    first, *pieces = markup.split("<!--")
    return " ".join([first, *(piece.partition("-->")[2] for piece in pieces)])


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(text))
