"""Starts the portal: packages, data folder, embedded servers, processes.

Nothing in here imports Django. `bootstrap` runs before any package is installed; what needs a package
imports it where it is used.
"""

import contextlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
"""The checkout."""


class PortalError(Exception):
    """Ends a command with exit code 1; the message is one German sentence for the person at the keyboard."""


def say(text: str = "", *, failure: bool = False) -> None:
    """Print a line for the person at the keyboard, who may have closed the pipe."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr if failure else sys.stdout, flush=True)
