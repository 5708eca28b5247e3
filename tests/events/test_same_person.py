"""One person is one person, as a contact or by address: invited once, told once, counted once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.admin.answers import rows_of
from events.models import Invitation, Registration
from events.services import event as changing
from events.services import invitation as inviting
from events.services import registration as service
from events.services.registration import Person
from events.work import waiting
from klimapakt.mailbox.models import OutgoingMail
from tests.events.reading import text_of
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.events import InvitationFactory, RegistrationFactory


@pytest.fixture
def colleagues(pact):
    """Two people who share a mailbox."""
    organisation = PartnerFactory(listed=True).organisation
    return [
        ContactFactory(organisation=organisation, name=name, email=address, is_main=name == "Ada")
        for name, address in (("Ada", "info@firma.example"), ("Ben", "Info@firma.example"))
    ]


def test_a_mailbox_that_two_people_share_is_invited_once(meeting, colleagues, office, mails):
    invited = inviting.invite(meeting, colleagues, by=office)

    assert (invited.new, invited.already) == (1, 1)
    assert [mail.kind for mail in mails()] == ["event_invitation"]


def test_whoever_registered_with_the_address_is_not_invited(meeting, office, ask, proof_of, mails):
    service.confirm(proof_of(ask(meeting, email="anna@firma.example")))
    anna = ContactFactory(organisation=PartnerFactory(listed=True).organisation, email="Anna@firma.example")

    invited = inviting.invite(meeting, [anna], by=office)

    assert (invited.new, invited.already) == (0, 1)
    assert mails(kind="event_invitation") == []


def test_the_page_to_invite_offers_only_who_is_not_registered_by_address(meeting, office_client):
    contact = ContactFactory(organisation=PartnerFactory(listed=True).organisation)
    RegistrationFactory(event=meeting, email=contact.email.upper())

    page = text_of(office_client.get(f"/admin/events/event/{meeting.pk}/einladen/"))

    assert "schon angemeldet" in page


def test_a_registration_settles_each_invitation_of_the_person(meeting, colleagues):
    for contact in colleagues:
        InvitationFactory(event=meeting, contact=contact)

    service.register(meeting, Person.of_contact(colleagues[1]), names=["Ben"])

    assert set(Invitation.objects.values_list("answer", flat=True)) == {"accepted"}


@pytest.mark.parametrize("is_registered", [True, False])
def test_nobody_is_told_twice_of_one_change(is_registered, meeting, colleagues, office, mails):
    if is_registered:
        RegistrationFactory(event=meeting, email="info@firma.example")
    for contact in colleagues:
        InvitationFactory(event=meeting, contact=contact)

    told = changing.change_event(meeting, {"venue": "Rathaus"}, by=office)

    assert told == 1
    assert [mail.kind for mail in mails()] == ["event_changed"]


def test_answers_and_figures_count_the_same_people(meeting, colleagues, office_client):
    RegistrationFactory(event=meeting, email="info@firma.example")
    InvitationFactory(event=meeting, contact=colleagues[0])
    InvitationFactory(event=meeting)

    page = text_of(office_client.get(f"/admin/events/event/{meeting.pk}/change/"))

    assert [row.kind for row in rows_of(meeting)].count("offen") == 1
    assert "Ohne Antwort 1" in page


def test_whoever_withdrew_and_is_invited_again_has_not_answered(meeting, join, contact, office):
    service.withdraw(join(meeting, contact=contact))
    inviting.invite(meeting, [contact], by=office)

    [row] = rows_of(meeting)

    assert row.kind == "offen"
    assert meeting.invitations.unanswered().count() == 1


def test_the_work_list_leaves_out_whoever_the_list_of_answers_calls_answered(meeting, office, pact):
    meeting.starts_at, meeting.ends_at = timezone.now() + timedelta(days=3), None
    meeting.save()
    declined = InvitationFactory(event=meeting, declined=True)
    colleague = ContactFactory(organisation=declined.contact.organisation, is_main=False)
    InvitationFactory(event=meeting, contact=colleague)

    assert [item.count for item in waiting(office)] == [0, 0]
    assert {row.organisation_has_answered for row in rows_of(meeting) if row.kind == "offen"} == {True}


def test_pressed_twice_the_newer_note_is_kept_and_no_second_mail_is_promised(meeting, contact, office_client, mails):
    path = f"/admin/events/event/{meeting.pk}/anmeldung-eintragen/"
    typed = {"contact": contact.pk, "name_1": "Erika Muster", "note": "Vegetarisch"}
    office_client.post(path, typed)

    again = office_client.post(path, typed | {"note": "Rollstuhl"}, follow=True)

    said = [str(message) for message in again.context["messages"]]
    assert Registration.objects.get().note == "Rollstuhl"
    assert said[-1] == "Erika Muster war schon angemeldet. Es geht keine Mail heraus."
    assert OutgoingMail.objects.count() == 1


def test_an_address_beside_a_chosen_contact_is_an_error_at_the_field(meeting, contact, office_client):
    response = office_client.post(
        f"/admin/events/event/{meeting.pk}/anmeldung-eintragen/",
        {"contact": contact.pk, "email": "vertretung@firma.example", "name_1": "Ver Tretung"},
    )

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"email"}
    assert not Registration.objects.exists()


def test_an_address_too_long_for_any_mailbox_is_an_error_at_the_field(meeting, office_client):
    response = office_client.post(
        f"/admin/events/event/{meeting.pk}/anmeldung-eintragen/",
        {"email": "a@" + "b." * 150 + "example", "name_1": "Lang Muster"},
    )

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"email"}
