"""Reads the command line of `./portal`; every failure becomes one sentence and exit code 1."""

import os
import sys
from collections.abc import Sequence

from klimapakt.configuration import ConfigurationError
from klimapakt.embedded import PortalError, bootstrap, say

HELP = """\
Das Portal der Klimapakt-Geschäftsstelle.

  ./portal up [--pact NAME] [--bare] [--host ADRESSE] [--port PORT]
                          startet alles; --bare ohne erfundene Unternehmen,
                          --pact duesseldorf die andere Stadt mit eigenen Daten
  ./portal test [...]     führt die Tests aus; alles Weitere geht an pytest
  ./portal manage [--pact NAME] BEFEHL [...]
                          führt einen Django-Befehl mit denselben Daten aus
  ./portal web            Webserver, Worker und Zeitgeber einzeln,
  ./portal worker         mit eigenen Servern (docs/operations.md)
  ./portal beat
  ./portal lock           schreibt die Paketlisten neu fest
  ./portal help           zeigt diese Hilfe
"""


def main(arguments: list[str]) -> int:
    """Run a command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    try:
        return _run(arguments)
    except (PortalError, ConfigurationError) as error:
        say(str(error), failure=True)
    except PermissionError as error:
        say(f"Auf {error.filename} darf dieses Konto nicht zugreifen.", failure=True)
    except KeyboardInterrupt:
        say("Abgebrochen.", failure=True)
    except Exception as error:
        if os.environ.get("PORTAL_TRACEBACK"):
            raise
        say(f"Das Portal ist an einem Fehler gescheitert: {type(error).__name__}: {error}", failure=True)
    return 1


def _run(arguments: list[str]) -> int:
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if name in ("help", "-h", "--help"):
        say(HELP)
        return 0
    if name not in ("up", "test", "manage", "web", "worker", "beat", "lock"):
        raise PortalError(f"Den Befehl „{name}“ gibt es nicht; ./portal help zeigt alle.")
    options = {} if name in ("test", "manage") else _options(name, rest)
    bootstrap.ensure_packages(dev=name == "test")
    # From here on packages may be imported.
    from klimapakt.embedded import commands, up

    if name == "up":
        return up.up(up.Options(**options))
    if name == "test":
        return commands.test(rest)
    if name == "manage":
        pact, rest = _leading_pact(rest)
        return commands.manage(pact, rest)
    if name == "lock":
        bootstrap.lock()
        return 0
    commands.run_part(name)


def _options(name: str, arguments: Sequence[str]) -> dict[str, str | bool]:
    """Read --name value and --name=value."""
    takes_value = {"up": ("pact", "host", "port")}.get(name, ())
    flags = {"up": ("bare",)}.get(name, ())
    options: dict[str, str | bool] = {}
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        option, equals, value = argument.removeprefix("--").partition("=")
        if argument.startswith("--") and option in flags and not equals:
            options[option] = True
        elif argument.startswith("--") and option in takes_value:
            if not equals:
                value = rest.pop(0) if rest else ""
            if not value or value.startswith("--"):
                raise PortalError(f"Hinter --{option} fehlt der Wert.")
            options[option] = value
        else:
            raise PortalError(f"./portal {name} kennt „{argument}“ nicht; ./portal help zeigt, was es gibt.")
    return options


def _leading_pact(arguments: list[str]) -> tuple[str | None, list[str]]:
    """Take --pact NAME off the front; everything behind belongs to Django."""
    if arguments and (arguments[0] == "--pact" or arguments[0].startswith("--pact=")):
        length = 1 if "=" in arguments[0] else 2
        return str(_options("up", arguments[:length])["pact"]), arguments[length:]
    return None, arguments
