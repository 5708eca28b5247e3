"""Workers die, hang and meet at the worst moments: one content, one consequence, and nobody else waits long."""

import random
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from klimapakt.documents import archive
from klimapakt.documents.models import MOST_ATTEMPTS, Document
from klimapakt.documents.tasks import render
from klimapakt.mailbox.tasks import pump
from klimapakt.pact.models import Pact
from partners.services import applying
from tests.factories import ApplicationFactory
from tests.klimapakt.documents.altered import (
    DEAF,
    EFFECT,
    NO_LEASE,
    SHORT_LEASE,
    SHORT_LIMITS,
    TWO_TRANSACTIONS,
    shorten_the_limits,
)
from tests.klimapakt.documents.sample import plain_page, rich_page
from tests.stack import Process

pytestmark = pytest.mark.fault

ALTERED = "tests.klimapakt.documents.altered"


@pytest.fixture
def worker(start) -> Callable[..., Process]:
    """Start a worker with these alterations."""
    return lambda name, *altered: start(name, app=ALTERED, ALTERED=",".join(altered))


@pytest.fixture
def short_limits(monkeypatch) -> None:
    """Let this process, too, ask for short limits with each task."""
    for name in ("soft_time_limit", "time_limit", "_exec_options"):
        monkeypatch.setattr(render, name, getattr(render, name))
    shorten_the_limits()


@pytest.fixture
def order(pact) -> Callable[..., Document]:
    def order(key: object = "1", html: str = "", kind: str = EFFECT) -> Document:
        return archive.order(
            kind, key=f"sheet:{key}", name="Blatt.pdf", html=html or plain_page(), about=pact, is_kept=False
        )

    return order


def consequences(pact: Pact) -> int:
    """Count how often a rendering had its consequence (tests.klimapakt.documents.altered)."""
    return Pact.objects.get().answer_within_days - pact.answer_within_days


def sweep(until: Callable[[], bool], seconds: float = 60) -> bool:
    """Wake the worker again and again, as beat does; returns whether it came true."""
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            return False
        render.delay()
        time.sleep(0.3)
    return True


def wait_for(it_is_so: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not it_is_so():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def all_ready() -> bool:
    return not Document.objects.filter(ready_at=None).exists()


def is_claimed() -> bool:
    return Document.objects.filter(lease_until__gt=timezone.now()).exists()


def waiting_backends() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def test_a_document_whose_worker_dies_while_rendering_is_made_once(worker, order, pact):
    killed = worker("killed", SHORT_LEASE)
    order(html=rich_page(rows=60))
    wait_for(is_claimed)
    time.sleep(0.5)
    killed.kill()
    assert not all_ready()

    worker("successor", SHORT_LEASE)
    assert sweep(all_ready)

    assert Document.objects.get().attempts == 2
    assert consequences(pact) == 1


def test_a_worker_that_dies_between_the_bytes_and_the_consequence_leaves_neither(worker, order, pact):
    killed = worker("killed", SHORT_LEASE)
    with transaction.atomic():
        Pact.objects.select_for_update().get()
        _order_beside_this_transaction(order)
        wait_for(waiting_backends)
        killed.kill()
    assert not all_ready()
    assert consequences(pact) == 0

    worker("successor", SHORT_LEASE)
    assert sweep(all_ready)

    assert consequences(pact) == 1


def _order_beside_this_transaction(order: Callable[..., Document]) -> None:
    """Order over a connection of its own, so that the worker sees it at once."""
    from tests.races import at_once

    assert all(isinstance(result, Document) for result in at_once([order]))
    render.delay()


def test_with_two_transactions_the_consequence_would_come_twice(worker, order, pact):
    killed = worker("killed", SHORT_LEASE, TWO_TRANSACTIONS)
    order()
    wait_for(lambda: consequences(pact))
    killed.kill()

    worker("successor", SHORT_LEASE, TWO_TRANSACTIONS)
    assert sweep(all_ready)

    assert consequences(pact) == 2


def test_a_second_worker_leaves_alone_what_the_first_is_rendering(worker, order, pact):
    worker("first")
    worker("second")
    order(html=rich_page(rows=60))

    assert sweep(all_ready)

    assert Document.objects.get().attempts == 1
    assert consequences(pact) == 1


def test_without_a_lease_both_would_render_it_and_still_fill_it_once(worker, order, pact):
    both = worker("first", NO_LEASE), worker("second", NO_LEASE)
    order(html=rich_page(rows=60))

    assert sweep(all_ready)
    for process in both:
        process.wait_for_line("finished")

    assert Document.objects.get().attempts >= 2
    assert consequences(pact) == 1


def test_eight_documents_and_four_kills_lose_nothing_and_double_nothing(worker, order, pact):
    moments = random.Random(20261122)
    for number in range(8):
        order(number, html=rich_page(rows=20))

    for number in range(4):
        killed = worker(f"killed-{number}", SHORT_LEASE)
        render.delay()
        wait_for(is_claimed)
        time.sleep(moments.uniform(0, 0.4))
        killed.kill()
    worker("last", SHORT_LEASE)
    assert sweep(all_ready, seconds=60)

    assert Document.objects.aggregate(attempts=Sum("attempts"))["attempts"] > 8  # some died in the middle
    assert consequences(pact) == 8


def test_a_rendering_that_takes_too_long_is_ended_and_noted(worker, order, short_limits):
    endless, document = order("endless", html=rich_page(rows=3000)), order("short")
    worker("worker", SHORT_LIMITS)

    assert sweep(lambda: Document.objects.get(pk=endless.pk).is_broken)

    assert Document.objects.get(pk=endless.pk).problem == archive.TAKES_TOO_LONG
    assert Document.objects.get(pk=document.pk).is_ready


def test_a_rendering_that_does_not_listen_is_killed_and_given_up_after_three_attempts(worker, order, short_limits):
    document = order()
    worker("worker", SHORT_LIMITS, SHORT_LEASE, DEAF)

    assert sweep(lambda: Document.objects.get(pk=document.pk).is_broken, seconds=40)

    document = Document.objects.get()
    assert document.problem == archive.CANNOT_BE_MADE
    assert document.attempts == MOST_ATTEMPTS


def test_forty_hopeless_documents_stop_neither_another_one_nor_a_mail(worker, order, postbox, pact, short_limits):
    page = rich_page(rows=3000)
    endless = [order(f"endless-{number}", html=page).pk for number in range(40)]
    hopeless = Document.objects.filter(pk__in=endless, problem="")
    worker("first", SHORT_LIMITS)
    worker("second", SHORT_LIMITS)
    render.delay()
    wait_for(is_claimed)

    applicant = ApplicationFactory(applicant__is_proven=False).applicants.get()
    applying.mend_address(applicant, "post@musterbaeckerei.example")
    pump.delay()
    document, waited = order("short"), hopeless.count()
    wait_for(lambda: Document.objects.get(pk=document.pk).is_ready)
    assert hopeless.count() > waited / 2  # two workers give up one each in two seconds
    postbox.wait_for(1)
    assert hopeless.exists()

    assert sweep(lambda: Document.objects.filter(problem=archive.TAKES_TOO_LONG).count() > 2)
