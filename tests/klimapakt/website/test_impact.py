"""The public sums: which measures count, of how many partners a sum is, and what the chart shows."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements.models import Agreement, Measure
from klimapakt.website.impact import NEWEST_MEASURES, Impact, newest_measures
from partners.models import Consent, Partner
from partners.services import publication
from tests.factories import (
    AgreementFactory,
    ConsentFactory,
    ContactFactory,
    MeasureFactory,
    PartnerFactory,
    TargetFactory,
)

DAY = date(2026, 11, 2)


@pytest.fixture
def partner_with(pact):
    """Return a listed partner that publishes measures with these savings."""

    def partner_with(*savings: str | None, **changes: object) -> Partner:
        partner = PartnerFactory(listed=True)
        ConsentFactory(organisation=partner.organisation, purpose="measures")
        for saving in savings:
            MeasureFactory(
                agreement=partner.agreements.get(),
                expected_saving=None if saving is None else Decimal(saving),
                **changes,
            )
        return partner

    return partner_with


def page() -> str:
    caches["pages"].clear()
    return " ".join(Client().get("/wirkung/").content.decode().replace("\xa0", " ").split())


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# --- What counts ------------------------------------------------------------------------------------------------------


def test_a_sum_says_of_how_many_partners_it_is(partner_with):
    partner_with("10.5", "20")
    partner_with("1000", None)
    partner_with(None)
    PartnerFactory(listed=True)
    AgreementFactory(in_force=True)

    impact, text = Impact.on(DAY), words(page())

    assert (impact.measures, impact.without_figure, impact.saving) == (5, 2, Decimal("1030.5"))
    assert (impact.klimapartner, impact.partners_with_measures, impact.partners_with_figures) == (5, 3, 2)
    assert "erwartet, nach Angaben von 2 der 5 Klimapartner 1.031" in text
    assert "öffentliche Maßnahmen Angaben von 3 der 5 Klimapartner 5" in text
    assert "Zusammen 5 1.030,5 2 ohne Zahl" in text


HIDDEN = {
    "the measure is not public": lambda partner: Measure.objects.update(is_public=False),
    "no consent to publish measures": lambda partner: Consent.objects.filter(purpose="measures").delete(),
    "no consent to publish the profile": lambda partner: Consent.objects.filter(purpose="profile").delete(),
    "the office hid the profile": lambda partner: partner.hide(),
    "the agreement has ended": lambda partner: Agreement.objects.update(in_force_until=date(2026, 11, 1)),
    "the agreement has not begun": lambda partner: Agreement.objects.update(in_force_from=date(2026, 11, 3)),
}


@pytest.mark.parametrize("reason", HIDDEN)
def test_what_is_not_public_is_in_no_sum(reason, partner_with):
    partner = partner_with("500", title="Geheimer Ofen")
    TargetFactory(agreement=partner.agreements.get())
    shown = Impact.on(DAY), newest_measures(on=DAY)

    HIDDEN[reason](partner)

    impact = Impact.on(DAY)
    assert (shown[0].measures, shown[0].partners_with_target, len(shown[1])) == (1, 1, 1)
    assert (impact.measures, impact.saving, impact.partners_with_measures, impact.categories) == (0, None, 0, [])
    assert newest_measures(on=DAY) == []


def test_measures_of_a_draft_do_not_count(partner_with):
    partner = partner_with("10")
    MeasureFactory(agreement=AgreementFactory(partner=partner), expected_saving=5000)

    assert Impact.on(DAY).saving == 10


def test_a_withdrawn_consent_takes_the_partner_out_of_the_page(partner_with):
    partner = partner_with("500", title="Wärme aus dem Ofen")
    contact = ContactFactory(organisation=partner.organisation)
    before = page()

    publication.withdraw_consent(contact, "measures")

    assert "Wärme aus dem Ofen" in before
    assert "Wärme aus dem Ofen" not in page()
    assert "Noch hat niemand Maßnahmen veröffentlicht" in page()


def test_two_agreements_of_one_partner_are_one_partner(partner_with):
    partner = partner_with("10")
    second = AgreementFactory(partner=partner, in_force=True)
    MeasureFactory(agreement=second, expected_saving=20)

    impact = Impact.on(DAY)

    assert (impact.klimapartner, impact.partners_with_measures, impact.saving) == (1, 1, 30)


def test_targets_are_told_in_words(partner_with):
    for year in (2030, 2040, 2035):
        TargetFactory(agreement=partner_with("1").agreements.get(), year=year)
    partner_with("1")

    text = words(page())

    assert "Klimapartner mit öffentlichem Ziel von 4; zu erreichen zwischen 2030 und 2040 3" in text


def test_targets_of_one_year_are_told_as_one_year(partner_with):
    TargetFactory(agreement=partner_with("1").agreements.get(), year=2035)

    assert "von 1; zu erreichen bis 2035" in words(page())


# --- What the page shows ----------------------------------------------------------------------------------------------


def test_without_public_measures_the_page_says_so(pact):
    PartnerFactory(listed=True)

    text = page()

    assert "Noch hat niemand Maßnahmen veröffentlicht" in text
    assert "Stand:" in text
    assert '<svg class="chart' not in text
    assert "<table" not in text


def test_measures_without_any_figure_have_a_table_and_no_chart(partner_with):
    partner_with(None, None)

    text = page()

    assert '<svg class="chart' not in text
    assert "Tonnen CO₂e weniger" not in text
    assert "Zusammen 2 ohne Zahl" in words(text)


def test_a_saving_of_nothing_is_a_figure(partner_with):
    partner_with("0")

    impact = Impact.on(DAY)

    assert (impact.saving, impact.without_figure, impact.bars) == (0, 0, [])


def test_the_chart_shows_the_same_figures_as_the_table(partner_with):
    partner_with("4000", category="heat")
    partner_with("1000.5", "1000.5", category="mobility")
    partner_with("0", category="process")
    partner_with(None, None, category="people")

    text = page()

    bars = re.findall(r'<rect class="chart__bar" y="([\d.]+em)" width="([\d.]+)%"', text)
    assert bars == [("1.5em", "74.0"), ("5.0em", "37.0")]
    assert re.findall(r'<text class="chart__figure"[^>]*>([^<]+)<', text) == ["4.000 t", "2.001 t", "0 t", "ohne Zahl"]
    assert re.findall(r'<tr><th scope="row">([^<]+)</th><td class="table__number">(\d+)</td>', text) == [
        ("Wärme und Gebäude", "1"), ("Mobilität", "2"), ("Produktion und Abläufe", "1"), ("Menschen und Wissen", "2"),
        ("Zusammen", "6"),
    ]  # fmt: skip
    assert (
        "Wärme und Gebäude 4.000 Tonnen, Mobilität 2.001 Tonnen, Produktion und Abläufe 0 Tonnen, "
        "Menschen und Wissen ohne Zahl." in text
    )


def test_the_chart_keeps_to_the_strict_policy(partner_with):
    partner_with("4000")

    chart = re.search(r"<svg class=\"chart.*?</svg>", page())[0]

    assert 'role="img" aria-labelledby="diagramm" aria-describedby="diagramm-text"' in chart
    assert "style" not in chart
    assert "script" not in chart


def test_the_smallest_saving_beside_the_largest_is_drawn_within_the_chart(partner_with):
    partner_with("10000000", category="heat")
    partner_with("0.1", category="mobility")

    widths = [float(bar.width.rstrip("%")) for bar in Impact.on(DAY).bars]

    assert widths == [74.0, 0.0]
    assert "0,1 t" in page()
    assert "10.000.000 t" in page()


def test_the_newest_measures_are_one_of_each_partner_its_largest(partner_with):
    first, second = partner_with("5", "50"), partner_with(None, "7")
    unknown = partner_with("9")
    Agreement.objects.filter(partner=first).update(in_force_from=date(2025, 1, 1))
    Agreement.objects.filter(partner=second).update(in_force_from=date(2026, 1, 1))
    Agreement.objects.filter(partner=unknown).update(in_force_from=None, is_date_unknown=True, signed_on=None)

    found = newest_measures(on=DAY)

    assert [(measure["slug"], measure["expected_saving"]) for measure in found] == [
        (second.slug, 7), (first.slug, 50), (unknown.slug, 9),
    ]  # fmt: skip
    assert f'<a href="/klimapartner/{second.slug}/">{second.organisation.name}</a>' in page()


def test_no_more_than_a_few_newest_measures_are_named(partner_with):
    for _ in range(NEWEST_MEASURES + 2):
        partner_with("1")

    assert len(newest_measures(on=DAY)) == NEWEST_MEASURES


def test_a_title_stands_there_as_it_was_typed(partner_with):
    partner_with("1", title="<script>alert(1)</script> & Co")

    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in page()


@pytest.mark.parametrize("partners", [0, 1, 8])
def test_the_page_needs_four_queries_for_any_number_of_partners(partners, partner_with):
    for _ in range(partners):
        TargetFactory(agreement=partner_with("1", None).agreements.get())
    client = Client()
    client.cookies["x"] = "1"  # past the page cache

    with CaptureQueriesContext(connection) as queries:
        response = client.get("/wirkung/")

    assert response.status_code == 200
    assert len(queries) == 4  # the pact, two for the sums, the newest


def test_the_start_page_and_the_navigation_lead_here(partner_with):
    partner_with("10")

    start = Client().get("/").content.decode()

    assert '<a href="/wirkung/">öffentliche Maßnahmen</a>' in start
    assert '<a href="/wirkung/">Wirkung</a>' in start
    assert "/wirkung/</loc>" in Client().get("/sitemap.xml").content.decode()
