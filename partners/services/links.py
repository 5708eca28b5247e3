"""Which personal links lead to a case, when they were used last, and how the office closes them."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible
from partners import access
from partners.models import Application, Contact, Interest, Partner, TimelineEntry

S = OutgoingMail.Status
NOT_SENT = [S.DRAFT, S.HELD, S.QUEUED, S.RETRY, S.IN_FLIGHT]

Case = Application | Interest | Partner


@dataclass(frozen=True)
class Use:
    """All links that were mailed to one address. `until` is None when none of them opens anything now."""

    email: str
    live: int
    until: datetime | None
    last_used_at: datetime | None


def uses(case: Case) -> list[Use]:
    """Return for each address how many links open the case now, and when one was used last."""
    now = timezone.now()
    live = Q(revoked_at=None, expires_at__gt=now)
    found = (
        _links(case)
        .values(to=Lower("email"))
        .annotate(live=Count("pk", filter=live), until=Max("expires_at", filter=live), used=Max("last_used_at"))
        .order_by("to")
    )
    return [Use(row["to"], row["live"], row["until"], row["used"]) for row in found]


def can_be_closed(case: Case) -> bool:
    return _closable(case).exists()


@transaction.atomic
def close(case: Case, *, by: AbstractUser) -> int:
    """Close all links to a case that somebody may hold; returns how many. Raises NotPossible when there is none.

    Sessions that they opened end with the next request. Links of mails that have not left yet stay: nobody has them.
    """
    number = _closable(case).revoke()
    if not number:
        raise NotPossible("Es ist kein persönlicher Link offen.")
    what = "Einen persönlichen Link" if number == 1 else f"{number} persönliche Links"
    owner = {"organisation": case.organisation} if isinstance(case, Partner) else {case._meta.model_name: case}
    TimelineEntry.note(f"{what} geschlossen", by=by, **owner)
    return number


def _closable(case: Case) -> QuerySet[AccessLink]:
    waiting = OutgoingMail.objects.filter(status__in=NOT_SENT, link__isnull=False)
    return _links(case).live(now=timezone.now()).exclude(pk__in=waiting.values("link"))


def _links(case: Case) -> QuerySet[AccessLink]:
    """Return the links to a case, and those by which its people asked for their links: these open it, too."""
    if isinstance(case, Partner):
        people = Contact.everyone.filter(organisation=case.organisation_id)
        own, emails = Q(purpose=access.PARTNER, object_id__in=people.values("pk")), people.values(to=Lower("email"))
    elif isinstance(case, Application):
        own = Q(purpose__in=[access.APPLICATION, access.CONFIRM], object_id__in=_with_merged(case))
        emails = case.applicants.values(to=Lower("email"))
    else:
        own = Q(purpose=access.INTEREST, object_id=case.pk)
        emails = Interest.objects.filter(pk=case.pk).values(to=Lower("email"))
    links = AccessLink.objects.alias(address=Lower("email"))
    return links.filter(own | Q(purpose=access.RETURN, address__in=emails))


def _with_merged(application: Application) -> list[int]:
    """Return the numbers that lead to an application: its own, and those of what was merged into it."""
    found, last = [application.pk], [application.pk]
    while last := list(Application.objects.filter(merged_into__in=last).values_list("pk", flat=True)):
        found += last
    return found
