"""Signing in at the mailbox, and the folder of sent mails."""

import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone

from klimapakt.mailbox.models import MailboxState
from tests.klimapakt.mailbox.check.delivery import deliver
from tests.smtp_peer import CERTIFICATE


def test_mailbox_that_is_all_right(said, peer, account):
    deliver(peer, account, "INBOX")

    text, problems = said()

    assert problems == 0
    assert "Der Posteingang „INBOX“ lässt sich lesen." in text
    assert "Gesendete Mails liegen im Ordner „Gesendet“ (am Namen erkannt)." in text
    assert "Sie ist im Posteingang angekommen." in text
    assert "Die Uhren des Portals und des Postfachs gehen gleich." in text
    assert "das Portal tut es (MAIL_COPIES=portal)" in text
    state = MailboxState.load()
    assert state.server_files_copies is False
    assert timezone.now() - state.checked_at < timedelta(minutes=1)


def test_flagged_folder_is_found(said, peer, dovecot_account):
    deliver(peer, dovecot_account, "INBOX")

    text, problems = said()

    assert problems == 0
    assert "„INBOX.Ausgang des Amts“ (der Server kennzeichnet ihn so)" in text


def test_folder_that_is_missing_is_a_problem_with_a_choice(said, peer, account):
    account.delete("Gesendet")
    account.create("Ausgang")
    deliver(peer, account, "INBOX")

    text, problems = said()

    assert problems == 1
    assert "Im Postfach gibt es keinen Ordner für gesendete Mails." in text
    assert "Diese Ordner gibt es: „Ausgang“, „INBOX“." in text
    assert "ließ sich nicht feststellen" in text


def test_password_that_the_mailbox_refuses(said, peer, account, settings):
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, password="ganz-geheim")

    text, problems = said()

    assert problems == 1
    assert "Das Postfach lehnt die Anmeldung ab." in text
    assert "ganz-geheim" not in text
    assert len(peer.taken) == 1


def test_mailbox_without_encryption(said, peer, account, settings):
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, security="starttls")

    text, problems = said()

    assert problems == 1
    assert "bietet kein STARTTLS an. Bitte prüfen Sie Port und tls in IMAP_URL." in text


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted_mailbox(said, peer, dovecot, dovecot_account, settings, monkeypatch, security):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    port = dovecot.tls_port if security == "tls" else dovecot.port
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, port=port, security=security)
    deliver(peer, dovecot_account, "INBOX")

    text, problems = said()

    assert problems == 0
    assert f"Port {port} ist erreichbar, verschlüsselt mit TLSv1.3; das Zertifikat gilt noch 3" in text


def test_checking_changes_nothing_in_the_mailbox(said, peer, account):
    account.put(b"Message-ID: <a@x.example>\r\nSubject: Frage\r\n\r\nHallo\r\n")
    before = account.state()

    said()

    assert account.state() == before
