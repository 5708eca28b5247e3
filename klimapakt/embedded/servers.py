"""The embedded servers a command needs, started under a supervisor."""

import time
from collections.abc import Callable
from functools import partial
from typing import NoReturn

from klimapakt.embedded import PortalError
from klimapakt.embedded.bootstrap import PYTHON
from klimapakt.embedded.environment import NOWHERE, inherited
from klimapakt.embedded.folder import Folder
from klimapakt.embedded.postgres import STARTS, Postgres
from klimapakt.embedded.smtp import listening_socket
from klimapakt.embedded.supervisor import Supervisor
from klimapakt.embedded.valkey import Valkey


def start_servers(
    supervisor: Supervisor, folder: Folder, parts: frozenset[str], *, throw_away: bool = False
) -> dict[str, str]:
    """Start the parts and wait until they serve; returns their addresses by variable name."""
    addresses = {}
    if "mail" in parts:
        addresses["MAIL_URL"] = start_mail(supervisor, folder)
    if "valkey" in parts:
        addresses["REDIS_URL"] = _start_valkey(supervisor, Valkey(folder))
    if "postgres" in parts:
        addresses["DATABASE_URL"] = _start_postgres(supervisor, Postgres(folder, throw_away=throw_away))
    return addresses


def addresses_of(folder: Folder, parts: frozenset[str], *, mail: str = NOWHERE) -> dict[str, str]:
    """Return the addresses that the parts have or will have; only that of the mail server changes."""
    addresses = {"MAIL_URL": mail}
    if "valkey" in parts:
        addresses["REDIS_URL"] = Valkey(folder).url
    if "postgres" in parts:
        addresses["DATABASE_URL"] = Postgres(folder).url
    return addresses


def start_mail(supervisor: Supervisor, folder: Folder) -> str:
    """Start the office's mail server; returns its MAIL_URL."""
    with listening_socket() as server:
        command = [str(PYTHON), "-m", "klimapakt.embedded.smtp", str(server.fileno()), str(folder.mail)]
        supervisor.start("mail", command, inherited({}), pass_fds=[server.fileno()])
        return f"smtp://127.0.0.1:{server.getsockname()[1]}?tls=none"


def _start_valkey(supervisor: Supervisor, valkey: Valkey) -> str:
    valkey.prepare()
    start = partial(supervisor.start, "valkey", valkey.command(), inherited({}))
    start()
    if not valkey.wait(_alive(supervisor, "valkey")):
        _give_up_if_alive(supervisor, "valkey")
        valkey.set_aside()
        start()
        if not valkey.wait(_alive(supervisor, "valkey")):
            _give_up(supervisor, "valkey")
    return valkey.url


def _start_postgres(supervisor: Supervisor, postgres: Postgres) -> str:
    postgres.prepare()
    # After a crash, processes of the old server may need a moment to notice that it is gone.
    for _ in range(STARTS):
        supervisor.start("postgres", postgres.command(), {}, **postgres.run_as())
        if postgres.wait(_alive(supervisor, "postgres")):
            return postgres.url
        _give_up_if_alive(supervisor, "postgres")
        time.sleep(1)
    _give_up(supervisor, "postgres")


def _alive(supervisor: Supervisor, name: str) -> Callable[[], bool]:
    return partial(supervisor.alive, name)


def _give_up_if_alive(supervisor: Supervisor, name: str) -> None:
    """A server that runs but does not answer is not helped by a second one."""
    if supervisor.alive(name):
        _give_up(supervisor, name)


def _give_up(supervisor: Supervisor, name: str) -> NoReturn:
    raise PortalError(f"„{name}“ ließ sich nicht starten; Einzelheiten stehen in {supervisor.folder.log_path(name)}.")
