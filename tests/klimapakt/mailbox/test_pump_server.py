"""Servers that are down, break off, or are not to be trusted."""

import dataclasses
import socket
import threading
from collections.abc import Iterator

import pytest

from klimapakt.mailbox import smtp
from klimapakt.mailbox.models import MailboxState, OutgoingMail
from klimapakt.mailbox.pump import pump
from tests.factories import OutgoingMailFactory
from tests.klimapakt.mailbox.outbox_states import states


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_while_the_server_is_down_one_mail_tries_and_the_others_wait(pact, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=closed_port())
    OutgoingMailFactory.create_batch(3)

    pump()

    assert states() == ["retry", "queued", "queued"]
    assert list(OutgoingMail.objects.order_by("pk").values_list("attempts", flat=True)) == [1, 0, 0]
    assert OutgoingMail.objects.first().problem == "Der Mailserver ist nicht erreichbar. Das Portal versucht es weiter."


def test_without_encryption_nothing_is_sent_where_encryption_was_asked_for(pact, postbox, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, security="starttls")
    OutgoingMailFactory()

    pump()

    assert states() == ["retry"]
    assert postbox.messages() == []


def test_a_server_whose_certificate_nobody_signed_gets_nothing(pact, postbox, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, security="tls")
    OutgoingMailFactory()

    pump()

    assert states() == ["retry"]
    assert postbox.messages() == []


@pytest.fixture
def rude_server(settings) -> Iterator[dict[str, str]]:
    """An SMTP server that stops talking or hangs up after a command, or refuses every password."""
    manners = {"after": "", "then": "hang up"}
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def talk() -> None:
        while not over.is_set():
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer, peer.makefile("rwb", buffering=0) as lines:
                lines.write(b"220 rude.example\r\n")
                while line := lines.readline():
                    command = line[:4].strip().decode(errors="replace").upper()
                    if command == "DATA":
                        lines.write(b"354 go on\r\n")
                        while lines.readline() not in (b".\r\n", b""):
                            pass
                    if command == manners["after"]:
                        if manners["then"] == "fall silent":
                            over.wait(3)
                        break
                    if command == "QUIT":
                        lines.write(b"221 bye\r\n")
                        break
                    lines.write(
                        {"EHLO": b"250-rude.example\r\n250 AUTH PLAIN\r\n", "AUTH": b"535 no\r\n"}.get(
                            command, b"250 OK\r\n"
                        )
                    )

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=listener.getsockname()[1])
    yield manners
    over.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@pytest.mark.parametrize("then", ["hang up", "fall silent"])
@pytest.mark.parametrize("after", ["EHLO", "MAIL", "RCPT"])
def test_a_server_that_breaks_off_before_the_dot_keeps_the_mail_in_the_queue(
    after, then, pact, rude_server, monkeypatch
):
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)
    rude_server |= {"after": after, "then": then}
    mail = OutgoingMailFactory()

    sent = pump()

    mail.refresh_from_db()
    assert sent == 0
    assert (mail.status, mail.attempts) == ("retry", 1)
    assert "nicht erreichbar" in mail.problem or "Antwort" in mail.problem


def test_a_wrong_password_of_the_mailbox_keeps_the_mails_and_says_so(pact, rude_server, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, user="klimapakt", password="falsch")
    OutgoingMailFactory.create_batch(2)

    pump()

    assert states() == ["queued", "queued"]
    assert list(OutgoingMail.objects.order_by("pk").values_list("attempts", flat=True)) == [0, 0]
    assert "Passwort" in MailboxState.load().stopped_because


def test_a_server_that_behaves_after_all_takes_the_mail(pact, rude_server):
    OutgoingMailFactory()

    assert pump() == 1
