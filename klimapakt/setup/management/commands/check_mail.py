from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email

from klimapakt.mailbox.check import check
from klimapakt.setup.commands import PortalCommand


class Command(PortalCommand):
    help = (
        "Prüft das Postfach der Geschäftsstelle: Mailserver, Anmeldung, Verschlüsselung, Ordner und Grenzen, und sendet"
        " eine Testmail an das eigene Postfach. Ändert nichts an Mails."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", default="", metavar="ADRESSE", help="sendet auch dorthin eine Testmail")

    def handle(self, *args: Any, **options: Any) -> None:
        to = options["to"].strip()
        try:
            to and validate_email(to)
        except ValidationError:
            raise CommandError("--to braucht eine Mailadresse, zum Beispiel name@firma.example.") from None
        problems = check(self.stdout.write, to=to)
        self.stdout.write("")
        if problems:
            count = "1 Problem" if problems == 1 else f"{problems} Probleme"
            raise CommandError(f"{count} gefunden. Bitte beheben Sie das und prüfen Sie noch einmal.")
        self.stdout.write("Kein Problem gefunden.")
