"""The virus scanner: clamd, asked by its own protocol (man 8 clamd, INSTREAM). Without CLAMD_URL there is none."""

import logging
import socket
import struct
import time

from django.conf import settings

logger = logging.getLogger(__name__)

SECONDS_TO_CONNECT = 5
SECONDS_TO_ANSWER = 40
CHUNK = 64 * 1024
LONGEST_ANSWER = 1000

VIRUS_FOUND = "In dieser Datei hat unser Virenscanner Schadsoftware gefunden. Wir haben sie gelöscht. Bitte prüfen Sie Ihren Rechner und laden Sie eine andere Datei hoch."


class ScannerTrouble(Exception):
    """No answer, or none that says whether the file is clean."""


def is_used() -> bool:
    return settings.CLAMD is not None


def scan(content: bytes) -> str:
    """Return the name of the virus, or an empty string for a clean file.

    Raises ScannerTrouble whenever the scanner does not say plainly that it is one or the other.
    """
    end = time.monotonic() + SECONDS_TO_ANSWER
    try:
        with _connected() as connection:
            answer = _ask(connection, content, end)
    except OSError as error:
        raise ScannerTrouble(f"the scanner cannot be reached: {type(error).__name__}") from error
    match answer.removeprefix("stream: ").rsplit(" ", 1):
        case ["OK"] if answer == "stream: OK":
            return ""
        case [virus, "FOUND"] if answer.startswith("stream: ") and virus:
            logger.warning("the scanner found %s", virus[:100])
            return virus[:100]
    raise ScannerTrouble(f"the scanner said {answer[:100]!r}")


def _connected() -> socket.socket:
    address = settings.CLAMD
    if address.path:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(SECONDS_TO_CONNECT)
        try:
            connection.connect(address.path)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection((address.host, address.port), timeout=SECONDS_TO_CONNECT)


def _ask(connection: socket.socket, content: bytes, end: float) -> str:
    """Send the content in chunks and return the answer, which may come before all is sent."""
    try:
        _until(end, connection).sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            chunk = content[start : start + CHUNK]
            _until(end, connection).sendall(struct.pack(">I", len(chunk)) + chunk)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it hung up: perhaps it has said why
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        received = _until(end, connection).recv(LONGEST_ANSWER)
        if not received:
            break
        answer += received
    if not answer.endswith(b"\0"):
        raise ScannerTrouble("the scanner hung up before it answered")
    return answer.rstrip(b"\0").decode(errors="replace").strip()


def _until(end: float, connection: socket.socket) -> socket.socket:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)
    return connection
