"""Notices that a mail did not arrive: the standard ones (RFC 3464), and the free words of older servers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from klimapakt.mailbox import addresses
from klimapakt.mailbox.inbox.head import MESSAGE_ID, Head, decoded, plain_address
from klimapakt.text import clean_line

MOST_PARTS = 30
LONGEST_NOTICE = 50_000

NOT_FOR_DAYS = (
    "Der Mailserver auf der anderen Seite hat die Mail tagelang nicht angenommen. Bitte prüfen Sie die Adresse."
)

STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
ADDRESS = re.compile(r"[^\s<>\"'(),:;=@]{1,64}@[^\s<>\"'(),:;=@]{1,190}\.[a-z]{2,20}", re.IGNORECASE)
QUOTED_ID = re.compile(r"^[> \t]*Message-ID:\s{0,80}(<[^<>\s]{1,118}>)", re.IGNORECASE | re.MULTILINE)
WAITS = re.compile(
    r"delayed|still trying|will (keep|continue)|will be retried|need not resend|do not need to resend|only a warning"
    r"|verzögert|weitere zustellversuche|vorübergehend|temporar",
    re.IGNORECASE,
)
FAILED = re.compile(
    r"(could|can) ?not be delivered|undeliver|permanent|fatal error|failed|returned to sender|no such (user|mailbox)"
    r"|no mailbox here|unknown (user|recipient|address)|user unknown|nicht zugestellt|unzustellbar|nicht zustellbar|(?<!\d)55\d[ -]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Outcome:
    """What became of a mail for one recipient, under each of the recipient's addresses."""

    addresses: frozenset[str]
    has_failed: bool
    status: str
    said: str = ""


@dataclass(frozen=True)
class Report:
    """`quoted`: the Message-IDs of the mail it may be about, the surest first."""

    quoted: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    def outcome_for(self, address: str) -> Outcome | None:
        """Return what it says about a recipient; None when it names only others."""
        named = [outcome for outcome in self.outcomes if address.lower() in outcome.addresses]
        nameless = [outcome for outcome in self.outcomes if not outcome.addresses]
        return next(iter([*named, *nameless]), None)


def sentence_for(status: str) -> str:
    """Return what the status of a failed mail means for the office, and what to do."""
    return NOT_FOR_DAYS if status.startswith("4") else addresses.why(status)


def read_report(message: Message, head: Head) -> Report | None:
    """Return what a notice says; None when it is none."""
    parts = list(leaves(message))
    returned = [found for part in parts if (found := _returned_id(part))]
    blocks = [
        block for part in parts if part.get_content_type() == "message/delivery-status" for block in _blocks(part)
    ]
    if outcomes := [outcome for block in blocks if (outcome := _outcome(block))]:
        return Report(tuple(dict.fromkeys([*returned, *head.quoted])), tuple(outcomes))
    return _in_free_words(parts, returned, head)


def leaves(message: Message) -> Iterator[Message]:
    """Return the leaves of a message; one that came inside it is a leaf, whatever that holds itself."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part, seen = waiting.pop(0), seen + 1
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting = [*part.get_payload(), *waiting]
        else:
            yield part


def _returned_id(part: Message) -> str:
    """Return the Message-ID of the mail that came back with a notice, whole or only its headers."""
    if part.get_content_type() not in (
        "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers",
    ):  # fmt: skip
        return ""
    inner = part.get_payload(0) if part.is_multipart() else HeaderParser().parsestr(text_of(part).lstrip())
    found = MESSAGE_ID.search(str(inner.get("Message-ID", "")))
    return found.group() if found else ""


def _blocks(part: Message) -> list[Message]:
    """Return the groups of fields of a delivery status, the first of which is about the message as a whole."""
    if part.is_multipart():
        return part.get_payload()
    return [HeaderParser().parsestr(block) for block in re.split(r"\n\s*\n", text_of(part)) if block.strip()]


def _outcome(block: Message) -> Outcome | None:
    recipients = [str(block.get(name, "")) for name in ("Original-Recipient", "Final-Recipient")]
    action = str(block.get("Action", "")).strip().lower()
    if not (any(recipients) or action):
        return None  # about the message as a whole
    said = clean_line(str(block.get("Diagnostic-Code", "")).partition(";")[2])[:200]
    found = STATUS.search(str(block.get("Status", ""))) or STATUS.search(said)
    status = found.group() if found else ""
    if status == "5.0.0" and (better := STATUS.search(said)):
        status = better.group()
    return Outcome(
        frozenset(filter(None, (plain_address(value.rpartition(";")[2]) for value in recipients))),
        # A server that has given up after days says so with a 4: what counts is the action.
        has_failed=action == "failed" or (not action and status.startswith("5")),
        status=status,
        said=said,
    )


def _in_free_words(parts: list[Message], returned: list[str], head: Head) -> Report | None:
    """Read the notice of a server that follows no standard."""
    text = "\n".join(text_of(part) for part in parts if part.get_content_type() in ("text/plain", "text/html"))
    text = text[:LONGEST_NOTICE]
    quoted = QUOTED_ID.findall(text)
    if not (quoted or returned):
        return None
    notice = text[: QUOTED_ID.search(text).start()] if quoted else text
    # Between the notice and the returned Message-ID stand other headers of that mail.
    notice = re.split(r"^[> \t]*(?:Return-Path|Received|From|Von):", notice, maxsplit=1, flags=re.M | re.I)[0]
    codes = [code for code in STATUS.findall(notice) if code[0] != "2"]
    status = next(iter(codes), "")
    waits = bool(WAITS.search(f"{head.subject}\n{notice}")) and not status.startswith("5")
    has_failed = not waits and (status.startswith("5") or bool(FAILED.search(f"{head.subject}\n{notice}")))
    named = head.failed_recipients or [found.lower() for found in ADDRESS.findall(notice)]
    recipients = frozenset(plain_address(found) for found in named if found != head.from_email) - {""}
    return Report(tuple(dict.fromkeys([*returned, *quoted])), (Outcome(recipients, has_failed, status),))


def text_of(part: Message) -> str:
    """Return the decoded text of a part that holds text."""
    content = part.get_payload(decode=True)
    return decoded(content, part.get_content_charset()).replace("\r\n", "\n") if isinstance(content, bytes) else ""
