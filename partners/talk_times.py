"""A series of times for orientation talks, by the clock in Berlin."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format

MOST_TIMES = 200
"""So many talks one series may have: half a year of a full morning each week. More is a slip of the pen."""
LONGEST_SERIES = timedelta(days=366)


class NoSuchTime(ValueError):
    """The clocks change then: that time of day does not exist, or comes twice. The message is a German sentence."""


class TooMany(ValueError):
    """The message is a German sentence."""


@dataclass(frozen=True, order=True)
class Times:
    """When one talk begins and ends."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Series:
    """Talks of some minutes with pauses between them, on these weekdays (0 is Monday) between two hours of the day.

    Without `until` there is one talk a day. Days are first and last, both included.
    """

    first_day: date
    last_day: date
    weekdays: Collection[int]
    begins: time
    until: time | None
    minutes: int
    pause: int

    def times(self) -> list[Times]:
        """Return all of them, the soonest first. Raises NoSuchTime and TooMany."""
        found = []
        for day in self._days():
            for begins in self._clock(day):
                found.append(Times(_moment(begins), _moment(begins + timedelta(minutes=self.minutes))))
                if len(found) > MOST_TIMES:
                    raise TooMany(f"Das wären mehr als {MOST_TIMES} Termine. Bitte wählen Sie einen kürzeren Zeitraum.")
        return found

    def _days(self) -> Iterator[date]:
        for number in range((self.last_day - self.first_day).days + 1):
            day = self.first_day + timedelta(days=number)
            if day.weekday() in self.weekdays:
                yield day

    def _clock(self, day: date) -> Iterator[datetime]:
        """The beginnings of one day as the clock on the wall shows them."""
        begins = datetime.combine(day, self.begins)
        if self.until is None:
            yield begins
            return
        while begins + timedelta(minutes=self.minutes) <= datetime.combine(day, self.until):
            yield begins
            begins += timedelta(minutes=self.minutes + self.pause)


def _moment(wall: datetime) -> datetime:
    """Return the one moment at which the clock shows this time."""
    first, second = (timezone.make_aware(wall.replace(fold=fold)) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise NoSuchTime(
            f"Am {date_format(wall, 'j. F Y')} werden die Uhren umgestellt; {date_format(wall, 'H:i')} Uhr gibt es an "
            "diesem Tag nicht oder zweimal. Bitte wählen Sie eine andere Uhrzeit."
        )
    return first
