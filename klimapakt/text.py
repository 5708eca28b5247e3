"""What may stand in a text that a person typed: one rule for the site and the admin."""

import re
import unicodedata

MARKS_A_LETTER = 3
"""So many combining marks a base character keeps; no written language needs more."""

LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def clean_line(text: str) -> str:
    """Return one line: NFC, without control, bidi, zero-width and private-use characters, spaces folded."""
    return " ".join(_harmless(LINE_BREAKS.sub(" ", text).replace("\n", " ")).split())


def clean_prose(text: str) -> str:
    """Like `clean_line`, but line breaks stay (as \\n, at most two in a row)."""
    lines = (" ".join(_harmless(line).split()) for line in LINE_BREAKS.sub("\n", text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _harmless(text: str) -> str:
    seen = "".join(" " if character == "\t" else character for character in text if _is_visible(character))
    kept, marks = [], 0
    for character in unicodedata.normalize("NFC", seen):
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= MARKS_A_LETTER:
            kept.append(character)
    return "".join(kept)


def _is_visible(character: str) -> bool:
    return character == "\t" or unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cs", "Cn")


FOLDED_FROM, FOLDED_TO = "äöüéèêáàâóòôúùûíìîçñ", "aoueeeaaaooouuuiiicn"


def quoted(text: str) -> str:
    """Return the text in German quotation marks; those inside become single ones."""
    return f"„{text.replace('„', '‚').replace('“', '‘')}“"


def sort_key(text: str) -> str:
    """German order after DIN 5007-1 (ä as a, ß as ss); the database's `sort_name` follows the same rule."""
    lower = "".join(character.lower()[0] for character in text)  # letter by letter, as Postgres does it
    return lower.translate(str.maketrans(FOLDED_FROM, FOLDED_TO)).replace("ß", "ss")
