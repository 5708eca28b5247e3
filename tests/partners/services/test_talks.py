"""Orientation talks are offered, and booked once."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from klimapakt.states import NotPossible
from partners.models import TalkBooking, TalkSlot
from partners.models.talk import LEAD
from partners.services import prospects, talks
from partners.services.talks import Place
from partners.talk_times import Times
from tests.factories import ApplicationFactory
from tests.factories.interest import InterestFactory
from tests.factories.talks import TalkBookingFactory, TalkSlotFactory, applying_company, interested_company
from tests.partners.services.talk import START, file_of

# --- Offering ---------------------------------------------------------------------------------------------------------


PLACE = Place("place", "Rathaus, Zimmer 12", "Ottilie Amt")


def times(*starts):
    return [Times(start, start + timedelta(minutes=45)) for start in starts]


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
