from django.contrib.auth.models import AbstractUser
from django.urls import reverse

from klimapakt.pact.models import Pact, PactMissing
from klimapakt.worklist import WorkItem


def missing_facts(user: AbstractUser) -> list[WorkItem]:
    """What only the city knows and the portal still lacks, and first what keeps companies from applying."""
    if not user.has_perm("pact.change_pact"):
        return []
    try:
        pact = Pact.load()
    except PactMissing:
        return []
    page, gaps = reverse("admin:pact_pact_change", args=[1]), pact.gaps()
    note = ", ".join(gap.label for gap in gaps[:4]) + (" …" if len(gaps) > 4 else "")
    return [
        WorkItem(
            "Angabe fehlt, damit Unternehmen Anträge stellen können",
            0 if pact.can_send_mail else 1,
            f"{page}#id_office_email",
            "Das Postfach der Geschäftsstelle. Ohne Postfach gehen keine Mails heraus.",
            urgent=True,
        ),
        WorkItem("Angaben fehlen, bevor das Portal öffentlich werden kann", len(gaps), page, note),
    ]
