"""Interested companies, as they wait for the office."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.urls import reverse
from django.utils import timezone

from klimapakt.mailbox import digest
from klimapakt.mailbox.digest import Section
from klimapakt.pact.models import Pact
from klimapakt.worklist import WorkItem
from partners.models import Interest


def waiting(user: AbstractUser, *, now: datetime | None = None) -> list[WorkItem]:
    """Return what waits for an answer, what is due again, and what nobody has touched for too long."""
    if not user.has_perm("partners.change_interest"):
        return []
    now, found, url = now or timezone.now(), Interest.objects, reverse("admin:partners_interest_changelist")
    return [
        WorkItem("Neue Anfragen", found.waiting().count(), f"{url}?ansteht=antwort", "Bitte antworten.", urgent=True),
        WorkItem(
            "Wiedervorlagen: Anfragen",
            found.due(on=timezone.localdate(now)).count(),
            f"{url}?ansteht=wiedervorlage",
            "Interessierte, an die Sie heute wieder denken wollten.",
            urgent=True,
        ),
        WorkItem(
            "Anfragen, die zu lange liegen",
            found.untouched(now=now).count(),
            f"{url}?ansteht=liegt",
            "Seit Tagen ist nichts geschehen. Bitte weitermachen, auf Wiedervorlage legen oder abschließen.",
            urgent=True,
        ),
    ]


def lying(now: datetime) -> list[Section]:
    """Return for the morning mail what is due again and what nobody has touched for the pact's number of days."""
    days, found = Pact.load().untouched_after_days, Interest.objects
    return [
        digest.named("Anfragen auf Wiedervorlage", found.due(on=timezone.localdate(now)), _named),
        digest.named(f"Anfragen, bei denen seit {days} Tagen nichts geschehen ist", found.untouched(now=now), _named),
    ]


def _named(interest: Interest) -> str:
    return f"{interest} ({interest.reference})"
