"""What waits for the office, and the pact in figures: one page, fed by every app.

Apps register in `AppConfig.ready()`; the admin's start page shows what they return.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser


@dataclass(frozen=True)
class WorkItem:
    """A thing to do. `count` items wait at `url`; `urgent` ones come first."""

    title: str
    count: int
    url: str
    note: str = ""
    urgent: bool = False


_work: list[Callable[[AbstractUser], list[WorkItem]]] = []
_figures: list[Callable[[], list[dict[str, str]]]] = []


def register(source: Callable[[AbstractUser], list[WorkItem]]) -> None:
    """Add a source of work; it leaves out what this person may not see."""
    _work.append(source)


def register_figures(source: Callable[[], list[dict[str, str]]]) -> None:
    """Add figures without personal data, for everybody who may sign in."""
    _figures.append(source)


def work_of(user: AbstractUser) -> list[WorkItem]:
    items = [item for source in _work for item in source(user) if item.count]
    return sorted(items, key=lambda item: not item.urgent)


def figures() -> list[dict[str, str]]:
    return [figure for source in _figures for figure in source()]
