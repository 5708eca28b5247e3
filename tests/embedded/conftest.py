"""A real portal, started by its own command with an almost empty environment."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from klimapakt.embedded.folder import Folder
from klimapakt.embedded.processes import children

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


class Portal:
    """`./portal` on a data folder of its own."""

    def __init__(self, data: Path) -> None:
        self.folder = Folder(data)
        self.process: subprocess.Popen[str] | None = None
        self.output = ""

    def command(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        environ = {"HOME": str(self.folder.path), "PORTAL_DATA": str(self.folder.path)} | kept | environ
        return subprocess.Popen(
            # A shell's `&` leaves SIGINT ignored.
            ["sh", "-c", 'trap "" INT; exec "$@"', "sh", ROOT / "portal", *arguments],
            env=environ,
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, **environ: str) -> tuple[int, str]:
        """Run a command to its end; returns exit code and output."""
        process = self.command(*arguments, **environ)
        output, _ = process.communicate(timeout=START_SECONDS)
        return process.returncode, output

    def start(self, *arguments: str) -> "Portal":
        """Start `up` and wait until it says that it runs."""
        self.port = free_port()
        self.process = self.command("up", "--bare", "--port", str(self.port), *arguments)
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "Strg-C" in line:
                break
        self.output = "".join(lines)
        assert "Strg-C" in self.output, self.output
        self.pids = {"guard": self.process.pid, **self.folder.state()["processes"]}
        (self.pids["supervisor"],) = children(self.process.pid)
        return self

    def descendants(self) -> set[int]:
        """Return every process of the portal."""
        found = {self.process.pid}
        while more := set().union(*map(children, found)) - found:
            found |= more
        return found

    def end(self, how: signal.Signals = signal.SIGTERM, *, impatient: bool = False) -> int:
        """Ask for the end, once or until it comes; returns the exit code."""
        self.process.send_signal(how)
        while impatient and self.process.poll() is None:
            self.process.send_signal(how)
            time.sleep(0.005)
        self.output = self.process.communicate(timeout=20)[0]
        return self.process.returncode


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def living(pids: set[int]) -> set[int]:
    """Return those that still run; a zombie does not."""
    return {pid for pid in pids if re.search(r"^State:\s+[^ZX\s]", _status(pid), re.MULTILINE)}


def seconds_until_gone(pids: set[int], limit: float) -> float:
    """Wait for processes to end; fails after `limit` seconds."""
    start = time.monotonic()
    while left := living(pids):
        assert time.monotonic() - start < limit, f"still there: {left}"
        time.sleep(0.05)
    return time.monotonic() - start


def _status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A data folder for all tests of a module. As root, the database's account must be able to walk there."""
    path = Path(tempfile.mkdtemp(prefix="klimapakt-test-", dir="/tmp"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def portal(data: Path) -> Iterator[Portal]:
    """A portal to start on that folder; it is gone after the test."""
    portal = Portal(data)
    yield portal
    if portal.process and portal.process.poll() is None:
        portal.end()
