"""Where all measured mails end: a mail server in this process, whose own CPU time nobody counts."""

import logging
import threading
from collections import defaultdict, deque

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

SECONDS = 30


class Sink:
    """Takes every mail at once and keeps it by recipient."""

    def __init__(self, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}?tls=none"
        self.count = 0
        """How many mails came so far."""
        self._mails: defaultdict[str, deque[bytes]] = defaultdict(deque)
        self._changed = threading.Condition()
        self._controller = Controller(self, hostname="127.0.0.1", port=port, ready_timeout=10)

    def __enter__(self) -> "Sink":
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # else it tells every command
        self._controller.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        with self._changed:
            for recipient in envelope.rcpt_tos:
                self._mails[recipient].append(envelope.original_content)
                self.count += 1
            self._changed.notify_all()
        return "250 OK"

    def take(self, recipient: str) -> bytes:
        """Return somebody's next mail as soon as it has come."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._mails[recipient], SECONDS):
                raise SystemExit(f"The mail to {recipient} did not come within {SECONDS} seconds.")
            return self._mails[recipient].popleft()
