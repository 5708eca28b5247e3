"""The data folder: where it lies, who is using it, and the secrets of a trial.

postgres/  valkey/   data of the embedded servers      mail/    what the office's mail server received
media/  static/      files of the portal               log/     one log a process
run/                 sockets, locks, state             secrets.env
"""

import fcntl
import hashlib
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from klimapakt.embedded import ROOT, PortalError

DEFAULT_PACT = "krefeld"
PROFILES = "klimapakt/*/profiles/*.toml"
SOCKET_PATH_LIMIT = 100  # Linux takes 107 bytes; Postgres adds "/.s.PGSQL.5432"
LOG_LIMIT = 5_000_000


def base_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder above the data of all pacts of this checkout.

    As root it is not the checkout's own `var/`: Postgres refuses root, and the low user it runs as
    cannot enter root's home.
    """
    if os.geteuid() != 0:
        return ROOT / "var"
    return Path("/var/lib") / f"klimapakt-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"


def data_folder(environ: Mapping[str, str], pact: str | None) -> "Folder":
    """Return the data folder of a pact.

    Raises:
        PortalError: PORTAL_DATA is no full path, the pact is unknown, or the folder holds another one's data.
    """
    given = environ.get("PORTAL_DATA", "")
    if given and not given.startswith("/"):
        raise PortalError("PORTAL_DATA muss ein vollständiger Pfad sein, zum Beispiel /var/lib/klimapakt.")
    path = Path(given) if given else base_folder(environ) / (pact or DEFAULT_PACT)
    folder = Folder(path)
    known = sorted(profile.stem for profile in ROOT.glob(PROFILES) if profile.stem != "blank")
    if pact and pact not in known:
        raise PortalError(f"Einen Pakt „{pact}“ kennt das Portal nicht; vorhanden sind: {', '.join(known)}.")
    if pact and folder.pact and folder.pact != pact:
        raise PortalError(
            f"In {path} liegen schon die Daten von „{folder.pact}“; nehmen Sie für „{pact}“ ein anderes PORTAL_DATA."
        )
    return folder


def test_folder(environ: Mapping[str, str]) -> "Folder":
    """Return the first test folder that no other run is using, locked."""
    base = Path(environ["PORTAL_DATA"]) if environ.get("PORTAL_DATA") else base_folder(environ)
    for number in range(1, 100):
        folder = Folder(base / ("test" if number == 1 else f"test-{number}"))
        folder.create()
        if folder.lock("test"):
            return folder
    raise PortalError(f"In {base} laufen schon zu viele Tests zugleich.")


class Folder:
    """One data folder. Created on first use; everything in it is private to its owner."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run, self.log = path / "run", path / "log"
        self.mail, self.valkey, self.postgres = path / "mail", path / "valkey", path / "postgres"
        self._state = self.run / "state.json"
        self._steps = self.run / "steps.json"
        self._lock: int | None = None

    def create(self) -> None:
        """Make what is missing. As root the way down to Postgres stays open to walk, not to read."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for folder in (self.run, self.log, self.mail, self.path / "media"):
                folder.mkdir(mode=0o700, exist_ok=True)
            for folder in (self.path, self.run):
                folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        except OSError:
            raise PortalError(
                f"Den Datenordner {self.path} kann das Portal nicht anlegen: Fehlt die Berechtigung oder der Platz?"
            ) from None

    # --- Who uses it --------------------------------------------------------------------------------------------------

    def lock(self, command: str) -> bool:
        """Take the folder for `command`, as long as this process or a fork of it lives; false if it is taken."""
        self._lock = self._lock or os.open(self.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, json.dumps({"command": command, "pid": os.getpid()}).encode(), 0)
        self.clear_state()
        return True

    def owner(self) -> dict[str, Any]:
        """Return who holds the lock: command and pid, or nothing."""
        return _read_json(self.run / "lock")

    def join(self) -> int:
        """Count this process among those that use the servers of another one; returns what must stay open."""
        descriptor = os.open(self.run / "users", os.O_RDWR | os.O_CREAT, 0o600)
        os.set_inheritable(descriptor, True)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        return descriptor

    def wait_for_users(self) -> None:
        """Return when nobody uses the servers any more. Without state nobody new joins."""
        self.clear_state()
        with open(self.run / "users", "w") as users:
            fcntl.flock(users, fcntl.LOCK_EX)

    def write_state(self, state: dict[str, Any]) -> None:
        """Say what is running: it holds as long as the lock is held."""
        _write(self._state, json.dumps(state))

    def state(self) -> dict[str, Any]:
        """Return what `write_state` said, or nothing."""
        return _read_json(self._state)

    def clear_state(self) -> None:
        """Say that nothing is running."""
        self._state.unlink(missing_ok=True)

    # --- What it holds ------------------------------------------------------------------------------------------------

    @property
    def pact(self) -> str:
        """Name of the pact whose data it holds, or nothing."""
        return self.step("pact")

    def step(self, name: str) -> str:
        """Return the mark that a step left when it last succeeded."""
        return _read_json(self._steps).get(name, "")

    def mark(self, name: str, value: str) -> None:
        """Remember that a step succeeded."""
        _write(self._steps, json.dumps({**_read_json(self._steps), name: value}))

    def forget_steps(self) -> None:
        """Forget every step: the database is new."""
        self._steps.unlink(missing_ok=True)

    def secrets(self) -> dict[str, str]:
        """Return the secrets of a trial, made at first use: SECRET_KEY, LINK_KEYS, STAFF_PASSWORD."""
        path = self.path / "secrets.env"
        if not path.exists():
            made = {
                "SECRET_KEY": secrets.token_urlsafe(48),
                "LINK_KEYS": secrets.token_urlsafe(32),
                "STAFF_PASSWORD": "-".join(secrets.token_hex(2) for _ in range(4)),
            }
            _write(path, "".join(f"{name}={value}\n" for name, value in made.items()))
        lines = path.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def socket_folder(self, name: str, *, owner: int | None = None) -> Path:
        """Return a private folder for sockets, in `run/` or, where that path is too long, in a short place.

        It belongs to this account or to `owner`; one that somebody else put there first is refused.
        """
        path = self.run / name
        if len(os.fsencode(path)) + len("/.s.PGSQL.5432") > SOCKET_PATH_LIMIT:
            digest = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
            path = Path(tempfile.gettempdir()) / f"klimapakt-{os.geteuid()}-{digest}-{name}"
            if len(os.fsencode(path)) + len("/.s.PGSQL.5432") > SOCKET_PATH_LIMIT:
                path = Path("/tmp") / path.name  # noqa: S108 (its owner is checked below)
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077 or found.st_uid not in (os.geteuid(), owner):
            raise PortalError(f"Der Ordner {path} gehört nicht dem Portal; bitte entfernen Sie ihn.")
        return path

    def open_log(self, name: str) -> int:
        """Open a log to append to; one that has grown large becomes the previous one."""
        path = self.log_path(name)
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def log_path(self, name: str) -> Path:
        """Return where the log of a process lies."""
        return self.log / f"{name}.log"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _write(path: Path, text: str) -> None:
    """Write all or nothing, readable by the owner alone."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        os.fsync(file.fileno())
    fresh.replace(path)
