"""A series of times by the clock in Berlin."""

from datetime import UTC, date, datetime, time

import pytest

from partners.talk_times import MOST_TIMES, NoSuchTime, Series, TooMany

SUMMER_BEGINS, SUMMER_ENDS = date(2026, 3, 29), date(2026, 10, 25)
EVERY_DAY = range(7)


def series(first, last=None, *, begins=time(10), until=None, weekdays=EVERY_DAY, minutes=45, pause=15):
    return Series(first, last or first, weekdays, begins, until, minutes, pause).times()


def shown(times):
    return [f"{one.start:%d.%m. %H:%M}-{one.end:%H:%M}" for one in times]


def test_one_day_without_an_end_is_one_talk():
    assert shown(series(date(2026, 5, 4))) == ["04.05. 10:00-10:45"]


def test_talks_follow_each_other_with_their_pause_until_no_more_fits():
    times = series(date(2026, 5, 4), until=time(12, 45))

    assert shown(times) == ["04.05. 10:00-10:45", "04.05. 11:00-11:45", "04.05. 12:00-12:45"]


def test_only_the_chosen_weekdays_count_first_and_last_day_included():
    times = series(date(2026, 5, 4), date(2026, 5, 18), weekdays=[0, 2])

    assert [one.start.day for one in times] == [4, 6, 11, 13, 18]


def test_the_clock_on_the_wall_stays_when_summer_time_begins():
    before, after = series(date(2026, 3, 27), date(2026, 3, 30), weekdays=[4, 0])

    assert (before.start.hour, after.start.hour) == (10, 10)
    assert before.start.astimezone(UTC) == datetime(2026, 3, 27, 9, tzinfo=UTC)
    assert after.start.astimezone(UTC) == datetime(2026, 3, 30, 8, tzinfo=UTC)


@pytest.mark.parametrize("day", [SUMMER_BEGINS, SUMMER_ENDS])
def test_half_past_two_is_refused_on_days_on_which_the_clocks_change(day):
    with pytest.raises(NoSuchTime, match=r"02:30 Uhr gibt es an diesem Tag nicht oder zweimal"):
        series(day, begins=time(2, 30))


@pytest.mark.parametrize("day", [SUMMER_BEGINS, SUMMER_ENDS])
def test_a_talk_that_would_end_in_that_hour_is_refused_too(day):
    with pytest.raises(NoSuchTime, match="02:15"):
        series(day, begins=time(1, 30))


def test_the_hours_around_are_fine_on_those_days():
    assert shown(series(SUMMER_BEGINS, begins=time(3, 0), minutes=30)) == ["29.03. 03:00-03:30"]


def test_more_than_anybody_can_mean_is_refused():
    with pytest.raises(TooMany, match=str(MOST_TIMES)):
        series(date(2026, 1, 1), date(2026, 12, 31))


def test_a_talk_longer_than_the_day_makes_none():
    assert series(date(2026, 5, 4), begins=time(10), until=time(10, 30)) == []
