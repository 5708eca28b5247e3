"""Several companies at the same time, several people at the same letter, at the same moment."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client, RequestFactory
from django.utils import timezone

from klimapakt.links import codes
from klimapakt.locks import patiently
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible
from partners.models import Interest, LetterOfIntent, TalkBooking, TalkSlot
from partners.services import letters, prospects, talks
from partners.services.talks import Place, SlotTaken
from partners.talk_times import Times
from tests.factories import ApplicantFactory, ApplicationFactory
from tests.factories.interest import InterestFactory
from tests.factories.talks import (
    LETTER,
    TalkBookingFactory,
    TalkSlotFactory,
    applying_company,
    interested_company,
    link_of,
)
from tests.races import at_once, together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

COMPANIES = 8


@pytest.fixture
def pact(pact):
    pact.books_talks_online = pact.uses_letter_of_intent = True
    pact.letter_of_intent = LETTER
    pact.save()
    return pact


@pytest.fixture
def without_locks(monkeypatch):
    """Rows are read without waiting for anybody."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())


@pytest.fixture
def without_constraint():
    """Take a unique constraint away; the test has to leave no rows behind that break it."""
    taken = []

    def take_away(table: str, name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
            taken.append(cursor.fetchone()[0])
            cursor.execute(f'DROP INDEX "{name}"')

    yield take_away
    TalkBooking.objects.all().delete()
    TalkSlot.objects.all().delete()
    with connection.cursor() as cursor:
        for definition in taken:
            cursor.execute(definition)


@pytest.fixture
def without_exclusion():
    """Take away what keeps the talks of one person apart."""
    [rule] = [one for one in TalkSlot._meta.constraints if one.name == "nobody_holds_two_talks_at_once"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(TalkSlot, rule)
    yield
    TalkSlot.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(TalkSlot, rule)


def book_at_once(slot):
    companies = [applying_company() if n % 2 else interested_company() for n in range(COMPANIES)]
    return at_once([lambda company=company: talks.book(company, slot) for company in companies])


def test_of_many_at_once_one_company_gets_the_time(pact):
    slot = TalkSlotFactory()

    given = book_at_once(slot)

    [booking] = TalkBooking.objects.all()
    assert [one for one in given if not isinstance(one, SlotTaken)] == [booking]
    assert OutgoingMail.objects.filter(kind="talk_booked").count() == 1


@pytest.fixture
def all_look_first(without_locks, monkeypatch):
    """Nobody books before everybody has seen that there is no talk yet."""

    def all_look_first(companies: int) -> None:
        monkeypatch.setattr(talks, "coming", together(talks.coming, companies))

    return all_look_first


def test_the_constraint_alone_gives_a_time_once_too(pact, all_look_first):
    all_look_first(COMPANIES)

    given = book_at_once(TalkSlotFactory())

    assert TalkBooking.objects.count() == 1
    assert sum(isinstance(one, SlotTaken) for one in given) == COMPANIES - 1


def test_without_lock_and_constraint_several_would_get_it(pact, all_look_first, without_constraint):
    without_constraint("partners_talkbooking", "one_company_a_talk")
    all_look_first(COMPANIES)

    book_at_once(TalkSlotFactory())

    assert TalkBooking.objects.count() > 1


def two_people_book(interest=None):
    """Two people of one company choose two times at the same moment."""
    application = ApplicationFactory()
    ApplicantFactory(application=application, email="max@musterbaeckerei.example")
    people = [prospects.of_applicant(person) for person in application.applicants.all()]
    slots = [TalkSlotFactory(), TalkSlotFactory()]
    return at_once([lambda one=one, slot=slot: talks.book(one, slot) for one, slot in zip(people, slots, strict=True)])


def test_two_people_of_one_company_get_one_talk(pact):
    given = two_people_book()

    assert TalkBooking.objects.count() == 1
    assert [str(one) for one in given if isinstance(one, NotPossible)] == [talks.ONE_IS_ENOUGH]


def test_without_lock_and_constraint_they_would_get_two(pact, all_look_first, without_constraint):
    without_constraint("partners_talkbooking", "one_coming_talk_an_application")
    all_look_first(2)

    two_people_book()

    assert TalkBooking.objects.count() == 2


def test_two_companies_that_swap_their_times_wait_for_nobody_for_ever(pact):
    companies = [applying_company(), applying_company()]
    bookings = [talks.book(company, TalkSlotFactory()) for company in companies]
    first, second = (booking.slot for booking in bookings)

    at_once(
        [
            lambda: talks.move(companies[0], bookings[0], second),
            lambda: talks.move(companies[1], bookings[1], first),
        ]
    )

    assert set(TalkBooking.objects.booked().values_list("slot", flat=True)) == {first.pk, second.pk}


@pytest.mark.parametrize("turn", range(5))
def test_a_time_withdrawn_while_it_is_booked_is_one_or_the_other(turn, pact, office):
    slot, company = TalkSlotFactory(), applying_company()

    at_once([lambda: talks.book(company, slot), lambda: talks.withdraw_slot(slot, by=office)])

    slot.refresh_from_db()
    assert slot.status == "withdrawn"
    assert not slot.bookings.booked().exists()
    told = OutgoingMail.objects.filter(kind="talk_withdrawn", to_email=company.email).count()
    assert told == slot.bookings.count()


@pytest.mark.parametrize("turn", range(5))
def test_a_talk_withdrawn_while_it_is_moved_away_is_cancelled_only_if_it_was_still_there(turn, pact, office):
    company = applying_company()
    booking, target = talks.book(company, TalkSlotFactory()), TalkSlotFactory()

    at_once([lambda: talks.move(company, booking, target), lambda: talks.withdraw_slot(booking.slot, by=office)])

    booking.refresh_from_db()
    assert (booking.status, booking.slot) in [("booked", target), ("cancelled", booking.slot)]


@pytest.mark.parametrize("turn", range(5))
def test_an_inquiry_that_becomes_an_application_takes_the_talk_along_whoever_is_first(turn, pact):
    interest, application = InterestFactory(), ApplicationFactory()

    def begin():
        Interest.objects.filter(pk=interest.pk).update(application=application)
        prospects.carry_over(interest, application)

    at_once([lambda: talks.book(prospects.of_interest(interest), TalkSlotFactory()), begin])

    assert TalkBooking.objects.get(interest=interest).application == application


def test_an_offer_sent_twice_at_once_makes_each_time_once(pact, office):
    start = timezone.now().replace(microsecond=0) + timedelta(days=3)
    times = [Times(start + timedelta(hours=n), start + timedelta(hours=n, minutes=45)) for n in range(5)]

    at_once([lambda: talks.offer(times, Place("phone", "", "Ottilie Amt"), by=office) for _ in range(4)])

    assert TalkSlot.objects.count() == len(times)


def offers_that_overlap(office):
    """Two people offer times of one host at the same moment, the second ones half an hour later."""
    start = timezone.now().replace(microsecond=0) + timedelta(days=3)
    return at_once(
        [
            lambda name=name, first=start + timedelta(minutes=minutes): talks.offer(
                [Times(first + timedelta(hours=n), first + timedelta(hours=n, minutes=45)) for n in range(5)],
                Place("phone", "", name),
                by=office,
            )
            for name, minutes in (("Ottilie Amt", 0), ("ottilie AMT", 30))
        ]
    )


def overlaps():
    slots = list(TalkSlot.objects.order_by("starts_at"))
    return [(one, other) for one, other in pairwise(slots) if one.ends_at > other.starts_at]


@pytest.mark.parametrize("turn", range(3))
def test_of_two_offers_at_once_nobody_holds_two_talks(turn, pact, office, all_are_free_first):
    made = offers_that_overlap(office)

    assert overlaps() == []
    assert sum(made) == TalkSlot.objects.count() > 0


@pytest.fixture
def all_are_free_first(monkeypatch):
    """Nobody offers before both have seen that the person is free."""
    monkeypatch.setattr(talks, "busy", together(talks.busy, 2))


def test_without_the_constraint_somebody_would_hold_two(pact, office, all_are_free_first, without_exclusion):
    offers_that_overlap(office)

    assert overlaps()


def test_two_talks_given_to_one_person_at_once_are_one_or_the_other(pact, office):
    start = timezone.now() + timedelta(days=3)
    slots = [
        TalkSlotFactory(starts_at=start, ends_at=start + timedelta(minutes=45), host=host)
        for host in ("Max Amt", "Kim Amt")
    ]
    place = Place("phone", "", "Ottilie Amt")

    given = at_once([lambda slot=slot: patiently(lambda: talks.change_place(slot, place, by=office)) for slot in slots])

    assert TalkSlot.objects.filter(host="Ottilie Amt").count() == 1
    assert [str(one) for one in given if isinstance(one, NotPossible)] == [
        "Ottilie Amt hat zu dieser Zeit schon einen anderen Gesprächstermin."
    ]


def test_a_reminder_is_written_once_by_two_workers(pact):
    moment = timezone.now() + timedelta(days=9, hours=12)
    TalkBookingFactory(slot__starts_at=moment + timedelta(hours=3))

    written = at_once([lambda: talks.remind(now=moment) for _ in range(3)])

    assert sorted(written) == [0, 0, 1]
    assert OutgoingMail.objects.filter(kind="talk_reminder").count() == 1


@pytest.mark.parametrize("turn", range(5))
def test_nobody_is_reminded_of_a_talk_that_is_cancelled_at_that_moment(turn, pact):
    moment, company = timezone.now() + timedelta(days=9, hours=12), applying_company()
    booking = talks.book(company, TalkSlotFactory(starts_at=moment + timedelta(hours=3)))

    at_once([lambda: talks.remind(now=moment), lambda: talks.cancel(company, booking)])

    assert not OutgoingMail.objects.filter(kind="talk_reminder", status="queued").exists()


# --- Letters ----------------------------------------------------------------------------------------------------------


def sign_at_once(pact):
    application = ApplicationFactory()
    ApplicantFactory(application=application, email="max@musterbaeckerei.example")
    calls = []
    for person in application.applicants.all():
        one = prospects.of_applicant(person)
        link, request = link_of(one), RequestFactory().post("/")
        request.session = {}
        words = {"sha256": letters.wording_for(one, pact).sha256, "name": person.email, "function": "Inhaberin"}
        code = codes.issue(request, link)
        calls.append(
            lambda one=one, link=link, code=code, words=words: letters.sign(one, **words, code=code, link=link)
        )
    return at_once(calls)


def test_two_people_of_one_company_sign_one_letter(pact):
    sign_at_once(pact)

    assert LetterOfIntent.objects.count() == 1
    assert OutgoingMail.objects.filter(kind="office_letter").count() == 1


def test_the_constraint_alone_keeps_it_one_letter_too(pact, without_locks):
    sign_at_once(pact)

    assert LetterOfIntent.objects.count() == 1


def test_two_browsers_choose_one_time_and_one_of_them_gets_it(pact, open_link):
    slot, other = TalkSlotFactory(), TalkSlotFactory()
    browsers = []
    for company in (applying_company(), interested_company()):
        browser = Client(raise_request_exception=False)
        open_link(browser, link_of(company))
        browsers.append(browser)

    answers = at_once(
        [
            lambda browser=browser: browser.post("/mein-klimapakt/gespraech/buchen/", {"slot": slot.pk})
            for browser in browsers
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [302, 409]
    [late] = [answer.content.decode() for answer in answers if answer.status_code == 409]
    assert "Diesen Termin hat inzwischen jemand anderes gebucht" in late
    assert f'value="{other.pk}"' in late
    assert f'value="{slot.pk}"' not in late
