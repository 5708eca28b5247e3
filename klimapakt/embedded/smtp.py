"""The office's mail server, played on loopback: every accepted mail becomes a file of a Maildir.

Runs as a process of its own: `python -m klimapakt.embedded.smtp SOCKET_FD FOLDER`.
"""

import asyncio
import itertools
import os
import signal
import socket
import sys
import time
from pathlib import Path

from klimapakt.embedded.processes import MAIL_PROCESS, name_process

SIZE_LIMIT = 25_000_000  # what many town halls accept
_serial = itertools.count()


class MaildirHandler:
    """Says 250 only when the mail lies on disk, so that the portal may then forget it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        """Store the mail with its envelope, which a mail server notes at delivery."""
        head = f"Return-Path: <{envelope.mail_from or ''}>\r\n"
        head += "".join(f"Delivered-To: {recipient}\r\n" for recipient in envelope.rcpt_tos)
        deliver(self.folder, head.encode("utf-8", "surrogateescape") + envelope.original_content)
        return "250 OK"


def deliver(folder: Path, content: bytes) -> Path:
    """Write a mail into `tmp/`, flush it, and move it to `new/`: it appears complete or not at all."""
    name = f"{time.time():.6f}.P{os.getpid()}Q{next(_serial)}.klimapakt"
    unfinished, finished = folder / "tmp" / name, folder / "new" / name
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content.replace(b"\r\n", b"\n"))
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(finished)
    directory = os.open(finished.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return finished


def listening_socket() -> socket.socket:
    """Return a listening socket on a free port of loopback: bound before anybody has to know the number."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(64)
    return server


async def serve(server: socket.socket, folder: Path) -> None:
    """Accept mails until SIGTERM."""
    from aiosmtpd.smtp import SMTP

    handler = MaildirHandler(folder)

    def session() -> SMTP:
        return SMTP(
            handler, data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, hostname="mail.invalid", ident="Klimapakt"
        )

    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    listener = await loop.create_server(session, sock=server)
    await stopped.wait()
    listener.close()


def main() -> None:
    """Serve the socket that the launcher bound."""
    name_process(MAIL_PROCESS)
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])))


if __name__ == "__main__":
    main()
