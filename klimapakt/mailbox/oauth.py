"""Access tokens for the office's mailbox (OAuth 2.0), since big providers take no passwords any more.

By the secret of an application that may use the mailbox (RFC 6749, 4.4), or by a refresh token (section 6).
"""

import json
import re
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from klimapakt.configuration import TokenService

TIMEOUT = 15
"""Seconds to wait for the token service."""

SPARE = 60
"""So many seconds before its end a token counts as gone: the session has to begin with it."""

DEFAULT_LIFETIME = 300
"""Seconds a token is believed when the service does not say."""

LONGEST_ANSWER = 100_000


class NoToken(Exception):
    """There is no token now; `sentence` says why to the office. `is_refused`: another try changes nothing."""

    def __init__(self, sentence: str, *, is_refused: bool) -> None:
        super().__init__(sentence)
        self.sentence, self.is_refused = sentence, is_refused


_lock = threading.Lock()
_known: dict[TokenService, tuple[str, float]] = {}


def access_token() -> str:
    """Return a token that lives for a while yet, kept in the process. Raises NoToken."""
    service = settings.MAIL_OAUTH
    if service is None:
        raise NoToken("Für auth=xoauth2 fehlen die Einstellungen MAIL_OAUTH_….", is_refused=True)
    with _lock:
        token, ends = _known.get(service, ("", 0.0))
        if ends <= time.monotonic():
            token, lifetime = _order(service)
            _known[service] = token, time.monotonic() + lifetime - SPARE
        return token


def forget() -> None:
    """Order a new token next time: a server has refused the one that is kept."""
    with _lock:
        _known.clear()


def xoauth2(user: str, token: str) -> str:
    """Return what SASL XOAUTH2 says first, for SMTP and IMAP. A refusal comes as a challenge; its answer is empty."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


@sensitive_variables()
def _order(service: TokenService) -> tuple[str, float]:
    """Return a fresh token and how many seconds it lives. Nothing the service says is repeated but its error code."""
    try:
        context = ssl.create_default_context()
        with urllib.request.urlopen(_request(service), timeout=TIMEOUT, context=context) as answer:  # noqa: S310 - see _request
            said = _read(answer.read(LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error.code, _read(error.read(LONGEST_ANSWER))) from None
    except (OSError, HTTPException) as error:
        raise NoToken(
            f"Der Anmeldedienst (MAIL_OAUTH_URL) ist nicht erreichbar ({type(_cause(error)).__name__}).",
            is_refused=False,
        ) from None
    token, lifetime = said.get("access_token"), said.get("expires_in")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise NoToken("Unter MAIL_OAUTH_URL antwortet etwas, aber kein Anmeldedienst.", is_refused=True)
    return token, float(lifetime) if str(lifetime).isdecimal() else DEFAULT_LIFETIME


def _request(service: TokenService) -> urllib.request.Request:
    fields = {"client_id": service.client, "scope": service.scope}
    if service.secret:
        fields["client_secret"] = service.secret
    if service.refresh_token:
        fields |= {"grant_type": "refresh_token", "refresh_token": service.refresh_token}
    else:
        fields["grant_type"] = "client_credentials"
    return urllib.request.Request(  # noqa: S310 - http(s) is checked where the configuration is read
        service.token_url,
        data=urllib.parse.urlencode(fields).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
    )


def _read(answer: bytes) -> dict[str, object]:
    try:
        said = json.loads(answer)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _cause(error: Exception) -> BaseException:
    """Return what urllib wrapped: its name says more („gaierror“, „SSLCertVerificationError“)."""
    reason = getattr(error, "reason", None)
    return reason if isinstance(reason, BaseException) else error


REFUSALS = {
    "invalid_client": "MAIL_OAUTH_SECRET oder MAIL_OAUTH_CLIENT stimmt nicht oder ist abgelaufen",
    "unauthorized_client": "die Anwendung (MAIL_OAUTH_CLIENT) ist dort nicht bekannt oder nicht zugelassen",
    "invalid_grant": "MAIL_OAUTH_REFRESH_TOKEN ist abgelaufen oder zurückgezogen",
    "invalid_scope": "MAIL_OAUTH_SCOPE stimmt nicht",
}
"""What the error codes of RFC 6749, 5.2 mean for the settings."""


def _refusal(status: int, said: dict[str, object]) -> NoToken:
    code = found.group() if (found := re.match(r"[a-z_]{1,40}\Z", str(said.get("error", "")))) else ""
    number = found.group() if (found := re.match(r"AADSTS[0-9]{1,9}", str(said.get("error_description", "")))) else ""
    detail = ", ".join(filter(None, [f"Antwort {status}", code, number]))
    if status >= 500 or status in (408, 429):
        return NoToken(f"Der Anmeldedienst (MAIL_OAUTH_URL) arbeitet gerade nicht ({detail}).", is_refused=False)
    because = REFUSALS.get(code, "bitte prüfen Sie die Einstellungen MAIL_OAUTH_…")
    return NoToken(f"Der Anmeldedienst gibt kein Token: {because} ({detail}).", is_refused=True)
