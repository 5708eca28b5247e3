"""Where a measurement runs: databases of its own, and the portal's environment around them."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from klimapakt.embedded.environment import NOWHERE

ROOT = Path(__file__).parents[1]


OWN_SERVER = "KLIMAPAKT_BENCH_OWN_SERVER"
"""Set where DATABASE_URL is the embedded server that was started for this measurement."""


def beside_postgres(module: str, *, alone: bool = False) -> None:
    """Return if DATABASE_URL names a server; else run the module again beside one for the while, and exit as it does.

    `alone`: a server that others use as well will not do.
    """
    if os.environ.get(OWN_SERVER if alone else "DATABASE_URL"):
        return
    from klimapakt.embedded.folder import test_folder
    from klimapakt.embedded.guard import guarded_command
    from klimapakt.embedded.servers import start_servers
    from klimapakt.embedded.supervisor import Supervisor

    folder = test_folder(os.environ)

    def work(supervisor: Supervisor, report: Callable[[dict[str, Any]], None]) -> None:
        report(start_servers(supervisor, folder, frozenset({"postgres"})))
        supervisor.watch()

    command = [sys.executable, "-m", module, *sys.argv[1:]]
    sys.exit(guarded_command(folder, work, lambda addresses: (command, os.environ | addresses | {OWN_SERVER: "yes"})))


@contextmanager
def new_database(purpose: str) -> Iterator[str]:
    """Create a database beside the one in DATABASE_URL, yield its address, drop it."""
    url, name = os.environ["DATABASE_URL"], f"klimapakt_bench_{purpose}_{os.getpid()}"
    head, mark, query = url.partition("?")
    server = url.replace("postgres://", "postgresql://", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield head.rpartition("/")[0] + f"/{name}" + mark + query
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def portal(port: int, *, broker: str = "redis://127.0.0.1:1/0", mail: str = NOWHERE) -> Iterator[dict[str, str]]:
    """Set Django up in this process on a new, migrated database; yield the environment for the portal's processes.

    Without others, broker and mail server are addresses where nobody answers: no public page asks them.
    """
    with new_database("portal") as url, tempfile.TemporaryDirectory(prefix="klimapakt-bench-") as data:
        environ = {
            "DATABASE_URL": url,
            "REDIS_URL": broker,
            "MAIL_URL": mail,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "LINK_KEYS": secrets.token_urlsafe(32),
            "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
            "FORM_SECONDS": "0",  # all visitors of a bench come from one address, and type fast
            "FORMS_PER_ADDRESS": "100000",
            "FORMS_IN_ALL": "100000",
            "PORTAL_DATA": data,
            "PORTAL_MODE": "embedded",
            "PORTAL_EMBEDDED": "mail",
            "DJANGO_SETTINGS_MODULE": "klimapakt.settings",
        }
        before = dict(os.environ)
        os.environ |= environ
        try:
            for step in (["migrate"], ["collectstatic"]):
                subprocess.run(  # noqa: S603
                    [sys.executable, "manage.py", *step, "--no-input", "-v0"], cwd=ROOT, check=True
                )
            import django

            django.setup()
            yield os.environ.copy()
        finally:
            _close_connections()
            os.environ.clear()
            os.environ |= before


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
