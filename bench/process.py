"""A web server under measurement: its start, its memory, and the CPU that it and its database connections use."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.place import ROOT

START_SECONDS = 30
_libc = ctypes.CDLL(None)


class Server:
    """granian with one process and the threads of production, on one database."""

    def __init__(self, application: str, environ: dict[str, str], port: int, ready_path: str) -> None:
        self.port, self.database_url = port, environ["DATABASE_URL"]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (read when something goes wrong)
        started = time.monotonic()
        self._popen = subprocess.Popen(  # noqa: S603
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
                *("--workers", "1", "--blocking-threads", "4", "--no-ws", application),
            ],
            cwd=ROOT,
            env=environ,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        try:
            self._wait_for(ready_path, until=started + START_SECONDS)
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.monotonic() - started
        self.start_cpu = sum(self._web_cpu().values())

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
            raise SystemExit(f"{path} answered {response.status}: {self._log_tail()}")
        return body

    def cpu_per_request(self, path: str, headers: dict[str, str], *, requests: int) -> tuple[float, float]:
        """Return CPU milliseconds a request, of the web processes and of their database connections.

        Repeated when a database connection ended meanwhile (CONN_MAX_AGE): its time would be lost.
        """
        while True:
            web, database = self._web_cpu(), self._database_cpu()
            for _ in range(requests):
                self.get(path, headers)
            web_after, database_after = self._web_cpu(), self._database_cpu()
            if web.keys() <= web_after.keys() and database.keys() <= database_after.keys():
                return tuple(
                    (sum(after.values()) - sum(before.values())) * 1000 / requests
                    for before, after in ((web, web_after), (database, database_after))
                )

    def memory(self) -> float:
        """Return the megabytes of the process tree; shared pages count once (PSS)."""
        lines = "\n".join(Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self._tree()).splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024

    def stop(self) -> None:
        os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def _web_cpu(self) -> dict[int, float]:
        return {pid: cpu_seconds(pid) for pid in self._tree()}

    def _database_cpu(self) -> dict[int, float]:
        """Return seconds by connection. Each keeps its database's name busy only for us: the database is our own."""
        with psycopg.connect(self.database_url.replace("postgres://", "postgresql://", 1)) as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchall()
        try:
            return {pid: cpu_seconds(pid) for (pid,) in rows}
        except ProcessLookupError:
            raise SystemExit("The database server must run on this machine: its CPU time is read here.") from None

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

    def _wait_for(self, path: str, *, until: float) -> None:
        while time.monotonic() < until and self._popen.poll() is None:
            try:
                self.get(path, {})
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit(f"The server did not start: {self._log_tail()}")

    def _log_tail(self) -> str:
        self._log.seek(0)
        return self._log.read()[-3000:].decode(errors="replace")


@contextmanager
def server(application: str, environ: dict[str, str], port: int, ready_path: str) -> Iterator[Server]:
    running = Server(application, environ, port, ready_path)
    try:
        yield running
    finally:
        running.stop()


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
