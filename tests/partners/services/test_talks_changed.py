"""A talk that was booked is moved, cancelled or withdrawn, and everybody learns of it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import TalkBooking, TalkSlot
from partners.services import applying, decision, prospects, talks
from partners.services.talks import Place
from partners.tasks import remind_of_talks
from tests.factories.interest import InterestFactory
from tests.factories.talks import TalkBookingFactory, TalkSlotFactory, applying_company, interested_company
from tests.partners.services.talk import file_of, in_the_past

# --- Moving and cancelling --------------------------------------------------------------------------------------------


def test_a_moved_talk_is_the_same_entry_with_the_next_number(pact, mails):
    prospect, before, after = applying_company(), TalkSlotFactory(), TalkSlotFactory()
    booking = talks.book(prospect, before)

    talks.move(prospect, booking, after)

    [mail] = mails(kind="talk_moved")
    method, entry = file_of(mail)
    assert (method, str(entry["UID"]), entry["SEQUENCE"]) == ("REQUEST", str(booking.uid), 1)
    assert entry.start == after.starts_at
    assert after.when in mail.body
    assert before.when in mail.body
    assert talks.book(applying_company(), before).slot == before  # free again


def test_a_talk_does_not_move_onto_one_that_is_taken(pact):
    taken, prospect = TalkBookingFactory().slot, applying_company()
    booking = talks.book(prospect, before := TalkSlotFactory())

    with pytest.raises(talks.SlotTaken):
        talks.move(prospect, booking, taken)

    booking.refresh_from_db()
    assert booking.slot == before


def test_a_cancelled_talk_leaves_the_calendar_and_frees_its_time(pact, mails):
    prospect, slot = applying_company(), TalkSlotFactory()
    booking = talks.book(prospect, slot)

    talks.cancel(prospect, booking)

    method, entry = file_of(mails(kind="talk_cancelled")[0])
    assert (method, str(entry["UID"]), entry["SEQUENCE"]) == ("CANCEL", str(booking.uid), 1)
    assert str(entry["STATUS"]) == "CANCELLED"
    assert TalkSlot.objects.free(now=timezone.now()).get() == slot


def test_a_talk_that_has_begun_is_neither_moved_nor_cancelled(pact):
    booking = in_the_past(TalkBookingFactory())
    prospect = prospects.of_applicant(booking.application.applicants.get())

    with pytest.raises(NotPossible, match="begonnen"):
        talks.move(prospect, booking, TalkSlotFactory())
    with pytest.raises(NotPossible, match="begonnen"):
        talks.cancel(prospect, booking)


def test_nobody_touches_the_talk_of_another_company(pact):
    theirs, prospect = TalkBookingFactory(), applying_company()

    with pytest.raises(TransitionNotAllowed):
        talks.cancel(prospect, theirs)
    with pytest.raises(TransitionNotAllowed):
        talks.move(prospect, theirs, TalkSlotFactory())

    theirs.refresh_from_db()
    assert theirs.is_booked


def test_whoever_does_not_go_on_has_no_talk_any_more(pact, mails):
    prospect = interested_company()
    talks.book(prospect, TalkSlotFactory())

    for _ in range(2):
        talks.call_off(prospect.interest)

    [mail] = mails(kind="talk_cancelled")
    assert mail.about.startswith("talkbooking:")
    assert mail.link is None
    assert "wählen" not in mail.body
    assert file_of(mail)[0] == "CANCEL"


def test_whoever_withdraws_the_application_has_no_talk_any_more_and_is_not_reminded(in_state, mails):
    application = in_state("submitted")
    booking = talks.book(prospects.of_applicant(application.applicants.get()), TalkSlotFactory())
    applying.withdraw(application)

    for _ in range(2):
        with time_machine.travel(booking.slot.remind_at, tick=False):
            remind_of_talks()

    booking.refresh_from_db()
    assert booking.status == "cancelled"
    assert len(mails(kind="talk_cancelled")) == 1
    assert mails(kind="talk_reminder") == []


def test_a_rejected_company_is_called_off_once_nobody_can_think_again_unheard(in_state, office, pact, mails):
    pact.undo_minutes = 30
    pact.save()
    application = in_state("in_review")
    booking = talks.book(prospects.of_applicant(application.applicants.get()), TalkSlotFactory())
    decision.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=office)
    told_at = timezone.now() + pact.undo_time

    for minutes, status in ((-1, "booked"), (1, "cancelled"), (2, "cancelled")):
        with time_machine.travel(told_at + timedelta(minutes=minutes), tick=False):
            remind_of_talks()
        booking.refresh_from_db()
        assert booking.status == status

    [mail] = mails(kind="talk_cancelled")
    assert file_of(mail)[0] == "CANCEL"
    assert booking.slot in TalkSlot.objects.free(now=timezone.now())


def test_the_talk_of_a_rejection_that_was_undone_stays(in_state, office, pact):
    application = in_state("in_review")
    booking = talks.book(prospects.of_applicant(application.applicants.get()), TalkSlotFactory())
    decision.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=office)
    decision.undo_decision(application, by=office)

    with time_machine.travel(timezone.now() + pact.undo_time + timedelta(minutes=1), tick=False):
        remind_of_talks()

    booking.refresh_from_db()
    assert booking.is_booked


@pytest.mark.parametrize("decide", [decision.accept, lambda a, by: decision.reject(a, "Sitz", by=by)])
def test_a_decided_company_can_still_cancel_its_talk_and_is_offered_no_other(decide, in_state, office, mails):
    application = in_state("in_review")
    prospect = prospects.of_applicant(application.applicants.get())
    booking = talks.book(prospect, TalkSlotFactory())
    decide(application, by=office)

    talks.cancel(prospect, booking)

    booking.refresh_from_db()
    assert booking.status == "cancelled"
    [mail] = mails(kind="talk_cancelled")
    assert "anderen Termin" not in mail.body
    with pytest.raises(NotPossible, match="abgeschlossen"):
        talks.book(prospect, TalkSlotFactory())


def test_the_talk_of_an_accepted_company_stays_and_it_is_reminded(in_state, office, mails):
    application = in_state("in_review")
    booking = talks.book(prospects.of_applicant(application.applicants.get()), TalkSlotFactory())
    decision.accept(application, by=office)

    with time_machine.travel(booking.slot.remind_at, tick=False):
        remind_of_talks()

    assert len(mails(kind="talk_reminder")) == 1


def test_a_company_that_was_deleted_leaves_no_name_behind(pact, mails):
    prospect = interested_company()
    talks.book(prospect, slot := TalkSlotFactory())
    held = TalkBookingFactory(status="held", application=None, interest=InterestFactory())
    prospect.interest.delete()
    held.interest.delete()

    for _ in range(2):
        remind_of_talks()

    assert not TalkBooking.objects.exists()
    assert len(mails(kind="talk_cancelled")) == 1
    assert slot in TalkSlot.objects.free(now=timezone.now())


# --- The office changes its mind --------------------------------------------------------------------------------------


def test_a_free_time_is_withdrawn_without_a_mail(pact, office, mails):
    slot = TalkSlotFactory()

    assert talks.withdraw_slot(slot, by=office) is None

    slot.refresh_from_db()
    assert slot.status == "withdrawn"
    assert mails() == []


def test_whoever_had_a_withdrawn_time_is_told_and_finds_others(pact, office, mails):
    prospect = applying_company()
    booking = talks.book(prospect, TalkSlotFactory())

    talks.withdraw_slot(booking.slot, by=office)

    booking.refresh_from_db()
    assert booking.status == "cancelled"
    [mail] = mails(kind="talk_withdrawn")
    assert mail.link.object_id == prospect.application.pk
    assert file_of(mail)[0] == "CANCEL"
    talks.book(prospect, TalkSlotFactory())


def test_a_decided_company_whose_time_is_withdrawn_is_offered_no_other(in_state, office, mails):
    application = in_state("in_review")
    booking = talks.book(prospects.of_applicant(application.applicants.get()), TalkSlotFactory())
    decision.accept(application, by=office)

    talks.withdraw_slot(booking.slot, by=office)

    [mail] = mails(kind="talk_withdrawn")
    assert "anderen Termin" not in mail.body


def test_a_talk_that_has_begun_is_recorded_not_withdrawn(pact, office):
    booking = in_the_past(TalkBookingFactory())

    with pytest.raises(NotPossible, match="eingetragen|eintragen|tragen Sie ein"):
        talks.withdraw_slot(booking.slot, by=office)


def test_another_place_reaches_the_calendar_of_whoever_booked(pact, office, mails):
    booking = talks.book(applying_company(), TalkSlotFactory(form="video", where=""))
    place = Place("video", "https://video.example/raum", "Ottilie Amt")

    told = [talks.change_place(booking.slot, place, by=office) for _ in range(2)]

    assert told == [True, False]
    [mail] = mails(kind="talk_changed")
    method, entry = file_of(mail)
    assert (method, entry["SEQUENCE"]) == ("REQUEST", 1)
    assert "https://video.example/raum" in str(entry["LOCATION"])


def test_nobody_is_put_where_she_has_another_talk(pact, office):
    slot = TalkSlotFactory()
    TalkSlotFactory(starts_at=slot.starts_at, host="Max Amt")

    with pytest.raises(NotPossible, match="Max Amt hat zu dieser Zeit"):
        talks.change_place(slot, Place("place", "Rathaus", "Max Amt"), by=office)
