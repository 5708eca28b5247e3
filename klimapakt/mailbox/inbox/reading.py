"""Read what is new in the inbox. The portal remembers on its side how far it has read; nothing there changes."""

import hashlib
import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from klimapakt.locks import only_one
from klimapakt.mailbox import addresses, correspondents, imap
from klimapakt.mailbox.inbox.head import Head, read_head
from klimapakt.mailbox.inbox.report import read_report, sentence_for
from klimapakt.mailbox.inbox.text import answer_in, without_code
from klimapakt.mailbox.message import sender_of
from klimapakt.mailbox.models import CODE_MARK, IncomingMail, OutgoingMail, ReadMark
from klimapakt.pact.models import Pact
from klimapakt.states import TransitionNotAllowed

logger = logging.getLogger(__name__)

FIRST_DAYS, ANEW_DAYS = 1, 7
"""So many days back goes the first reading, and one after the server has numbered all messages anew."""

MESSAGES_AT_A_TIME = 50
SECONDS_A_RUN = 120
MOST_TRIES = 5 * ReadMark.TRY
"""After so many tries a message that nobody came past is passed over: five that ended the reader, or thirty at which
the server broke off, one a run: no outage of an hour costs a message."""

LONGEST_PART = 256 * 1024
"""So many bytes of a message are read; notices and answers say what they say at the beginning."""

Status = OutgoingMail.Status
CAN_BOUNCE = {Status.SENT, Status.UNCLEAR, Status.HANDING_OVER, Status.HELD}
"""What came back did leave: also a mail that waits because the database is older than it."""


@dataclass(frozen=True)
class Bounce:
    """A mail that did not arrive. `sentence` is about its own recipient's address."""

    mail: OutgoingMail
    sentence: str


def read() -> int:
    """Keep what came in and concerns the portal; returns how many messages that were.

    May run twice at the same time or be killed at any line. One message that cannot be read stops nothing.
    """
    server = settings.IMAP_SERVER
    if server is None:
        return 0
    with only_one("mailbox.inbox") as is_ours:
        if not is_ours:
            return 0
        try:
            with imap.mailbox() as mailbox:
                kept = _read(mailbox, f"{server.user}@{server.host}/{server.inbox}"[:300])
        except imap.ImapProblem as problem:
            logger.warning("the inbox cannot be read: %s", problem.reason)
            imap.remember(problem)
            return 0
    imap.remember(None)
    return kept


def _read(mailbox: imap.Mailbox, folder: str) -> int:
    mark, uids = _unread(mailbox, folder)
    own = _own_addresses()
    kept, end = 0, time.monotonic() + SECONDS_A_RUN
    while uids and time.monotonic() < end:
        # Where a run has ended before, one at a time: so that only the message that ended it is passed over.
        some = uids[: 1 if mark.tries else MESSAGES_AT_A_TIME]
        uids = uids[len(some) :]
        if mark.tries >= MOST_TRIES:
            logger.error("message %s of the inbox is passed over: nobody came past it", some[0])
        else:
            mark.begin()
            try:
                kept += sum(_take(envelope, mailbox, mark, own) for envelope in _envelopes(mailbox, some))
            except imap.ImapProblem:
                mark.blame_the_server()
                raise
        mark.move_to(some[-1])
    return kept


def _unread(mailbox: imap.Mailbox, folder: str) -> tuple[ReadMark, list[int]]:
    """Return the mark and the messages after it, oldest first."""
    opened = mailbox.open_inbox()
    mark = ReadMark.objects.filter(folder=folder).first()
    if mark and mark.uid_validity == opened.uid_validity:
        is_read = 0 < opened.uid_next <= mark.last_uid + 1
        return mark, [] if is_read else mailbox.uids_after(mark.last_uid)
    days = ANEW_DAYS if mark else FIRST_DAYS
    uids = mailbox.uids_since((timezone.now() - timedelta(days=days)).date())
    last = opened.uid_next - 1 if opened.uid_next else max(mailbox.uids_after(0), default=0)
    mark, _ = ReadMark.objects.update_or_create(
        folder=folder,
        defaults={"uid_validity": opened.uid_validity, "last_uid": uids[0] - 1 if uids else last, "tries": 0},
    )
    return mark, uids


def _own_addresses() -> set[str]:
    pact = Pact.load()
    return {address.lower() for address in (pact.office_email, sender_of(pact)) if address}


def _envelopes(mailbox: imap.Mailbox, uids: list[int]) -> list[imap.Envelope]:
    try:
        return mailbox.envelopes(uids)
    except imap.ImapProblem as problem:
        if problem.is_over:
            raise
    if len(uids) == 1:
        logger.warning("message %s of the inbox cannot be fetched", uids[0])
        return []
    return [envelope for uid in uids for envelope in _envelopes(mailbox, [uid])]


def _take(envelope: imap.Envelope, mailbox: imap.Mailbox, mark: ReadMark, own: set[str]) -> bool:
    """Keep a message if it concerns the portal, and move the mark past it; both or neither."""
    try:
        found = _understand(envelope, mailbox, own)
        with transaction.atomic():
            is_new = found is not None and _keep(*found)
            mark.move_to(envelope.uid)
    except (OperationalError, InterfaceError, SoftTimeLimitExceeded):
        raise  # the database's trouble or the worker's, not the message's
    except Exception as error:  # a message may hold anything
        if isinstance(error, imap.ImapProblem) and error.is_over:
            raise
        logger.warning("message %s of the inbox cannot be read: %s", envelope.uid, type(error).__name__)
        mark.move_to(envelope.uid)
        return False
    return is_new


def _understand(
    envelope: imap.Envelope, mailbox: imap.Mailbox, own: set[str]
) -> tuple[IncomingMail, Bounce | None] | None:
    """Return what is to be kept of a message; None when it is none of the portal's business."""
    head = read_head(envelope.head)
    if head.is_report:
        return _notice(head, envelope, mailbox, own)
    if head.is_automatic or not head.from_email or head.from_email in own:
        return None
    return _answer(head, envelope, mailbox)


def _notice(
    head: Head, envelope: imap.Envelope, mailbox: imap.Mailbox, own: set[str]
) -> tuple[IncomingMail, Bounce | None] | None:
    report = read_report(message_from_bytes(mailbox.beginning(envelope.uid, LONGEST_PART)), head)
    mail = report and _mail_among(report.quoted)
    if not mail or mail.status not in CAN_BOUNCE or mail.body_deleted_at:
        return None
    row = _row(IncomingMail.Kind.BOUNCE, head, envelope, answers=mail, about=mail.about)
    if outcome := report.outcome_for(mail.to_email):
        if not outcome.has_failed:
            return None
        # What the server says often names the address, which nobody may read before it is proven.
        said = f" „{outcome.said}“" if outcome.said and mail.is_proven else ""
        row.text = f"{sentence_for(outcome.status)}{said}"
        return row, Bounce(mail, sentence_for(outcome.status))
    others = sorted(a for outcome in report.outcomes if outcome.has_failed for a in outcome.addresses if a not in own)
    if not others:
        return None
    # Not the recipient's address: it may be forwarded to this one, and what became of the mail is not known.
    other = f": {others[0]}" if mail.is_proven else ""
    row.text = f"Die Meldung nennt eine andere Adresse als die der Mail{other}. Vielleicht wird dorthin weitergeleitet."
    return row, None


def _answer(head: Head, envelope: imap.Envelope, mailbox: imap.Mailbox) -> tuple[IncomingMail, None] | None:
    mail = _mail_among(head.quoted)
    case = correspondents.find([head.from_email]).get(head.from_email, "")
    if not case and not (mail and mail.to_email.lower() == head.from_email):
        return None
    message = message_from_bytes(mailbox.beginning(envelope.uid, LONGEST_PART))
    row = _row(IncomingMail.Kind.REPLY, head, envelope, answers=mail, about=(mail.about if mail else "") or case)
    row.text, is_cut = answer_in(message)
    if mail and CODE_MARK in mail.body:
        row.text = without_code(row.text)
    row.is_shortened = is_cut or envelope.size > LONGEST_PART
    return row, None


def _mail_among(message_ids: tuple[str, ...]) -> OutgoingMail | None:
    """Return our mail with the first of these Message-IDs that is ours."""
    ours = {mail.message_id: mail for mail in OutgoingMail.objects.filter(message_id__in=message_ids)}
    return next((ours[message_id] for message_id in message_ids if message_id in ours), None)


def _row(kind: str, head: Head, envelope: imap.Envelope, *, answers: OutgoingMail | None, about: str) -> IncomingMail:
    # Old servers give their notices no Message-ID: two in a second differ in nothing but the mail they are about.
    told = f"{head.told}\n{answers.message_id if answers else ''}"
    return IncomingMail(
        kind=kind,
        fingerprint=hashlib.sha256(told.encode(errors="replace")).hexdigest(),
        received_at=envelope.received_at,
        from_email=head.from_email,
        from_name=head.from_name,
        subject=head.subject,
        answers=answers,
        about=about,
    )


def _keep(row: IncomingMail, bounce: Bounce | None) -> bool:
    """Write what was found; False when this message was read before."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if not IncomingMail.objects.filter(fingerprint=row.fingerprint).exists():
            raise
        return False
    if bounce:
        try:
            if bounce.mail.status == Status.HELD:
                bounce.mail.mark_sent(at=bounce.mail.dated_at)
            bounce.mail.mark_bounced(bounce.sentence, at=row.received_at)
        except TransitionNotAllowed:
            logger.warning("mail %s was settled meanwhile", bounce.mail.pk)
            return True
        addresses.flag(bounce.mail.to_email, bounce.sentence, bounce.mail)
    return True
