"""Agreements: what they need, when they bind, what the public sees of them."""

from datetime import date

import pytest

from agreements import services
from agreements.models import Agreement, Measure, Target
from klimapakt.states import NotPossible
from klimapakt.website.figures import figures
from partners.models import Partner
from tests.factories import AgreementFactory, ConsentFactory, MeasureFactory, PartnerFactory, TargetFactory
from tests.rows import all_rows, difference


@pytest.mark.parametrize(
    ("signed_on", "scan", "measures", "missing"),
    [
        (date(2026, 1, 2), "documents/scan.pdf", 1, []),
        (None, "documents/scan.pdf", 1, ["Tag der Unterschrift"]),
        (date(2026, 1, 2), "", 1, ["Scan"]),
        (date(2026, 1, 2), "documents/scan.pdf", 0, ["Maßnahme"]),
        (None, "", 0, ["Tag der Unterschrift", "Scan", "Maßnahme"]),
    ],
)
def test_what_is_not_complete_does_not_come_into_force(signed_on, scan, measures, missing, pact, office):
    agreement = AgreementFactory(signed_on=signed_on, scan=scan)
    MeasureFactory.create_batch(measures, agreement=agreement)
    before = all_rows()

    if missing:
        with pytest.raises(NotPossible) as refusal:
            services.put_into_force(agreement, by=office)
        assert all(word in str(refusal.value) for word in missing)
        assert difference(before, all_rows()) == {}
    else:
        services.put_into_force(agreement, by=office)
        agreement.refresh_from_db()
        assert (agreement.in_force_from, agreement.recorded_by) == (signed_on, office)


@pytest.mark.parametrize(
    ("signed_on", "years", "entered", "last_day"),
    [
        (date(2025, 3, 1), None, None, None),
        (date(2025, 3, 1), 5, None, date(2030, 3, 1)),
        (date(2025, 3, 1), 5, date(2026, 12, 31), date(2026, 12, 31)),
        (date(2024, 2, 29), 1, None, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, None, date(2028, 2, 29)),
        (date(2024, 12, 31), 1, None, date(2025, 12, 31)),
        (date(2000, 2, 29), 50, None, date(2050, 2, 28)),
    ],
)
def test_the_last_day_follows_the_term_of_the_pact(signed_on, years, entered, last_day, pact, office):
    pact.agreement_term_years = years
    pact.save()
    agreement = AgreementFactory(signed_on=signed_on, in_force_until=entered, scan="documents/scan.pdf")
    MeasureFactory(agreement=agreement)

    services.put_into_force(agreement, by=office)

    agreement.refresh_from_db()
    assert (agreement.in_force_from, agreement.in_force_until) == (signed_on, last_day)


@pytest.mark.parametrize(
    ("day", "binds"),
    [(date(2024, 2, 28), False), (date(2024, 2, 29), True), (date(2025, 2, 28), True), (date(2025, 3, 1), False)],
)
def test_an_agreement_binds_from_its_first_to_its_last_day(day, binds, pact):
    AgreementFactory(in_force=True, signed_on=date(2024, 2, 29), in_force_until=date(2025, 2, 28))

    assert Agreement.objects.in_force(on=day).exists() == binds
    assert Partner.objects.klimapartner(on=day).exists() == binds


def test_a_draft_binds_nobody(pact):
    AgreementFactory(signed_on=date(2020, 1, 1))

    assert not Agreement.objects.in_force(on=date(2026, 1, 1)).exists()


def test_an_agreement_whose_first_day_nobody_knows_counts_as_begun(pact):
    AgreementFactory(status="in_force", signed_on=None, in_force_from=None, is_date_unknown=True)

    assert Agreement.objects.in_force(on=date(2000, 1, 1)).exists()


def test_a_signature_in_the_future_makes_a_partner_in_the_future(pact, office):
    agreement = AgreementFactory(signed_on=date(2099, 1, 1), scan="documents/scan.pdf")
    MeasureFactory(agreement=agreement)

    services.put_into_force(agreement, by=office)

    assert not Partner.objects.klimapartner(on=date(2098, 12, 31)).exists()
    assert Partner.objects.klimapartner(on=date(2099, 1, 1)).exists()


def test_coming_into_force_is_noted_under_the_name_the_pact_gives_it(pact, office):
    pact.agreement_name = "Klimapartnerschaftsvereinbarung"
    pact.save()
    agreement = AgreementFactory(signed_on=date(2026, 1, 2), scan="documents/scan.pdf")
    MeasureFactory(agreement=agreement)

    services.put_into_force(agreement, by=office)

    note = agreement.partner.organisation.timeline.get()
    assert (note.text, note.by) == ("Klimapartnerschaftsvereinbarung in Kraft seit 02.01.2026", "Ottilie Amt")


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("consent", [True, False])
@pytest.mark.parametrize("is_public", [True, False])
@pytest.mark.parametrize("status", ["in_force", "draft"])
def test_a_measure_is_public_only_when_everything_allows_it(status, is_public, consent, listed, pact):
    partner = PartnerFactory(listed=True) if listed else PartnerFactory()
    agreement = AgreementFactory(partner=partner, **({"in_force": True} if status == "in_force" else {}))
    MeasureFactory(agreement=agreement, is_public=is_public)
    if consent:
        ConsentFactory(organisation=partner.organisation, purpose="measures")

    public = Measure.objects.public(on=date(2026, 1, 1)).exists()

    assert public == (status == "in_force" and is_public and consent and listed)


def test_a_withdrawn_consent_covers_no_measure(pact):
    from django.utils import timezone

    partner = PartnerFactory(listed=True)
    MeasureFactory(agreement=partner.agreements.get())
    ConsentFactory(organisation=partner.organisation, purpose="measures", withdrawn_at=timezone.now())

    assert not Measure.objects.public(on=date(2026, 1, 1)).exists()


def test_the_profile_shows_targets_and_measures_of_the_agreement_in_force(pact, client):
    partner = PartnerFactory(listed=True)
    agreement = partner.agreements.get()
    ConsentFactory(organisation=partner.organisation, purpose="measures")
    TargetFactory(agreement=agreement, base_year=2019, year=2034, amount=65)
    MeasureFactory(agreement=agreement, title="Wärme aus dem Ofen", expected_saving="1234.5")
    MeasureFactory(agreement=agreement, title="Nur intern", is_public=False)
    draft = AgreementFactory(partner=partner)
    MeasureFactory(agreement=draft, title="Noch im Entwurf")

    page = client.get(partner.get_absolute_url()).content.decode()

    assert "65&nbsp;% weniger CO₂e" in page
    assert "gegenüber 2019" in page
    assert "Wärme aus dem Ofen" in page
    assert "1.234,5&nbsp;t" in page
    assert "Nur intern" not in page
    assert "Noch im Entwurf" not in page


def test_a_sum_always_says_of_how_many_partners_it_is(pact):
    for saving in ("10.5", "1000", None):
        partner = PartnerFactory(listed=True)
        ConsentFactory(organisation=partner.organisation, purpose="measures")
        MeasureFactory(agreement=partner.agreements.get(), expected_saving=saving)
    PartnerFactory(listed=True)

    notes = {figure["label"]: (figure["value"], figure["note"]) for figure in figures(pact)}

    assert notes["Klimapartner"][0] == "4"
    value, note = notes["öffentliche Maßnahmen"]
    assert value == "3"
    assert "von 3 der 4" in note
    assert "1.011 t" in note or "1.010 t" in note


@pytest.mark.parametrize(
    ("from_year", "to_year", "period"), [(2026, None, "ab 2026"), (2026, 2026, "2026"), (2026, 2028, "2026–2028")]
)
def test_the_period_of_a_measure_is_written_as_germans_write_it(from_year, to_year, period):
    assert Measure(from_year=from_year, to_year=to_year).period == period


@pytest.mark.parametrize(
    ("make", "constraint"),
    [
        (
            lambda: AgreementFactory(signed_on=date(2026, 1, 2), in_force_until=date(2026, 1, 1)),
            "agreement_ends_after_it_was_signed",
        ),
        (lambda: AgreementFactory(status="in_force", in_force_from=None), "agreement_in_force_has_a_first_day"),
        (lambda: MeasureFactory(from_year=2026, to_year=2025), "measure_ends_after_it_begins"),
        (lambda: TargetFactory(base_year=2030, year=2030), "target_year_follows_base_year"),
        (lambda: TargetFactory(amount=101, unit=Target.Unit.PERCENT), "at_most_a_hundred_percent"),
    ],
)
def test_the_database_keeps_the_rules(make, constraint, db):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make()


def test_a_saving_in_tonnes_may_be_more_than_a_hundred(db):
    assert TargetFactory(amount=2500, unit=Target.Unit.TONNES).pk
