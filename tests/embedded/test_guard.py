"""The guard of a small piece of work: how it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.fault

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from klimapakt.embedded.folder import Folder
from klimapakt.embedded.guard import guarded

def work(supervisor, report):
    print("ready", flush=True)
    supervisor.watch()

folder = Folder(Path(sys.argv[1]))
folder.create()
sys.exit(guarded(folder, work))
"""


def test_asking_for_the_end_again_and_again_ends_it_as_once_does(tmp_path):
    """One may come when the supervisor is gone and the guard has not noted it yet."""
    for _ in range(20):
        command = [sys.executable, "-c", PROGRAM, tmp_path]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as guard:
            assert guard.stdout.readline() == "ready\n"
            while guard.poll() is None:
                guard.send_signal(signal.SIGTERM)
            assert guard.stdout.read() == ""
        assert guard.returncode == 0
