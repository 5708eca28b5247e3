"""What the environment may say, and what an omission means: read once, checked, or refused in one sentence.

Imports neither Django nor anything else of the project, so that the launcher can ask before Django exists.
A message never repeats a value: addresses carry passwords.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

PARTS = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL", "mail": "MAIL_URL"}
"""Parts the portal can run itself, each with the variable that names a real server instead."""

VARIABLES = (
    *PARTS.values(),
    "MAIL_FROM",
    "MAIL_MODE",
    "MAIL_LEASE_SECONDS",
    "SECRET_KEY",
    "LINK_KEYS",
    "PORTAL_BASE_URL",
    "PORTAL_DATA",
    "PORTAL_EMBEDDED",
    "PORTAL_MODE",
    "PORTAL_TRUSTED_PROXIES",
    "HOST",
    "PORT",
)
"""Everything the portal reads; nothing else of the environment changes what it does."""

MAIL_MODES = ("live", "staff", "held")
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_LEASE_SECONDS = 120
SECRET_KEY_LENGTH = 50  # below this Django itself warns (security.W009)
LINK_KEY_LENGTH = 32


class ConfigurationError(Exception):
    """A value is missing or wrong; the message is one German sentence that names the variable."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """A complete, checked configuration. Addresses are kept as given."""

    database_url: str
    redis_url: str
    mail_url: str
    mail_from: str
    mail_mode: str
    secret_key: str
    link_keys: tuple[str, ...]
    base_url: str
    data: Path
    embedded: frozenset[str]
    trusted_proxies: int
    host: str
    port: int
    lease_seconds: int

    @property
    def mail_server(self) -> "MailServer":
        """Return `mail_url` taken apart."""
        return read_mail_url(self.mail_url)


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """An SMTP server; `security` is tls (from the first byte), starttls or none."""

    host: str
    port: int
    user: str
    password: str
    security: str


def embedded_parts(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the parts the portal shall run itself: those without an address.

    Without any address all three; with some, the others only when PORTAL_EMBEDDED names them, because a
    forgotten variable must not quietly become an empty database.

    Raises:
        ConfigurationError: half a configuration, an unknown part, or a part that is both named and given.
    """
    named = {name.strip() for name in environ.get("PORTAL_EMBEDDED", "").split(",") if name.strip()}
    if unknown := sorted(named - set(PARTS)):
        raise ConfigurationError(f"PORTAL_EMBEDDED kennt nur postgres, valkey und mail, nicht „{unknown[0]}“.")
    given = {part for part, variable in PARTS.items() if environ.get(variable)}
    if both := [part for part in PARTS if part in named & given]:
        raise ConfigurationError(
            f"PORTAL_EMBEDDED nennt {both[0]}, aber {PARTS[both[0]]} ist auch gesetzt:"
            " Bitte lassen Sie eines davon weg."
        )
    if not given and not named:
        return frozenset(PARTS)
    if missing := [part for part in PARTS if part not in given | named]:
        variables = _listed([PARTS[part] for part in missing])
        raise ConfigurationError(
            f"Die Konfiguration ist nur halb: {variables} {'fehlt' if len(missing) == 1 else 'fehlen'}. Setzen Sie"
            f" DATABASE_URL, REDIS_URL und MAIL_URL, oder nennen Sie in PORTAL_EMBEDDED, was das Portal selbst"
            f" starten soll ({','.join(missing)})."
        )
    return frozenset(named)


def read(environ: Mapping[str, str]) -> Configuration:
    """Return the configuration of a process of the portal.

    The launcher fills in the addresses of the parts it runs and says so by PORTAL_MODE=embedded;
    without that word the rules of a public portal hold: real servers, secrets of its own, HTTPS.

    Raises:
        ConfigurationError: the first value that is missing or wrong.
    """
    mode = environ.get("PORTAL_MODE", "")
    if mode not in ("", "embedded"):
        raise ConfigurationError("PORTAL_MODE setzt das Portal selbst; bitte lassen Sie die Variable weg.")
    trial = mode == "embedded"
    if not trial and all(not environ.get(variable) for variable in PARTS.values()):
        raise ConfigurationError(
            "DATABASE_URL, REDIS_URL und MAIL_URL fehlen. Zum Ausprobieren ohne eigene Server starten Sie"
            " ./portal up, einzelne Befehle mit ./portal manage."
        )
    return Configuration(
        database_url=_database_url(environ),
        redis_url=_redis_url(environ),
        mail_url=_mail_url(environ),
        mail_from=_mail_from(environ, trial=trial),
        mail_mode=_mail_mode(environ),
        secret_key=_secret_key(environ),
        link_keys=_link_keys(environ),
        base_url=_base_url(environ, trial=trial),
        data=_data(environ),
        embedded=_embedded(environ) if trial else frozenset(),
        trusted_proxies=_number(environ, "PORTAL_TRUSTED_PROXIES", 0, 0, 10),
        host=host(environ),
        port=port(environ),
        lease_seconds=_number(environ, "MAIL_LEASE_SECONDS", DEFAULT_LEASE_SECONDS, 1, 3600),
    )


def host(environ: Mapping[str, str]) -> str:
    """Return the address to listen on."""
    value = environ.get("HOST") or DEFAULT_HOST
    if not all(sign.isalnum() or sign in ".:-[]" for sign in value):
        raise ConfigurationError("HOST muss eine Adresse oder ein Rechnername sein, zum Beispiel 127.0.0.1.")
    return value.strip("[]")


def port(environ: Mapping[str, str]) -> int:
    """Return the port to listen on."""
    return _number(environ, "PORT", DEFAULT_PORT, 1, 65535)


def read_mail_url(value: str) -> MailServer:
    """Take smtp://user:password@host:port?tls=… apart; raises ConfigurationError."""
    wanted = "MAIL_URL muss wie smtp://benutzer:kennwort@server:587?tls=starttls aussehen"
    parts = _split("MAIL_URL", value)
    options = parse_qs(parts.query, keep_blank_values=True)
    number = _port_of("MAIL_URL", parts) or 587
    security = options.pop("tls", ["tls" if number == 465 else "starttls"])[-1]
    if parts.scheme != "smtp" or not parts.hostname or parts.path not in ("", "/") or options:
        raise ConfigurationError(f"{wanted}.")
    if security not in ("tls", "starttls", "none"):
        raise ConfigurationError(f"{wanted}; für tls gibt es starttls, tls und none.")
    if security == "none" and parts.password and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ConfigurationError(
            "MAIL_URL würde das Passwort unverschlüsselt senden: Nehmen Sie tls=starttls oder tls=tls."
        )
    return MailServer(
        host=parts.hostname,
        port=number,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        security=security,
    )


def _database_url(environ: Mapping[str, str]) -> str:
    example = "postgres://benutzer:kennwort@server/klimapakt"
    value = _required(environ, "DATABASE_URL", example)
    parts = _split("DATABASE_URL", value)
    _port_of("DATABASE_URL", parts)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ConfigurationError(f"DATABASE_URL muss eine PostgreSQL-Datenbank nennen, zum Beispiel {example}.")
    return value


def _redis_url(environ: Mapping[str, str]) -> str:
    example = "redis://server:6379/0"
    value = _required(environ, "REDIS_URL", example)
    parts = _split("REDIS_URL", value)
    _port_of("REDIS_URL", parts)
    if parts.scheme == "redis+socket":
        complete = parts.path.startswith("/")
    else:
        complete = parts.scheme in ("redis", "rediss") and bool(parts.hostname)
    if not complete:
        raise ConfigurationError(f"REDIS_URL muss einen Redis- oder Valkey-Server nennen, zum Beispiel {example}.")
    return value


def _mail_url(environ: Mapping[str, str]) -> str:
    value = _required(environ, "MAIL_URL", "smtp://benutzer:kennwort@server:587?tls=starttls")
    read_mail_url(value)
    return value


def _mail_from(environ: Mapping[str, str], *, trial: bool) -> str:
    example = "Klimapakt <klimapakt@stadt.example>"
    value = environ.get("MAIL_FROM", "").strip() if trial else _required(environ, "MAIL_FROM", example)
    _, address = parseaddr(value)
    local, _, domain = address.rpartition("@")
    if value and not (local and domain and value.isprintable() and "," not in address):
        raise ConfigurationError(f"MAIL_FROM muss eine Mailadresse sein, zum Beispiel {example}.")
    return value


def _mail_mode(environ: Mapping[str, str]) -> str:
    value = environ.get("MAIL_MODE") or "live"
    if value not in MAIL_MODES:
        raise ConfigurationError("MAIL_MODE muss live, staff oder held sein.")
    return value


def _secret_key(environ: Mapping[str, str]) -> str:
    value = _required(environ, "SECRET_KEY", f"mindestens {SECRET_KEY_LENGTH} zufällige Zeichen")
    if len(value) < SECRET_KEY_LENGTH or len(set(value)) < 5:
        raise ConfigurationError(f"SECRET_KEY muss aus mindestens {SECRET_KEY_LENGTH} zufälligen Zeichen bestehen.")
    return value


def _link_keys(environ: Mapping[str, str]) -> tuple[str, ...]:
    wanted = f"mindestens {LINK_KEY_LENGTH} zufällige Zeichen je Schlüssel, mehrere durch Komma getrennt"
    keys = tuple(key.strip() for key in _required(environ, "LINK_KEYS", wanted).split(","))
    if any(len(key) < LINK_KEY_LENGTH or len(set(key)) < 5 for key in keys):
        raise ConfigurationError(f"LINK_KEYS braucht {wanted}.")
    if len(set(keys)) < len(keys) or environ["SECRET_KEY"] in keys:
        raise ConfigurationError("LINK_KEYS darf keinen Schlüssel doppelt und nicht den SECRET_KEY enthalten.")
    return keys


def _base_url(environ: Mapping[str, str], *, trial: bool) -> str:
    example = "https://klimapakt.stadt.example"
    value = _required(environ, "PORTAL_BASE_URL", example).rstrip("/")
    parts = _split("PORTAL_BASE_URL", value)
    _port_of("PORTAL_BASE_URL", parts)
    schemes = ("http", "https") if trial else ("https",)
    if (
        parts.scheme not in schemes
        or not parts.hostname
        or parts.username
        or parts.path
        or parts.query
        or parts.fragment
    ):
        raise ConfigurationError(
            f"PORTAL_BASE_URL muss die öffentliche Adresse ohne Pfad sein, zum Beispiel {example}."
        )
    return value


def _data(environ: Mapping[str, str]) -> Path:
    path = Path(_required(environ, "PORTAL_DATA", "/var/lib/klimapakt"))
    if not path.is_absolute():
        raise ConfigurationError("PORTAL_DATA muss ein vollständiger Pfad sein, zum Beispiel /var/lib/klimapakt.")
    return path


def _embedded(environ: Mapping[str, str]) -> frozenset[str]:
    """Read the launcher's list; beside PORTAL_MODE=embedded it stands together with the addresses."""
    return frozenset(name for name in environ.get("PORTAL_EMBEDDED", "").split(",") if name in PARTS)


def _required(environ: Mapping[str, str], name: str, example: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"{name} fehlt (erwartet: {example}).")
    return value


def _number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and len(value) <= 6 and low <= int(value) <= high):
        raise ConfigurationError(f"{name} muss eine ganze Zahl von {low} bis {high} sein.")
    return int(value)


def _split(name: str, value: str) -> SplitResult:
    try:
        return urlsplit(value)
    except ValueError:
        raise ConfigurationError(f"{name} ist keine gültige Adresse.") from None


def _port_of(name: str, parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ConfigurationError(f"{name} nennt einen ungültigen Port.") from None


def _listed(names: list[str]) -> str:
    """Join names the German way: A, B und C."""
    return " und ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
