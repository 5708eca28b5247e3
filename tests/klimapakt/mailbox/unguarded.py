"""A real worker with one guard taken out: what passes with it would prove nothing.

`celery -A tests.klimapakt.mailbox.unguarded worker`, with WITHOUT naming the guard.
"""

import os
from datetime import datetime

from celery.signals import worker_process_init

from klimapakt.celery import app

__all__ = ["app"]

MARK_AFTER_THE_ANSWER = "mark after the answer"
LEASE = "lease"


@worker_process_init.connect
def take_the_guard_out(**kwargs: object) -> None:
    from django.conf import settings

    from klimapakt.mailbox.models import OutgoingMail, OutgoingMailQuerySet

    if os.environ["WITHOUT"] == LEASE:
        settings.MAIL_LEASE_SECONDS = 0
        return
    claim = OutgoingMailQuerySet.claim

    def claim_and_mark(self: OutgoingMailQuerySet, *, now: datetime) -> OutgoingMail | None:
        mail = claim(self, now=now)
        if mail:
            mail.mark_sent()
        return mail

    OutgoingMailQuerySet.claim = claim_and_mark
