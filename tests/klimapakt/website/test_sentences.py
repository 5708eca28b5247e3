"""What a form says when something is wrong: each sentence tells what to do, in one tone, wherever the field comes from."""

from collections.abc import Iterator

import pytest
from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core import validators
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import override

from klimapakt.fields import CountFormField


def kinds(base: type) -> Iterator[type]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


@pytest.mark.parametrize(
    ("base", "shown"),
    [
        (forms.Field, {"required", "invalid", "invalid_choice", "invalid_list", "invalid_pk_value", "incomplete", "missing", "empty", "contradiction", "invalid_image", "overflow"}),
        (models.Field, {"invalid_choice", "null", "blank", "unique"}),
    ],
)  # fmt: skip
def test_every_kind_of_field_says_what_to_do(base, shown):
    """A column's own words about types and formats reach nobody: its form field has refused before."""
    said = {
        (kind.__name__, code): str(message)
        for kind in [base, *kinds(base)]
        if not kind.__module__.startswith("django.contrib.postgres")
        for code, message in vars(kind).get("default_error_messages", {}).items()
        if code in shown
    }

    assert said
    assert {where: sentence for where, sentence in said.items() if "Bitte" not in sentence} == {}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        (CountFormField(min_value=1), "0", "Bitte geben Sie mindestens 1 ein."),
        (forms.IntegerField(max_value=240), "241", "Bitte geben Sie höchstens 240 ein."),
        (forms.IntegerField(), "zehn", "Bitte geben Sie eine ganze Zahl ein, zum Beispiel 25."),
        (forms.IntegerField(step_size=5), "7", "Bitte geben Sie ein Vielfaches von 5 ein."),
        (forms.DecimalField(decimal_places=2), "1.234", "Bitte runden Sie auf höchstens 2 Stellen nach dem Komma."),
        (forms.DecimalField(max_digits=3), "12345", "Bitte geben Sie höchstens 3 Ziffern ein."),
        (forms.CharField(max_length=3), "abcd", "Bitte kürzen Sie das auf höchstens 3 Zeichen; jetzt sind es 4."),
        (forms.CharField(min_length=3), "ab", "Bitte geben Sie mindestens 3 Zeichen ein; jetzt sind es 2."),
        (forms.CharField(), "a\0b", "Hier steht ein unsichtbares Zeichen. Bitte geben Sie den Text neu ein."),
        (forms.DateField(), "31.02.2027", "Bitte geben Sie ein Datum ein, das es gibt, zum Beispiel 31.12.2027."),
        (forms.TimeField(), "25:00", "Bitte geben Sie eine Uhrzeit ein, zum Beispiel 18:30."),
        (forms.ChoiceField(choices=[("a", "A")]), "b", "Das steht nicht zur Wahl. Bitte wählen Sie aus, was angeboten wird."),
        (forms.SlugField(), "ä ö", "Bitte benutzen Sie hier nur die Buchstaben a bis z, Ziffern, Unterstriche und Bindestriche."),
    ],
)  # fmt: skip
def test_a_field_says_what_to_type(field, typed, sentence):
    with override("de"), pytest.raises(ValidationError) as refusal:
        field.clean(typed)

    assert refusal.value.messages == [sentence]


@pytest.mark.parametrize("field", [forms.IntegerField(), forms.DateField(), forms.TimeField(), forms.DateTimeField(), forms.DurationField(), forms.URLField(assume_scheme="https"), forms.EmailField()])  # fmt: skip
def test_the_example_in_a_sentence_is_itself_accepted(field):
    with override("de"), pytest.raises(ValidationError) as refusal:
        field.clean("ä ö")
    example = refusal.value.messages[0].rpartition("zum Beispiel ")[2].removesuffix(".")

    with override("de"):
        assert field.clean(example)


def test_who_signs_in_with_a_wrong_password_reads_no_word_of_the_trade(db, rf):
    form = AuthenticationForm(rf.post("/"), {"username": "nobody", "password": "wrong"})

    assert form.non_field_errors() == [
        "Anmeldename und Passwort passen nicht zusammen. Bitte prüfen Sie beides, auch große und kleine Buchstaben."
    ]


@pytest.mark.parametrize("validator", [validators.validate_email, validators.URLValidator(), validators.validate_slug])
def test_a_rule_of_its_own_asks_too(validator):
    with override("de"), pytest.raises(ValidationError, match="Bitte"):
        validator("ä ö")
