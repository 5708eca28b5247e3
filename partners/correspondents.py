"""Whose mail address is known: contacts of partners, and people who applied."""

from collections.abc import Collection

from django.db.models import F
from django.db.models.functions import Lower

from klimapakt.mailbox.models import case_of
from partners.models import Application, Partner


def find(addresses: Collection[str]) -> dict[str, str]:
    """Return the case of each known address (in lower case): the partner, or else the newest application.

    An address that nobody has proven yet is nobody's.
    """
    applications = (
        Application.objects.exclude(status=Application.Status.UNCONFIRMED)
        .annotate(address=Lower("contact_email"))
        .filter(address__in=addresses)
        .order_by("pk")
    )
    partners = (
        Partner.objects.annotate(email=F("organisation__contacts__email"))
        .annotate(address=Lower("email"))
        .filter(address__in=addresses)
        .order_by("-pk")
    )
    return {case.address: case_of(case) for case in [*applications, *partners]}
