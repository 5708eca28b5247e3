"""The limit of mails a minute holds across workers."""

import bisect
from collections.abc import Sequence

import pytest
import time_machine
from django.utils import timezone

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.pump import pump
from tests.klimapakt.mailbox.test_worker_faults import all_sent, fill_outbox, sweep
from tests.smtp_peer import Peer

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("transactional_db")]

PER_MINUTE = 15


def most_in_a_minute(times: Sequence[float]) -> int:
    """The most mails that any sixty seconds saw."""
    times = sorted(times)
    return max(bisect.bisect_left(times, begin + 60) - number for number, begin in enumerate(times))


def test_two_workers_never_send_more_than_the_limit_in_any_minute_and_yet_go_on(start, pact, peer: Peer):
    fill_outbox(2 * PER_MINUTE)
    for name in ("first", "second"):
        start(name, MAIL_URL=peer.url, MAIL_PER_MINUTE=str(PER_MINUTE), MAIL_SESSIONS="2")

    sweep(lambda: len(peer.taken) > PER_MINUTE + 2, seconds=75)

    print([round(mail.at - peer.taken[0].at, 1) for mail in peer.taken])
    assert most_in_a_minute([mail.at for mail in peer.taken]) <= PER_MINUTE
    assert len(peer.taken) > PER_MINUTE
    assert set(peer.copies().values()) == {1}


def test_without_the_limit_they_would(start, pact, peer: Peer):
    fill_outbox(2 * PER_MINUTE)
    for name in ("first", "second"):
        start(name, MAIL_URL=peer.url, MAIL_PER_MINUTE="0", MAIL_SESSIONS="2")

    assert sweep(all_sent, seconds=10)

    assert most_in_a_minute([mail.at for mail in peer.taken]) == 2 * PER_MINUTE


def test_the_limit_counts_when_a_mail_leaves_and_not_when_it_was_claimed(pact, peer: Peer, settings):
    settings.MAIL_PER_MINUTE, settings.MAIL_LEASE_SECONDS = 10, 120
    fill_outbox(30)
    with time_machine.travel(timezone.now(), tick=True) as clock:
        peer.at("RCPT", *[None] * 3, lambda dialogue: clock.shift(50))  # claimed with others, the fourth mail stalls

        for seconds in (11, 20, 30, 20, 20):
            pump()
            clock.shift(seconds)
        pump()

    times = [mail.handed_over_at.timestamp() for mail in OutgoingMail.objects.filter(status="sent")]
    assert len(times) > 10
    assert most_in_a_minute(times) <= 10
