"""What may stand in a text, and how texts are put in order."""

import re
import unicodedata

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from klimapakt.fields import LineField, LineFormField, MailField, MailFormField, ProseFormField, WebField, WebFormField
from klimapakt.text import clean_line, clean_prose, quoted, sort_key
from partners.models import Organisation

FORBIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn"}
TEXT = st.text(st.characters(codec=None), max_size=80)
MIXED = st.lists(
    st.one_of(
        st.sampled_from(["a", "e", "ä", "\u0301", "\u0308", "\u200d", "\u202e", "\n", "\r\n", "\r", "\u2028", "\x0b", "\t", " ", "\u00a0",
                         "\x00", "\ue000", "\u00ad", "가", "\u1100\u1161", "Å", "\u212b", "ﬁ", "\u0344", "\u0f73"]),
        st.characters(codec=None),
    ),
    max_size=40,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "line", "prose"),
    [
        ("  a   b  ", "a b", "a b"),
        ("a\tb", "a b", "a b"),
        ("a\u00a0b", "a b", "a b"),
        ("a\nb", "a b", "a\nb"),
        ("a\r\nb", "a b", "a\nb"),
        ("a\rb\u2028c\u2029d\x0be\x0cf\x85g", "a b c d e f g", "a\nb\nc\nd\ne\nf\ng"),
        ("a\n\n\n\n\nb", "a b", "a\n\nb"),
        ("\n\na\n\n", "a", "a"),
        ("a  \n  b", "a b", "a\nb"),
        ("a\x00b\x1b[31m", "ab[31m", "ab[31m"),
        ("\u202egpj.exe", "gpj.exe", "gpj.exe"),
        ("a\u200bb\u00adc\ufeff", "abc", "abc"),
        ("u\u0308", "ü", "ü"),
        ("e\u200d\u0301", "é", "é"),
        ("Z" + "\u0301" * 50, "Ź" + "\u0301" * 3, "Ź" + "\u0301" * 3),
        ("\ue000", "", ""),
        ("🏭 CO₂ – „Klima“ §5 & <b>", "🏭 CO₂ – „Klima“ §5 & <b>", "🏭 CO₂ – „Klima“ §5 & <b>"),
        ("Straße ß ẞ ﬁ", "Straße ß ẞ ﬁ", "Straße ß ẞ ﬁ"),
        ("", "", ""),
    ],
)
def test_texts_are_cleaned_as_the_table_says(typed, line, prose):
    assert (clean_line(typed), clean_prose(typed)) == (line, prose)


@given(st.one_of(TEXT, MIXED))
@example("e\u200d\u0301")
@example("a\u0301\u0301\u0301\u0301\u0301b")
@example("\u0f71\u0f72\u0f71\u0f72\u0f71\u0f72")
@example(" \n \u200b\n\n\n \n")
@pytest.mark.parametrize("clean", [clean_line, clean_prose])
def test_cleaning_keeps_its_promises_for_any_text(clean, text):
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert {unicodedata.category(c) for c in cleaned if c != "\n"}.isdisjoint(FORBIDDEN)
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned
    if clean is clean_line:
        assert "\n" not in cleaned
    else:
        assert "\n\n\n" not in cleaned
    cleaned.encode()


@given(st.text(st.sampled_from("abcÄÖÜäöüß .,-&()123„“–"), max_size=60))
def test_ordinary_german_is_left_alone(text):
    assert clean_line(text) == " ".join(text.split())


# --- order ------------------------------------------------------------------------------------------------------------

GERMAN = [
    "Aachen",
    "Äpfel AG",
    "Apotheke",
    "Bäcker",
    "Backhaus",
    "Straße 1",
    "Strasse 2",
    "Straßf",
    "Über",
    "Ufer",
    "Zoo",
]


def test_the_order_is_german():
    order = sorted(GERMAN, key=sort_key)

    assert order == [
        "Aachen",
        "Äpfel AG",
        "Apotheke",
        "Bäcker",
        "Backhaus",
        "Straße 1",
        "Strasse 2",
        "Straßf",
        "Über",
        "Ufer",
        "Zoo",
    ]


def in_database(names: list[str]) -> list[str]:
    Organisation.objects.all().delete()
    Organisation.objects.bulk_create([Organisation(name=name) for name in names])
    return list(Organisation.objects.order_by("pk").values_list("sort_name", flat=True))


def test_the_database_puts_names_in_the_same_order(db):
    in_database(GERMAN[::-1])

    names = list(Organisation.objects.values_list("name", flat=True))

    assert names == sorted(GERMAN, key=sort_key)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(TEXT.map(clean_line).filter(bool), min_size=1, max_size=40))
@example(names=["Straße", "STRASSE", "STRAẞE", "ÄÖÜäöüß", "Éclair", "ÇA", "Ñ"])
@example(names=["İstanbul", "ISTANBUL", "Σίσυφος", "ΣΊΣΥΦΟΣ", "ﬁ", "Ǆ"])
def test_the_database_makes_the_same_key_of_every_name(db, names):
    assert in_database(names) == [sort_key(name) for name in names]


def test_the_database_sorts_by_bytes_wherever_it_stands(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT collation_name FROM information_schema.columns "
            "WHERE table_name = 'partners_organisation' AND column_name = 'sort_name'"
        )

        assert cursor.fetchone() == ("C",)


# --- fields -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model_field", "form_field"), [(LineField, LineFormField), (MailField, MailFormField), (WebField, WebFormField)]
)
def test_a_field_of_a_model_brings_its_cleaning_into_every_form(model_field, form_field):
    assert type(model_field("x").formfield()) is form_field


def test_migrations_see_plain_fields():
    for field in (LineField("x"), MailField("x"), WebField("x")):
        assert field.deconstruct()[1].startswith("django.db.models.")


@pytest.mark.parametrize("field", [LineFormField(), ProseFormField()])
@pytest.mark.parametrize("typed", ["", " ", "\u200b", "\n", "\x00", None])
def test_what_is_empty_after_cleaning_counts_as_missing(field, typed):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        field.clean(typed)


def test_the_length_counts_after_cleaning():
    assert LineFormField(max_length=3).clean("a\u200b\u200b\u200bbc") == "abc"


@settings(deadline=None)
@given(st.emails())
def test_a_mail_address_that_is_taken_is_taken_in_the_same_spelling_again(address):
    from django.core.exceptions import ValidationError

    field = MailFormField()
    try:
        taken = field.clean(address)
    except ValidationError:
        return
    assert field.clean(taken) == taken
    assert re.fullmatch(r"[\x21-\x7e]+@[a-z0-9.-]+\.[a-z0-9-]+", taken)


def test_a_quotation_inside_a_quotation_has_single_marks():
    assert quoted("Was heißt „klimaneutral“?") == "„Was heißt ‚klimaneutral‘?“"
