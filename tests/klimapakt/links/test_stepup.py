"""The second tier: a code by mail before what matters, at the address of what matters."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from klimapakt.links import codes
from partners.mails.partner import partner_access
from partners.models import Contact
from tests.factories import ContactFactory
from tests.filled import led_to
from tests.partners.company import ask_for_code, browser_of, company, prove_oneself

NEW = "/mein-klimapakt/personen/neu/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(pact) -> Contact:
    return company()


def typed(contact: Contact, **changes: str) -> dict[str, str]:
    from partners.services import contacts

    shown = contacts.state_of_all(contact.organisation)
    return {"name": "Kim Neu", "email": "kim@musterbetrieb.example", "shown": shown, **changes}


def test_without_a_code_the_page_asks_for_one_and_mails_none(contact, mails):
    client = browser_of(contact)

    response = client.get(NEW)

    assert (response.status_code, response.templates[0].name) == (200, "links/stepup.html")
    assert mails(kind="contact_code") == []


def test_the_code_is_mailed_to_the_links_own_address_and_opens_the_page(contact, mails):
    client = browser_of(contact)
    code = ask_for_code(client, NEW)
    [mail] = mails(kind="contact_code")
    assert (mail.to_email, code.digits() in mail.body) == (contact.email, False)

    answer = client.post(NEW, {"stepup": "check", "stepup_code": code.digits()})

    assert (answer.status_code, led_to(answer)) == (302, NEW)
    assert "Person eintragen" in client.get(NEW).content.decode()


def test_a_form_sent_without_a_code_is_carried_through_the_code_page(contact):
    client = browser_of(contact)
    first = client.post(NEW, typed(contact))
    assert first.status_code == 403
    assert Contact.objects.count() == 1
    page = client.post(NEW, {**typed(contact), "stepup": "send", "stepup_waits": "yes"})
    assert 'value="Kim Neu"' in page.content.decode()
    code = client.link.codes.get()

    done = client.post(NEW, {**typed(contact), "stepup": "check", "stepup_code": code.digits(), "stepup_waits": "yes"})

    assert done.status_code == 302
    assert Contact.objects.filter(email="kim@musterbetrieb.example").exists()


def test_a_wrong_code_keeps_what_was_typed_and_stores_nothing(contact):
    client = browser_of(contact)
    ask_for_code(client, NEW, **typed(contact), stepup_waits="yes")

    answer = client.post(NEW, {**typed(contact), "stepup": "check", "stepup_code": "00000000", "stepup_waits": "yes"})

    assert answer.status_code == 422
    assert 'value="Kim Neu"' in answer.content.decode()
    assert "Dieser Code stimmt nicht" in answer.content.decode()
    assert Contact.objects.count() == 1


def test_after_a_quarter_of_an_hour_the_code_is_asked_for_again(contact):
    client = browser_of(contact)
    prove_oneself(client)
    assert client.get(NEW).templates[0].name == "partners/company_person.html"

    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1)):
        assert client.get(NEW).templates[0].name == "links/stepup.html"


def test_a_code_counts_in_the_browser_that_asked_for_it_alone(contact):
    client, other = browser_of(contact), browser_of(contact)
    code = ask_for_code(client, NEW)

    assert other.post(NEW, {"stepup": "check", "stepup_code": code.digits()}).status_code == 422
    prove_oneself(client)
    assert other.get(NEW).templates[0].name == "links/stepup.html"


def test_a_code_typed_for_one_link_opens_nothing_of_another(contact):
    client = browser_of(contact)
    prove_oneself(client)
    other = ContactFactory(organisation=company(email="x@y.example").organisation, is_main=False)

    client.link = partner_access(other)
    client.post(client.link.url().removeprefix("http://testserver").split("8123")[-1])

    assert client.get(NEW).templates[0].name == "links/stepup.html"


def test_a_right_code_gives_the_session_a_new_key(contact):
    client = browser_of(contact)
    before = client.session.session_key

    prove_oneself(client)

    assert client.session.session_key != before


def test_the_buttons_pressed_twice_do_no_harm(contact):
    client = browser_of(contact)
    code = ask_for_code(client, NEW)
    sent = {"stepup": "check", "stepup_code": code.digits()}

    assert [client.post(NEW, sent).status_code for _ in range(2)] == [302, 302]
    assert client.get(NEW).status_code == 200


def test_too_many_codes_are_refused_with_a_sentence(contact):
    client = browser_of(contact)
    for _ in range(codes.CODES_AN_HOUR):
        ask_for_code(client, NEW)

    page = client.post(NEW, {"stepup": "send"}, follow=True)

    assert "schon mehrere Codes" in page.content.decode()


def test_whoever_has_no_link_is_not_asked_for_a_code(contact):
    assert Client().get(NEW).templates[0].name == "links/needed.html"
    assert Client().post(NEW, {"stepup": "send"}).status_code == 403
