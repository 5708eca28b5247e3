"""The office changes the people of a partner the way their company does: who is concerned reads it, nothing is lost."""

import re

import pytest
from django.test import Client

from klimapakt.links.models import AccessLink
from partners.models import Contact
from tests.bad_input.form import Form, admin_form
from tests.factories import ContactFactory, InitialPartnerFactory
from tests.partners.company import browser_of, company
from tests.urls.table import path_of


@pytest.fixture
def erika(pact) -> Contact:
    return company()


def row_of(contact: Contact, client: Client) -> tuple[Form, str]:
    """Return the organisation's form, and what begins the names of the person's fields."""
    form = admin_form(client, contact.organisation)
    [row] = [
        n for n, value in form.data.items() if re.fullmatch(r"contacts-\d+-id", n) and str(value) == str(contact.pk)
    ]
    return form, row.removesuffix("id")


def save(contact: Contact, client: Client, **fields: str) -> object:
    form, row = row_of(contact, client)
    return form.send(**{row + name: value for name, value in fields.items()})


def test_a_new_address_is_proven_first_and_the_old_one_is_told(office_client, erika, mails):
    browser = browser_of(erika)

    answer = save(erika, office_client, email="neu@musterbetrieb.example", function="Leitung")

    erika.refresh_from_db()
    assert answer.status_code == 302
    assert (erika.email, erika.new_email) == ("erika@musterbetrieb.example", "neu@musterbetrieb.example")
    assert erika.function == "Leitung"
    assert [mail.to_email for mail in mails(kind="contact_address_asked")] == ["erika@musterbetrieb.example"]
    [proof] = mails(kind="contact_new_address")
    assert Client().post(path_of(proof.link)).status_code == 302
    erika.refresh_from_db()
    assert erika.email == "neu@musterbetrieb.example"
    assert browser.get("/mein-klimapakt/").status_code == 403
    assert "Die Geschäftsstelle hat für Erika Muster eine neue" in str(list(erika.organisation.timeline.all()))


def test_an_address_that_another_person_has_is_refused_and_the_rest_kept(office_client, erika, mails):
    ContactFactory(organisation=erika.organisation, name="Max", email="max@musterbetrieb.example", is_main=False)

    answer = save(erika, office_client, email="max@musterbetrieb.example", function="Leitung")

    erika.refresh_from_db()
    assert answer.status_code == 200
    assert (erika.email, erika.function) == ("erika@musterbetrieb.example", "Geschäftsführung")
    assert 'value="Leitung"' in answer.content.decode()
    assert mails() == []


def test_an_address_taken_away_ends_the_access(office_client, erika):
    browser = browser_of(erika)

    save(erika, office_client, email="")

    erika.refresh_from_db()
    assert (erika.email, erika.has_access) == ("", False)
    assert browser.get("/mein-klimapakt/").status_code == 403


def test_who_is_deleted_there_has_left_and_stays_in_the_history(office_client, erika, mails):
    browser = browser_of(erika)

    save(erika, office_client, DELETE="on")

    gone = Contact.everyone.get(pk=erika.pk)
    assert gone.left_at
    assert gone.roles == []
    assert [mail.to_email for mail in mails(kind="contact_left")] == [erika.email]
    assert browser.get("/mein-klimapakt/").status_code == 403
    assert not AccessLink.objects.filter(revoked_at=None).exists()


def test_the_people_of_an_initial_partner_get_no_mails(office_client, pact, mails):
    contact = ContactFactory(organisation=InitialPartnerFactory().organisation, email="alt@stadtwerke.example")

    save(contact, office_client, email="neu@stadtwerke.example")
    contact.refresh_from_db()
    assert contact.email == "neu@stadtwerke.example"
    save(contact, office_client, DELETE="on")

    assert Contact.everyone.get(pk=contact.pk).left_at
    assert mails() == []
