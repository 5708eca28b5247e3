"""Pages of the office that are sent twice: one effect, one mail, and the second click ends where the first does."""

import re
from copy import deepcopy

import pytest
from django.test import Client

from klimapakt.limits import buckets
from klimapakt.mailbox.models import OutgoingMail
from partners.models import ApplicationQuestion, Contact, Note
from tests.factories import OrganisationFactory, UserFactory
from tests.races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

TIMES = 3


@pytest.fixture
def clerk(db) -> Client:
    """A browser that sends the token of its pages, as every browser must."""
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(UserFactory(is_superuser=True))
    return browser


def shown(clerk: Client, path: str) -> str:
    """Open a page and return its token."""
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', clerk.get(path).content.decode())[1]


def clicked(clerk: Client, path: str, sent: dict[str, str]) -> list[int]:
    """Send a page several times at the same moment."""
    browsers = [Client(enforce_csrf_checks=True, raise_request_exception=False) for _ in range(TIMES)]
    for browser in browsers:
        browser.cookies = deepcopy(clerk.cookies)
    answers = at_once([lambda browser=browser: browser.post(path, sent) for browser in browsers])
    return [answer.status_code for answer in answers]


def test_a_note_is_written_once_and_every_click_ends_at_the_application(in_state, clerk):
    path = f"/admin/partners/application/{in_state('in_review').pk}/notiz/"
    sent = {"csrfmiddlewaretoken": shown(clerk, path), "text": "Sehr nett."}

    assert clicked(clerk, path, sent) == [302] * TIMES

    assert Note.objects.count() == 1


def test_without_what_notes_the_page_the_same_clicks_would_write_it_each_time(in_state, clerk, monkeypatch):
    path = f"/admin/partners/application/{in_state('in_review').pk}/notiz/"
    sent = {"csrfmiddlewaretoken": shown(clerk, path), "text": "Sehr nett."}
    monkeypatch.setattr(buckets, "take", lambda *args, **options: True)

    clicked(clerk, path, sent)

    assert Note.objects.count() == TIMES


def test_who_goes_back_and_sends_other_words_writes_another_note(in_state, clerk):
    path = f"/admin/partners/application/{in_state('in_review').pk}/notiz/"
    token = shown(clerk, path)

    for text in ("Sehr nett.", "Und pünktlich."):
        clerk.post(path, {"csrfmiddlewaretoken": token, "text": text})

    assert {note.text for note in Note.objects.all()} == {"Sehr nett.", "Und pünktlich."}


def test_the_same_words_on_a_page_that_is_opened_again_are_meant(in_state, clerk):
    path = f"/admin/partners/application/{in_state('in_review').pk}/notiz/"

    for _ in range(2):
        clerk.post(path, {"csrfmiddlewaretoken": shown(clerk, path), "text": "Angerufen, niemand da."})

    assert Note.objects.count() == 2


def test_a_question_is_asked_once_and_mailed_once(in_state, clerk):
    path = f"/admin/partners/application/{in_state('in_review').pk}/rueckfrage/"
    mailed = OutgoingMail.objects.count()
    sent = {"csrfmiddlewaretoken": shown(clerk, path), "text_1": "Wie viele Standorte haben Sie?"}
    sent["seen"] = clerk.post(path, sent).context["form"]["seen"].value()

    clicked(clerk, path, sent)

    assert ApplicationQuestion.objects.count() == 1
    assert OutgoingMail.objects.count() == mailed + 1


def test_a_page_that_was_refused_says_so_again_when_it_is_sent_again(clerk, pact):
    path = "/admin/partners/organisation/add/"
    sent = {"csrfmiddlewaretoken": shown(clerk, path), "name": ""}

    answers = [clerk.post(path, sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [bool(answer.context["errors"]) for answer in answers] == [True, True]


def test_a_person_added_by_a_double_click_is_there_once(clerk, pact):
    organisation = OrganisationFactory()
    path = f"/admin/partners/organisation/{organisation.pk}/change/"
    page, sent = clerk.get(path), {"csrfmiddlewaretoken": shown(clerk, path)}
    for form in [
        page.context["adminform"].form,
        *(one.formset.management_form for one in page.context["inline_admin_formsets"]),
    ]:
        sent |= {bound.html_name: bound.value() for bound in form if bound.value() not in (None, "")}
    prefix = next(one.formset.prefix for one in page.context["inline_admin_formsets"] if one.formset.model is Contact)
    sent |= {
        f"{prefix}-TOTAL_FORMS": 1,
        f"{prefix}-0-name": "Erika Muster",
        f"{prefix}-0-organisation": organisation.pk,
    }

    clicked(clerk, path, sent)

    assert [one.name for one in organisation.contacts.all()] == ["Erika Muster"]
