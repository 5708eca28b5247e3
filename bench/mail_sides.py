"""The three ways to send that `bench.mail` compares, each a process of its own.

    python -m bench.mail_sides engine|django|bare

Says „ready“, begins with a line on its standard input, and says when it is done. Subject, text and HTML of the mails
for Django and for bare smtplib come as JSON in a file named by BENCH_MAILS: what the engine reads from its rows.
"""

import json
import os
import smtplib
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

SENDER = "klimapakt@musterstadt.example"


def engine() -> Callable[[], None]:
    """What a worker's task does, run after run, until nothing is due any more."""
    import django

    django.setup()
    from django.utils import timezone

    from klimapakt.mailbox import outbox
    from klimapakt.mailbox.models import OutgoingMail
    from klimapakt.mailbox.pump import pump

    OutgoingMail.objects.count()  # the connection is there, and the client of the broker loaded, as in a worker
    outbox.wake()

    def work() -> None:
        while OutgoingMail.objects.sendable(now=timezone.now()).exists():
            pump()

    return work


def with_django() -> Callable[[], None]:
    """Django's own way: all messages over one connection. Their construction counts, what they are made of not."""
    from django.conf import settings

    server = urlsplit(os.environ["MAIL_URL"])
    backend = "django.core.mail.backends.smtp.EmailBackend"
    settings.configure(
        MAILERS={"default": {"BACKEND": backend, "OPTIONS": {"host": server.hostname, "port": server.port}}},
        USE_TZ=True,
    )
    import django

    django.setup()
    from django.core.mail import EmailMultiAlternatives, mailers

    mails = _mails()

    def work() -> None:
        messages = []
        for mail in mails:
            message = EmailMultiAlternatives(
                mail["subject"],
                mail["text"],
                f"Musterstädter Klimapakt <{SENDER}>",
                [f"{mail['name']} <{mail['to']}>"],
                headers={"Message-ID": mail["message_id"], "Auto-Submitted": "auto-generated"},
            )
            message.attach_alternative(mail["html"], "text/html")
            messages.append(message)
        mailers["default"].send_messages(messages)

    return work


def bare() -> Callable[[], None]:
    """smtplib alone, with the bytes that the engine would send."""
    server, mails = urlsplit(os.environ["MAIL_URL"]), _mails()

    def work() -> None:
        with smtplib.SMTP(server.hostname, server.port) as connection:
            for mail in mails:
                connection.sendmail(SENDER, [mail["to"]], mail["bytes"].encode())

    return work


def _mails() -> list[dict[str, str]]:
    return json.loads(Path(os.environ["BENCH_MAILS"]).read_text())


def main() -> None:
    work = {"engine": engine, "django": with_django, "bare": bare}[sys.argv[1]]()
    print("ready", flush=True)
    sys.stdin.readline()
    work()
    print("done", flush=True)
    sys.stdin.readline()  # its memory is looked at


if __name__ == "__main__":
    main()
