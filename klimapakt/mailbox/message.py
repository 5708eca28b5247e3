"""A row of the outbox as the bytes that go over SMTP: the same bytes at every try."""

import re
from email.headerregistry import Address, ContentTypeHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from django.conf import settings
from django.utils import timezone

from klimapakt.mailbox.models import CODE_MARK, LINK_MARK, OutgoingMail
from klimapakt.pact.models import Pact


def build(mail: OutgoingMail, pact: Pact) -> bytes:
    """Return the message with personal link and code filled in. Raises ValueError for an impossible address."""
    message = EmailMessage(policy=SMTP)
    sender = sender_of(pact)
    message["From"] = Address(display_name(pact.name), addr_spec=sender)
    message["To"] = Address(display_name(mail.to_name), addr_spec=mail.to_email)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(timezone.localtime(mail.created_at))
    message["Message-ID"] = mail.message_id
    if pact.office_email != sender:
        message["Reply-To"] = Address(display_name(pact.name), addr_spec=pact.office_email)
    # Out-of-office replies to an automatic mail would flood the office's mailbox.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_filled(mail), cte="quoted-printable")
    for attachment in mail.attachments.all():
        kind = parse_content_type(attachment.content_type)
        message.add_attachment(
            bytes(attachment.content),
            maintype=kind.maintype,
            subtype=kind.subtype,
            params=kind.params,
            filename=attachment.name,
        )
    if message.is_multipart():
        message.set_boundary("=_" + re.sub(r"\W", "", mail.message_id))  # the same at every try
    return message.as_bytes()


def _filled(mail: OutgoingMail) -> str:
    """Return the text with link and code, which exist from here on."""
    body = mail.body
    if LINK_MARK in body:
        if mail.link is None:
            raise ValueError("the mail needs a link that is gone")
        body = body.replace(LINK_MARK, mail.link.url())
    if CODE_MARK in body:
        if mail.code is None:
            raise ValueError("the mail needs a code that is gone")
        body = body.replace(CODE_MARK, mail.code.digits())
    return body


def parse_content_type(value: str) -> ContentTypeHeader:
    """Return e.g. `text/calendar; method=REQUEST` in its parts."""
    return HeaderRegistry()("Content-Type", value)


def sender_of(pact: Pact) -> str:
    """Return the address all mails come from: the operator's, or else the office's mailbox."""
    return parseaddr(settings.MAIL_FROM)[1] or pact.office_email


def display_name(name: str) -> str:
    """Return a name that no mail program misreads as an address."""
    return re.sub(r"[@\"<>\\]", "", name)[:75].strip()
