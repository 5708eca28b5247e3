"""A virus scanner that a test scripts: it speaks clamd's INSTREAM, and errs on demand.

    clamd.next("stream: Eicar-Test-Signature FOUND")     # once, in place of what it would say
    clamd.always(HANG_UP)

By itself it finds the EICAR test file and nothing else.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from klimapakt.configuration.scanner import Scanner
from tests.corpus import EICAR

HANG_UP = "hang up"
FALL_SILENT = "fall silent"
TOO_LARGE = "hang up in the middle: INSTREAM size limit exceeded. ERROR"

FOUND = "stream: Eicar-Test-Signature FOUND"


class Clamd:
    """Listens on a port, or on a socket in the file system; keeps every byte that it was sent."""

    def __init__(self, path: Path | None = None) -> None:
        self.scanned: list[bytes] = []
        self.commands: list[bytes] = []
        self.answers: list[str] = []
        self.usual = ""
        self.over = threading.Event()
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(path))
            self.listener.listen()
            self.address = Scanner(path=str(path))
        else:
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.address = Scanner(host="127.0.0.1", port=self.listener.getsockname()[1])
        self.threads = [threading.Thread(target=self._listen, daemon=True)]
        self.threads[0].start()

    @property
    def url(self) -> str:
        """For CLAMD_URL of a worker."""
        return f"tcp://127.0.0.1:{self.address.port}"

    def next(self, *answers: str) -> None:
        self.answers += answers

    def always(self, answer: str) -> None:
        self.usual = answer

    def close(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(5)

    def _listen(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._talk, args=[connection], daemon=True)
            self.threads.append(thread)
            thread.start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as sent, contextlib.suppress(OSError, struct.error):
            answer = self.answers.pop(0) if self.answers else self.usual
            self.commands.append(sent.read(len(b"zINSTREAM\0")))
            if answer == TOO_LARGE:
                sent.read(1000)
                connection.sendall(TOO_LARGE.partition(": ")[2].encode() + b"\0")
                return
            content = b""
            while size := struct.unpack(">I", sent.read(4))[0]:
                content += sent.read(size)
            self.scanned.append(content)
            if answer == HANG_UP:
                return
            if answer == FALL_SILENT:
                self.over.wait(30)
                return
            connection.sendall((answer or (FOUND if EICAR in content else "stream: OK")).encode() + b"\0")


@pytest.fixture
def clamd(settings) -> Iterator[Clamd]:
    """A scanner that this process asks; workers find it by `CLAMD_URL=clamd.url`."""
    peer = Clamd()
    settings.CLAMD = peer.address
    yield peer
    peer.close()


@pytest.fixture
def no_clamd(settings) -> None:
    """A scanner is configured, and nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        settings.CLAMD = Scanner(host="127.0.0.1", port=probe.getsockname()[1])
