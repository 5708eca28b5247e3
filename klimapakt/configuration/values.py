"""The readers of single values, shared by all that read the environment."""

from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit


class ConfigurationError(Exception):
    """A value is missing or wrong; the message is one German sentence that names the variable."""


def required(environ: Mapping[str, str], name: str, example: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"{name} fehlt (erwartet: {example}).")
    return value


def number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and len(value) <= 6 and low <= int(value) <= high):
        raise ConfigurationError(f"{name} muss eine ganze Zahl von {low} bis {high} sein.")
    return int(value)


def split(name: str, value: str) -> SplitResult:
    try:
        return urlsplit(value)
    except ValueError:
        raise ConfigurationError(f"{name} ist keine gültige Adresse.") from None


def port_of(name: str, parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ConfigurationError(f"{name} nennt einen ungültigen Port.") from None


def listed(names: list[str]) -> str:
    """Join names the German way: A, B und C."""
    return " und ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
