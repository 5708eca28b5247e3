"""An application is checked, confirmed and sent once."""

import pytest
from django.test import Client

from partners import access, steps
from partners.models import Application
from tests.filled import (
    CHECK,
    CONFIRMATIONS,
    LATER,
    OVERVIEW,
    SEND,
    apply,
    fields_on,
    fill,
    filled,
    led_to,
    opened,
    path_of_step,
)
from tests.partners.apply.conftest import PEOPLE, mailed_link
from tests.urls.table import path_of


def test_the_check_names_what_is_missing_with_the_way_to_the_field(company):
    page = company.get(CHECK).content.decode()

    case = access.about(Application.objects.get())
    assert f'<a href="/mein-klimapakt/antrag/organisation/{case}#id_sector">Branche</a>' in page
    assert "Antrag absenden" not in page
    response = company.post(SEND, CONFIRMATIONS)
    assert response.status_code == 422
    assert "Es fehlt noch:" in response.content.decode()
    assert Application.objects.get().status == "draft"


def test_the_check_shows_all_answers(pact, client):
    filled(client, secret_wishes="on")

    page = client.get(CHECK).content.decode()

    for word in (
        "Musterbäckerei GmbH", "HRB 4711", "Backstraße 3", "Industrie und verarbeitendes Gewerbe", "25", "1950", "EMAS",
        "Heinz Muster", "Strom vom eigenen Dach", "Austausch über Wärme.", "Führung durch den Betrieb", "Betriebsgeheimnis",
        "https://www.musterbaeckerei.example/klima", "dürfen in der Liste der Partner und auf unserer Profilseite",
    ):  # fmt: skip
        assert word in page, word


@pytest.mark.parametrize("left_out", CONFIRMATIONS)
def test_each_confirmation_is_needed(left_out, pact, client):
    filled(client)

    response = client.post(SEND, {name: on for name, on in CONFIRMATIONS.items() if name != left_out})

    assert set(response.context["form"].errors) == {left_out}
    assert Application.objects.get().status == "draft"


def test_whoever_has_not_proven_the_address_is_told_what_is_left_to_do(pact, client):
    application = apply(client)

    page = client.get(OVERVIEW).content.decode()

    assert application.status == "unconfirmed"
    assert "Bitte öffnen Sie den Link in unserer Mail" in page


def test_sending_twice_is_sending_once(pact, client, mails):
    filled(client)
    client.post(path_of(mailed_link()))

    answers = [client.post(SEND, CONFIRMATIONS) for _ in range(2)]

    assert [led_to(answer) for answer in answers] == [OVERVIEW] * 2
    assert len(mails(kind="office_application")) == 1
    assert Application.objects.get().status == "submitted"


def test_the_way_from_another_device_leads_to_the_same_draft(company):
    fill(company, "organisation", button=LATER, street="Am Rechner 1")
    phone = Client()

    response = phone.post(path_of(mailed_link()))

    assert led_to(response) == OVERVIEW
    assert opened(phone, "organisation")["street"] == "Am Rechner 1"
    assert Application.objects.get().applicants.get().is_proven


def test_the_same_answers_cost_the_same_queries_for_one_and_for_many_people(proven, django_assert_max_num_queries):
    application = Application.objects.get()
    for number in range(8):
        application.applicants.create(name=f"Person {number}", email=f"p{number}@musterbaeckerei.example")
    for step in steps.STEPS:
        fill(proven, step.slug)

    for path in (OVERVIEW, PEOPLE, CHECK, path_of_step("organisation")):
        with django_assert_max_num_queries(9):
            proven.get(path)


def test_the_page_to_send_from_says_one_day_in_words(pact, client):
    filled(client)
    pact.answer_within_days = 1
    pact.save()

    assert "innerhalb von einem Tag." in client.get(CHECK).content.decode()


def test_nobody_confirms_answers_that_were_not_on_the_page(pact, client):
    application = filled(client)
    page = fields_on(client, CHECK)
    fill(client, "wuensche", wishes="Etwas ganz anderes.")

    response = client.post(SEND, page | CONFIRMATIONS)

    assert response.status_code == 409
    assert "Etwas ganz anderes." in response.content.decode()
    application.refresh_from_db()
    assert application.is_draft
    assert client.post(SEND, fields_on(client, CHECK) | CONFIRMATIONS).status_code == 302
