"""Agreements in any state, brought there by the services; the parts a draft is made of."""

from datetime import date, timedelta

import factory
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from factory.django import DjangoModelFactory

from agreements import mails
from agreements.models import Agreement, Clause, Contribution, Signature, Version
from agreements.services import answering, binding, ending, offering
from klimapakt.links.models import OneTimeCode
from partners.models import Partner
from tests.factories import ContactFactory, MeasureFactory, PartnerFactory, TargetFactory, UserFactory

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n"


class ClauseFactory(DjangoModelFactory):
    class Meta:
        model = Clause

    position = factory.Sequence(lambda n: n)
    title = "Laufzeit"
    text = "Die Vereinbarung gilt {laufzeit}."


class ContributionFactory(DjangoModelFactory):
    class Meta:
        model = Contribution

    text = "Die Stadt berät {partner}."


def ready_to_offer(*, partner: Partner | None = None, **fields: object) -> Agreement:
    """Return a draft that lacks nothing: a clause for each part, a target, a measure, a contribution, a signatory."""
    partner = partner or PartnerFactory()
    if not partner.organisation.contacts.exists():
        ContactFactory(organisation=partner.organisation, name="Erika Muster", function="Geschäftsführerin")
    agreement = Agreement.objects.create(partner=partner, **fields)
    ClauseFactory(agreement=agreement, title="Ziele", text="Die Ziele von {partner}:", contains="targets")
    ClauseFactory(agreement=agreement, title="Maßnahmen", text="Er tut dafür:", contains="measures")
    ClauseFactory(agreement=agreement, title="Beiträge der Stadt", text="Die Stadt:", contains="contributions")
    ClauseFactory(agreement=agreement)
    TargetFactory(agreement=agreement)
    MeasureFactory(agreement=agreement)
    ContributionFactory(agreement=agreement)
    return agreement


def agreement_in(state: str, **fields: object) -> Agreement:
    """Return an agreement in the named state, brought there by the services. Needs a pact."""
    office = UserFactory(first_name="Ottilie", last_name="Amt")
    agreement = ready_to_offer(**fields)
    S = Agreement.Status
    if state != S.DRAFT:
        contact = agreement.partner.organisation.contacts.exclude(email="").first()
        version = offering.offer(agreement, contact, by=office)
        if state == S.DECLINED:
            answering.decline(version, "Das können wir zurzeit nicht leisten.")
        if state in (S.SIGNED, S.IN_FORCE, S.REPLACED):
            sign(version)
        if state in (S.IN_FORCE, S.REPLACED):
            binding.countersign(agreement, sha256=version.sha256, by=office)
        if state == S.REPLACED:
            agreement_in(S.IN_FORCE, partner=agreement.partner)  # on the same day
        if state == S.CLOSED:
            ending.close(agreement, reason="Die Firma zieht weg.", by=office)
    agreement.refresh_from_db()
    assert agreement.status == state
    return agreement


def sign(version: Version, **changes: object) -> Signature:
    """Sign a version as its signatory does after reading the code in the mail."""
    link = changes.pop("link", None) or mails.access_to(version)
    code = changes.pop("code", None) or OneTimeCode.objects.create(
        link=link, expires_at=timezone.now() + timedelta(minutes=10)
    )
    values = {"sha256": version.sha256, "signatory": answering.Signatory("Erika Muster", "Geschäftsführerin")}
    return answering.sign(version, code=code, link=link, **{**values, **changes})


def record_from_paper(agreement: Agreement, *, by: object, **changes: object) -> Version:
    """Record an agreement that both sides signed on paper."""
    values = {
        "signed_on": date(2026, 1, 2),
        "signed_by_partner": "Erika Muster, Geschäftsführerin",
        "signed_for_pact": "Dr. Beate Beispiel, Oberbürgermeisterin",
        "scan": SimpleUploadedFile("Vereinbarung.pdf", PDF),
    }
    return binding.record_from_paper(agreement, by=by, **{**values, **changes})
