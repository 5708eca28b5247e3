"""Nothing typed is lost: not where two write at once, not while typing, not after the session."""

import json
import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from klimapakt.links.models import AccessLink
from partners import access
from partners.forms.steps import PEN_LASTS
from partners.models import Application
from partners.services import applying
from tests.filled import ANSWERS, LATER, NEXT, begin, fill, opened, path_of_step
from tests.partners.apply.conftest import PEOPLE, mailed_link
from tests.urls.table import path_of

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


AUTOSAVE = {"X-Autosave": "1"}


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


def test_a_saving_while_typing_says_what_it_could_not_save(company):
    page = opened(company, "organisation") | ANSWERS["organisation"]

    fine = company.post(path_of_step("organisation"), page, headers={"X-Autosave": "1"}).json()
    wrong = company.post(
        path_of_step("organisation"), page | {"postal_code": "123"}, headers={"X-Autosave": "1"}
    ).json()

    assert (fine["left"], wrong["left"]) == (0, 1)


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
