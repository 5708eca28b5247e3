"""Look in the mailbox for mails of which nobody knows whether they left: the server's answer was lost, or the
portal comes from a backup. What is there was sent; what is missing is repeated at most once, and only where the
server's or our own copy would be there if it had been sent.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from klimapakt.locks import only_one
from klimapakt.mailbox import imap, restored
from klimapakt.mailbox.models import LINK_MARK, IncomingMail, MailboxState, Mailing, OutgoingMail
from klimapakt.states import TransitionNotAllowed

logger = logging.getLogger(__name__)

MAILS_A_RUN = 100
"""So that a slow server answers well inside a task's time limit."""

COPY_COMES_WITHIN = timedelta(minutes=10)
"""So long a copy may take to lie in the mailbox after the server took the mail; absence says nothing before."""

NOTE = "Der Mailserver hat den Empfang nicht bestätigt, aber die Mail liegt im Ordner „{folder}“ des Postfachs."
NOTE_OF_HELD = "Sie war schon vor der Wiederherstellung gesendet: Die Mail liegt im Ordner „{folder}“ des Postfachs."

Status = OutgoingMail.Status


def settle_unclear() -> int:
    """Look for unclear and held mails; returns how many are settled: found, or sent once more.

    Each is looked for at once, and again when its copy must have come. The others wait for a person, who sees them
    from the beginning. May run twice at the same time or be killed at any line.
    """
    if settings.IMAP_SERVER is None:
        return 0
    with only_one("mailbox.lookup") as is_ours:
        mails = list(_not_looked_for().order_by("-status", "pk")[:MAILS_A_RUN]) if is_ours else []
        if not mails:
            return 0
        began = timezone.now()
        try:
            folders = _where_they_lie(mails)
        except imap.ImapProblem as problem:
            logger.warning("unclear mails cannot be looked for: %s", problem.reason)
            imap.remember(problem)
            return 0
        OutgoingMail.objects.filter(pk__in=[mail.pk for mail in mails]).update(looked_up_at=began)
        return sum(_settle(mail, folders.get(mail.message_id)) for mail in mails)


def _not_looked_for() -> QuerySet[OutgoingMail]:
    """Return the mails in question that nobody looked for yet, or only before their copy must have come.

    Not those that came back once: the copy of the first sending says nothing of the second, so a person decides. And
    what an interrupted mailing has left open stays so until it goes on.
    """
    now = timezone.now()
    asked = Q(status=Status.UNCLEAR) | Q(problem=restored.BECAUSE)
    comes = ExpressionWrapper(F("handed_over_at") + COPY_COMES_WITHIN, output_field=DateTimeField())
    return (
        OutgoingMail.objects.filter(asked, status__in=[Status.UNCLEAR, Status.HELD])  # in words of the index
        .exclude(answers__kind=IncomingMail.Kind.BOUNCE)
        .exclude(status=Status.UNCLEAR, mailing__status=Mailing.Status.PAUSED)
        .annotate(copy_has_come_at=Coalesce(comes, F("created_at")))
        .filter(
            Q(looked_up_at=None) | Q(looked_up_at__lt=F("copy_has_come_at"), copy_has_come_at__lte=now),
        )
    )


def _where_they_lie(mails: list[OutgoingMail]) -> dict[str, str]:
    """Return Message-ID → folder. Somebody may have filed the copy of an unclear mail away; a restore holds many."""
    since = (min(mail.dated_at for mail in mails) - timedelta(days=1)).date()
    unclear = [mail.message_id for mail in mails if mail.status == Status.UNCLEAR]
    held = [mail.message_id for mail in mails if mail.status == Status.HELD]
    with imap.mailbox() as mailbox:
        return mailbox.find_all(unclear, since=since, everywhere=True) | mailbox.find_all(held, since=since)


def _settle(mail: OutgoingMail, folder: str | None) -> bool:
    try:
        if folder:
            was_held = mail.status == Status.HELD
            mail.mark_sent(at=mail.handed_over_at or mail.dated_at)
            note = (NOTE_OF_HELD if was_held else NOTE).format(folder=folder)
            OutgoingMail.objects.filter(pk=mail.pk).update(problem=note[:300])
            return True
        if mail.status == Status.UNCLEAR and not mail.repeats and _absence_proves_it(mail):
            mail.repeat_once()
            return True
    except TransitionNotAllowed:
        logger.warning("mail %s was settled meanwhile", mail.pk)
    return False


def _absence_proves_it(mail: OutgoingMail) -> bool:
    """Whether a copy would lie in the mailbox by now if the mail had been sent."""
    if mail.handed_over_at is None or mail.handed_over_at + COPY_COMES_WITHIN > timezone.now():
        return False
    if settings.MAIL_COPIES == "server":
        return MailboxState.load().server_files_copies is True
    # Who reads the office's mailbox must not act for a company: no such mail has a copy there.
    is_a_key = mail.holds_code or LINK_MARK in mail.body
    return settings.MAIL_COPIES == "bcc" and not is_a_key
