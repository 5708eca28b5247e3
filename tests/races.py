"""Several threads, each with a connection of its own, at the same rows."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import wraps
from threading import Barrier, current_thread, local, main_thread

from django.db import connection, connections

PATIENCE = 60
"""Seconds: so long that the pace of a busy machine decides no test."""


def at_once(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Run all calls at the same moment; returns what each returned or raised."""
    barrier = Barrier(len(calls), timeout=PATIENCE)

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


def together[Result](function: Callable[..., Result], threads: int = 2) -> Callable[..., Result]:
    """Return the function so that it ends for nobody before all threads are through with it, each for the first time.

    What each of them saw is then old before anybody goes on: a test without a guard shows the harm always, not by
    chance. The test's own thread does not wait.
    """
    everybody, this_thread = Barrier(threads, timeout=PATIENCE), local()

    @wraps(function)
    def wait_for_the_others(*args: object, **options: object) -> Result:
        result = function(*args, **options)
        if current_thread() is not main_thread() and not hasattr(this_thread, "was_here"):
            this_thread.was_here = True
            everybody.wait()
        return result

    return wait_for_the_others


def started(*calls: Callable[[], object]) -> list[Future]:
    """Start the calls beside this thread and return as soon as each waits for a lock that this thread holds.

    They wait until they get it: how long a person waits at most is a matter of other tests.
    """

    def run(call: Callable[[], object]) -> object:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{PATIENCE}s'")
                cursor.execute(f"SET statement_timeout = '{PATIENCE}s'")
            return call()
        finally:
            connections.close_all()

    pool = ThreadPoolExecutor(len(calls))
    futures = [pool.submit(run, call) for call in calls]
    pool.shutdown(wait=False)
    end = time.monotonic() + PATIENCE
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
