"""The portal with one guard taken out: what passes with it would prove nothing.

`granian tests.events.unguarded:application` and `celery -A tests.events.unguarded worker`, with WITHOUT naming the
guard. Without a name they are the portal itself.
"""

import os
import signal
import uuid
from threading import Barrier

from celery.signals import worker_process_init

from klimapakt.celery import app
from klimapakt.wsgi import application

__all__ = ["app", "application"]

LOCK = "lock"
"""Nobody locks a row, and whoever counts seats goes on only when TOGETHER requests have counted."""
KEY = "key"
"""Each reminder has a key of its own."""


def take_the_lock_out() -> None:
    from django.db.models import QuerySet

    from events.models import Seats
    from events.services import registration

    together = Barrier(int(os.environ["TOGETHER"]), timeout=20)

    class HeldSeats(Seats):
        @classmethod
        def of(cls, *args: object) -> Seats:
            seats = Seats.of(*args)
            together.wait()
            return seats

    QuerySet.select_for_update = lambda self, **options: self.all()
    registration.Seats = HeldSeats


def take_the_key_out() -> None:
    from events import mails

    mails._key = lambda kind, guest, occurrence: f"{kind}:{uuid.uuid4()}"


def die_after(reminders: int) -> None:
    """End the whole worker, as a power cut would, when it has written so many reminders and committed all but one."""
    from events.services import reminder

    write, written = reminder.mails.reminder, []

    def write_and_die(*args: object) -> bool:
        written.append(write(*args))
        if len(written) == reminders:
            os.killpg(os.getpgid(0), signal.SIGKILL)
        return written[-1]

    reminder.mails.reminder = write_and_die


@worker_process_init.connect
def spoil_the_worker(**kwargs: object) -> None:
    if os.environ.get("WITHOUT") == KEY:
        take_the_key_out()
    if "DIE_AFTER" in os.environ:
        die_after(int(os.environ["DIE_AFTER"]))


if os.environ.get("WITHOUT") == LOCK:
    take_the_lock_out()
