"""Clocks are put forward, put back, or wrong: what is due stays due, once, at the hour that people read."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from celery.schedules import crontab
from django.db import connection
from django.utils import timezone

from klimapakt.celery import app
from klimapakt.mailbox.admin.mailing_forms import SendForm
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.pump import pump
from tests.factories import OutgoingMailFactory
from tests.smtp_peer import Peer

pytestmark = pytest.mark.fault

BERLIN = ZoneInfo("Europe/Berlin")
FORWARD, BACK = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
"""The moments at which 02:00 became 03:00, and 03:00 became 02:00."""

BY_DAY = [
    name
    for name, entry in app.conf.beat_schedule.items()
    if isinstance(entry["schedule"], crontab) and len(entry["schedule"].hour) == 1
]


@pytest.mark.parametrize("change", [FORWARD, BACK])
def test_the_pause_before_the_next_try_is_an_hour_also_in_the_night_of_the_change(change, pact, peer: Peer):
    peer.at("RCPT", "450 4.2.0 greylisted")
    with time_machine.travel(change - timedelta(minutes=30), tick=False) as clock:
        mail = OutgoingMailFactory(attempts=3)
        pump()
        mail.refresh_from_db()

        clock.shift(timedelta(minutes=59))
        too_early = pump()
        clock.shift(timedelta(minutes=1))

        assert mail.due_at == timezone.now()
        assert (too_early, pump()) == (0, 1)


@pytest.mark.parametrize(
    ("day", "hour", "leaves"),
    [
        ("2026-03-28", "08:00", "2026-03-28T07:00Z"),
        ("2026-03-29", "08:00", "2026-03-29T06:00Z"),
        ("2026-10-24", "08:00", "2026-10-24T06:00Z"),
        ("2026-10-25", "08:00", "2026-10-25T07:00Z"),
        ("2026-03-29", "02:30", "2026-03-29T01:30Z"),  # does not exist
        ("2026-10-25", "02:30", "2026-10-25T00:30Z"),  # exists twice
    ],
)
def test_a_mailing_leaves_at_the_hour_that_somebody_chose_in_berlin(day, hour, leaves, pact, peer: Peer):
    leaves = datetime.fromisoformat(leaves)
    with time_machine.travel(leaves - timedelta(days=3), tick=False) as clock:
        form = SendForm({"when": SendForm.LATER, "day": day, "time": hour})
        assert form.is_valid(), form.errors
        OutgoingMailFactory(due_at=form.cleaned_data["send_at"])

        clock.move_to(leaves - timedelta(seconds=1))
        too_early = pump()
        clock.move_to(leaves)

        assert (too_early, pump()) == (0, 1)


@pytest.mark.parametrize("change", [FORWARD, BACK])
@pytest.mark.parametrize("name", BY_DAY)
def test_what_runs_once_a_day_runs_once_on_the_day_of_the_change(name, change):
    schedule, runs = app.conf.beat_schedule[name]["schedule"], defaultdict(list)
    with time_machine.travel(change - timedelta(days=1), tick=False) as clock:
        last = app.now()
        for _ in range(3 * 24 * 6):  # every ten minutes, as a clock that is busy looks
            clock.shift(timedelta(minutes=10))
            if schedule.is_due(last).is_due:
                last = app.now()
                runs[last.astimezone(BERLIN).date()].append(last.astimezone(BERLIN).hour)

    hours = {hour for day in runs.values() for hour in day}
    assert [len(day) for day in runs.values()] == [1] * len(runs)
    assert len(runs) >= 3
    assert len(hours) == 1
    assert hours.isdisjoint({2, 3})


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_jumps_while_the_server_thinks_costs_neither_a_mail_nor_a_double(days, pact, peer: Peer):
    with time_machine.travel(timezone.now(), tick=True) as clock:
        mail = OutgoingMailFactory()
        peer.at("DOT", lambda dialogue: clock.shift(timedelta(days=days)))

        pump()
        pump()

    mail.refresh_from_db()
    assert mail.status == OutgoingMail.Status.SENT
    assert len(peer.taken) == 1


def test_a_mail_that_a_worker_with_a_wrong_clock_calls_unclear_is_sent_when_the_server_says_so(
    pact, transactional_db, peer: Peer
):
    mail = OutgoingMailFactory()
    peer.at("DOT", look_with_a_clock_that_is_a_day_ahead)

    pump()

    mail.refresh_from_db()
    assert mail.status == OutgoingMail.Status.SENT


def look_with_a_clock_that_is_a_day_ahead(dialogue: object) -> None:
    assert OutgoingMail.objects.doubt(now=timezone.now() + timedelta(days=1)) == 1
    connection.close()
