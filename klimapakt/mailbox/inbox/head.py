"""The headers of a message from the outside, which may say anything in any encoding."""

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import HeaderParser
from email.utils import parseaddr

from klimapakt.text import clean_line

LONGEST_VALUE = 2000
MOST_REFERENCES = 50

CHARSETS = re.compile(r"(utf|us-ascii|ascii|latin|iso-?8859|iso-2022|windows|cp|koi8|gb|big5|shift|euc|mac)", re.I)
"""Begin so. Python knows other codecs by name, some of which take minutes for a long text (punycode)."""

MESSAGE_ID = re.compile(r"<[^<>\s]{1,118}>")

SAYS_IT_IS_AUTOMATIC = re.compile(
    r"(automatische antwort|automatic reply|auto(matic)?[ -]?(reply|response)|abwesenheits(notiz|assistent|nachricht)"
    r"|abwesend:|out of (the )?office|(nicht )?gelesen:|(not )?read:|lesebestätigung)",
    re.IGNORECASE,
)
"""How the subject of an automatic answer begins; for those that say it nowhere else."""

DAEMONS = {"mailer-daemon", "mail-daemon", "postmaster", "mailerdaemon"}


@dataclass(frozen=True)
class Head:
    """What the headers say.

    `quoted` holds the Message-IDs that it answers, the nearest first; `told` is the same for each copy of a message.
    """

    from_email: str
    from_name: str
    subject: str
    quoted: tuple[str, ...]
    failed_recipients: tuple[str, ...]
    is_report: bool
    is_automatic: bool
    told: str


def read_head(content: bytes) -> Head:
    """Return the headers at the beginning of a message. Whatever they hold, only a broken From is lost."""
    message = HeaderParser().parsestr(decoded(content))
    name, address = parseaddr(_value(message, "From"))
    address = plain_address(address)
    subject = words(_value(message, "Subject"))
    kind = message.get_content_type()
    is_from_a_daemon = address.partition("@")[0] in DAEMONS or "X-Failed-Recipients" in message
    report_type = str(message.get_param("report-type", "delivery-status")).lower()
    return Head(
        from_email=address,
        from_name=words(name)[:200],
        subject=subject[:250],
        quoted=tuple(dict.fromkeys([*_ids(message, "In-Reply-To"), *reversed(_ids(message, "References"))])),
        failed_recipients=tuple(
            plain_address(found) for found in _value(message, "X-Failed-Recipients").split(",") if found.strip()
        ),
        is_report=is_from_a_daemon or (kind == "multipart/report" and report_type == "delivery-status"),
        is_automatic=_is_automatic(message, subject),
        told="\n".join(_value(message, name) for name in ("Message-ID", "Date", "From", "Subject")),
    )


def _is_automatic(message: Message, subject: str) -> bool:
    """Whether a program wrote it (RFC 3834, and what older ones put there instead)."""
    submitted = _value(message, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or any(
            name in message
            for name in (
                "X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "X-Autoresponder", "List-Id", "List-Unsubscribe",
            )
        )
        or _value(message, "Precedence").strip().lower() in ("auto_reply", "bulk", "junk", "list")
        or _value(message, "Return-Path").strip() == "<>"
        or message.get_content_type() == "multipart/report"
        or SAYS_IT_IS_AUTOMATIC.match(subject) is not None
    )  # fmt: skip


def _ids(message: Message, name: str) -> list[str]:
    # Not cut like the other headers: the nearest message stands last in References.
    return MESSAGE_ID.findall(str(message.get(name, "")))[-MOST_REFERENCES:]


def _value(message: Message, name: str) -> str:
    return str(message.get(name, ""))[:LONGEST_VALUE]


def plain_address(address: str) -> str:
    """Return an address in lower case; empty when it is none."""
    address = clean_line(address).strip("<>").lower()
    return address if len(address) <= 254 and re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", address) else ""


def words(value: str) -> str:
    """Return the words of a header as one clean line."""
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return clean_line(value)
    return clean_line("".join(part if isinstance(part, str) else decoded(part, charset) for part, charset in parts))


def decoded(content: bytes, charset: str | None = None) -> str:
    """Return text in the encoding that it claims, or the likeliest one. Without NUL, which Postgres does not store."""
    for name in (charset or "", "utf-8", "cp1252"):
        if CHARSETS.match(name):
            try:
                return content.decode(name).replace("\0", "")
            except (LookupError, ValueError):
                continue
    return content.decode("latin-1").replace("\0", "")
