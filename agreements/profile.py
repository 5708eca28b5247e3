from dataclasses import dataclass
from datetime import date

from agreements import pdf
from agreements.models import Agreement, Measure, Target
from klimapakt.documents.models import Document
from klimapakt.statement import Statement
from partners.interfaces import CompanySection, ProfileSection
from partners.models import Contact, Partner

_TARGETS = Statement(lambda partner, on: Target.objects.public(on=on).filter(agreement__partner=partner))
_MEASURES = Statement(lambda partner, on: Measure.objects.public(on=on).filter(agreement__partner=partner))


def targets_and_measures(partner: Partner, on: date) -> ProfileSection | None:
    """Targets and released measures, while the partner consents to their publication."""
    targets, measures = _TARGETS(partner=partner.pk, on=on), _MEASURES(partner=partner.pk, on=on)
    if not targets and not measures:
        return None
    return ProfileSection("agreements/_targets_and_measures.html", {"targets": targets, "measures": measures})


@dataclass(frozen=True)
class AgreementShown:
    agreement: Agreement
    file: Document | None


def agreements_of(contact: Contact) -> CompanySection | None:
    """What binds the contact's organisation, with its PDF; what is still being negotiated is the signatory's."""
    bound = Agreement.objects.bound().filter(partner__organisation=contact.organisation_id)
    files = pdf.signed_copies(bound)
    shown = [AgreementShown(agreement, files.get(agreement.pk)) for agreement in bound]
    return CompanySection("agreements/_agreements_of_company.html", shown) if shown else None


def waits_for(contact: Contact) -> list[str]:
    """Say which agreements lie before this person: whoever leaves neither reads nor signs them."""
    offered = Agreement.objects.filter(
        partner__organisation=contact.organisation_id, status=Agreement.Status.OFFERED
    ).exclude(versions=None)
    found = [agreement.newest_version() for agreement in offered]
    return [
        f"Fassung {version.number} der Vereinbarung liegt dieser Person zur Unterschrift vor. Bitte bieten Sie sie einer anderen an."
        for version in found
        if version.to_email.lower() == contact.email.lower()
    ]
