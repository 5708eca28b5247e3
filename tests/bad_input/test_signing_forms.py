"""What a signatory and the office type around an agreement: one text is signed, and no word breaks the PDF's neck."""

import time

import pytest

from agreements.models import Agreement, Response, Signature, Version
from klimapakt.fields import LONGEST_WORD, LineFormField, ProseFormField
from tests.bad_input.checks import ENGLISH, of_kind
from tests.bad_input.form import form_of
from tests.factories.agreements import agreement_in
from tests.rows import all_rows, difference

TYPED_INTO_AGREEMENTS = [
    "agreement", "templatesection", "templatecontribution", "organisation", "pact", "SigningForm", "ChangeForm",
    "DeclineForm", "PaperForm",
]  # fmt: skip
"""Whatever these take can come to stand in a PDF."""


@pytest.mark.parametrize("name", TYPED_INTO_AGREEMENTS)
def test_a_hundred_thousand_characters_without_a_space_are_refused_at_the_field(name, form_named):
    form = form_named(name)
    fields = of_kind(form, LineFormField, ProseFormField)
    begun, before = time.monotonic(), all_rows()

    for field in fields:
        response = form.send(**{field: "x" * 100_000})

        assert response.status_code in (200, 422)
        errors = [(one.add_prefix(n), m) for one in form_of(response) for n, ms in one.errors.items() for m in ms]
        assert [n for n, _ in errors if n == field]
        assert [m for _, m in errors if ENGLISH.search(m)] == []
    assert fields
    assert difference(before, all_rows()) == {}
    assert time.monotonic() - begun < 2 * len(fields)


@pytest.mark.parametrize("name", ["agreement", "templatesection", "templatecontribution", "ChangeForm", "DeclineForm"])
def test_a_word_longer_than_a_line_is_refused_and_one_that_fits_is_taken(name, form_named):
    form = form_named(name)
    fields = [field for field in of_kind(form, ProseFormField) if "-1-" not in field]  # not those of an empty row
    before = all_rows()

    refused = form.send(**dict.fromkeys(fields, f"Wort {'x' * (LONGEST_WORD + 1)} Wort"))
    nothing_happened = difference(before, all_rows()) == {}
    taken = form.send(**dict.fromkeys(fields, f"Wort {'x' * LONGEST_WORD} Wort"))

    messages = {m for one in form_of(refused) for ms in one.errors.values() for m in ms}
    assert any("trennen Sie sehr lange Wörter" in message for message in messages)
    assert nothing_happened
    assert taken.status_code == 302


CODES = [
    "", " ", "0", "1234567", "123456789", "abcdefgh", "１２３４５６７８", "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
    "12345678\x00", "1234\u200b5678", "<b>12345</b>", "-1234567", "1e7", "0x123456", "9" * 100_000, "' OR '1'='1",
]  # fmt: skip


@pytest.mark.parametrize("code", CODES, ids=lambda code: repr(code[:12]))
def test_a_code_that_is_none_signs_nothing_and_keeps_the_rest(code, form_named, caplog):
    form = form_named("SigningForm")

    response = form.send(code=code, name="Kim Muster")

    assert response.status_code == 422
    [message] = response.context["form"].errors["code"]
    assert not ENGLISH.search(message)
    assert set(response.context["form"].errors) == {"code"}
    assert response.context["form"]["name"].value() == "Kim Muster"
    assert not Signature.objects.exists()
    assert not code.strip() or code not in caplog.text


def test_a_code_is_taken_with_the_spaces_that_mail_programs_put_in(form_named):
    form = form_named("SigningForm")
    code = form.data["code"]

    response = form.send(code=f" {code[:4]} {code[4:]} ")

    assert response.status_code == 302
    assert Signature.objects.get().party == "partner"


HASHES = ["", "0", "x" * 64, "0" * 64, "\x00", "0" * 100_000, "<b>", "%", "\u202e"]


@pytest.mark.parametrize("name", ["SigningForm", "ChangeForm", "DeclineForm"])
@pytest.mark.parametrize("sha256", HASHES, ids=lambda text: repr(text[:5]))
def test_an_answer_to_a_text_that_is_none_does_nothing_and_says_so(sha256, name, form_named):
    form = form_named(name)
    before = all_rows()

    response = form.send(sha256=sha256)

    assert response.status_code == 409
    assert "Mit diesem Klick wurde nichts unterschrieben" in response.content.decode()
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("name", ["OfferForm", "CountersignForm", "agreement"])
@pytest.mark.parametrize("shown", HASHES, ids=lambda text: repr(text[:5]))
def test_nothing_is_offered_signed_or_saved_under_a_made_up_hash(shown, name, form_named):
    form = form_named(name)
    before = all_rows()

    response = form.send(**{"sha256" if name == "CountersignForm" else "shown": shown})

    assert response.status_code in ((200,) if name == "agreement" else (302, 422))
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("order", ["right first", "right last"])
def test_of_a_hash_sent_twice_one_counts_everywhere(order, form_named):
    form = form_named("SigningForm")
    right, other = form.data["sha256"], agreement_in("offered").newest_version().sha256

    response = form.send(sha256=[right, other] if order == "right first" else [other, right])

    assert response.status_code == (409 if order == "right first" else 302)
    assert [signature.sha256 for signature in Signature.objects.all()] == ([] if order == "right first" else [right])


def test_fields_that_the_signing_form_does_not_have_are_ignored(form_named):
    form = form_named("SigningForm")
    version = Version.objects.get()

    form.send(
        party="pact", on_behalf_of="Andere GmbH", email="x@evil.example", signed_at="2020-01-01", method="paper",
        version=version.pk + 1, statement="Ich darf alles.", is_invented="on", status="in_force",
    )  # fmt: skip

    signature = Signature.objects.get()
    assert (signature.party, signature.method, signature.version) == ("partner", "code", version)
    assert signature.on_behalf_of == version.agreement.partner.organisation.name
    assert signature.email == version.to_email
    assert "Ich bin berechtigt" in signature.statement
    assert not signature.is_invented
    assert Agreement.objects.get().status == "signed"


def test_an_office_that_sends_more_fields_than_a_draft_has_moves_no_state(form_named):
    form = form_named("agreement")

    response = form.send(status="in_force", signed_on="2026-01-02", in_force_from="2026-01-02", partner="99")

    agreement = Agreement.objects.get()
    assert response.status_code == 302
    assert (agreement.status, agreement.signed_on, agreement.in_force_from) == ("draft", None, None)


@pytest.mark.parametrize("name", ["{unbekannt}", "{stadt.__class__}", "{0}", "{}", "{ stadt }", "{Stadt}"])
def test_a_placeholder_that_nobody_fills_is_refused_at_the_field(name, form_named):
    form = form_named("templatesection")

    response = form.send(text=f"Die {name} hilft.")

    [message] = response.context["adminform"].form.errors["text"]
    assert response.status_code == 200
    assert "Diesen Platzhalter gibt es nicht" in message


@pytest.mark.parametrize("text", ["{{ pact.name }}", "{% include 'x' %}", "%(stadt)s %s", "${stadt}", "{{stadt}}"])
def test_whatever_looks_like_a_template_is_text_or_refused(text, form_named):
    form = form_named("agreement")

    response = form.send(**{"clauses-0-text": text})

    assert response.status_code in (200, 302)
    if response.status_code == 302:
        shown = form.client.get(form.path.replace("change/", "vorschau/")).content.decode()
        assert "SafeString" not in shown
        assert "Musterstädter Klimapakt" not in shown.partition("contract")[2] or "pact.name" not in text


def test_wishes_are_bounded(form_named):
    form = form_named("ChangeForm")

    codes = [form.send(text=f"Wunsch {number}").status_code for number in range(15)]

    assert set(codes) == {302}
    assert Response.objects.count() == 10
