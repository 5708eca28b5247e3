from django.contrib.auth.models import AbstractUser
from django.urls import reverse

from klimapakt.pact.models import Pact, PactMissing
from klimapakt.worklist import WorkItem


def missing_facts(user: AbstractUser) -> list[WorkItem]:
    """What only the city knows and the public pages still lack."""
    if not user.has_perm("pact.change_pact"):
        return []
    try:
        gaps = Pact.load().gaps()
    except PactMissing:
        return []
    note = ", ".join(gap.label for gap in gaps[:4]) + (" …" if len(gaps) > 4 else "")
    return [
        WorkItem(
            "Angaben fehlen, bevor das Portal öffentlich werden kann",
            len(gaps),
            reverse("admin:pact_pact_change", args=[1]),
            note,
        )
    ]
