"""Signing in at the mail server, and what it takes."""

import base64
import dataclasses

import pytest

from klimapakt.configuration import TokenService
from klimapakt.mailbox import oauth
from tests.klimapakt.mailbox.check.delivery import OFFICE
from tests.smtp_peer import FALL_SILENT, HANG_UP, Peer
from tests.token_service import Tokens


def test_refused_password(said, settings):
    peer = Peer(extensions=("peer.example", "AUTH PLAIN"))
    peer.at("AUTH", "535 5.7.8 no", always=True)
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=peer.port, user="amt", password="ganz-geheim")

    text, problems = said()
    peer.close()

    assert problems == 1
    assert "Der Mailserver lehnt die Anmeldung ab (Antwort 535). Bitte prüfen Sie MAIL_URL.\n" in text
    assert "ganz-geheim" not in text
    assert len(peer.logins) == 1


def test_account_that_is_not_named(said, settings):
    peer = Peer(extensions=("peer.example", "AUTH PLAIN"))
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=peer.port)

    text, _ = said()
    peer.close()

    assert "Das Portal meldet sich nicht an, obwohl der Server es anbietet" in text


def test_token_that_nobody_gives(said, peer, settings):
    oauth.forget()
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, user=OFFICE, auth="xoauth2")
    settings.MAIL_OAUTH = TokenService(
        token_url="http://127.0.0.1:1/token", client="a", secret="ganz-geheim", scope="mail", refresh_token=""
    )

    text, problems = said()

    assert problems == 1
    assert "Der Anmeldedienst (MAIL_OAUTH_URL) ist nicht erreichbar" in text
    assert peer.sessions == 0


@pytest.fixture
def tokens(settings):
    oauth.forget()
    service = Tokens()
    settings.MAIL_OAUTH = TokenService(
        token_url=service.url, client="a", secret="ganz-geheim", scope="mail", refresh_token=""
    )
    yield service
    oauth.forget()
    service.close()


@pytest.mark.parametrize(
    ("answer", "problems", "sentence"),
    [
        ("235 welcome", 0, "Die Anmeldung mit einem Token (OAuth) gelingt."),
        ("535 5.7.3 no", 1, "lehnt das Anmelde-Token ab (Antwort 535). Bitte prüfen Sie, ob die Anwendung"),
    ],
)
def test_token_instead_of_a_password(said, settings, tokens, answer, problems, sentence):
    peer = Peer(extensions=("peer.example", "AUTH XOAUTH2"))
    peer.at("AUTH", answer, always=True)
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=peer.port, user=OFFICE, auth="xoauth2")

    text, found = said()
    peer.close()

    assert found == problems
    assert "Der Anmeldedienst gibt ein Token (OAuth)." in text
    assert sentence in text
    assert base64.b64decode(peer.logins[0].split()[2]) == f"user={OFFICE}\x01auth=Bearer token-1\x01\x01".encode()
    assert "token-1" not in text


@pytest.mark.parametrize(
    ("extension", "line"),
    [
        ("SIZE 35882577", "  ok       Eine Mail darf 36 MB groß sein."),
        ("SIZE 2000000", "  Hinweis: Eine Mail darf 2 MB groß sein."),
        ("LIMITS RCPTMAX=20 MAILMAX=5", "  ok       Der Server nimmt höchstens 5 Mails je Verbindung"),
    ],
)
def test_limits_of_the_server_are_said(said, settings, extension, line):
    peer = Peer(extensions=("peer.example", extension))
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=peer.port)

    text, problems = said()
    peer.close()

    assert problems == 0
    assert line in text


def test_sender_that_the_server_refuses(said, peer):
    peer.at("MAIL", "550 5.7.60 not yours", always=True)

    text, problems = said()

    assert problems == 1
    assert f"Mails dürfen nicht von {OFFICE} kommen (Antwort 550)." in text
    assert peer.taken == []


@pytest.mark.parametrize(
    ("stage", "step", "sentence"),
    [
        ("RCPT", "550 5.1.1 unknown", "Der Mailserver kennt diese Adresse nicht."),
        ("DATA", "451 later", "Der Mailserver bittet um Geduld (Antwort 451)."),
        ("DOT", HANG_UP, "hat die Testmail nicht bestätigt"),
    ],
)
def test_test_mail_that_is_not_taken(said, peer, stage, step, sentence):
    peer.at(stage, step, always=True)

    text, problems = said()

    assert problems == 1
    assert sentence in text


def test_silent_server_is_given_up(said, peer, monkeypatch):
    monkeypatch.setattr("klimapakt.mailbox.smtp.TIMEOUT", 0.3)
    peer.at("EHLO", FALL_SILENT, always=True)

    text, problems = said()

    assert problems == 1
    assert "Der Mailserver ist nicht erreichbar." in text
