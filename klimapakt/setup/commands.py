"""What the portal's own commands have in common: a failure is one German sentence."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError
from psycopg.errors import UndefinedTable

from klimapakt.pact.models import PactMissing
from klimapakt.states import NotPossible


class PortalCommand(BaseCommand):
    """A command that a person without Python runs: exit code 1 and a sentence, no class name, no traceback."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return self._translated(*args, **options)
        except CommandError as error:
            if not self._called_from_command_line or options.get("traceback"):
                raise
            self.stderr.write(str(error))
            sys.exit(error.returncode)

    def _translated(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except NotPossible as refusal:
            raise CommandError(str(refusal)) from None
        except PactMissing:
            raise CommandError(
                "Es gibt noch keinen Klimapakt; bitte rufen Sie zuerst ./portal manage init_pact auf."
            ) from None
        except ProgrammingError as error:
            if not isinstance(error.__cause__, UndefinedTable):
                raise
            raise CommandError(
                "Die Datenbank ist noch leer; bitte rufen Sie zuerst ./portal manage migrate auf."
            ) from None
