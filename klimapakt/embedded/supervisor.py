"""Starts processes, notices when one is gone, and ends all of them.

Two processes of the launcher stand above everything else, and each survives the other long enough to end
the rest: the *guard*, which the person started, and below it the *supervisor*, which starts the servers and
watches them. When the guard is killed, the kernel signals the supervisor; when the supervisor is killed,
the guard inherits all that was below it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from klimapakt.embedded import ROOT, PortalError
from klimapakt.embedded.folder import Folder
from klimapakt.embedded.processes import children, mortal_child, reap

WATCH_SECONDS = 0.3
CHILDREN_SECONDS = 60.0


class Stop(BaseException):
    """Somebody asked for the end: Ctrl-C, SIGTERM, or the guard is gone."""


class Supervisor:
    """The processes of one data folder. Names are those of the logs."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.running: dict[str, int] = {}
        self._watched: dict[str, set[int]] = {}
        self._stopping = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start(
        self, name: str, command: Sequence[str], environ: Mapping[str, str], *, pass_fds: Sequence[int] = (), **how: Any
    ) -> None:
        """Start a process that must live as long as this one does."""
        log = self.folder.open_log(name)
        try:
            started = subprocess.Popen(
                command,
                **({"env": dict(environ), "cwd": ROOT} | how),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=pass_fds,
                preexec_fn=mortal_child(signal.SIGINT if name == "postgres" else signal.SIGTERM),
            )
        except OSError as error:
            raise PortalError(f"„{name}“ ließ sich nicht starten ({error.strerror}).") from None
        finally:
            os.close(log)
        # Reaped by pid, together with adopted orphans.
        started.returncode = 0
        self.running[name] = started.pid

    def alive(self, name: str) -> bool:
        """Return whether the process lives; a dead one is forgotten."""
        self._collect()
        return name in self.running

    def watch_children(self, name: str, count: int) -> None:
        """Wait until a process has its children; from then on the loss of one counts as its own.

        Web server and worker replace a child only when it was killed: neither is told to renew them.
        """
        deadline = time.monotonic() + CHILDREN_SECONDS
        while len(found := children(self.running[name])) < count:
            self.check()
            if time.monotonic() > deadline:
                raise PortalError(f"„{name}“ startet nicht; Einzelheiten stehen in {self.folder.log_path(name)}.")
            time.sleep(0.05)
        self._watched[name] = found

    def check(self) -> None:
        """Raise PortalError when a process is gone that should be there."""
        before = dict(self.running)
        dead = self._collect()
        for name, pid in before.items():
            if pid in dead:
                self._lost(name, dead[pid])
        for name, known in self._watched.items():
            if known - children(self.running[name]):
                self._lost(name, -signal.SIGKILL)

    def watch(self) -> NoReturn:
        """Return never: ends by Stop or by the PortalError of `check`."""
        while True:
            self.check()
            time.sleep(WATCH_SECONDS)

    def ignore_signals(self) -> None:
        """Ignore further requests to stop: the end has begun."""
        self._stopping = True

    def _on_signal(self, number: int, frame: object) -> None:
        if not self._stopping:
            self._stopping = True
            raise Stop

    def _collect(self) -> dict[int, int]:
        dead = reap()
        self.running = {name: pid for name, pid in self.running.items() if pid not in dead}
        return dead

    def _lost(self, name: str, code: int) -> NoReturn:
        how = signal.Signals(-code).name if code < 0 else f"Code {code}"
        raise PortalError(
            f"„{name}“ hat sich unerwartet beendet ({how}), deshalb endet das Portal;"
            f" Einzelheiten stehen in {self.folder.log_path(name)}."
        )


def run_step(folder: Folder, what: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run a command to its end; what it says goes to the log „setup“."""
    log = folder.open_log("setup")
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=mortal_child(signal.SIGTERM),
            check=False,
        )
    finally:
        os.close(log)
    if done.returncode:
        raise PortalError(f"{what} ist nicht gelungen; Einzelheiten stehen in {folder.log_path('setup')}.")
