"""A bucket gives so many tokens and no more, and fills up again; its row names nobody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from klimapakt.limits import buckets, tasks
from klimapakt.limits.models import Bucket

HOUR = timedelta(hours=1)
NOW = timezone.now()


def take(key: str = "erika", *, limit: int = 3, after: timedelta = timedelta(0), name: str = "probe") -> bool:
    return buckets.take(name, key=key, limit=limit, per=HOUR, now=NOW + after)


@pytest.mark.parametrize("limit", [1, 3, 7, 1000])
def test_so_many_are_taken_and_not_one_more(db, limit):
    taken = [take(limit=limit) for _ in range(limit + 1)]

    assert taken == [True] * limit + [False]


def test_an_empty_bucket_is_full_again_after_the_whole_time(db):
    for _ in range(4):
        take()

    taken = [take(after=HOUR) for _ in range(4)]

    assert taken == [True, True, True, False]


def test_one_grows_back_at_a_time(db):
    for _ in range(4):
        take()

    taken = [take(after=HOUR / 3 - timedelta(seconds=1)), take(after=HOUR / 3), take(after=HOUR / 3)]

    assert taken == [False, True, False]


def test_trying_in_vain_makes_nobody_wait_longer(db):
    for minute in range(60):
        take(limit=1, after=timedelta(minutes=minute))

    assert take(limit=1, after=HOUR)


def test_keys_and_names_are_counted_apart(db):
    assert take(limit=1)

    assert not take(limit=1)
    assert take("otto", limit=1)
    assert take(limit=1, name="other")


def test_a_limit_of_nothing_lets_nobody_in(db):
    assert not take(limit=0)
    assert not Bucket.objects.exists()


def test_the_row_does_not_say_who_it_was(db, settings):
    take("erika@musterbaeckerei.example")
    key = Bucket.objects.get().key

    settings.SECRET_KEY = "x" * 60
    take("erika@musterbaeckerei.example")

    assert "erika" not in key
    assert len(key) == 64
    assert Bucket.objects.count() == 2, "the key depends on a secret: nobody finds the address by trying"


def test_what_counts_nothing_any_more_is_swept(db):
    buckets.take("probe", key="long ago", limit=3, per=HOUR, now=timezone.now() - 2 * HOUR)
    buckets.take("probe", key="just now", limit=3, per=HOUR)

    tasks.sweep()
    tasks.sweep()

    assert Bucket.objects.count() == 1
    assert not all(buckets.take("probe", key="just now", limit=3, per=HOUR) for _ in range(3))
