"""A token bucket in Postgres: it survives a restart, and of parallel requests each takes a token of its own."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from klimapakt.limits.models import Bucket

TAKE = """
    INSERT INTO limits_bucket AS bucket (key, full_at) VALUES (%(key)s, %(now)s + %(step)s)
    ON CONFLICT (key) DO UPDATE SET full_at = GREATEST(bucket.full_at, %(now)s) + %(step)s
    WHERE GREATEST(bucket.full_at, %(now)s) + %(step)s <= %(now)s + %(per)s
    RETURNING 1
"""
"""One statement: the row's lock makes parallel requests count one after the other."""


def take(name: str, *, key: str, limit: int, per: timedelta, now: datetime | None = None) -> bool:
    """Take one token for `key`; False when `limit` of them were taken within `per` and none has grown back.

    One grows back every `per / limit`; after `per` without use the bucket is full. `key` itself is not stored, only its
    HMAC with the name. A limit of 0 refuses everything.
    """
    if limit < 1:
        return False
    values = {"key": _hidden(name, key), "now": now or timezone.now(), "step": per // limit, "per": per}
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        return cursor.fetchone() is not None


def give_back(name: str, *, key: str) -> None:
    """Make the bucket full again: what was counted did not come about."""
    Bucket.objects.filter(key=_hidden(name, key)).delete()


def sweep(*, now: datetime) -> int:
    """Delete what counts nothing any more; returns how many rows."""
    return Bucket.objects.full(now=now).delete()[0]


def _hidden(name: str, key: str) -> str:
    return salted_hmac(f"limits:{name}", key, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()
