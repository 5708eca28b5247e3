"""Rules of the database said at the form, two people at one row, dates that cannot be meant."""

import re

import pytest
from django import forms

from events.audiences import EventChoiceField
from events.models import Event
from klimapakt.mailbox.models import Mailing
from partners.models import Application, Organisation
from tests.bad_input.form import admin_form, form_of
from tests.corpus import CHOICES
from tests.factories import ContactFactory


@pytest.mark.parametrize("day", ["0001-01-01", "0999-05-05", "9999-12-31"])
@pytest.mark.parametrize(("name", "field_name"), [
    ("PaperForm", "signed_on"), ("agreement", "in_force_until"), ("StepForm", "done_on"), ("event", "starts_at_0"),
    ("event", "registration_closes_at_0"), ("pact", "framework_signed_on"),
])  # fmt: skip
def test_a_year_that_cannot_be_meant_is_refused(name, field_name, day, form_named):
    response = form_named(name).send(**{field_name: day})

    assert response.status_code in (200, 422)
    assert any(one.errors for one in form_of(response))


@pytest.mark.parametrize("text", CHOICES)
@pytest.mark.parametrize("name", ["PartnersForm", "GuestsForm of a mailing", "UnansweredForm", "AgreementsForm"])
def test_of_a_single_choice_sent_twice_only_the_last_is_looked_at_and_kept(name, text, form_named):
    form = form_named(name)
    singles = [n for n, f in form.fields.items() if type(f) in (forms.ChoiceField, EventChoiceField)]

    response = form.send(**{n: [text, form.data[n]] for n in singles})

    assert singles
    assert response.status_code == 302
    kept = Mailing.objects.get().choices
    assert {n: kept[n] for n in singles} == {n: [str(form.data[n])] for n in singles}


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])
@pytest.mark.parametrize("field_name", ["starts_at", "ends_at", "registration_closes_at"])
def test_an_hour_that_does_not_exist_or_exists_twice_is_asked_back(field_name, day, form_named):
    response = form_named("event").send(**{f"{field_name}_0": day, f"{field_name}_1": "02:30"})

    assert response.status_code == 200
    assert field_name in form_of(response)[0].errors


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])
def test_no_copy_begins_in_an_hour_that_does_not_exist_or_exists_twice(day, form_named):
    response = form_named("CopyForm").send(starts_at=f"{day}T02:30")

    assert response.status_code == 422
    assert "starts_at" in response.context["form"].errors
    assert Event.objects.count() == 1


def test_two_main_contacts_are_refused_with_a_message(form_named):
    form = form_named("organisation")
    organisation = Organisation.objects.get()
    ContactFactory(organisation=organisation, is_main=False)
    form = admin_form(form.client, organisation)

    response = form.send(**{name: "on" for name in form.fields if name.endswith("is_main") and "__prefix__" not in name
                            and int(name.split("-")[1]) < 2})  # fmt: skip

    assert response.status_code == 200
    assert organisation.contacts.filter(is_main=True).count() == 1


def test_the_main_contact_can_pass_to_another_in_one_go(form_named):
    form = form_named("organisation")
    organisation = Organisation.objects.get()
    second = ContactFactory(organisation=organisation, name="Zweite Person", is_main=False)
    form = admin_form(form.client, organisation)
    numbers = {
        str(form.data[n]): n.split("-")[1] for n in form.data if re.fullmatch(r"contacts-\d+-id", n) and form.data[n]
    }
    first = organisation.contacts.get(is_main=True)

    response = form.send(**{
        f"contacts-{numbers[str(first.pk)]}-is_main": None, f"contacts-{numbers[str(second.pk)]}-is_main": "on",
    })  # fmt: skip

    assert response.status_code == 302
    second.refresh_from_db()
    assert second.is_main


def test_a_consent_on_paper_is_noted_once(form_named):
    form = form_named("organisation")
    organisation = Organisation.objects.get()
    row = {"consents-TOTAL_FORMS": "2", "consents-1-purpose": "profile", "consents-1-given_by": "Erika Muster",
           "consents-1-given_at_0": "2026-01-02", "consents-1-given_at_1": "10:00"}  # fmt: skip

    again = form.send(**row)
    new = form.send(**{**row, "consents-1-purpose": "measures"})

    assert again.status_code == 200
    assert any("consents" in str(f.prefix) and f.errors for f in form_of(again)) or again.context["errors"]
    assert new.status_code == 302
    consent = organisation.consents.get(purpose="measures")
    assert (consent.source, consent.given_by, consent.text != "") == ("office", "Erika Muster", True)


@pytest.mark.parametrize(("name", "changes", "message"), [
    ("agreement", {"measures-0-to_year": "2020"}, "Das Ende der Maßnahme darf nicht vor dem Beginn liegen."),
    ("agreement", {"targets-0-year": "2019"}, "Das Zieljahr muss nach dem Basisjahr liegen."),
    ("agreement", {"targets-0-amount": "101"}, "Mehr als 100 Prozent Minderung sind nicht möglich."),
    ("event", {"precision": "unknown"}, "Bitte geben Sie den Beginn an, oder wählen Sie „nicht bekannt“ und lassen Sie ihn leer."),
    ("event", {"starts_at_0": "", "starts_at_1": ""}, "Bitte geben Sie den Beginn an, oder wählen Sie „nicht bekannt“ und lassen Sie ihn leer."),
    ("event", {"ends_at_0": "2020-01-01", "ends_at_1": "10:00"}, "Das Ende muss nach dem Beginn liegen und ist nur bei bekannter Uhrzeit möglich."),
])  # fmt: skip
def test_a_rule_of_the_database_is_said_in_german_at_the_form(name, changes, message, form_named):
    response = form_named(name).send(**changes)

    assert response.status_code == 200
    assert message in [m for one in form_of(response) for messages in one.errors.values() for m in messages]


def test_a_correction_from_an_old_page_is_refused_and_keeps_what_was_typed(form_named, office):
    form = form_named("CorrectionForm")
    application = Application.objects.get()
    Application.objects.update(version=2, street="Inzwischen geändert 1")

    response = form.send(name="Meine Berichtigung GmbH", street="Meine Straße 1")

    html = response.content.decode()
    assert response.status_code == 409
    assert "inzwischen geändert" in html
    assert "Meine Berichtigung GmbH" in html
    application.refresh_from_db()
    assert (application.street, application.name) == ("Inzwischen geändert 1", form.data["name"])


@pytest.mark.parametrize("day", ["0001-01-01", "2020-01-01", "2999-12-31", "9999-12-31"])
def test_a_follow_up_that_cannot_be_meant_is_refused(day, form_named):
    response = form_named("FollowUpForm").send(until=day)

    assert response.status_code == 422
    assert form_of(response)[0].errors["until"]
