"""Orientation talks: offered, booked, moved, cancelled, withdrawn, recorded."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
from django.utils import timezone

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import ApplicationStep, TalkBooking, TalkSlot
from partners.models.talk import LEAD
from partners.services import applying, decision, prospects, talks
from partners.services.talks import Place
from partners.talk_times import Times
from partners.tasks import remind_of_talks
from tests.factories import ApplicationFactory
from tests.factories.interest import InterestFactory
from tests.factories.talks import (
    TalkBookingFactory,
    TalkSlotFactory,
    applying_company,
    interested_company,
)

BERLIN = ZoneInfo("Europe/Berlin")
PLACE = Place("place", "Rathaus, Zimmer 12", "Ottilie Amt")
START = datetime(2027, 5, 11, 14, tzinfo=BERLIN)
EARLY = datetime(2027, 5, 1, 9, tzinfo=BERLIN)


def times(*starts):
    return [Times(start, start + timedelta(minutes=45)) for start in starts]


def file_of(mail):
    """Return method and entry of the calendar file that a mail carries."""
    [file] = mail.attachments.all()
    calendar = icalendar.Calendar.from_ical(bytes(file.content))
    [entry] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), entry


def in_the_past(booking):
    TalkSlot.objects.filter(pk=booking.slot_id).update(
        starts_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now() - timedelta(hours=1)
    )
    booking.refresh_from_db()
    return booking


# --- Offering ---------------------------------------------------------------------------------------------------------


def test_the_same_offer_sent_twice_makes_the_times_once(pact, office):
    wanted = times(START, START + timedelta(hours=1))

    made = [talks.offer(wanted, PLACE, by=office) for _ in range(2)]

    assert made == [2, 0]
    assert {slot.offered_by for slot in TalkSlot.objects.all()} == {office}


def test_nobody_is_to_hold_two_talks_that_overlap(pact, office):
    talks.offer(times(START), PLACE, by=office)

    overlapping = talks.offer(times(START + timedelta(minutes=30)), PLACE, by=office)
    right_after = talks.offer(times(START + timedelta(minutes=45)), PLACE, by=office)
    by_another = talks.offer(times(START), Place("phone", "", "Max Amt"), by=office)

    assert (overlapping, right_after, by_another) == (0, 1, 1)


def test_a_talk_is_not_given_to_somebody_who_holds_another_meanwhile(pact, office):
    """Small and capital letters do not make another person."""
    TalkSlotFactory(starts_at=START, ends_at=START + timedelta(minutes=45))
    slot = TalkSlotFactory(
        starts_at=START + timedelta(minutes=30), ends_at=START + timedelta(minutes=60), host="Max Amt"
    )

    with pytest.raises(NotPossible, match="zu dieser Zeit"):
        talks.change_place(slot, Place("phone", "", "ottilie amt"), by=office)

    slot.refresh_from_db()
    assert slot.host == "Max Amt"


def test_a_withdrawn_time_can_be_offered_again(pact, office):
    talks.offer(times(START), PLACE, by=office)
    talks.withdraw_slot(TalkSlot.objects.get(), by=office)

    assert talks.offer(times(START), PLACE, by=office) == 1


# --- Booking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("company", [applying_company, interested_company])
def test_a_company_books_a_free_time_and_everybody_learns_of_it(company, pact, mails):
    slot, prospect = TalkSlotFactory(), company()

    booking = talks.book(prospect, slot)

    assert (booking.slot, booking.case, booking.organisation) == (slot, prospect.case, prospect.organisation)
    [mail] = mails(kind="talk_booked")
    assert mail.to_email == prospect.email
    method, entry = file_of(mail)
    assert method == "REQUEST"
    assert (str(entry["UID"]), entry["SEQUENCE"]) == (str(booking.uid), 0)
    assert entry.start == slot.starts_at
    assert str(entry["LOCATION"]) == "Rathaus, Zimmer 12"  # what a map finds
    [told] = mails(kind="office_talk")
    assert prospect.organisation in told.body
    assert prospect.case.timeline.filter(text__startswith="Orientierungsgespräch gebucht").exists()


@pytest.mark.parametrize(
    ("form", "where", "phone", "company_reads", "office_reads", "location"),
    [
        ("phone", "", "02151 86-0", "wir rufen Sie an: 02151 86-0", "Sie rufen an: 02151 86-0", "Telefon 02151 86-0"),
        ("video", "", "", "den Link schicken wir Ihnen vorher", "der Link fehlt noch", "per Video"),
        ("video", "https://video.example/raum", "", "https://video.example/raum", "https://video.example/raum",
         "https://video.example/raum"),
        ("place", "Rathaus, Zimmer 12", "", "vor Ort, Rathaus, Zimmer 12", "vor Ort, Rathaus, Zimmer 12",
         "Rathaus, Zimmer 12"),
    ],
)  # fmt: skip
def test_each_side_reads_what_is_its_part(form, where, phone, company_reads, office_reads, location, pact, mails):
    slot = TalkSlotFactory(form=form, where=where)

    talks.book(applying_company(), slot, phone=phone)

    [mail], [told] = mails(kind="talk_booked"), mails(kind="office_talk")
    assert company_reads in mail.body
    assert office_reads in told.body
    assert "wir rufen Sie an" not in told.body
    assert "schicken wir Ihnen" not in told.body
    assert str(file_of(mail)[1]["LOCATION"]) == location


def test_the_same_choice_sent_twice_is_one_booking(pact, mails):
    slot, prospect = TalkSlotFactory(), applying_company()

    first, second = (talks.book(prospect, slot) for _ in range(2))

    assert first == second
    assert len(mails(kind="talk_booked")) == 1


def test_a_time_that_somebody_has_is_not_given_twice(pact, mails):
    taken = TalkBookingFactory().slot

    with pytest.raises(talks.SlotTaken):
        talks.book(applying_company(), taken)

    assert TalkBooking.objects.count() == 1
    assert mails() == []


def test_a_company_has_one_coming_talk_also_when_it_asked_before_it_applied(pact):
    interest, application = InterestFactory(), ApplicationFactory()
    talks.book(prospects.of_interest(interest), TalkSlotFactory())
    prospects.carry_over(interest, application)
    interest.touch(application=application)

    for person in (prospects.of_applicant(application.applicants.get()), prospects.of_interest(interest)):
        with pytest.raises(NotPossible, match="schon einen Termin"):
            talks.book(person, TalkSlotFactory())

    assert TalkBooking.objects.count() == 1


@pytest.mark.parametrize(
    ("ahead", "is_given"), [(LEAD + timedelta(minutes=1), True), (LEAD, False), (-timedelta(minutes=1), False)]
)
def test_a_time_too_near_or_past_cannot_be_booked(ahead, is_given, pact):
    now = timezone.now()
    slot = TalkSlotFactory(starts_at=now + ahead)

    with time_machine.travel(now, tick=False):
        if is_given:
            talks.book(applying_company(), slot)
        else:
            with pytest.raises(talks.SlotTaken):
                talks.book(applying_company(), slot)

    assert TalkBooking.objects.exists() == is_given


def test_a_withdrawn_time_cannot_be_booked(pact, office):
    slot = TalkSlotFactory()
    talks.withdraw_slot(slot, by=office)

    with pytest.raises(talks.SlotTaken):
        talks.book(applying_company(), slot)


def test_a_call_needs_a_number(pact, mails):
    slot, prospect = TalkSlotFactory(form="phone", where=""), applying_company()

    with pytest.raises(NotPossible, match="Telefonnummer"):
        talks.book(prospect, slot)
    talks.book(prospect, slot, phone="0211 123456")

    assert "am Telefon, wir rufen Sie an: 0211 123456" in mails(kind="talk_booked")[0].body


@pytest.mark.parametrize("state", ["accepted", "rejected", "withdrawn"])
def test_nobody_books_for_an_application_that_is_decided(state, in_state):
    application = in_state(state)

    with pytest.raises(NotPossible, match="abgeschlossen"):
        talks.book(prospects.of_applicant(application.applicants.get()), TalkSlotFactory())


def test_nobody_books_with_an_address_that_is_not_proven(pact):
    prospect = applying_company(applicant__is_proven=False)

    with pytest.raises(NotPossible):
        talks.book(prospect, TalkSlotFactory())


def test_after_a_talk_that_took_place_there_is_no_second(pact):
    booking = TalkBookingFactory(status="held")

    with pytest.raises(NotPossible, match="stattgefunden"):
        talks.book(prospects.of_applicant(booking.application.applicants.get()), TalkSlotFactory())


def test_after_a_talk_that_did_not_take_place_there_is_another(pact):
    booking = TalkBookingFactory(status="missed")

    talks.book(prospects.of_applicant(booking.application.applicants.get()), TalkSlotFactory())

    assert TalkBooking.objects.booked().count() == 1


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


# --- Afterwards -------------------------------------------------------------------------------------------------------


def test_a_talk_that_took_place_is_a_step_of_the_application(pact, office):
    booking = in_the_past(TalkBookingFactory())

    talks.record(booking, took_place=True, by=office)

    step = booking.application.steps.get()
    assert (step.kind, step.recorded_by) == (ApplicationStep.Kind.ORIENTATION_TALK, office)
    assert step.done_on == timezone.localdate(booking.slot.starts_at)


def test_a_slip_is_mended_with_the_step(pact, office):
    booking = in_the_past(TalkBookingFactory())

    for took_place in (True, False):
        talks.record(booking, took_place=took_place, by=office)
    assert not booking.application.steps.exists()

    talks.record(booking, took_place=True, by=office)
    assert booking.application.steps.count() == 1


def test_a_step_that_the_office_entered_by_hand_stays(pact, office):
    booking = in_the_past(TalkBookingFactory())
    by_hand = booking.application.steps.create(
        kind=ApplicationStep.Kind.ORIENTATION_TALK, done_on=timezone.localdate(), note="im Rathaus"
    )

    for took_place in (True, False):
        talks.record(booking, took_place=took_place, by=office)

    assert booking.application.steps.get() == by_hand


def test_a_talk_of_an_inquiry_counts_once_it_becomes_an_application(pact, office):
    interest, application = InterestFactory(), ApplicationFactory()
    booking = talks.book(prospects.of_interest(interest), TalkSlotFactory())
    talks.record(in_the_past(booking), took_place=True, by=office)

    for _ in range(2):
        prospects.carry_over(interest, application)

    assert application.steps.get().kind == ApplicationStep.Kind.ORIENTATION_TALK
    booking.refresh_from_db()
    assert (booking.application, booking.interest) == (application, interest)


def test_a_coming_talk_of_an_inquiry_is_recorded_in_the_application(pact, office):
    interest, application = InterestFactory(), ApplicationFactory()
    booking = talks.book(prospects.of_interest(interest), TalkSlotFactory())
    prospects.carry_over(interest, application)

    talks.record(in_the_past(booking), took_place=True, by=office)

    assert application.steps.count() == 1


def test_what_was_not_yet_cannot_be_recorded(pact, office):
    booking = TalkBookingFactory()

    with pytest.raises(NotPossible):
        talks.record(booking, took_place=True, by=office)


def test_a_missing_outcome_lies_for_the_pacts_days(pact):
    booking = TalkBookingFactory()
    over = booking.slot.ends_at
    days = timedelta(days=pact.untouched_after_days)

    assert list(TalkBooking.objects.to_record(now=over - timedelta(minutes=1))) == []
    assert list(TalkBooking.objects.to_record(now=over)) == [booking]
    assert list(TalkBooking.objects.untouched(now=over + days - timedelta(minutes=1))) == []
    assert list(TalkBooking.objects.untouched(now=over + days)) == [booking]


# --- Reminders --------------------------------------------------------------------------------------------------------


@pytest.fixture
def tomorrow(pact):
    """A talk in May, booked early."""
    with time_machine.travel(EARLY, tick=False):
        prospect = applying_company()
        return prospect, talks.book(prospect, TalkSlotFactory(starts_at=START))


def remind(moment):
    with time_machine.travel(moment, tick=False):
        return talks.remind(now=moment)


DUE, MINUTE = START - timedelta(days=1), timedelta(minutes=1)


def test_a_reminder_is_written_one_day_before_and_once(tomorrow, mails):
    moments = [DUE - MINUTE, DUE, DUE, DUE + MINUTE, START - MINUTE, START]

    assert [remind(moment) for moment in moments] == [0, 1, 0, 0, 0, 0]

    [mail] = mails(kind="talk_reminder")
    assert mail.expires_at == START
    assert tomorrow[1].slot.when in mail.body


def test_a_missed_run_catches_up_until_the_talk_begins(tomorrow):
    assert remind(START - MINUTE) == 1


def test_nobody_is_reminded_who_booked_within_that_day(pact):
    with time_machine.travel(DUE, tick=False):
        talks.book(applying_company(), TalkSlotFactory(starts_at=START))

    assert remind(DUE + MINUTE) == 0


def test_nobody_is_reminded_of_a_cancelled_talk(tomorrow):
    with time_machine.travel(EARLY, tick=False):
        talks.cancel(*tomorrow)

    assert remind(DUE) == 0


def test_a_reminder_that_waits_is_taken_back_with_the_talk(tomorrow, mails):
    remind(DUE)
    with time_machine.travel(DUE + MINUTE, tick=False):
        talks.cancel(*tomorrow)

    assert mails(kind="talk_reminder")[0].status == OutgoingMail.Status.WITHDRAWN


def test_a_moved_talk_is_reminded_of_at_its_new_time_also_when_it_comes_back(tomorrow, mails):
    prospect, booking = tomorrow
    remind(DUE)
    with time_machine.travel(DUE + MINUTE, tick=False):
        later = TalkSlotFactory(starts_at=START + timedelta(days=7))
        booking = talks.move(prospect, booking, later)

    assert [remind(DUE + 2 * MINUTE), remind(DUE + timedelta(days=7))] == [0, 1]

    assert [mail.status for mail in mails(kind="talk_reminder")] == ["withdrawn", "queued"]


def test_the_reminder_keeps_the_clock_on_the_wall_when_summer_time_begins(pact):
    monday = datetime(2027, 3, 28, 10, tzinfo=BERLIN)  # the clocks changed in the night
    with time_machine.travel(datetime(2027, 3, 1, tzinfo=BERLIN), tick=False):
        slot = TalkSlotFactory(starts_at=monday)

    assert timezone.localtime(slot.remind_at).strftime("%d.%m. %H:%M") == "27.03. 10:00"
