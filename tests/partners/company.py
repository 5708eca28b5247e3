"""People of a company in their browsers."""

from django.test import Client

from klimapakt.links import stepup
from klimapakt.links.models import AccessLink, OneTimeCode
from partners.mails.partner import partner_access
from partners.models import Contact
from tests.factories import ContactFactory, PartnerFactory
from tests.urls.table import path_of


def company(*, email: str = "erika@musterbetrieb.example", **partner: object) -> Contact:
    """A partner with one contact, who has opened her link before."""
    organisation = PartnerFactory(**partner).organisation
    return ContactFactory(organisation=organisation, name="Erika Muster", email=email)


def browser_of(contact: Contact, link: AccessLink | None = None) -> Client:
    """A browser that opened the contact's personal link."""
    client = Client()
    client.link = link or partner_access(contact)
    assert client.post(path_of(client.link)).status_code == 302
    return client


def ask_for_code(client: Client, path: str, **data: object) -> OneTimeCode:
    """Let the browser's person ask for a code; it is the one that is mailed."""
    client.post(path, {**data, "stepup": stepup.SEND})
    return client.link.codes.latest("created_at")


def prove_oneself(client: Client, path: str = "/mein-klimapakt/personen/neu/") -> None:
    """Type the mailed code: for a quarter of an hour the browser may change what matters."""
    code = ask_for_code(client, path)
    assert client.post(path, {"stepup": stepup.CHECK, "stepup_code": code.digits()}).status_code == 302
