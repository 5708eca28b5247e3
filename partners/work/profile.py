"""What waits for the office about profiles, and about data that nobody confirmed."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractUser
from django.urls import reverse
from django.utils import timezone

from klimapakt.mailbox import digest
from klimapakt.mailbox.digest import Section
from klimapakt.pact.models import Pact
from klimapakt.worklist import WorkItem
from partners.models import DataCheck, ProfileProposal


def waiting(user: AbstractUser) -> list[WorkItem]:
    """Proposals to release, and partners that did not answer; two queries."""
    if not user.has_perm("partners.change_profileproposal"):
        return []
    url = reverse("admin:partners_profileproposal_changelist")
    return [
        WorkItem(
            "Profiländerungen zur Freigabe",
            ProfileProposal.objects.filter(status=ProfileProposal.Status.OPEN).count(),
            f"{url}?status__exact=open",
            "Alt und neu vergleichen, dann freigeben oder zurückgeben.",
            urgent=True,
        ),
        WorkItem(
            "Daten nicht bestätigt",
            DataCheck.objects.overdue(now=timezone.now()).count(),
            f"{reverse('admin:partners_partner_changelist')}?ansteht=daten",
            "Diese Partner haben auf die Bitte, ihre Daten zu prüfen, nicht geantwortet. Am besten anrufen.",
        ),
    ]


def lying(now: datetime) -> list[Section]:
    """Return for the morning mail the proposals that nobody has decided for the pact's number of days."""
    days = Pact.load().untouched_after_days
    proposals = ProfileProposal.objects.filter(
        status=ProfileProposal.Status.OPEN, proposed_at__lte=now - timedelta(days=days)
    )
    return [
        digest.named(
            f"Profiländerungen, seit {days} Tagen nicht entschieden",
            proposals.select_related("partner__organisation").order_by("proposed_at"),
            str,
        )
    ]
