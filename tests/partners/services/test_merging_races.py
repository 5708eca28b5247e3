"""Two who merge at the same moment, and what comes in while they do."""

import pytest
from django.db import transaction
from django.db.models import QuerySet

from klimapakt.states import TransitionNotAllowed
from partners.models import Merge, Organisation
from partners.services import merging
from tests.factories import ContactFactory, OrganisationFactory
from tests.factories.events import RegistrationFactory
from tests.races import at_once, started

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pair(pact) -> tuple[Organisation, Organisation]:
    kept, merged = OrganisationFactory(name="A"), OrganisationFactory(name="B")
    ContactFactory(organisation=merged)
    return kept, merged


def succeeded(given: list) -> list:
    return [result for result in given if isinstance(result, Merge)]


def test_the_same_merge_pressed_by_five_is_one(pair, office):
    given = at_once([lambda: merging.merge(*pair, take=["name"], by=office)] * 5)

    assert len(succeeded(given)) == Merge.objects.count() == 1
    assert {type(result) for result in given if not isinstance(result, Merge)} == {TransitionNotAllowed}
    assert pair[0].contacts.count() == 1


def test_each_merged_into_the_other_at_once_leaves_one(pair, office):
    one, two = pair

    given = at_once([
        lambda: merging.merge(one, two, take=[], by=office),
        lambda: merging.merge(two, one, take=[], by=office),
    ])  # fmt: skip

    assert len(succeeded(given)) == 1
    assert Organisation.objects.count() == 1
    assert Organisation.objects.get().contacts.count() == 1


def test_without_the_locks_each_would_go_into_the_other(pair, office, monkeypatch):
    one, two = pair
    monkeypatch.setattr(merging, "_locked", lambda kept, merged: (kept, merged))  # as both read them before
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)

    given = at_once([
        lambda: merging.merge(one, two, take=[], by=office),
        lambda: merging.merge(two, one, take=[], by=office),
    ])  # fmt: skip

    assert len(succeeded(given)) == 2
    assert not Organisation.objects.exists()


def test_a_merge_undone_by_two_at_once_is_undone_once(pair, office):
    row = merging.merge(*pair, take=["name"], by=office)

    given = at_once([lambda: merging.undo(Merge.objects.get(pk=row.pk), by=office)] * 2)

    assert sorted(type(result).__name__ for result in given) == ["TransitionNotAllowed", "int"]
    assert pair[1].contacts.count() == 1


def test_a_chain_merged_at_once_loses_nobody(pair, office):
    first, second = pair
    third = OrganisationFactory(name="C")

    at_once([
        lambda: merging.merge(first, second, take=[], by=office),
        lambda: merging.merge(third, first, take=[], by=office),
    ])  # fmt: skip

    [contact] = [row for organisation in Organisation.objects.all() for row in organisation.contacts.all()]
    assert contact.organisation.merged_into_id is None


def test_a_registration_that_comes_in_while_its_company_is_merged_follows_with_the_next_look(pair, office):
    kept, merged = pair
    other = RegistrationFactory()

    with transaction.atomic():
        row = merging.merge(kept, merged, take=[], by=office)
        [future] = started(lambda: type(other).objects.filter(pk=other.pk).update(organisation=merged))
    assert future.result() == 1

    merging.follow_late(row)

    other.refresh_from_db()
    assert other.organisation == kept
    merging.undo(Merge.objects.get(pk=row.pk), by=office)
    other.refresh_from_db()
    assert other.organisation == merged
