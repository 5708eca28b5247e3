"""A step of the application shows, checks and stores what was typed, and helps to find the sector."""

import re

import pytest

from partners import steps
from partners.models import Application
from tests.factories import ApplicantFactory
from tests.filled import BEGIN, CHECK, LATER, OVERVIEW, fill, led_to, opened, path_of_step

# --- A step -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", steps.STEPS, ids=lambda step: step.slug)
def test_each_step_shows_what_was_typed_and_leads_to_the_next(step, company):
    response = fill(company, step.slug)

    following = [*steps.STEPS, None][steps.STEPS.index(step) + 1]
    assert led_to(response) == (path_of_step(following.slug) if following else CHECK)
    again = opened(company, step.slug)
    before = {name: value for name, value in again.items() if name != "pen"}
    fill(company, step.slug)
    assert {name: value for name, value in opened(company, step.slug).items() if name != "pen"} == before
    assert len([value for value in before.values() if value]) >= 2


@pytest.mark.parametrize("step", steps.STEPS, ids=lambda step: step.slug)
def test_every_label_of_a_step_belongs_to_a_field_and_every_field_has_one(step, company):
    page = company.get(path_of_step(step.slug)).content.decode()

    ids = set(re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', page))
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
    assert labelled <= ids
    assert ids == labelled


def test_a_step_that_does_not_exist_is_not_found(company):
    assert company.get(path_of_step("gibt-es-nicht")).status_code == 404
    assert company.post(path_of_step("gibt-es-nicht")).status_code == 404


def test_going_on_says_what_is_missing_and_keeps_what_is_there(company):
    response = fill(company, "organisation", sector="", employees="viele", street="Neue Straße 1")

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"sector", "employees"}
    page = response.content.decode()
    assert "<title>Fehler: " in page
    assert "Bitte wählen Sie Ihre Branche." in page
    assert 'value="viele"' in page
    assert "Alles, was in Ordnung ist, haben wir gespeichert." in page
    stored = Application.objects.get()
    assert (stored.street, stored.place, stored.employees) == ("Neue Straße 1", "Musterstadt", None)


def test_stopping_complains_of_nothing_that_is_missing(company):
    response = fill(company, "organisation", button=LATER, sector="", employees="", street="Neue Straße 1")

    assert led_to(response) == OVERVIEW
    assert Application.objects.get().street == "Neue Straße 1"


def test_stopping_still_says_what_cannot_be_stored(company):
    response = fill(company, "organisation", button=LATER, employees="viele", sector="")

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"employees"}


def test_an_emptied_field_is_empty_afterwards_whichever_button_was_pressed(company):
    fill(company, "organisation")

    assert fill(company, "organisation", employees="", website="").status_code == 422

    stored = Application.objects.get()
    assert (stored.employees, stored.website) == (None, "")


def test_the_contact_who_signs_too_is_typed_once(company):
    fill(company, "personen", signatory_is_contact="on", signatory_name="", signatory_function="")

    stored = Application.objects.get()
    assert (stored.signatory_name, stored.signatory_function) == ("Erika Muster", "Inhaberin")
    assert opened(company, "personen")["signatory_is_contact"] == "on"


def test_the_contact_who_signs_needs_a_function(company):
    response = fill(company, "personen", signatory_is_contact="on", contact_function="")

    assert set(response.context["form"].errors) == {"contact_function"}


@pytest.mark.parametrize(("name", "email", "wrong"), [
    ("Kim Kollegin", "kim@muster.example", set()), ("", "kim@muster.example", {"deputy_name"}),
    ("Kim Kollegin", "", {"deputy_email"}), ("", "", set()), ("", "ALEX@muster.example", set()),
])  # fmt: skip
def test_a_deputy_has_a_name_and_an_address_but_for_a_co_worker(name, email, wrong, company):
    ApplicantFactory(application=Application.objects.get(), name="Alex Kollege", email="alex@muster.example")

    response = fill(company, "personen", deputy_name=name, deputy_email=email)

    found = response.context["form"].errors if response.context else {}
    assert (set(found), response.status_code == 422) == (wrong, bool(wrong))
    assert {one.field for one in steps.missing(Application.objects.get())} & {"deputy_name", "deputy_email"} == wrong


def test_stopping_complains_of_no_half_named_deputy_and_keeps_it(company):
    assert led_to(fill(company, "personen", button=LATER, deputy_email="kim@muster.example")) == OVERVIEW

    assert Application.objects.get().deputy_email == "kim@muster.example"


def test_a_free_text_can_be_marked_as_a_secret_and_unmarked(company):
    fill(company, "heute", secret_already_doing="on", secret_balance_tool="on")
    assert Application.objects.get().trade_secrets == ["already_doing", "balance_tool"]

    fill(company, "heute", secret_already_doing="on", secret_balance_tool=None)

    assert Application.objects.get().trade_secrets == ["already_doing"]


def test_the_climate_concept_is_asked_for_only_where_the_pact_has_one(pact, company):
    assert "wants_concept" not in company.get(path_of_step("wuensche")).content.decode()
    pact.offers_climate_concept = True
    pact.save()

    fill(company, "wuensche", wants_concept="on")

    assert Application.objects.get().wants_concept


def test_consents_are_off_by_default_and_each_stands_on_its_own(company):
    assert "checked" not in company.get(path_of_step("einwilligungen")).content.decode()

    fill(company, "einwilligungen", consent_profile=None, consent_measures=None, consent_quote="on")

    stored = Application.objects.get()
    assert (stored.chosen_consents, stored.orders_newsletter) == (["quote"], False)
    assert not stored.consents.exists()  # a draft consents to nothing


def test_what_a_form_does_not_ask_for_is_not_stored(company):
    fill(company, "organisation", status="accepted", contact_email="fremd@evil.example", partner="1", version="99")

    stored = Application.objects.get()
    assert (stored.status, stored.contact_email, stored.version) == ("draft", BEGIN["email"], 2)


# --- The sector -------------------------------------------------------------------------------------------------------


def test_without_a_script_the_search_shows_sectors_on_the_same_page_and_keeps_all_input(company):
    response = fill(
        company, "organisation", button={"suggest": "1"}, sector="", sector_search="Bäckerei", employees="viele"
    )

    page = response.content.decode()
    assert "Bäckerei: <strong>Industrie und verarbeitendes Gewerbe</strong>" in page
    assert 'value="viele"' in page
    assert 'value="Bäckerei"' in page
    assert Application.objects.get().street == "Backstraße 3"


def test_a_suggestion_is_taken_with_its_button(company):
    response = fill(company, "organisation", button={"take": "C"}, sector="", sector_search="Bäckerei")

    assert response.status_code == 200
    assert '<option value="C" selected>' in response.content.decode()
    assert Application.objects.get().sector == "C"


def test_a_word_that_fits_nothing_says_so(company):
    page = fill(company, "organisation", button={"suggest": "1"}, sector_search="Quux").content.decode()

    assert "Dazu finden wir nichts." in page


def test_the_search_answers_a_script_too(pact, client, django_assert_num_queries):
    answer = client.get("/mitmachen/branchen/", {"q": "friseur"})

    assert answer.json() == {
        "suggestions": [{"trade": "Friseur", "value": "T", "label": "Vereine, Verbände und persönliche Dienste"}]
    }
