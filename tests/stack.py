"""The running portal for tests: granian and the worker as processes, an SMTP peer in this one."""

import contextlib
import mailbox
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parent.parent


class Postbox:
    """An SMTP peer on the worker's own port. What it takes lies as a Maildir where `/postfach/` looks.

    `before_answer` is called with each message before the peer says OK; it may raise or take its time.
    """

    def __init__(self) -> None:
        self.folder = mailbox.Maildir(settings.DATA_DIR / "mail", create=True)
        self.before_answer: Callable[[EmailMessage], None] | None = None
        self.answer = "250 OK"
        self.controller = Controller(self, hostname="127.0.0.1", port=settings.MAIL_SERVER.port, ready_timeout=10)
        self.controller.start()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        message = message_from_bytes(envelope.content, policy=default)
        self.folder.add(envelope.content)
        if self.before_answer:
            self.before_answer(message)
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
        self.before_answer, self.answer = None, "250 OK"


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


def process_environment() -> dict[str, str]:
    """Return the environment of a part of the portal that works on this test's database."""
    names = connection.settings_dict
    base = os.environ["DATABASE_URL"]
    head, _, tail = base.partition("?")
    url = f"{head.rpartition('/')[0]}/{names['NAME']}" + (f"?{tail}" if tail else "")
    return {**os.environ, "DATABASE_URL": url, "PYTHONUNBUFFERED": "1"}


class Process:
    """A part of the portal as a process group of its own."""

    def __init__(self, name: str, *command: str) -> None:
        self.log = settings.DATA_DIR / "log" / f"{name}.log"
        with self.log.open("wb") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=process_environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End the whole group at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(10)

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


def start_web() -> Process:
    web = Process("web", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", os.environ["PORT"], "--workers", "1",
                  "--blocking-threads", "4", "klimapakt.wsgi:application")  # fmt: skip
    web.wait_until(_answers)
    return web


def _answers() -> bool:
    try:
        with urllib.request.urlopen(settings.PORTAL_BASE_URL + "/health/live", timeout=1):
            return True
    except OSError:
        return False


def start_worker(name: str = "worker") -> Process:
    """Start a Celery worker and wait until it listens."""
    worker = Process(name, "celery", "-A", "klimapakt", "worker", "--pool", "prefork", "-c", "1", "--loglevel", "INFO")
    worker.wait_for_line("ready.")
    return worker


@pytest.fixture(scope="session")
def _web(django_db_setup, django_db_blocker) -> Iterator[str]:
    with django_db_blocker.unblock():
        web = start_web()
    yield settings.PORTAL_BASE_URL
    web.kill()


@pytest.fixture(scope="session")
def _worker(django_db_setup, django_db_blocker) -> Iterator[Process]:
    with django_db_blocker.unblock():
        worker = start_worker("session-worker")
    yield worker
    worker.kill()


@pytest.fixture
def portal(transactional_db, postbox: Postbox, _web: str, _worker: Process) -> str:
    """The whole portal, running: returns its address. Mails arrive in `postbox`."""
    return _web
