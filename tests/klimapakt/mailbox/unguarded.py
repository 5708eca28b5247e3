"""A real worker with one guard taken out: what passes with it would prove nothing.

`celery -A tests.klimapakt.mailbox.unguarded worker`, with WITHOUT naming the guard.
"""

import os
from collections.abc import Callable

from celery.signals import worker_process_init

from klimapakt.celery import app

__all__ = ["app"]

MARK_AFTER_THE_ANSWER = "mark after the answer"
NOTE_BEFORE_THE_DOT = "note before the dot"
NOTE_ON_DISK = "note on disk"
LEASE = "lease"
SESSION_LIMIT = "session limit"
NOTICE_OF_A_RESTORE = "notice of a restore"
KEEPING_ON_WITHOUT_A_BROKER = "keeping on without a broker"

if os.environ.get("WITHOUT") == KEEPING_ON_WITHOUT_A_BROKER:
    app.conf.worker_cancel_long_running_tasks_on_connection_loss = True


def mark_before_sending() -> None:
    from django.utils import timezone

    from klimapakt.mailbox.models import OutgoingMail, OutgoingMailQuerySet

    claim = OutgoingMailQuerySet.claim

    def claim_and_mark(self: OutgoingMailQuerySet, **options: object) -> list[OutgoingMail]:
        mails = claim(self, **options)
        marked = OutgoingMail.objects.filter(pk__in=[mail.pk for mail in mails])
        marked.update(status=OutgoingMail.Status.SENT, sent_at=timezone.now())
        return mails

    OutgoingMailQuerySet.claim = claim_and_mark


def say_nothing_before_the_dot() -> None:
    from django.utils import timezone

    from klimapakt.mailbox.models import OutgoingMail

    def hand_over(self: OutgoingMail) -> None:
        OutgoingMail.objects.filter(pk=self.pk).update(handed_over_at=timezone.now())  # `mark_sent` asks for it

    OutgoingMail.hand_over = hand_over


def note_where_a_crash_forgets_it() -> None:
    from django.db import connection, transaction

    from klimapakt.mailbox.models import OutgoingMail

    hand_over = OutgoingMail.hand_over

    def hand_over_lazily(self: OutgoingMail) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            hand_over(self)

    OutgoingMail.hand_over = hand_over_lazily


def give_hardly_a_lease() -> None:
    from django.conf import settings

    settings.MAIL_LEASE_SECONDS = 0.2


def notice_no_restore() -> None:
    from klimapakt.mailbox import restored

    restored.notice = lambda: False


def count_no_sessions() -> None:
    from contextlib import nullcontext

    from klimapakt.mailbox import pump

    pump._a_session_of_ours = lambda: nullcontext(True)


TAKE_OUT: dict[str, Callable[[], None]] = {
    MARK_AFTER_THE_ANSWER: mark_before_sending,
    NOTE_BEFORE_THE_DOT: say_nothing_before_the_dot,
    NOTE_ON_DISK: note_where_a_crash_forgets_it,
    LEASE: give_hardly_a_lease,
    SESSION_LIMIT: count_no_sessions,
    NOTICE_OF_A_RESTORE: notice_no_restore,
}


@worker_process_init.connect
def take_the_guard_out(**kwargs: object) -> None:
    TAKE_OUT.get(os.environ["WITHOUT"], lambda: None)()
