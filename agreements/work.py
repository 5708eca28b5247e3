from django.contrib.auth.models import AbstractUser
from django.urls import reverse

from agreements.models import Agreement
from klimapakt.worklist import WorkItem
from partners.interfaces import NextStep
from partners.models import Partner


def drafts(user: AbstractUser) -> list[WorkItem]:
    """Agreements that are not in force yet."""
    if not user.has_perm("agreements.change_agreement"):
        return []
    count = Agreement.objects.filter(status=Agreement.Status.DRAFT).count()
    url = reverse("admin:agreements_agreement_changelist") + "?status__exact=draft"
    return [WorkItem("Vereinbarungen im Entwurf", count, url, "Unterschrift eintragen und in Kraft setzen.")]


def next_steps(partner: Partner) -> list[NextStep]:
    """The partner's agreements, and the way to a new one."""
    steps = [
        NextStep(
            f"Vereinbarung ({agreement.get_status_display()})",
            reverse("admin:agreements_agreement_change", args=[agreement.pk]),
        )
        for agreement in partner.agreements.all()
    ]
    return [
        *steps,
        NextStep("Vereinbarung eintragen", reverse("admin:agreements_agreement_add") + f"?partner={partner.pk}"),
    ]
