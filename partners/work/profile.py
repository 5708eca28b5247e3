"""What waits for the office about profiles, and about data that nobody confirmed."""

from django.contrib.auth.models import AbstractUser
from django.urls import reverse
from django.utils import timezone

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
