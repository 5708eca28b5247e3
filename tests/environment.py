"""An early plugin (`-p tests.environment`): sets the environment of one test process before Django reads it.

`./portal test` starts the servers and names them in the environment; each xdist worker takes a broker number,
an SMTP port, a web port and a folder of its own. (pytest-django gives it a database of its own.)
"""

import os
import socket
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _own_environment() -> None:
    """Give this worker its own parts, before Django reads the settings."""
    number = 1 + int(WORKER.removeprefix("gw")) if WORKER.startswith("gw") else 0
    # xdist's workers inherit what the first process has made of these two.
    given = {name: os.environ.setdefault(f"TEST_{name}", os.environ[name]) for name in ("PORTAL_DATA", "REDIS_URL")}
    data = Path(given["PORTAL_DATA"]) / f"worker-{WORKER}"
    static = Path(given["PORTAL_DATA"]) / "static"
    for folder in ("run", "media", "log"):
        (data / folder).mkdir(parents=True, exist_ok=True)
    if not (data / "static").exists():
        (data / "static").symlink_to(static)
    port = free_port()
    redis = given["REDIS_URL"]
    os.environ |= {
        "PORTAL_DATA": str(data),
        "REDIS_URL": f"{redis}?virtual_host={number}"
        if redis.startswith("redis+socket")
        else f"{redis.rstrip('/')}/{number}",
        "MAIL_URL": f"smtp://127.0.0.1:{free_port()}?tls=none",
        "PORT": str(port),
        "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
        "MAIL_LEASE_SECONDS": "3",
        "FORM_SECONDS": "0",
        "FORMS_PER_ADDRESS": "1000",
    }


_own_environment()
