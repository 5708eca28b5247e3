"""The broker only wakes: without it a form still succeeds, and what it forgets the next sweep finds."""

import time
from pathlib import Path

import pytest

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.tasks import pump
from partners.models import Application
from tests.klimapakt.mailbox.test_worker_faults import write_mails
from tests.stack import Process, empty_broker, start_web
from tests.visitor import Visitor

pytestmark = pytest.mark.fault


@pytest.fixture
def beat(start, tmp_path: Path):
    """The clock, started anew with nothing remembered."""
    clock = Process("beat", "celery", "-A", "klimapakt", "beat", "--schedule", str(tmp_path / "schedule"))
    yield clock
    clock.kill()


def test_mails_that_the_broker_forgot_are_found_by_the_sweep(start, pact, postbox, beat):
    write_mails(5)
    empty_broker()

    start("worker")
    time.sleep(0.5)
    assert postbox.messages() == []

    postbox.wait_for(5, seconds=30)


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
    assert Application.objects.get().status == Application.Status.UNCONFIRMED
    assert OutgoingMail.objects.get().status == OutgoingMail.Status.QUEUED

    start("worker")
    pump.delay()
    postbox.wait_for(1, to="erika@sonnenkorn.example")
