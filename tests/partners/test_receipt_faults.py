"""Processes die between „Absenden“ and the receipt: it comes once, with its copy, or without one that cannot be made."""

from collections.abc import Callable, Iterator

import pytest

from klimapakt.documents.models import Document
from klimapakt.mailbox.models import OutgoingMail
from partners import receipt
from partners.models import Application
from partners.services import applying
from tests.factories import ApplicationFactory
from tests.killed import killable
from tests.stack import process_environment

pytestmark = pytest.mark.fault


@pytest.fixture
def run_until(transactional_db) -> Iterator[Callable[[int, str], str]]:
    with killable("tests.partners.killed", process_environment()) as run_until:
        yield run_until


@pytest.fixture
def draft(transactional_db, pact) -> Application:
    return ApplicationFactory(chosen_consents=["profile"])


@pytest.fixture
def ordered(draft) -> Document:
    """The copy of an application that has arrived, not made yet."""
    applying.send(draft, by=draft.applicants.get())
    return Document.objects.get(kind=receipt.KIND)


def receipts() -> list[int]:
    """Return how many files each receipt carries."""
    return [mail.attachments.count() for mail in OutgoingMail.objects.filter(kind="application_received")]


def test_killed_at_any_line_an_application_has_arrived_with_all_that_follows_or_is_a_draft(draft, run_until):
    seen, line = set(), 0

    while Application.objects.get().is_draft:
        line += 1
        run_until(line, "send")
        application = Application.objects.get()
        seen.add(
            (application.status, application.consents.count(), Document.objects.count(), OutgoingMail.objects.count())
        )

    assert line > 20
    assert seen == {("draft", 0, 0, 0), ("submitted", 1, 1, 1)}


def test_killed_at_any_line_a_copy_is_there_with_its_receipt_or_not_at_all(ordered, run_until):
    seen, lines = die_while(run_until, "render", ordered)

    assert lines > 20
    assert seen == {(False, 0), (True, 1)}
    assert receipts() == [1]


def test_without_one_transaction_a_receipt_would_be_lost(ordered, run_until):
    seen, _ = die_while(run_until, "render_without_guard", ordered)

    assert (True, 0) in seen


def die_while(run_until: Callable[[int, str], str], act: str, document: Document) -> tuple[set[tuple[bool, int]], int]:
    """Kill the act at each line until it got to the end; returns what was there each time, and how many lines."""
    seen, line = set(), 0
    while not document.is_ready:
        line += 1
        Document.objects.filter(content=None).update(lease_until=None, attempts=0)  # as if time had passed
        run_until(line, act)
        document.refresh_from_db()
        seen.add((document.is_ready, len(receipts())))
    return seen, line


def test_killed_at_any_line_the_sweep_sends_a_receipt_without_copy_once(ordered, run_until):
    Document.objects.update(problem="Das PDF ließ sich nicht erstellen.")
    line, said = 0, ""

    while said != "done":
        line += 1
        said = run_until(line, "sweep")
        assert receipts() in ([], [0])

    assert line > 10
    assert receipts() == [0]
    run_until(10_000, "sweep")
    assert receipts() == [0]


def test_a_copy_made_after_all_sends_no_second_receipt(ordered, run_until):
    Document.objects.update(problem="Das PDF ließ sich nicht erstellen.")
    run_until(10_000, "sweep")
    ordered.try_again()

    run_until(10_000, "render")

    ordered.refresh_from_db()
    assert ordered.is_ready
    assert receipts() == [0]
