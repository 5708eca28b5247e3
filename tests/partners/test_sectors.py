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
        ("Grosshandel", "G"),
    ],
)  # fmt: skip
def test_a_trade_leads_to_its_section(words, letter):
    assert letters(words)[0] == letter


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
