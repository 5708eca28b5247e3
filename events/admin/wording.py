"""How the office's pages speak of people: how many, who, and when they hear of it."""

from collections.abc import Iterable, Sequence

from events.models import Invitation, Registration
from klimapakt.pact.models import Pact

NO_MAIL = "Es geht keine Mail heraus."
NAMES_SHOWN = 10


def people(number: int) -> str:
    """Return e.g. „1 Person“ or „12 Personen“."""
    return "1 Person" if number == 1 else f"{number} Personen"


def names_of(guests: Iterable[Registration | Invitation]) -> list[str]:
    """Return whom a mail to each of these greets."""
    return [guest.name if isinstance(guest, Registration) else guest.contact.name for guest in guests]


def shortened(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    shown = ", ".join(names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown} und {len(names) - NAMES_SHOWN} weitere"


def who_gets_a_mail(names: Sequence[str]) -> str:
    """Say how many people a mail goes to, and to whom."""
    if not names:
        return NO_MAIL
    verb = "bekommt" if len(names) == 1 else "bekommen"
    return f"{people(len(names))} {verb} eine Mail: {shortened(names)}."


def time_to_think_again(pact: Pact) -> str:
    """Say when a mail about a decision leaves."""
    if not pact.undo_minutes:
        return "Die Mails gehen sofort heraus."
    return (
        f"Die Mails gehen in {pact.undo_minutes} Minuten heraus; so lange können Sie die Absage zurücknehmen, "
        "ohne dass jemand davon erfährt."
    )
