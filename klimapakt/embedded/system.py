"""System libraries and Chromium: looked for by loading them, installed by apt-get where that is allowed."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Mapping

from klimapakt.embedded import PortalError, say

LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
"""What the PDF renderer loads, and the Debian package of each."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def ensure_libraries() -> None:
    """Install the missing system libraries as root; otherwise say which are missing."""
    if not (missing := _missing_libraries()):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Systembibliotheken werden eingerichtet: {' '.join(missing)} …")
        _apt_install(missing)
        missing = _missing_libraries()
    if missing:
        raise PortalError(f"Es fehlen Systembibliotheken; bitte installieren Sie: {' '.join(missing)}.")


def ensure_browser(environ: Mapping[str, str]) -> str:
    """Return the path of Chromium, installed if need be as root; nothing if there is none.

    Raises:
        PortalError: there is none and CI=true says that the browser tests must run.
    """
    browser = environ.get("CHROMIUM") or _find_browser()
    if not browser and os.geteuid() == 0 and shutil.which("apt-get"):
        say("Chromium für die Browser-Tests wird eingerichtet …")
        _apt_install(["chromium"])
        browser = _find_browser()
    if browser and shutil.which(browser):
        return browser
    missing = "Chromium fehlt, die Browser-Tests brauchen es: Bitte installieren Sie das Paket chromium"
    if environ.get("CI", "").lower() in ("true", "1"):
        raise PortalError(f"{missing}.")
    say(f"{missing}; bis dahin werden sie übersprungen.")
    return ""


def _missing_libraries() -> list[str]:
    missing = []
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def _find_browser() -> str:
    return next(filter(None, map(shutil.which, BROWSERS)), "")


def _apt_install(packages: list[str]) -> None:
    """Install quietly; the package lists are fetched only when they turn out to be missing or old."""
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (install, ["apt-get", "update", "--quiet"], install):
        done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if command is install and done.returncode == 0:
            return
