from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from klimapakt.setup import profile

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def now():
    return datetime(2026, 11, 22, 12, tzinfo=BERLIN)


@pytest.fixture
def krefeld(db, now):
    return profile.load("krefeld", now=now)


@pytest.fixture
def duesseldorf(db, now):
    return profile.load("duesseldorf", now=now)


@pytest.fixture
def embedded(settings):
    settings.EMBEDDED = frozenset({"postgres", "valkey", "mail"})
