"""Dates as Germans write them, never more exact than they are known."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from events.models import Event
from klimapakt import when
from tests.factories import EventFactory

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


def plain(text: str) -> str:
    """Without the characters that only keep a line from breaking."""
    return text.replace("\u00a0", " ").replace("\u2060", "")


def berlin(*moment: int, fold: int = 0) -> datetime:
    return datetime(*moment, tzinfo=BERLIN, fold=fold)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "text"),
    [
        (berlin(2022, 8, 8, 13), berlin(2022, 8, 8, 17), "Montag, 8. August 2022, 13–17 Uhr"),
        (berlin(2022, 8, 8, 13, 30), berlin(2022, 8, 8, 17), "Montag, 8. August 2022, 13:30–17:00 Uhr"),
        (berlin(2022, 8, 8, 9, 5), None, "Montag, 8. August 2022, 09:05 Uhr"),
        (berlin(2022, 8, 8, 0), None, "Montag, 8. August 2022, 0 Uhr"),
        (
            berlin(2022, 8, 8, 22), berlin(2022, 8, 9, 2),
            "Montag, 8. August 2022, 22 Uhr bis Dienstag, 9. August 2022, 2 Uhr",
        ),
        # Summer time: the night of 28 to 29 March 2026 has no 02:30, the night of 24 to 25 October has it twice.
        (berlin(2026, 3, 28, 23), berlin(2026, 3, 29, 4), "Samstag, 28. März 2026, 23 Uhr bis Sonntag, 29. März 2026, 4 Uhr"),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC), "Sonntag, 29. März 2026, 01:59–03:00 Uhr"),
        (berlin(2026, 10, 25, 2, 30), berlin(2026, 10, 25, 2, 30, fold=1), "Sonntag, 25. Oktober 2026, 02:30–02:30 Uhr"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), None, "Freitag, 1. Januar 2027, 00:30 Uhr"),
        (datetime(2026, 6, 30, 22, 30, tzinfo=UTC), None, "Mittwoch, 1. Juli 2026, 00:30 Uhr"),
    ],
)  # fmt: skip
def test_a_span_is_written_in_berlin_time(starts_at, ends_at, text):
    assert plain(when.span(starts_at, ends_at)) == text


def test_pages_and_mails_write_a_time_alike():
    templates = Path(settings.BASE_DIR, "templates").rglob("*.*")
    with_a_dot = re.compile(r'\|(date|time):"[^"]*[GgHh]\.i')

    assert with_a_dot.search('{{ at|date:"j. F, H.i" }} Uhr')
    assert [path.name for path in templates if with_a_dot.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("precision", "starts_at", "reported_on", "text"),
    [
        ("time", berlin(2026, 5, 4, 13), None, "Montag, 4. Mai 2026, 13 Uhr"),
        ("day", berlin(2026, 5, 4, 13), None, "Montag, 4. Mai 2026"),
        ("month", berlin(2026, 5, 4, 13), None, "Mai 2026"),
        ("month", datetime(2026, 4, 30, 22, tzinfo=UTC), None, "Mai 2026"),
        ("unknown", None, None, "Datum nicht bekannt"),
        ("time", None, None, "Datum nicht bekannt"),  # while somebody fills in the form
        ("unknown", None, datetime(2023, 3, 1).date(), "Datum nicht bekannt, Bericht vom 1. März 2023"),
    ],
)
def test_no_date_is_shown_more_exactly_than_it_is_known(precision, starts_at, reported_on, text):
    event = Event(precision=precision, starts_at=starts_at, reported_on=reported_on)

    assert plain(event.when) == text


@pytest.mark.parametrize("path", ["/veranstaltungen/", "/", "own"])
@pytest.mark.parametrize(
    ("precision", "shown", "hidden"),
    [("day", "4. Mai 2099", "13"), ("month", "Mai 2099", "4. Mai"), ("time", "13 Uhr", "13:00")],
)
def test_no_page_says_more_than_is_known(precision, shown, hidden, path, pact, client):
    event = EventFactory(
        published=True, precision=precision, starts_at=berlin(2099, 5, 4, 13), title="Treffen", slug="treffen"
    )

    page = client.get(event.get_absolute_url() if path == "own" else path).content.decode()

    page = plain(page)
    main = page[page.index("<main") : page.index("</main>")]
    assert shown in main
    assert hidden not in main


def test_what_runs_is_still_to_come_and_what_is_over_is_past(db):
    now = berlin(2026, 11, 2, 12)
    hour = timedelta(hours=1)
    running = EventFactory(starts_at=now - hour, ends_at=now + hour)
    coming = EventFactory(starts_at=now + hour)
    over = EventFactory(starts_at=now - 2 * hour, ends_at=now)
    open_end = EventFactory(starts_at=now - hour)
    undated = EventFactory(undated=True)

    assert list(Event.objects.upcoming(now=now)) == [running, coming]
    assert list(Event.objects.past(now=now)) == [open_end, over, undated]


def test_every_event_is_either_coming_or_past(db):
    now = timezone.now()
    for minutes in (-60, 0, 60):
        for length in (None, 30, 90):
            start = now + timedelta(minutes=minutes)
            EventFactory(starts_at=start, ends_at=length and start + timedelta(minutes=length))
    EventFactory(undated=True)

    upcoming, past = (set(found) for found in (Event.objects.upcoming(now=now), Event.objects.past(now=now)))

    assert upcoming | past == set(Event.objects.all())
    assert upcoming & past == set()


@pytest.mark.parametrize("precision", ["day", "month"])
def test_an_event_of_which_only_the_day_or_month_is_known_is_not_over_before_that_has_passed(precision, db):
    EventFactory(published=True, precision=precision, starts_at=berlin(2026, 11, 2, 0))

    with time_machine.travel(berlin(2026, 11, 2, 18), tick=False):
        assert Event.objects.upcoming(now=timezone.now()).exists()


@pytest.mark.parametrize("precision", ["time", "day", "month"])
@pytest.mark.parametrize(
    "starts_at",
    [berlin(2026, 10, 1, 0), berlin(2026, 3, 1, 0), berlin(2026, 10, 25, 0), berlin(2026, 5, 15, 14)],
)
def test_a_page_takes_an_event_for_over_when_the_list_does(precision, starts_at, db):
    event = EventFactory(published=True, precision=precision, starts_at=starts_at)
    moments = [starts_at + timedelta(hours=hours) for hours in (-1, 0, 1, 9, 10, 11, 23, 24, 25, 26)]
    if precision == "month":
        moments += [starts_at + timedelta(days=days) for days in (16, 17, 29, 32)]

    for now in moments:
        assert event.is_over(now=now) == Event.objects.past(now=now).exists(), now


def test_undated_events_come_last_in_the_look_back(db):
    undated = EventFactory(undated=True)
    reported = EventFactory(undated=True, reported_on="2023-01-01")
    old, new = (EventFactory(starts_at=berlin(year, 1, 1)) for year in (2020, 2024))

    assert list(Event.objects.past(now=timezone.now())) == [new, old, reported, undated]


@pytest.mark.parametrize(
    "broken",
    [
        {"precision": "unknown"},
        {"precision": "time", "starts_at": None},
        {"precision": "day", "ends_at": berlin(2099, 1, 1)},
        {"ends_at": berlin(2000, 1, 1)},
    ],
)
def test_the_database_keeps_what_is_known_and_what_is_shown_together(broken, db):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        EventFactory(**broken)
