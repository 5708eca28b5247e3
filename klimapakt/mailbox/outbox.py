"""Write a mail into the outbox, and send what waits there."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone
from kombu.exceptions import OperationalError

from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox import smtp
from klimapakt.mailbox.message import build, sender_of
from klimapakt.mailbox.models import (
    CODE_MARK,
    LINK_MARK,
    MailAttachment,
    OutgoingMail,
    case_of,
    new_message_id,
    shown,
)
from klimapakt.pact.models import Pact
from klimapakt.states import TransitionNotAllowed
from klimapakt.text import clean_line

logger = logging.getLogger(__name__)

MAILS_A_RUN = 200
"""One run of the pump ends after so many mails, well inside the task's time limit; the next run goes on."""


@dataclass(frozen=True)
class Attachment:
    """A file for a mail; `content_type` may carry parameters."""

    name: str
    content_type: str
    content: bytes


def enqueue(
    template: str,
    *,
    key: str,
    to: str,
    name: str = "",
    is_proven: bool = True,
    context: dict[str, object],
    about: models.Model,
    link: Callable[[], AccessLink] | None = None,
    code: Callable[[], OneTimeCode] | None = None,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    is_urgent: bool = False,
    attachments: Iterable[Attachment] = (),
) -> bool:
    """Write one mail as a row of the current transaction; with a `key` that is already there, do nothing.

    Returns whether the mail is new. `link` and `code` are called only then, and only when the text says
    `{{ link }}` or `{{ code }}`; both are filled in while sending. After `expires_at` it is not sent any more.
    """
    if OutgoingMail.objects.filter(key=key).exists():
        return False
    subject, body = _render(template, context)
    try:
        with transaction.atomic():
            mail = OutgoingMail.objects.create(
                key=key,
                kind=template.rpartition("/")[2],
                about=case_of(about),
                to_email=to,
                to_name=clean_line(name)[:200],
                is_proven=is_proven,
                subject=subject,
                body=body,
                link=link() if link and LINK_MARK in body else None,
                code=code() if code and CODE_MARK in body else None,
                message_id=new_message_id(urlsplit(settings.PORTAL_BASE_URL).hostname or "localhost"),
                due_at=due_at or timezone.now(),
                expires_at=expires_at,
                is_urgent=is_urgent,
            )
            if attachments:
                MailAttachment.objects.bulk_create(
                    MailAttachment(
                        mail=mail,
                        name=clean_line(file.name)[-120:],
                        content_type=file.content_type,
                        content=file.content,
                    )
                    for file in attachments
                )
    except IntegrityError:
        if not OutgoingMail.objects.filter(key=key).exists():
            raise
        return False  # somebody else wrote it at the same moment
    wake()
    return True


def _render(template: str, context: dict[str, object]) -> tuple[str, str]:
    """Return subject and text. `template` names `<app>/mail/<kind>`: its first line is the subject."""
    marks = {"link": LINK_MARK, "code": CODE_MARK}
    text = get_template(f"{template}.txt").template.render(
        Context({"pact": Pact.load(), "base_url": settings.PORTAL_BASE_URL, **marks, **context}, autoescape=False)
    )
    subject, _, body = text.partition("\n")
    return clean_line(subject.removeprefix("Betreff:"))[:250], body.strip() + "\n"


def preview(template: str, context: dict[str, object]) -> tuple[str, str]:
    """Return subject and text as staff may read them before anything is sent."""
    subject, body = _render(template, context)
    return subject, shown(body)


def wake() -> None:
    """Tell the worker after the commit that there is something to send; a dead broker is no error."""
    if not any(function is _wake for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    from klimapakt.mailbox.tasks import pump

    try:
        pump.delay()
    except OperationalError:
        logger.warning("the broker cannot be reached; the next sweep finds the mail")


def recently_sent(kind: str, *, to: str, since: datetime) -> int:
    """Count the mails of one kind to one address; keeps a form from becoming a mail bomb."""
    return OutgoingMail.objects.filter(kind=kind, to_email__iexact=to, created_at__gte=since).count()


def sending_is_on(pact: Pact) -> bool:
    """Whether mails may leave: not held by the operator, and the office has a mailbox."""
    return settings.MAIL_MODE != "held" and pact.can_send_mail


def pump() -> int:
    """Send what is due, one claimed row after the other; returns how many mails the server took.

    May run twice at the same time or be killed at any line: a claim belongs to one worker, and a lease that
    ran out brings the row back. A double mail needs a kill between the server's answer and `mark_sent`.
    """
    pact, sent = Pact.load(), 0
    OutgoingMail.objects.expire(now=timezone.now())
    OutgoingMail.objects.bury_unwanted(now=timezone.now())
    if not sending_is_on(pact):
        return 0
    with smtp.Session(settings.MAIL_SERVER) as session:
        for _ in range(MAILS_A_RUN):
            mail = OutgoingMail.objects.claim(now=timezone.now())
            if mail is None:
                break
            try:
                sent += _send(mail, pact, session)
            except TransitionNotAllowed:
                logger.warning("mail %s: its lease ran out, another worker has settled it", mail.pk)
            except smtp.TryLater:
                break
    return sent


def _send(mail: OutgoingMail, pact: Pact, session: smtp.Session) -> bool:
    """Hand over one claimed mail and mark what became of it; True when the server took it.

    Raises smtp.TryLater when no other mail would get through now either.
    """
    if settings.MAIL_MODE == "staff" and not _is_staff(mail.to_email, pact):
        mail.mark_failed("Nicht gesendet: Das Portal sendet zurzeit nur an Adressen der Geschäftsstelle.")
        return False
    try:
        message = build(mail, pact)
    except Exception:  # one bad row must never stop the queue
        logger.exception("mail %s cannot be built", mail.pk)
        mail.mark_failed("Diese Mail ließ sich nicht erstellen. Bitte prüfen Sie Adresse und Betreff.")
        return False
    try:
        session.send(message, sender=sender_of(pact), recipient=mail.to_email)
    except smtp.Refused as refusal:
        mail.mark_failed(refusal.sentence)
        return False
    except smtp.TryLater as trouble:
        logger.warning("mail %s waits: %s", mail.pk, trouble.reason)
        mail.retry_later(trouble.sentence, now=timezone.now())
        if trouble.server_is_down:
            raise
        return False
    mail.mark_sent()
    return True


def _is_staff(address: str, pact: Pact) -> bool:
    from django.contrib.auth import get_user_model

    staff = get_user_model().objects.filter(is_staff=True, email__iexact=address)
    return address == pact.office_email or staff.exists()
