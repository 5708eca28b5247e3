"""Mails about a partner's profile, the people who look after it, and the yearly check."""

from datetime import datetime

from django.utils import timezone

from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox import outbox
from klimapakt.pact.models import Pact
from partners import access
from partners.mails.office import to_office
from partners.mails.partner import to_contact
from partners.models import Contact, DataCheck, Partner, ProfileProposal
from partners.models.application import LINK_LIFETIME

# --- The profile ------------------------------------------------------------------------------------------------------


def tell_office_of_proposal(proposal: ProfileProposal) -> None:
    to_office(
        "office_profile",
        key=f"office-profile:{proposal.pk}",
        about=proposal.partner,
        context={"proposal": proposal},
    )


def proposal_released(proposal: ProfileProposal, contact: Contact | None) -> None:
    _to_proposer(proposal, contact, "profile_released")


def release_preview(proposal: ProfileProposal, contact: Contact | None) -> tuple[str, str] | None:
    """Return subject and text of the mail about a release as it will be sent; None where nobody can read it."""
    if contact is None:
        return None
    context = {"partner": proposal.partner, "contact": contact, "proposal": proposal, "about": proposal.partner}
    return outbox.preview("partners/mail/profile_released", {**context, "pact": Pact.load()})


def proposal_returned(proposal: ProfileProposal, contact: Contact | None) -> None:
    _to_proposer(proposal, contact, "profile_returned")


def _to_proposer(proposal: ProfileProposal, contact: Contact | None, kind: str) -> None:
    if contact:
        to_contact(proposal.partner, contact, kind, occurrence=str(proposal.pk), context={"proposal": proposal})


# --- The yearly check -------------------------------------------------------------------------------------------------


def data_check(check: DataCheck, contact: Contact) -> None:
    to_contact(check.partner, contact, "data_check", occurrence=str(check.pk), context={"check": check})


def data_check_reminder(check: DataCheck, contact: Contact) -> None:
    to_contact(check.partner, contact, "data_check_reminder", occurrence=str(check.pk), context={"check": check})


# --- People -----------------------------------------------------------------------------------------------------------

TO_STRANGERS = ["contact_invited", "contact_new_address"]
"""Kinds of mail to an address that nobody proved yet. They hold no word from a form."""


def contact_invited(contact: Contact, *, due_at: datetime | None = None) -> None:
    """The link for a colleague who was entered; opening it proves the address."""
    _to_stranger(contact, "contact_invited", contact.email, due_at=due_at)


def new_address(contact: Contact) -> None:
    """The link that proves a person's new address."""
    _to_stranger(contact, "contact_new_address", contact.new_email)


def _to_stranger(contact: Contact, kind: str, email: str, *, due_at: datetime | None = None) -> None:
    outbox.enqueue(
        f"partners/mail/{kind}",
        key=f"{kind}:{contact.pk}:{email.lower()}:{timezone.now():%Y%m%d%H%M%S}",
        to=email,
        is_proven=False,
        about=_partner_of(contact),
        context={"partner": _partner_of(contact), "days": LINK_LIFETIME.days},
        link=lambda: AccessLink.issue(access.PARTNER, contact.pk, email=email, valid_for=LINK_LIFETIME),
        due_at=due_at,
    )


def warn_of_new_address(contact: Contact) -> None:
    """Tell the old address that somebody entered another one (BSI CON.10.A12)."""
    _notice(contact, "contact_address_asked", contact.email, occurrence=contact.new_email.lower())


def address_changed(contact: Contact, old: str) -> None:
    """Tell the old address that it opens nothing any more."""
    _notice(contact, "contact_address_changed", old, occurrence=contact.email.lower())


def contact_left(contact: Contact) -> None:
    """Tell whoever was taken out that the links to the partner's pages are closed."""
    _notice(contact, "contact_left", contact.email, occurrence=f"{contact.left_at:%Y%m%d%H%M%S}")


def took_over(gone: Contact, successor: Contact) -> None:
    """Tell the successor whose roles she or he has now, with the way to the partner's pages."""
    to_contact(
        _partner_of(successor),
        successor,
        "contact_took_over",
        occurrence=f"{gone.pk}:{gone.left_at:%Y%m%d%H%M%S}",
        context={"gone": gone},
    )


def _notice(contact: Contact, kind: str, to: str, *, occurrence: str) -> None:
    outbox.enqueue(
        f"partners/mail/{kind}",
        key=f"{kind}:{contact.pk}:{occurrence}:{timezone.now():%Y%m%d%H%M%S}",
        to=to,
        name=contact.name,
        about=_partner_of(contact),
        context={"partner": _partner_of(contact), "contact": contact},
    )


def stepup_code(link: AccessLink, code: OneTimeCode) -> None:
    """The code for which somebody waits at the screen; a mail with an older one is not sent any more."""
    contact = Contact.objects.select_related("organisation__partner").get(pk=link.object_id)
    partner = _partner_of(contact)
    older = outbox.OutgoingMail.objects.about(partner).filter(kind="contact_code", to_email__iexact=link.email)
    older.call_off()
    outbox.enqueue(
        "partners/mail/contact_code",
        key=f"contact-code:{code.pk}",
        to=link.email,
        name=contact.name,
        about=partner,
        context={"partner": partner, "contact": contact},
        code=lambda: code,
        expires_at=code.expires_at,
        is_urgent=True,
    )


def tell_office_of_leaving(contact: Contact, successor: Contact | None, concerns: list[str]) -> None:
    to_office(
        "office_contact",
        key=f"office-contact:{contact.pk}:{contact.left_at:%Y%m%d%H%M%S}",
        about=_partner_of(contact),
        context={"contact": contact, "successor": successor, "concerns": concerns},
    )


def _partner_of(contact: Contact) -> Partner:
    return contact.organisation.partner
