"""The frozen wording: the same rows give the same bytes, and the bytes say what was agreed."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from agreements import content
from agreements.models import Agreement, Clause
from agreements.placeholders import PLACEHOLDERS, fill, only_known, used_in
from tests.factories import OrganisationFactory, PartnerFactory
from tests.factories.agreements import ready_to_offer

SNAPSHOTS = Path(__file__).parent / "snapshots"


def test_the_wording_is_canonical_json(full):
    text = content.freeze(content.compose(full, number=2))

    assert text + "\n" == (SNAPSHOTS / "content.json").read_text(encoding="utf-8")


def test_the_same_rows_give_the_same_bytes(full):
    once = content.freeze(content.compose(full, number=1))
    full.measures.update(is_public=True)
    full.measures.update(is_public=False)
    full.measures.filter(title="<b>Abwärme</b>").update(is_public=True)  # touched: elsewhere on the disk

    again = content.freeze(content.compose(Agreement.objects.get(), number=1))

    assert once == again


def test_what_is_in_another_format_is_not_read_as_if_it_were_in_ours(full):
    text = content.freeze(content.compose(full, number=2)).replace('"format":1', '"format":2')

    with pytest.raises(ValueError, match="format 2, known is 1"):
        content.read(text)


def test_any_change_gives_another_hash(full):
    def fingerprint():
        return content.fingerprint(content.freeze(content.compose(Agreement.objects.get(), number=1)))

    seen = {fingerprint()}
    for change in (
        lambda: full.measures.filter(title="Räder").update(is_public=True),
        lambda: full.targets.update(base_value=None),
        lambda: full.clauses.filter(position=10).update(position=99),
        lambda: full.contributions.all().delete(),
        lambda: Agreement.objects.update(in_force_until=date(2030, 1, 1)),
        lambda: type(full.partner.organisation).objects.update(street="Backstraße 4"),
    ):
        change()
        seen.add(fingerprint())

    assert len(seen) == 7


def test_what_was_frozen_reads_as_it_was_meant(full):
    wording = content.read(content.freeze(content.compose(full, number=2)))

    assert (wording.version, wording.agreement, wording.partner) == (
        2,
        "Klimaschutzvereinbarung",
        "Müller & Söhne „Café“ GmbH",
    )
    assert wording.address == "Backstraße 3, 12345 Musterstadt"
    assert wording.clauses[0].paragraphs == [
        "Die Stadt Musterstadt will bis 2035 klimaneutral sein.",
        "Müller & Söhne „Café“ GmbH hilft.",
    ]
    assert wording.clauses[3].paragraphs == ["Sie gilt für die Dauer von 5 Jahren."]
    assert [(t.year, t.amount, t.base_value) for t in wording.targets] == [
        (2030, Decimal("1100.0"), None),
        (2035, Decimal("60.0"), Decimal("1250.5")),
    ]
    assert [(m.title, m.period, m.category) for m in wording.measures] == [
        ("<b>Abwärme</b>", "2026–2028", "Wärme und Gebäude"),
        ("Räder", "ab 2026", "Mobilität"),
    ]
    assert wording.saving_in_all == Decimal("12.0")
    assert wording.contributions == ["Rat und Tat für Müller & Söhne „Café“ GmbH"]


@pytest.mark.parametrize(
    ("term", "first_day", "words", "last_day"),
    [
        ({}, date(2026, 1, 2), "ohne festes Ende", None),
        ({"years": 1}, date(2024, 2, 29), "für die Dauer von einem Jahr", date(2025, 2, 28)),
        ({"years": 5}, date(2026, 1, 2), "für die Dauer von 5 Jahren", date(2031, 1, 2)),
        ({"last_day": "2030-12-31"}, date(2026, 1, 2), "bis zum 31.12.2030", date(2030, 12, 31)),
    ],
)
def test_the_term_in_words_and_in_days(term, first_day, words, last_day):
    assert content.term_in_words(term) == words
    assert content.last_day(term, first_day=first_day) == last_day


def test_every_placeholder_has_a_value(full, pact):
    assert content.placeholder_values(full, pact).keys() == PLACEHOLDERS.keys()
    assert all(content.placeholder_values(full, pact).values())


def test_a_name_with_braces_is_filled_in_as_it_is(pact):
    organisation = OrganisationFactory(name="{stadt} {partner} {{ pact }} GmbH")
    agreement = ready_to_offer(partner=PartnerFactory(organisation=organisation))

    wording = content.preview(agreement)

    assert wording.clauses[0].paragraphs == ["Die Ziele von {stadt} {partner} {{ pact }} GmbH:"]


@pytest.mark.parametrize(
    "text",
    ["{stadt.__class__}", "{0.__class__}", "{{ settings.SECRET_KEY }}", "{Stadt}", "{ stadt }", "{}", "{partner!r}"],
)
def test_what_nobody_fills_in_is_refused_at_the_field(text, pact):
    with pytest.raises(ValidationError, match="Diesen Platzhalter gibt es nicht"):
        Clause(agreement=ready_to_offer(), title="Titel", text=text).full_clean()


@pytest.mark.parametrize("text", ["%(stadt)s %s", "{% load static %}"[1:], "a } b { c", "{\nstadt}"])
def test_what_is_no_placeholder_stays_as_it_is(text):
    only_known(text)

    assert fill(text, {"stadt": "Musterstadt"}) == text


@given(st.text(max_size=50), st.text(max_size=50))
def test_filling_looks_at_each_brace_once(before, name):
    text = before.replace("{", "(").replace("}", ")") + "{partner}"

    assert fill(text, {"partner": name}) == text.removesuffix("{partner}") + name


def test_used_placeholders_are_named_once_in_order():
    assert used_in("{stadt} {partner} {stadt}") == ["stadt", "partner"]


@pytest.mark.parametrize(("length", "fits"), [(200, True), (201, False), (100_000, False)])
def test_a_word_that_no_line_can_hold_is_refused_at_the_field(length, fits, pact):
    clause = Clause(agreement=ready_to_offer(), title="Titel", text="kurz " + "x" * length)

    if fits:
        clause.full_clean()
    else:
        with pytest.raises(ValidationError, match="Zeichen"):
            clause.full_clean()
