"""What apps to the right tell this one, so that it need not import them.

`agreements` says who is a Klimapartner; `agreements` and `events` add sections to a public profile and to the
company's own page. Both register in their `AppConfig.ready()`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import QuerySet

if TYPE_CHECKING:
    from partners.models import Contact, Partner


@dataclass(frozen=True)
class ProfileSection:
    """A part of a partner's public profile: a template and what it shows."""

    template: str
    data: object


_agreements_in_force: Callable[[date], QuerySet] | None = None
_profile_sections: list[Callable[["Partner", date], ProfileSection | None]] = []


def register_agreements(in_force: Callable[[date], QuerySet]) -> None:
    """Say which rows with a `partner` make that partner a Klimapartner on a day."""
    global _agreements_in_force
    _agreements_in_force = in_force


def agreements_in_force(on: date) -> QuerySet:
    return _agreements_in_force(on)


def register_profile_section(section: Callable[["Partner", date], ProfileSection | None]) -> None:
    """Add a section to every profile; return None where there is nothing to show. Two queries at most."""
    _profile_sections.append(section)


def profile_sections(partner: "Partner", on: date) -> list[ProfileSection]:
    return [found for section in _profile_sections if (found := section(partner, on))]


@dataclass(frozen=True)
class CompanySection:
    """A part of a company's own page: a template and what it shows."""

    template: str
    data: object


_company_sections: list[Callable[["Contact"], CompanySection | None]] = []


def register_company_section(section: Callable[["Contact"], CompanySection | None]) -> None:
    """Add a section to the page a contact opens by personal link; return None where there is nothing to show."""
    _company_sections.append(section)


def company_sections(contact: "Contact") -> list[CompanySection]:
    return [found for section in _company_sections if (found := section(contact))]


@dataclass(frozen=True)
class Duty:
    """Something that waits for the company: a sentence, where to do it, and by when, if there is a day."""

    title: str
    url: str
    due_on: date | None = None
    text: str = ""


_duties: list[Callable[["Contact"], list[Duty]]] = []


def register_duties(source: Callable[["Contact"], list[Duty]]) -> None:
    """Say what a contact's company has to do. It is asked at each visit of „Mein Klimapakt“."""
    _duties.append(source)


def duties(contact: "Contact") -> list[Duty]:
    """Return what waits, the nearest day first, what has no day at the end."""
    found = [duty for source in _duties for duty in source(contact)]
    return sorted(found, key=lambda duty: (duty.due_on is None, duty.due_on or date.max))


_outlooks: list[Callable[["Contact"], str]] = []


def register_outlook(source: Callable[["Contact"], str]) -> None:
    """Say in a German sentence what comes next for a company and who acts; empty for nothing."""
    _outlooks.append(source)


def outlook(contact: "Contact") -> str:
    return " ".join(sentence for source in _outlooks if (sentence := source(contact)))


_concerns: list[Callable[["Contact"], list[str]]] = []


def register_concerns(source: Callable[["Contact"], list[str]]) -> None:
    """Say in German sentences what hangs on a person who may leave her or his organisation."""
    _concerns.append(source)


def concerns(contact: "Contact") -> list[str]:
    return [sentence for source in _concerns for sentence in source(contact)]


@dataclass(frozen=True)
class NextStep:
    """Something the office can do for a partner, elsewhere in the admin."""

    label: str
    url: str


_next_steps: list[Callable[["Partner"], list[NextStep]]] = []


def register_next_steps(source: Callable[["Partner"], list[NextStep]]) -> None:
    """Offer the office links on a partner's page in the admin."""
    _next_steps.append(source)


def next_steps(partner: "Partner") -> list[NextStep]:
    return [step for source in _next_steps for step in source(partner)]
