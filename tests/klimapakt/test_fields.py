"""What fields for typed text say when something does not fit."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import override

from klimapakt.fields import LinksFormField, ProseFormField


@pytest.mark.parametrize("field", [ProseFormField(max_length=20), LinksFormField()])
def test_a_browser_cuts_nothing_that_is_pasted_into_a_text(field):
    class Form(forms.Form):
        text = field

    assert "<textarea" in str(Form()["text"])
    assert "maxlength" not in str(Form()["text"])


@pytest.mark.parametrize("field", [ProseFormField(max_length=20), LinksFormField()])
def test_a_text_that_is_too_long_is_told_its_limit_and_its_length(field):
    most = field.max_length

    with override("de"), pytest.raises(ValidationError) as refusal:
        field.clean("a" * (most + 3))

    assert refusal.value.messages == [f"Bitte kürzen Sie das auf höchstens {most} Zeichen; jetzt sind es {most + 3}."]


INVALID = "Bitte geben Sie eine Internetadresse ein, zum Beispiel www.firma.de."


def test_of_several_links_the_wrong_ones_are_named():
    with pytest.raises(ValidationError) as refusal:
        LinksFormField().clean("www.firma.de\n\nunsere Seite\nwww.firma.de/bericht\n" + "x" * 80)

    assert refusal.value.messages == [
        f"2. Adresse („unsere Seite“): {INVALID}",
        f"4. Adresse („{'x' * 59}…“): {INVALID}",
    ]


def test_a_single_wrong_link_needs_no_number():
    with pytest.raises(ValidationError) as refusal:
        LinksFormField().clean("unsere Seite")

    assert refusal.value.messages == [INVALID]
