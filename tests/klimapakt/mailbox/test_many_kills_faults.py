"""Three hundred mails and workers that die one after the other, a deploy, and what all that costs."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.tasks import pump
from tests.klimapakt.mailbox import unguarded
from tests.klimapakt.mailbox.test_worker_faults import (
    UNGUARDED,
    S,
    all_sent,
    fill_outbox,
    kill_at,
    kill_between_answer_and_mark,
    let_time_pass,
    states,
    sweep,
)
from tests.smtp_peer import Peer
from tests.stack import Process

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("transactional_db")]

AFTER_THE_DOT = {"DOT", "answer"}


@dataclass
class Toll:
    """What some kills have cost."""

    written: int
    kills: int
    after_the_dot: int
    lost: int
    doubles: int
    unclear: int
    out_of_sight: int

    @classmethod
    def of(cls, peer: Peer, killed_at: list[str]) -> "Toll":
        mails, copies = dict(OutgoingMail.objects.values_list("message_id", "status")), peer.copies()
        return cls(
            written=len(mails),
            kills=len(killed_at),
            after_the_dot=sum(stage in AFTER_THE_DOT for stage in killed_at),
            lost=sum(not copies[message_id] and status == S.SENT for message_id, status in mails.items()),
            doubles=sum(copies.values()) - len(copies),
            unclear=sum(status == S.UNCLEAR for status in mails.values()),
            out_of_sight=sum(status not in {S.SENT, S.UNCLEAR} for status in mails.values()),
        )


def all_settled() -> bool:
    """Whether each mail has either left or waits where a person sees it."""
    return set(states()) <= {S.SENT, S.UNCLEAR}


def run_of_kills(start: Callable[..., Process], peer: Peer, plan: list[str], *, each: int, **options: str) -> Toll:
    """Kill one worker after the other at the stages of the plan, each after some mails; the last one may live."""
    for number, stage in enumerate(plan):
        worker = start(f"killed-{number}", MAIL_URL=peer.url, **options)
        if stage == "answer":
            kill_between_answer_and_mark(worker, peer, after=each)
        else:
            kill_at(stage, worker, peer, after=each)
    let_time_pass()
    start("last", MAIL_URL=peer.url, **options)
    sweep(all_settled, seconds=30)
    return Toll.of(peer, plan)


def test_three_hundred_mails_and_twelve_kills_lose_nothing_and_show_what_is_unclear(start, pact, peer: Peer):
    fill_outbox(300)

    began = time.monotonic()
    toll = run_of_kills(start, peer, ["MAIL", "DOT", "RCPT", "answer", "DATA", "DOT"] * 2, each=20)

    print(toll, f"{time.monotonic() - began:.0f} s")
    assert (toll.kills, toll.after_the_dot) == (12, 6)
    assert (toll.lost, toll.out_of_sight) == (0, 0)
    assert len(peer.copies()) == toll.written == 300
    assert toll.doubles + toll.unclear <= toll.after_the_dot
    assert toll.doubles == 0
    assert OutgoingMail.objects.filter(status__in=OutgoingMail.NEEDS_A_PERSON).count() == toll.unclear


def test_the_same_without_the_note_before_the_dot_would_send_twice_and_show_nothing(start, pact, peer: Peer):
    fill_outbox(20)

    toll = run_of_kills(
        start, peer, ["DOT", "MAIL", "DOT"], each=4, app=UNGUARDED, WITHOUT=unguarded.NOTE_BEFORE_THE_DOT
    )

    print(toll)
    assert (toll.doubles, toll.unclear) == (2, 0)


def test_a_deploy_in_the_middle_of_a_batch_loses_and_doubles_nothing(start, pact, peer: Peer):
    fill_outbox(60)
    peer.at("DOT", 0.02, always=True)
    old = start("old", MAIL_URL=peer.url)
    pump.delay()
    peer.wait_for(lambda: len(peer.taken) >= 10)

    old.popen.send_signal(signal.SIGTERM)
    start("new", MAIL_URL=peer.url)
    ended = old.popen.wait(30)
    assert sweep(all_settled)

    assert ended == 0
    assert all_sent()
    assert list(peer.copies().values()) == [1] * 60
