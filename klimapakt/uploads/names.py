"""Names of files: shown as people gave them, never used for anything."""

import uuid
from pathlib import PurePath

from klimapakt.text import clean_line

LONGEST_NAME = 120


def document_path(instance: object, filename: str) -> str:
    """Return a path that tells nothing: random, with the ending of the allowed kind."""
    ending = PurePath(filename).suffix.lower()
    return f"documents/{uuid.uuid4().hex}{ending if ending in ('.pdf', '.png', '.jpg') else '.bin'}"


def shown_name(filename: str) -> str:
    """Return the name people gave, harmless to show."""
    return clean_line(PurePath(filename).name)[-LONGEST_NAME:]


def name_with(ending: str, filename: str) -> str:
    """Return the shown name with the ending that belongs to the content."""
    stem = PurePath(shown_name(filename.replace("\\", "/"))).stem.strip(". ")
    return (stem or "Datei")[: LONGEST_NAME - len(ending)] + ending
