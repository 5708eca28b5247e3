"""Processes under measurement: their start, their memory, and the CPU that they and their database connections use."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from bench.place import ROOT
from klimapakt.embedded.folder import Folder
from klimapakt.embedded.valkey import Valkey

START_SECONDS = 30
CLOCK = "bench-clock"
"""How connections that only look at the others call themselves."""
_libc = ctypes.CDLL(None)


class Process(ABC):
    """A process tree that is ended as a whole."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (read when something goes wrong)
        started = time.monotonic()
        self._popen = subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=environ, stdout=self._log, stderr=self._log, start_new_session=True
        )
        try:
            while not self._is_ready():
                if time.monotonic() > started + START_SECONDS or self._popen.poll() is not None:
                    raise SystemExit(f"It did not start: {' '.join(command)}\n{self.log_tail()}")
                time.sleep(0.02)
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.monotonic() - started
        self.start_cpu = sum(self.cpu().values())

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether it has begun to work."""

    def cpu(self) -> dict[int, float]:
        """Return the CPU seconds used so far, by process."""
        return {pid: cpu_seconds(pid) for pid in self._tree()}

    def memory(self) -> float:
        """Return the megabytes of the process tree; shared pages count once (PSS)."""
        lines = "\n".join(Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self._tree()).splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024

    def stop(self) -> None:
        os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def log_tail(self) -> str:
        """Return the end of what it said."""
        end = self._log.seek(0, os.SEEK_END)
        return os.pread(self._log.fileno(), 3000, max(0, end - 3000)).decode(errors="replace")

    def _tree(self) -> set[int]:
        parents = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                # The name stands in parentheses and may itself contain some.
                parents[int(entry.parent.name)] = int(entry.read_text().rpartition(") ")[2].split()[1])
            except OSError:
                continue  # gone meanwhile
        tree = {self._popen.pid}
        while more := {pid for pid, parent in parents.items() if parent in tree} - tree:
            tree |= more
        return tree


class Server(Process):
    """granian with one process and the threads of production, on one database."""

    def __init__(self, application: str, environ: dict[str, str], port: int, ready_path: str) -> None:
        self.port, self.database_url, self._ready_path = port, environ["DATABASE_URL"], ready_path
        command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
            *("--workers", "1", "--blocking-threads", "4", "--no-ws", application),
        ]
        super().__init__(command, environ)

    def _is_ready(self) -> bool:
        try:
            return bool(self.get(self._ready_path, {}))
        except OSError:
            return False

    def get(self, path: str, headers: dict[str, str]) -> bytes:
        """Fetch a page over a connection of its own; return the body as it came over the wire."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Connection": "close", "Accept-Encoding": "gzip", **headers})
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise SystemExit(f"{path} answered {response.status}: {self.log_tail()}")
        return body

    def cpu_per_request(self, path: str, headers: dict[str, str], *, requests: int) -> tuple[float, float]:
        """Return CPU milliseconds a request, of the web processes and of their database connections."""

        def ask() -> None:
            for _ in range(requests):
                self.get(path, headers)

        while (took := cpu_during(ask, self.cpu, lambda: database_cpu(self.database_url))) is None:
            pass
        web, database = (seconds * 1000 / requests for seconds in took)
        return web, database


class Worker(Process):
    """A Celery worker with one process for tasks."""

    def __init__(self, application: str, environ: dict[str, str]) -> None:
        # Talk among workers has nothing to do with a task; the portal's own worker is started without it, too.
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        command = [
            *(sys.executable, "-m", "celery", "--app", application, "worker", "--loglevel", "INFO"),
            *("--pool", "prefork", "--concurrency", "1", *quiet),
        ]
        super().__init__(command, environ | {"PYTHONUNBUFFERED": "1"})

    def _is_ready(self) -> bool:
        return "ready." in self.log_tail()

    def wait_until_idle(self) -> None:
        """Return when it has done what follows the last mail: its clocks stand still."""
        used = sum(self.cpu().values())
        while True:
            time.sleep(0.1)
            before, used = used, sum(self.cpu().values())
            if used - before < 0.001:
                return


class Broker(Process):
    """An embedded Valkey of its own."""

    def __init__(self, folder: Path) -> None:
        place = Folder(folder)
        place.create()
        self._valkey = Valkey(place)
        self._valkey.prepare()
        self.url = self._valkey.url
        super().__init__(self._valkey.command(), dict(os.environ))

    def _is_ready(self) -> bool:
        return self._valkey.wait(lambda: self._popen.poll() is None)


@contextmanager
def running[Running: Process](process: Running) -> Iterator[Running]:
    """End the process afterwards."""
    try:
        yield process
    finally:
        process.stop()


Clock = Callable[[], dict[int, float]]
"""Says the CPU seconds of some processes, by their number."""


def cpu_during(work: Callable[[], None], *clocks: Clock) -> list[float] | None:
    """Return the CPU seconds that passed on each clock while `work` ran.

    None when a database connection ended meanwhile (CONN_MAX_AGE): its time is lost, and the work is to be repeated.
    """
    before = [clock() for clock in clocks]
    work()
    after = [clock() for clock in clocks]
    if any(not old.keys() <= new.keys() for old, new in zip(before, after, strict=True)):
        return None
    return [sum(new.values()) - sum(old.values()) for old, new in zip(before, after, strict=True)]


def database_cpu(url: str) -> dict[int, float]:
    """Return seconds by connection. Nobody else uses them: the database is our own."""
    with psycopg.connect(url.replace("postgres://", "postgresql://", 1), application_name=CLOCK) as connection:
        _parent(connection.info.backend_pid)
        found = {}
        for pid in _connections(connection):
            with suppress(ProcessLookupError):  # ended a moment ago
                found[pid] = cpu_seconds(pid)
        return found


def _connections(connection: psycopg.Connection) -> list[int]:
    """Return the processes behind the connections to this database, but those of clocks."""
    rows = connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND application_name <> %s",
        [CLOCK],
    )
    return [pid for (pid,) in rows]


class Database:
    """The clock of one database on a server that nobody else uses: of its connections, and of those that have ended."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(
            url.replace("postgres://", "postgresql://", 1), application_name=CLOCK, autocommit=True
        )
        self._postmaster = _parent(self._connection.info.backend_pid)

    def cpu(self) -> dict[int, float]:
        """Return CPU seconds. The server's main process has the sum of all that ended, in hundredths."""
        found = {pid: cpu_seconds(pid) for pid in _connections(self._connection)}
        user, system = Path(f"/proc/{self._postmaster}/stat").read_text().rpartition(") ")[2].split()[13:15]
        ended = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return {self._postmaster: cpu_seconds(self._postmaster) + ended + sum(found.values())}

    def close(self) -> None:
        self._connection.close()


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
    except FileNotFoundError:
        raise SystemExit("The database server must run on this machine: its CPU time is read here.") from None


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process has used in all its threads, to the nanosecond (/proc counts in hundredths)."""
    clock = ctypes.c_int()
    if _libc.clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise ProcessLookupError(pid)
    return time.clock_gettime(clock.value)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
