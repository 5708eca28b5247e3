"""The outer of the launcher's two processes: starts the supervisor, waits, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from klimapakt.embedded import ROOT, PortalError, say
from klimapakt.embedded.folder import Folder
from klimapakt.embedded.processes import become_subreaper, die_with_parent, mortal_child, name_process, send, stop_all
from klimapakt.embedded.supervisor import Stop, Supervisor

Work = Callable[[Supervisor, Callable[[dict[str, Any]], None]], None]
"""What a supervisor does: start, call the function with what is ready, then watch."""


def guarded(folder: Folder, work: Work) -> int:
    """Run `work` under guard until it ends; returns the exit code."""
    guard = _Guard(folder, work)
    code = guard.wait()
    guard.clean_up()
    return code


def guarded_command(
    folder: Folder, work: Work, command: Callable[[dict[str, Any]], tuple[Sequence[str], Mapping[str, str]]]
) -> int:
    """Run a command in the foreground while `work` keeps the servers running; returns the command's exit code.

    `command` gets what `work` reported as ready. The command keeps the terminal and hears Ctrl-C itself.
    """
    guard = _Guard(folder, work)
    code = 1
    if ready := guard.ready():
        line, environ = command(ready)
        code = guard.run(line, environ)
        folder.wait_for_users()
        guard.stop()
    code = guard.wait() or code
    guard.clean_up()
    return code


class _Guard:
    def __init__(self, folder: Folder, work: Work) -> None:
        self.folder = folder
        self._has_asked = False
        become_subreaper()
        self._reader, writer = os.pipe()
        guard = os.getpid()
        sys.stdout.flush()
        # Nobody may be stopped between the fork and the handlers on both sides.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        self.supervisor = os.fork()
        if not self.supervisor:
            os.close(self._reader)
            _supervise(folder, work, guard, writer)
        os.close(writer)
        self.command: subprocess.Popen[bytes] | None = None
        for number in _STOPS:
            # A shell's `&` ignores SIGINT without meaning it; `nohup` means it.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)

    def ready(self) -> dict[str, Any]:
        """Return what the supervisor reported, or nothing if it ended before."""
        with open(self._reader, "rb") as reader:
            report = reader.readline()
        return json.loads(report) if report else {}

    def run(self, line: Sequence[str], environ: Mapping[str, str]) -> int:
        """Run the command; end it when the servers are gone. Returns its exit code."""
        self.command = subprocess.Popen(line, env=dict(environ), cwd=ROOT, preexec_fn=mortal_child(signal.SIGTERM))
        while True:
            pid, status = os.wait()
            if pid == self.command.pid:
                self.command.returncode = os.waitstatus_to_exitcode(status)
                return self.command.returncode if self.command.returncode >= 0 else 128 - self.command.returncode
            if pid == self.supervisor:
                self.supervisor = 0
                self.command.terminate()
                self.command.wait()
                return 1

    def stop(self) -> None:
        """Ask the supervisor to end everything; once is enough, however often a person presses Ctrl-C."""
        if self.supervisor and not self._has_asked:
            self._has_asked = True
            send(self.supervisor, signal.SIGTERM)  # it may be gone, and its end not yet noted

    def wait(self) -> int:
        """Return the supervisor's exit code once it has ended."""
        if not self.supervisor:
            return 1
        while True:
            pid, status = os.wait()
            if pid == self.supervisor:
                self.supervisor = 0
                break
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            how = signal.Signals(-code).name
            say(f"Die Aufsicht des Portals wurde beendet ({how}), deshalb endet das Portal.", failure=True)
            return 1
        return code

    def clean_up(self) -> None:
        """End what is left, which is nothing unless the supervisor was killed."""
        for number in _STOPS:
            signal.signal(number, signal.SIG_IGN)  # an impatient second Ctrl-C changes nothing now
        stop_all()
        self.folder.clear_state()

    def _on_signal(self, number: int, frame: object) -> None:
        if self.command is None or self.command.returncode is not None:
            self.stop()
        elif number != signal.SIGINT:  # Ctrl-C reaches the command from the terminal
            self.command.terminate()


_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _supervise(folder: Folder, work: Work, guard: int, writer: int) -> NoReturn:
    """Be the supervisor: outside the terminal's reach, above everything that is started."""
    code = 1
    try:
        os.setsid()
        name_process("portal-watch")
        become_subreaper()
        supervisor = Supervisor(folder)
        die_with_parent(signal.SIGTERM, guard)

        def report(ready: dict[str, Any]) -> None:
            os.write(writer, json.dumps(ready).encode() + b"\n")

        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
            work(supervisor, report)
        except Stop:
            code = 0
        except PortalError as error:
            say(str(error), failure=True)
        finally:
            supervisor.ignore_signals()
            folder.clear_state()
            stop_all()
    except BaseException:
        code = 1
        with open(folder.open_log("portal"), "a", encoding="utf-8") as log:
            traceback.print_exc(file=log)
        say(
            f"Das Portal ist an einem Fehler gescheitert; Einzelheiten stehen in {folder.log_path('portal')}.",
            failure=True,
        )
    finally:
        os._exit(code)
