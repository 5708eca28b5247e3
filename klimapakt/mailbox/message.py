"""A row of the outbox as the bytes that go over SMTP: the same bytes at every try.

Built by hand: `EmailMessage` takes milliseconds for each mail, and folds long names so that a space is doubled.
"""

import re
from base64 import b64encode, encodebytes
from binascii import b2a_qp
from collections.abc import Iterable
from email.errors import HeaderParseError
from email.headerregistry import Address, ContentTypeHeader, HeaderRegistry
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime, parseaddr
from html import escape
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone

from klimapakt.mailbox import html, optout
from klimapakt.mailbox.models import CODE_MARK, LINK_MARK, UNSUBSCRIBE_MARK, MailAttachment, OutgoingMail
from klimapakt.pact.models import Pact

LINE = 76
"""No header line and no encoded word is longer (RFC 2047, 2)."""

LONGEST_FILE_NAME = 900
"""Characters of a name as they are encoded: it stands in one line, which SMTP lets have 998 (RFC 5321, 4.5.3.1.6)."""

# Not „All“: that suppresses non-delivery reports as well ([MS-OXCMAIL] 2.1.3.2.20), and we want to hear of those.
NO_AUTOMATIC_ANSWERS = "DR, RN, NRN, OOF, AutoReply"


def build(mail: OutgoingMail, pact: Pact) -> bytes:
    """Return the message with links and code filled in.

    Raises ValueError for an impossible address, and for a link or code that is gone.
    """
    text, html_text, filled = mail.body, mail.html, _what_is_filled_in(mail)
    for mark, words in filled.items():
        text, html_text = text.replace(mark, words), html_text.replace(mark, escape(words))
    return _message(mail, pact, text, html_text, unsubscribe=filled.get(UNSUBSCRIBE_MARK, ""))


def build_copy(mail: OutgoingMail, pact: Pact) -> bytes:
    """Return the message for the office's folder of sent mails: words instead of links, so that it opens nothing.

    Raises ValueError for a mail with a code, which is never filed.
    """
    if mail.code_id or CODE_MARK in mail.body:
        raise ValueError("a mail with a code is not filed")
    return _message(mail, pact, mail.shown_body, html.shown(mail.html))


def _what_is_filled_in(mail: OutgoingMail) -> dict[str, str]:
    """Return link, code and address to unsubscribe, which exist from here on, for their marks."""
    filled = {}
    if LINK_MARK in mail.body:
        if mail.link is None:
            raise ValueError("the mail needs a link that is gone")
        filled[LINK_MARK] = mail.link.url()
    if CODE_MARK in mail.body:
        if mail.code is None:
            raise ValueError("the mail needs a code that is gone")
        filled[CODE_MARK] = mail.code.digits()
    if mail.topic:
        filled[UNSUBSCRIBE_MARK] = optout.address(mail)
    return filled


# --- Parts ------------------------------------------------------------------------------------------------------------


def _message(mail: OutgoingMail, pact: Pact, text: str, html_text: str, *, unsubscribe: str = "") -> bytes:
    boundary = "=_" + re.sub(r"\W", "", mail.message_id)  # the same at every try
    body = _text("plain", text)
    if html_text:
        body = _multipart("alternative", [body, _text("html", html_text)], f"{boundary}a")
    if files := list(mail.attachments.all()):
        body = _multipart("mixed", [body, *map(_file, files)], boundary)
    head = "".join(_header(name, value) for name, value in _headers(mail, pact, unsubscribe))
    return head.encode("ascii") + body


def _text(subtype: str, text: str) -> bytes:
    lines = (text if text.endswith("\n") else f"{text}\n").replace("\n", "\r\n").encode()
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode("ascii") + b2a_qp(lines)


def _multipart(subtype: str, parts: Iterable[bytes], boundary: str) -> bytes:
    """Quoted-printable and base64 never hold the `=_` with which the boundary begins (RFC 2045, 6.7)."""
    line = b"\r\n--" + boundary.encode("ascii")
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n'.encode("ascii")
    return head + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def _file(attachment: MailAttachment) -> bytes:
    kind = parse_content_type(attachment.content_type)
    file = MIMENonMultipart(kind.maintype, kind.subtype, **kind.params)
    name = attachment.name
    while len(quote(name)) > LONGEST_FILE_NAME:
        name = name[1:]
    file.add_header("Content-Disposition", "attachment", filename=name)
    head = "".join(f"{name}: {value}\r\n" for name, value in file.items() if name != "MIME-Version")
    head += "Content-Transfer-Encoding: base64\r\n\r\n"
    return head.encode("ascii") + encodebytes(bytes(attachment.content)).replace(b"\n", b"\r\n")


_REGISTRY = HeaderRegistry()


def parse_content_type(value: str) -> ContentTypeHeader:
    """Return e.g. `text/calendar; method=REQUEST` in its parts."""
    return _REGISTRY("Content-Type", value)


# --- Headers ----------------------------------------------------------------------------------------------------------


def _headers(mail: OutgoingMail, pact: Pact, unsubscribe: str) -> Iterable[tuple[str, str]]:
    """Yield the headers. A mailing is written and released by people, so it is not „auto-generated“ (RFC 3834, 5)."""
    sender = mail.from_email or sender_of(pact)
    name = mail.from_name or pact.name
    yield "From", _address(name, sender)
    yield "To", _address(mail.to_name, mail.to_email)
    yield "Subject", _words(mail.subject, len("Subject: "))
    yield "Date", format_datetime(timezone.localtime(mail.dated_at))
    yield "Message-ID", mail.message_id
    if mail.references:
        yield "In-Reply-To", mail.references
        yield "References", mail.references
    if pact.office_email and pact.office_email != sender:
        yield "Reply-To", _address(pact.name, pact.office_email)
    if mail.mailing_id is None:
        yield "Auto-Submitted", "auto-generated"
    else:
        yield "Precedence", "bulk"  # what RFC 3834, 2 names for mails to many, so that no holiday notes come back
    yield "X-Auto-Response-Suppress", NO_AUTOMATIC_ANSWERS
    if unsubscribe:
        yield "List-Unsubscribe", f"<{unsubscribe}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"  # RFC 8058, 3.1
    yield "Content-Language", "de"
    yield "MIME-Version", "1.0"


CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")
PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
)


def _header(name: str, value: str) -> str:
    if CONTROLS.search(value.replace("\r\n ", "")):
        raise ValueError(f"{name} holds a control character")
    return f"{name}: {value}\r\n"


def _address(name: str, email: str) -> str:
    """Return a name and an address for a header. Raises ValueError when there is no such address."""
    if not PLAIN_ADDRESS.fullmatch(email):
        email = _rare_address(email)
    name = display_name(name)
    if not name:
        return email
    if name.isascii() and name.isprintable() and "=?" not in name:
        shown = name if ATOMS.fullmatch(name) else f'"{name}"'
    else:
        shown = _words(name, len("Reply-To: "))
    return f"{shown}\r\n <{email}>" if len(shown) + len(email) > LINE - 13 else f"{shown} <{email}>"


def _rare_address(email: str) -> str:
    """Let the library judge what is no plain address."""
    try:
        address = Address(addr_spec=email).addr_spec
    except HeaderParseError as error:
        raise ValueError(f"no address: {error}") from None
    address.encode("ascii")
    return address


def _words(text: str, taken: int) -> str:
    """Return a text for a header: as it is, or as encoded words of one line each (RFC 2047); `taken` of the first."""
    text = " ".join(text.split())
    if text.isascii() and text.isprintable() and "=?" not in text and len(text) <= LINE - taken:
        return text
    words, chunk = [], ""
    room = LINE - taken - 1
    for piece in re.findall(r"\S+ ?| ", text):
        for character in piece if _encoded_length(piece) > LINE - 1 else [piece]:
            if chunk and _encoded_length(chunk + character) > room:
                words.append(chunk)
                chunk, room = "", LINE - 1
            chunk += character
    return "\r\n ".join(f"=?utf-8?b?{b64encode(chunk.encode()).decode()}?=" for chunk in [*words, chunk])


def _encoded_length(text: str) -> int:
    return 12 + (len(text.encode()) + 2) // 3 * 4


def sender_of(pact: Pact) -> str:
    """Return the address all mails come from: the operator's, or else the office's mailbox."""
    return parseaddr(settings.MAIL_FROM)[1] or pact.office_email


def display_name(name: str) -> str:
    """Return a name that no mail program misreads as an address."""
    return " ".join(re.sub(r"[@\"<>\\]", "", name)[:75].split())
