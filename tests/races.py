"""Several threads, each with a connection of its own, at the same rows."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier

from django.db import connection, connections


def at_once(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Run all calls at the same moment; returns what each returned or raised."""
    barrier = Barrier(len(calls), timeout=20)

    def run(call: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            barrier.wait()
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def started(*calls: Callable[[], object]) -> list[Future]:
    """Start the calls beside this thread and return as soon as each waits for a lock that this thread holds."""

    def run(call: Callable[[], object]) -> object:
        try:
            return call()
        finally:
            connections.close_all()

    pool = ThreadPoolExecutor(len(calls))
    futures = [pool.submit(run, call) for call in calls]
    pool.shutdown(wait=False)
    end = time.monotonic() + 2
    while _waiting() < len(calls) and not all(future.done() for future in futures):
        assert time.monotonic() < end, "nobody waits for a lock"
        time.sleep(0.01)
    return futures


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]
