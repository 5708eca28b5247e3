"""Runs of the check against servers that answer at once."""

import dataclasses

import pytest

from klimapakt.mailbox.check import check, network, trial
from tests.smtp_peer import Peer


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Nothing of these servers takes its time."""
    monkeypatch.setattr(trial, "PAUSE", 0.01)
    monkeypatch.setattr(trial, "GRACE", 0.1)
    monkeypatch.setattr(network, "TIMEOUT", 0.5)


@pytest.fixture
def said(pact):
    """Run the check; return what it said and the number of problems."""

    def said(**options) -> tuple[str, int]:
        lines: list[str] = []
        problems = check(lines.append, **{"patience": 0.3, **options})
        text = "\n".join(lines)
        assert text.count("  Problem: ") == problems
        return text, problems

    return said


@pytest.fixture
def encrypted_peer(settings):
    peer = Peer(starttls=True)
    settings.MAIL_SERVER = dataclasses.replace(
        settings.MAIL_SERVER, host="localhost", port=peer.port, security="starttls"
    )
    yield peer
    peer.close()
