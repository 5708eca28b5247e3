"""What the company types when it applies: never misread, never lost."""

import pytest
from django.db import transaction
from django.test import Client

from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application
from tests.bad_input.checks import ENGLISH, TEXT_FIELDS, check, of_kind
from tests.corpus import TEXTS
from tests.filled import ANSWERS
from tests.rows import all_rows


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_bad_text_in_one_field_of_the_application_loses_nothing_of_the_others(text, form_named, caplog):
    form = form_named("ApplicationForm")
    fields = [n for n in of_kind(form, *TEXT_FIELDS) if n not in ("form_token", "contact_email", "website")]
    before = all_rows()

    for field_name in fields:
        with transaction.atomic():
            response = form.send(**{field_name: text})
            if response.status_code == 422:
                assert set(response.context["form"].errors) == {field_name}
                assert f'id="id_{field_name}_error"' in response.content.decode()
            else:
                assert OutgoingMail.objects.count() == 1
            check(form, response, {field_name: text}, caplog, before)
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("25", 25), (" 25 ", 25), ("1000000", 1_000_000), ("1000001", None), ("0", None), ("-1", None), ("ca. 25", None),
        ("1.000", (1000, None)), ("1.500", (1500, None)), ("1,5", None), ("12.5", None), ("1e3", None),
    ],
)  # fmt: skip
def test_a_number_of_employees_is_never_misread(typed, stored, form_named):
    form = form_named("ApplicationForm")

    form.send(employees=typed)

    application = Application.objects.first()
    assert (application and application.employees) in (stored if isinstance(stored, tuple) else (stored,))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("erika@firma.example", "erika@firma.example"),
        ("  Erika@FIRMA.Example ", "Erika@firma.example"),
        ("erika@müller.example", "erika@xn--mller-kva.example"),
        ("erika@sub.firma.example", "erika@sub.firma.example"),
        ("erika+klima@firma.example", "erika+klima@firma.example"),
        ("erika@localhost", None),
        ("erika@[127.0.0.1]", None),
        ("erika@127.0.0.1", None),
        ("-oQ/tmp@firma.example", None),
        ("=cmd@firma.example", None),
        ("+x@firma.example", None),
        ("'or'='1@firma.example", None),
        ('"a b"@firma.example', None),
        ("m\u00fcller@firma.example", None),
        ("a@firma.example,b@firma.example", None),
        ("Max <a@firma.example>", None),
        ("", None),
    ],
)
def test_a_mail_address_is_stored_in_one_spelling_or_refused(typed, stored, form_named):
    form = form_named("ApplicationForm")

    form.send(contact_email=typed)

    application = Application.objects.first()
    assert (application and application.contact_email) == stored


def test_mail_for_a_domain_with_sharp_s_never_goes_to_another_domain(form_named):
    form = form_named("ApplicationForm")

    form.send(contact_email="erika@straße.example")

    application = Application.objects.first()
    assert application is None or application.contact_email == "erika@xn--strae-oqa.example"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("www.firma.example", "https://www.firma.example"),
        ("https://firma.example/a?b=c", "https://firma.example/a?b=c"),
        ("http://firma.example", "http://firma.example"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://firma.example", None),
        ("firma", None),
    ],
)
def test_a_web_address_is_a_web_address(typed, stored, form_named):
    form = form_named("ApplicationForm")

    form.send(website=typed)

    application = Application.objects.first()
    assert (application and application.website) == stored


@pytest.mark.parametrize("code", ["1234", "123456", "D-12345", "12 345", "abcde", "١٢٣٤٥"])
def test_a_postal_code_has_five_digits(code, form_named):
    form = form_named("ApplicationForm")

    response = form.send(postal_code=code)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"postal_code"}


def test_an_empty_application_says_at_each_field_what_is_missing(pact):
    response = Client().post("/mitmachen/antrag/", {})

    errors = response.context["form"].errors
    assert response.status_code == 422
    assert set(errors) == {
        "form_token", "name", "kind", "street", "postal_code", "place", "sector", "employees", "contact_name",
        "contact_email", "signatory_name", "signatory_function", "may_apply",
    }  # fmt: skip
    assert not any(ENGLISH.search(message) for messages in errors.values() for message in messages)


@pytest.mark.parametrize("token", ["", "quatsch", "a:b:c", "ImFiYyI:1x:2y", None])
def test_a_damaged_form_token_is_said_and_nothing_is_lost(token, form_named):
    form = form_named("ApplicationForm")

    response = form.send(form_token=token)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"form_token"}
    assert response.context["form"]["name"].value() == ANSWERS["name"]
    assert response.context["form"].errors["form_token"][0] in response.content.decode()


def test_a_program_that_fills_the_hidden_field_is_refused(form_named):
    response = form_named("ApplicationForm").send(homepage="https://spam.example")

    assert response.status_code == 422
    assert not Application.objects.exists()


def test_the_contact_that_signs_needs_a_function_and_no_second_name(form_named):
    form = form_named("ApplicationForm")

    refused = form.send(signatory_is_contact="on", contact_function="", signatory_name="", signatory_function="")
    taken = form.send(signatory_is_contact="on", signatory_name="", signatory_function="")

    assert set(refused.context["form"].errors) == {"contact_function"}
    assert taken.status_code == 302
    application = Application.objects.get()
    assert (application.signatory_name, application.signatory_function) == ("Erika Muster", "Inhaberin")


def test_fields_that_the_form_does_not_have_are_ignored(form_named):
    form = form_named("ApplicationForm")

    form.send(status="accepted", confirmed_at="2026-01-01", version="9", reviewer="1", partner="1", id="77", pk="77")

    application = Application.objects.get()
    assert (application.status, application.confirmed_at, application.version) == ("unconfirmed", None, 1)
    assert application.pk != 77


def test_of_a_field_sent_twice_one_counts_everywhere(form_named, mails):
    form = form_named("ApplicationForm")

    form.send(contact_email=["eins@firma.example", "zwei@firma.example"])

    application = Application.objects.get()
    [mail] = mails()
    assert mail.to_email == mail.link.email == application.contact_email
