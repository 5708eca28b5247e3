"""The broker only wakes: without it a form still succeeds, and what it forgets the next sweep finds."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from klimapakt.embedded.folder import Folder
from klimapakt.embedded.valkey import Valkey
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.tasks import pump
from partners.models import Application
from tests.klimapakt.mailbox import unguarded
from tests.klimapakt.mailbox.test_worker_faults import UNGUARDED, all_sent, fill_outbox, write_mails
from tests.smtp_peer import Peer
from tests.stack import Held, Process, empty_broker, start_web
from tests.visitor import Visitor

pytestmark = pytest.mark.fault

BACK_WITHIN = 120
"""Seconds after which all mail has left once the broker is back."""


@pytest.fixture
def start_beat(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Return a function that starts a clock, with nothing remembered."""
    clocks: list[Process] = []

    def start_beat(name: str = "beat", **environment: str) -> Process:
        clocks.append(
            Process(name, "celery", "-A", "klimapakt", "beat", "--schedule", str(tmp_path / name), **environment)
        )
        return clocks[-1]

    yield start_beat
    for clock in clocks:
        clock.kill()


def test_mails_that_the_broker_forgot_are_found_by_the_sweep_even_of_two_clocks_at_once(
    start, pact, postbox, start_beat
):
    write_mails(5)
    empty_broker()

    start_beat("beat")
    start_beat("second-beat")
    start("worker")
    time.sleep(0.5)
    assert postbox.messages() == []

    postbox.wait_for(5, seconds=30)
    time.sleep(1)
    assert len(postbox.messages()) == 5


@pytest.fixture
def portal_without_broker(transactional_db, tmp_path: Path):
    """The web part alone, pointed at a broker that is not there; returns its address."""
    web = start_web(REDIS_URL=f"redis+socket://{tmp_path}/nobody.sock")
    yield web.address
    web.kill()


def test_a_dead_broker_keeps_nobody_from_applying(portal_without_broker, start, pact, postbox):
    visitor = Visitor(portal_without_broker)

    before = time.monotonic()
    status = visitor.apply(name="Sonnenkorn GmbH", email="erika@sonnenkorn.example")
    took = time.monotonic() - before

    assert status == 302
    assert took < 3
    assert Application.objects.get().status == Application.Status.DRAFT
    assert OutgoingMail.objects.get().status == OutgoingMail.Status.QUEUED

    start("worker")
    pump.delay()
    postbox.wait_for(1, to="erika@sonnenkorn.example")


class OwnBroker:
    """A broker of this test's own, which it may fill, empty, stop and start."""

    def __init__(self, folder: Path) -> None:
        data = Folder(folder)
        data.create()
        self.server = Valkey(data)
        self.server.prepare()
        self.url = self.server.url
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.server.command(), stdout=subprocess.DEVNULL)
        assert self.server.wait(lambda: self.process.poll() is None)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def limit(self, memory: int) -> None:
        """Let it hold so many bytes; 0 is no limit."""
        with redis.Redis(unix_socket_path=str(self.server.socket)) as client:
            client.config_set("maxmemory", memory)


@pytest.fixture
def broker() -> Iterator[OwnBroker]:
    with tempfile.TemporaryDirectory(prefix="klimapakt-fault-") as folder:
        own = OwnBroker(Path(folder))
        yield own
        own.stop()


def test_all_mail_leaves_after_a_broker_was_full_and_then_gone_for_a_while(
    start, start_beat, broker, peer: Peer, pact, transactional_db
):
    on_it = {"REDIS_URL": broker.url, "MAIL_URL": peer.url}
    web = start_web(**on_it)
    try:
        start("on-own-broker", **on_it)
        start_beat(**on_it)

        broker.limit(1)
        while_full = Visitor(web.address).apply(name="Bäckerei Voll GmbH", email="erika@voll.example")
        broker.limit(0)
        broker.stop()
        fill_outbox(20)
        while_gone = Visitor(web.address).apply(name="Bäckerei Fort GmbH", email="erika@fort.example")
        time.sleep(3)
        broker.start()
        back = time.monotonic()
        peer.wait_for(all_sent, seconds=BACK_WITHIN)
    finally:
        web.kill()

    print(f"all sent {time.monotonic() - back:.1f} s after the broker came back")
    assert (while_full, while_gone) == (302, 302)
    assert len(peer.taken) == 22
    assert set(peer.copies().values()) == {1}


def lose_the_broker_while_the_server_thinks(worker: Process, broker: OwnBroker, peer: Peer) -> None:
    """The worker waits for the answer to the dot; the broker dies, comes back, and then the server answers."""
    peer.at("DOT", held := Held())
    fill_outbox(1)
    with pump.app.connection_for_write(broker.url) as connection:
        pump.apply_async(connection=connection)
    held.wait()
    broker.stop()
    worker.wait_until(lambda: "Connection to broker lost" in worker.log.read_text(), seconds=10)
    time.sleep(0.5)
    broker.start()
    time.sleep(0.5)
    held.released.set()


def test_a_lost_broker_does_not_cancel_a_mail_that_waits_for_its_answer(
    start, broker, peer: Peer, pact, transactional_db
):
    worker = start("on-own-broker", REDIS_URL=broker.url, MAIL_URL=peer.url)

    lose_the_broker_while_the_server_thinks(worker, broker, peer)

    peer.wait_for(all_sent)
    assert len(peer.taken) == 1


def test_a_worker_that_cancels_its_tasks_with_the_broker_would_lose_the_answer(
    start, broker, peer: Peer, pact, transactional_db
):
    worker = start(
        "on-own-broker",
        app=UNGUARDED,
        WITHOUT=unguarded.KEEPING_ON_WITHOUT_A_BROKER,
        REDIS_URL=broker.url,
        MAIL_URL=peer.url,
    )

    lose_the_broker_while_the_server_thinks(worker, broker, peer)

    with pytest.raises(AssertionError, match="1 mails taken"):
        peer.wait_for(all_sent, seconds=3)
