import os
import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction

from klimapakt.setup import roles
from klimapakt.setup.commands import PortalCommand
from klimapakt.text import clean_line

ADMINISTRATOR = "administrator"
ROLES = {
    ADMINISTRATOR: None,
    "office": roles.OFFICE,
    "countersigning": roles.COUNTERSIGNING,
    "initial-partner": roles.INITIAL_PARTNER,
}
"""Role on the command line, and the group it stands for."""

PASSWORD_VARIABLE = "PORTAL_ADMIN_PASSWORD"  # noqa: S105 - the variable's name


class Command(PortalCommand):
    help = (
        f"Legt ein Konto für die Geschäftsstelle an. Das Passwort kommt von der Tastatur oder aus {PASSWORD_VARIABLE}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", type=clean_line, default="", help="Anmeldename")
        parser.add_argument("--first-name", type=clean_line, default="", help="Vorname, steht im Verlauf")
        parser.add_argument(
            "--last-name", type=clean_line, default="", help="Nachname; wer gegenzeichnet, braucht beide"
        )
        parser.add_argument("--email", type=clean_line, default="", help="E-Mail-Adresse")
        parser.add_argument(
            "--role", choices=ROLES, default=ADMINISTRATOR, help="was das Konto darf (Vorgabe: administrator)"
        )
        parser.add_argument("--password-stdin", action="store_true", help="liest das Passwort von der Standardeingabe")
        parser.add_argument(
            "--if-missing", action="store_true", help="ein vorhandenes Konto ist kein Fehler und bleibt, wie es ist"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        can_ask = bool(sys.stdin) and sys.stdin.isatty() and not options["password_stdin"]
        username = options["username"] or self._ask("Anmeldename", can_ask, "--username")
        if get_user_model().objects.filter(username=username).exists():
            sentence = f"Das Konto „{username}“ gibt es schon."
            if not options["if_missing"]:
                raise CommandError(sentence)
            self.stdout.write(sentence)
            return
        # Whoever names the account on the command line gives the address there too, or none.
        email = options["email"] or ("" if options["username"] else self._ask("E-Mail-Adresse", can_ask, "--email"))
        user = get_user_model()(
            username=username,
            first_name=options["first_name"],
            last_name=options["last_name"],
            email=email,
            is_staff=True,
            is_superuser=options["role"] == ADMINISTRATOR,
        )
        self._save(user, self._password(options, can_ask), ROLES[options["role"]])
        self.stdout.write(f"Das Konto „{username}“ ist angelegt.")

    def _ask(self, label: str, can_ask: bool, option: str) -> str:
        answer = clean_line(input(f"{label}: ")) if can_ask else ""
        if not answer:
            raise CommandError(f"{label} fehlt; bitte {option} angeben.")
        return answer

    def _password(self, options: dict[str, Any], can_ask: bool) -> str:
        if options["password_stdin"]:
            return sys.stdin.readline().rstrip("\r\n")
        if password := os.environ.get(PASSWORD_VARIABLE):
            return password
        if not can_ask:
            raise CommandError(f"Das Passwort fehlt; bitte {PASSWORD_VARIABLE} setzen oder --password-stdin benutzen.")
        password = getpass("Passwort: ")
        if password != getpass("Passwort noch einmal: "):
            raise CommandError("Die beiden Eingaben sind verschieden; es wurde kein Konto angelegt.")
        return password

    def _save(self, user: AbstractUser, password: str, group: str | None) -> None:
        try:
            user.full_clean(exclude=["password"])
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        user.set_password(password)
        with transaction.atomic():
            user.save()
            if group:
                user.groups.add(Group.objects.get(name=group))
