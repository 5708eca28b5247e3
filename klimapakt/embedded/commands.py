"""The commands beside `up`: tests, Django's commands, and the parts of a production."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from klimapakt import configuration
from klimapakt.embedded import PortalError, parts
from klimapakt.embedded.bootstrap import PYTHON
from klimapakt.embedded.environment import NOWHERE, inherited, of_portal
from klimapakt.embedded.folder import Folder, data_folder, test_folder
from klimapakt.embedded.guard import guarded_command
from klimapakt.embedded.servers import addresses_of, start_servers
from klimapakt.embedded.steps import collect_static
from klimapakt.embedded.supervisor import Supervisor
from klimapakt.embedded.system import ensure_browser, ensure_libraries

JOIN_SECONDS = 60.0
TEST_SECRETS = {"SECRET_KEY": "secret-key-of-the-tests-" * 3, "LINK_KEYS": "link-key-of-the-tests-" * 2}
PYTEST_WORKERS = 2


def manage(pact: str | None, arguments: Sequence[str]) -> int:
    """Run a Django command against the data of the portal, running or not; returns its exit code."""
    embedded = configuration.embedded_parts(os.environ)
    folder = data_folder(os.environ, pact)
    folder.create()
    command = parts.manage(*arguments)
    servers = embedded - {"mail"}
    if not servers:
        environ = _environ(folder, embedded, NOWHERE)
        os.execve(command[0], command, environ)
    _environ(folder, embedded, NOWHERE)  # refuse a wrong configuration before anything starts

    deadline = time.monotonic() + JOIN_SECONDS
    while not folder.lock("manage"):
        users = folder.join()
        if state := folder.state():
            os.execve(command[0], command, _environ(folder, embedded, state["mail"]))
        os.close(users)
        if time.monotonic() > deadline:
            raise PortalError(
                f"Mit den Daten in {folder.path} arbeitet ein anderer Befehl (Prozess {folder.owner().get('pid')})."
            )
        time.sleep(0.2)

    def work(supervisor: Supervisor, report: Callable[[dict[str, Any]], None]) -> None:
        start_servers(supervisor, folder, servers)
        folder.write_state({"command": "manage", "mail": NOWHERE, "processes": supervisor.running})
        report({"ready": True})
        supervisor.watch()

    return guarded_command(folder, work, lambda ready: (command, _environ(folder, embedded, NOWHERE)))


def test(arguments: Sequence[str]) -> int:
    """Run pytest against servers of its own, or against those the environment names; returns its exit code."""
    ensure_libraries()
    browser = ensure_browser(os.environ)
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    if len(given) == 1:
        missing = "REDIS_URL" if "DATABASE_URL" in given else "DATABASE_URL"
        raise PortalError(f"Für Tests mit eigenen Servern fehlt {missing}; ohne beide startet das Portal eigene.")
    folder = test_folder(os.environ)
    servers = frozenset() if given else frozenset({"postgres", "valkey"})

    def environ_with(addresses: Mapping[str, str]) -> dict[str, str]:
        environ = inherited(os.environ, tests=True) | TEST_SECRETS | dict(addresses)
        environ |= {
            "PORTAL_DATA": str(folder.path),
            "PORTAL_MODE": "embedded",
            "PORTAL_EMBEDDED": "mail,postgres,valkey",
        }
        environ |= {"MAIL_URL": NOWHERE, "PORTAL_BASE_URL": "http://127.0.0.1:8000", "CHROMIUM": browser}
        return environ

    def work(supervisor: Supervisor, report: Callable[[dict[str, Any]], None]) -> None:
        addresses = given | start_servers(supervisor, folder, servers, throw_away=True)
        collect_static(folder, environ_with(addresses))
        report(addresses)
        supervisor.watch()

    line = [str(PYTHON), "-m", "pytest", *_in_parallel(arguments), *arguments]
    return guarded_command(folder, work, lambda addresses: (line, environ_with(addresses)))


def run_part(name: str) -> NoReturn:
    """Become the web server, the worker or the clock of a production."""
    if configuration.embedded_parts(os.environ):
        raise PortalError(
            f"./portal {name} braucht eigene Server: Bitte setzen Sie DATABASE_URL, REDIS_URL und MAIL_URL"
            " (zum Ausprobieren ohne sie gibt es ./portal up)."
        )
    settings = configuration.read(os.environ)
    folder = Folder(settings.data)
    folder.create()
    environ = of_portal(os.environ, folder, frozenset(), addresses={}, host=settings.host, port=settings.port)
    if name == "web" and not (settings.data / "static").is_dir():
        raise PortalError(
            "Die statischen Dateien fehlen: Bitte rufen Sie einmal ./portal manage collectstatic --no-input auf."
        )
    if name != "beat":
        ensure_libraries()
    line = {"web": lambda: parts.web(settings.host, settings.port), "worker": parts.worker, "beat": parts.beat}[name]()
    os.execve(line[0], line, environ)


def _environ(folder: Folder, embedded: frozenset[str], mail: str) -> dict[str, str]:
    """Return the environment of a command, as `up` would set it; raises ConfigurationError."""
    state = folder.state()
    host = state.get("host") or configuration.host(os.environ)
    port = state.get("port") or configuration.port(os.environ)
    environ = of_portal(
        os.environ, folder, embedded, addresses=addresses_of(folder, embedded, mail=mail), host=host, port=port
    )
    configuration.read(environ)
    return environ


def _in_parallel(arguments: Sequence[str]) -> list[str]:
    """Return what makes pytest use the cores, unless the person decides or wants to look inside."""
    decided = (
        "-n",
        "--numprocesses",
        "--dist",
        "--pdb",
        "--trace",
        "--collect-only",
        "--co",
        "--markers",
        "--fixtures",
    )
    if any(argument.startswith(decided) for argument in arguments) or "no:xdist" in arguments:
        return []
    return ["-n", str(PYTEST_WORKERS)]
