"""Runs the reminders again and again and dies at the line it is told to.

`python -m tests.events.killed` reads a number from each line of its input, runs the task in a child process that is
killed (SIGKILL) when it comes to so many different lines of our code, and says „killed“ or, at the end, „done“.
"""

import os
import signal
import sys
from pathlib import Path
from types import CodeType

import django

ROOT = Path(__file__).parents[2]
OURS = {str(ROOT / path) for path in ("events/services/reminder.py", "klimapakt/mailbox/outbox.py")}
LINE, TOOL = sys.monitoring.events.LINE, sys.monitoring.DEBUGGER_ID


def kill_at(last: int) -> None:
    """Kill this process before the given line of our code, counted as they first run."""
    reached = 0

    def step(code: CodeType, line: int) -> object:
        nonlocal reached
        reached += code.co_filename in OURS
        if reached == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return sys.monitoring.DISABLE  # this line counts once

    sys.monitoring.use_tool_id(TOOL, "killed")
    sys.monitoring.register_callback(TOOL, LINE, step)
    sys.monitoring.set_events(TOOL, LINE)


def main() -> None:
    django.setup()
    from django.db import connection, transaction

    from events.tasks import remind

    with transaction.atomic():  # so that no child has to load what this process has not
        remind()
        transaction.set_rollback(True)
    connection.close()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            kill_at(int(line))
            remind()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "done", flush=True)


if __name__ == "__main__":
    main()
