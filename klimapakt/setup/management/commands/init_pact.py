from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from klimapakt.setup import profile
from klimapakt.setup.commands import PortalCommand
from klimapakt.text import clean_line


class Command(PortalCommand):
    help = "Richtet den Klimapakt ein: aus einem mitgelieferten Profil oder leer für eine andere Stadt."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("profile", nargs="?", metavar="PROFIL", help="ohne Angabe: zeigt, welche es gibt")
        parser.add_argument("--name", type=clean_line, default="", help="Name des Pakts, nur für das Profil blank")
        parser.add_argument("--city", type=clean_line, default="", help="Stadt, nur für das Profil blank")

    def handle(self, *args: Any, **options: Any) -> None:
        name, own = options["profile"], {field: options[field] for field in ("name", "city") if options[field]}
        if not name:
            self.stdout.write(f"Vorhanden sind: {', '.join(profile.names())}.")
            self.stdout.write(
                f'Für eine andere Stadt: ./portal manage init_pact {profile.BLANK} --name "Klimapakt Musterstadt" --city Musterstadt'
            )
            return
        if name == profile.BLANK and len(own) < 2:
            raise CommandError("Für einen leeren Pakt bitte --name und --city angeben.")
        if name != profile.BLANK and own:
            raise CommandError(
                f"--name und --city gibt es nur für das Profil {profile.BLANK}; bei „{name}“ stehen sie schon fest."
            )
        pact = profile.load(name, now=timezone.now(), **own)
        self.stdout.write(f"„{pact}“ ist eingerichtet.")
