"""Asking people to come."""

from datetime import timedelta

import pytest
import time_machine

from events.models import Invitation
from events.services import invitation as service
from events.services.invitation import Invited
from klimapakt.states import NotPossible
from partners.models import Contact, TimelineEntry
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.events import InvitationFactory, MeetingFactory, PartnerContactFactory


def test_each_person_gets_one_invitation_with_a_link_of_their_own(meeting, office, mails):
    contacts = PartnerContactFactory.create_batch(3)

    invited = service.invite(meeting, contacts, by=office)

    sent = mails(kind="event_invitation")
    assert invited == Invited(new=3, already=0)
    assert {mail.to_email for mail in sent} == {contact.email for contact in contacts}
    assert {(mail.link.purpose, mail.link.object_id) for mail in sent} == {
        ("event-invitation", pk) for pk in Invitation.objects.values_list("pk", flat=True)
    }
    assert set(Invitation.objects.values_list("invited_by", flat=True)) == {office.pk}


def test_pressed_twice_nobody_is_invited_twice(meeting, office, mails):
    first, second = PartnerContactFactory.create_batch(2)
    service.invite(meeting, [first], by=office)

    again = service.invite(meeting, [first, second, second], by=office)

    assert again == Invited(new=1, already=1)
    assert len(mails(kind="event_invitation")) == Invitation.objects.count() == 2


def test_whoever_is_registered_is_not_asked_again(meeting, office, join, contact, mails):
    join(meeting, contact=contact)

    assert service.invite(meeting, [contact], by=office) == Invited(new=0, already=1)
    assert not mails(kind="event_invitation")


def test_people_without_an_address_are_left_out(meeting, office):
    assert service.invite(meeting, [PartnerContactFactory(email="")], by=office) == Invited(new=0, already=0)


def test_nobody_is_invited_to_what_takes_nobody(meeting, office, contact):
    meeting.cancel()

    with pytest.raises(NotPossible, match="abgesagt"):
        service.invite(meeting, [contact], by=office)


def test_a_no_is_noted_once_in_the_story_of_the_partner(meeting, contact):
    invitation = InvitationFactory(event=meeting, contact=contact)

    service.decline(invitation)
    service.decline(invitation)

    invitation.refresh_from_db()
    assert invitation.is_declined
    assert invitation.answered_at is not None
    assert [entry.text for entry in TimelineEntry.objects.all()] == [f"Erika Muster kommt nicht: {meeting}"]


def test_a_no_by_phone_bears_the_name_of_who_took_it(meeting, contact, office):
    service.decline(InvitationFactory(event=meeting, contact=contact), by=office)

    assert TimelineEntry.objects.get().by == "Ottilie Amt"


def test_nobody_declines_after_the_start(meeting, contact):
    invitation = InvitationFactory(event=meeting, contact=contact)

    with time_machine.travel(meeting.starts_at + timedelta(minutes=1)), pytest.raises(NotPossible, match="begonnen"):
        service.decline(invitation)


@pytest.fixture
def closed_circle(pact):
    return MeetingFactory(audience="partners")


def test_a_contact_who_asks_for_the_link_is_invited_and_gets_it(closed_circle, contact, mails):
    service.ask_for_link(closed_circle, contact.email.upper())

    [mail] = mails()
    assert (mail.kind, mail.to_email) == ("event_link", contact.email)
    assert (mail.link.purpose, mail.link.object_id) == ("event-invitation", Invitation.objects.get().pk)
    assert Invitation.objects.get().invited_by is None


def test_an_invited_contact_gets_another_link_to_the_same_invitation(closed_circle, contact, mails):
    invitation = InvitationFactory(event=closed_circle, contact=contact)

    service.ask_for_link(closed_circle, contact.email)

    assert mails()[0].link.object_id == invitation.pk
    assert Invitation.objects.count() == 1


def test_whoever_is_registered_gets_the_link_to_the_registration(closed_circle, contact, join, mails):
    registration = join(closed_circle, contact=contact)

    service.ask_for_link(closed_circle, contact.email)

    link = mails(kind="event_link")[0].link
    assert (link.purpose, link.object_id) == ("event-registration", registration.pk)


@pytest.mark.parametrize("who", ["stranger", "contact of a former partner"])
def test_an_unknown_address_gets_a_mail_that_says_so_and_no_link(who, closed_circle, mails):
    address = "fremd@x.example"
    if who != "stranger":
        ContactFactory(organisation=PartnerFactory().organisation, email=address)

    service.ask_for_link(closed_circle, address)

    [mail] = mails()
    assert (mail.kind, mail.to_email, mail.link) == ("event_unknown_address", address, None)
    assert address not in mail.key  # it outlives the address
    assert not Invitation.objects.exists()


def test_the_office_sends_a_link_again(meeting, contact, office, mails):
    service.send_link(InvitationFactory(event=meeting, contact=contact), by=office)

    assert [mail.kind for mail in mails()] == ["event_link"]


def test_a_contact_who_is_gone_takes_the_invitation_along(meeting, contact):
    InvitationFactory(event=meeting, contact=contact)

    Contact.objects.filter(pk=contact.pk).delete()

    assert not Invitation.objects.exists()
