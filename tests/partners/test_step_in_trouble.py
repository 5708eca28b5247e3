"""A step of the application that meets a full disk, or a browser without its cookies: nothing typed is lost."""

from random import Random

import pytest
from django.test import Client

from partners.models import Application, SavedStep
from tests.filled import LATER, begin, opened, path_of_step
from tests.full_disk import little_room_for

PATH = path_of_step("heute")


@pytest.fixture
def company(pact) -> Client:
    client = Client(raise_request_exception=False)
    begin(client)
    return client


# --- The disk of the database is full ---------------------------------------------------------------------------------


@pytest.fixture
def a_long_text() -> str:
    """So long, and so hard to compress, that the row needs room on the disk."""
    letters = Random(20261122)
    return " ".join("".join(letters.choices("abcdefghijklmnopqrstuvwxyzäöüß", k=9)) for _ in range(290))


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_gives_back_what_was_typed_and_stores_no_half_of_it(company, a_long_text):
    page = opened(company, "heute") | {"already_doing": a_long_text, "balance_tool": "ecocockpit"} | LATER

    with little_room_for("partners_application", is_full=True) as make_room:
        response = company.post(PATH, page)

        assert response.status_code == 503
        assert "Das liegt an uns" in response.text
        assert a_long_text in response.text
        assert Application.objects.get().already_doing == Application.objects.get().balance_tool == ""
        assert not SavedStep.objects.exists()

        make_room()
        assert company.post(PATH, page).status_code == 302
    assert Application.objects.get().already_doing == a_long_text


# --- The browser has forgotten its cookies ----------------------------------------------------------------------------


@pytest.fixture
def checked(company) -> Client:
    """Its forms have to bring the token that goes with the cookie."""
    company.handler.enforce_csrf_checks = True
    return company


def test_without_any_cookie_the_page_still_saves_and_shows_nothing(checked):
    page = opened(checked, "heute") | {"already_doing": "Lange überlegt."}
    checked.cookies.clear()

    response = checked.post(PATH, page)

    assert response.status_code == 200
    assert "Gespeichert" in response.text
    assert Application.objects.get().already_doing == "Lange überlegt."
    assert checked.get(PATH).status_code == 403


@pytest.mark.parametrize("cookies", ["all", "none"])
def test_a_form_that_somebody_else_made_is_refused_and_none_of_its_words_are_shown(cookies, checked):
    page = {"already_doing": "Untergeschoben.", "pen": "erfunden"}
    if cookies == "none":
        checked.cookies.clear()

    response = checked.post(PATH, page)

    assert response.status_code == 403
    assert "Das Formular ist abgelaufen" in response.text
    assert "Untergeschoben" not in response.text


def test_with_a_session_a_pen_alone_saves_nothing(checked):
    """A colleague who knows the pen of an own page cannot make somebody else save it."""
    page = opened(checked, "heute") | {"already_doing": "Untergeschoben."}

    response = checked.post(PATH, page)

    assert response.status_code == 403
    assert Application.objects.get().already_doing == ""
