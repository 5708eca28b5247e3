"""A typed address has to be proven before it takes a seat; a form that comes twice, late, or corrected."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from events.models import Invitation, Registration, Seats
from events.services import registration as service
from klimapakt.links.models import AccessLink
from klimapakt.states import NotPossible, TransitionNotAllowed
from tests.events.conftest import NAMES
from tests.factories import ContactFactory
from tests.factories.events import InvitationFactory, MeetingFactory, PartnerContactFactory


def test_a_typed_address_takes_no_seat_until_it_is_proven(meeting, ask, proof_of):
    asked = ask(meeting, names=NAMES[:2])
    before = Seats.of(meeting)

    confirmed = service.confirm(proof_of(asked))

    assert before.taken == 0
    assert confirmed.is_new
    assert confirmed.registration.is_confirmed
    assert (confirmed.link.purpose, confirmed.link.object_id) == ("event-registration", asked.pk)
    assert Seats.of(meeting).taken == 2


def test_a_proof_works_once(meeting, ask, proof_of):
    link = proof_of(ask(meeting))
    service.confirm(link)

    with pytest.raises(TransitionNotAllowed):
        service.confirm(link)

    assert Registration.objects.count() == 1


def test_of_two_forms_with_one_address_the_first_proof_counts(meeting, ask, proof_of):
    first, second = (
        ask(meeting, names=["Erika Muster"]),
        ask(meeting, "GAST@musterverein.example", names=["Max Muster"]),
    )
    service.confirm(proof_of(second))

    again = service.confirm(proof_of(first))

    assert not again.is_new
    assert again.registration == second
    assert Registration.objects.get().names == ["Max Muster"]


def test_the_same_form_sent_again_is_the_same_registration(meeting, mails):
    form = {"form_token": uuid.uuid4(), "names": ["Gast Muster"], "email": "gast@musterverein.example"}

    assert service.submit(meeting, **form) == service.submit(meeting, **form)
    assert len(mails()) == 1


@pytest.fixture
def form() -> dict[str, object]:
    """The public form as it was sent first."""
    return {"form_token": uuid.uuid4(), "names": ["Gast Muster"], "email": "falsch@musterverein.example"}


def test_a_form_that_comes_again_with_other_names_is_a_correction(meeting, form, mails, proof_of):
    first = service.submit(meeting, **form)

    service.submit(meeting, **form | {"names": ["Anders Muster", "Zweite Muster"], "note": "Rollstuhl"})

    corrected = Registration.objects.get()
    assert (corrected.names, corrected.name, corrected.seats) == (
        ["Anders Muster", "Zweite Muster"],
        "Anders Muster",
        2,
    )
    assert corrected.note == "Rollstuhl"
    assert len(mails()) == 1
    assert service.confirm(proof_of(first)).registration.is_confirmed


def test_a_form_that_comes_again_with_another_address_asks_that_one(meeting, form, mails):
    service.submit(meeting, **form)
    [old] = AccessLink.objects.all()

    again = service.submit(meeting, **form | {"email": "richtig@musterverein.example"})

    assert Registration.objects.get().email == again.email == "richtig@musterverein.example"
    assert [(mail.to_email, mail.status) for mail in mails()] == [
        ("falsch@musterverein.example", "withdrawn"),
        ("richtig@musterverein.example", "queued"),
    ]
    with pytest.raises(TransitionNotAllowed):
        service.confirm(old)
    assert service.confirm(AccessLink.objects.live(now=timezone.now()).get()).is_new


def test_back_to_the_first_address_asks_that_one_again(meeting, form, mails):
    for address in ("a@x.example", "b@x.example", "a@x.example"):
        service.submit(meeting, **form | {"email": address})

    assert [mail.to_email for mail in mails(status="queued")] == ["a@x.example"]
    assert AccessLink.objects.live(now=timezone.now()).count() == 1


def test_a_form_that_comes_again_after_the_proof_is_another_registration(meeting, form, proof_of):
    first = service.confirm(proof_of(service.submit(meeting, **form))).registration

    same = service.submit(meeting, **form)
    other = service.submit(meeting, **form | {"names": ["Kim Muster"], "email": "kim@musterverein.example"})

    assert same == first
    assert other != first
    assert other.is_unconfirmed
    assert Registration.objects.get(pk=first.pk).names == ["Gast Muster"]


def test_the_form_of_another_event_is_another_registration(meeting, form):
    here, there = service.submit(meeting, **form), service.submit(MeetingFactory(), **form)

    assert here != there
    assert Registration.objects.count() == 2


def test_a_fault_is_not_taken_for_a_form_that_came_before(meeting, form):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE events_registration ADD CONSTRAINT broken CHECK (note <> 'broken')")

    with pytest.raises(IntegrityError, match="broken"):
        service.submit(meeting, **form | {"note": "broken"})


def test_the_proven_address_of_a_contact_counts_for_the_organisation_and_answers_the_invitation(
    pact, ask, proof_of, contact
):
    event = MeetingFactory(capacity=9)
    invitation = InvitationFactory(event=event, contact=contact)
    asked = ask(event, contact.email.upper())

    registration = service.confirm(proof_of(asked)).registration

    invitation.refresh_from_db()
    assert (registration.contact, registration.organisation) == (contact, contact.organisation)
    assert invitation.answer == Invitation.Answer.ACCEPTED
    assert Seats.of(event, contact.organisation).own == 1


def test_a_person_who_speaks_for_two_organisations_comes_for_the_one_that_was_invited(pact, ask, proof_of):
    event = MeetingFactory()
    first = PartnerContactFactory(email="erika@x.example")
    second = PartnerContactFactory(email="erika@x.example")
    InvitationFactory(event=event, contact=second)

    registration = service.confirm(proof_of(ask(event, "erika@x.example"))).registration

    assert first.organisation != second.organisation
    assert registration.organisation == second.organisation


def test_a_proof_beyond_the_quota_is_refused_and_stays_good(pact, join, ask, proof_of, contact):
    event = MeetingFactory(capacity=9)
    colleague = ContactFactory(organisation=contact.organisation, is_main=False)
    taken = join(event, seats=2, contact=colleague)
    link = proof_of(ask(event, contact.email))

    with pytest.raises(NotPossible):
        service.confirm(link)
    service.withdraw(taken)

    assert service.confirm(link).registration.is_confirmed


@pytest.mark.parametrize("why", ["closed", "cancelled", "started"])
def test_a_proof_that_comes_too_late_is_refused_with_a_reason(why, meeting, ask, proof_of, later):
    link = proof_of(ask(meeting))
    match why:
        case "closed":
            meeting.registration_closes_at = timezone.now() - timedelta(minutes=1)
            meeting.save()
        case "cancelled":
            meeting.cancel()
        case "started":
            meeting.starts_at = timezone.now() - timedelta(minutes=1)
            meeting.save()

    with pytest.raises(NotPossible, match="geschlossen|abgesagt|begonnen"):
        service.confirm(link)

    assert Registration.objects.get().is_unconfirmed


def test_unconfirmed_registrations_are_forgotten_after_the_days_of_the_pact(meeting, ask, proof_of, pact, mails):
    stale, proven, young = ask(meeting, "a@x.example"), ask(meeting, "b@x.example"), ask(meeting, "c@x.example")
    service.confirm(proof_of(proven))
    Registration.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(days=31))

    deleted = [service.delete_unconfirmed(), service.delete_unconfirmed()]

    assert deleted == [1, 0]
    assert set(Registration.objects.all()) == {proven, young}
    assert not AccessLink.objects.filter(purpose="event-confirm", object_id=stale.pk).exists()
    assert not mails(to_email="a@x.example")
