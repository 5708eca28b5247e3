"""An SMTP server that a test scripts: it refuses, hesitates, falls silent or hangs up at any stage.

    peer.at("RCPT", "451 4.7.1 Greylisted")    # once; from the next mail on it behaves
    peer.at("DOT", HANG_UP, to="erika@…")      # it has taken the mail of this person, and hangs up without an answer
    peer.at("QUIT", FALL_SILENT, always=True)

It keeps what it took, byte for byte, and counts its sessions.
"""

import contextlib
import dataclasses
import select
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from enum import Enum
from pathlib import Path

import pytest

CERTIFICATE = Path(__file__).with_name("smtp_peer.pem")
"""A key nobody protects and a certificate that nobody but itself has signed, for localhost and 127.0.0.1."""


class Act(Enum):
    HANG_UP = "hang up"
    FALL_SILENT = "fall silent"


HANG_UP, FALL_SILENT = Act

Step = Act | str | float | Callable[["Dialogue"], object] | None
"""What to do instead of the usual answer: an Act; other words; seconds to wait first; a call that may return a step."""


@dataclass(frozen=True)
class Taken:
    """A mail of which the peer has every byte, whether or not it came to say so; `at` is monotonic."""

    content: bytes
    sender: str
    recipients: tuple[str, ...]
    session: int
    at: float = field(default_factory=time.monotonic)

    @property
    def message_id(self) -> str:
        return message_from_bytes(self.content)["Message-ID"]


@dataclass
class Rule:
    stage: str
    steps: list[Step]
    to: str
    always: bool


class Peer:
    """Listens on a port of its own from the start until `close`.

    Stages in their order: CONNECT EHLO STARTTLS AUTH MAIL RCPT DATA BODY (some lines came) DOT (all came, and is
    kept unless the answer is a refusal) RSET QUIT.
    """

    def __init__(self, *, extensions: tuple[str, ...] = ("8BITMIME", "PIPELINING"), starttls: bool = False) -> None:
        self.extensions = (*extensions, "STARTTLS") if starttls else extensions
        self.taken: list[Taken] = []
        self.refused: list[Taken] = []
        self.reached: Counter[str] = Counter()
        self.logins: list[str] = []
        self.sessions = self.open = self.most_open = 0
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.rules: list[Rule] = []
        self.dialogues: list[tuple[threading.Thread, socket.socket]] = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port: int = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """For MAIL_URL of a worker."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    def at(self, stage: str, *steps: Step, to: str = "", always: bool = False) -> None:
        """Do these steps the next times the stage is reached (with this recipient); earlier rules come first."""
        with self.lock:
            self.rules.append(Rule(stage, list(steps), to, always))

    def behave(self) -> None:
        """Forget the rules."""
        with self.lock:
            self.rules.clear()

    def copies(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(mail.message_id for mail in list(self.taken))

    def wait_for(self, it_is_so: Callable[[], bool], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not it_is_so():
            assert time.monotonic() < end, f"{len(self.taken)} mails taken; {dict(self.reached)}"
            time.sleep(0.01)

    def close(self) -> None:
        """Hang up everywhere."""
        self.over.set()
        for listening in (self.listener, *(connection for _, connection in self.dialogues)):
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in (self.thread, *(thread for thread, _ in self.dialogues)):
            thread.join(5)

    def next_step(self, stage: str, recipients: list[str]) -> Step:
        with self.lock:
            self.reached[stage] += 1
            for rule in self.rules:
                if rule.stage == stage and rule.steps and (not rule.to or rule.to in recipients):
                    return rule.steps[0] if rule.always else rule.steps.pop(0)
        return None

    def _listen(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.sessions += 1
                self.open += 1
                self.most_open = max(self.most_open, self.open)
                number = self.sessions
            thread = threading.Thread(target=self._talk, args=[connection, number], daemon=True)
            self.dialogues.append((thread, connection))
            thread.start()

    def _talk(self, connection: socket.socket, number: int) -> None:
        dialogue = Dialogue(self, connection, number)
        try:
            dialogue.run()
        finally:
            with self.lock:
                self.open -= 1
            dialogue.hang_up()


class _End(Exception):
    """The dialogue is over."""


class Dialogue:
    """One connection; `recipients` are those of the mail it is about."""

    def __init__(self, peer: Peer, connection: socket.socket, number: int) -> None:
        self.peer, self.connection, self.number = peer, connection, number
        self.lines = connection.makefile("rb")
        self._forget()

    def run(self) -> None:
        with contextlib.suppress(_End, OSError, ValueError):
            self._reach("CONNECT", "220 peer.example ESMTP")
            while line := self.lines.readline():
                self._obey(line.decode(errors="replace").strip())

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.lines.close()
        self.connection.close()

    def _obey(self, line: str) -> None:
        match line.upper().split(maxsplit=1):
            case ["EHLO" | "HELO", *_]:
                self._reach("EHLO", "\r\n".join([*(f"250-{name}" for name in self.peer.extensions), "250 HELP"]))
            case ["STARTTLS"]:
                if self._reach("STARTTLS", "220 go on"):
                    self._encrypt()
            case ["AUTH", *_]:
                self.peer.logins.append(line)
                self._reach("AUTH", "235 welcome")
            case ["MAIL", *_]:
                self._forget()
                self.sender = _address(line)
                self._reach("MAIL", "250 OK")
            case ["RCPT", *_]:
                self.recipients.append(_address(line))
                if not self._reach("RCPT", "250 OK"):
                    self.recipients.pop()
            case ["DATA"] if not self.recipients:
                self._say("503 no recipients")
            case ["DATA"]:
                if self._reach("DATA", "354 go on"):
                    self._take()
            case ["RSET"]:
                self._forget()
                self._reach("RSET", "250 OK")
            case ["NOOP"]:
                self._say("250 OK")
            case ["QUIT"]:
                self._reach("QUIT", "221 bye")
                raise _End
            case _:
                self._say("500 what?")

    def _take(self) -> None:
        """Read one mail. It is kept before the answer, so that an answer that is lost costs no mail."""
        lines = []
        while (line := self.lines.readline()) != b".\r\n":
            if not line:
                raise _End
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            if len(lines) == 3:
                self._do(self.peer.next_step("BODY", self.recipients), usual="")
        step = self.peer.next_step("DOT", self.recipients)
        is_refused = isinstance(step, str) and not step.startswith("2")
        mail = Taken(b"".join(lines), self.sender, tuple(self.recipients), self.number)
        (self.peer.refused if is_refused else self.peer.taken).append(mail)
        self._do(step, "250 OK")
        self._forget()

    def _reach(self, stage: str, usual: str) -> bool:
        """Answer; returns whether the client may go on."""
        return self._do(self.peer.next_step(stage, self.recipients), usual)

    def _do(self, step: Step, usual: str) -> bool:
        match step:
            case None:
                return self._say(usual)
            case str():
                return self._say(step)
            case Act.HANG_UP:
                raise _End
            case Act.FALL_SILENT:
                while not self.peer.over.wait(0.02) and not self._is_alone():
                    pass
                raise _End
            case float() | int():
                self.peer.over.wait(step)
                return self._say(usual)
            case _:
                return self._do(step(self), usual)

    def _say(self, words: str) -> bool:
        if words:
            self.connection.sendall(words.encode() + b"\r\n")
        if words.startswith("421"):
            raise _End
        return words[:1] in {"2", "3"}

    def _is_alone(self) -> bool:
        """Whether the client has hung up."""
        if isinstance(self.connection, ssl.SSLSocket):
            return False
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def _encrypt(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.lines = self.connection.makefile("rb")

    def _forget(self) -> None:
        self.sender, self.recipients = "", []


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


@pytest.fixture
def peer(settings) -> Iterator[Peer]:
    """A scripted server on which this process sends; workers find it by `MAIL_URL=peer.url`."""
    peer = Peer()
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=peer.port)
    yield peer
    peer.close()
