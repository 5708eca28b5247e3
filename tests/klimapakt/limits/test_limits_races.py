"""Many requests at the same moment get no token more."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from klimapakt.limits import buckets
from klimapakt.limits.models import Bucket
from tests.races import at_once, together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ASKING, LIMIT = 20, 5
take = partial(buckets.take, "probe", key="erika", limit=LIMIT, per=timedelta(hours=1))


def test_of_twenty_at_once_as_many_as_the_limit_allows_get_in():
    taken = at_once([take] * ASKING)

    assert sorted(taken) == [False] * (ASKING - LIMIT) + [True] * LIMIT


look = together(lambda: Bucket.objects.get(key="erika"), ASKING)


def look_then_write() -> bool:
    """Do what the one statement does, in two: look whether there is room, then take it."""
    now, per = timezone.now(), timedelta(hours=1)
    full_at = max(look().full_at, now) + per // LIMIT
    if full_at > now + per:
        return False
    Bucket.objects.filter(key="erika").update(full_at=full_at)
    return True


def test_whoever_looks_first_and_writes_then_lets_all_in():
    Bucket.objects.create(key="erika", full_at=timezone.now())

    taken = at_once([look_then_write] * ASKING)

    assert taken == [True] * ASKING
