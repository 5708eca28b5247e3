from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from agreements.models import Agreement, Response, Version
from klimapakt.pact.models import Pact, PactMissing
from klimapakt.worklist import WorkItem
from partners.interfaces import NextStep
from partners.models import Partner

PATIENCE = timedelta(days=14)
"""So long an offer may lie before the office is reminded of it."""


def waiting(user: AbstractUser) -> list[WorkItem]:
    """Agreements that wait for the office, or too long for the partner; one query."""
    may_change = user.has_perm("agreements.change_agreement")
    may_countersign = user.has_perm("agreements.countersign_agreement")
    if not (may_change or may_countersign):
        return []
    S, url = Agreement.Status, reverse("admin:agreements_agreement_changelist")
    newer = Version.objects.filter(agreement=OuterRef("version__agreement"), number__gt=OuterRef("version__number"))
    wishes = Response.objects.filter(~Exists(newer), version__agreement=OuterRef("pk"), kind=Response.Kind.CHANGE)
    recent = Version.objects.filter(agreement=OuterRef("pk"), offered_at__gt=timezone.now() - PATIENCE)
    offered = Q(status=S.OFFERED)
    found = Agreement.objects.aggregate(
        drafts=Count("pk", filter=Q(status=S.DRAFT)),
        signed=Count("pk", filter=Q(status=S.SIGNED)),
        declined=Count("pk", filter=Q(status=S.DECLINED)),
        wishes=Count("pk", filter=offered & Exists(wishes)),
        ending=Count("pk", filter=Q(pk__in=Agreement.objects.ending(on=timezone.localdate()))),
        quiet=Count("pk", filter=offered & ~Exists(wishes) & ~Exists(recent)),
    )
    items = [
        WorkItem(
            "Vereinbarungen gegenzeichnen",
            found["signed"],
            f"{url}?stand=signed",
            "Der Partner hat unterschrieben.",
            urgent=True,
        )
    ]
    if not may_change:
        return items
    return [
        *items,
        WorkItem(
            "Änderungswünsche zu Vereinbarungen",
            found["wishes"],
            f"{url}?stand=offered",
            "Zurückholen, ändern und neu anbieten, oder miteinander sprechen.",
            urgent=True,
        ),
        WorkItem(
            "Vereinbarungen abgelehnt",
            found["declined"],
            f"{url}?stand=declined",
            "Der Grund steht bei der Vereinbarung.",
        ),
        WorkItem(
            "Vereinbarungen seit 14 Tagen ohne Antwort",
            found["quiet"],
            f"{url}?stand=offered",
            "Nachfragen oder den Link erneut senden.",
        ),
        WorkItem(
            "Vereinbarungen enden in den nächsten 90 Tagen",
            found["ending"],
            f"{url}?stand=ends_soon",
            "Mit dem Partner über eine neue sprechen.",
        ),
        WorkItem(
            "Vereinbarungen im Entwurf",
            found["drafts"],
            f"{url}?stand=draft",
            "Fertig schreiben und anbieten, oder auf Papier Unterschriebenes eintragen.",
        ),
    ]


def missing_party(user: AbstractUser) -> list[WorkItem]:
    """The one fact without which no agreement can be offered."""
    if not user.has_perm("pact.change_pact"):
        return []
    try:
        pact = Pact.load()
    except PactMissing:
        return []
    if pact.countersigned_by:
        return []
    return [
        WorkItem(
            "Angabe für Vereinbarungen fehlt",
            1,
            reverse("admin:pact_pact_change", args=[1]) + "#id_countersigned_by",
            "In wessen Namen gegengezeichnet wird. Ohne sie lässt sich keine Vereinbarung anbieten.",
        )
    ]


def next_steps(partner: Partner) -> list[NextStep]:
    """The partner's agreements, and the way to a new one while none is under way."""
    agreements = list(partner.agreements.all())
    steps = [
        NextStep(
            f"Vereinbarung ({agreement.shown_status})",
            reverse("admin:agreements_agreement_change", args=[agreement.pk]),
        )
        for agreement in agreements
    ]
    if any(agreement.is_under_way for agreement in agreements):
        return steps
    add = reverse("admin:agreements_agreement_add") + f"?partner={partner.pk}"
    return [*steps, NextStep("Neue Vereinbarung", add)]
