"""What the office does about one registration or one invitation, and for whoever calls."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from events import mails as writing
from events.models import Invitation, Registration
from events.services import registration as service
from tests.bad_input.form import page_form
from tests.events.reading import text_of
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(pact):
    return MeetingFactory(capacity=2, seats_per_organisation=2)


def entry_of(event) -> str:
    return f"/admin/events/event/{event.pk}/anmeldung-eintragen/"


def page_of(thing, rest: str) -> str:
    return f"/admin/events/{thing._meta.model_name}/{thing.pk}/{rest}/"


def someone(name: str, organisation: str) -> ContactFactory:
    return ContactFactory(
        name=name, organisation=PartnerFactory(listed=True, organisation__name=organisation).organisation
    )


# --- One registration -------------------------------------------------------------------------------------------------


def test_the_office_changes_names_for_somebody(meeting, office_client, mails):
    registration = RegistrationFactory(event=meeting, seats=1, attendees=["Erika Muster"])

    form = page_form(office_client, page_of(registration, "namen"))
    form.send(name_1="Zora Muster", name_2="Ole Muster", note="Neu")

    registration.refresh_from_db()
    assert form.data["name_1"] == "Erika Muster"
    assert (registration.names, registration.seats, registration.note) == (["Zora Muster", "Ole Muster"], 2, "Neu")
    assert [mail.kind for mail in mails()] == ["event_changed_registration"]


def test_names_that_do_not_fit_are_refused_with_a_sentence(meeting, office_client):
    RegistrationFactory(event=meeting)
    registration = RegistrationFactory(event=meeting, attendees=["Erika Muster"])

    pressed = page_form(office_client, page_of(registration, "namen")).send(name_2="Ole Muster")

    assert "keine Plätze mehr frei" in text_of(pressed)
    assert registration.names == ["Erika Muster"]


def test_what_the_guest_changed_meanwhile_is_not_overwritten(meeting, office_client):
    registration = RegistrationFactory(event=meeting, seats=2, attendees=["Erika Muster", "Max Muster"])
    form = page_form(office_client, page_of(registration, "namen"))
    service.change(registration, names=["Kim Muster"], note="Rollstuhl")

    pressed = form.send()

    registration.refresh_from_db()
    assert pressed.status_code == 409
    assert (registration.names, registration.note) == (["Kim Muster"], "Rollstuhl")
    assert "Der Stand hat sich inzwischen geändert" in text_of(pressed)
    assert "Erika Muster" in text_of(pressed)  # what was typed is there to be copied


def test_the_office_sends_a_guest_s_mails_to_another_address(meeting, office_client, mails):
    registration = RegistrationFactory(event=meeting, email="alt@musterverein.example")
    old = writing.registration_access(meeting, registration)

    said = page_form(office_client, page_of(registration, "adresse")).send(email="neu@musterverein.example")

    registration.refresh_from_db()
    old.refresh_from_db()
    assert "Ein neuer persönlicher Link geht an neu@musterverein.example." in text_of(
        office_client.get(said["Location"])
    )
    assert registration.email == "neu@musterverein.example"
    assert old.revoked_at
    assert [(mail.kind, mail.to_email) for mail in mails()] == [("event_link", "neu@musterverein.example")]


def test_an_address_that_somebody_else_registered_with_is_refused(meeting, office_client, mails):
    registration = RegistrationFactory(event=meeting, email="alt@musterverein.example")
    RegistrationFactory(event=meeting, email="Neu@musterverein.example", cancelled=True)

    refused = page_form(office_client, page_of(registration, "adresse")).send(email="neu@musterverein.example")

    registration.refresh_from_db()
    assert refused.status_code == 422
    assert "gibt es für diese Veranstaltung schon eine Anmeldung" in text_of(refused)
    assert registration.email == "alt@musterverein.example"
    assert mails() == []


def test_after_the_start_nobody_is_promised_a_free_seat(pact, office_client, mails):
    begun = MeetingFactory(starts_at=timezone.now() - timedelta(hours=1))
    registration = RegistrationFactory(event=begun)

    page = text_of(office_client.get(page_of(registration, "abmelden")))
    office_client.post(page_of(registration, "abmelden"))

    [mail] = mails()
    assert "sofort an die Warteliste" not in page
    assert "wir haben Sie abgemeldet." in mail.body
    assert "wieder frei für andere" not in mail.body
    assert "melden Sie sich hier wieder an" not in mail.body


def test_taking_somebody_off_the_list_lets_the_next_one_up(meeting, office_client, mails):
    registration = RegistrationFactory(event=meeting, name="Erika Muster", seats=2)
    waiting = RegistrationFactory(event=meeting, waiting=True)

    page = text_of(office_client.get(page_of(registration, "abmelden")))
    office_client.post(page_of(registration, "abmelden"))

    waiting.refresh_from_db()
    assert "Eine Mail geht sofort an Erika Muster" in page
    assert "Freie Plätze gehen sofort an die Warteliste." in page
    assert waiting.is_confirmed
    assert [mail.kind for mail in mails()] == ["event_withdrawn", "event_moved_up"]


def test_whoever_withdrew_can_come_again(meeting, office_client, mails):
    registration = RegistrationFactory(event=meeting, cancelled=True, name="Erika Muster")

    pressed = office_client.post(page_of(registration, "wieder-anmelden"), {"name_1": "Erika Muster"}, follow=True)

    registration.refresh_from_db()
    assert registration.is_confirmed
    assert "Erika Muster ist angemeldet." in text_of(pressed)
    assert [mail.kind for mail in mails()] == ["event_registered"]


@pytest.mark.parametrize("kind", ["registration", "invitation"])
def test_the_office_sends_a_link_again(kind, meeting, office_client, mails):
    guest = RegistrationFactory(event=meeting) if kind == "registration" else InvitationFactory(event=meeting)

    office_client.post(page_of(guest, "link"))

    (mail,) = mails()
    assert (mail.kind, mail.to_email) == ("event_link", getattr(guest, "email", "") or guest.contact.email)


STATES = {
    "confirmed": {"namen", "adresse", "link", "abmelden"},
    "waiting": {"namen", "adresse", "link", "abmelden"},
    "cancelled": {"wieder-anmelden", "link"},
}


@pytest.mark.parametrize("state", STATES)
def test_the_page_of_a_registration_offers_what_its_state_allows(state, meeting, office_client):
    registration = RegistrationFactory(event=meeting, **{state: True} if state != "confirmed" else {})

    page = office_client.get(page_of(registration, "change")).content.decode()
    pressed = {
        button: office_client.get(page_of(registration, button)).status_code
        for button in ("namen", "wieder-anmelden", "adresse", "link", "abmelden")
    }

    assert (
        set(re.findall(rf'href="/admin/events/registration/{registration.pk}/([a-z-]+)/"', page)) - {"history"}
        == STATES[state]
    )
    assert {button for button, code in pressed.items() if code == 200} == STATES[state]
    assert 'name="email"' not in page


def test_after_the_end_the_buttons_say_why_they_do_nothing(pact, office_client, mails):
    over = MeetingFactory(starts_at=timezone.now() - timezone.timedelta(days=2))
    registration, invitation = RegistrationFactory(event=over), InvitationFactory(event=over)

    pages = [page_of(registration, "namen"), page_of(registration, "abmelden"), page_of(invitation, "absage")]
    pages += [page_of(invitation, "anmelden"), entry_of(over)]

    for path in pages:
        assert "Diese Veranstaltung ist vorbei." in text_of(office_client.get(path)), path
        office_client.post(path, {"name_1": "Zu Spät", "email": "zu@spaet.example"})
    assert mails() == []
    assert not over.registrations.exclude(pk=registration.pk).exists()


# --- One invitation ---------------------------------------------------------------------------------------------------


def test_the_office_notes_a_no_by_phone(meeting, office_client, mails):
    invitation = InvitationFactory(event=meeting)

    office_client.post(page_of(invitation, "absage"))

    assert Invitation.objects.get().is_declined
    assert mails() == []


def test_the_office_registers_an_invited_person_by_phone(meeting, office_client, mails):
    invitation = InvitationFactory(event=meeting, contact__name="Erika Muster")

    form = office_client.get(page_of(invitation, "anmelden")).content.decode()
    office_client.post(page_of(invitation, "anmelden"), {"name_1": "Erika Muster", "name_2": "Ole Muster"})

    registration = Registration.objects.get()
    invitation.refresh_from_db()
    assert 'value="Erika Muster"' in form
    assert (registration.contact, registration.names) == (invitation.contact, ["Erika Muster", "Ole Muster"])
    assert invitation.answer == Invitation.Answer.ACCEPTED
    assert [mail.kind for mail in mails()] == ["event_registered"]
    assert office_client.get(page_of(invitation, "anmelden")).status_code == 302


# --- By phone ---------------------------------------------------------------------------------------------------------


def test_somebody_unknown_is_registered_by_phone(meeting, office_client, mails):
    sent = office_client.post(
        entry_of(meeting),
        {"organisation_name": "Imkerei", "email": "anna@imkerei.example", "name_1": "Anna Imker", "note": "Am Telefon"},
        follow=True,
    )

    registration = Registration.objects.get()
    assert "Anna Imker ist angemeldet. Die Mail dazu geht an anna@imkerei.example." in text_of(sent)
    assert (registration.status, registration.organisation_name, registration.note) == (
        "confirmed",
        "Imkerei",
        "Am Telefon",
    )
    assert [mail.kind for mail in mails()] == ["event_registered"]


def test_a_contact_is_registered_by_phone_for_the_organisation(meeting, office_client):
    contact = someone("Erika Muster", "Musterbäckerei")
    RegistrationFactory(event=meeting, seats=2)

    sent = office_client.post(entry_of(meeting), {"contact": contact.pk, "name_1": "Ole Muster"}, follow=True)

    registration = Registration.objects.get(contact=contact)
    assert "Erika Muster ist auf der Warteliste." in text_of(sent)
    assert (registration.organisation, registration.names) == (contact.organisation, ["Ole Muster"])


def test_what_is_missing_or_too_much_is_said_and_the_rest_kept(meeting, office_client):
    contact = someone("Erika Muster", "Musterbäckerei")
    RegistrationFactory(event=meeting, by_contact=True, contact=contact, attendees=["Erika Muster"])
    colleague = ContactFactory(organisation=contact.organisation, is_main=False, name="Kim Kollegin")

    nobody = office_client.post(entry_of(meeting), {"note": "Bleibt stehen"})
    twice = office_client.post(entry_of(meeting), {"contact": contact.pk, "name_1": "Jemand Anderes"})
    too_many = office_client.post(entry_of(meeting), {"contact": colleague.pk, "name_1": "Kim", "name_2": "Kai"})

    assert [answer.status_code for answer in (nobody, twice, too_many)] == [422, 422, 422]
    assert "Bitte wählen Sie eine Ansprechperson, oder tragen Sie eine E-Mail-Adresse ein." in text_of(nobody)
    assert "Bleibt stehen" in text_of(nobody)
    assert "Diese Person ist schon angemeldet." in text_of(twice)
    assert 'value="Jemand Anderes"' in twice.content.decode()
    assert "Für Musterbäckerei gibt es 2 Plätze" in text_of(too_many)
    assert Registration.objects.count() == 1
