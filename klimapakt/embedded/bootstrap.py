"""The virtual environment in `.venv`: made and filled when something changed, else only looked at.

Packages come from requirements/*.txt, each with its hashes; pyproject.toml is where they are chosen.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from klimapakt.embedded import ROOT, PortalError, say

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
STAMP = VENV / "installed.json"
LOG = VENV / "install.log"
SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def ensure_packages(*, dev: bool = False) -> None:
    """Go on inside `.venv` with all packages: may replace this process by the one of `.venv`."""
    wanted = "dev" if dev else "runtime"
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    if inside and _installed().get(wanted) == _digest(wanted):
        return
    # One at a time: `up` and `test` may both be the first to run.
    with open(REQUIREMENTS / "bootstrap.txt", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not inside and not _works(PYTHON):
            say("Die Python-Umgebung wird angelegt …")
            _run("Die Python-Umgebung ließ sich nicht anlegen", [sys.executable, "-m", "venv", "--clear", str(VENV)])
        if _installed().get(wanted) != _digest(wanted):
            say("Die Pakete werden eingerichtet …")
            _install(wanted)
    if not inside:
        os.execv(PYTHON, [str(PYTHON), "-m", "klimapakt.embedded", *sys.argv[1:]])


def lock() -> None:
    """Pin requirements/*.txt anew from pyproject.toml; the runtime pins bind the development ones."""
    ensure_packages()
    compile_ = [
        *(str(PYTHON.with_name("uv")), "pip", "compile", "--system-certs", "--universal", "--generate-hashes"),
        *("--no-emit-index-url", "--no-header", "--python-version", "3.12", "--upgrade", "--quiet", "pyproject.toml"),
    ]
    runtime, dev = REQUIREMENTS / "runtime.txt", REQUIREMENTS / "dev.txt"
    failure = "Die Paketlisten ließen sich nicht neu festschreiben"
    _run(failure, [*compile_, "-o", "requirements/runtime.txt"], _uv_environ())
    _run(
        failure,
        [*compile_, "--group", "dev", "-c", "requirements/runtime.txt", "-o", "requirements/dev.txt"],
        _uv_environ(),
    )
    say(f"Neu festgeschrieben: {runtime.relative_to(ROOT)} und {dev.relative_to(ROOT)}.")


def _install(wanted: str) -> None:
    """Let uv install the pinned packages, or pip where uv cannot reach what pip can."""
    failure = "Die Pakete ließen sich nicht laden (Netz, Proxy oder Spiegel?)"
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes"]
    requirements = str(REQUIREMENTS / f"{wanted}.txt")
    LOG.unlink(missing_ok=True)
    if not _succeeds([str(PYTHON), "-m", "pip", "--version"]):
        _run(failure, [str(PYTHON), "-m", "ensurepip"])
    if not _uv_is_current() and not _succeeds([*pip, "-r", str(REQUIREMENTS / "bootstrap.txt")]):
        # An older pip trusts only its own list of certificates; a proxy's own stands in the system's.
        if os.path.exists(SYSTEM_CERTIFICATES):
            pip.append(f"--cert={SYSTEM_CERTIFICATES}")
        _run(failure, [*pip, "-r", str(REQUIREMENTS / "bootstrap.txt")])
    uv = [str(PYTHON.with_name("uv")), "pip", "install", "--system-certs", "--quiet", "--require-hashes"]
    if not _succeeds([*uv, "--python", str(PYTHON), "-r", requirements], _uv_environ()):
        _run(failure, [*pip, "-r", requirements])
    done = {wanted} | ({"runtime"} if wanted == "dev" else set())
    stamp = {**_installed(), **{name: _digest(name) for name in done}}
    STAMP.with_suffix(".tmp").write_text(json.dumps(stamp))
    STAMP.with_suffix(".tmp").replace(STAMP)


def _uv_environ() -> dict[str, str]:
    """Return the environment for uv, with what only pip's configuration says carried over."""
    environ = {"UV_LINK_MODE": "copy", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1", **os.environ}
    pip = _pip_configuration()
    if "UV_INDEX_URL" not in environ and "index-url" in pip:
        environ.setdefault("UV_DEFAULT_INDEX", pip["index-url"])
    if "cert" in pip:
        environ.setdefault("SSL_CERT_FILE", pip["cert"])
    return environ


def _pip_configuration() -> dict[str, str]:
    """Return pip's settings from files and environment; the later line of its list wins."""
    listing = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    settings = {}
    for line in listing.stdout.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if section in ("global", "install", ":env:"):
            settings[key] = value.strip("'\"")
    return settings


def _uv_is_current() -> bool:
    version = (REQUIREMENTS / "bootstrap.txt").read_text().split()[0].removeprefix("uv==")
    listed = VENV.glob(f"lib/python3*/site-packages/uv-{version}.dist-info")
    return PYTHON.with_name("uv").exists() and any(listed)


def _digest(name: str) -> str:
    return hashlib.sha256((REQUIREMENTS / f"{name}.txt").read_bytes()).hexdigest()


def _installed() -> dict[str, str]:
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def _works(python: Path) -> bool:
    return _succeeds([str(python), "-c", "import sys; sys.exit(not (3, 12) <= sys.version_info < (3, 15))"])


def _succeeds(command: list[str], environ: dict[str, str] | None = None) -> bool:
    """Run quietly; what it says goes to the log when there is a place for one."""
    try:
        done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return False
    if done.returncode and VENV.is_dir():
        with open(LOG, "a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}\n")
    return done.returncode == 0


def _run(failure: str, command: list[str], environ: dict[str, str] | None = None) -> None:
    if not _succeeds(command, environ):
        raise PortalError(f"{failure}; Einzelheiten stehen in {LOG}.")
