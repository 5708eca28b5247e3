"""„Link anfordern“: whoever lost a personal link gets a new one, and nobody learns which addresses are known.

The request keeps the address and nothing else. Only the worker looks whom it belongs to.
"""

import logging
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from klimapakt.links.models import AccessLink
from klimapakt.pact.models import Pact
from partners import access
from partners.mails import interest as mails
from partners.mails.application import application_access
from partners.mails.interest import interest_access
from partners.mails.partner import partner_access
from partners.models import Applicant, Application, Contact, Interest, LinkRequest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Belonging:
    """Something that a personal link opens for one person. `case` is what the office files it under."""

    purpose: str
    object_id: int
    title: str
    case: models.Model
    person: Contact | Applicant | Interest
    is_proven: bool

    def issue(self) -> AccessLink:
        """Return a new link of this thing's own purpose."""
        makers = {
            access.PARTNER: partner_access,
            access.APPLICATION: application_access,
            access.INTEREST: interest_access,
        }
        return makers[self.purpose](self.person)


def ask(email: str) -> None:
    """Keep the wish; the work is the same for every address."""
    LinkRequest.objects.create(email=email)
    transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    from partners.tasks import send_asked_links

    try:
        send_asked_links.delay()
    except OperationalError:
        logger.warning("the broker cannot be reached; the next sweep sends the link")


def send_all() -> int:
    """Mail the links that were asked for, and forget who asked; returns how many mails."""
    sent = 0
    for pk in LinkRequest.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            request = LinkRequest.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            if request is None:
                continue  # another worker has it
            sent += _send(request)
            request.delete()
    return sent


def _send(request: LinkRequest) -> bool:
    found = belongings(request.email)
    if not found or mails.too_many_asked_links(request.email, now=timezone.now()):
        return False
    mails.asked_link(request, about=found[0].case, is_proven=any(one.is_proven for one in found))
    return True


def belongings(email: str) -> list[Belonging]:
    """Return what belongs to an address now: partners, applications under way, inquiries, the weightiest first.

    A decision shows when its mail is due, not before. Once accepted, an application stays with those of its people
    who are no contact of the partner.
    """
    S, told_before = Application.Status, timezone.now() - Pact.load().undo_time
    contacts = Contact.objects.filter(email__iexact=email, organisation__partner__isnull=False).exclude(
        organisation__partner__application__decided_at__gt=told_before
    )
    is_contact = Contact.objects.filter(email__iexact=email, organisation__partner=OuterRef("application__partner"))
    people = Applicant.objects.present().filter(
        Q(application__status__in=Application.UNREAD | Application.UNDECIDED)
        | Q(application__status__in=[S.ACCEPTED, S.REJECTED], application__decided_at__gt=told_before)
        | Q(~Exists(is_contact), application__status=S.ACCEPTED),
        email__iexact=email,
    )
    asked = Interest.objects.filter(email__iexact=email).exclude(status=Interest.Status.CLOSED)
    return [
        *(
            Belonging(access.PARTNER, one.pk, str(one.organisation), one.organisation.partner, one, one.has_access)
            for one in contacts.select_related("organisation__partner").order_by("-is_main", "pk")
        ),
        *(
            Belonging(
                access.APPLICATION, one.application_id, _title_of(one.application), one.application, one, one.is_proven
            )
            for one in people.select_related("application").order_by("-application__saved_at")
        ),
        *(
            Belonging(access.INTEREST, one.pk, f"Ihre Anfrage {one.reference}", one, one, one.is_confirmed)
            for one in asked
        ),
    ]


def _title_of(application: Application) -> str:
    return f"Antrag {application.reference}" + (f", {application.name}" if application.name else "")
