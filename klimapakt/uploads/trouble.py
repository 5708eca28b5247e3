"""When what is fine cannot be stored: the disk of the database is full."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError
from psycopg import errors

NO_ROOM = (errors.DiskFull, errors.OutOfMemory, errors.IoError, errors.ConfigurationLimitExceeded)


class NoRoom(Exception):
    """The database has no room. Nothing was stored."""


@contextmanager
def storing() -> Iterator[None]:
    """Turn the database's „no space left on device“ into NoRoom; everything else stays what it is."""
    try:
        yield
    except DatabaseError as trouble:
        if isinstance(trouble.__cause__, NO_ROOM):
            raise NoRoom from trouble
        raise
