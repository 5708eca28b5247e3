"""What somebody types who wants to come to an event: one form is one registration, and no more seats than it names."""

import pytest
from django.test import Client

from events.models import Event, Registration
from tests.bad_input.checks import ENGLISH
from tests.bad_input.form import page_form
from tests.factories.events import MeetingFactory


@pytest.mark.parametrize("token", ["", "quatsch", "a:b:c", "ImFiYyI:1x:2y", "x" * 100_000, "\x00", None])
def test_a_damaged_form_token_is_said_and_nothing_is_lost(token, form_named):
    form = form_named("RegistrationForm")

    response = form.send(form_token=token)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"form_token"}
    assert response.context["form"]["name_1"].value() == "Erika Muster"
    assert response.context["form"].errors["form_token"][0] in response.content.decode()
    assert not Registration.objects.exists()


def test_the_token_of_another_kind_of_form_is_none(form_named):
    application, form = form_named("StartForm"), form_named("RegistrationForm")

    response = form.send(form_token=application.data["form_token"])

    assert response.status_code == 422
    assert not Registration.objects.exists()


def test_a_program_that_fills_the_hidden_field_is_refused(form_named):
    response = form_named("RegistrationForm").send(homepage="https://spam.example")

    assert response.status_code == 422
    assert not Registration.objects.exists()


def test_an_empty_registration_says_at_each_field_what_is_missing(pact):
    path = f"/veranstaltungen/{MeetingFactory().slug}/anmelden/"

    response = Client().post(path, {})

    errors = response.context["form"].errors
    assert response.status_code == 422
    assert set(errors) == {"form_token", "name_1", "email"}
    assert not any(ENGLISH.search(message) for messages in errors.values() for message in messages)


@pytest.mark.parametrize("name", ["RegistrationForm", "SeatsForm"])
def test_fields_that_the_form_does_not_have_are_ignored(name, form_named):
    form = form_named(name)
    other = MeetingFactory()

    form.send(
        status="confirmed", event=other.pk, seats="9", accepted_at="2020-01-01", contact="1", organisation="1", id="77",
        name_0="Nullte Person", name_99="Letzte Person", is_invented="on",
    )  # fmt: skip

    registration = Registration.objects.get()
    assert registration.names == ["Erika Muster", "Kim Muster"]
    assert registration.seats == 2
    assert registration.event != other
    assert registration.pk != 77
    assert not registration.is_invented
    assert registration.is_unconfirmed == (name == "RegistrationForm")


@pytest.mark.parametrize("field", ["email", "name_1", "note"])
def test_of_a_field_sent_twice_one_counts_everywhere(field, form_named, mails):
    form = form_named("RegistrationForm")
    values = {"email": ["eins@firma.example", "zwei@firma.example"]}.get(field, ["Eins", "Zwei"])

    form.send(**{field: values})

    registration = Registration.objects.get()
    [mail] = mails()
    assert mail.to_email == mail.link.email == registration.email
    assert values[0] not in [registration.email, registration.name, registration.note, *registration.names]


def test_gaps_between_the_names_are_closed(form_named):
    form = form_named("SeatsForm")

    refused = form.send(name_1="", name_2="Kim Muster")
    taken = form.send(name_1="  Kim   Muster ", name_2=" ")

    assert refused.status_code == 422
    assert taken.status_code == 302
    assert Registration.objects.get().names == ["Kim Muster"]


def test_the_first_mail_to_a_stranger_holds_no_word_of_the_form(pact, mails):
    words = {"name_1": "Lockvogel", "organisation_name": "http://evil.example", "note": "[Gewinn](http://evil.example)"}
    form = page_form(Client(), f"/veranstaltungen/{MeetingFactory().slug}/anmelden/", email="opfer@firma.example")

    form.send(**words)

    [mail] = mails()
    text = f"{mail.to_name} {mail.subject} {mail.body}"
    assert [word for word in words.values() if word in text] == []
    assert "Lockvogel" not in text


def test_one_address_gets_three_unasked_mails_an_hour_whatever_the_form(pact, mails):
    public, closed = MeetingFactory(), MeetingFactory(audience=Event.Audience.PARTNERS)
    address = "opfer@firma.example"

    for event in [public, closed] * 5:
        path = f"/veranstaltungen/{event.slug}/anmelden/"
        page_form(Client(), path, name_1="Kim Muster", email=address).send()

    assert len(mails(to_email=address)) == 3
