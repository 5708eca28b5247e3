"""The limit of sessions at once holds across workers."""

import pytest

from tests.klimapakt.mailbox import unguarded
from tests.klimapakt.mailbox.test_worker_faults import UNGUARDED, all_sent, fill_outbox, sweep
from tests.smtp_peer import Peer

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("transactional_db")]


def sessions_of_three_workers(start, peer: Peer, **options: str) -> int:
    """The most sessions that the server sees at once while three workers send 30 mails."""
    fill_outbox(30)
    peer.at("RCPT", 0.05, always=True)
    for name in ("first", "second", "third"):
        start(name, MAIL_URL=peer.url, **options)
    assert sweep(all_sent)
    assert set(peer.copies().values()) == {1}
    return peer.most_open


def test_three_workers_keep_to_the_number_of_sessions(start, pact, peer: Peer):
    assert sessions_of_three_workers(start, peer, MAIL_SESSIONS="2") == 2


def test_without_that_limit_each_would_have_its_own(start, pact, peer: Peer):
    assert (
        sessions_of_three_workers(start, peer, app=UNGUARDED, WITHOUT=unguarded.SESSION_LIMIT, MAIL_SESSIONS="2") == 3
    )
