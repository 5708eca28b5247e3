"""How many mails a second leave, beside Django's own way and bare smtplib; and what 50,000 waiting mails cost.

    python -m bench.mail [--rounds N] [--mails N] [--long-run N]

Exits 1 when a goal is missed. bench/README.md says how it is measured.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from smtplib import SMTP
from statistics import median

from bench import place
from bench.process import Database, Process, cpu_during, cpu_seconds, free_port, running

FASTER_THAN_DJANGO = 1.5
SLOWER_CLAIM = 1.2
WRITTEN_WITHIN = 10
GROWN_MEGABYTES = 5
WRITTEN = 5000
FEW, MANY = 100, 50_000
CLAIMS = 300
TEXT = (
    "Guten Tag {name},\n\nam 3. Dezember um 17 Uhr treffen sich die Partner des Klimapakts. Wir sehen uns an, wie ein "
    "Betrieb seine Abwärme nutzt, und rechnen gemeinsam nach, was es bringt.\n\n{startseite}\n\nDanach ist Zeit für "
    "Gespräche. Für einen Imbiss ist gesorgt. Bitte sagen Sie uns bis zum 26. November, ob Sie kommen."
)


class Sink(Process):
    """The mail server as a process of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}?tls=none"
        super().__init__([sys.executable, "-m", "bench.mail_sink", str(self.port)], dict(os.environ))

    def _is_ready(self) -> bool:
        try:
            return self.count() >= 0
        except OSError:
            return False

    def count(self) -> int:
        """Return how many mails came so far."""
        with SMTP("127.0.0.1", self.port) as connection:
            return int(connection.docmd("XCOUNT")[1])


class Sender:
    """A process that sends when it is told to."""

    def __init__(self, way: str, environ: dict[str, str]) -> None:
        self.popen = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "bench.mail_sides", way],
            cwd=place.ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, word: str) -> None:
        if (line := self.popen.stdout.readline()).strip() != word:
            raise SystemExit(f"A sender said {line!r} instead of {word}.")

    def go_on(self) -> None:
        self.popen.stdin.write("\n")
        self.popen.stdin.flush()

    def memory(self) -> float:
        """Return megabytes (RSS)."""
        line = next(row for row in Path(f"/proc/{self.popen.pid}/status").read_text().splitlines() if "VmRSS" in row)
        return int(line.split()[1]) / 1024

    def cpu(self) -> float:
        return cpu_seconds(self.popen.pid)

    def close(self) -> None:
        if self.popen.poll() is None:
            self.go_on()
        self.popen.wait(10)


@dataclass
class Way:
    """One way to send, and what each round took."""

    name: str
    side: str
    workers: int = 1
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    database_cpu: list[float] = field(default_factory=list)

    def send(self, mails: int, environ: dict[str, str], sink: Sink, database: Database) -> None:
        """Send everything there is and note mails a second and CPU milliseconds a mail."""
        environ = environ | {"MAIL_SESSIONS": str(self.workers)}
        with ExitStack() as stack:
            senders = [stack.enter_context(closing(Sender(self.side, environ))) for _ in range(self.workers)]
            for sender in senders:
                sender.wait_for("ready")
            before, used = sink.count(), sum(sender.cpu() for sender in senders)
            began = time.monotonic()

            def work() -> None:
                for sender in senders:
                    sender.go_on()
                for sender in senders:
                    sender.wait_for("done")

            [in_database] = cpu_during(work, database.cpu) or [float("nan")]
            took = time.monotonic() - began
            self.rates.append(mails / took)
            self.cpu.append((sum(sender.cpu() for sender in senders) - used) * 1000 / mails)
            self.database_cpu.append(in_database * 1000 / mails)
            if sink.count() - before != mails:
                raise SystemExit(f"{self.name}: {sink.count() - before} of {mails} mails came.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mails", type=int, default=2000, help="mails a round and way")
    parser.add_argument("--long-run", type=int, default=20_000, help="mails over which a worker's memory is watched")
    options = parser.parse_args()
    place.beside_postgres("bench.mail", alone=True)

    with running(Sink()) as sink, place.portal(free_port(), mail=sink.url) as environ:
        from bench import data

        data.create_pact()
        missed = [
            *_writing(),
            *_claiming(),
            *_sending(options.rounds, options.mails, environ, sink),
            *_memory(options.long_run, environ, sink),
        ]
    for sentence in missed:
        sys.stdout.write(f"Missed: {sentence}\n")
    return 1 if missed else 0


# --- Writing and claiming ---------------------------------------------------------------------------------------------


def _write(count: int) -> float:
    """Write a mailing to so many people; returns the seconds."""
    from django import forms

    from klimapakt.mailbox import outbox
    from klimapakt.mailbox.audiences import Audience
    from klimapakt.mailbox.kinds import Placeholder
    from klimapakt.mailbox.models import OutgoingMail
    from klimapakt.pact.models import Pact

    kind = Audience(
        name="bench",
        title="Alle",
        explanation="Wer zum Messen da ist.",
        reason="Sie erhalten diese Mail, weil gemessen wird.",
        form_class=forms.Form,
        recipients=lambda choices: [],
        placeholders={"name": Placeholder("Name", lambda context: context["name"], "Max Muster")},
        topic="mailing",
    ).kind
    pact, first = Pact.load(), OutgoingMail.objects.count()
    letters = [
        outbox.Letter(f"bench:{n}", f"max{n}@musterbetrieb.example", f"Max Müller {n}", {"name": f"Max {n}"}, pact)
        for n in range(first, first + count)
    ]
    began = time.monotonic()
    if outbox.enqueue_all(kind, letters, texts=("Einladung zum Netzwerktreffen über Wärme", TEXT)) != count:
        raise SystemExit("Not all mails were written.")
    return time.monotonic() - began


def _writing() -> Iterator[str]:
    seconds = _write(WRITTEN)
    sys.stdout.write(f"Writing {WRITTEN:,} mails: {seconds:.1f} s, one transaction\n")
    if seconds > WRITTEN_WITHIN:
        yield f"writing, {seconds:.1f} s > {WRITTEN_WITHIN} s"


def _claiming() -> Iterator[str]:
    """Claim with few and with many mails waiting; each claim is taken back, so that as many wait for the next."""
    took: dict[int, list[float]] = {FEW: [], MANY: []}
    for waiting in (FEW, MANY, FEW, MANY):
        _leave_waiting(waiting)
        took[waiting] += _claims()
    few, many = median(took[FEW]) * 1000, median(took[MANY]) * 1000
    sys.stdout.write(
        f"A claim of one mail: {few:.2f} ms with {FEW} waiting, {many:.2f} ms with {MANY:,}: × {many / few:.2f}\n"
    )
    if many > few * SLOWER_CLAIM:
        yield f"claims, × {many / few:.2f} > {SLOWER_CLAIM}"


def _claims() -> list[float]:
    from django.db import transaction
    from django.utils import timezone

    from klimapakt.mailbox.models import OutgoingMail

    took = []
    for _ in range(CLAIMS):
        with transaction.atomic():
            began = time.perf_counter()
            [mail] = OutgoingMail.objects.claim(now=timezone.now())
            took.append(time.perf_counter() - began)
            transaction.set_rollback(True)
    return took


def _leave_waiting(count: int) -> None:
    """Leave so many mails, all due, and the table as if it had always been so."""
    from django.db import connection

    from klimapakt.mailbox.models import OutgoingMail

    while (missing := count - OutgoingMail.objects.count()) > 0:
        _write(min(missing, WRITTEN))
    superfluous = OutgoingMail.objects.order_by("pk").values("pk")[count:]
    OutgoingMail.objects.filter(pk__in=superfluous).delete()
    OutgoingMail.objects.update(status="queued", attempts=0, tried_at=None)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE mailbox_outgoingmail")


# --- Sending ----------------------------------------------------------------------------------------------------------


def _sending(rounds: int, mails: int, environ: dict[str, str], sink: Sink) -> Iterator[str]:
    ways = [
        Way("bare smtplib, prepared bytes", "bare"),
        Way("Django's send_messages", "django"),
        Way("the engine, 1 worker", "engine"),
        Way("the engine, 2 workers", "engine", workers=2),
        Way("the engine, 4 workers", "engine", workers=4),
    ]
    _leave_waiting(0)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file, closing(Database(environ["DATABASE_URL"])) as clock:
        _write(mails)
        json.dump(_as_json(), file)
        file.flush()
        environ = environ | {"BENCH_MAILS": file.name}
        for number in range(rounds):
            sys.stderr.write(f"round {number + 1} of {rounds}\n")
            for way in ways:
                if way.side == "engine":
                    _leave_waiting(0)
                    _leave_waiting(mails)
                way.send(mails, environ, sink, clock)
    bare, django, one, *_ = ways
    _print_table(ways, django)
    ratio = median(ours / theirs for ours, theirs in zip(one.rates, django.rates, strict=True))
    if ratio < FASTER_THAN_DJANGO:
        yield f"one worker, {ratio:.2f} × Django's rate < {FASTER_THAN_DJANGO}"


def _as_json() -> list[dict[str, str]]:
    from klimapakt.mailbox.message import build
    from klimapakt.mailbox.models import OutgoingMail
    from klimapakt.pact.models import Pact

    pact = Pact.load()
    return [
        {
            "to": mail.to_email,
            "name": mail.to_name,
            "subject": mail.subject,
            "text": mail.body,
            "html": mail.html,
            "message_id": mail.message_id,
            "bytes": build(mail, pact).decode("ascii"),
        }
        for mail in OutgoingMail.objects.all()
    ]


def _print_table(ways: list[Way], yardstick: Way) -> None:
    lines = ["| | mails a second | × Django | rounds | CPU ms a mail, sender + database |", "|---|---|---|---|---|"]
    for way in ways:
        ratios = [ours / theirs for ours, theirs in zip(way.rates, yardstick.rates, strict=True)]
        lines.append(
            f"| {way.name} | {median(way.rates):.0f} | **{median(ratios):.2f}** | {min(ratios):.2f}–{max(ratios):.2f}"
            f" | {median(way.cpu):.2f} + {median(way.database_cpu):.2f} |"
        )
    sys.stdout.write("\n".join(lines) + "\n")


def _memory(mails: int, environ: dict[str, str], sink: Sink) -> Iterator[str]:
    """Watch one worker's memory while it sends so many mails."""
    _leave_waiting(0)
    _leave_waiting(mails)
    before, seen = sink.count(), {}
    with closing(Sender("engine", environ)) as sender:
        sender.wait_for("ready")
        sender.go_on()
        while (sent := sink.count() - before) < mails:
            seen[sent] = sender.memory()
            time.sleep(0.2)
        sender.wait_for("done")
        seen[sent] = sender.memory()
    warm = next(memory for sent, memory in seen.items() if sent > mails / 10)
    end = seen[mails]
    sys.stdout.write(f"Memory of a worker: {warm:.0f} MB after a tenth of {mails:,} mails, {end:.0f} MB after all\n")
    if end > warm + GROWN_MEGABYTES:
        yield f"memory, {end - warm:.0f} MB more"


if __name__ == "__main__":
    sys.exit(main())
