"""The public list: order, rows, search, pages."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.listing import TEASER, listed_rows, newest_rows, rows, sector_counts, shorten
from partners.models import Partner, Sector
from partners.models.organisation import size_label
from tests.factories import AgreementFactory, ConsentFactory, PartnerFactory

TODAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("", ""),
        ("Kurz.", "Kurz."),
        ("a" * 160, "a" * 160),
        ("Wort " * 31 + "Wort.", "Wort " * 31 + "Wort."),
        ("Wort " * 40, "Wort " * 31 + "Wort …"),
        ("Eins,\n\nzwei", "Eins, zwei"),
    ],
)
def test_a_text_is_cut_at_a_word(text, short):
    assert shorten(text) == short


@given(st.lists(st.text("abcäöü,.–", min_size=1, max_size=200), max_size=40).map(" ".join))
def test_a_cut_text_always_shows_something_and_says_that_it_was_cut(text):
    seen = shorten(text[: TEASER + 1])  # what the database hands over

    assert len(seen) <= TEASER + 2
    if len(text) > TEASER:
        assert seen.endswith("…")
        assert seen.strip(" …") or not text.strip(",;.–- ")
    else:
        assert seen == " ".join(text.split())


def test_a_long_text_with_many_line_breaks_says_that_it_was_cut(pact):
    partner = PartnerFactory(listed=True, text="Zeile eins.\n\n" * 40)

    [row] = rows(Partner.objects.filter(pk=partner.pk))

    assert row.teaser.endswith("…")


@pytest.mark.parametrize(
    ("employees", "label"),
    [
        (None, ""), (0, ""), (1, "1 bis 9"), (9, "1 bis 9"), (10, "10 bis 49"), (49, "10 bis 49"), (50, "50 bis 249"),
        (249, "50 bis 249"), (250, "250 bis 999"), (999, "250 bis 999"), (1000, "1.000 und mehr"), (10**6, "1.000 und mehr"),
    ],
)  # fmt: skip
def test_only_a_class_of_sizes_is_published(employees, label):
    assert size_label(employees) == (f"{label} Beschäftigte" if label else "")


def test_the_list_is_in_german_order(pact, client):
    for name in ("Zoo", "Äpfel", "apotheke", "Straße", "Strasse A", "Über"):
        PartnerFactory(listed=True, organisation__name=name)

    page = client.get("/klimapartner/").content.decode()

    assert [row.name for row in listed_rows(range(50), on=TODAY)] == [
        "Äpfel", "apotheke", "Straße", "Strasse A", "Über", "Zoo",
    ]  # fmt: skip
    places = [page.index(f">{name}<") for name in ("Äpfel", "apotheke", "Straße", "Strasse A", "Über", "Zoo")]
    assert places == sorted(places)


def test_the_newest_partners_come_first_and_those_without_a_day_last(pact):
    for name, day in (("Alt", "2020-01-01"), ("Neu", "2026-01-01"), ("Unbekannt", None)):
        partner = PartnerFactory(published=True, organisation__name=name)
        ConsentFactory(organisation=partner.organisation)
        AgreementFactory(
            partner=partner, status="in_force", signed_on=day, in_force_from=day, is_date_unknown=day is None
        )

    assert [row.name for row in newest_rows(on=TODAY, count=6)] == ["Neu", "Alt", "Unbekannt"]


def test_a_partner_with_two_agreements_is_listed_once_and_since_the_first(pact, client):
    partner = PartnerFactory(listed=True, organisation__name="Zweimal GmbH")
    AgreementFactory(partner=partner, in_force=True, signed_on="2020-02-03")

    [row] = listed_rows(range(50), on=TODAY)

    assert row.name == "Zweimal GmbH"
    assert "seit Februar 2020" in client.get(partner.get_absolute_url()).content.decode()
    assert sector_counts(on=TODAY) == {"C": 1}
    assert client.get("/klimapartner/").content.decode().count(">Zweimal GmbH<") == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Backhaus", "Gießerei", "Verein"}),
        ("q=backhaus", {"Backhaus"}),
        ("q=GIESSEREI", {"Gießerei"}),
        ("q=gießerei", {"Gießerei"}),
        ("q=nordstadt", {"Gießerei"}),
        ("q=sonnenstrom", {"Backhaus"}),
        ("q=%25", set()),
        ("q=_", set()),
        ("branche=C", {"Backhaus", "Gießerei"}),
        ("branche=T&q=verein", {"Verein"}),
        ("branche=C&q=verein", set()),
        ("branche=ZZ", {"Backhaus", "Gießerei", "Verein"}),
        ("seite=99", {"Backhaus", "Gießerei", "Verein"}),
    ],
)
def test_search_and_filter_find_what_the_table_says(query, found, pact, client):
    PartnerFactory(listed=True, organisation__name="Backhaus", text="Wir nutzen Sonnenstrom.")
    PartnerFactory(listed=True, organisation__name="Gießerei", organisation__place="Nordstadt", text="")
    PartnerFactory(listed=True, organisation__name="Verein", organisation__sector="T", text="")
    PartnerFactory(organisation__name="Backhaus (nicht gelistet)")

    page = client.get("/klimapartner/?" + query).content.decode()

    assert {name for name in ("Backhaus", "Gießerei", "Verein") if f">{name}<" in page} == found
    assert "nicht gelistet" not in page


def test_the_filter_offers_only_sectors_that_are_there_with_their_numbers(pact, client):
    PartnerFactory.create_batch(2, listed=True, organisation__sector="C")
    PartnerFactory(listed=True, organisation__sector="T")
    PartnerFactory(organisation__sector="A")

    page = client.get("/klimapartner/").content.decode()

    assert f"{Sector.C.label} (2)" in page
    assert f"{Sector.T.label} (1)" in page
    assert Sector.A.label not in page


def test_a_long_list_has_pages_that_keep_the_search(pact, client):
    for number in range(120):
        PartnerFactory(listed=True, organisation__name=f"Betrieb {number:03d}")

    first = client.get("/klimapartner/?q=Betrieb&branche=C").content.decode()
    last = client.get("/klimapartner/?q=Betrieb&branche=C&seite=3").content.decode()

    assert "q=Betrieb&amp;branche=C&amp;seite=2" in first
    assert ">Betrieb 000<" in first
    assert ">Betrieb 119<" in last
    assert ">Betrieb 099<" not in last
    assert "120 Klimapartner" in first
