"""A company reads, signs and takes back its letter of intent, behind its personal link."""

import pytest
from django.test import Client

from klimapakt.documents import archive
from klimapakt.links.models import OneTimeCode
from partners.mails.partner import partner_access
from partners.models import LetterOfIntent
from partners.services import letters
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.talks import LETTER, applying_company, interested_company, link_of
from tests.rows import all_rows, difference

PAGE = "/mein-klimapakt/absichtserklaerung/"
SIGNING = PAGE + "unterschreiben/"
SESSIONS = {"django_session"}


@pytest.fixture
def pact(pact):
    pact.uses_letter_of_intent, pact.letter_of_intent = True, LETTER
    pact.save()
    return pact


@pytest.fixture
def company(pact):
    return applying_company()


@pytest.fixture
def browser(company, client, open_link):
    """A browser in which somebody of the company has opened the link."""
    open_link(client, link_of(company))
    return client


def shown(company, pact):
    return letters.wording_for(company, pact).sha256


def filled(company, pact, **changes):
    """Return what the browser sends to sign, with the code that was mailed last."""
    code = OneTimeCode.objects.order_by("created_at").last()
    return {
        "sha256": shown(company, pact),
        "name": "Erika Muster",
        "function": "Inhaberin",
        "agrees": "on",
        "code": code.digits() if code else "",
        **changes,
    }


def ask_for_code(browser, company, pact):
    return browser.post(PAGE + "code/", {"sha256": shown(company, pact)})


@pytest.mark.parametrize("make", [applying_company, interested_company])
def test_a_signature_needs_page_code_and_form(make, pact, client, open_link, mails):
    company = make()
    open_link(client, link_of(company))

    page = client.get(PAGE).content.decode()
    asked = ask_for_code(client, company, pact)
    [mail] = mails(kind="letter_code")
    form = client.get(asked["Location"]).content.decode()
    signed = client.post(SIGNING, filled(company, pact), follow=True).content.decode()

    assert "möchten dem Pakt „Musterstädter Klimapakt“ in Musterstadt beitreten." in page
    assert "Rechte und Pflichten entstehen daraus" in page
    assert asked["Location"].startswith(SIGNING)
    assert (mail.to_email, mail.is_urgent, mail.expires_at) == (company.email, True, mail.code.expires_at)
    assert mail.code.digits() not in mail.body
    assert f"für „{company.organisation}“ zu sprechen" in form
    assert "Ihre Absichtserklärung ist unterschrieben." in signed
    letter = LetterOfIntent.objects.get()
    assert (letter.case, letter.name, letter.function) == (company.case, "Erika Muster", "Inhaberin")


def test_the_signed_letter_is_a_file_for_the_company(browser, company, pact):
    ask_for_code(browser, company, pact)
    browser.post(SIGNING, filled(company, pact))

    waiting = browser.get(PAGE + "pdf/").content.decode()
    while archive.render_next():
        pass
    answer = browser.get(PAGE + "pdf/")

    assert "wird gerade erstellt" in waiting
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert "attachment" in answer["Content-Disposition"]


def test_words_that_changed_after_they_were_shown_are_not_signed(browser, company, pact):
    ask_for_code(browser, company, pact)
    sent = filled(company, pact)
    pact.letter_of_intent = "Etwas ganz anderes."
    pact.save()

    answers = [browser.post(SIGNING, sent), browser.post(PAGE + "code/", {"sha256": sent["sha256"]})]

    assert [answer.status_code for answer in answers] == [409, 409]
    for answer in answers:
        assert "Mit diesem Klick wurde nichts unterschrieben" in answer.content.decode()
        assert "Etwas ganz anderes." in answer.content.decode()
    assert not LetterOfIntent.objects.exists()
    assert OneTimeCode.objects.get().used_at is None


def test_a_wrong_code_signs_nothing_and_keeps_the_rest(browser, company, pact):
    ask_for_code(browser, company, pact)

    answer = browser.post(SIGNING, filled(company, pact, code="00000000", name="Kim Muster"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Dieser Code stimmt nicht." in page
    assert 'value="Kim Muster"' in page
    assert not LetterOfIntent.objects.exists()


@pytest.mark.parametrize("field", ["name", "function", "agrees", "code"])
def test_what_is_missing_is_said_at_the_field(field, browser, company, pact):
    ask_for_code(browser, company, pact)

    answer = browser.post(SIGNING, filled(company, pact, **{field: ""}))

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert OneTimeCode.objects.get().tries == 0


def test_another_code_ends_the_first_and_keeps_what_was_typed(browser, company, pact):
    ask_for_code(browser, company, pact)
    first = filled(company, pact)

    page = browser.post(SIGNING, {**first, "name": "Kim Muster", "new_code": "1"}).content.decode()
    refused = browser.post(SIGNING, first)

    assert "Ein neuer Code ist unterwegs." in page
    assert 'value="Kim Muster"' in page
    assert refused.status_code == 422
    assert browser.post(SIGNING, filled(company, pact)).status_code == 302


def test_a_code_works_only_in_the_browser_that_asked_for_it(browser, company, pact, open_link):
    ask_for_code(browser, company, pact)
    other = Client()
    open_link(other, link_of(company))

    answer = other.post(SIGNING, filled(company, pact))

    assert answer.status_code == 422
    assert not LetterOfIntent.objects.exists()


def test_pressed_twice_it_is_signed_once(browser, company, pact):
    ask_for_code(browser, company, pact)
    sent = filled(company, pact)

    answers = [browser.post(SIGNING, sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 409]
    assert LetterOfIntent.objects.count() == 1


def test_a_signed_letter_is_taken_back_by_one_button(browser, company, pact):
    ask_for_code(browser, company, pact)
    browser.post(SIGNING, filled(company, pact))

    page = browser.post(PAGE + "zurueckziehen/", follow=True).content.decode()
    again = browser.post(PAGE + "zurueckziehen/", follow=True).content.decode()

    assert "Die Absichtserklärung ist zurückgezogen." in page
    assert "Weiter zur Unterschrift" in page
    assert "war schon zurückgezogen" in again
    assert LetterOfIntent.objects.get().status == "withdrawn"
    assert browser.get(PAGE + "pdf/").status_code == 404


def test_reading_changes_nothing(browser, company, pact):
    ask_for_code(browser, company, pact)
    before = all_rows(without=SESSIONS)

    for path in (PAGE, SIGNING):
        for method in (browser.get, browser.head):
            assert method(path).status_code == 200
    for path in ("code/", "zurueckziehen/"):
        assert browser.get(PAGE + path).status_code == 405

    assert difference(before, all_rows(without=SESSIONS)) == {}


PAGES = [("get", ""), ("get", "unterschreiben/"), ("get", "pdf/"), ("post", "code/"), ("post", "unterschreiben/"),
         ("post", "zurueckziehen/")]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_a_link_of_another_purpose_opens_nothing(method, path, pact, client, open_link):
    contact = ContactFactory(organisation=PartnerFactory().organisation)
    open_link(client, partner_access(contact))
    before = all_rows()

    assert getattr(client, method)(PAGE + path).status_code == 403
    assert getattr(Client(), method)(PAGE + path).status_code == 403
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize(("method", "path"), PAGES[:-1])
@pytest.mark.parametrize("field", ["uses_letter_of_intent", "letter_of_intent"])
def test_where_the_pact_has_no_letter_there_is_no_page(field, method, path, browser, pact):
    setattr(pact, field, "" if field == "letter_of_intent" else False)
    pact.save()

    assert getattr(browser, method)(PAGE + path).status_code == 404


def test_after_five_codes_in_an_hour_there_is_no_more(browser, company, pact, mails):
    for _ in range(6):
        answer = ask_for_code(browser, company, pact)

    assert len(mails(kind="letter_code")) == 5
    assert "schon mehrere Codes geschickt" in browser.get(answer["Location"]).content.decode()
