"""Dates as Germans write them, never more exact than they are known."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format


def clock(moment: datetime) -> str:
    """Return e.g. „13“ or „13.30“, in Berlin time."""
    local = timezone.localtime(moment)
    return f"{local.hour}" if local.minute == 0 else f"{local.hour}.{local.minute:02d}"


def day(moment: datetime) -> str:
    """Return e.g. „Montag, 8. August 2022“, in Berlin time."""
    return date_format(timezone.localtime(moment), "l, j. F Y")


def span(starts_at: datetime, ends_at: datetime | None) -> str:
    """Return e.g. „Montag, 8. August 2022, 13–17 Uhr“."""
    if ends_at is None:
        return f"{day(starts_at)}, {clock(starts_at)} Uhr"
    if timezone.localtime(starts_at).date() == timezone.localtime(ends_at).date():
        return f"{day(starts_at)}, {clock(starts_at)}–{clock(ends_at)} Uhr"
    return f"{day(starts_at)}, {clock(starts_at)} Uhr bis {day(ends_at)}, {clock(ends_at)} Uhr"
