"""The application as a company fills it in: begun, left, gone on with, checked, sent."""

import json
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from partners import access, steps
from partners.forms.steps import PEN_LASTS
from partners.models import Application
from partners.services import applying
from tests.factories import ApplicantFactory
from tests.factories.talks import LetterFactory
from tests.filled import (
    ANSWERS,
    BEGIN,
    CHECK,
    CONFIRMATIONS,
    LATER,
    NEXT,
    OVERVIEW,
    SEND,
    START,
    a_minute_later,
    apply,
    begin,
    fields_on,
    fill,
    filled,
    led_to,
    opened,
    path_of_step,
)  # fmt: skip
from tests.urls.table import path_of

AUTOSAVE = {"X-Autosave": "1"}
PEOPLE = OVERVIEW + "mitwirkende/"


def newest_link() -> AccessLink:
    return AccessLink.objects.filter(purpose=access.APPLICATION).latest("created_at")


def mailed_link(kind: str = "application_started") -> AccessLink:
    return OutgoingMail.objects.filter(kind=kind).latest("pk").link


@pytest.fixture
def company(pact, client) -> Client:
    """A browser that has begun an application; the address is not proven."""
    begin(client)
    return client


@pytest.fixture
def proven(company) -> Client:
    company.post(path_of(mailed_link()))
    return company


@pytest.fixture
def colleague(proven) -> Client:
    """Kim's browser, on the same application."""
    proven.post(PEOPLE + "einladen/", {"name": "Kim Muster", "email": "kim@musterbaeckerei.example"})
    other = Client()
    other.post(path_of(mailed_link("application_invited")))
    return other


# --- Beginning --------------------------------------------------------------------------------------------------------


def test_whoever_begins_can_write_at_once_while_the_mail_is_on_its_way(pact, client, mails):
    response = begin(client)

    page = client.get(response["Location"]).content.decode()
    application = Application.objects.get()
    assert (response.status_code, led_to(response)) == (302, OVERVIEW)
    assert "Antrag von Musterbäckerei GmbH" in page
    assert "Bitte bestätigen Sie Ihre E-Mail-Adresse" in page
    assert (application.status, application.contact_name, application.contact_email) == (
        "draft", "Erika Muster", "erika@musterbaeckerei.example",
    )  # fmt: skip
    assert [(mail.kind, mail.to_email) for mail in mails()] == [("application_started", BEGIN["email"])]


@pytest.mark.parametrize("how", ["double click", "two browsers with one form"])
def test_the_same_form_sent_again_stays_one_application(how, pact, client):
    form = fields_on(client, START) | BEGIN
    first = client.post(START, form)

    again = (client if how == "double click" else Client()).post(START, form)

    assert first.status_code == again.status_code == 302
    assert Application.objects.count() == OutgoingMail.objects.count() == 1


def test_a_form_that_somebody_else_sends_again_opens_nothing_for_them(pact, client):
    form = fields_on(client, START) | BEGIN
    client.post(START, form)
    stranger = Client()

    stranger.post(START, form)

    assert stranger.get(OVERVIEW).status_code == 403


def test_whoever_comes_back_sees_the_way_on_first(company):
    page = company.get(START).content.decode()

    assert "Sie haben schon einen Antrag begonnen" in page
    assert page.index("Weitermachen") < page.index("Antrag beginnen")


def test_the_way_on_is_shown_to_nobody_else(company):
    assert "schon einen Antrag begonnen" not in Client().get(START).content.decode()


def test_a_form_is_closed_while_no_mail_can_leave(pact, client):
    pact.office_email = ""
    pact.save()

    assert client.get(START)["Location"] == "/mitmachen/"


# --- The overview -----------------------------------------------------------------------------------------------------


def test_the_overview_says_in_words_how_far_each_step_is(company):
    fill(company, "organisation")
    fill(company, "heute", button=LATER)

    page = company.get(OVERVIEW)

    assert [(one.step.slug, one.state) for one in page.context["progress"]] == [
        ("organisation", "done"), ("personen", "started"), ("heute", "done"), ("wuensche", "optional"),
        ("zusagen", "open"), ("profil", "optional"), ("einwilligungen", "optional"),
    ]  # fmt: skip
    shown = re.findall(r"task-list__state--\w+\">(.+?)</span>", page.content.decode())
    assert shown == ["fertig", "angefangen", "fertig", "freiwillig", "fehlt noch", "freiwillig", "freiwillig"]


def test_the_overview_names_the_day_on_which_the_draft_is_deleted(pact, company):
    def shown() -> date:
        return company.get(OVERVIEW).context["deleted_on"]

    before = shown()
    company.post(path_of(mailed_link()))

    assert before == timezone.localdate() + timedelta(days=pact.delete_unconfirmed_after_days)
    assert shown() == timezone.localdate() + timedelta(days=pact.delete_drafts_after_days)


def test_the_overview_says_when_and_by_whom_it_was_saved_last(colleague):
    fill(colleague, "heute")

    page = colleague.get(OVERVIEW).content.decode()

    assert re.search(r"Zuletzt gespeichert am .+ um \d\d:\d\d Uhr von Kim Muster\.", page)
    assert "Erika Muster, Kim Muster (Sie)" in page


def test_what_was_sent_is_no_draft_any_more(pact, client):
    apply(client)
    before = Application.objects.values().get()

    for path in (path_of_step("organisation"), CHECK, PEOPLE, OVERVIEW + "loeschen/"):
        assert led_to(client.get(path)) == OVERVIEW, path
    for path in (SEND, PEOPLE + "einladen/", OVERVIEW + "loeschen/"):
        assert led_to(client.post(path, CONFIRMATIONS)) == OVERVIEW, path

    assert Application.objects.values().get() == before


def test_a_draft_is_deleted_after_a_page_that_says_what_it_means(colleague, proven):
    page = proven.get(OVERVIEW + "loeschen/").content.decode()
    assert "Auch Kim Muster kommt dann nicht mehr an den Entwurf." in page
    assert Application.objects.exists()

    response = proven.post(OVERVIEW + "loeschen/")

    assert response["Location"] == START
    assert "Der Entwurf ist gelöscht." in proven.get(START).content.decode()
    assert not Application.objects.exists()
    assert not AccessLink.objects.exists()
    assert not OutgoingMail.objects.exists()
    assert colleague.get(OVERVIEW).status_code == 403


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


# --- Two at once ------------------------------------------------------------------------------------------------------


def test_two_who_change_different_answers_disturb_nobody(proven, colleague):
    ours, theirs = opened(proven, "organisation"), opened(colleague, "organisation")

    colleague.post(path_of_step("organisation"), theirs | {"street": "Kims Straße 1"} | LATER)
    response = proven.post(path_of_step("organisation"), ours | {"place": "Musterstadt"} | LATER)

    stored = Application.objects.get()
    assert response.status_code == 302
    assert (stored.street, stored.place) == ("Kims Straße 1", "Musterstadt")


def test_what_somebody_else_filled_in_meanwhile_is_not_missed(proven, colleague):
    ours, theirs = opened(proven, "personen"), opened(colleague, "personen")
    signing = {"contact_function": "Inhaberin", "signatory_is_contact": "on"}
    colleague.post(path_of_step("personen"), theirs | signing | NEXT)

    response = proven.post(path_of_step("personen"), ours | {"contact_phone": "02151 1234"} | NEXT)

    stored = Application.objects.get()
    assert response.status_code == 302
    assert (stored.signatory_name, stored.contact_phone) == (stored.contact_name, "02151 1234")


def test_of_two_who_change_the_same_answer_the_second_sees_both_and_decides(proven, colleague):
    ours, theirs = opened(proven, "heute"), opened(colleague, "heute")
    colleague.post(path_of_step("heute"), theirs | {"already_doing": "Kims Worte"} | LATER)

    asked = proven.post(path_of_step("heute"), ours | {"already_doing": "Erikas Worte", "target_year": "2030"} | LATER)

    page = asked.content.decode()
    assert asked.status_code == 409
    assert "Kims Worte" in page
    assert "Kim Muster hat das inzwischen geändert." in page
    assert ">\nErikas Worte</textarea>" in page
    stored = Application.objects.get()
    assert (stored.already_doing, stored.target_year) == ("Kims Worte", 2030)

    again = re.search(r'name="pen" value="([^"]+)"', page)[1]
    proven.post(path_of_step("heute"), ours | {"pen": again, "already_doing": "Erikas Worte"} | LATER)

    assert Application.objects.get().already_doing == "Erikas Worte"


def test_what_somebody_else_wrote_stays_when_one_only_saves_the_page(proven, colleague):
    ours, theirs = opened(proven, "heute"), opened(colleague, "heute")
    colleague.post(path_of_step("heute"), theirs | {"already_doing": "Kims Worte"} | LATER)

    response = proven.post(path_of_step("heute"), ours | LATER)

    assert response.status_code == 302
    assert Application.objects.get().already_doing == "Kims Worte"


def test_two_tabs_of_one_person_lose_nothing_either(proven):
    one, two = opened(proven, "heute"), opened(proven, "heute")
    proven.post(path_of_step("heute"), one | {"already_doing": "Erster Tab"} | LATER)

    asked = proven.post(path_of_step("heute"), two | {"already_doing": "Zweiter Tab"} | LATER)

    assert asked.status_code == 409
    assert "Erster Tab" in asked.content.decode()
    assert "auf einer anderen Seite" in asked.content.decode()


def test_one_page_may_save_again_after_going_back(proven):
    page = opened(proven, "heute")
    proven.post(path_of_step("heute"), page | {"already_doing": "Mit Tipfehler"} | NEXT)

    again = proven.post(path_of_step("heute"), page | {"already_doing": "Mit Tippfehler"} | NEXT)

    assert again.status_code == 302
    assert Application.objects.get().already_doing == "Mit Tippfehler"


def test_who_filled_what_is_shown(colleague):
    fill(colleague, "heute")

    people = colleague.get(PEOPLE).context["people"]

    assert [(str(one["person"]), [step.slug for step in one["steps"]]) for one in people] == [
        ("Erika Muster", []), ("Kim Muster", ["heute"]),
    ]  # fmt: skip


# --- Saving while typing ----------------------------------------------------------------------------------------------


def test_a_saving_while_typing_says_the_time_and_complains_of_nothing(company):
    page = opened(company, "organisation")

    answer = company.post(
        path_of_step("organisation"), page | {"street": "Backstraße 3", "employees": "vi"}, headers=AUTOSAVE
    )

    assert answer.status_code == 200
    said = json.loads(answer.content)
    assert re.fullmatch(r"\d{1,2}:\d\d", said["saved_at"])
    assert said["asks"] == 0
    assert Application.objects.get().street == "Backstraße 3"
    later = company.post(path_of_step("organisation"), page | {"pen": said["pen"], "street": "Backstraße 4"} | LATER)
    assert later.status_code == 302
    assert Application.objects.get().street == "Backstraße 4"


def test_a_saving_while_typing_decides_nothing_against_somebody_else(proven, colleague):
    ours, theirs = opened(proven, "heute"), opened(colleague, "heute")
    colleague.post(path_of_step("heute"), theirs | {"already_doing": "Kims Worte"} | LATER)

    for _ in range(2):
        said = proven.post(path_of_step("heute"), ours | {"already_doing": "Erikas"}, headers=AUTOSAVE).json()
        ours["pen"] = said["pen"]
        assert said["asks"] == 1
    assert Application.objects.get().already_doing == "Kims Worte"

    assert proven.post(path_of_step("heute"), ours | {"already_doing": "Erikas"} | LATER).status_code == 409


# --- After the session ------------------------------------------------------------------------------------------------


def test_what_is_sent_after_the_session_ended_is_saved_and_nothing_is_shown(company):
    page = opened(company, "heute")
    fill(company, "organisation")
    company.cookies.clear()

    response = company.post(path_of_step("heute"), page | {"already_doing": "Spät getippt", "target_year": "bald"})

    shown = response.content.decode()
    assert response.status_code == 200
    assert Application.objects.get().already_doing == "Spät getippt"
    assert "Ihre Sitzung ist abgelaufen" in shown
    assert "bald" in shown  # what could not be stored comes back
    assert "Backstraße" not in shown
    assert "/mitmachen/link/" in shown
    assert company.get(path_of_step("heute")).status_code == 403


def test_after_the_session_nobody_learns_what_somebody_else_wrote(proven, colleague):
    ours, theirs = opened(proven, "heute"), opened(colleague, "heute")
    colleague.post(path_of_step("heute"), theirs | {"already_doing": "Kims Worte"} | LATER)
    proven.cookies.clear()

    shown = proven.post(path_of_step("heute"), ours | {"already_doing": "Erikas Worte"}).content.decode()

    assert "Kims Worte" not in shown
    assert "Erikas Worte" in shown
    assert Application.objects.get().already_doing == "Kims Worte"


@pytest.mark.parametrize("why", ["a day later", "removed", "link closed", "forged", "none", "another step"])
def test_a_page_that_may_not_save_any_more_gives_back_what_was_typed(why, proven, colleague):
    page = opened(colleague, "heute") | {"already_doing": "Lange überlegt"}
    link = mailed_link("application_invited")
    path = path_of_step("heute")
    colleague.cookies.clear()
    match why:
        case "removed":
            applicant = access.applicant_of(link)
            applying.remove(applicant, by=applicant.invited_by)
        case "link closed":
            AccessLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
        case "forged":
            page["pen"] = page["pen"][:-1] + ("a" if page["pen"][-1] != "a" else "b")
        case "none":
            del page["pen"]
        case "another step":
            path = path_of_step("wuensche")
            page["wishes"] = "Lange überlegt"

    with time_machine.travel(timezone.now() + (PEN_LASTS if why == "a day later" else PEN_LASTS * 0), tick=True):
        response = colleague.post(path, page)

    assert response.status_code == 403
    assert "Lange überlegt" in response.content.decode()
    assert Application.objects.get().already_doing == Application.objects.get().wishes == ""


def test_with_a_session_a_page_saves_however_old_it_is(company):
    page = opened(company, "heute")

    with time_machine.travel(timezone.now() + PEN_LASTS * 3):
        company.post(path_of(mailed_link()))  # the link of the mail, opened again
        response = company.post(path_of_step("heute"), page | {"already_doing": "Nach Tagen"} | LATER)

    assert response.status_code == 302
    assert Application.objects.get().already_doing == "Nach Tagen"


def test_the_pen_of_one_application_writes_into_no_other(pact, company):
    page = opened(company, "heute")
    other = Client()
    begin(other, organisation="Zweitbetrieb GmbH", email="zwei@zweitbetrieb.example")

    other.post(path_of_step("heute"), page | {"already_doing": "Für den ersten"} | LATER)

    assert dict(Application.objects.values_list("name", "already_doing")) == {
        "Musterbäckerei GmbH": "Für den ersten", "Zweitbetrieb GmbH": "",
    }  # fmt: skip


# --- People -----------------------------------------------------------------------------------------------------------


def test_whoever_has_proven_nothing_invites_nobody(company):
    response = company.post(PEOPLE + "einladen/", {"name": "Kim", "email": "kim@musterbaeckerei.example"})

    assert response.status_code == 422
    assert "Bitte bestätigen Sie zuerst Ihre eigene E-Mail-Adresse" in response.content.decode()
    assert not OutgoingMail.objects.filter(kind="application_invited").exists()


def test_whoever_is_removed_comes_in_no_more(proven, colleague):
    kim = Application.objects.get().applicants.get(email__startswith="kim")
    assert "Kim Muster entfernen?" in proven.get(f"{PEOPLE}{kim.pk}/entfernen/").content.decode()
    assert colleague.get(OVERVIEW).status_code == 200

    proven.post(f"{PEOPLE}{kim.pk}/entfernen/")

    assert colleague.get(OVERVIEW).status_code == 403
    assert "Kim Muster arbeitet nicht mehr mit." in proven.get(PEOPLE).content.decode()


def test_nobody_removes_herself_or_somebody_of_another_application(proven, colleague, pact):
    erika = Application.objects.get().applicants.get(email__startswith="erika")
    stranger = Client()
    begin(stranger, email="fremd@fern.example")
    fremd = Application.objects.exclude(pk=erika.application_id).get().applicants.get()

    assert "nicht selbst entfernen" in proven.post(f"{PEOPLE}{erika.pk}/entfernen/", follow=True).content.decode()
    assert proven.post(f"{PEOPLE}{fremd.pk}/entfernen/").status_code == 404
    assert proven.post(f"{PEOPLE}{fremd.pk}/erneut/").status_code == 404

    assert not Application.objects.filter(applicants__left_at__isnull=False).exists()


def test_pressed_twice_an_invitation_is_one_mail_and_says_so_twice(proven, mails):
    kim = {"name": "Kim Muster", "email": "kim@musterbaeckerei.example"}

    pages = [proven.post(PEOPLE + "einladen/", kim, follow=True).text for _ in range(2)]

    assert ["Kim Muster bekommt eine Mail mit einem eigenen Link." in page for page in pages] == [True, True]
    assert len(mails(kind="application_invited")) == 1


def test_nobody_invites_herself(proven, mails):
    page = proven.post(PEOPLE + "einladen/", {"name": "Erika", "email": BEGIN["email"].upper()})

    assert page.status_code == 422
    assert page.context["form"].errors["email"] == ["Sie sind schon dabei."]
    assert mails(kind="application_invited") == []


def test_a_link_that_went_astray_is_mailed_again(proven, colleague, mails):
    kim = Application.objects.get().applicants.get(email__startswith="kim")

    a_minute_later()
    proven.post(f"{PEOPLE}{kim.pk}/erneut/")

    assert [mail.to_email for mail in mails(kind="application_invited")] == [kim.email] * 2


def test_a_wrong_address_is_mended_and_this_browser_goes_on(company, mails):
    old = mailed_link()

    response = company.post(OVERVIEW + "adresse/", {"email": "Neu@MUSTERBAECKEREI.example"}, follow=True)

    assert "Neu@musterbaeckerei.example" in response.content.decode()
    old.refresh_from_db()
    assert old.revoked_at
    assert [(mail.to_email, mail.status) for mail in mails()] == [
        (BEGIN["email"], "withdrawn"), ("Neu@musterbaeckerei.example", "queued"),
    ]  # fmt: skip
    assert fill(company, "heute").status_code == 302


# --- Checking and sending ---------------------------------------------------------------------------------------------


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


# --- Limits, and what one has seen ------------------------------------------------------------------------------------


def test_an_unproven_browser_cannot_have_us_write_to_one_address_after_the_other(company, settings, mails):
    settings.FORMS_PER_ADDRESS = 3  # one went for the beginning

    for number in range(5):
        company.post(OVERVIEW + "adresse/", {"email": f"fremd{number}@musterwerk.example"})

    assert len({mail.to_email for mail in mails()}) == 3


def test_the_page_to_send_from_says_one_day_in_words(pact, client):
    filled(client)
    pact.answer_within_days = 1
    pact.save()

    assert "innerhalb von einem Tag." in client.get(CHECK).content.decode()


def test_the_page_to_delete_a_draft_says_what_becomes_of_a_signed_letter(proven):
    said = "Eine unterschriebene Absichtserklärung bleibt als Nachweis bei uns, sie gilt dann als zurückgezogen."
    assert said not in proven.get(OVERVIEW + "loeschen/").content.decode()

    LetterFactory(application=Application.objects.get())

    assert said in proven.get(OVERVIEW + "loeschen/").content.decode()


def test_looking_at_ones_own_removal_changes_nothing_and_says_nothing(proven):
    me = Application.objects.get().applicants.get()

    page = proven.get(f"{PEOPLE}{me.pk}/entfernen/", follow=True)

    assert page.status_code == 200
    assert "nicht selbst entfernen" not in page.content.decode()


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


def test_a_saving_while_typing_says_what_it_could_not_save(company):
    page = opened(company, "organisation") | ANSWERS["organisation"]

    fine = company.post(path_of_step("organisation"), page, headers={"X-Autosave": "1"}).json()
    wrong = company.post(
        path_of_step("organisation"), page | {"postal_code": "123"}, headers={"X-Autosave": "1"}
    ).json()

    assert (fine["left"], wrong["left"]) == (0, 1)
