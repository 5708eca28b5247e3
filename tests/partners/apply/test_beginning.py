"""A company begins an application, comes back to it, sees how far it is, and may delete it."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application
from tests.factories.talks import LetterFactory
from tests.filled import (
    BEGIN,
    CHECK,
    CONFIRMATIONS,
    LATER,
    OVERVIEW,
    SEND,
    START,
    apply,
    begin,
    fields_on,
    fill,
    led_to,
    path_of_step,
)
from tests.partners.apply.conftest import PEOPLE, mailed_link
from tests.urls.table import path_of

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


def test_the_page_to_delete_a_draft_says_what_becomes_of_a_signed_letter(proven):
    said = "Eine unterschriebene Absichtserklärung bleibt als Nachweis bei uns, sie gilt dann als zurückgezogen."
    assert said not in proven.get(OVERVIEW + "loeschen/").content.decode()

    LetterFactory(application=Application.objects.get())

    assert said in proven.get(OVERVIEW + "loeschen/").content.decode()
