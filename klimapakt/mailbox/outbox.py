"""Write mails into the outbox; `pump` sends what waits there."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox import kinds, optout, wording
from klimapakt.mailbox.kinds import Kind
from klimapakt.mailbox.message import sender_of
from klimapakt.mailbox.models import (
    CODE_MARK,
    LINK_MARK,
    MailAttachment,
    Mailing,
    OutgoingMail,
    case_of,
    new_message_id,
    shown,
)
from klimapakt.mailbox.wording import Rendered
from klimapakt.pact.models import Pact
from klimapakt.text import clean_line

logger = logging.getLogger(__name__)

S = OutgoingMail.Status

ROWS_AT_ONCE = 500
"""So many mails one INSERT holds; all of a call are one transaction."""


@dataclass(frozen=True)
class Attachment:
    """A file for a mail; `content_type` may carry parameters."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """One of many mails of a kind. `link` may return a link that is not saved yet (`AccessLink.prepare`)."""

    key: str
    to: str
    name: str
    context: Mapping[str, object]
    about: models.Model
    link: Callable[[], AccessLink] | None = None
    expires_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()


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

    `template` is `<app>/mail/<kind>`. Returns whether the mail is new. `link` and `code` are called only then, and
    only when the text says `{link}` or `{code}`; both are filled in while sending. After `expires_at` it is not sent
    any more. Whoever wants no more of the kind's topic gets nothing; the row says so.
    """
    if OutgoingMail.objects.filter(key=key).exists():
        return False
    kind, pact = _kind(template), Pact.load()
    mail = _row(
        wording.render(kind, {"pact": pact, **context}),
        pact,
        kind=kind.name,
        key=key,
        topic=kind.topic,
        is_wanted=optout.is_wanted(to, kind.topic),
        to_email=to,
        to_name=name,
        about=case_of(about),
        is_proven=is_proven,
        due_at=due_at or timezone.now(),
        expires_at=expires_at,
        is_urgent=is_urgent,
    )
    mail.references = _first_mails([mail]).get((mail.about, mail.to_email), "")
    try:
        with transaction.atomic():
            if mail.status != S.WITHDRAWN:
                mail.link = link() if link and LINK_MARK in mail.body else None
                mail.code = code() if code and CODE_MARK in mail.body else None
            mail.save(force_insert=True)
            MailAttachment.objects.bulk_create(_files(mail.pk, attachments))
    except IntegrityError:
        if not OutgoingMail.objects.filter(key=key).exists():
            raise
        return False  # somebody else wrote it at the same moment
    if mail.status == S.QUEUED:
        wake()
    return True


@transaction.atomic
def enqueue_all(
    kind: str | Kind,
    letters: Iterable[Letter],
    *,
    texts: tuple[str, str] | None = None,
    mailing: Mailing | None = None,
    status: str = S.QUEUED,
    due_at: datetime | None = None,
) -> int:
    """Write mails of one kind to many, in a few statements; returns how many are new.

    `texts` are subject and text of a mailing; they are read once, so that all recipients get the same version. Keys
    that are already there are passed over, also when somebody else writes them at this moment.
    """
    words, pact = wording.words_of(kind, texts), Pact.load()
    letters = {letter.key: letter for letter in letters}
    for key in OutgoingMail.objects.filter(key__in=letters).values_list("key", flat=True):
        del letters[key]
    wanted = optout.without([letter.to for letter in letters.values()], words.kind.topic)
    mails = [
        _row(
            words.fill(letter.context, pact),
            pact,
            kind=words.kind.name,
            key=letter.key,
            topic=words.kind.topic,
            is_wanted=letter.to in wanted,
            to_email=letter.to,
            to_name=letter.name,
            about=case_of(letter.about),
            mailing=mailing,
            status=status,
            due_at=due_at or timezone.now(),
            expires_at=letter.expires_at,
        )
        for letter in letters.values()
    ]
    first_mails = _first_mails(mails)
    for mail in mails:
        mail.references = first_mails.get((mail.about, mail.to_email), "")
        give_link = letters[mail.key].link
        if give_link and mail.status != S.WITHDRAWN and LINK_MARK in mail.body:
            mail.link = give_link()
    OutgoingMail.objects.bulk_create(mails, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
    ours = {mail.message_id for mail in mails}
    written = dict(OutgoingMail.objects.filter(message_id__in=ours).values_list("message_id", "pk"))
    _save_what_belongs_to(mails, written, letters)
    if any(mail.status == S.QUEUED for mail in mails):
        wake()
    return len(written)


def _save_what_belongs_to(mails: list[OutgoingMail], written: dict[str, int], letters: dict[str, Letter]) -> None:
    """Save links and files of the mails that are new; the foreign keys are looked at when the transaction ends."""
    new = [mail for mail in mails if mail.message_id in written]
    links = [mail.link for mail in new if mail.link_id and mail.link._state.adding]
    AccessLink.objects.bulk_create(links, batch_size=ROWS_AT_ONCE)
    MailAttachment.objects.bulk_create(
        [file for mail in new for file in _files(written[mail.message_id], letters[mail.key].attachments)],
        batch_size=ROWS_AT_ONCE,
    )


def _row(rendered: Rendered, pact: Pact, *, is_wanted: bool, **columns: object) -> OutgoingMail:
    """Return an unsaved mail. Its Date is when it shall leave, so that it stays the same at every try."""
    if not is_wanted:
        columns |= {"status": S.WITHDRAWN, "problem": optout.OPTED_OUT}
    columns["to_name"] = clean_line(columns["to_name"])[:200]
    return OutgoingMail(
        subject=rendered.subject,
        body=rendered.text,
        html=rendered.html,
        reason=rendered.reason[:300],
        wording=rendered.wording,
        from_name=pact.name,
        from_email=sender_of(pact),
        message_id=new_message_id(urlsplit(settings.PORTAL_BASE_URL).hostname or "localhost"),
        dated_at=columns["due_at"],
        **columns,
    )


def _first_mails(mails: list[OutgoingMail]) -> dict[tuple[str, str], str]:
    """Return the Message-ID with which the mails about the same case to the same address began."""
    before = OutgoingMail.objects.filter(
        about__in={mail.about for mail in mails}, to_email__in={mail.to_email for mail in mails}
    )
    first = before.order_by("about", "to_email", "pk").distinct("about", "to_email")
    return {(about, to): message_id for about, to, message_id in first.values_list("about", "to_email", "message_id")}


def _files(mail: int, attachments: Iterable[Attachment]) -> list[MailAttachment]:
    return [
        MailAttachment(
            mail_id=mail, name=clean_line(file.name)[-120:], content_type=file.content_type, content=file.content
        )
        for file in attachments
    ]


def enqueue_rendered(rendered: Rendered, *, kind: str, key: str, to: str, name: str, about: models.Model) -> bool:
    """Write a mail whose words are there already, without link or code; with a `key` that is already there, do nothing."""
    mail = _row(
        rendered,
        Pact.load(),
        is_wanted=True,
        kind=kind,
        key=key,
        to_email=to,
        to_name=name,
        about=case_of(about),
        due_at=timezone.now(),
    )
    OutgoingMail.objects.bulk_create([mail], ignore_conflicts=True)
    wake()
    return OutgoingMail.objects.filter(message_id=mail.message_id).exists()


def preview(template: str, context: dict[str, object]) -> tuple[str, str]:
    """Return subject and text as staff may read them before anything is sent."""
    rendered = wording.render(_kind(template), context)
    return rendered.subject, shown(rendered.text)


def _kind(template: str) -> Kind:
    return kinds.get(template.rpartition("/")[2])


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
