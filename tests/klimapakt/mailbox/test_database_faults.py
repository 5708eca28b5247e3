"""Postgres dies and comes back while people send forms and mails go out: what was acknowledged is there."""

import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from klimapakt.embedded.folder import Folder
from klimapakt.embedded.postgres import Postgres
from tests.klimapakt.mailbox.test_worker_faults import sweep
from tests.stack import process_environment, start_web
from tests.visitor import Visitor

pytestmark = pytest.mark.fault

APPLICANTS = 24


class OwnDatabase:
    """A Postgres of this test's own, begun with what stands in the test database."""

    def __init__(self, folder: Path) -> None:
        data = Folder(folder)
        data.create()
        self.cluster = Postgres(data)
        self.cluster.prepare()
        self.url = self.cluster.url
        self.start()
        dump = [self.cluster.binaries / "pg_dump", "--no-owner", "--dbname", process_environment()["DATABASE_URL"]]
        fill = [self.cluster.binaries / "psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", self.url]
        rows = subprocess.run(dump, check=True, capture_output=True).stdout
        subprocess.run(fill, check=True, input=rows, stdout=subprocess.DEVNULL)

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


@pytest.fixture
def database(pact) -> Iterator[OwnDatabase]:
    folder = Path(tempfile.mkdtemp(prefix="klimapakt-fault-"))
    own = OwnDatabase(folder)
    yield own
    own.stop()
    shutil.rmtree(folder)


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
    start("own-worker", DATABASE_URL=database.url)
    web = start_web("own-web", DATABASE_URL=database.url)
    yield web.address
    web.kill()


def test_a_crash_of_postgres_loses_no_acknowledged_form_and_no_mail(portal_on_it, database, postbox):
    applicants = Applicants(portal_on_it)

    for accepted in (5, 14):
        applicants.wait_for(accepted)
        database.stop()
        time.sleep(0.3)
        database.start()
    applicants.wait_for(APPLICANTS)
    assert sweep(lambda: not database.rows("SELECT key FROM mailbox_outgoingmail WHERE status <> 'sent'"))

    assert applicants.failures
    assert sorted(database.rows("SELECT contact_email FROM partners_application")) == sorted(applicants.accepted)
    arrived = [message["To"].addresses[0].addr_spec for message in postbox.messages()]
    assert set(arrived) == set(applicants.accepted)
    assert len(arrived) - APPLICANTS <= 2
