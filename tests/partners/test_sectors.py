"""Everyday words lead to sections of the WZ 2025."""

import pytest

from partners.models import Sector
from partners.sectors import MOST_SUGGESTIONS, TRADES, suggest


def letters(words: str) -> list[str]:
    return list(dict.fromkeys(suggestion.sector.value for suggestion in suggest(words)))


@pytest.mark.parametrize(
    ("words", "letter"),
    [
        ("Bäckerei", "C"), ("baeckerei", "C"), ("BÄCKER", "C"), ("Backerei", "C"), ("Friseur", "T"), ("Friseursalon", "T"),
        ("Steuerberatung", "N"), ("steuerberater", "N"), ("Autowerkstatt", "T"), ("Kfz", "T"), ("Autohaus", "G"),
        ("Elektriker", "F"), ("Heizungsbau", "F"), ("Arztpraxis", "R"), ("Pflegedienst", "R"), ("Software", "K"),
        ("Webentwicklung", "K"), ("Verlag", "J"), ("Sparkasse Musterstadt", "L"), ("Hausverwaltung", "M"),
        ("Gebäudereinigung", "O"), ("Reisebüro", "O"), ("Stadtverwaltung", "P"), ("Volkshochschule", "Q"),
        ("Sportverein", "S"), ("Museum", "S"), ("Kammer", "T"), ("Hotel", "I"), ("Cafe", "I"), ("Spedition", "H"),
        ("Stadtwerke", "D"), ("Recycling", "E"), ("Kiesgrube", "B"), ("Gärtnerei", "A"), ("Großhandel", "G"),
        ("Grosshandel", "G"), ("Bauträger", "M"), ("Nachrichtenagentur", "J"), ("Tierarzt", "N"), ("Krankenkasse", "P"),
    ],
)  # fmt: skip
def test_a_trade_leads_to_its_section(words, letter):
    assert letters(words)[0] == letter


COMMON_TRADES = {
    "A": "Gärtner Imkerei Winzer Weingut Bauernhof Biohof Obsthof Forst Förster Fischzucht",
    "B": "Steinbruch Kieswerk",
    "C": "Bäcker Konditor Metzger Brauerei Mosterei Käserei Molkerei Mühle Kaffeerösterei Schnaps Glashütte Glasbläserei"
    " Töpferei Keramik Ziegelei Steinmetz Tischler Schreiner Möbelbau Sägewerk Drechslerei Polsterei Sattlerei Schlosser"
    " Schmiede Metallbauer Dreherei Gießerei Galvanik Werkzeugbau Maschinenfabrik CNC Spritzguss 3D-Druck Druckerei"
    " Buchbinderei Weberei Näherei Änderungsschneiderei Goldschmied Zahntechniker Orgelbau Bootsbau Kosmetikherstellung",
    "D": "Stadtwerke Windkraft Biogas Bürgerenergie",
    "E": "Müll Kläranlage Recycling Containerdienst Kompostierung",
    "F": "Elektriker Elektromeister Heizungsbauer Sanitär Haustechnik Maler Maurer Zimmermann Dachdecker Spengler"
    " Fliesenleger Parkett Glaser Gerüstbau Holzbau Ofenbau Rollladen Raumausstatter Solarteur Kältetechnik Photovoltaik",
    "G": "Apotheke Optiker Hörgeräte Autohaus Tankstelle Bioladen Reformhaus Weltladen Feinkost Hofladen Supermarkt"
    " Getränkemarkt Buchhandlung Antiquariat Spielwaren Schreibwaren Boutique Schuhgeschäft Blumen Fahrradladen Baumarkt"
    " Küchenstudio Wochenmarkt Kiosk Secondhand",
    "H": "Spedition Taxi Busunternehmen Umzug Kurier Straßenbahn",
    "I": "Hotel Pension Gasthaus Wirtshaus Restaurant Pizzeria Bistro Café Eiscafé Kneipe Catering Großküche",
    "J": "Kino Zeitung Verlag Tonstudio",
    "K": "Software Programmierer IT-Service Rechenzentrum",
    "L": "Sparkasse Bank Versicherung",
    "M": "Hausverwaltung Makler Baugenossenschaft Coworking",
    "N": "Anwalt Notar Steuerberater Architekt Innenarchitekt Statiker Vermesser Fotograf Werbeagentur Tierarzt Coaching",
    "O": "Galabau Landschaftsgärtner Schornsteinfeger Gebäudereinigung Fensterputzer Hausmeister Reisebüro Copyshop",
    "P": "Rathaus Finanzamt Feuerwehr Bauhof",
    "Q": "Fahrschule Musikschule Tanzschule Kindergarten Yogastudio Volkshochschule",
    "R": "Hausarzt Zahnarzt Physiotherapie Podologie Hebamme Pflegedienst Altenpflege Caritas Frauenhaus Tagesmutter",
    "S": "Theater Museum Sportverein Fitnessstudio Schwimmbad Bildhauer",
    "T": "Friseur Barbier Kosmetik Fußpflege Bestatter Wäscherei Schuster Schlüsseldienst Autowerkstatt Waschstraße"
    " Reparaturcafé Hundeschule Tierpension Stiftung IHK Kirche Moschee",
}
"""What stands above the doors of a German town; by the section in which that usually counts."""


def test_the_common_trades_of_a_town_lead_to_their_sections():
    wanted = {trade: letter for letter, trades in COMMON_TRADES.items() for trade in trades.split()}

    assert len(wanted) > 190
    assert {trade: letters(trade)[:1] for trade in wanted} == {trade: [letter] for trade, letter in wanted.items()}


def test_where_two_sections_are_common_both_are_offered():
    assert letters("Kita") == ["Q", "R"]


@pytest.mark.parametrize("words", ["", " ", "x", "qqqq", "%", "\x00", "(((", "\u202e"])
def test_nonsense_leads_nowhere_and_breaks_nothing(words):
    assert suggest(words) == []


def test_few_suggestions_are_offered_the_closest_first():
    found = suggest("Verein")

    assert len(suggest("e" * 2 + "n")) <= MOST_SUGGESTIONS
    assert found[0].trade == "Verein"


def test_every_section_has_words_and_no_word_stands_twice():
    words = [trade.strip() for trades in TRADES.values() for trade in trades.split(",")]

    assert set(TRADES) == set(Sector.values)
    assert sorted(words) == sorted(set(words))
    assert "" not in words
