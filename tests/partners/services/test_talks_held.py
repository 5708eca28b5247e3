"""People are reminded of a talk before, and the office records it afterwards."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible
from partners.models import ApplicationStep, TalkBooking
from partners.services import prospects, talks
from tests.factories import ApplicationFactory
from tests.factories.interest import InterestFactory
from tests.factories.talks import TalkBookingFactory, TalkSlotFactory, applying_company
from tests.partners.services.talk import BERLIN, START, in_the_past

# --- Reminders --------------------------------------------------------------------------------------------------------


EARLY = datetime(2027, 5, 1, 9, tzinfo=BERLIN)


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
