"""Agreements: what they need, when they bind, what the public sees of them."""

from datetime import date

import pytest

from agreements import content, pdf
from agreements.models import Agreement, Measure, Signature, Target
from klimapakt.documents.models import Document
from klimapakt.states import NotPossible
from klimapakt.website.figures import figures
from partners.models import Partner
from tests.factories import AgreementFactory, ConsentFactory, MeasureFactory, PartnerFactory, TargetFactory
from tests.factories.agreements import PDF, agreement_in, ready_to_offer, record_from_paper
from tests.rows import all_rows, difference


def test_an_agreement_without_a_measure_does_not_come_into_force_on_paper(pact, office):
    agreement = AgreementFactory(signed_on=None)
    before = all_rows()

    with pytest.raises(NotPossible, match="Maßnahme"):
        record_from_paper(agreement, by=office)

    assert difference(before, all_rows()) == {}


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
    agreement = AgreementFactory(signed_on=None, in_force_until=entered)
    MeasureFactory(agreement=agreement)

    record_from_paper(agreement, signed_on=signed_on, by=office)

    agreement.refresh_from_db()
    assert (agreement.signed_on, agreement.in_force_from, agreement.in_force_until) == (signed_on, signed_on, last_day)


def test_paper_cannot_have_ended_before_it_was_signed(pact, office):
    agreement = ready_to_offer(in_force_until=date(2026, 1, 1))
    before = all_rows()

    with pytest.raises(NotPossible, match="nach der Unterschrift"):
        record_from_paper(agreement, signed_on=date(2026, 1, 2), by=office)

    assert difference(before, all_rows()) == {}


def test_paper_is_kept_with_both_names_and_what_the_portal_knew(pact, office):
    agreement = ready_to_offer()

    version = record_from_paper(agreement, signed_on=date(2026, 1, 2), by=office)

    document = Document.objects.get(kind="agreement-scan")
    assert (document.name, bytes(document.content), document.is_kept) == ("Vereinbarung.pdf", PDF, True)
    assert pdf.signed_copy(agreement) == document
    signatures = [
        (s.party, s.name, s.on_behalf_of, s.method, s.signed_on, s.signed_at) for s in Signature.objects.all()
    ]
    partner = agreement.partner.organisation.name
    assert signatures == [
        ("partner", "Erika Muster, Geschäftsführerin", partner, "paper", date(2026, 1, 2), None),
        ("pact", "Dr. Beate Beispiel, Oberbürgermeisterin", pact.countersigned_by, "paper", date(2026, 1, 2), None),
    ]
    assert {s.evidence["scan_sha256"] for s in Signature.objects.all()} == {document.sha256}
    wording = content.read(version.content)
    assert (wording.measures[0].title, wording.targets[0].year) == ("Abwärme der Öfen nutzen", 2035)
    assert wording.contributions
    assert wording.clauses == []  # nobody knows whether the paper has those of the template
    assert {signature.sha256 for signature in Signature.objects.all()} == {version.sha256}


def test_an_offer_signed_on_paper_is_the_version_that_was_offered(pact, office, mails):
    agreement = agreement_in("offered")

    version = record_from_paper(agreement, by=office)

    assert (version.number, agreement.versions.count()) == (1, 1)
    assert [mail.status for mail in mails(kind="agreement_offered")] == ["withdrawn"]


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
    agreement = AgreementFactory(signed_on=None)
    MeasureFactory(agreement=agreement)

    record_from_paper(agreement, signed_on=date(2099, 1, 1), by=office)

    assert not Partner.objects.klimapartner(on=date(2098, 12, 31)).exists()
    assert Partner.objects.klimapartner(on=date(2099, 1, 1)).exists()


def test_coming_into_force_is_noted_under_the_name_the_pact_gives_it(pact, office):
    pact.agreement_name = "Klimapartnerschaftsvereinbarung"
    pact.save()
    agreement = AgreementFactory(signed_on=None)
    MeasureFactory(agreement=agreement)

    record_from_paper(agreement, signed_on=date(2026, 1, 2), by=office)

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
