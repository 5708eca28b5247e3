"""An agreement with one of everything, the same in every run."""

from decimal import Decimal

import pytest

from agreements.models import Agreement, Target
from tests.factories import ContactFactory, MeasureFactory, OrganisationFactory, PartnerFactory, TargetFactory
from tests.factories.agreements import ClauseFactory, ContributionFactory


@pytest.fixture
def full(pact) -> Agreement:
    pact.agreement_term_years = 5
    pact.save()
    organisation = OrganisationFactory(name="Müller & Söhne „Café“ GmbH", street="Backstraße 3")
    ContactFactory(organisation=organisation, name="Erika Muster", function="Geschäftsführerin", email="e@cafe.example")
    agreement = Agreement.objects.create(partner=PartnerFactory(organisation=organisation))
    ClauseFactory(
        agreement=agreement,
        position=10,
        title="Ziele",
        text="Die Stadt {stadt} will bis {klimaneutral_bis} klimaneutral sein.\n\n{partner} hilft.",
        contains="targets",
    )
    ClauseFactory(agreement=agreement, position=20, title="Maßnahmen", text="", contains="measures")
    ClauseFactory(agreement=agreement, position=30, title="Beiträge", text="", contains="contributions")
    ClauseFactory(agreement=agreement, position=40, title="Laufzeit", text="Sie gilt {laufzeit}.")
    TargetFactory(agreement=agreement, base_value=Decimal("1250.5"))
    TargetFactory(agreement=agreement, year=2030, amount=1100, unit=Target.Unit.TONNES, scopes="1+2+3")
    MeasureFactory(
        agreement=agreement, title="<b>Abwärme</b>", description="Erst die Öfen,\ndann die Kühlung.", to_year=2028
    )
    MeasureFactory(agreement=agreement, title="Räder", category="mobility", expected_saving=None, is_public=False)
    ContributionFactory(agreement=agreement, text="Rat und Tat für {partner}")
    return agreement
