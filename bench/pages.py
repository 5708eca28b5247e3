"""What do the public pages cost, beside a bare Django list view of 50 rows in the same run?

    python -m bench.pages [--rounds N] [--requests N]

Exits 1 when a page misses its goal. bench/README.md says how it is measured.
"""

import argparse
import gzip
import subprocess
import sys
from dataclasses import dataclass, field
from statistics import median

from bench import place
from bench.process import Server, free_port, running

LIST_GOAL, PAGE_GOAL, KEPT_GOAL = 2.0, 1.0, 0.4
WITH_COOKIE = {"Cookie": "x=1"}
"""Not a session: all that it does is to keep the page store out."""


@dataclass
class Series:
    """One page asked for in one way, and what each round took."""

    name: str
    path: str
    headers: dict[str, str]
    goal: float
    queries: int
    web: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)

    def add(self, web: float, database: float, yardstick: float) -> None:
        self.web.append(web)
        self.database.append(database)
        self.ratios.append((web + database) / yardstick)

    @property
    def ratio(self) -> float:
        return median(self.ratios)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=100, help="requests a round and page")
    options = parser.parse_args()
    place.beside_postgres("bench.pages")

    port, bare_port = free_port(), free_port()
    with place.new_database("bare") as bare_url, place.portal(port) as environ:
        bare_environ = environ | {"DATABASE_URL": bare_url}
        bare_queries = subprocess.run(
            [sys.executable, "-m", "bench.bare.project"],
            cwd=place.ROOT,
            env=bare_environ,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        pages = _pages()
        with (
            running(Server("bench.bare.project:application", bare_environ, bare_port, "/companies/")) as bare,
            running(Server("klimapakt.wsgi:application", environ, port, "/health/live")) as portal,
        ):
            yardstick = Series("bare list view", "/companies/", {}, 1.0, int(bare_queries))
            for series in pages:
                _warm_up(portal, series)
            _warm_up(bare, yardstick)
            for number in range(options.rounds):
                _progress(f"round {number + 1} of {options.rounds}")
                _round(bare, yardstick, portal, pages, options.requests)
            _print_table(bare, yardstick, portal, pages)
    missed = [series for series in pages if series.ratio > series.goal]
    for series in missed:
        sys.stdout.write(f"Missed: {series.name}, {series.ratio:.2f} > {series.goal}\n")
    return 1 if missed else 0


def _pages() -> list[Series]:
    """Fill the database and say what is asked for."""
    from bench import data

    data.create_pact()
    data.add_partners(1, 50)
    slug = data.add_events()
    data.analyse()
    paths = [
        ("start page", "/", PAGE_GOAL),
        ("list of 50 partners", "/klimapartner/", LIST_GOAL),
        ("profile", f"/klimapartner/{data.profile_of(1)}/", PAGE_GOAL),
        ("event page", f"/veranstaltungen/{slug}/", PAGE_GOAL),
    ]
    rendered = [Series(name, path, WITH_COOKIE, goal, _count_queries(path, WITH_COOKIE)) for name, path, goal in paths]
    kept = [Series(f"{name}, kept", path, {}, KEPT_GOAL, _count_queries(path, {})) for name, path, _ in paths]
    return rendered + kept


def _count_queries(path: str, headers: dict[str, str]) -> int:
    """Count in this process; the second time, when everything that is kept is there."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client = Client(SERVER_NAME="127.0.0.1", headers=headers)
            if client.get(path).status_code != 200:
                raise SystemExit(f"{path} is not there.")
    return len(queries)


def _warm_up(asked: Server, series: Series) -> None:
    for _ in range(20):
        asked.get(series.path, series.headers)


def _round(bare: Server, yardstick: Series, portal: Server, pages: list[Series], requests: int) -> None:
    """Measure the yardstick before and after each page, so that a machine that slows down slows both."""
    before = bare.cpu_per_request(yardstick.path, {}, requests=requests // 2)
    for series in pages:
        took = portal.cpu_per_request(series.path, series.headers, requests=requests)
        after = bare.cpu_per_request(yardstick.path, {}, requests=requests // 2)
        web, database = (before[0] + after[0]) / 2, (before[1] + after[1]) / 2
        yardstick.add(web, database, web + database)
        series.add(*took, web + database)
        before = after


def _print_table(bare: Server, yardstick: Series, portal: Server, pages: list[Series]) -> None:
    lines = [
        "| page | CPU ms web + database | × bare | rounds | goal | queries | bytes | gzip |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for asked, series in [(bare, yardstick), *((portal, series) for series in pages)]:
        body = asked.get(series.path, {**series.headers, "Accept-Encoding": "identity"})
        lines.append(
            f"| {series.name} | {median(series.web):.2f} + {median(series.database):.2f} | **{series.ratio:.2f}**"
            f" | {min(series.ratios):.2f}–{max(series.ratios):.2f} | {series.goal:.1f} | {series.queries}"
            f" | {len(body):,} | {len(gzip.compress(body, 6)):,} |"
        )
    lines += ["", "| | start to first answer, s | CPU s until then | memory MB (PSS) |", "|---|---|---|---|"]
    for name, asked in (("bare project", bare), ("portal", portal)):
        lines.append(f"| {name} | {asked.start_seconds:.1f} | {asked.start_cpu:.1f} | {asked.memory():.0f} |")
    sys.stdout.write("\n".join(lines) + "\n")


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
