"""What a process can die in while two organisations become one, or are parted (tests.killed)."""

from tests.killed import Act


def person() -> object:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(username="geschaeftsstelle")


def merge() -> None:
    from partners.models import Organisation
    from partners.services import merging

    kept, merged = Organisation.objects.order_by("pk")
    merging.merge(kept, merged, take=["place"], by=person())


def undo() -> None:
    from partners.models import Merge
    from partners.services import merging

    merging.undo(Merge.objects.get(), by=person())


def merge_without_guard() -> None:
    """The control: every step is committed by itself."""
    from partners.models import Organisation, Partner
    from partners.services import merging

    merging._locked = lambda kept, merged: (kept, merged)
    merging._partners = lambda *organisations: list(Partner.objects.filter(organisation__in=organisations))
    kept, merged = Organisation.objects.order_by("pk")
    merging.merge.__wrapped__(kept, merged, take=["place"], by=person())


FILES = (
    "partners/services/merging.py", "partners/services/moving.py", "partners/services/choosing.py",
    "partners/models/merge.py", "partners/models/timeline.py",
)  # fmt: skip

ACTS = {"merge": Act(merge, FILES), "undo": Act(undo, FILES), "merge_without_guard": Act(merge_without_guard, FILES)}
