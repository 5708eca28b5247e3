"""Several people and workers at the same files."""

from threading import Barrier

import pytest
from django.core.exceptions import ValidationError

from klimapakt.uploads import examining, receiving
from klimapakt.uploads.models import Upload
from klimapakt.uploads.receiving import receive
from tests.factories import OrganisationFactory
from tests.klimapakt.uploads.sample import another, file
from tests.races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

EXTRA = 8


def send_at_once() -> list[object]:
    """Send more files than a case takes, all at the same moment."""
    case = OrganisationFactory()
    files = [another(number) for number in range(EXTRA)]
    return at_once([lambda file=file: receive(file, profile="document", about=case) for file in files])


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(receiving, "wake", lambda: None)


def test_of_concurrent_uploads_no_more_are_taken_than_a_case_may_have():
    results = send_at_once()

    assert sum(isinstance(result, Upload) for result in results) == 5
    assert sum(isinstance(result, ValidationError) for result in results) == EXTRA - 5
    assert Upload.objects.count() == 5


def test_without_the_lock_concurrent_uploads_are_too_many(monkeypatch):
    """The control run of the test before."""
    everybody = Barrier(EXTRA, timeout=20)
    monkeypatch.setattr(receiving, "_lock", lambda case: everybody.wait())

    send_at_once()

    assert Upload.objects.count() > 5


def test_the_same_file_sent_twice_at_once_is_one():
    case = OrganisationFactory()

    results = at_once([lambda: receive(file(), profile="document", about=case)] * 6)

    assert {result.pk for result in results} == {Upload.objects.get().pk}


def test_many_workers_at_once_decide_each_file_once():
    for number in range(4):
        receive(another(number), profile="document", about=OrganisationFactory())

    for _ in range(6):
        assert not [result for result in at_once([examining.examine_next] * 4) if isinstance(result, Exception)]

    assert Upload.objects.released().count() == 4
