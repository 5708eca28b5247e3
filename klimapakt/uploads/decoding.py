"""Opening a hostile file in a process of its own, which has little memory and is killed when it takes too long."""

import subprocess
import sys
from pathlib import Path

from klimapakt.uploads import profiles
from klimapakt.uploads.profiles import Kind

DECODER = Path(__file__).with_name("decoder.py")
SECONDS = 30
MOST_PAGES = 100


class Undecodable(Exception):
    """The file is broken, hostile, or takes more than a usual file may."""


def open_document(content: bytes) -> None:
    """Raise Undecodable unless this is a PDF without password, attachment, script and too many pages."""
    _run("document", MOST_PAGES, content)


def draw_again(content: bytes, *, longest_side: int) -> tuple[Kind, bytes]:
    """Return the kind and the bytes of an image drawn anew, with no side longer than that; raises Undecodable."""
    kind, _, image = _run("image", longest_side, content).partition(b"\n")
    return (profiles.JPEG if kind == b"JPEG" else profiles.PNG), image


def _run(task: str, most: int, content: bytes) -> bytes:
    command = [sys.executable, "-I", str(DECODER), task, str(most)]
    try:
        run = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=False, env={})  # noqa: S603 - our own script
    except subprocess.TimeoutExpired:
        raise Undecodable("it takes too long") from None
    if run.returncode:
        raise Undecodable(f"the decoder ended with {run.returncode}")
    return run.stdout
