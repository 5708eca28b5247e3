"""Patience with a row that somebody else holds. Postgres waits three seconds for a lock (`lock_timeout`)."""

from collections.abc import Callable

from django.db import OperationalError
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


def _is_about_a_lock(trouble: OperationalError) -> bool:
    return isinstance(trouble.__cause__, errors.LockNotAvailable | errors.DeadlockDetected)
