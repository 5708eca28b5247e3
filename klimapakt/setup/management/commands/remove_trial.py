from typing import Any

from klimapakt.setup import trial
from klimapakt.setup.commands import PortalCommand


class Command(PortalCommand):
    help = "Entfernt alles Erfundene; was echt ist, bleibt."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = trial.remove()
        if removed is None:
            self.stdout.write("Erfundene Unternehmen sind nicht geladen.")
            return
        self.stdout.write(
            f"Entfernt sind {removed.partners} erfundene Partner, {removed.events} Veranstaltungen und {removed.applications} Anträge."
        )
