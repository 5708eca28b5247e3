"""Mails about an inquiry: to whoever asked, and to the office."""

from datetime import datetime, timedelta

from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import outbox
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from partners import access
from partners.mails.office import to_office
from partners.models import Interest, LinkRequest
from partners.models.application import LINK_LIFETIME

ASKED_LINK_LIFETIME = timedelta(days=2)
"""Who asks for a link uses it soon; it opens all that belongs to the address."""

LINKS_AN_HOUR = 3
"""So many asked links an hour may reach one address."""


def interest_received(interest: Interest) -> None:
    """The link that proves the address. Holds no word from the form: anybody may have typed it."""
    mails = OutgoingMail.objects.about(interest).filter(kind="interest_received")
    outbox.enqueue(
        "partners/mail/interest_received",
        key=f"interest-received:{interest.pk}:{mails.count() + 1}",
        to=interest.email,
        is_proven=False,
        about=interest,
        context={"days": LINK_LIFETIME.days},
        link=lambda: interest_access(interest),
    )


def interest_answer(interest: Interest, text: str) -> None:
    """The office's answer, with the link to what can be done next."""
    _to_person(interest, "interest_answer", context={"answer": text})


def answer_preview(interest: Interest, text: str) -> tuple[str, str]:
    """Return subject and text of the answer as it will be sent."""
    context = {"interest": interest, "answer": text, "pact": Pact.load()}
    return outbox.preview("partners/mail/interest_answer", context)


def interest_link(interest: Interest) -> None:
    """A new personal link, at the office's wish."""
    _to_person(interest, "interest_link")


def _to_person(interest: Interest, kind: str, *, context: dict[str, object] | None = None) -> None:
    """Mail whoever asked, once the address is proven."""
    outbox.enqueue(
        f"partners/mail/{kind}",
        key=f"{kind}:{interest.pk}:{timezone.now().isoformat()}",
        to=interest.email,
        name=interest.name,
        about=interest,
        context={"interest": interest, **(context or {})},
        link=lambda: interest_access(interest),
    )


def asked_link(request: LinkRequest, *, about: object, is_proven: bool) -> None:
    """The link that somebody asked for. Says nothing about what it opens: the address may be a stranger's."""
    outbox.enqueue(
        "partners/mail/link_asked",
        key=f"link-asked:{request.pk}",
        to=request.email,
        is_proven=is_proven,
        about=about,
        context={"days": ASKED_LINK_LIFETIME.days},
        link=lambda: AccessLink.issue(access.RETURN, request.pk, email=request.email, valid_for=ASKED_LINK_LIFETIME),
    )


def too_many_asked_links(address: str, *, now: datetime) -> bool:
    """Whether an address was sent its share of asked links for this hour."""
    return outbox.recently_sent("link_asked", to=address, since=now - timedelta(hours=1)) >= LINKS_AN_HOUR


def tell_office_of_interest(interest: Interest) -> None:
    to_office("office_interest", key=f"office-interest:{interest.pk}", about=interest)


def tell_office_of_withdrawal(reference: str) -> None:
    """The inquiry is gone, and with it all that named somebody."""
    to_office(
        "office_interest_withdrawn",
        key=f"office-interest-withdrawn:{reference}",
        about=Pact.load(),
        context={"reference": reference},
    )


def interest_access(interest: Interest) -> AccessLink:
    """A link to an inquiry for whoever asked."""
    return AccessLink.issue(access.INTEREST, interest.pk, email=interest.email, valid_for=LINK_LIFETIME)
