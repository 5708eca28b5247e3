"""What lies between a started database and a portal that can serve: each step once, or when its input changed."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from klimapakt.embedded import ROOT, PortalError, say
from klimapakt.embedded.folder import DEFAULT_PACT, Folder
from klimapakt.embedded.parts import manage
from klimapakt.embedded.supervisor import run_step

ACCOUNTS = {
    "geschaeftsstelle": ("office", "Ottilie", "Muster"),
    "gegenzeichnung": ("countersigning", "Gerda", "Muster"),
    "verwaltung": ("administrator", "Volker", "Muster"),
    "initialpartner": ("initial-partner", "Ines", "Muster"),
}
"""User name, role and invented name of the accounts of a trial; all have the password of secrets.env."""

HAS_PACT = "import sys; from klimapakt.pact.models import Pact; sys.exit(not Pact.objects.exists())"


def is_trial(parts: frozenset[str]) -> bool:
    """Return whether invented firms and ready-made accounts do no harm: no real data, no real mail."""
    return {"postgres", "mail"} <= parts


def bring_up_to_date(
    folder: Folder, environ: Mapping[str, str], parts: frozenset[str], *, pact: str | None, bare: bool
) -> None:
    """Migrate, load the pact and the trial, collect static files; skips what it did before on the same input.

    A database of somebody else's may have been restored or moved meanwhile: there, the database itself is asked.
    """
    own_database = "postgres" in parts
    migrations = _digest([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py"), _PINS])
    if not own_database or folder.step("migrations") != migrations:
        if not folder.step("migrations"):
            say("Die Datenbank wird eingerichtet …")
        run_step(folder, "Das Einrichten der Datenbank", manage("migrate", "--no-input"), environ)
        folder.mark("migrations", migrations)
    if not own_database or not folder.pact:
        _provide_pact(folder, environ, pact or DEFAULT_PACT)
    if is_trial(parts) and not folder.step("trial"):
        if not bare:
            say("Die erfundenen Unternehmen werden geladen …")
            run_step(folder, "Das Laden der erfundenen Unternehmen", manage("load_trial"), environ)
        folder.mark("trial", "none" if bare else "loaded")
    accounts = " ".join(ACCOUNTS)
    if is_trial(parts) and folder.step("accounts") != accounts:
        with_password = {**environ, "PORTAL_ADMIN_PASSWORD": folder.secrets()["STAFF_PASSWORD"]}
        for name, (role, first_name, last_name) in ACCOUNTS.items():
            person = ("--first-name", first_name, "--last-name", last_name, "--email", f"{name}@klimapakt.example")
            command = manage("create_admin", "--username", name, "--role", role, *person, "--if-missing")
            run_step(folder, f"Das Anlegen des Kontos „{name}“", command, with_password)
        folder.mark("accounts", accounts)
    collect_static(folder, environ)


def _provide_pact(folder: Folder, environ: Mapping[str, str], name: str) -> None:
    """Make the pact unless there is one: an interrupted start may have come that far."""
    try:
        run_step(folder, "", manage("shell", "--no-imports", "--command", HAS_PACT), environ)
    except PortalError:
        run_step(folder, f"Das Anlegen des Pakts „{name}“", manage("init_pact", name), environ)
    folder.mark("pact", name)


def collect_static(folder: Folder, environ: Mapping[str, str]) -> None:
    """Collect the static files when one of ours, or a package, has changed."""
    files = [
        path
        for pattern in ("static", "*/static", "*/*/static")
        for folder_ in ROOT.glob(pattern)
        for path in folder_.rglob("*")
    ]
    digest = _digest([*files, _PINS])
    if folder.step("static") != digest or not (folder.path / "static").is_dir():
        run_step(folder, "Das Sammeln der statischen Dateien", manage("collectstatic", "--no-input"), environ)
        folder.mark("static", digest)


_PINS = ROOT / "requirements" / "runtime.txt"


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(set(files)):
        if path.is_file():
            digest.update(f"{path.relative_to(ROOT)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
