"""An agreement with one of everything, somebody who countersigns, and guards to take away, to see what they are good for."""

from collections.abc import Callable
from decimal import Decimal
from threading import Barrier

import pytest
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.test import Client

from agreements.models import Agreement, Target
from agreements.models.agreement import AgreementQuerySet
from klimapakt.setup.roles import COUNTERSIGNING
from klimapakt.states import StateMachine
from tests.factories import (
    ContactFactory,
    MeasureFactory,
    OrganisationFactory,
    PartnerFactory,
    TargetFactory,
    UserFactory,
)
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


@pytest.fixture
def countersigner(db):
    """Somebody who signs for the pact and does nothing else."""
    user = UserFactory(username="gegenzeichnung", first_name="Gerda", last_name="Muster")
    user.groups.add(Group.objects.get(name=COUNTERSIGNING))
    return user


@pytest.fixture
def countersigning_client(countersigner):
    client = Client()
    client.force_login(countersigner)
    return client


@pytest.fixture
def without_the_lock(monkeypatch) -> Callable[[], None]:
    """Take the lock away: both read the agreement, and go on only when both have read it."""

    def take_it_away() -> None:
        together = Barrier(2, timeout=20)

        def unlocked(self: AgreementQuerySet, pk: int) -> Agreement:
            found = self.select_related("partner__organisation").get(pk=pk)
            together.wait()
            return found

        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())
        monkeypatch.setattr(AgreementQuerySet, "locked", unlocked)

    return take_it_away


@pytest.fixture
def without_the_guarded_update(monkeypatch) -> None:
    def unguarded(self, target, *, only_from=(), only_where=None, **changes):
        type(self)._base_manager.filter(pk=self.pk).update(**{self.STATE: target}, **changes)
        self.refresh_from_db()

    monkeypatch.setattr(StateMachine, "_move_to", unguarded)
