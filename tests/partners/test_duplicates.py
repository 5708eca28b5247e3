"""Which records look like the same organisation, and why."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners import duplicates
from partners.models import Interest, NoDuplicate, Organisation
from partners.services import decision, merging, recognising
from tests.factories import ApplicantFactory, ContactFactory, OrganisationFactory, PartnerFactory

pytestmark = pytest.mark.django_db

SAME = [
    ("Müller & Co. KG", "Mueller und Co KG"),
    ("Bäckerei Groß GmbH", "Baeckerei Gross"),
    ("BÄCKEREI GROẞ AG", "Bäckerei Groß"),
    ("Muster-Betrieb gGmbH", "Musterbetrieb"),
    ("Muster gemeinnützige GmbH", "Muster gGmbH"),
    ("Korn & Söhne OHG", "Korn und Soehne"),
    ("Korn + Söhne", "Korn & Söhne"),
    ("Muster GmbH & Co. KG", "Muster KG"),
    ("Muster AG & Co. KGaA", "Muster"),
    ("Muster SE & Co. KG", "Muster SE"),
    ("Muster UG (haftungsbeschränkt)", "Muster"),
    ("Muster Unternehmergesellschaft (haftungsbeschränkt)", "Muster UG"),
    ("Muster m.b.H.", "Muster GmbH"),
    ("Muster Gesellschaft mit beschränkter Haftung", "Muster GmbH"),
    ("Stadtentwicklungsgesellschaft mbH", "Stadtentwicklungsgesellschaft"),
    ("Hofladen Muster GbR", "Hofladen Muster"),
    ("Erika Muster e. K.", "Erika Muster"),
    ("Erika Muster e.Kfr.", "Erika Muster eingetragene Kauffrau"),
    ("Volksbank Musterstadt eG", "Volksbank Musterstadt eingetragene Genossenschaft"),
    ("Naturschutz e. V.", "Naturschutz eingetragener Verein"),
    ("Naturschutz eV", "Stiftung Naturschutz"),
    ("Kanzlei Muster PartG mbB", "Kanzlei Muster"),
    ("Stadtreinigung AöR", "Stadtreinigung"),
    ("Café Élysée", "Cafe Elysee"),
]

ALIKE = [
    ("Bäckerei Schmidt GmbH", "Bäckerei Schmitt"),
    ("Autohaus Müller", "Autohaus Möller"),
    ("Tischlerei Holzwurm", "Tischlerei Holzworm GmbH"),
    ("Muster Logistik GmbH", "Muster Logistics GmbH"),
    ("Musterwerke Krefeld", "Krefelder Musterwerke"),
    ("Blumen Petersen", "Petersen Blumen"),
    ("Müller Bau", "Müller Hochbau GmbH"),
    ("Turnverein 1855 Musterstadt e.V.", "Turnverein 1855"),
    ("Gärtnerei Grün", "Gärtnerei Grün-Weiß"),
]

DIFFERENT = [
    ("Stadtwerke Krefeld AG", "Stadtwerke Düsseldorf AG"),
    ("Sparkasse Krefeld", "Sparkasse Kleve"),
    ("Bäckerei Schmidt", "Metzgerei Schmidt"),
    ("Autohaus Nord", "Autohaus Süd"),
    ("Volksbank Krefeld eG", "Volksbank Kleverland eG"),
    ("Kita Sonnenschein", "Kita Sonnenblume"),
    ("SWK Mobil GmbH", "SWK Energie GmbH"),
    ("Muster GmbH", "Beispiel GmbH"),
    ("Stiftung Wald", "Stiftung Meer"),
]


@pytest.fixture
def nowhere():
    """Return an organisation that has nothing but its name."""
    return lambda name, **more: OrganisationFactory(**{"name": name, "street": "", "postal_code": ""} | more)


def reasons(case) -> list[tuple[str, list[str]]]:
    return [(str(candidate.case), candidate.reasons) for candidate in duplicates.find(case)]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_legal_form_umlauts_and_signs_make_no_other_name(one, other, nowhere):
    first, second = nowhere(one), nowhere(other)

    assert reasons(first) == [(other, ["gleicher Name ohne Rechtsform"])]
    assert reasons(second) == [(one, ["gleicher Name ohne Rechtsform"])]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_somebody_may_have_mistyped_are_alike(one, other, nowhere):
    first, _ = nowhere(one), nowhere(other)

    [(_, [reason])] = reasons(first)

    assert reason.startswith("ähnlicher Name (")
    assert 50 <= int(reason.removeprefix("ähnlicher Name (").removesuffix(" %)")) < 100


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_firms_of_one_trade_and_town_are_not_alike(one, other, nowhere):
    first, second = nowhere(one), nowhere(other)

    assert reasons(first) == reasons(second) == []


def test_a_name_that_is_nothing_but_a_legal_form_is_compared_as_it_is(nowhere):
    first, _ = nowhere("AG"), nowhere("GmbH")

    assert reasons(first) == []


def test_a_word_that_begins_like_a_legal_form_stays_in_the_name(nowhere):
    row = nowhere("Ev. Segelverein Agger eG")

    assert Organisation.objects.values_list("match_name", flat=True).get(pk=row.pk) == "evsegelvereinagger"


@pytest.mark.parametrize(
    ("trait", "first", "second", "reason"),
    [
        ("register_number", "HRB 12 345, Amtsgericht Krefeld", "AG Krefeld HRB12345", "gleiche Registernummer AG Krefeld HRB12345"),
        ("website", "https://www.musterbetrieb.example/start", "http://Musterbetrieb.example", "gleiche Internetadresse musterbetrieb.example"),
    ],
)  # fmt: skip
def test_a_trait_in_common_is_a_reason_whatever_the_names(trait, first, second, reason, nowhere):
    one, _ = nowhere("Alpha", **{trait: first}), nowhere("Omega", **{trait: second})

    assert reasons(one) == [("Omega", [reason])]


def test_the_same_address_is_a_reason_however_the_street_is_written(nowhere):
    one = nowhere("Alpha", street="Muster-Straße 1", postal_code="12345")
    nowhere("Omega", street="Musterstr. 1", postal_code="12345")
    nowhere("Anderswo", street="Musterstr. 1", postal_code="54321")
    nowhere("Nebenan", street="Musterstr. 11", postal_code="12345")

    assert reasons(one) == [("Omega", ["gleiche Anschrift Musterstr. 1, 12345"])]


def test_the_same_mail_domain_is_a_reason_but_not_that_of_a_provider_for_everybody(nowhere):
    one, own, free = nowhere("Alpha"), nowhere("Omega"), nowhere("Sigma")
    for organisation, address in (
        (one, "a@alpha.example"),
        (one, "alpha@gmx.de"),
        (own, "o@ALPHA.example"),
        (free, "s@gmx.de"),
    ):
        ContactFactory(organisation=organisation, email=address, is_main=False)

    assert reasons(one) == [("Omega", ["gleiche Mail-Domain alpha.example"])]


def test_a_page_at_a_network_for_everybody_is_no_reason(nowhere):
    one, _ = (nowhere(name, website=f"https://www.facebook.com/{name}") for name in ("Alpha", "Omega"))

    assert reasons(one) == []


def test_more_reasons_stand_before_fewer(nowhere):
    one = nowhere("Muster GmbH", website="https://muster.example", register_number="HRB 1")
    nowhere("Musterx")
    nowhere("Ganz anders", website="https://muster.example")
    nowhere("Muster AG", website="https://muster.example", register_number="HRB 1")

    assert [name for name, _ in reasons(one)] == ["Muster AG", "Ganz anders", "Musterx"]


def test_no_more_are_shown_than_anybody_reads(nowhere):
    one = nowhere("Muster GmbH")
    for number in range(duplicates.SHOWN + 5):
        nowhere("Muster", place=str(number))

    assert len(duplicates.find(one)) == duplicates.SHOWN


# --- Applications and inquiries ---------------------------------------------------------------------------------------


def test_an_application_is_compared_with_organisations_applications_and_inquiries(in_state, nowhere):
    application, other = in_state("submitted"), in_state("in_review")
    organisation = nowhere(application.name)
    Interest.objects.create(
        name="Erika", organisation=f"{application.name} i. G.", email="x@anderswo.example", status="open",
        confirmed_at=application.sent_at,
    )  # fmt: skip

    found = {type(candidate.case).__name__: candidate for candidate in duplicates.find(application)}

    assert found["Organisation"].case == organisation
    assert found["Organisation"].reasons == ["gleicher Name"]
    assert found["Application"].case == other
    assert found["Interest"].reasons == ["gleicher Name ohne Rechtsform"]


def test_an_inquiry_finds_the_organisation_that_asks(nowhere, pact):
    organisation = nowhere("Musterbetrieb GmbH")
    inquiry = Interest.objects.create(name="Erika", organisation="Muster-Betrieb", email="e@muster.example")

    assert [candidate.case for candidate in duplicates.find(inquiry)] == [organisation]


@pytest.mark.parametrize("state", ["draft", "unconfirmed", "accepted", "rejected", "withdrawn"])
def test_what_the_office_does_not_read_or_has_decided_is_no_candidate(state, in_state, nowhere):
    application = in_state(state)
    one = nowhere(f"{application.name} & Co. KG")

    assert not [candidate for candidate in duplicates.find(one) if candidate.case == application]


def test_the_people_of_an_application_count_by_their_mail_domains(in_state, nowhere):
    application, one = in_state("submitted"), nowhere("Ganz anders")
    ContactFactory(organisation=one, email="x@kollegin.example")
    ApplicantFactory(application=application, email="kollegin@kollegin.example")

    assert [candidate.case for candidate in duplicates.find(one)] == [application]
    assert [candidate.case for candidate in duplicates.find(application)] == [one]


# --- Told apart -------------------------------------------------------------------------------------------------------


def test_who_was_told_apart_is_not_shown_until_somebody_looks_again(nowhere, office):
    one, other = nowhere("Muster GmbH"), nowhere("Muster AG")

    recognising.tell_apart(one, other, by=office)
    recognising.tell_apart(other, one, by=office)

    assert reasons(one) == reasons(other) == []
    assert NoDuplicate.objects.get().by == office
    assert [entry.text for entry in other.timeline.all()] == ["Keine Dublette von „Muster GmbH“"]

    recognising.look_again(other, one, by=office)

    assert reasons(one) != []
    assert one.timeline.first().text == "Vielleicht doch eine Dublette von „Muster AG“"


def test_an_application_that_was_told_apart_stays_so_as_the_organisation_it_became(in_state, nowhere, office):
    application = in_state("in_review")
    other = nowhere(f"{application.name} (alt)")
    recognising.tell_apart(application, other, by=office)

    partner = decision.accept(application, by=office)

    assert reasons(partner.organisation) == reasons(other) == []


def test_a_merged_organisation_is_no_candidate(nowhere, office):
    one, other, third = nowhere("Muster GmbH"), nowhere("Muster AG"), nowhere("Muster KG")

    merging.merge(one, other, take=[], by=office)

    assert [name for name, _ in reasons(third)] == ["Muster GmbH"]


# --- Cost -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 12])
def test_a_search_costs_the_same_number_of_queries_for_any_number_of_candidates(
    rows, nowhere, django_assert_max_num_queries
):
    one = nowhere("Muster GmbH", website="https://muster.example")
    for number in range(rows):
        PartnerFactory(organisation=nowhere(f"Muster {number}", website="https://muster.example"))

    with django_assert_max_num_queries(9):
        assert duplicates.find(one)


def test_a_name_without_a_letter_is_alike_to_none_and_hides_no_other_reason(nowhere):
    one = nowhere("Muster GmbH", website="https://muster.example")
    nowhere("…", website="https://muster.example")
    ContactFactory(organisation=one, email="info@muster.example")
    Interest.objects.create(
        status="open", name="Erika", organisation="!!!", email="erika@muster.example", confirmed_at=timezone.now()
    )

    assert [candidate.reasons for candidate in duplicates.find(one)] == [
        ["gleiche Internetadresse muster.example"],
        ["gleiche Mail-Domain muster.example"],
    ]


def test_among_twenty_thousand_names_the_indexes_find_the_alike(nowhere):
    words = ["Alpha", "Birke", "Dachs", "Erle", "Fink", "Ginster", "Hafen", "Igel", "Kranich", "Linde", "Mohn", "Nelke"]
    Organisation.objects.bulk_create(
        Organisation(name=f"{words[n % 12]} {words[n // 12 % 12]} {n * 7919 % 100_003:x}", street=f"Weg {n}", postal_code="12345")
        for n in range(20_000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('organisation_match_name')")  # as autovacuum does it
        cursor.execute("ANALYZE partners_organisation")
    one = nowhere("Wattwurmzucht Nordsee GmbH", street="Weg 77", postal_code="12345", website="https://watt.example")
    nowhere("Wattwurmzucht Nord-See AG")

    with CaptureQueriesContext(connection) as queries:
        found = duplicates.find(one)
    [search] = [query["sql"] for query in queries if "organisation_match" in plan_of(query["sql"])]

    assert [candidate.reasons for candidate in found] == [
        ["gleicher Name ohne Rechtsform"],
        ["gleiche Anschrift Weg 77, 12345"],
    ]
    assert "organisation_match_name" in plan_of(search)
    assert "Seq Scan on partners_organisation" not in plan_of(search)


def plan_of(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + query)
        return "\n".join(row[0] for row in cursor.fetchall())
