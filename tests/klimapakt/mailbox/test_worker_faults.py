"""Workers die at the worst moments: no mail is lost, and one whose answer was lost is shown, not sent twice."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.pump import pump as send_what_waits
from klimapakt.mailbox.tasks import pump
from partners.services import applying
from tests.factories import ApplicationFactory, OutgoingMailFactory
from tests.klimapakt.mailbox import unguarded
from tests.smtp_peer import Peer
from tests.stack import Held, Process

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("transactional_db")]

UNGUARDED = "tests.klimapakt.mailbox.unguarded"
S = OutgoingMail.Status


def write_mails(count: int = 1) -> None:
    """Write so many mails with their cause; each commit wakes the worker."""
    for number in range(count):
        applicant = ApplicationFactory(applicant__is_proven=False).applicants.get()
        applying.mend_address(applicant, f"post{number}@musterbaeckerei.example")


def fill_outbox(count: int) -> None:
    """Lay so many mails into the outbox without waking anybody."""
    OutgoingMail.objects.bulk_create(OutgoingMailFactory.build_batch(count))


def sweep(until: Callable[[], bool], seconds: float = 20) -> bool:
    """Wake the worker again and again, as beat does; returns whether it came true."""
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            return False
        pump.delay()
        time.sleep(0.3)
    return True


def states() -> Counter[str]:
    return Counter(OutgoingMail.objects.values_list("status", flat=True))


def all_sent() -> bool:
    return set(states()) == {S.SENT}


def let_time_pass() -> None:
    """As if a quarter of an hour went by: leases of the dead end, also of mails that waited for the server's answer."""
    OutgoingMail.objects.filter(lease_until__isnull=False).update(lease_until=F("lease_until") - timedelta(minutes=15))


# --- one kill at a chosen moment --------------------------------------------------------------------------------------


def kill_at(stage: str, worker: Process, peer: Peer, *, after: int = 0) -> None:
    """Kill the worker when, some mails later, the dialogue comes to this stage."""
    peer.at(stage, *[None] * after, held := Held())
    pump.delay()
    held.wait()
    worker.kill()
    held.released.set()
    peer.behave()


def kill_between_answer_and_mark(worker: Process, peer: Peer, *, after: int = 0) -> None:
    """Kill the worker when the server has said OK and the mark waits for a lock that this test holds."""
    peer.at("DOT", *[None] * after, held := Held())
    pump.delay()
    held.wait()
    with transaction.atomic():
        list(OutgoingMail.objects.filter(status__in=[S.IN_FLIGHT, S.HANDING_OVER]).select_for_update())
        held.released.set()
        wait_for_the_waiting_mark()
        worker.kill()
    peer.behave()


def waiting_backends() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def wait_for_the_waiting_mark() -> None:
    end = time.monotonic() + 20
    while not waiting_backends():
        assert time.monotonic() < end, "the worker never tried to mark the mail"
        time.sleep(0.02)


@pytest.mark.parametrize("stage", ["MAIL", "DATA"])
def test_a_mail_whose_worker_dies_in_the_dialogue_arrives_once(stage, start, pact, peer: Peer):
    fill_outbox(1)
    kill_at(stage, start("killed", MAIL_URL=peer.url), peer)
    assert states() == {S.IN_FLIGHT: 1}
    assert peer.taken == []

    let_time_pass()
    send_what_waits()
    send_what_waits()

    assert all_sent()
    assert list(peer.copies().values()) == [1]


def test_a_worker_that_marks_before_it_sends_would_lose_the_mail(start, pact, peer: Peer):
    fill_outbox(1)
    kill_at("MAIL", start("killed", app=UNGUARDED, WITHOUT=unguarded.MARK_AFTER_THE_ANSWER, MAIL_URL=peer.url), peer)

    let_time_pass()
    send_what_waits()

    assert all_sent()
    assert peer.taken == []


def test_a_mail_whose_lease_never_ended_would_stay_out_of_sight(start, pact, peer: Peer):
    fill_outbox(1)
    kill_at("MAIL", start("killed", MAIL_LEASE_SECONDS="3600", MAIL_URL=peer.url), peer)

    let_time_pass()
    send_what_waits()

    assert states() == {S.IN_FLIGHT: 1}


@pytest.mark.parametrize(
    "kill",
    [lambda *it: kill_at("DOT", *it), kill_between_answer_and_mark],
    ids=["before the answer", "before the mark"],
)
def test_a_mail_whose_worker_dies_after_the_dot_is_shown_and_not_sent_again(kill, start, pact, peer: Peer):
    fill_outbox(1)
    kill(start("killed", MAIL_URL=peer.url), peer)
    assert states() == {S.HANDING_OVER: 1}

    let_time_pass()
    send_what_waits()

    assert OutgoingMail.objects.filter(status__in=OutgoingMail.NEEDS_A_PERSON).get().status == S.UNCLEAR
    assert len(peer.taken) == 1


def test_a_worker_that_notes_nothing_before_the_dot_would_send_it_twice(start, pact, peer: Peer):
    fill_outbox(1)
    kill_at("DOT", start("killed", app=UNGUARDED, WITHOUT=unguarded.NOTE_BEFORE_THE_DOT, MAIL_URL=peer.url), peer)

    let_time_pass()
    send_what_waits()

    first, second = peer.taken
    assert first.content == second.content
    assert all_sent()


# --- two workers ------------------------------------------------------------------------------------------------------

TWO = {"MAIL_SESSIONS": "2"}


def test_a_second_worker_leaves_alone_what_the_first_is_sending(start, pact, peer: Peer):
    fill_outbox(1)
    peer.at("RCPT", held := Held())
    for name in ("first", "second"):
        start(name, MAIL_URL=peer.url, **TWO)
    pump.delay()
    held.wait()

    disturbed = sweep(lambda: peer.reached["MAIL"] > 1, seconds=1)
    held.released.set()

    assert not disturbed
    assert sweep(all_sent)
    assert list(peer.copies().values()) == [1]


def test_without_a_lease_the_second_worker_would_send_it_too(start, pact, peer: Peer):
    fill_outbox(1)
    peer.at("RCPT", held := Held())
    for name in ("first", "second"):
        start(name, app=UNGUARDED, WITHOUT=unguarded.LEASE, MAIL_URL=peer.url, **TWO)
    pump.delay()
    held.wait()

    disturbed = sweep(lambda: peer.reached["MAIL"] > 1, seconds=3)
    held.released.set()

    assert disturbed


def test_a_mail_that_a_person_has_open_keeps_no_worker_spinning(pact, peer: Peer):
    fill_outbox(2)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        OutgoingMail.objects.select_for_update().latest("pk")
        sent = pool.submit(pump_in_this_thread)

        assert sent.result(timeout=2) == 1
    assert send_what_waits() == 1


def pump_in_this_thread() -> int:
    try:
        return send_what_waits()
    finally:
        connection.close()


# --- the connection to the database -----------------------------------------------------------------------------------


def test_a_worker_keeps_its_connection_and_gets_over_the_loss_of_it(pact, postbox, start):
    start(PGAPPNAME="worker under test")
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
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'worker under test'"
        )
        return {pid for (pid,) in cursor.fetchall()}
