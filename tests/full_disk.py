"""A disk of the database that fills up, for one table. The tests run as root: only root can mount one."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection

MEGABYTES = 2


@contextmanager
def little_room_for(table: str, *, is_full: bool = False) -> Iterator[Callable[[], object]]:
    """Put a table on a file system of two megabytes, full to the last byte on demand; yields what makes room."""
    here = connection.settings_dict
    folder = tempfile.mkdtemp(dir="/tmp", prefix="little")  # the server must be able to get there
    space = f'"{Path(folder).name}"'  # one for each process of the tests: they share the server
    with psycopg.connect(host=here["HOST"], user="postgres", dbname=here["NAME"], autocommit=True) as superuser:
        owner = Path(f"/proc/{superuser.info.backend_pid}").stat().st_uid
        options = f"size={MEGABYTES}m,mode=700,uid={owner}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
        try:
            superuser.execute(f"CREATE TABLESPACE {space} LOCATION '{folder}'")
            superuser.execute(f"ALTER TABLE {table} SET TABLESPACE {space}")
            if is_full:
                _fill(Path(folder))
            yield lambda: superuser.execute(f"ALTER TABLE {table} SET TABLESPACE pg_default")
        finally:
            superuser.execute(f"ALTER TABLE {table} SET TABLESPACE pg_default")
            superuser.execute(f"DROP TABLESPACE IF EXISTS {space}")
            (Path(folder) / "filler").unlink(missing_ok=True)
            subprocess.run(["umount", folder], check=True)
            Path(folder).rmdir()


def _fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            return
