"""How does the cost of the public pages grow with the number of partners?

    python -m bench.growth [--partners 50 500 5000]

One request after the other in this process, everything rendered anew. Nothing passes or fails here: read the columns.
"""

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from bench import place
from bench.process import free_port

ROUNDS = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--partners", type=int, nargs="+", default=[50, 500, 5000])
    options = parser.parse_args()
    place.beside_postgres("bench.growth")
    with place.portal(free_port()):
        from bench import data

        data.create_pact()
        there = 0
        lines = ["| partners | page | queries | SQL ms | page ms |", "|---|---|---|---|---|"]
        for count in sorted(options.partners):
            data.add_partners(there + 1, count)
            if not there:
                data.add_events()
            there = count
            data.analyse()
            paths = [
                ("start page", "/"),
                ("list, first page", "/klimapartner/"),
                ("list, last page", f"/klimapartner/?seite={-(-count // 50)}"),
                ("list, a word", "/klimapartner/?q=lastenrad"),
                ("list, a word of nobody", "/klimapartner/?q=zeppelin"),
                ("profile", f"/klimapartner/{data.profile_of(count)}/"),
            ]
            lines += [f"| {count:,} | {name} | {_measure(path)} |" for name, path in paths]
        sys.stdout.write("\n".join(lines) + "\n")


def _measure(path: str) -> str:
    """Return queries, and the medians of SQL and whole milliseconds, as cells of a table."""
    from django.db import connection
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1", headers={"Cookie": "x=1"})
    asked: list[float] = []

    def clock(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            asked.append((time.perf_counter() - started) * 1000)

    sql, whole = [], []
    with connection.execute_wrapper(clock):
        for _ in range(ROUNDS):
            asked.clear()
            started = time.perf_counter()
            if client.get(path).status_code != 200:
                raise SystemExit(f"{path} is not there.")
            whole.append((time.perf_counter() - started) * 1000)
            sql.append(sum(asked))
    return f"{len(asked)} | {median(sql):.1f} | {median(whole):.1f}"


if __name__ == "__main__":
    main()
