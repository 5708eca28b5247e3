"""Words in braces that stand for facts: the office writes {stadt}, the partner reads the city's name.

Filling is plain replacement in one pass: a text from the database is never a template (OWASP: server-side template
injection), and braces in a partner's name stay what they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError

IN_BRACES = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True)
class Placeholder:
    """`explanation` tells the office what it stands for, `source` where that is entered."""

    explanation: str
    source: str


PLACEHOLDERS = {
    "partner": Placeholder("Name der Organisation", "bei der Organisation"),
    "anschrift": Placeholder("Anschrift der Organisation", "bei der Organisation"),
    "gegenseite": Placeholder("in wessen Namen gegengezeichnet wird", "unter „Klimapakt“, „Vereinbarungen“"),
    "stadt": Placeholder("Name der Stadt", "unter „Klimapakt“"),
    "pakt": Placeholder("Name des Pakts", "unter „Klimapakt“"),
    "bezeichnung": Placeholder("wie die Partner heißen, zum Beispiel „Klimapartner“", "unter „Klimapakt“"),
    "klimaneutral_bis": Placeholder("Jahr, bis zu dem die Stadt klimaneutral sein will", "unter „Klimapakt“"),
    "vereinbarung": Placeholder("Name der Vereinbarung", "unter „Klimapakt“, „Vereinbarungen“"),
    "laufzeit": Placeholder(
        "wie lange sie gilt, zum Beispiel „für die Dauer von 5 Jahren“", "unter „Klimapakt“, „Vereinbarungen“"
    ),
    "geschaeftsstelle": Placeholder("Name der Geschäftsstelle", "unter „Klimapakt“, „Geschäftsstelle“"),
}


def used_in(text: str) -> list[str]:
    """Return what stands in braces in a text, each once, in the order of its first use."""
    return list(dict.fromkeys(IN_BRACES.findall(text)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace each known placeholder; what is not known stays as it is."""
    return IN_BRACES.sub(lambda found: values.get(found[1], found[0]), text)


def only_known(text: str) -> None:
    """Raise ValidationError when a text holds a placeholder that nobody fills."""
    unknown = [name for name in used_in(text) if name not in PLACEHOLDERS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValidationError(
            f"Diesen Platzhalter gibt es nicht: {{{unknown[0][:60]}}}. Es gibt: {known}.", code="unknown_placeholder"
        )
