"""The data folder: private, one user at a time, sockets with short paths."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from klimapakt.embedded import PortalError
from klimapakt.embedded.folder import Folder, data_folder
from klimapakt.embedded.folder import test_folder as free_test_folder


@pytest.fixture
def folder():
    """A folder whose path is short, unlike tmp_path's."""
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(Path(path) / "data")
        folder.create()
        yield folder


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_and_private(folder):
    secrets = folder.secrets()

    assert folder.secrets() == secrets
    assert mode(folder.path / "secrets.env") == 0o600
    assert len(secrets["SECRET_KEY"]) >= 50
    assert len(set(secrets.values())) == 3


def test_others_can_list_nothing(folder):
    private = [folder.log, folder.mail, folder.path / "media"]

    assert [mode(path) for path in private] == [0o700] * 3
    assert mode(folder.path) & 0o066 == 0


def test_lock_is_taken_once_and_names_its_holder(folder):
    other = Folder(folder.path)

    assert folder.lock("up")
    assert not other.lock("manage")
    assert other.owner() == {"command": "up", "pid": os.getpid()}


def test_lock_forgets_the_state_of_a_killed_portal(folder):
    folder.write_state({"mail": "smtp://127.0.0.1:1"})

    assert folder.lock("manage")
    assert folder.state() == {}


def test_two_test_runs_get_two_folders(tmp_path):
    environ = {"PORTAL_DATA": str(tmp_path)}

    first, second = free_test_folder(environ), free_test_folder(environ)

    assert first.path != second.path


def test_socket_path_stays_short(folder):
    long = Folder(folder.path / ("x" * 120))
    long.create()
    elsewhere = long.socket_folder("postgres")

    assert folder.socket_folder("postgres") == folder.run / "postgres"
    assert len(str(elsewhere)) <= 85
    assert mode(elsewhere) == 0o700
    elsewhere.rmdir()


def test_foreign_socket_folder_is_refused(folder):
    (folder.run / "postgres").mkdir()
    (folder.run / "postgres").chmod(0o755)

    with pytest.raises(PortalError, match="gehört nicht dem Portal"):
        folder.socket_folder("postgres")


@pytest.mark.parametrize(
    ("environ", "pact", "sentence"),
    [
        ({"PORTAL_DATA": "var"}, None, "PORTAL_DATA muss ein vollständiger Pfad sein"),
        ({}, "atlantis", "Einen Pakt „atlantis“ kennt das Portal nicht; vorhanden sind: "),
    ],
)
def test_wrong_folder_or_pact_is_one_sentence(environ, pact, sentence):
    with pytest.raises(PortalError) as error:
        data_folder(environ, pact)

    assert sentence in str(error.value)


def test_one_folder_holds_one_pact(folder):
    folder.mark("pact", "krefeld")

    with pytest.raises(PortalError, match="liegen schon die Daten von „krefeld“"):
        data_folder({"PORTAL_DATA": str(folder.path)}, "duesseldorf")


def test_each_pact_has_data_of_its_own():
    assert data_folder({}, None).path == data_folder({}, "krefeld").path != data_folder({}, "duesseldorf").path
