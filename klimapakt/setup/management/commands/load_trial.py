from typing import Any

from django.utils import timezone

from klimapakt.setup import trial
from klimapakt.setup.commands import PortalCommand


class Command(PortalCommand):
    help = "Lädt erfundene Unternehmen, Veranstaltungen und Anträge (nur im Testbetrieb)."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = trial.load(now=timezone.now())
        if loaded is None:
            self.stdout.write("Die erfundenen Unternehmen sind schon geladen.")
            return
        self.stdout.write(
            f"Geladen sind {loaded.partners} erfundene Partner, {loaded.events} Veranstaltungen und {loaded.applications} Anträge."
        )
