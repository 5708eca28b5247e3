"""`portal` runs each candidate before it believes it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("dirname", "readlink", "sed", "tr", "sh")
MISSING = "#!/bin/sh\nexit 127\n"  # a pyenv shim without the version it stands for
TOO_OLD = "#!/bin/sh\nexit 3\n"
GOOD = f'#!/bin/sh\n[ "$1" = -c ] || echo "chosen: $0"\nexec {sys.executable} "$@"\n'


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose launcher does nothing, and a PATH with nothing but what the search needs."""
    shutil.copy(ROOT / "portal", tmp_path / "portal")
    package = tmp_path / "klimapakt" / "embedded"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text("import sys; print('arguments:', sys.argv[1:])")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    return tmp_path


def put(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)


def run(checkout: Path, *arguments: str, path: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    environ["PATH"] = f"{path}{checkout}/bin"
    return subprocess.run(
        [checkout / "portal", *arguments], env=environ, cwd="/", capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ({"python3": GOOD}, "python3"),
        ({"python3.13": GOOD, "python3.14": GOOD, "python3": GOOD}, "python3.13"),
        ({"python3.13": MISSING, "python3.14": TOO_OLD, "python3.12": GOOD}, "python3.12"),
        ({"python3.13": MISSING, "python3": TOO_OLD, "uv": "#!/bin/sh\necho found/by/uv\n", "found/by/uv": GOOD}, "uv"),
    ],
)
def test_first_candidate_that_works_is_taken(checkout, candidates, chosen):
    for name, script in candidates.items():
        put(checkout / name if "/" in name else checkout / "bin" / name, script)

    done = run(checkout, "up", "--port", "1")

    assert done.returncode == 0
    assert f"/{chosen}\n" in done.stdout
    assert "arguments: ['up', '--port', '1']" in done.stdout


@pytest.mark.parametrize("way", ["pyenv root", "shims"])
def test_versions_folder_of_a_pyenv_is_searched(checkout, way):
    put(checkout / "pyenv" / "versions" / "3.13.7" / "bin" / "python", GOOD)
    path = ""
    if way == "shims":
        put(checkout / "pyenv" / "shims" / "python3.13", MISSING)
        path = f"{checkout}/pyenv/shims:"
    else:
        put(checkout / "bin" / "pyenv", f"#!/bin/sh\necho {checkout}/pyenv\n")

    done = run(checkout, "help", path=path)

    assert "versions/3.13.7/bin/python" in done.stdout


def test_no_python_is_one_sentence(checkout):
    put(checkout / "bin" / "python3", TOO_OLD)

    done = run(checkout, "up")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Das Portal braucht Python 3.12, 3.13 oder 3.14")
    assert done.stderr.count("\n") == 1


def test_named_python_is_taken_or_refused_but_never_replaced(checkout):
    put(checkout / "bin" / "python3.13", GOOD)
    put(checkout / "mine", GOOD)
    put(checkout / "old", TOO_OLD)

    assert "/mine\n" in run(checkout, "help", PYTHON=f"{checkout}/mine").stdout
    refused = run(checkout, "help", PYTHON=f"{checkout}/old")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("PYTHON nennt kein Python 3.12")


def test_works_through_a_symlink_from_anywhere(checkout, tmp_path):
    put(checkout / "bin" / "python3", GOOD)
    link = tmp_path / "elsewhere" / "portal"
    link.parent.mkdir()
    link.symlink_to(os.path.relpath(checkout / "portal", link.parent))

    done = subprocess.run([link], env={"PATH": f"{checkout}/bin"}, cwd="/", capture_output=True, text=True, check=False)

    assert done.returncode == 0
