from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from events.models import Event, Invitation, Registration
from klimapakt.worklist import WorkItem

LAST_DAYS = timedelta(days=7)
"""So long before the registration closes it is worth calling those who have not answered."""


def waiting(user: AbstractUser) -> list[WorkItem]:
    """Where the office can do something for a meeting: find more room, or ask for an answer."""
    if not user.has_perm("events.view_registration"):
        return []
    now, url = timezone.now(), reverse("admin:events_event_changelist") + "?wann=kommend"
    coming = Event.objects.filter(status=Event.Status.PUBLISHED, starts_at__gt=now)
    in_row = Registration.objects.filter(event=OuterRef("pk"), status=Registration.Status.WAITING)
    closing = coming.alias(closes=Coalesce("registration_closes_at", "starts_at")).filter(
        closes__gt=now, closes__lte=now + LAST_DAYS
    )
    silent = Invitation.objects.of_silent_organisations().filter(event__in=closing)
    return [
        WorkItem(
            "Veranstaltungen mit Warteliste",
            coming.filter(Exists(in_row)).count(),
            url,
            "Vielleicht gibt es einen größeren Raum.",
        ),
        WorkItem(
            "Einladungen ohne Antwort",
            silent.count(),
            url,
            "Aus der ganzen Organisation hat noch niemand geantwortet. "
            f"Die Anmeldung endet in den nächsten {LAST_DAYS.days} Tagen.",
        ),
    ]
