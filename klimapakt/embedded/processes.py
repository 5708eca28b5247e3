"""Processes below this one: what Linux knows of them, and how all of them end.

Ending everything rests on two kernel features. A *subreaper* inherits every orphan below it, so that no
descendant is ever out of sight; a *parent-death signal* reaches a child even when its parent was killed.
"""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 1, 15, 36
MAIL_PROCESS = "office-mail"
SERVERS = {MAIL_PROCESS: signal.SIGTERM, "valkey-server": signal.SIGTERM, "postgres": signal.SIGINT}
"""The embedded servers by process name, each with the signal for a clean end; they outlive what uses them."""

# Together below ten seconds, with room for the noticing and for a loaded machine.
GRACE_PORTAL = 4.0
GRACE_SERVERS = 3.0

_libc = ctypes.CDLL(None, use_errno=True)


def become_subreaper() -> None:
    """Become the new parent of every orphan below this process."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def name_process(name: str) -> None:
    """Set what /proc/self/comm says (15 characters)."""
    _libc.prctl(PR_SET_NAME, ctypes.c_char_p(name.encode()), 0, 0, 0)


def die_with_parent(how: signal.Signals, parent: int) -> None:
    """Get `how` at the death of `parent`; if that has happened already, end here."""
    _prctl(PR_SET_PDEATHSIG, how)
    if os.getppid() != parent:
        os._exit(1)


def mortal_child(how: signal.Signals) -> Callable[[], None]:
    """Return what a new child calls before it becomes its program.

    It dies with this process, and hears signals again: one that a shell's `&` or the launcher ignores
    would stay ignored across exec.
    """
    parent = os.getpid()

    def prepare() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        die_with_parent(how, parent)

    return prepare


def children(pid: int) -> set[int]:
    """Return the living children of a process."""
    return {child for child, (parent, state, _) in _table().items() if parent == pid and state != "Z"}


def reap() -> dict[int, int]:
    """Collect dead children, adopted ones too: pid → exit code, negative for a signal."""
    dead = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return dead
        if not pid:
            return dead
        dead[pid] = os.waitstatus_to_exitcode(status)


def stop_all() -> None:
    """End every descendant: first what serves people, then the servers; kill what does not listen."""
    own = os.getpid()
    _stop({pid: signal.SIGTERM for pid, name in _named_children(own) if name not in SERVERS}, GRACE_PORTAL)
    _stop({pid: SERVERS.get(name, signal.SIGTERM) for pid, name in _named_children(own)}, GRACE_SERVERS)


def _stop(targets: dict[int, signal.Signals], grace: float) -> None:
    """Signal the targets, wait for them and all below them, kill the rest."""
    trees = {pid for target in targets for pid in (target, *_descendants(target))}
    for pid, how in targets.items():
        send(pid, how)
    deadline = time.monotonic() + grace
    while trees := _living(trees):
        if time.monotonic() > deadline:
            for pid in trees:
                send(pid, signal.SIGKILL)
        reap()
        time.sleep(0.02)
        if time.monotonic() > deadline + 1:  # killed, and still there: it hangs in the kernel
            return


def _named_children(pid: int) -> list[tuple[int, str]]:
    return [(child, name) for child, (parent, _, name) in _table().items() if parent == pid]


def _descendants(pid: int) -> set[int]:
    found, table = {pid}, _table()
    while more := {child for child, (parent, _, _) in table.items() if parent in found} - found:
        found |= more
    return found - {pid}


def _living(pids: set[int]) -> set[int]:
    table = _table()
    return {pid for pid in pids if pid in table and table[pid][1] != "Z"}


def _table() -> dict[int, tuple[int, str, str]]:
    """Read /proc: pid → (parent, state, name)."""
    table = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            text = Path(entry.path, "stat").read_text(errors="replace")
        except OSError:
            continue  # gone meanwhile
        # The name stands in parentheses and may itself contain some.
        front, _, rest = text.rpartition(") ")
        state, parent = rest.split(" ", 2)[:2]
        table[int(entry.name)] = (int(parent), state, front.partition("(")[2])
    return table


def send(pid: int, how: signal.Signals) -> None:
    """Signal a process, unless it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
