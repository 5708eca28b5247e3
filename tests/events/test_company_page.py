"""The page of an event for those who came by a personal link."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events import mails as writing
from events.models import Invitation, Registration
from events.services import registration as service
from klimapakt.links.models import AccessLink
from partners.mails.partner import partner_access
from tests.events.conftest import NAMES
from tests.factories import ContactFactory, EventFactory
from tests.factories.events import InvitationFactory, MeetingFactory, PartnerContactFactory, RegistrationFactory
from tests.rows import all_rows, difference


def address(event, action: str = "") -> str:
    return f"/mein-klimapakt/veranstaltung/{event.slug}/{action}"


@pytest.fixture
def invitation(meeting, contact):
    return InvitationFactory(event=meeting, contact=contact)


@pytest.fixture
def guest(invitation, meeting, open_link) -> Client:
    """The browser of an invited contact who opened the link."""
    client = Client()
    response = open_link(client, writing.invitation_access(meeting, invitation))
    assert response["Location"] == address(meeting)
    return client


def names(*given: str, note: str = "") -> dict[str, str]:
    return {**{f"name_{n}": name for n, name in enumerate(given, start=1)}, "note": note}


def seen(client: Client, event) -> dict[str, str]:
    """Return what the form carries of the state it shows."""
    shown = client.get(address(event)).content.decode()
    return {"seen": re.search(r'name="seen" value="([^"]+)"', shown)[1]}


def page(client: Client, event) -> str:
    response = client.get(address(event))
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_an_invited_contact_registers_two_people(guest, meeting, invitation):
    response = guest.post(address(meeting, "anmelden/"), names("Erika Muster", "Max Muster", note="Vegetarisch"))

    shown = page(guest, meeting)
    registration = Registration.objects.get()
    invitation.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, address(meeting))
    assert "Sie sind angemeldet." in shown
    assert "Erika Muster, Max Muster" in shown
    assert (registration.names, registration.note) == (["Erika Muster", "Max Muster"], "Vegetarisch")
    assert (registration.contact, registration.email) == (invitation.contact, invitation.contact.email)
    assert invitation.answer == Invitation.Answer.ACCEPTED


def test_the_first_name_is_suggested(guest, meeting):
    assert 'value="Erika Muster"' in guest.get(address(meeting)).content.decode()


def test_a_full_room_means_the_waiting_list_and_the_page_says_which_place(guest, meeting, join):
    join(meeting, seats=2)
    join(meeting)
    assert "Warteliste setzen lassen" in page(guest, meeting)

    guest.post(address(meeting, "anmelden/"), names("Erika Muster"))

    assert "Sie stehen auf der Warteliste, an Stelle 2." in page(guest, meeting)


def test_names_are_changed_and_the_page_shows_them(guest, meeting):
    guest.post(address(meeting, "anmelden/"), names("Erika Muster", "Max Muster"))

    response = guest.post(address(meeting, "aendern/"), names("Kim Muster", "") | seen(guest, meeting))

    assert response.status_code == 302
    assert Registration.objects.get().names == ["Kim Muster"]
    assert "Ihre Änderung ist gespeichert." in page(guest, meeting)


def test_a_gap_between_names_is_no_person(pact, guest, meeting):
    guest.post(address(meeting, "anmelden/"), names("Erika Muster", "   "))

    assert Registration.objects.get().names == ["Erika Muster"]


def test_whoever_withdraws_may_come_back_on_the_same_page(guest, meeting, invitation):
    guest.post(address(meeting, "anmelden/"), names("Erika Muster"))
    guest.post(address(meeting, "abmelden/"))
    invitation.refresh_from_db()
    assert "Sie haben sich abgemeldet." in page(guest, meeting)
    assert invitation.is_declined

    guest.post(address(meeting, "anmelden/"), names("Max Muster"))

    assert Registration.objects.get().is_confirmed
    assert "Sie sind angemeldet." in page(guest, meeting)


def test_a_no_is_taken_with_one_button_and_can_become_a_yes(guest, meeting, invitation):
    guest.post(address(meeting, "absagen/"))
    invitation.refresh_from_db()
    assert invitation.is_declined
    assert "Sie haben abgesagt." in page(guest, meeting)

    guest.post(address(meeting, "anmelden/"), names("Erika Muster"))

    invitation.refresh_from_db()
    assert invitation.answer == Invitation.Answer.ACCEPTED


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_a_mailed_link_or_its_page_changes_nothing(method, meeting, invitation, join, ask, proof_of, guest):
    registration = join(meeting)
    links = [
        writing.invitation_access(meeting, invitation),
        writing.registration_access(meeting, registration),
        proof_of(ask(meeting)),
    ]
    before = all_rows()

    codes = {getattr(Client(), method)(urlsplit(link.url()).path).status_code for link in links}
    codes.add(getattr(guest, method)(address(meeting)).status_code)

    assert codes == {200}
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("action", ["anmelden/", "aendern/", "abmelden/", "absagen/"])
def test_looking_at_an_action_is_not_possible(action, guest, meeting):
    assert guest.get(address(meeting, action)).status_code == 405


def test_without_a_link_the_page_asks_for_one(client, meeting):
    response = client.get(address(meeting))

    assert response.status_code == 403
    assert "persönlichen Link" in response.content.decode()


def test_a_link_for_one_event_opens_no_other(guest, pact):
    other = MeetingFactory()

    assert guest.get(address(other)).status_code == 403
    assert guest.post(address(other, "anmelden/"), names("Erika Muster")).status_code == 403


def test_a_draft_is_nowhere(guest, pact):
    assert guest.get(address(EventFactory())).status_code == 404


def test_the_partners_own_link_opens_every_public_event(pact, contact, open_link):
    meeting = MeetingFactory(audience="partners")
    client = Client()
    open_link(client, partner_access(contact))

    client.post(address(meeting, "anmelden/"), names("Erika Muster"))

    assert Registration.objects.get().organisation == contact.organisation


def test_the_link_opened_last_says_who_one_is(meeting, join, guest, open_link):
    other = join(meeting, contact=PartnerContactFactory(name="Max Anders"))

    open_link(guest, writing.registration_access(meeting, other))
    guest.post(address(meeting, "abmelden/"))

    other.refresh_from_db()
    assert other.is_cancelled


def test_a_revoked_link_ends_the_session_it_opened(guest, meeting):
    AccessLink.objects.filter(purpose="event-invitation").revoke()

    assert guest.get(address(meeting)).status_code == 403


def test_the_registration_link_of_a_stranger_opens_only_that(meeting, ask, proof_of, open_link):
    client = Client()
    response = open_link(client, proof_of(ask(meeting)))

    assert response["Location"] == address(meeting)
    assert "Sie sind angemeldet." in page(client, meeting)
    assert client.get("/mein-klimapakt/").status_code == 403


def test_a_proof_for_who_is_registered_leads_to_what_is_there(meeting, ask, proof_of, open_link):
    links = [proof_of(ask(meeting, names=[name])) for name in NAMES[:2]]
    client = Client()
    open_link(client, links[0])

    open_link(client, links[1])

    assert Registration.objects.get().names == NAMES[:1]
    assert "schon angemeldet" in page(client, meeting)


def test_a_proof_that_is_refused_says_why_on_the_page_of_the_event(meeting, ask, proof_of, open_link):
    link = proof_of(ask(meeting))
    meeting.registration_closes_at = timezone.now() - timedelta(minutes=1)
    meeting.save()
    client = Client()

    response = open_link(client, link)

    assert response["Location"] == meeting.get_absolute_url()
    assert "Ihre Anmeldung ist deshalb nicht gültig." in client.get(response["Location"]).content.decode()


def test_a_refusal_keeps_what_was_typed(guest, meeting, join):
    join(meeting)
    guest.post(address(meeting, "anmelden/"), names("Erika Muster"))

    changed = names("Erika Muster", "Max Muster", note="Mit Rollstuhl") | seen(guest, meeting)

    response = guest.post(address(meeting, "aendern/"), changed)

    shown = response.content.decode()
    assert response.status_code == 422
    assert "keine Plätze mehr frei" in shown
    assert 'value="Max Muster"' in shown
    assert "Mit Rollstuhl" in shown


def test_a_registration_without_a_name_is_refused_at_the_field(guest, meeting):
    response = guest.post(address(meeting, "anmelden/"), names("", "Max Muster"))

    assert response.status_code == 422
    assert "Bitte geben Sie an, wer kommt." in response.content.decode()
    assert not Registration.objects.exists()


def test_colleagues_are_shown_and_their_seats_count(meeting, join, contact, guest):
    colleague = ContactFactory(organisation=contact.organisation, is_main=False, name="Kim Kollege")
    join(meeting, seats=2, contact=colleague)

    shown = page(guest, meeting)
    refused = guest.post(address(meeting, "anmelden/"), names("Erika Muster"))

    assert "Auch angemeldet, durch Kim Kollege" in shown
    assert "Mehr Plätze gibt es für Ihre Organisation nicht." in shown
    assert 'name="name_1"' not in guest.get(address(meeting)).content.decode()
    assert refused.status_code == 422


def test_the_form_has_as_many_names_as_are_possible(pact, join, contact, open_link):
    event = MeetingFactory(capacity=5, seats_per_organisation=4)
    join(event, seats=3)
    registration = join(event, contact=contact)
    client = Client()
    open_link(client, writing.registration_access(event, registration))

    assert client.get(address(event)).content.decode().count('name="name_') == 2


def test_strangers_never_see_the_names_of_others(meeting, join, ask, proof_of, open_link):
    join(meeting, contact=PartnerContactFactory(name="Geheim Muster"))
    client = Client()
    open_link(client, proof_of(ask(meeting)))

    assert "Geheim Muster" not in page(client, meeting)


@pytest.mark.parametrize("what", ["cancelled", "over", "closed"])
def test_a_page_where_nothing_can_be_done_says_why(what, guest, meeting):
    match what:
        case "cancelled":
            meeting.cancel()
        case "over":
            type(meeting).objects.update(
                starts_at=timezone.now() - timedelta(hours=5), ends_at=timezone.now() - timedelta(hours=1)
            )
        case "closed":
            type(meeting).objects.update(registration_closes_at=timezone.now() - timedelta(hours=1))

    shown = page(guest, meeting)

    assert {"cancelled": "ist abgesagt", "over": "ist vorbei", "closed": "geschlossen"}[what] in shown
    assert ("Ich komme nicht" in shown) == (what == "closed")
    assert 'name="name_1"' not in guest.get(address(meeting)).content.decode()


def test_an_old_page_is_told_that_it_is_old(guest, meeting):
    for action in ("aendern/", "abmelden/"):
        response = guest.post(address(meeting, action), names("Erika Muster"))
        assert response.status_code == 302
        assert "Der Stand hat sich inzwischen geändert." in page(guest, meeting)


def test_pressed_twice_the_same_registration_is_fine(guest, meeting, mails):
    for _ in range(2):
        guest.post(address(meeting, "anmelden/"), names("Erika Muster"))
        assert "Sie sind angemeldet." in page(guest, meeting)

    assert len(mails(kind="event_registered")) == 1


def test_form_and_answer_together_need_few_queries(guest, meeting):
    with CaptureQueriesContext(connection) as looked:
        guest.get(address(meeting))
    with CaptureQueriesContext(connection) as sent:
        guest.post(address(meeting, "anmelden/"), names("Erika Muster"))

    assert (len(looked) <= 8, len(sent) <= 24) == (True, True), (len(looked), len(sent))


def test_the_company_page_lists_what_comes_with_what_was_said(meeting, contact, invitation, open_link, join):
    open_event = MeetingFactory(title="Offenes Treffen")
    join(MeetingFactory(title="Zugesagtes Treffen"), contact=contact)
    RegistrationFactory(event=MeetingFactory(title="Abgesagtes Treffen"), cancelled=True, email=contact.email)
    for hidden in ({"status": "draft"}, {"status": "cancelled"}, {"past": True, "ends_at": None}):
        MeetingFactory(**{"title": "Unsichtbar", **hidden})
    client = Client()
    open_link(client, partner_access(contact))

    content = client.get("/mein-klimapakt/").content.decode()

    assert f'href="{address(open_event)}"' in content
    rows = dict(
        re.findall(
            r'<a href="/mein-klimapakt/veranstaltung/[^"]+">([^<]+)</a></h3>\s*<p class="muted">([^<]+)', content
        )
    )
    assert rows == {
        meeting.title: "Sie sind eingeladen.",
        "Offenes Treffen": "Die Anmeldung ist offen.",
        "Zugesagtes Treffen": "Sie sind angemeldet.",
        "Abgesagtes Treffen": "Sie haben sich abgemeldet.",
    }


def test_a_registration_made_with_the_public_form_is_found_by_the_contact(meeting, contact, ask, proof_of, guest):
    service.confirm(proof_of(ask(meeting, contact.email)))

    assert "Sie sind angemeldet." in page(guest, meeting)
