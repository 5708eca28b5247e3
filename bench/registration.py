"""What does a registration cost, end to end with its mail, beside a bare Django form with one insert and a Celery mail?

    python -m bench.registration [--rounds N] [--registrations N]

Exits 1 when the goal is missed. bench/README.md says how it is measured.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Self

from bench import place
from bench.process import Broker, Database, Server, Worker, cpu_during, free_port, running
from bench.sink import Sink
from bench.visitor import InProcess, Visitor

GOAL = 3.0
WARM_UP = 20
PARTS = ("web", "worker", "database", "broker")


@dataclass(frozen=True)
class Person:
    """Somebody who registers, and the page on which that begins."""

    name: str
    email: str
    path: str


class Side:
    """All processes that a registration keeps busy, but the mail server, which is the same for both."""

    def __init__(self, server: Server, worker: Worker, broker: Broker) -> None:
        self.server, self.worker, self._database = server, worker, Database(server.database_url)
        self._clocks = (server.cpu, worker.cpu, self._database.cpu, broker.cpu)

    def cpu_during(self, work: Callable[[], None]) -> list[float] | None:
        """Return the CPU seconds of each of the PARTS; None when a process ended meanwhile."""

        def to_the_end() -> None:
            work()
            self.worker.wait_until_idle()

        return cpu_during(to_the_end, *self._clocks)

    def close(self) -> None:
        self._database.close()


@dataclass
class Way:
    """One way to register, and what each round took."""

    name: str
    invite: Callable[[int], list[Person]]
    """Makes everything that is there before: so many people, and an event for them."""
    register: Callable[[Visitor, Sink, Person], float]
    """Goes the whole way until the last mail is there; returns the seconds from the last click to that."""
    mails: int
    goal: float | None = None
    sql: list[str] = field(default_factory=list)
    requests: int = 0
    bytes: int = 0
    took: list[list[float]] = field(default_factory=list)
    ratios: list[tuple[float, ...]] = field(default_factory=list)
    """To each of the yardsticks."""
    waits: list[float] = field(default_factory=list)
    arrived: int = 0
    expected: int = 0

    def measure(self, side: Side, sink: Sink, registrations: int) -> list[float]:
        """Return CPU milliseconds a registration, by part."""
        while True:
            people = self.invite(registrations)
            before = sink.count
            took = side.cpu_during(partial(self._register_all, side, sink, people))
            self.expected += registrations * self.mails
            self.arrived += sink.count - before
            if took is not None:
                return [seconds * 1000 / registrations for seconds in took]

    def _register_all(self, side: Side, sink: Sink, people: list[Person]) -> None:
        for person in people:
            visitor = Visitor(side.server.port)
            self.waits.append(self.register(visitor, sink, person))
            self.requests, self.bytes = visitor.requests, visitor.bytes

    def add(self, took: list[float], yardsticks: list[list[float]]) -> None:
        self.took.append(took)
        self.ratios.append(tuple(sum(took) / sum(yardstick) for yardstick in yardsticks))

    def forget(self) -> Self:
        """Begin anew after the warm-up."""
        self.waits.clear()
        self.arrived = self.expected = 0
        return self

    @property
    def ratio(self) -> float:
        """To the first yardstick, which the goal is about."""
        return median(ratio for ratio, *_ in self.ratios)

    @property
    def missed(self) -> str:
        if self.arrived != self.expected:
            return f"{self.name}: {self.arrived} of {self.expected} mails"
        if self.goal and self.ratio > self.goal:
            return f"{self.name}, {self.ratio:.2f} > {self.goal}"
        return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--registrations", type=int, default=40, help="registrations a round and way")
    options = parser.parse_args()
    place.beside_postgres("bench.registration", alone=True)

    with Sink(free_port()) as sink, ExitStack() as stack:
        bare = [
            (stack.enter_context(_bare(sink, way, kept_seconds=seconds)), way)
            for way, seconds in (
                (Way("bare form", _strangers, _fill_in_bare_form, mails=1), 0),
                (Way("bare form, connections kept", _strangers, _fill_in_bare_form, mails=1), 60),
            )
        ]
        portal, ways = stack.enter_context(_portal(sink, options.registrations))
        for side, way in [*bare, *((portal, way) for way in ways)]:
            way.measure(side, sink, WARM_UP)
            way.forget()
        for number in range(options.rounds):
            sys.stderr.write(f"round {number + 1} of {options.rounds}\n")
            _round(sink, bare, portal, ways, options.registrations)
        ways = [*(way for _, way in bare), *ways]
        _print_table(ways)
    missed = [way.missed for way in ways if way.missed]
    for sentence in missed:
        sys.stdout.write(f"Missed: {sentence}\n")
    return 1 if missed else 0


# --- The two sides ----------------------------------------------------------------------------------------------------


@contextmanager
def _broker() -> Iterator[Broker]:
    with tempfile.TemporaryDirectory(prefix="klimapakt-bench-") as folder, running(Broker(Path(folder))) as broker:
        yield broker


@contextmanager
def _bare(sink: Sink, way: Way, *, kept_seconds: int) -> Iterator[Side]:
    with place.new_database(f"bare{kept_seconds}") as url, _broker() as broker:
        environ = os.environ | {
            "DATABASE_URL": url,
            "REDIS_URL": broker.url,
            "MAIL_URL": sink.url,
            "KEPT_SECONDS": str(kept_seconds),
        }
        way.sql = json.loads(
            subprocess.run(
                [sys.executable, "-m", "bench.bare.registration"],
                cwd=place.ROOT,
                env=environ,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout
        )
        module = "bench.bare.registration"
        with (
            running(Server(f"{module}:application", environ, free_port(), "/thanks/")) as server,
            running(Worker(module, environ)) as worker,
            closing(Side(server, worker, broker)) as side,
        ):
            yield side


@contextmanager
def _portal(sink: Sink, registrations: int) -> Iterator[tuple[Side, list[Way]]]:
    port = free_port()
    with _broker() as broker, place.portal(port, broker=broker.url, mail=sink.url) as environ, ExitStack() as stack:
        from bench import data

        data.create_pact()
        data.add_partners(1, max(registrations, WARM_UP))
        data.add_events()
        ways = [
            Way("by personal link", _invited, _follow_link, mails=1, goal=GOAL),
            Way("as a stranger, two mails", _strangers_at_event, _prove_address, mails=2),
        ]
        for way in ways:
            way.sql = _count_queries(way, sink)
        data.analyse()
        server = stack.enter_context(running(Server("klimapakt.wsgi:application", environ, port, "/health/live")))
        worker = stack.enter_context(running(Worker("klimapakt", environ)))
        yield stack.enter_context(closing(Side(server, worker, broker))), ways


def _count_queries(way: Way, sink: Sink) -> list[str]:
    """Register in this process, the worker's part as well; the second time, when everything that is kept is there."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from klimapakt.celery import app

    app.conf.task_always_eager = True
    for person in way.invite(2):
        with CaptureQueriesContext(connection) as queries:
            way.register(InProcess(), sink, person)
    return [query["sql"] for query in queries]


# --- The ways ---------------------------------------------------------------------------------------------------------

_numbers = count(1)


def _strangers(registrations: int, path: str = "/register/") -> list[Person]:
    numbers = [next(_numbers) for _ in range(registrations)]
    return [Person(f"Max Muster {number}", f"max-{number}@person.example", path) for number in numbers]


def _fill_in_bare_form(visitor: Visitor, sink: Sink, person: Person) -> float:
    form = visitor.get(person.path)
    clicked = time.monotonic()
    visitor.post(person.path, form, name=person.name, email=person.email, organisation="Musterbetrieb", note="")
    sink.take(person.email)
    return time.monotonic() - clicked


def _invited(registrations: int) -> list[Person]:
    from bench import data

    _, invitations = data.add_meeting(registrations)
    return [
        Person(invitation.contact.name, invitation.contact.email, _path(link.url())) for invitation, link in invitations
    ]


def _follow_link(visitor: Visitor, sink: Sink, person: Person) -> float:
    """Open the personal link of the invitation, take a seat, see that it is taken."""
    form = visitor.post(person.path, visitor.get(person.path))
    path = re.search(r'action="([^"]+/anmelden/)"', form)[1]
    clicked = time.monotonic()
    visitor.post(path, form, name_1=person.name, note="")
    mail = sink.take(person.email)
    waited = time.monotonic() - clicked
    _check_calendar_file(mail)
    return waited


def _strangers_at_event(registrations: int) -> list[Person]:
    from bench import data

    event, _ = data.add_meeting(registrations)
    return _strangers(registrations, f"{event.get_absolute_url()}anmelden/")


def _prove_address(visitor: Visitor, sink: Sink, person: Person) -> float:
    """Fill in the public form, open the link of the mail that asks for proof, get the second mail."""
    form = visitor.get(person.path)
    visitor.post(person.path, form, name_1=person.name, email=person.email, organisation_name="", note="", homepage="")
    text = message_from_bytes(sink.take(person.email), policy=default).get_content()
    link = _path(re.search(r"http://\S+/z/\S+", text)[0])
    button = visitor.get(link)
    clicked = time.monotonic()
    visitor.post(link, button)
    mail = sink.take(person.email)
    waited = time.monotonic() - clicked
    _check_calendar_file(mail)
    return waited


def _path(url: str) -> str:
    return re.sub(r"^http://[^/]+", "", url)


def _check_calendar_file(mail: bytes) -> None:
    parts = [part.get_content_type() for part in message_from_bytes(mail, policy=default).iter_attachments()]
    if parts != ["text/calendar"]:
        raise SystemExit(f"This confirmation has no calendar file:\n{mail[:3000].decode()}")


# --- Rounds -----------------------------------------------------------------------------------------------------------


def _round(sink: Sink, bare: list[tuple[Side, Way]], portal: Side, ways: list[Way], registrations: int) -> None:
    """Measure the yardsticks before and after each way, so that a machine that slows down slows all."""
    half = registrations // 2
    before = [way.measure(side, sink, half) for side, way in bare]
    for way in ways:
        took = way.measure(portal, sink, registrations)
        after = [way.measure(side, sink, half) for side, way in bare]
        yardsticks = [_middle(*pair) for pair in zip(before, after, strict=True)]
        for (_, yardstick), cost in zip(bare, yardsticks, strict=True):
            yardstick.add(cost, yardsticks)
        way.add(took, yardsticks)
        before = after


def _middle(before: list[float], after: list[float]) -> list[float]:
    return [(old + new) / 2 for old, new in zip(before, after, strict=True)]


def _print_table(ways: list[Way]) -> None:
    lines = [
        "| registration | requests | kB | SQL (writes) | CPU ms " + " + ".join(PARTS) + " | × bare | rounds | goal"
        " | × bare, kept | mails | click to mail, ms |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for way in ways:
        parts = " + ".join(f"{median(part):.1f}" for part in zip(*way.took, strict=True))
        statements = [sql for sql in way.sql if not re.match("BEGIN|COMMIT|SAVEPOINT|RELEASE|ROLLBACK", sql)]
        writes = [sql for sql in statements if re.match("INSERT|UPDATE|DELETE", sql)]
        lines.append(
            f"| {way.name} | {way.requests} | {way.bytes / 1000:.1f} | {len(statements)} ({len(writes)}) | {parts}"
            f" | **{way.ratio:.2f}** | {min(way.ratios)[0]:.2f}–{max(way.ratios)[0]:.2f} | {way.goal or ''}"
            f" | {median(ratio for _, ratio in way.ratios):.2f} | {way.arrived}/{way.expected} | {median(way.waits) * 1000:.0f} |"
        )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
