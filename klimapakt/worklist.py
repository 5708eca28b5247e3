"""What waits for the office, the pact in figures, and what every page of the office has to say: fed by every app.

Apps register in `AppConfig.ready()`; the admin's start page shows what they return, notices stand on every page.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest


@dataclass(frozen=True)
class WorkItem:
    """A thing to do. `count` items wait at `url`; `urgent` ones come first."""

    title: str
    count: int
    url: str
    note: str = ""
    urgent: bool = False


@dataclass(frozen=True)
class Notice:
    """Something unusual that holds everywhere until it ends, and where to do something about it."""

    text: str
    url: str
    link: str


_work: list[Callable[[AbstractUser], list[WorkItem]]] = []
_figures: list[Callable[[], list[dict[str, str]]]] = []
_notices: list[Callable[[HttpRequest], list[Notice]]] = []


def register(source: Callable[[AbstractUser], list[WorkItem]]) -> None:
    """Add a source of work; it leaves out what this person may not see."""
    _work.append(source)


def register_figures(source: Callable[[], list[dict[str, str]]]) -> None:
    """Add figures without personal data, for everybody who may sign in."""
    _figures.append(source)


def register_notices(source: Callable[[HttpRequest], list[Notice]]) -> None:
    """Add a source of notices. It is asked on every page: at most one cheap query, and none for who may not see it."""
    _notices.append(source)


def work_of(user: AbstractUser) -> list[WorkItem]:
    items = [item for source in _work for item in source(user) if item.count]
    return sorted(items, key=lambda item: not item.urgent)


def figures() -> list[dict[str, str]]:
    return [figure for source in _figures for figure in source()]


def notices_for(request: HttpRequest) -> list[Notice]:
    return [notice for source in _notices for notice in source(request)]
