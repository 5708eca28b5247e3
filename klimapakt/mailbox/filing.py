"""Put a copy of each sent mail into the office's folder of sent mails: a step of its own, which no mail waits for.

A copy is looked for before it is put there. So a worker that is killed between the two servers files none twice.
"""

import logging
import time
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Case, DateTimeField, F, QuerySet, Value, When
from django.utils import timezone

from klimapakt.locks import only_one
from klimapakt.mailbox import imap, message
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact

logger = logging.getLogger(__name__)

SECONDS_A_RUN = 120
"""One run ends after so long, well inside a task's time limit; the next one goes on."""

RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 15, 60, 240)]
"""The last pause repeats."""

GIVE_UP_AFTER = timedelta(days=7)

Copy = OutgoingMail.Copy


def file_copies() -> int:
    """File the copies that are due; returns how many the folder has now. Switched off, none waits any more.

    May run twice at the same time or be killed at any line.
    """
    waiting = OutgoingMail.objects.filter(copy_status=Copy.WAITING)
    if settings.IMAP_SERVER is None or settings.MAIL_COPIES != "portal":
        waiting.update(copy_status=Copy.NONE, copy_due_at=None)
        return 0
    with only_one("mailbox.filing") as is_ours:
        due = waiting.filter(copy_due_at__lte=timezone.now())
        if not is_ours or not due.exists():
            return 0
        try:
            with imap.mailbox() as mailbox:
                filed = _file(list(due.order_by("copy_due_at", "pk").values_list("pk", flat=True)), mailbox)
        except imap.ImapProblem as problem:
            logger.warning("no copies can be filed: %s", problem.reason)
            _later(due)
            imap.remember(problem)
            return 0
    imap.remember(None)
    return filed


def _file(numbers: list[int], mailbox: imap.Mailbox) -> int:
    """File copies over one session. Raises ImapProblem when no other would be filed now either."""
    pact, filed, end = Pact.load(), 0, time.monotonic() + SECONDS_A_RUN
    for number in numbers:
        if time.monotonic() > end:
            break
        row = OutgoingMail.objects.filter(pk=number, copy_status=Copy.WAITING)
        mail = row.first()
        if mail is None:
            continue
        try:
            copy = message.build_copy(mail, pact)
        except (OperationalError, InterfaceError, SoftTimeLimitExceeded):
            raise  # the database's trouble or the worker's, not the mail's
        except Exception:  # one bad row must never stop the others
            logger.exception("the copy of mail %s cannot be built", mail.pk)
            row.update(copy_status=Copy.GIVEN_UP, copy_due_at=None)
            continue
        try:
            # A day's grace: the server compares days without their time zone.
            if not mailbox.is_filed(mail.message_id, since=(mail.dated_at - timedelta(days=1)).date()):
                mailbox.append_sent(copy, at=mail.sent_at or mail.dated_at)
        except imap.ImapProblem as problem:
            if problem.is_over or problem.is_full:
                raise
            logger.warning("the copy of mail %s is not filed: %s", mail.pk, problem.reason)
            _later(row)
            imap.remember(problem)
            continue
        filed += row.update(copy_status=Copy.FILED, copy_due_at=None)
    return filed


def _later(mails: QuerySet[OutgoingMail], now: datetime | None = None) -> None:
    """Let copies wait longer each time; after some days nobody tries any more."""
    now = now or timezone.now()
    mails.filter(sent_at__lte=now - GIVE_UP_AFTER).update(copy_status=Copy.GIVEN_UP, copy_due_at=None)
    pauses = [When(copy_attempts=number, then=Value(now + pause)) for number, pause in enumerate(RETRY_AFTER)]
    mails.update(
        copy_attempts=F("copy_attempts") + 1,
        copy_due_at=Case(*pauses, default=Value(now + RETRY_AFTER[-1]), output_field=DateTimeField()),
    )
