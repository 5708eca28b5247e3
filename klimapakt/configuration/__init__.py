"""What the environment may say, and what an omission means: read once, checked, or refused in one sentence.

Imports neither Django nor anything else of the project, so that the launcher can ask before Django exists.
A message never repeats a value: addresses carry passwords.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from klimapakt.configuration import mail, scanner
from klimapakt.configuration.mail import ImapServer, MailConfiguration, MailServer, TokenService
from klimapakt.configuration.scanner import Scanner
from klimapakt.configuration.values import ConfigurationError, listed, number, port_of, required, split

__all__ = [
    "Configuration",
    "ConfigurationError",
    "ImapServer",
    "MailConfiguration",
    "MailServer",
    "Scanner",
    "TokenService",
    "embedded_parts",
    "host",
    "port",
    "read",
]

PARTS = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL", "mail": "MAIL_URL"}
"""Parts the portal can run itself, each with the variable that names a real server instead."""

VARIABLES = (
    *PARTS.values(),
    *mail.VARIABLES,
    *scanner.VARIABLES,
    "SECRET_KEY",
    "LINK_KEYS",
    "PORTAL_BASE_URL",
    "PORTAL_DATA",
    "PORTAL_EMBEDDED",
    "PORTAL_MODE",
    "PORTAL_TRUSTED_PROXIES",
    "FORM_SECONDS",
    "FORMS_PER_ADDRESS",
    "FORMS_IN_ALL",
    "HOST",
    "PORT",
)
"""Everything the portal reads; nothing else of the environment changes what it does."""

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
SECRET_KEY_LENGTH = 50  # below this Django itself warns (security.W009)
LINK_KEY_LENGTH = 32


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """A complete, checked configuration. Addresses are kept as given."""

    database_url: str
    redis_url: str
    mail: MailConfiguration
    scanner: Scanner | None
    secret_key: str
    link_keys: tuple[str, ...]
    base_url: str
    data: Path
    embedded: frozenset[str]
    trusted_proxies: int
    form_seconds: int
    forms_per_address: int
    forms_in_all: int
    host: str
    port: int


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
        variables = listed([PARTS[part] for part in missing])
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
        mail=mail.read_mail(environ, trial=trial),
        scanner=scanner.read_scanner(environ),
        secret_key=_secret_key(environ),
        link_keys=_link_keys(environ),
        base_url=_base_url(environ, trial=trial),
        data=_data(environ),
        embedded=_embedded(environ) if trial else frozenset(),
        trusted_proxies=number(environ, "PORTAL_TRUSTED_PROXIES", 0, 0, 10),
        form_seconds=number(environ, "FORM_SECONDS", 3, 0, 60),
        forms_per_address=number(environ, "FORMS_PER_ADDRESS", 30, 1, 100_000),
        forms_in_all=number(environ, "FORMS_IN_ALL", 1000, 1, 1_000_000),
        host=host(environ),
        port=port(environ),
    )


def host(environ: Mapping[str, str]) -> str:
    """Return the address to listen on."""
    value = environ.get("HOST") or DEFAULT_HOST
    if not all(sign.isalnum() or sign in ".:-[]" for sign in value):
        raise ConfigurationError("HOST muss eine Adresse oder ein Rechnername sein, zum Beispiel 127.0.0.1.")
    return value.strip("[]")


def port(environ: Mapping[str, str]) -> int:
    """Return the port to listen on."""
    return number(environ, "PORT", DEFAULT_PORT, 1, 65535)


def _database_url(environ: Mapping[str, str]) -> str:
    example = "postgres://benutzer:passwort@server/klimapakt"
    value = required(environ, "DATABASE_URL", example)
    parts = split("DATABASE_URL", value)
    port_of("DATABASE_URL", parts)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ConfigurationError(f"DATABASE_URL muss eine PostgreSQL-Datenbank nennen, zum Beispiel {example}.")
    return value


def _redis_url(environ: Mapping[str, str]) -> str:
    example = "redis://server:6379/0"
    value = required(environ, "REDIS_URL", example)
    parts = split("REDIS_URL", value)
    port_of("REDIS_URL", parts)
    if parts.scheme == "redis+socket":
        complete = parts.path.startswith("/")
    else:
        complete = parts.scheme in ("redis", "rediss") and bool(parts.hostname)
    if not complete:
        raise ConfigurationError(f"REDIS_URL muss einen Redis- oder Valkey-Server nennen, zum Beispiel {example}.")
    return value


def _secret_key(environ: Mapping[str, str]) -> str:
    value = required(environ, "SECRET_KEY", f"mindestens {SECRET_KEY_LENGTH} zufällige Zeichen")
    if len(value) < SECRET_KEY_LENGTH or len(set(value)) < 5:
        raise ConfigurationError(f"SECRET_KEY muss aus mindestens {SECRET_KEY_LENGTH} zufälligen Zeichen bestehen.")
    return value


def _link_keys(environ: Mapping[str, str]) -> tuple[str, ...]:
    wanted = f"mindestens {LINK_KEY_LENGTH} zufällige Zeichen je Schlüssel, mehrere durch Komma getrennt"
    keys = tuple(key.strip() for key in required(environ, "LINK_KEYS", wanted).split(","))
    if any(len(key) < LINK_KEY_LENGTH or len(set(key)) < 5 for key in keys):
        raise ConfigurationError(f"LINK_KEYS braucht {wanted}.")
    if len(set(keys)) < len(keys) or environ["SECRET_KEY"] in keys:
        raise ConfigurationError("LINK_KEYS darf keinen Schlüssel doppelt und nicht den SECRET_KEY enthalten.")
    return keys


def _base_url(environ: Mapping[str, str], *, trial: bool) -> str:
    example = "https://klimapakt.stadt.example"
    value = required(environ, "PORTAL_BASE_URL", example).rstrip("/")
    parts = split("PORTAL_BASE_URL", value)
    port_of("PORTAL_BASE_URL", parts)
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
    path = Path(required(environ, "PORTAL_DATA", "/var/lib/klimapakt"))
    if not path.is_absolute():
        raise ConfigurationError("PORTAL_DATA muss ein vollständiger Pfad sein, zum Beispiel /var/lib/klimapakt.")
    return path


def _embedded(environ: Mapping[str, str]) -> frozenset[str]:
    """Read the launcher's list; beside PORTAL_MODE=embedded it stands together with the addresses."""
    return frozenset(name for name in environ.get("PORTAL_EMBEDDED", "").split(",") if name in PARTS)
