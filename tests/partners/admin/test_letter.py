"""The office reads letters of intent; nobody else does."""

import pytest
from django.test import Client

from klimapakt import worklist
from klimapakt.documents import archive
from partners.models import LetterOfIntent
from partners.services import letters
from tests.factories.talks import LETTER, LetterFactory
from tests.rows import all_rows, difference

LIST = "/admin/partners/letterofintent/"


@pytest.fixture
def letter(pact):
    pact.uses_letter_of_intent, pact.letter_of_intent = True, LETTER
    pact.save()
    return LetterFactory()


def test_the_list_says_what_is_next(letter, office, office_client, in_state):
    read = LetterFactory(application=in_state("submitted"), organisation="Gelesen GmbH")
    letters.take_note(read, by=office)

    page = office_client.get(LIST).content.decode()

    assert "zur Kenntnis nehmen" in page
    assert "steht beim Antrag" in page


def test_the_page_shows_words_and_file(letter, pact, office_client):
    archive.order(
        "letter-of-intent", key=f"letter-of-intent:{letter.pk}", name="Absichtserklärung.pdf",
        html=letters.html(letter, pact), about=letter, is_kept=True,
    )  # fmt: skip
    while archive.render_next():
        pass

    page = office_client.get(f"{LIST}{letter.pk}/change/").content.decode()
    file = office_client.get(f"{LIST}{letter.pk}/pdf/")

    for words in (
        "Wir möchten beitreten.",
        letter.sha256,
        "Rechte und Pflichten entstehen daraus nicht",
        "Erika Muster",
    ):
        assert words in page
    assert file.content.startswith(b"%PDF")


def test_the_page_leads_to_an_application_that_was_sent_and_to_no_draft(letter, in_state, office_client):
    sent = LetterFactory(application=in_state("submitted"))

    pages = {one.pk: office_client.get(f"{LIST}{one.pk}/change/").content.decode() for one in (sent, letter)}

    assert f"/admin/partners/application/{sent.application_id}/change/" in pages[sent.pk]
    assert f"/admin/partners/application/{letter.application_id}/change/" not in pages[letter.pk]


def test_the_office_takes_note_by_a_button(letter, office, office_client):
    answer = office_client.post(f"{LIST}{letter.pk}/gelesen/", follow=True)

    assert "Eingetragen." in answer.content.decode()
    letter.refresh_from_db()
    assert letter.seen_by == office


def test_it_is_read_never_edited_or_deleted(letter, office_client):
    before = all_rows(without={"django_session"})

    edited = office_client.post(f"{LIST}{letter.pk}/change/", {"name": "Jemand anderes"})
    deleted = office_client.post(f"{LIST}{letter.pk}/delete/", {"post": "yes"})

    assert [edited.status_code, deleted.status_code] == [403, 403]
    assert difference(before, all_rows(without={"django_session"})) == {}


def test_nobody_but_the_office_sees_it(letter, initial_partner_user):
    client = Client()
    client.force_login(initial_partner_user)

    for path in ("", f"{letter.pk}/change/"):
        assert client.get(LIST + path).status_code == 403
    assert client.get(f"{LIST}{letter.pk}/pdf/").status_code == 404
    assert client.post(f"{LIST}{letter.pk}/gelesen/").status_code == 403


def test_new_letters_stand_on_the_start_page_until_somebody_read_them(letter, office):
    titles = [item.title for item in worklist.work_of(office)]
    letters.take_note(letter, by=office)

    assert "Neue Absichtserklärungen" in titles
    assert "Neue Absichtserklärungen" not in [item.title for item in worklist.work_of(office)]


@pytest.mark.parametrize(("stand", "found"), [("neu", 1), ("liegt", 0), ("zurueckgezogen", 1)])
def test_the_filters_find_what_they_say(stand, found, letter, office_client):
    withdrawn = LetterFactory()
    withdrawn.withdraw()

    answer = office_client.get(LIST, {"stand": stand})

    assert answer.context["cl"].result_count == found
    assert LetterOfIntent.objects.count() == 2
