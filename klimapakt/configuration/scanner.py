"""What the environment says about the virus scanner."""

from collections.abc import Mapping
from dataclasses import dataclass

from klimapakt.configuration.values import ConfigurationError, port_of, split

VARIABLES = ("CLAMD_URL",)
DEFAULT_PORT = 3310


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """Where clamd listens: a socket's path, or host and port."""

    path: str = ""
    host: str = ""
    port: int = DEFAULT_PORT


def read_scanner(environ: Mapping[str, str]) -> Scanner | None:
    """Return where the scanner listens, None without one; raises ConfigurationError."""
    value = environ.get("CLAMD_URL", "").strip()
    if not value:
        return None
    parts = split("CLAMD_URL", value)
    port = port_of("CLAMD_URL", parts)
    if parts.scheme == "unix" and not parts.netloc and parts.path.strip("/"):
        return Scanner(path=parts.path)
    if parts.scheme == "tcp" and parts.hostname and parts.path in ("", "/") and not parts.username:
        return Scanner(host=parts.hostname, port=port or DEFAULT_PORT)
    raise ConfigurationError(
        "CLAMD_URL muss sagen, wo clamd lauscht, zum Beispiel unix:///run/clamav/clamd.ctl oder tcp://127.0.0.1:3310."
    )
