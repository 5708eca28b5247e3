from dataclasses import dataclass
from datetime import date

from agreements import pdf
from agreements.models import Agreement, Measure, Target
from klimapakt.documents.models import Document
from klimapakt.pact.models import Pact
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


def comes_next(contact: Contact) -> str:
    """Say who acts on the way to a partner's first agreement; empty once there is one, or none is to come."""
    S = Agreement.Status
    found = Agreement.objects.filter(partner__organisation=contact.organisation_id)
    states = set(found.values_list("status", flat=True))
    if states & {S.IN_FORCE, S.REPLACED} or states == {S.CLOSED}:
        return ""
    name = Pact.load().agreement_name
    if S.OFFERED in states:
        return f"Die {name} liegt zum Unterschreiben vor. Wer unterschreibt, hat von uns einen Link dazu bekommen."
    if S.SIGNED in states:
        return f"Sie haben die {name} unterschrieben. Jetzt zeichnet die Geschäftsstelle gegen."
    return f"Jetzt ist die Geschäftsstelle am Zug: Sie stimmt die {name} mit Ihnen ab und meldet sich."


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
