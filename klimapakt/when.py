"""Dates as Germans write them, never more exact than they are known."""

from datetime import datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format


def clock(moment: datetime, *, exact: bool = False) -> str:
    """Return e.g. „13“ or „13:30“, in Berlin time (DIN 5008); with `exact` also „13:00“."""
    local = timezone.localtime(moment)
    return f"{local:%H:%M}" if local.minute or exact else str(local.hour)


@lru_cache(maxsize=1000)  # the same few dates come on every page, and writing one takes as long as ten table cells
def day(moment: datetime) -> str:
    """Return e.g. „Montag, 8. August 2022“, in Berlin time."""
    return date_format(timezone.localtime(moment), "l, j. F Y")


JOINER = "\u2060"
RANGE, HOURS = f"{JOINER}–{JOINER}", "\u00a0Uhr"
"""Neither a range nor its „Uhr“ breaks at the end of a line."""


def span(starts_at: datetime, ends_at: datetime | None) -> str:
    """Return e.g. „Montag, 8. August 2022, 13–17 Uhr“."""
    if ends_at is None:
        return f"{day(starts_at)}, {clock(starts_at)}{HOURS}"
    if timezone.localtime(starts_at).date() == timezone.localtime(ends_at).date():
        return f"{day(starts_at)}, {hours(starts_at, ends_at)}"
    return f"{day(starts_at)}, {clock(starts_at)}{HOURS} bis {day(ends_at)}, {clock(ends_at)}{HOURS}"


def hours(starts_at: datetime, ends_at: datetime) -> str:
    """Return e.g. „13–17 Uhr“ or „13:00–13:45 Uhr“ for two moments of one day."""
    exact = bool(starts_at.minute or ends_at.minute)
    return f"{clock(starts_at, exact=exact)}{RANGE}{clock(ends_at, exact=exact)}{HOURS}"
