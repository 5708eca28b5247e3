"""Lets a process die at any line of our code.

`python -m tests.killed MODULE` reads from each line of its input a number and the name of an act of MODULE, and runs
the act in a child process that is killed (SIGKILL) when it comes to so many different lines of the files the act is
about. Says „killed“ or, when it got to the end, „done“.
"""

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).parents[1]
LINE, TOOL = sys.monitoring.events.LINE, sys.monitoring.DEBUGGER_ID


@dataclass(frozen=True)
class Act:
    """Something to die in, and the files whose lines count."""

    run: Callable[[], object]
    files: tuple[str, ...]


def kill_at(last: int, files: tuple[str, ...]) -> None:
    """Kill this process before the given line of these files, counted as they first run."""
    ours, reached = {str(ROOT / file) for file in files}, 0

    def step(code: CodeType, line: int) -> object:
        nonlocal reached
        reached += code.co_filename in ours
        if reached == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return sys.monitoring.DISABLE  # this line counts once

    sys.monitoring.use_tool_id(TOOL, "killed")
    sys.monitoring.register_callback(TOOL, LINE, step)
    sys.monitoring.set_events(TOOL, LINE)


def main(module: str) -> None:
    import django

    django.setup()
    acts: dict[str, Act] = importlib.import_module(module).ACTS
    rehearsed = set()
    for line in sys.stdin:
        number, name = line.split()
        if name not in rehearsed:
            rehearse(acts[name])
            rehearsed.add(name)
        child = os.fork()
        if not child:
            kill_at(int(number), acts[name].files)
            acts[name].run()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "done", flush=True)


def rehearse(act: Act) -> None:
    """Run it without consequences, so that no child has to load what this process has not."""
    from django.db import connection, transaction

    with transaction.atomic():
        act.run()
        transaction.set_rollback(True)
    connection.close()


@contextmanager
def killable(module: str, environment: dict[str, str]) -> Iterator[Callable[[int, str], str]]:
    """Yield a function that runs an act until the n-th line; says „killed“ or „done“."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.killed", module],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def run_until(line: int, act: str) -> str:
        process.stdin.write(f"{line} {act}\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    yield run_until
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


if __name__ == "__main__":
    main(sys.argv[1])
