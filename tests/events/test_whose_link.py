"""A personal link opens while it was mailed to the address that counts now, and shows what concerns that person."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events import mails as writing
from events.models import Event, Registration
from events.services import event as changing
from events.services import invitation as inviting
from events.services import registration as service
from events.services.registration import Person
from klimapakt.states import NotPossible
from partners.mails.partner import partner_access
from tests.events.reading import text_of
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.events import InvitationFactory, MeetingFactory


def address(event: Event, action: str = "") -> str:
    return f"/mein-klimapakt/veranstaltung/{event.slug}/{action}"


def rename(contact) -> None:
    """Somebody else takes the place of a contact."""
    contact.name, contact.email = "Neu Muster", "neu@firma.example"
    contact.save()


@pytest.mark.parametrize("kind", ["invitation", "partner", "registration"])
def test_a_link_that_was_mailed_to_another_address_opens_nothing(kind, meeting, contact, join, open_link):
    if kind == "registration":
        registration = join(meeting, contact=contact)
        link = writing.registration_access(meeting, registration)
        Registration.objects.update(email="neu@firma.example")
    elif kind == "invitation":
        link = writing.invitation_access(meeting, InvitationFactory(event=meeting, contact=contact))
    else:
        link = partner_access(contact)
    rename(contact)
    client = Client()

    open_link(client, link)

    assert client.get(address(meeting)).status_code == 403


@pytest.mark.parametrize("kind", ["invitation", "partner"])
def test_a_page_that_stood_open_closes_when_the_address_changes(kind, meeting, contact, open_link):
    invitation = InvitationFactory(event=meeting, contact=contact)
    link = writing.invitation_access(meeting, invitation) if kind == "invitation" else partner_access(contact)
    client = Client()
    open_link(client, link)
    assert client.get(address(meeting)).status_code == 200

    rename(contact)

    assert client.get(address(meeting)).status_code == 403


def test_capitals_in_an_address_are_no_other_address(meeting, contact, open_link):
    link = partner_access(contact)
    contact.email = contact.email.upper()
    contact.save()
    client = Client()

    open_link(client, link)

    assert client.get(address(meeting)).status_code == 200


@pytest.mark.parametrize("change", ["deleted", "renamed"])
def test_whoever_is_no_contact_any_more_sees_no_colleague(change, pact, contact, join, open_link):
    meeting = MeetingFactory(capacity=10)
    registration = join(meeting, contact=contact)
    colleague = ContactFactory(organisation=contact.organisation, is_main=False)
    service.register(meeting, Person.of_contact(colleague), names=["Kollegin Geheim"])
    client = Client()
    open_link(client, writing.registration_access(meeting, registration))
    assert "Kollegin Geheim" in client.get(address(meeting)).content.decode()

    contact.delete() if change == "deleted" else rename(contact)

    shown = client.get(address(meeting))
    assert shown.status_code == 200
    assert "Erika Muster" in shown.content.decode()
    assert "Kollegin Geheim" not in shown.content.decode()


# --- Meetings of Klimapartner -----------------------------------------------------------------------------------------


@pytest.fixture
def closed_circle(pact) -> Event:
    return MeetingFactory(audience="partners")


@pytest.fixture
def former(pact):
    """A contact of a partner without an agreement in force."""
    return ContactFactory(organisation=PartnerFactory().organisation)


def test_a_contact_without_an_agreement_cannot_join_the_klimapartner(closed_circle, former, open_link):
    client = Client()
    open_link(client, partner_access(former))

    page = client.get(address(closed_circle))
    refused = client.post(address(closed_circle, "anmelden/"), {"name_1": "Max Muster"})

    assert "brauchen Sie eine persönliche Einladung" in page.content.decode()
    assert 'name="name_1"' not in page.content.decode()
    assert refused.status_code == 422
    assert not Registration.objects.exists()


def test_the_page_of_a_company_names_only_meetings_it_can_come_to(closed_circle, former, contact, meeting, open_link):
    pages = []
    for person in (former, contact):
        client = Client()
        open_link(client, partner_access(person))
        pages.append(client.get("/mein-klimapakt/").content.decode())

    assert [closed_circle.title in page for page in pages] == [False, True]
    assert [meeting.title in page for page in pages] == [True, True]


def test_a_proof_without_an_agreement_is_refused(meeting, former, ask, proof_of):
    link = proof_of(ask(meeting, email=former.email))
    Event.objects.update(audience="partners")

    with pytest.raises(NotPossible, match="persönliche Einladung"):
        service.confirm(link)


def test_an_invitation_stays_good_and_the_office_may_enter_anybody(closed_circle, former, office):
    InvitationFactory(event=closed_circle, contact=former)

    invited = service.register(closed_circle, Person.of_contact(former), names=["Max"])
    entered = service.register(closed_circle, Person("Ole", "ole@x.example"), names=["Ole"], by=office)

    assert (invited.is_new, entered.is_new) == (True, True)


# --- What is not public any more, or not open --------------------------------------------------------------------------


def test_a_proof_for_a_draft_says_so_on_a_page(meeting, office, ask, proof_of, open_link):
    link = proof_of(ask(meeting))
    changing.unpublish_event(meeting, by=office)
    client = Client()

    response = open_link(client, link)

    page = client.get(response["Location"])
    assert page.status_code == 200
    assert "noch nicht veröffentlicht. Ihre Anmeldung ist deshalb nicht gültig." in text_of(page)


def test_whoever_cannot_answer_any_more_is_not_told_of_changes(pact, office, mails):
    event = MeetingFactory(registration_closes_at=timezone.now() - timedelta(hours=1))
    InvitationFactory(event=event)

    told = [changing.change_event(event, {"venue": "Rathaus"}, by=office), changing.cancel_event(event, by=office)]

    assert told == [0, 0]
    assert mails() == []


def test_two_contacts_with_one_registration_get_one_link(meeting, contact, join, mails):
    Event.objects.update(audience="partners")
    join(meeting, contact=contact)
    ContactFactory(organisation=PartnerFactory(listed=True).organisation, email=contact.email)

    inviting.ask_for_link(meeting, contact.email)

    assert len(mails(kind="event_link")) == 1
