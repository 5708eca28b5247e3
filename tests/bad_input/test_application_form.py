"""What the company types when it applies: never misread, never lost."""

import pytest
from django.db import transaction
from django.test import Client

from partners import steps
from partners.models import Application
from tests.bad_input.checks import ENGLISH, TEXT_FIELDS, check, of_kind
from tests.corpus import TEXTS
from tests.filled import BEGIN, START, fields_on
from tests.rows import all_rows

STEPS_WITH_TEXT = ["organisation", "personen", "heute", "wuensche", "profil"]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("slug", STEPS_WITH_TEXT)
def test_a_bad_text_in_one_field_of_a_step_loses_nothing_of_the_others(slug, text, form_named, caplog):
    form = form_named(f"StepForm {slug}")
    fields = [name for name in of_kind(form, *TEXT_FIELDS) if "mail" not in name and name not in ("website", "links")]
    before, stored = all_rows(), Application.objects.values().get()

    for field_name in fields:
        with transaction.atomic():
            response = form.send(**{field_name: text})
            if response.status_code == 422:
                assert set(response.context["form"].errors) == {field_name}
                assert f'id="id_{field_name}_error"' in response.content.decode()
            now = Application.objects.values().get()
            assert {name for name in steps.FIELDS if stored[name] != now[name]} <= {field_name}
            check(form, response, {field_name: text}, caplog, before)
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("25", 25), (" 25 ", 25), ("1000000", 1_000_000), ("1000001", None), ("0", None), ("-1", None),
        ("1.000", 1000), ("1.500", 1500), ("1 200", 1200), ("1\u00a0200", 1200), ("1,5", None), ("12.5", None),
        ("ca. 1200", 1200), ("ca 25", 25), ("Circa 25", 25), ("etwa 1.200", 1200), ("rund 50", 50), ("1e3", None),
        ("12 00", None), ("1.20", None), ("20 bis 30", None), ("20-30", None), ("über 100", None), ("ca.", None),
    ],
)  # fmt: skip
def test_a_number_of_employees_is_never_misread(typed, stored, form_named):
    form = form_named("StepForm organisation")
    Application.objects.update(employees=None)

    response = form.send(employees=typed, pen=fields_on(form.client, form.path)["pen"])

    assert Application.objects.get().employees == stored
    assert response.status_code == (302 if stored else 422)


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
    form_named("StartForm").send(email=typed)

    application = Application.objects.first()
    assert (application and application.contact_email) == stored


def test_mail_for_a_domain_with_sharp_s_never_goes_to_another_domain(form_named):
    form_named("StartForm").send(email="erika@straße.example")

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
    form = form_named("StepForm organisation")
    Application.objects.update(website="")

    form.send(website=typed, pen=fields_on(form.client, form.path)["pen"])

    assert Application.objects.get().website == (stored or "")


@pytest.mark.parametrize("code", ["1234", "123456", "D-12345", "12 345", "abcde", "١٢٣٤٥"])
def test_a_postal_code_has_five_digits(code, form_named):
    response = form_named("StepForm organisation").send(postal_code=code)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"postal_code"}


@pytest.mark.parametrize(("name", "typed"), [
    ("founded", "1499"), ("founded", "2101"), ("balance_year", "1989"), ("target_year", "2019"), ("target_year", "bald"),
])  # fmt: skip
def test_a_year_that_cannot_be_meant_is_said(name, typed, form_named):
    slug = steps.step_of(name).slug

    response = form_named(f"StepForm {slug}").send(**{name: typed})

    assert set(response.context["form"].errors) == {name}
    assert getattr(Application.objects.get(), name) != typed


def test_an_empty_step_says_at_each_field_what_is_missing(form_named):
    for step in steps.STEPS:
        form = form_named(f"StepForm {step.slug}")
        response = form.client.post(form.path, {"pen": form.data["pen"], "next": "1"})
        if not step.needed:
            assert response.status_code == 302
            continue
        errors = response.context["form"].errors
        assert set(errors) == step.needed
        assert not any(ENGLISH.search(message) for messages in errors.values() for message in messages)
        Application.objects.all().delete()


@pytest.mark.parametrize("pen", ["", "quatsch", "a:b:c", "ImFiYyI:1x:2y", None])
def test_a_damaged_page_is_said_and_what_was_typed_comes_back(pen, form_named):
    form = form_named("StepForm heute")
    before = all_rows()

    response = form.send(pen=pen, already_doing="Lange überlegt")

    assert response.status_code == 403
    assert "Lange überlegt" in response.content.decode()
    assert all_rows() == before


@pytest.mark.parametrize("token", ["", "quatsch", "a:b:c", "ImFiYyI:1x:2y", None])
def test_a_damaged_form_token_is_said_and_nothing_is_lost(token, form_named):
    response = form_named("StartForm").send(form_token=token)

    assert response.status_code == 422
    assert response.context["form"]["organisation"].value() == BEGIN["organisation"]
    assert not Application.objects.exists()


def test_a_program_that_fills_the_hidden_field_is_refused(form_named):
    response = form_named("StartForm").send(homepage="https://spam.example")

    assert response.status_code == 422
    assert not Application.objects.exists()


def test_of_a_field_sent_twice_one_counts_everywhere(form_named, mails):
    form_named("StartForm").send(email=["eins@firma.example", "zwei@firma.example"])

    application = Application.objects.get()
    [mail] = mails()
    assert mail.to_email == mail.link.email == application.contact_email


def test_an_empty_start_says_what_is_missing(pact):
    response = Client().post(START, {})

    errors = response.context["form"].errors
    assert response.status_code == 422
    assert {"organisation", "name", "email"} <= set(errors)
    assert not any(ENGLISH.search(message) for messages in errors.values() for message in messages)
