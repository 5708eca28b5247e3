"""Seats, the waiting list, and who may have how many."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from events.models import Attendee, Registration, Seats
from events.services import registration as service
from events.services.registration import Person
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import TimelineEntry
from tests.events.conftest import NAMES
from tests.factories import ContactFactory, EventFactory
from tests.factories.events import MeetingFactory, PartnerContactFactory, RegistrationFactory


def states(*registrations: Registration) -> list[str]:
    return [Registration.objects.get(pk=one.pk).status for one in registrations]


# --- Seats and the waiting list ---------------------------------------------------------------------------------------


def test_whoever_fits_gets_seats_and_the_next_ones_wait(meeting, join):
    registrations = [join(meeting), join(meeting), join(meeting)]

    assert states(*registrations) == ["confirmed", "confirmed", "waiting"]
    assert Seats.of(meeting) == Seats(capacity=2, taken=2, waiting=1)


def test_an_event_without_a_limit_takes_everybody(pact, join):
    event = MeetingFactory(capacity=None)

    registrations = [join(event, seats=2) for _ in range(5)]

    assert set(states(*registrations)) == {"confirmed"}
    assert Seats.of(event).free is None


def test_a_smaller_group_that_fits_need_not_wait_behind_a_larger_one(meeting, join):
    meeting.capacity = 3
    meeting.save()
    first, large, small = join(meeting, seats=2), join(meeting, seats=2), join(meeting)

    assert states(first, large, small) == ["confirmed", "waiting", "confirmed"]


def test_a_freed_seat_goes_to_the_first_who_fits(meeting, join):
    first, second = join(meeting), join(meeting)
    pair, single, last = join(meeting, seats=2), join(meeting), join(meeting)

    service.withdraw(first)

    assert states(second, pair, single, last) == ["confirmed", "waiting", "confirmed", "waiting"]


def test_several_freed_seats_move_up_as_many_as_fit_in_order(meeting, join):
    meeting.capacity = 4
    meeting.save()
    crowd = [join(meeting, seats=2), join(meeting, seats=2)]
    waiting = [join(meeting), join(meeting, seats=2), join(meeting), join(meeting)]

    service.withdraw(crowd[0])

    assert states(*waiting) == ["confirmed", "waiting", "confirmed", "waiting"]


def test_the_waiting_list_follows_the_proof_of_the_address_not_the_form(meeting, join, ask, proof_of):
    seated = join(meeting, seats=2)
    early_form, late_form = ask(meeting, "frueh@x.example"), ask(meeting, "spaet@x.example")
    service.confirm(proof_of(late_form))
    service.confirm(proof_of(early_form))

    assert [one.pk for one in meeting.registrations.waiting_in_order()] == [late_form.pk, early_form.pk]
    late_form.refresh_from_db()
    early_form.refresh_from_db()
    assert (late_form.place_in_row, early_form.place_in_row) == (1, 2)
    service.change(seated, names=["Erika Muster"], note="")
    assert states(late_form, early_form) == ["confirmed", "waiting"]


def test_nobody_moves_up_after_the_start(meeting, join, office):
    first, second, waiting = join(meeting), join(meeting), join(meeting)

    with time_machine.travel(meeting.starts_at + timedelta(minutes=5)):
        service.withdraw(first, by=office)

    assert states(first, second, waiting) == ["cancelled", "confirmed", "waiting"]


# --- Changing -----------------------------------------------------------------------------------------------------------


def test_more_seats_need_free_ones(pact, join):
    event = MeetingFactory(capacity=3)
    registration, _ = join(event), join(event, seats=2)

    with pytest.raises(NotPossible, match="keine Plätze mehr frei"):
        service.change(registration, names=NAMES[:2], note="")

    assert Registration.objects.get(pk=registration.pk).names == NAMES[:1]


def test_more_seats_are_given_while_there_are_free_ones(pact, join):
    event = MeetingFactory(capacity=3)
    registration = join(event)

    service.change(registration, names=NAMES[1:3], note="Mit Hund")

    registration = Registration.objects.get()
    assert (registration.names, registration.seats, registration.note) == (NAMES[1:3], 2, "Mit Hund")
    assert Seats.of(event).taken == 2


def test_seats_that_are_given_up_go_to_who_waits(meeting, join):
    pair, waiting = join(meeting, seats=2), join(meeting)

    service.change(pair, names=["Max Muster"], note="")

    assert states(pair, waiting) == ["confirmed", "confirmed"]


def test_whoever_waits_for_fewer_seats_moves_up_when_they_fit(meeting, join, mails):
    join(meeting)
    pair = join(meeting, seats=2)

    after = service.change(pair, names=["Max Muster"], note="")

    assert after.is_confirmed
    assert [mail.kind for mail in mails(about=f"registration:{pair.pk}")] == ["event_waiting", "event_moved_up"]


def test_names_are_always_as_many_as_seats(pact, join):
    event = MeetingFactory(capacity=9, seats_per_organisation=5)
    registration = join(event, seats=3)

    for names in (NAMES[:5], NAMES[2:3], NAMES[:2]):
        service.change(registration, names=names, note="")
        registration = Registration.objects.get()
        assert Attendee.objects.count() == registration.seats == len(names)


def test_a_note_alone_is_saved_without_a_mail(meeting, join, mails):
    registration = join(meeting)

    service.change(registration, names=registration.names, note="Ich brauche eine Rampe.")

    assert Registration.objects.get().note == "Ich brauche eine Rampe."
    assert [mail.kind for mail in mails()] == ["event_registered"]


# --- How many from one organisation -------------------------------------------------------------------------------------


def test_two_contacts_share_the_seats_of_their_organisation(pact, join, contact):
    event = MeetingFactory(capacity=9)
    colleague = ContactFactory(organisation=contact.organisation, is_main=False)
    join(event, contact=contact)
    second = join(event, contact=colleague)

    with pytest.raises(NotPossible, match="2 Plätze; 1 davon"):
        service.change(second, names=NAMES[:2], note="")
    assert Seats.of(event, contact.organisation).own == 2


def test_waiting_seats_count_for_the_organisation_too(meeting, join, contact):
    join(meeting, seats=2)
    colleague = ContactFactory(organisation=contact.organisation, is_main=False)
    join(meeting, seats=2, contact=contact)

    with pytest.raises(NotPossible, match="2 davon sind schon vergeben"):
        join(meeting, contact=colleague)


def test_seats_that_were_given_back_can_be_taken_by_a_colleague(pact, join, contact):
    event = MeetingFactory(capacity=9)
    colleague = ContactFactory(organisation=contact.organisation, is_main=False)
    service.withdraw(join(event, seats=2, contact=contact))

    assert join(event, seats=2, contact=colleague).is_confirmed


def test_a_stranger_has_the_seats_of_one_organisation(meeting, ask):
    with pytest.raises(NotPossible, match="eine Organisation gibt es 2 Plätze"):
        ask(meeting, names=NAMES[:3])


def test_nobody_waits_for_more_seats_than_there_are(pact, join):
    event = MeetingFactory(capacity=2, seats_per_organisation=5)

    with pytest.raises(NotPossible, match="2 Plätze"):
        join(event, seats=3)


# --- Coming back --------------------------------------------------------------------------------------------------------


def test_whoever_withdrew_comes_back_at_the_end_of_the_row(meeting, join, contact):
    registration, other = join(meeting, contact=contact), join(meeting)
    waiting = [join(meeting, seats=2), join(meeting, seats=2)]
    service.withdraw(registration)

    revived = join(meeting, seats=2, contact=contact)

    assert revived.pk == registration.pk
    assert [one.pk for one in meeting.registrations.waiting_in_order()] == [*(w.pk for w in waiting), revived.pk]
    assert revived.names == NAMES[:2]
    assert states(other) == ["confirmed"]


def test_a_stranger_who_withdrew_comes_back_with_what_was_typed_now(meeting, ask, proof_of):
    service.confirm(proof_of(ask(meeting, names=["Erika Muster"])))
    withdrawn = Registration.objects.get()
    service.withdraw(withdrawn)

    confirmed = service.confirm(proof_of(ask(meeting, names=["Max Muster"])))

    assert confirmed.is_new
    assert confirmed.registration.pk == withdrawn.pk
    assert Registration.objects.get().names == ["Max Muster"]


def test_a_contact_with_a_new_address_keeps_the_registration(meeting, join, contact):
    registration = join(meeting, contact=contact)
    service.withdraw(registration)
    contact.email = "neu@musterbetrieb.example"
    contact.save()

    join(meeting, contact=contact)

    assert Registration.objects.get().email == "neu@musterbetrieb.example"


def test_pressed_twice_a_registration_stays_one(meeting, join, contact, mails):
    first, second = join(meeting, contact=contact), join(meeting, contact=contact)

    assert first == second
    assert len(mails()) == 1
    with pytest.raises(TransitionNotAllowed):
        join(meeting, seats=2, contact=contact)


# --- When --------------------------------------------------------------------------------------------------------------


def test_after_the_end_of_registration_seats_can_only_become_fewer(pact, join):
    event = MeetingFactory(capacity=9)
    registration = join(event, seats=2)
    event.registration_closes_at = timezone.now() - timedelta(minutes=1)
    event.seats_per_organisation = 3
    event.save()

    with pytest.raises(NotPossible, match="geschlossen"):
        join(event)
    with pytest.raises(NotPossible, match="Mehr Personen sind nicht mehr möglich"):
        service.change(registration, names=NAMES[:3], note="")
    service.change(registration, names=NAMES[3:5], note="")
    service.change(registration, names=NAMES[3:4], note="")
    assert Registration.objects.get().names == NAMES[3:4]
    service.withdraw(registration)
    assert states(registration) == ["cancelled"]


def test_nothing_changes_after_the_start(meeting, join):
    registration = join(meeting)

    with time_machine.travel(meeting.starts_at):
        for act in (
            lambda: service.change(registration, names=["Max Muster"], note=""),
            lambda: service.withdraw(registration),
            lambda: join(meeting),
        ):
            with pytest.raises(NotPossible, match="hat schon begonnen"):
                act()

    assert Registration.objects.get().names == NAMES[:1]


def test_an_event_whose_hour_is_not_known_takes_nobody_yet(pact, join):
    event = MeetingFactory(precision="day", ends_at=None)

    with pytest.raises(NotPossible, match="sobald Tag und Uhrzeit feststehen"):
        join(event)


def test_an_event_without_registration_takes_nobody(pact, join):
    with pytest.raises(NotPossible, match="nicht vorgesehen"):
        join(EventFactory(published=True, takes_registrations=False))


def test_a_draft_takes_nobody(pact, join):
    with pytest.raises(NotPossible, match="noch nicht veröffentlicht"):
        join(EventFactory())


# --- The office ---------------------------------------------------------------------------------------------------------


def test_the_office_registers_somebody_who_called_until_the_end(meeting, office):
    meeting.registration_closes_at = timezone.now() - timedelta(days=1)
    meeting.save()
    caller = Person("Anruf Muster", "anruf@x.example", "Musterverein")

    with time_machine.travel(meeting.starts_at + timedelta(minutes=10)):
        registration = service.register(meeting, caller, names=["Anruf Muster"], by=office).registration

    assert registration.is_confirmed
    with time_machine.travel(meeting.ends_at), pytest.raises(NotPossible, match="vorbei"):
        service.register(meeting, Person("Spät", "spaet@x.example"), names=["Spät"], by=office)


def test_the_office_puts_a_caller_on_the_waiting_list_when_the_room_is_full(meeting, join, office):
    join(meeting, seats=2)

    caller = Person("Anruf", "anruf@x.example")

    registration = service.register(meeting, caller, names=["Anruf"], by=office).registration

    assert registration.is_waiting


def test_the_office_cannot_register_somebody_without_an_address(meeting, office):
    contact = PartnerContactFactory(email="")

    with pytest.raises(NotPossible, match="E-Mail-Adresse"):
        service.register(meeting, Person.of_contact(contact), names=["Max Muster"], by=office)


def test_the_story_of_a_partner_tells_what_happened(meeting, join, contact, office):
    crowd = join(meeting, seats=2)
    registration = join(meeting, contact=contact)
    service.withdraw(crowd)
    service.withdraw(registration, by=office)

    story = TimelineEntry.objects.filter(organisation=contact.organisation).order_by("pk")
    assert [(entry.text, entry.by) for entry in story] == [
        (f"Auf der Warteliste: {meeting}, 1 Platz", "Unternehmen"),
        (f"Nachgerückt: {meeting}, 1 Platz", "Portal"),
        (f"Abgemeldet: {meeting}", "Ottilie Amt"),
    ]


def test_the_story_of_a_stranger_is_told_nowhere(meeting, ask, proof_of):
    registration = service.confirm(proof_of(ask(meeting))).registration
    service.withdraw(registration)

    assert not TimelineEntry.objects.exists()


def test_seats_are_counted_per_event(meeting, pact):
    RegistrationFactory(seats=3)
    RegistrationFactory(event=meeting, unconfirmed=True)
    RegistrationFactory(event=meeting, cancelled=True)

    assert Seats.of(meeting) == Seats(capacity=2)
