"""Entry point of `./portal`."""

import sys

from klimapakt.embedded.cli import main

sys.exit(main(sys.argv[1:]))
