"""Whose mail address is known: contacts of partners, people who applied, and people who asked."""

from collections.abc import Collection

from django.db.models.functions import Lower

from klimapakt.mailbox.models import case_of
from partners.models import Application, Interest, Partner


def find(addresses: Collection[str]) -> dict[str, str]:
    """Return the case of each of these addresses (in small letters) that is known.

    That is the partner whose contact has it (of several, the first), or else the newest application. Whose application
    nobody has confirmed is not known by it.
    """
    applications = (
        Application.objects.readable()
        .annotate(address=Lower("contact_email"))
        .filter(address__in=addresses)
        .order_by("pk")
    )
    partners = (
        Partner.objects.annotate(address=Lower("organisation__contacts__email"))
        .filter(address__in=addresses)
        .order_by("-pk")
    )
    inquiries = (
        Interest.objects.readable().annotate(address=Lower("email")).filter(address__in=addresses).order_by("pk")
    )
    return {case.address: case_of(case) for case in [*inquiries, *applications, *partners]}
