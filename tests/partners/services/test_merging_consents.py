"""What two organisations consented to, withdrew and show in public goes the right way when they become one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from partners.models import Consent, Merge, Partner
from partners.services import merging
from tests.factories import ConsentFactory, OrganisationFactory, PartnerFactory
from tests.partners.services.merged import company, rows
from tests.rows import difference


def test_the_profile_that_stays_behind_is_public_no_more_until_the_two_are_parted(pact, office):
    kept, merged = company(), PartnerFactory(listed=True).organisation
    today = timezone.localdate()

    row = merging.merge(kept, merged, take=[], by=office)

    assert not Partner.objects.listed(on=today).filter(organisation=merged).exists()
    assert merged.partner.agreements.count() == 0
    assert Partner.objects.klimapartner(on=today).get() == kept.partner
    merging.undo(row, by=office)
    assert Partner.objects.listed(on=today).get().organisation == merged


def test_a_consent_does_not_follow_to_where_it_was_withdrawn_later(pact, office):
    kept, merged = OrganisationFactory(), OrganisationFactory()
    ConsentFactory(organisation=merged)
    ConsentFactory(organisation=kept).withdraw()
    ConsentFactory(organisation=merged, purpose="quote")

    plan = merging.preview(kept, merged)
    merging.merge(kept, merged, take=[], by=office)

    assert [consent.purpose for consent in kept.consents.standing()] == ["quote"]
    [stay] = [stay for stay in plan.stays if stay.table is Consent]
    assert "widerrufen" in stay.why


@pytest.mark.parametrize("purpose", ["profile", "quote"])
def test_what_the_merged_one_withdrew_later_ends_at_the_kept_one_until_the_two_are_parted(purpose, pact, office):
    kept, merged = PartnerFactory(listed=True).organisation, OrganisationFactory()
    standing = kept.consents.filter(purpose=purpose).first() or ConsentFactory(organisation=kept, purpose=purpose)
    later = ConsentFactory(organisation=merged, purpose=purpose)
    later.withdraw()
    later.refresh_from_db()
    listed, before = Partner.objects.listed(on=timezone.localdate()), rows()

    plan = merging.preview(kept, merged)
    row = merging.merge(kept, merged, take=[], by=office)

    [ending] = [move for move in plan.moves if move.is_ending]
    assert (ending.table, ending.pks) == (Consent, [standing.pk])
    assert not kept.consents.standing().filter(purpose=purpose).exists()
    assert kept.consents.get(pk=standing.pk).withdrawn_at == later.withdrawn_at
    assert listed.exists() is (purpose == "quote")
    merging.undo(Merge.objects.get(pk=row.pk), by=office)
    assert difference(before, rows()) == {}
    assert listed.exists()


def test_what_the_merged_one_withdrew_before_the_kept_one_agreed_ends_nothing(pact, office):
    kept, merged = PartnerFactory(listed=True).organisation, OrganisationFactory()
    ConsentFactory(organisation=merged, given_at=timezone.now() - timedelta(days=9)).withdraw()
    merged.consents.update(withdrawn_at=timezone.now() - timedelta(days=8))
    kept.consents.update(given_at=timezone.now() - timedelta(days=7))

    assert not [move for move in merging.preview(kept, merged).moves if move.is_ending]
    merging.merge(kept, merged, take=[], by=office)

    assert Partner.objects.listed(on=timezone.localdate()).exists()


def test_who_withdrew_and_agreed_again_has_agreed(pact, office):
    kept, merged = PartnerFactory(listed=True).organisation, OrganisationFactory()
    ConsentFactory(organisation=merged).withdraw()
    again = ConsentFactory(organisation=merged, given_at=timezone.now() + timedelta(seconds=1))

    merging.merge(kept, merged, take=[], by=office)

    assert kept.consents.standing().get(purpose="profile") == again
