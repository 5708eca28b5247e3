"""The office's mail server of a trial."""

import smtplib
import stat
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from klimapakt.embedded.smtp import SIZE_LIMIT, listening_socket

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server(tmp_path):
    """A running server: its port and its Maildir."""
    with listening_socket() as listener:
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "klimapakt.embedded.smtp", str(listener.fileno()), str(tmp_path / "mail")]
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[listener.fileno()])
    yield port, tmp_path / "mail"
    process.terminate()
    assert process.wait(timeout=10) == 0


def test_accepted_mail_lies_complete_in_the_maildir(server):
    port, maildir = server
    text = "Subject: Gr\u00fc\u00dfe\r\nTo: firma@example.org\r\n\r\n.Ein Punkt am Anfang\r\nÄpfel\r\n"

    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("buero@example.org", ["firma@example.org", "zweite@example.org"], text.encode())

    (path,) = (maildir / "new").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list((maildir / "tmp").iterdir()) == []
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert mail["Return-Path"] == "<buero@example.org>"
    assert mail.get_all("Delivered-To") == ["firma@example.org", "zweite@example.org"]
    assert path.read_bytes().decode().endswith("\n\n.Ein Punkt am Anfang\nÄpfel\n")


def test_oversized_mail_is_refused_and_leaves_nothing(server):
    port, maildir = server

    with smtplib.SMTP("127.0.0.1", port) as client, pytest.raises(smtplib.SMTPSenderRefused):
        client.sendmail("a@example.org", ["b@example.org"], b"x" * (SIZE_LIMIT + 1))

    assert list((maildir / "new").iterdir()) == []


def test_many_mails_at_once_all_arrive(server):
    port, maildir = server
    clients = [smtplib.SMTP("127.0.0.1", port) for _ in range(10)]

    for number, client in enumerate(clients * 3):
        client.sendmail("a@example.org", ["b@example.org"], f"Subject: {number}\r\n\r\n")
    for client in clients:
        client.quit()

    assert len(list((maildir / "new").iterdir())) == 30
