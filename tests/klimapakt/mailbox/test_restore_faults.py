"""A backup comes back: what waits in it was sent long ago, so nothing leaves until a person has looked."""

from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from klimapakt.mailbox import restored
from klimapakt.mailbox.models import MailboxState
from klimapakt.mailbox.pump import pump
from tests.klimapakt.mailbox import unguarded
from tests.klimapakt.mailbox.test_database_faults import backup, play_back
from tests.klimapakt.mailbox.test_worker_faults import UNGUARDED, fill_outbox, states, sweep
from tests.smtp_peer import Peer
from tests.stack import process_environment

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("transactional_db")]

WAITING = 3


def save_and_go_on(peer: Peer, *options: str) -> bytes:
    """Save the portal while three mails wait, and send them after that; returns the backup."""
    fill_outbox(1)
    pump()
    fill_outbox(WAITING)
    saved = backup(*options)
    pump()
    assert list(peer.copies().values()) == [1] * (1 + WAITING)
    return saved


class Copy:
    """A second database beside the one of the test."""

    def __init__(self) -> None:
        self.original = process_environment()["DATABASE_URL"]
        name = connection.settings_dict["NAME"]
        self.name, self.url = f"{name}_copy", self.original.replace(name, f"{name}_copy")

    def create(self) -> None:
        self.drop()
        self._admin(f"CREATE DATABASE {self.name}")

    def drop(self) -> None:
        self._admin(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def rows(self, query: str) -> list[object]:
        with psycopg.connect(self.url) as there:
            return [value for (value,) in there.execute(query)]

    def states(self) -> Counter[str]:
        return Counter(self.rows("SELECT status FROM mailbox_outgoingmail"))

    def _admin(self, statement: str) -> None:
        with psycopg.connect(self.original, autocommit=True) as there:
            there.execute(statement)


@pytest.fixture
def copy(pact, peer: Peer) -> Iterator[Copy]:
    """The backup, played back into another database, with the mail server it had."""
    copy = Copy()
    copy.create()
    play_back(save_and_go_on(peer), into=copy.url)
    yield copy
    copy.drop()


def test_after_a_restore_no_mail_leaves_and_all_that_waited_is_shown_as_held(copy, start, peer: Peer):
    start("on-the-copy", DATABASE_URL=copy.url, MAIL_URL=peer.url)

    held = sweep(lambda: copy.states()["held"] == WAITING, seconds=5)
    disturbed = sweep(lambda: len(peer.taken) > 1 + WAITING, seconds=1)

    assert held
    assert not disturbed
    assert copy.states() == {"sent": 1, "held": WAITING}
    assert set(copy.rows("SELECT problem FROM mailbox_outgoingmail WHERE status = 'held'")) == {restored.BECAUSE}
    (because,) = copy.rows("SELECT held_because FROM mailbox_mailboxstate WHERE held_at IS NOT NULL")
    assert "aus einer Sicherung" in because


def test_a_portal_that_noticed_no_restore_would_send_the_old_mails_once_more(copy, start, peer: Peer):
    start("on-the-copy", app=UNGUARDED, WITHOUT=unguarded.NOTICE_OF_A_RESTORE, DATABASE_URL=copy.url, MAIL_URL=peer.url)

    sweep(lambda: len(peer.taken) == 1 + 2 * WAITING, seconds=5)

    assert sorted(peer.copies().values()) == [1, 2, 2, 2]


def test_a_backup_played_back_into_the_same_database_is_noticed_too(pact, peer: Peer):
    saved = save_and_go_on(peer, "--clean", "--if-exists")
    connection.close()
    play_back(saved, into=process_environment()["DATABASE_URL"])

    sent = [pump(), pump()]

    assert sent == [0, 0]
    assert states() == {"sent": 1, "held": WAITING}
    assert MailboxState.load().held_at


def test_what_a_restore_holds_leaves_when_a_person_says_so(pact, peer: Peer):
    saved = save_and_go_on(peer, "--clean", "--if-exists")
    connection.close()
    play_back(saved, into=process_environment()["DATABASE_URL"])
    pump()

    assert restored.release() == WAITING

    assert pump() == WAITING
    assert states() == {"sent": 1 + WAITING}
    assert len({mail.content for mail in peer.taken}) == 1 + WAITING
