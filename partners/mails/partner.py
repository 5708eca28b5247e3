"""Mails to a partner's contacts, and to the office about them."""

from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import outbox
from partners import access
from partners.mails.office import to_office
from partners.models import Consent, Contact, Partner
from partners.models.application import LINK_LIFETIME


def profile_published(partner: Partner, contact: Contact) -> None:
    """Say that the profile is public, with the link that withdraws the consent."""
    to_contact(partner, contact, "profile_published", occurrence=f"{partner.published_at.timestamp():.6f}")


def partner_link(partner: Partner, contact: Contact) -> None:
    to_contact(partner, contact, "partner_link", occurrence=f"{timezone.now():%Y%m%d%H%M%S}")


def tell_office_of_consent(consent: Consent, partner: Partner) -> None:
    """A consent was withdrawn, or given again."""
    stand = "given" if consent.stands else "withdrawn"
    to_office("office_consent", key=f"office-consent:{consent.pk}:{stand}", about=partner, context={"consent": consent})


def partner_access(contact: Contact) -> AccessLink:
    """A link to the partner's own pages for one contact."""
    return AccessLink.issue(access.PARTNER, contact.pk, email=contact.email, valid_for=LINK_LIFETIME)


def to_contact(
    partner: Partner, contact: Contact, kind: str, *, occurrence: str, context: dict[str, object] | None = None
) -> None:
    """Write one mail to a contact, once for each `occurrence`, with the link to the partner's own pages."""
    outbox.enqueue(
        f"partners/mail/{kind}",
        key=f"{kind}:{partner.pk}:{contact.pk}:{occurrence}",
        to=contact.email,
        name=contact.name,
        about=partner,
        context={"partner": partner, "contact": contact, **(context or {})},
        link=lambda: partner_access(contact),
    )
