"""Addresses at which nothing arrives, with a sentence for laymen that says why."""

import re
from collections.abc import Iterable

from klimapakt.mailbox import optout
from klimapakt.mailbox.models import AddressProblem, OutgoingMail

NOT_AN_ADDRESS = "Das ist keine Mailadresse. Bitte prüfen Sie die Adresse."
OPTED_OUT = "Hat diese Mails abbestellt."

WHY = {
    "5.1": "Der Mailserver kennt diese Adresse nicht. Bitte prüfen Sie die Adresse.",
    "5.2.2": "Das Postfach ist voll. Bitte fragen Sie die Person auf anderem Weg.",
    "5.2.3": "Die Mail ist für dieses Postfach zu groß.",
    "5.2": "Das Postfach nimmt keine Mails an. Bitte fragen Sie die Person nach einer anderen Adresse.",
    "5.4": "Der Mailserver dieser Adresse ist nicht zu finden. Bitte prüfen Sie den Teil nach dem @.",
    "5.7": "Der Mailserver dieser Adresse nimmt diese Mail nicht an. Bitte fragen Sie dort nach dem Grund.",
}
"""By class of the status (RFC 3463), the closer one first."""

WHY_ELSE = "Der Mailserver kennt diese Adresse nicht oder nimmt nichts für sie an. Bitte prüfen Sie die Adresse."


def status_in(text: bytes) -> str:
    """Return the status at the start of an answer, e.g. 5.1.1 (RFC 3463); empty when there is none."""
    found = re.match(rb"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})\b", text)
    return found[1].decode() if found else ""


def why(status: str) -> str:
    """Say in German why nothing arrives, by its status; without one, in general."""
    return WHY.get(status) or WHY.get(status.rpartition(".")[0]) or WHY_ELSE


def flag(email: str, sentence: str, mail: OutgoingMail | None = None) -> None:
    """Remember that nothing arrives at an address; the newest reason stays. Staff read no address that is unproven."""
    if mail is not None and not mail.is_proven:
        return
    AddressProblem.objects.update_or_create(email=email.lower(), defaults={"sentence": sentence[:300], "mail": mail})


def clear(email: str) -> bool:
    """Forget it: something arrived, or somebody says that the address is well. Returns whether it was flagged."""
    return bool(AddressProblem.objects.filter(email=email.lower()).delete()[0])


def problems_of(emails: Iterable[str]) -> dict[str, str]:
    """Return for the addresses at which nothing arrives, in lower case, the sentence about each."""
    given = {email.lower() for email in emails if email}
    return dict(AddressProblem.objects.filter(email__in=given).values_list("email", "sentence"))


def why_left_out(emails: Iterable[str], topic: str) -> dict[str, str]:
    """Say in German for which of these addresses a mail of a topic is no use, by address in small letters."""
    given = {email.lower() for email in emails}
    unwanted = given - optout.without(given, topic)
    return {**dict.fromkeys(unwanted, OPTED_OUT), **problems_of(given)}
