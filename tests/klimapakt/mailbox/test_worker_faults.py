"""Workers die at the worst moments: nothing is lost, and a double needs a kill between the answer and the mark."""

import random
import time
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.tasks import pump
from partners.services import joining
from tests.factories import ApplicationFactory
from tests.klimapakt.mailbox import unguarded
from tests.stack import Held, Postbox, Process

pytestmark = pytest.mark.fault

LEASE_SECONDS = 3
UNGUARDED = "tests.klimapakt.mailbox.unguarded"


def write_mails(count: int = 1) -> None:
    """Write so many mails with their cause; each commit wakes the worker."""
    for number in range(count):
        joining.mend_address(ApplicationFactory(), f"post{number}@musterbaeckerei.example")


def sweep(until: Callable[[], bool], seconds: float = 20) -> bool:
    """Wake the worker again and again, as beat does; returns whether it came true."""
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            return False
        pump.delay()
        time.sleep(0.3)
    return True


def all_sent() -> bool:
    return not OutgoingMail.objects.exclude(status=OutgoingMail.Status.SENT).exists()


def kill_in_the_dialogue(worker: Process, postbox: Postbox) -> None:
    """Kill the worker when the mail is claimed and the server has not got it yet."""
    postbox.before_data = held = Held()
    write_mails()
    held.wait()
    worker.kill()
    held.released.set()


def kill_between_answer_and_mark(worker: Process, postbox: Postbox) -> None:
    """Kill the worker when the server has said OK and the mark waits for a lock that this test holds."""
    postbox.before_answer = held = Held()
    write_mails()
    held.wait()
    with transaction.atomic():
        OutgoingMail.objects.select_for_update().get()
        held.released.set()
        waiting = wait_for_the_waiting_mark()
        worker.kill()
        with connection.cursor() as cursor:  # else the server would finish the statement of the dead
            cursor.execute("SELECT pg_terminate_backend(%s)", [waiting])
            while waiting_backends():
                time.sleep(0.02)


def waiting_backends() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def wait_for_the_waiting_mark() -> int:
    end = time.monotonic() + 5
    while not (found := waiting_backends()):
        assert time.monotonic() < end, "the worker never tried to mark the mail"
        time.sleep(0.02)
    return found[0]


def copies(postbox: Postbox) -> Counter[str]:
    return Counter(message["Message-ID"] for message in postbox.messages())


def test_a_mail_whose_worker_dies_in_the_dialogue_arrives_once(start, pact, postbox):
    kill_in_the_dialogue(start("killed"), postbox)
    assert OutgoingMail.objects.get().status == OutgoingMail.Status.IN_FLIGHT
    assert postbox.messages() == []

    start("successor")
    assert sweep(all_sent)

    time.sleep(0.5)
    assert list(copies(postbox).values()) == [1]


def test_a_worker_that_marks_before_it_sends_would_lose_the_mail(start, pact, postbox):
    kill_in_the_dialogue(start("killed", app=UNGUARDED, WITHOUT=unguarded.MARK_AFTER_THE_ANSWER), postbox)

    start("successor")

    assert not sweep(postbox.messages, seconds=LEASE_SECONDS + 2)


def test_a_mail_killed_between_answer_and_mark_comes_twice_as_the_same_message(start, pact, postbox):
    kill_between_answer_and_mark(start("killed"), postbox)
    assert OutgoingMail.objects.get().status == OutgoingMail.Status.IN_FLIGHT

    start("successor")
    assert sweep(all_sent)

    first, second = (postbox.folder.get_bytes(key) for key in postbox.folder.keys())  # noqa: SIM118 - as in the stack
    assert first == second
    assert OutgoingMail.objects.get().message_id.encode() in first


def test_a_second_worker_leaves_alone_what_the_first_is_sending(start, pact, postbox):
    postbox.before_answer = held = Held()
    start("first")
    start("second")
    write_mails()
    held.wait()

    disturbed = sweep(lambda: len(postbox.messages()) > 1, seconds=1)
    held.released.set()

    assert not disturbed
    assert sweep(all_sent)
    assert list(copies(postbox).values()) == [1]


def test_without_a_lease_the_second_worker_would_send_it_too(start, pact, postbox):
    postbox.before_answer = held = Held()
    start("first", app=UNGUARDED, WITHOUT=unguarded.LEASE)
    start("second", app=UNGUARDED, WITHOUT=unguarded.LEASE)
    write_mails()
    held.wait()

    disturbed = sweep(lambda: len(postbox.messages()) > 1, seconds=1)
    held.released.set()

    assert disturbed


def test_sixty_mails_and_six_kills_lose_nothing_and_double_at_most_six(start, pact, postbox):
    moments = random.Random(20261122)
    postbox.before_answer = lambda message: time.sleep(0.02)
    write_mails(60)

    for number in range(6):
        worker = start(f"killed-{number}")
        pump.delay()
        time.sleep(moments.uniform(0.05, 0.35))
        worker.kill()
    killed_before_the_end = not all_sent()
    start("last")
    assert sweep(all_sent)

    arrived = copies(postbox)
    assert killed_before_the_end
    assert len(arrived) == 60
    assert sum(arrived.values()) - 60 <= 6
    assert max(arrived.values()) <= 1 + 6


def test_a_worker_keeps_its_connection_and_gets_over_the_loss_of_it(pact, postbox, start):
    start()
    write_mails()
    sweep(all_sent)
    kept = backends_of_the_worker()

    write_mails()
    sweep(all_sent)
    still_there = backends_of_the_worker()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [list(still_there)])
    write_mails()
    sweep(all_sent)

    assert kept
    assert still_there == kept
    assert not kept & backends_of_the_worker()
    assert len(postbox.messages()) == 3


def backends_of_the_worker() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND query LIKE '%%mailbox_outgoingmail%%'"
        )
        return {pid for (pid,) in cursor.fetchall()}
