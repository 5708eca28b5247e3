"""Processes die while two organisations become one, or are parted: they are two or one, never something between."""

from collections.abc import Callable, Iterator

import pytest

from partners.models import Merge, Organisation, TimelineEntry
from partners.services import merging
from tests.factories import ConsentFactory, ContactFactory, OrganisationFactory
from tests.killed import killable
from tests.stack import process_environment

pytestmark = pytest.mark.fault

TWO, ONE = (2, 0, "Altstadt", 0), (1, 2, "Neustadt", 1)


@pytest.fixture
def run_until(transactional_db) -> Iterator[Callable[[int, str], str]]:
    with killable("tests.partners.services.killed_merging", process_environment()) as run_until:
        yield run_until


@pytest.fixture
def pair(transactional_db, pact, office) -> tuple[Organisation, Organisation]:
    kept, merged = OrganisationFactory(place="Altstadt"), OrganisationFactory(place="Neustadt")
    ContactFactory(organisation=merged)
    ConsentFactory(organisation=merged)
    return kept, merged


def state(kept: Organisation) -> tuple[int, int, str, int]:
    """Return how many organisations stand, what hangs on the kept one, its place, and how many merges stand."""
    kept.refresh_from_db()
    hanging = kept.contacts.count() + kept.consents.count()
    return Organisation.objects.count(), hanging, kept.place, Merge.objects.standing().count()


def die_while(run_until: Callable[[int, str], str], act: str, kept: Organisation) -> tuple[set, int]:
    """Run an act until it is killed at its first line, its second, and so on until it gets through."""
    seen, line = {state(kept)}, 0
    while True:
        line += 1
        end = run_until(line, act)
        seen.add(state(kept))
        if end == "done":
            return seen, line


def test_killed_at_any_line_they_are_two_or_one(pair, run_until):
    seen, lines = die_while(run_until, "merge", pair[0])

    assert lines > 40
    assert seen == {TWO, ONE}
    assert TimelineEntry.objects.count() == 2


def test_killed_at_any_line_while_being_parted_they_are_one_or_two(pair, office, run_until):
    merging.merge(*pair, take=["place"], by=office)

    seen, lines = die_while(run_until, "undo", pair[0])

    assert lines > 20
    assert seen == {TWO, ONE}


def test_without_one_transaction_they_would_be_something_between(pair, run_until):
    seen = {state(pair[0])}
    for line in range(1, 400, 4):
        if run_until(line, "merge_without_guard") == "done":
            break
        seen.add(state(pair[0]))
        if seen - {TWO, ONE}:
            break

    assert seen - {TWO, ONE}
