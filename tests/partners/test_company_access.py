"""A personal link belongs to the person it was mailed to."""

from django.test import Client

from partners.mails.partner import partner_access
from tests.factories import ContactFactory, PartnerFactory


def test_a_link_opens_nothing_once_somebody_else_has_taken_over(pact, open_link):
    contact = ContactFactory(organisation=PartnerFactory().organisation, email="erika@musterbetrieb.example")
    client = Client()
    open_link(client, partner_access(contact))
    before = client.get("/mein-klimapakt/").status_code

    contact.name, contact.email = "Max Muster", "max@musterbetrieb.example"
    contact.save()

    assert (before, client.get("/mein-klimapakt/").status_code) == (200, 403)


def test_another_spelling_of_the_same_address_keeps_the_link(pact, open_link):
    contact = ContactFactory(organisation=PartnerFactory().organisation, email="Erika@musterbetrieb.example")
    client = Client()
    open_link(client, partner_access(contact))

    contact.email = "erika@musterbetrieb.example"
    contact.save()

    assert client.get("/mein-klimapakt/").status_code == 200
