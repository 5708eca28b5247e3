"""The running portal for tests: granian and the worker as processes, an SMTP peer in this one."""

import asyncio
import contextlib
import itertools
import mailbox
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from klimapakt.celery import app as celery
from tests.environment import free_port

ROOT = Path(__file__).parent.parent


class Postbox:
    """An SMTP peer on the worker's own port. What it takes lies as a Maildir where `/postfach/` looks.

    `before_data` is called when a recipient is named, `before_answer` with each message before the peer says OK;
    they may raise or take their time.
    `answer` is said to each message, `answer_to` to a recipient.
    """

    def __init__(self) -> None:
        self.folder = mailbox.Maildir(settings.DATA_DIR / "mail", create=True)
        self.before_data: Callable[[], None] | None = None
        self.before_answer: Callable[[EmailMessage], None] | None = None
        self.answer = "250 OK"
        self.answer_to: dict[str, str] = {}
        self.controller = Controller(self, hostname="127.0.0.1", port=settings.MAIL_SERVER.port, ready_timeout=10)
        self.controller.start()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.before_data:
            await asyncio.to_thread(self.before_data)
        if address in self.answer_to:
            return self.answer_to[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        message = message_from_bytes(envelope.content, policy=default)
        self.folder.add(envelope.content)
        if self.before_answer:
            await asyncio.to_thread(self.before_answer, message)  # others may send meanwhile
        return self.answer

    def messages(self) -> list[EmailMessage]:
        """Return all mails taken so far, in no order."""
        return [message_from_bytes(self.folder.get_bytes(key), policy=default) for key in self.folder.keys()]  # noqa: SIM118 - a Maildir iterates over messages

    def wait_for(self, count: int = 1, *, to: str = "", subject: str = "", seconds: float = 20) -> list[EmailMessage]:
        """Return the mails that fit, as soon as there are `count`; fails when they do not come."""
        end = time.monotonic() + seconds
        while True:
            found = [m for m in self.messages() if to in m["To"] and subject in m["Subject"]]
            if len(found) >= count:
                return found
            assert time.monotonic() < end, (
                f"{len(found)} of {count} mails came: {[m['Subject'] for m in self.messages()]}"
            )
            time.sleep(0.05)

    def empty(self) -> None:
        self.folder.clear()
        self.before_data, self.before_answer, self.answer, self.answer_to = None, None, "250 OK", {}


@pytest.fixture(scope="session")
def _postbox(django_db_setup) -> Iterator[Postbox]:
    box = Postbox()
    yield box
    box.controller.stop()


@pytest.fixture
def postbox(_postbox: Postbox) -> Postbox:
    """The office's mail server, empty."""
    _postbox.empty()
    return _postbox


class Held:
    """A hook for the postbox that stops the first dialogue until it is told to go on."""

    def __init__(self) -> None:
        self.first = threading.Lock()
        self.reached, self.released = threading.Event(), threading.Event()

    def __call__(self, message: EmailMessage | None = None) -> None:
        if self.first.acquire(blocking=False):
            self.reached.set()
            assert self.released.wait(20), "nobody let the dialogue go on"

    def wait(self) -> None:
        assert self.reached.wait(20), "no dialogue came so far"


def process_environment() -> dict[str, str]:
    """Return the environment of a part of the portal that works on this test's database."""
    names = connection.settings_dict
    base = os.environ["DATABASE_URL"]
    head, _, tail = base.partition("?")
    url = f"{head.rpartition('/')[0]}/{names['NAME']}" + (f"?{tail}" if tail else "")
    return {**os.environ, "DATABASE_URL": url, "PYTHONUNBUFFERED": "1"}


_numbers = itertools.count(1)


class Process:
    """A part of the portal as a process group of its own."""

    address = ""

    def __init__(self, name: str, *command: str, **environment: str) -> None:
        self.log = settings.DATA_DIR / "log" / f"{name}.log"
        self.environment = process_environment() | {"PGAPPNAME": f"{name} {next(_numbers)}"} | environment
        with self.log.open("wb") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End the whole group at once, as a power cut would, and with it what the database still does for it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(10)
        # A test may have taken the database away.
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.environment["DATABASE_URL"]) as ours:
            ours.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE application_name = %s AND datname = current_database()",
                [self.environment["PGAPPNAME"]],
            )

    def wait_for_line(self, text: str, seconds: float = 30) -> None:
        """Wait until the log says it; a process that never does is killed and fails the test."""
        self.wait_until(lambda: text in self.log.read_text(errors="replace"), seconds)

    def wait_until(self, it_is_so: Callable[[], bool], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not it_is_so():
            if self.popen.poll() is not None or time.monotonic() > end:
                self.kill()
                pytest.fail(self.log.read_text(errors="replace")[-2000:])
            time.sleep(0.05)


def start_web(
    name: str = "web", *, port: int = 0, app: str = "klimapakt.wsgi", threads: int = 4, **environment: str
) -> Process:
    """Start granian and wait until it answers; `address` says where."""
    port = port or free_port()
    web = Process(name, "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
                  "--blocking-threads", str(threads), f"{app}:application", **environment)  # fmt: skip
    web.address = f"http://127.0.0.1:{port}"
    web.wait_until(lambda: _answers(web.address))
    return web


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health/live", timeout=1):
            return True
    except OSError:
        return False


def start_worker(name: str = "worker", *, app: str = "klimapakt", **environment: str) -> Process:
    """Start a Celery worker and wait until it listens."""
    worker = Process(
        name, "celery", "-A", app, "worker", "--pool", "prefork", "-c", "1", "--loglevel", "INFO", **environment
    )
    worker.wait_for_line("ready.")
    return worker


@pytest.fixture(scope="session")
def _web(django_db_setup, django_db_blocker) -> Iterator[str]:
    with django_db_blocker.unblock():
        web = start_web(port=int(os.environ["PORT"]))
    yield settings.PORTAL_BASE_URL
    web.kill()


class StandingWorker:
    """The worker of all tests that ask for the portal. It rests while others commit."""

    def __init__(self) -> None:
        self.process: Process | None = None

    def work(self) -> None:
        if self.process is None or self.process.popen.poll() is not None:
            self.process = start_worker("session-worker")

    def rest(self) -> None:
        if self.process:
            self.process.kill()
            self.process = None


@pytest.fixture(scope="session")
def _worker(django_db_setup) -> Iterator[StandingWorker]:
    worker = StandingWorker()
    yield worker
    worker.rest()


@pytest.fixture(scope="session")
def _content_types(django_db_setup, django_db_blocker) -> dict[tuple[str, str], int]:
    with django_db_blocker.unblock():
        return {(row.app_label, row.model): row.pk for row in ContentType.objects.all()}


@pytest.fixture
def _known_content_types(transactional_db, _content_types: dict[tuple[str, str], int]) -> None:
    """A test's flush numbers the content types anew, but a running process keeps the numbers it has seen."""
    ContentType.objects.clear_cache()
    moved = [
        (row.pk, known)
        for row in ContentType.objects.all()
        if (known := _content_types[row.app_label, row.model]) != row.pk
    ]
    with transaction.atomic():  # foreign keys are checked at its end
        for number, known in [*((now, -now) for now, _ in moved), *((-now, known) for now, known in moved)]:
            Permission.objects.filter(content_type=number).update(content_type=known)
            ContentType.objects.filter(pk=number).update(id=known)
    ContentType.objects.clear_cache()


@pytest.fixture
def portal(_known_content_types, postbox: Postbox, _web: str, _worker: StandingWorker) -> str:
    """The whole portal, running: returns its address. Mails arrive in `postbox`."""
    _worker.work()
    return _web


@pytest.fixture(autouse=True)
def _worker_rests(request: pytest.FixtureRequest) -> None:
    """A worker that one test has started does not touch what another one commits."""
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction"))
    if commits and "portal" not in request.fixturenames:
        request.getfixturevalue("_worker").rest()


@pytest.fixture
def no_worker(transactional_db, _worker: StandingWorker) -> None:
    """What waits goes on waiting, also where the portal runs; the broker is empty."""
    _worker.rest()
    empty_broker()


@pytest.fixture
def start(no_worker) -> Iterator[Callable[..., Process]]:
    """Return a function that starts workers (`start_worker`) that belong to this test alone; the broker is empty."""
    started: list[Process] = []

    def start(name: str = "worker", **options: str) -> Process:
        started.append(start_worker(name, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()


def empty_broker() -> None:
    """Lose everything the broker holds for this test process, as a broker without a disk does."""
    with celery.connection_for_write() as broker:
        broker.default_channel.client.flushdb()
