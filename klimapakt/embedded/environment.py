"""What a started process may see of the caller's environment, and what the portal tells it."""

import os
from collections.abc import Mapping
from urllib.parse import quote

from klimapakt.configuration import PARTS, VARIABLES
from klimapakt.embedded.bootstrap import VENV
from klimapakt.embedded.folder import Folder

PASSED_ON = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM", "COLUMNS", "LINES"),
    *("NO_COLOR", "FORCE_COLOR", "EDITOR", "VISUAL", "PAGER", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH"),
)
PASSED_ON_PREFIXES = ("LC_", "DJANGO_SUPERUSER_", "PORTAL_ADMIN_")
FOR_TESTS = ("CI", "CHROMIUM", "DISPLAY", "PWDEBUG", "DEBUG")
FOR_TESTS_PREFIXES = ("PYTEST_", "HYPOTHESIS_", "PLAYWRIGHT_")
NOWHERE = "smtp://127.0.0.1:1?tls=none"
"""Stands for the embedded mail server while it is not running: mails wait in the outbox."""


def inherited(caller: Mapping[str, str], *, tests: bool = False) -> dict[str, str]:
    """Return the part of the caller's environment that is about the machine and the person, not the portal."""
    names = PASSED_ON + (FOR_TESTS if tests else ())
    prefixes = PASSED_ON_PREFIXES + (FOR_TESTS_PREFIXES if tests else ())
    kept = {name: value for name, value in caller.items() if name in names or name.startswith(prefixes)}
    kept["PATH"] = os.pathsep.join([str(VENV / "bin"), kept.get("PATH", os.defpath)])
    kept.setdefault("LANG", "C.UTF-8")
    return kept | {"VIRTUAL_ENV": str(VENV), "PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "klimapakt.settings"}


def of_portal(
    caller: Mapping[str, str],
    folder: Folder,
    parts: frozenset[str],
    *,
    addresses: Mapping[str, str],
    host: str,
    port: int,
) -> dict[str, str]:
    """Return the whole environment of the portal's processes.

    Args:
        parts: what the launcher runs itself; `addresses` has their DATABASE_URL, REDIS_URL and MAIL_URL.
    """
    environ = inherited(caller) | {name: caller[name] for name in VARIABLES if caller.get(name)}
    environ |= {"PORTAL_DATA": str(folder.path), "HOST": host, "PORT": str(port)}
    environ |= {PARTS[part]: addresses[PARTS[part]] for part in parts}
    environ.pop("PORTAL_EMBEDDED", None)
    environ.pop("PORTAL_MODE", None)
    if "mail" in parts:
        # No mail leaves the machine: secrets and address may be the trial's own.
        secrets = folder.secrets()
        environ = {name: secrets[name] for name in ("SECRET_KEY", "LINK_KEYS")} | environ
        environ.setdefault("PORTAL_BASE_URL", address(host, port))
        environ |= {"PORTAL_MODE": "embedded", "PORTAL_EMBEDDED": ",".join(sorted(parts))}
    return environ


def address(host: str, port: int) -> str:
    """Return where a browser on this machine finds the portal."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{quote(shown, safe='[]:')}:{port}"
