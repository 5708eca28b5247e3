"""What the environment says about mail: the servers, the way to sign in, how fast, and with which copies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import SplitResult, parse_qs, unquote

from klimapakt.configuration.values import ConfigurationError, listed, number, port_of, required, split

VARIABLES = (
    "MAIL_FROM",
    "MAIL_MODE",
    "MAIL_PER_MINUTE",
    "MAIL_SESSIONS",
    "MAIL_LEASE_SECONDS",
    "MAIL_COPIES",
    "IMAP_URL",
    "MAIL_OAUTH_URL",
    "MAIL_OAUTH_CLIENT",
    "MAIL_OAUTH_SECRET",
    "MAIL_OAUTH_SCOPE",
    "MAIL_OAUTH_REFRESH_TOKEN",
)
"""All but MAIL_URL, which also names a part that the portal can run itself."""

MODES = ("live", "staff", "held")
COPIES = ("portal", "server", "bcc", "none")
"""Who puts a copy into the office's folder of sent mails."""

SIGN_INS = ("password", "xoauth2")
DEFAULT_PER_MINUTE = 30
DEFAULT_LEASE_SECONDS = 120
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """An SMTP server; `security` is tls (from the first byte), starttls or none, `auth` password or xoauth2."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: str
    auth: str = "password"


@dataclass(frozen=True, kw_only=True)
class ImapServer(MailServer):
    """The office's mailbox over IMAP; without a name for `sent` it is the folder that the server flags as such."""

    inbox: str = "INBOX"
    sent: str = ""


@dataclass(frozen=True, kw_only=True)
class TokenService:
    """Where access tokens come from (OAuth 2.0): for the secret of an application, or a refresh token."""

    token_url: str
    client: str
    secret: str = field(repr=False)
    scope: str
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class MailConfiguration:
    """Everything about mail; `per_minute` 0 means no limit."""

    server: MailServer
    sender: str
    mode: str
    lease_seconds: int
    per_minute: int
    sessions: int
    copies: str
    imap: ImapServer | None
    oauth: TokenService | None


def read_mail(environ: Mapping[str, str], *, trial: bool) -> MailConfiguration:
    """Return what the environment says about mail; raises ConfigurationError."""
    server = read_mail_url(required(environ, "MAIL_URL", "smtp://benutzer:passwort@server:587?tls=starttls"))
    imap = _imap(environ, trial=trial)
    by_token = [name for name, used in (("MAIL_URL", server), ("IMAP_URL", imap)) if used and used.auth == "xoauth2"]
    return MailConfiguration(
        server=server,
        sender=_sender(environ, trial=trial),
        mode=_one_of(environ, "MAIL_MODE", MODES, "live"),
        lease_seconds=number(environ, "MAIL_LEASE_SECONDS", DEFAULT_LEASE_SECONDS, 1, 3600),
        per_minute=number(environ, "MAIL_PER_MINUTE", 0 if trial else DEFAULT_PER_MINUTE, 0, 100_000),
        sessions=number(environ, "MAIL_SESSIONS", 1, 1, 10),
        copies=_copies(environ, imap),
        imap=imap,
        oauth=_token_service(environ, for_variables=by_token) if by_token else None,
    )


def read_mail_url(value: str) -> MailServer:
    """Take smtp://user:password@host:port?tls=…&auth=… apart; raises ConfigurationError."""
    wanted = "MAIL_URL muss wie smtp://benutzer:passwort@server:587?tls=starttls aussehen"
    parts, options = _parts("MAIL_URL", value)
    port = port_of("MAIL_URL", parts) or 587
    security = options.pop("tls", "tls" if port == 465 else "starttls")
    auth = options.pop("auth", "password")
    if parts.scheme != "smtp" or not parts.hostname or parts.path not in ("", "/") or options:
        raise ConfigurationError(f"{wanted}.")
    if security not in ("tls", "starttls", "none"):
        raise ConfigurationError(f"{wanted}; für tls gibt es starttls, tls und none.")
    user, password = _account("MAIL_URL", parts, auth, security)
    return MailServer(host=parts.hostname, port=port, user=user, password=password, security=security, auth=auth)


def read_imap_url(value: str) -> ImapServer:
    """Take imaps://user:password@host:port/?inbox=…&sent=…&auth=… apart; raises ConfigurationError."""
    wanted = "IMAP_URL muss wie imaps://benutzer:passwort@server:993/?sent=Gesendet aussehen"
    parts, options = _parts("IMAP_URL", value)
    from_the_start = parts.scheme == "imaps"
    port = port_of("IMAP_URL", parts) or (993 if from_the_start else 143)
    security = options.pop("tls", "tls" if from_the_start else "starttls")
    auth = options.pop("auth", "password")
    inbox, sent = options.pop("inbox", "INBOX"), options.pop("sent", "")
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or parts.path not in ("", "/") or options:
        raise ConfigurationError(f"{wanted}.")
    if security not in (("tls",) if from_the_start else ("starttls", "none")):
        raise ConfigurationError(
            f"{wanted}; imaps:// spricht immer TLS, für imap:// gibt es tls=starttls und tls=none."
        )
    if not inbox or not f"{inbox}{sent}".isprintable():
        raise ConfigurationError("IMAP_URL nennt einen ungültigen Ordner: inbox und sent sind Namen von Ordnern.")
    user, password = _account("IMAP_URL", parts, auth, security)
    if not user or not (password or auth == "xoauth2"):
        raise ConfigurationError(f"{wanted}; Benutzer und Passwort des Postfachs gehören dazu.")
    return ImapServer(
        host=parts.hostname,
        port=port,
        user=user,
        password=password,
        security=security,
        auth=auth,
        inbox=inbox,
        sent=sent,
    )


def _parts(name: str, value: str) -> tuple[SplitResult, dict[str, str]]:
    parts = split(name, value)
    return parts, {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}


def _account(name: str, parts: SplitResult, auth: str, security: str) -> tuple[str, str]:
    """Return user and password, and refuse what would show a password or a token to the network."""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if auth not in SIGN_INS:
        raise ConfigurationError(f"{name} kennt für auth nur {listed(SIGN_INS)}.")
    if auth == "xoauth2" and not user:
        raise ConfigurationError(f"{name} braucht mit auth=xoauth2 den Namen des Postfachs (benutzer@…).")
    if not f"{user}{password}".isprintable():
        raise ConfigurationError(f"{name} enthält Zeichen, die in Benutzer oder Passwort nicht vorkommen dürfen.")
    if security == "none" and (password or auth == "xoauth2") and parts.hostname not in LOOPBACK:
        raise ConfigurationError(
            f"{name} würde das Passwort unverschlüsselt senden: Nehmen Sie {_encrypted(parts.scheme)}."
        )
    return user, password


def _encrypted(scheme: str) -> str:
    return "imaps:// oder tls=starttls" if scheme == "imap" else "tls=starttls oder tls=tls"


def _imap(environ: Mapping[str, str], *, trial: bool) -> ImapServer | None:
    value = environ.get("IMAP_URL", "").strip()
    server = read_imap_url(value) if value else None
    if trial and server and server.host not in LOOPBACK:
        raise ConfigurationError(
            "IMAP_URL braucht einen eigenen Mailserver (MAIL_URL): Beim Ausprobieren verlässt keine Mail den Rechner."
        )
    return server


def _copies(environ: Mapping[str, str], imap: ImapServer | None) -> str:
    value = _one_of(environ, "MAIL_COPIES", COPIES, "portal" if imap else "none")
    if value in ("portal", "server") and not imap:
        raise ConfigurationError(f"MAIL_COPIES={value} braucht das Postfach: Bitte setzen Sie IMAP_URL.")
    return value


def _token_service(environ: Mapping[str, str], *, for_variables: list[str]) -> TokenService:
    """Read what `auth=xoauth2` needs: the address, the client, and its secret or a refresh token."""

    def needed(name: str, what: str) -> str:
        if value := environ.get(name, "").strip():
            return value
        raise ConfigurationError(f"{name} fehlt ({what}): {listed(for_variables)} nennt auth=xoauth2.")

    refresh_token = environ.get("MAIL_OAUTH_REFRESH_TOKEN", "").strip()
    secret = environ.get("MAIL_OAUTH_SECRET", "").strip()
    service = TokenService(
        token_url=needed("MAIL_OAUTH_URL", "die Adresse, unter der es Zugriffstoken gibt"),
        client=needed("MAIL_OAUTH_CLIENT", "die Kennung der Anwendung"),
        secret=secret if refresh_token else needed("MAIL_OAUTH_SECRET", "oder MAIL_OAUTH_REFRESH_TOKEN"),
        scope=needed("MAIL_OAUTH_SCOPE", "wofür das Token gelten soll"),
        refresh_token=refresh_token,
    )
    parts = split("MAIL_OAUTH_URL", service.token_url)
    port_of("MAIL_OAUTH_URL", parts)
    if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)) or not parts.hostname:
        raise ConfigurationError("MAIL_OAUTH_URL muss mit https:// beginnen.")
    return service


def _sender(environ: Mapping[str, str], *, trial: bool) -> str:
    example = "Klimapakt <klimapakt@stadt.example>"
    value = environ.get("MAIL_FROM", "").strip() if trial else required(environ, "MAIL_FROM", example)
    _, address = parseaddr(value)
    local, _, domain = address.rpartition("@")
    if value and not (local and domain and value.isprintable() and "," not in address):
        raise ConfigurationError(f"MAIL_FROM muss eine Mailadresse sein, zum Beispiel {example}.")
    return value


def _one_of(environ: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    value = environ.get(name) or default
    if value not in choices:
        raise ConfigurationError(f"{name} muss {', '.join(choices[:-1])} oder {choices[-1]} sein.")
    return value
