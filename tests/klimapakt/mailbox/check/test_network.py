"""The way to the server: its name, its port, its encryption, its certificate."""

import dataclasses
import socket

import pytest
import time_machine

from tests.smtp_peer import CERTIFICATE, HANG_UP


def test_server_that_does_not_exist(said, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, host="gibt-es-nicht.invalid")

    text, problems = said()

    assert problems == 1
    assert "Den Server gibt-es-nicht.invalid gibt es im Netz nicht. Bitte prüfen Sie den Namen in MAIL_URL." in text


def test_port_on_which_nobody_listens(said, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=1)

    assert "nimmt keine Verbindung an. Bitte prüfen Sie den Port in MAIL_URL." in said()[0]


def test_server_that_never_answers(said, settings):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.MAIL_SERVER = dataclasses.replace(
            settings.MAIL_SERVER, port=listener.getsockname()[1], security="starttls"
        )

        text, _ = said()

    assert "antwortet nicht. Bitte prüfen Sie den Port in MAIL_URL und die Firewall" in text


@pytest.mark.parametrize(
    ("step", "sentence"),
    [("554 go away", "weist das Portal ab (Antwort 554)"), (HANG_UP, "legt gleich wieder auf")],
)
def test_server_that_wants_nothing_of_us(said, encrypted_peer, step, sentence):
    encrypted_peer.at("CONNECT", step, always=True)

    text, problems = said()

    assert problems == 1
    assert sentence in text


def test_server_without_encryption(said, peer, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, security="starttls")

    text, problems = said()

    assert problems == 1
    assert "bietet kein STARTTLS an. Bitte prüfen Sie Port und tls in MAIL_URL." in text
    assert peer.taken == []


def test_tls_where_the_server_speaks_in_clear(said, peer, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, security="tls")

    assert "Es kommt keine Verschlüsselung zustande." in said()[0]


def test_certificate_that_nobody_vouches_for(said, encrypted_peer):
    text, problems = said()

    assert problems == 1
    assert "hat sich selbst unterschrieben. Bitte lassen Sie es erneuern" in text
    assert encrypted_peer.taken == []


def test_certificate_for_another_name(said, encrypted_peer, settings, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, host=socket.gethostname())
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, *more, **options: [(2, 1, 6, "", ("127.0.0.1", port))]
    )

    assert "gilt für einen anderen Namen. Bitte lassen Sie es erneuern" in said()[0]


def test_days_of_a_certificate_are_counted(said, encrypted_peer, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    text, problems = said()

    assert problems == 0
    assert "verschlüsselt mit TLSv1.3; das Zertifikat gilt noch 3" in text


def test_certificate_that_ends_soon_is_a_problem(said, encrypted_peer, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    with time_machine.travel("2126-10-19 12:00:00+00:00"):
        text, problems = said()

    assert problems == 1
    assert "das Zertifikat gilt noch 10 Tage. Danach geht keine Mail mehr hinaus." in text
