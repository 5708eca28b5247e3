"""`./portal up`: the whole portal in the foreground."""

import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from klimapakt import configuration
from klimapakt.embedded import PortalError, parts, say
from klimapakt.embedded.environment import address, of_portal
from klimapakt.embedded.folder import Folder, data_folder
from klimapakt.embedded.guard import guarded
from klimapakt.embedded.servers import addresses_of, start_servers
from klimapakt.embedded.steps import bring_up_to_date, is_trial
from klimapakt.embedded.supervisor import Supervisor
from klimapakt.embedded.system import ensure_libraries

READY_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the person asked for."""

    pact: str | None = None
    bare: bool = False
    host: str | None = None
    port: str | None = None


def up(options: Options) -> int:
    """Start everything and stay until Ctrl-C; returns the exit code."""
    caller = os.environ | {name: value for name, value in (("HOST", options.host), ("PORT", options.port)) if value}
    embedded = configuration.embedded_parts(caller)
    host, port = configuration.host(caller), configuration.port(caller)
    ensure_libraries()
    folder = data_folder(caller, options.pact)
    folder.create()
    if not folder.lock("up"):
        raise PortalError(_taken(folder))
    ready_to_use = of_portal(caller, folder, embedded, addresses=addresses_of(folder, embedded), host=host, port=port)
    configuration.read(ready_to_use)
    _check_port(host, port)

    def work(supervisor: Supervisor, report: Callable[[dict[str, Any]], None]) -> None:
        addresses = start_servers(supervisor, folder, embedded)
        environ = of_portal(caller, folder, embedded, addresses=addresses, host=host, port=port)
        bring_up_to_date(folder, environ, embedded, pact=options.pact, bare=options.bare)
        supervisor.start("worker", parts.worker(), environ)
        supervisor.start("web", parts.web(host, port), environ)
        supervisor.start("beat", parts.beat(), environ)
        _wait_for_web(supervisor, address(host, port))
        supervisor.watch_children("web", parts.WEB_WORKERS)
        supervisor.watch_children("worker", parts.WORKER_PROCESSES)
        state = {"command": "up", "mail": addresses.get("MAIL_URL", ""), "address": environ["PORTAL_BASE_URL"]}
        folder.write_state(state | {"host": host, "port": port, "processes": supervisor.running})
        report(state)
        _introduce(folder, embedded, environ)
        supervisor.watch()

    code = guarded(folder, work)
    if code == 0:
        say("Das Portal ist beendet.")
    return code


def _taken(folder: Folder) -> str:
    owner, state = folder.owner(), folder.state()
    if owner.get("command") == "up":
        where = f" unter {state['address']}" if state.get("address") else ""
        return f"Mit den Daten in {folder.path} läuft das Portal schon{where} (Prozess {owner.get('pid')})."
    return (
        f"Mit den Daten in {folder.path} arbeitet gerade ein anderer Befehl (Prozess {owner.get('pid')});"
        " bitte warten Sie, bis er fertig ist."
    )


def _check_port(host: str, port: int) -> None:
    try:
        family, kind, _, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except socket.gaierror:
        raise PortalError(f"Den Rechnernamen „{host}“ in HOST oder --host gibt es nicht.") from None
    except PermissionError:
        raise PortalError(f"Port {port} darf nur root benutzen; nehmen Sie mit --port einen ab 1024.") from None
    except OSError as error:
        if error.errno == 99:  # EADDRNOTAVAIL
            raise PortalError(f"Die Adresse {host} gehört nicht zu diesem Rechner.") from None
        raise PortalError(
            f"Port {port} ist schon belegt; nehmen Sie mit --port einen anderen, zum Beispiel --port {port + 1}."
        ) from None


def _wait_for_web(supervisor: Supervisor, url: str) -> None:
    """Return when the web server answers; any answer below 500 counts, a redirect to HTTPS too."""
    deadline = time.monotonic() + READY_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    while time.monotonic() < deadline:
        supervisor.check()
        try:
            opener.open(f"{url}/health/live", timeout=5).close()
            return
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return
            break
        except OSError:
            time.sleep(0.05)
    raise PortalError(f"Der Webserver antwortet nicht; Einzelheiten stehen in {supervisor.folder.log_path('web')}.")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: object) -> None:
        return None


def _introduce(folder: Folder, embedded: frozenset[str], environ: dict[str, str]) -> None:
    base = environ["PORTAL_BASE_URL"]
    say()
    say(f"Das Portal läuft:   {base}/")
    if base != (local := address(environ["HOST"], int(environ["PORT"]))):
        say(f"Hinter dem Proxy:   {local}/")
    say(f"Geschäftsstelle:    {base}/admin/")
    if is_trial(embedded):
        say(
            "  Anmeldung:        geschaeftsstelle, gegenzeichnung, für die Konten verwaltung, nur lesend initialpartner"
        )
        say(f"  Passwort:         {folder.secrets()['STAFF_PASSWORD']} (für alle vier)")
    else:
        say("  Zugang anlegen:   ./portal manage create_admin")
    if "mail" in embedded:
        say(f"Gesendete Mails:    {base}/postfach/  (Dateien in {folder.mail})")
    say(f"Daten:              {folder.path}")
    say("Beenden mit Strg-C.")
