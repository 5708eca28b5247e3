from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model

from klimapakt.setup import profile, trial

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


@pytest.fixture
def loaded(krefeld, embedded, now):
    return trial.load(now=now)


@pytest.fixture
def office(db):
    return get_user_model().objects.create_superuser("office")
