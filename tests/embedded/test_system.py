"""What only the operating system can provide."""

import os
import shutil

import pytest

from klimapakt.embedded import PortalError, system


@pytest.fixture
def without_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_libraries_of_this_machine_are_found():
    system.ensure_libraries()


def test_missing_library_is_one_sentence_that_names_the_package(monkeypatch, without_root):
    monkeypatch.setitem(system.LIBRARIES, "libnowhere.so.0", "libnowhere0")

    with pytest.raises(PortalError, match=r"^Es fehlen Systembibliotheken; bitte installieren Sie: libnowhere0\.$"):
        system.ensure_libraries()


def test_without_chromium_browser_tests_are_skipped_aloud(monkeypatch, without_root, capsys):
    monkeypatch.setenv("PATH", "/nowhere")

    assert system.ensure_browser({}) == ""
    assert "Chromium fehlt" in capsys.readouterr().out


def test_without_chromium_continuous_integration_fails(monkeypatch, without_root):
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(PortalError, match="Chromium fehlt"):
        system.ensure_browser({"CI": "true"})


def test_named_browser_is_taken(without_root):
    shell = shutil.which("sh")

    assert system.ensure_browser({"CHROMIUM": shell}) == shell
