"""Patience with a row that somebody else holds. Postgres waits three seconds for a lock (`lock_timeout`)."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, OperationalError, connection
from psycopg import errors


class Busy(Exception):
    """The row stayed locked for too long, twice. Nothing was changed."""


def patiently[Result](act: Callable[[], Result]) -> Result:
    """Run a service once more when its lock did not come; raises Busy when that was in vain too."""
    try:
        return act()
    except OperationalError as trouble:
        if not _is_about_a_lock(trouble):
            raise
    try:
        return act()
    except OperationalError as trouble:
        if not _is_about_a_lock(trouble):
            raise
        raise Busy from trouble


@contextmanager
def only_one(work: str) -> Iterator[bool]:
    """Say whether nobody else does this work now, and keep others from it until the block ends.

    For work on another server, which no row can be locked for: the lock belongs to the connection to the database,
    so whoever is killed gives it up.
    """
    number = zlib.crc32(work.encode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        is_ours = cursor.fetchone()[0]
    try:
        yield is_ours
    finally:
        if is_ours:
            with suppress(DatabaseError), connection.cursor() as cursor:  # a lost connection has given it up already
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _is_about_a_lock(trouble: OperationalError) -> bool:
    return isinstance(trouble.__cause__, errors.LockNotAvailable | errors.DeadlockDetected)
