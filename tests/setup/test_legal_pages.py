"""The legal pages say what the portal does, and show where only the city knows."""

from datetime import date

import pytest
from django.urls import reverse

from klimapakt.pact.models import Pact
from klimapakt.setup import profile
from partners.models import Consent

PAGES = ["website:imprint", "website:privacy", "website:accessibility"]

GAPS = {
    "website:imprint": [
        "Diensteanbieter", "Straße und Hausnummer", "Postleitzahl", "Ort", "vertretungsberechtigte Person", "Name", "Telefonnummer",
        "E-Mail-Adresse", "Name und Anschrift",
    ],
    "website:privacy": [
        "Verantwortliche Stelle", "Straße und Hausnummer", "Postleitzahl", "Ort", "E-Mail-Adresse", "Telefonnummer",
        "Anschrift und E-Mail-Adresse", *["Landesdatenschutzgesetz"] * 4,
        "Aufbewahrungsfristen nach der Aktenordnung der Stadt",
        "Rechenzentrum oder Auftragsverarbeiter", "Aufsichtsbehörde für den Datenschutz",
    ],
    "website:accessibility": [
        "Landesrecht zur Barrierefreiheit", "Datum der Prüfung", "Telefonnummer", "E-Mail-Adresse",
        "Ombuds- oder Schlichtungsstelle mit Anschrift",
    ],
}  # fmt: skip

FILLED = {
    "office_email": "klimapakt@musterstadt.de",
    "office_person": "Erika Muster",
    "office_phone": "0000 123",
    "street": "Rathausplatz 1",
    "postal_code": "00000",
    "place": "Musterstadt",
    "publisher": "Stadt Musterstadt",
    "represented_by": "die Bürgermeisterin",
    "editor": "Max Beispiel, Rathausplatz 1, 00000 Musterstadt",
    "privacy_officer": "Datenschutz der Stadt",
    "privacy_authority": "Aufsicht des Landes",
    "privacy_law": "§ 3 Musterlandesgesetz",
    "hosting": "Rechenzentrum Musterland",
    "retention": "Zehn Jahre nach dem Ende der Vereinbarung",
    "accessibility_law": "Gesetz des Musterlands",
    "accessibility_ombuds": "Ombudsstelle des Musterlands",
    "accessibility_checked_on": date(2026, 11, 2),
}


@pytest.fixture
def blank(db, now):
    return profile.load("blank", now=now, name="Klimapakt Musterstadt", city="Musterstadt")


def _gaps(html):
    return [part.partition("]</mark>")[0] for part in html.split('<mark class="gap">[')[1:]]


@pytest.mark.parametrize("address", PAGES)
def test_what_only_the_city_knows_is_a_visible_gap(client, blank, address):
    answer = client.get(reverse(address))

    assert answer.status_code == 200
    assert _gaps(answer.text) == GAPS[address]
    assert "Arbeitsfassung" in answer.text


@pytest.mark.parametrize("address", PAGES)
def test_filled_in_pact_leaves_no_gap(client, blank, address):
    Pact.objects.update(**FILLED)

    answer = client.get(reverse(address))

    assert _gaps(answer.text) == []
    assert "Arbeitsfassung" not in answer.text


def test_each_value_of_the_city_stands_on_one_of_the_pages(client, blank):
    Pact.objects.update(**FILLED)

    shown = " ".join(client.get(reverse(address)).text for address in PAGES)

    for field, value in FILLED.items():
        assert ("2. November 2026" if field == "accessibility_checked_on" else value) in shown, field


def test_mailbox_that_stands_for_none_is_a_gap_and_never_shown(client, duesseldorf):
    for address in PAGES:
        answer = client.get(reverse(address))

        assert ".invalid" not in answer.text
        assert "E-Mail-Adresse" in _gaps(answer.text)


def test_privacy_notice_quotes_each_consent_and_the_deadline(client, blank):
    Pact.objects.update(delete_unconfirmed_after_days=17)

    text = client.get(reverse("website:privacy")).text

    assert all(f"„{wording}“" in text for wording in Consent.TEXTS.values())
    assert "löscht das Portal nach 17 Tagen" in text


@pytest.mark.parametrize("address", PAGES)
def test_legal_page_sets_no_cookie(client, blank, address):
    assert not client.get(reverse(address)).cookies


def test_sitemap_names_full_addresses_of_public_pages(client, krefeld):
    answer = client.get(reverse("website:sitemap"))

    assert answer["Content-Type"] == "application/xml"
    assert "<loc>http://testserver/klimapartner/auleso-gmbh/</loc>" in answer.text
    assert "<loc>http://testserver/veranstaltungen/netzwerktreffen-zu-elektromobilitaet/</loc>" in answer.text
