"""Access tokens, ordered from a service that speaks HTTP."""

import dataclasses
import socket
import ssl
import threading

import pytest

from klimapakt.configuration import TokenService
from klimapakt.mailbox import oauth
from tests.smtp_peer import CERTIFICATE
from tests.token_service import Tokens


@pytest.fixture
def service(settings):
    tokens = Tokens()
    settings.MAIL_OAUTH = TokenService(
        token_url=tokens.url, client="portal", secret="geheim & süß", scope="https://mail/.default", refresh_token=""
    )
    oauth.forget()
    yield tokens
    oauth.forget()
    tokens.close()


def test_token_is_ordered_for_the_secret_of_the_application(service):
    assert oauth.access_token() == "token-1"

    assert service.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": "portal",
            "client_secret": "geheim & süß",
            "scope": "https://mail/.default",
        }
    ]


def test_token_is_ordered_for_a_refresh_token(service, settings):
    settings.MAIL_OAUTH = TokenService(
        token_url=service.url, client="portal", secret="", scope="mail offline_access", refresh_token="immer-wieder"
    )

    oauth.access_token()

    assert service.asked == [
        {
            "grant_type": "refresh_token",
            "client_id": "portal",
            "refresh_token": "immer-wieder",
            "scope": "mail offline_access",
        }
    ]


def test_token_is_kept_until_shortly_before_its_end(service, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(oauth.time, "monotonic", lambda: now)
    oauth.access_token()

    now += 3600 - 61
    assert oauth.access_token() == "token-1"

    now += 2
    assert oauth.access_token() == "token-2"


def test_refused_token_is_forgotten(service):
    oauth.access_token()

    oauth.forget()

    assert oauth.access_token() == "token-2"


def test_token_of_another_service_is_not_taken(service, settings):
    oauth.access_token()
    settings.MAIL_OAUTH = TokenService(
        token_url=service.url, client="other", secret="x", scope="mail", refresh_token=""
    )

    assert oauth.access_token() == "token-2"


@pytest.mark.parametrize("lifetime", [None, "bald", -5, "²"])
def test_token_without_an_end_is_kept_for_minutes(service, lifetime):
    service.answer = 200, {"expires_in": lifetime}

    assert [oauth.access_token(), oauth.access_token()] == ["token-1", "token-1"]


@pytest.mark.parametrize(
    ("status", "said", "sentence", "is_refused"),
    [
        (
            401,
            {"error": "invalid_client", "error_description": "AADSTS7000222: geheim is expired. Trace ID: 1"},
            "MAIL_OAUTH_SECRET oder MAIL_OAUTH_CLIENT stimmt nicht oder ist abgelaufen"
            " (Antwort 401, invalid_client, AADSTS7000222).",
            True,
        ),
        (400, {"error": "invalid_grant"}, "MAIL_OAUTH_REFRESH_TOKEN ist abgelaufen oder zurückgezogen", True),
        (400, {"error": "invalid_scope"}, "MAIL_OAUTH_SCOPE stimmt nicht", True),
        (400, {"error": "unauthorized_client"}, "die Anwendung (MAIL_OAUTH_CLIENT) ist dort nicht bekannt", True),
        (400, {"error": "geheim <b>\n"}, "bitte prüfen Sie die Einstellungen MAIL_OAUTH_… (Antwort 400).", True),
        (404, b"<html>geheim", "bitte prüfen Sie die Einstellungen MAIL_OAUTH_… (Antwort 404).", True),
        (503, b"geheim", "arbeitet gerade nicht (Antwort 503).", False),
        (429, {"error": "temporarily_unavailable"}, "arbeitet gerade nicht (Antwort 429", False),
        (200, b"<html>geheim", "antwortet etwas, aber kein Anmeldedienst", True),
        (200, [], "antwortet etwas, aber kein Anmeldedienst", True),
        (200, {"access_token": "a\nb"}, "antwortet etwas, aber kein Anmeldedienst", True),
        (200, {"access_token": None}, "antwortet etwas, aber kein Anmeldedienst", True),
    ],
)
def test_refusal_names_the_setting_and_repeats_nothing(service, caplog, status, said, sentence, is_refused):
    service.answer = status, said

    with pytest.raises(oauth.NoToken) as refusal:
        oauth.access_token()

    assert sentence in refusal.value.sentence
    assert refusal.value.is_refused is is_refused
    assert "geheim" not in refusal.value.sentence + caplog.text


def test_refusal_is_not_kept(service):
    good, service.answer = service.answer, (503, b"")
    with pytest.raises(oauth.NoToken):
        oauth.access_token()

    service.answer = good

    assert oauth.access_token() == "token-2"


def test_dead_service_is_worth_another_try(service, settings):
    settings.MAIL_OAUTH = TokenService(
        token_url="http://127.0.0.1:1/token", client="portal", secret="x", scope="mail", refresh_token=""
    )

    with pytest.raises(oauth.NoToken, match=r"nicht erreichbar \(ConnectionRefusedError\)") as trouble:
        oauth.access_token()

    assert not trouble.value.is_refused


@pytest.fixture
def encrypted(service, settings):
    """The service behind TLS, with a certificate that nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    service.server.socket = context.wrap_socket(service.server.socket, server_side=True)
    settings.MAIL_OAUTH = dataclasses.replace(settings.MAIL_OAUTH, token_url=service.url.replace("http", "https", 1))
    return service


def test_certificate_of_the_service_is_checked(encrypted):
    with pytest.raises(oauth.NoToken, match=r"\(SSLCertVerificationError\)"):
        oauth.access_token()

    assert encrypted.asked == []


def test_token_comes_over_tls_when_somebody_vouches(encrypted, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    assert oauth.access_token() == "token-1"


def test_what_speaks_no_http_is_worth_another_try(service, settings):
    def greet(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"* OK IMAP4 ready\r\n")
            connection.recv(10_000)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/token"
        settings.MAIL_OAUTH = dataclasses.replace(settings.MAIL_OAUTH, token_url=url)
        greeter = threading.Thread(target=greet, args=[listener])
        greeter.start()

        with pytest.raises(oauth.NoToken, match="nicht erreichbar"):
            oauth.access_token()
        greeter.join()


def test_without_settings_there_is_no_token(settings):
    settings.MAIL_OAUTH = None

    with pytest.raises(oauth.NoToken, match="MAIL_OAUTH"):
        oauth.access_token()


def test_what_is_said_to_the_server_has_the_form_of_xoauth2():
    assert oauth.xoauth2("buero@stadt.example", "abc") == "user=buero@stadt.example\x01auth=Bearer abc\x01\x01"
