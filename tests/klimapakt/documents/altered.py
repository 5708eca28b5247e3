"""A real worker with another clock, or with one guard taken out: what passes without it would prove nothing.

`celery -A tests.klimapakt.documents.altered worker`. ALTERED names what is changed, separated by commas. Of kind
EFFECT is a document whose rendering has a consequence that can be counted, and a row to wait for.
"""

import contextlib
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from celery.signals import celeryd_after_setup, worker_process_init

from klimapakt.celery import app

__all__ = ["app"]

EFFECT = "with-effect"
SHORT_LIMITS, SHORT_LEASE, NO_LEASE, TWO_TRANSACTIONS, DEAF = (
    "short limits",
    "short lease",
    "no lease",
    "two tx",
    "deaf",
)


def _altered(what: str) -> bool:
    return what in os.environ.get("ALTERED", "").split(",")


@celeryd_after_setup.connect
def load_what_renders(**kwargs: object) -> None:
    """Load it before the children are forked, so that short limits measure rendering and not loading."""
    from klimapakt import pdf

    pdf.look()


@worker_process_init.connect
def alter(**kwargs: object) -> None:
    from klimapakt.documents import archive, models

    archive.register(EFFECT, count_one_more)
    if _altered(SHORT_LIMITS):
        shorten_the_limits()
    if _altered(SHORT_LEASE):
        models.LEASE = models.RETRY_AFTER = timedelta(seconds=2.5)
    if _altered(NO_LEASE):
        models.LEASE = timedelta(0)
        archive._finish = say_and_finish(archive._finish)
    if _altered(TWO_TRANSACTIONS):
        archive._finish = finish_in_two_transactions
    if _altered(DEAF):
        from klimapakt import pdf

        pdf.render = hear_nothing


def shorten_the_limits() -> None:
    """Send two seconds as the limit with each task: who publishes a task decides about its limits."""
    from klimapakt.documents.tasks import render

    render.soft_time_limit, render.time_limit = 2, 4
    render._exec_options = None  # Celery keeps them from the first time on


def count_one_more(document: object) -> None:
    """Do what must not happen twice."""
    from django.db.models import F

    from klimapakt.pact.models import Pact

    Pact.objects.update(answer_within_days=F("answer_within_days") + 1)


def finish_in_two_transactions(document: object, content: bytes) -> None:
    from django.utils import timezone

    count_one_more(document)
    time.sleep(1)
    document.fill(content, now=timezone.now())


def say_and_finish(finish: Callable[[object, bytes], None]) -> Callable[[object, bytes], None]:
    """Tell the log that a rendering was brought to its end."""

    def wrapped(document: object, content: bytes) -> None:
        finish(document, content)
        print("finished", file=sys.stderr, flush=True)

    return wrapped


def hear_nothing(html: str) -> bytes:
    """Render for ever, and swallow the word that the time is over: C code does that."""
    while True:
        with contextlib.suppress(Exception):
            time.sleep(60)
