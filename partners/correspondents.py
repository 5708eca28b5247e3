"""Whose mail address is known: contacts of partners, and people who applied."""

from collections.abc import Collection

from django.db.models.functions import Lower

from klimapakt.mailbox.models import case_of
from partners.models import Application, Partner


def find(addresses: Collection[str]) -> dict[str, str]:
    """Return the case of each of these addresses (in small letters) that is known.

    That is the partner whose contact has it (of several, the first), or else the newest application. Whose application
    nobody has confirmed is not known by it.
    """
    applications = (
        Application.objects.exclude(status=Application.Status.UNCONFIRMED)
        .annotate(address=Lower("contact_email"))
        .filter(address__in=addresses)
        .order_by("pk")
    )
    partners = (
        Partner.objects.annotate(address=Lower("organisation__contacts__email"))
        .filter(address__in=addresses)
        .order_by("-pk")
    )
    return {case.address: case_of(case) for case in [*applications, *partners]}
