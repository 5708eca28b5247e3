"""A company books, moves and cancels its talk, behind its personal link."""

from datetime import timedelta

import icalendar
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from klimapakt.mailbox.models import case_of
from partners.mails.partner import partner_access
from partners.models import TalkBooking, TalkSlot
from partners.services import decision, prospects, talks
from tests.corpus import TEXTS
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.talks import (
    TalkBookingFactory,
    TalkSlotFactory,
    applying_company,
    interested_company,
    link_of,
)
from tests.rows import all_rows, difference

PAGE = "/mein-klimapakt/gespraech/"
SESSIONS = {"django_session"}


@pytest.fixture
def pact(pact):
    pact.books_talks_online = True
    pact.save()
    return pact


@pytest.fixture
def company(pact):
    return applying_company()


@pytest.fixture
def browser(company, client, open_link):
    """A browser in which somebody of the company has opened the link."""
    open_link(client, link_of(company))
    return client


def page_of(client):
    return client.get(PAGE).content.decode()


def test_free_times_stand_by_day_with_place_and_person(browser):
    slot = TalkSlotFactory()
    TalkSlotFactory(form="video", where="https://video.example/geheimer-raum")
    TalkBookingFactory()

    page = page_of(browser)

    assert slot.day in page
    assert f"{slot.hours}, vor Ort, Rathaus, Zimmer 12, mit Ottilie Amt" in page
    assert "per Video, mit Ottilie Amt" in page
    assert "geheimer-raum" not in page  # only for whoever books
    assert page.count('type="radio"') == 2


@pytest.mark.parametrize("make", [applying_company, interested_company])
def test_a_time_is_booked_with_one_click(make, pact, client, open_link):
    company, slot = make(), TalkSlotFactory()
    open_link(client, link_of(company))

    answer = client.post(PAGE + "buchen/", {"slot": slot.pk}, follow=True)

    booking = TalkBooking.objects.get()
    assert (booking.slot, booking.case, booking.email) == (slot, company.case, company.email)
    page = answer.content.decode()
    assert "Ihr Termin ist gebucht." in page
    assert slot.when in page
    assert company.organisation in page


def test_the_page_offers_the_talk_as_a_calendar_file(browser, company):
    booking = talks.book(company, TalkSlotFactory())

    answer = browser.get(PAGE + "termin.ics")

    calendar = icalendar.Calendar.from_ical(answer.content)
    [entry] = calendar.walk("VEVENT")
    assert str(calendar["METHOD"]) == "PUBLISH"
    assert str(entry["UID"]) == str(booking.uid)
    assert "/z/" not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store, private"


def test_pressed_twice_it_is_booked_once(browser, company):
    slot = TalkSlotFactory()

    answers = [browser.post(PAGE + "buchen/", {"slot": slot.pk}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert TalkBooking.objects.count() == 1


def test_whoever_is_too_late_sees_why_and_the_times_that_are_left(browser, company):
    taken, free = TalkBookingFactory().slot, TalkSlotFactory()

    answer = browser.post(PAGE + "buchen/", {"slot": taken.pk})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Diesen Termin hat inzwischen jemand anderes gebucht" in page
    assert f'value="{free.pk}"' in page
    assert f'value="{taken.pk}"' not in page


def test_whoever_is_beaten_in_the_last_moment_sees_the_same(browser, company, monkeypatch):
    slot, free = TalkSlotFactory(), TalkSlotFactory()
    book = talks.book

    def beaten(*args, **options):
        monkeypatch.setattr(talks, "book", book)
        talks.book(applying_company(), slot)
        return talks.book(*args, **options)

    monkeypatch.setattr(talks, "book", beaten)
    answer = browser.post(PAGE + "buchen/", {"slot": slot.pk})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Diesen Termin hat inzwischen jemand anderes gebucht" in page
    assert f'value="{free.pk}"' in page


def test_nothing_chosen_is_said_at_the_field(browser, company):
    TalkSlotFactory()

    answer = browser.post(PAGE + "buchen/", {})

    assert answer.status_code == 422
    assert "Bitte wählen Sie einen Termin." in answer.content.decode()


@pytest.mark.parametrize("value", ["0", "-1", "x", "9" * 30, "", "1' OR 1=1", "\x00", *list(TEXTS.values())[:5]])
def test_a_time_that_is_none_books_nothing(value, browser, company):
    TalkSlotFactory()
    before = all_rows(without=SESSIONS)

    answer = browser.post(PAGE + "buchen/", {"slot": value})

    assert answer.status_code in (409, 422)
    assert difference(before, all_rows(without=SESSIONS)) == {}


@pytest.mark.parametrize("typed", [" ", "ruft mich an", "<script>1"])
def test_a_call_asks_for_the_number_and_keeps_the_choice(typed, browser, company):
    slot = TalkSlotFactory(form="phone", where="")

    refused = browser.post(PAGE + "buchen/", {"slot": slot.pk, "phone": typed})
    taken = browser.post(PAGE + "buchen/", {"slot": slot.pk, "phone": "0211 123456"})

    assert refused.status_code == 422
    assert "Telefonnummer an, unter der wir Sie" in refused.content.decode()
    assert f'value="{slot.pk}"' in refused.content.decode()
    assert "checked" in refused.content.decode()
    assert taken.status_code == 302
    assert TalkBooking.objects.get().phone == "0211 123456"


def test_a_talk_is_moved_and_cancelled(browser, company):
    before, after = TalkSlotFactory(), TalkSlotFactory()
    browser.post(PAGE + "buchen/", {"slot": before.pk})

    moved = browser.post(PAGE + "verschieben/", {"slot": after.pk}, follow=True).content.decode()
    assert after.when in moved
    assert TalkBooking.objects.get().slot == after

    cancelled = browser.post(PAGE + "absagen/", follow=True).content.decode()
    assert "Ihr Termin ist abgesagt." in cancelled
    assert cancelled.count('type="radio"') == 2


@pytest.mark.parametrize("path", ["verschieben/", "absagen/"])
def test_without_a_talk_there_is_nothing_to_move_or_cancel(path, browser, company):
    before = all_rows(without=SESSIONS)

    answer = browser.post(PAGE + path, {"slot": TalkSlot.objects.count()}, follow=True)

    assert "Der Stand hat sich inzwischen geändert." in answer.content.decode()
    assert difference(before, all_rows(without=SESSIONS)) == {}


def test_reading_changes_nothing(browser, company):
    talks.book(company, TalkSlotFactory())
    before = all_rows(without=SESSIONS)

    for path in (PAGE, PAGE + "termin.ics"):
        for method in (browser.get, browser.head):
            assert method(path).status_code == 200
    for path in ("buchen/", "verschieben/", "absagen/"):
        assert browser.get(PAGE + path).status_code == 405

    assert difference(before, all_rows(without=SESSIONS)) == {}


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("get", "termin.ics"), ("post", "buchen/"), ("post", "verschieben/"), ("post", "absagen/")],
)
def test_a_link_of_another_purpose_opens_nothing(method, path, pact, client, open_link):
    contact = ContactFactory(organisation=PartnerFactory().organisation)
    open_link(client, partner_access(contact))
    slot, before = TalkSlotFactory(), all_rows()

    assert getattr(client, method)(PAGE + path, {"slot": slot.pk}).status_code == 403
    assert getattr(Client(), method)(PAGE + path, {"slot": slot.pk}).status_code == 403
    before["partners_talkslot"] = all_rows()["partners_talkslot"]
    assert difference(before, all_rows()) == {}


def test_whoever_has_not_proven_an_address_books_nothing(pact, client):
    company, slot = applying_company(applicant__is_proven=False), TalkSlotFactory()
    session = client.session
    session["links"] = {"application": [str(link_of(company).pk)]}
    session.save()

    answers = [client.get(PAGE), client.post(PAGE + "buchen/", {"slot": slot.pk})]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert "Bitte bestätigen Sie Ihre Adresse" in answers[0].content.decode()
    assert not TalkBooking.objects.exists()


def test_a_browser_with_two_companies_acts_for_the_one_that_its_page_was_about(pact, client, open_link):
    first, second, slot = applying_company(), interested_company(), TalkSlotFactory()
    for company in (first, second):
        open_link(client, link_of(company))

    newest = page_of(client)
    client.post(f"{PAGE}buchen/?vorgang={case_of(first.case)}", {"slot": slot.pk})
    foreign = client.get(f"{PAGE}?vorgang={case_of(applying_company().case)}")

    assert second.organisation in newest
    assert f"?vorgang={case_of(second.case)}" in newest
    assert TalkBooking.objects.get().case == first.case
    assert foreign.status_code == 403


def test_where_the_pact_books_no_talks_there_is_no_page(pact, browser):
    pact.books_talks_online = False
    pact.save()

    assert browser.get(PAGE).status_code == 404
    assert browser.post(PAGE + "buchen/", {"slot": TalkSlotFactory().pk}).status_code == 404


def test_whoever_has_a_talk_can_still_cancel_it_when_the_pact_offers_none_any_more(pact, browser, company):
    talks.book(company, TalkSlotFactory())
    pact.books_talks_online = False
    pact.save()

    assert "Termin absagen" in page_of(browser)
    browser.post(PAGE + "absagen/")

    assert TalkBooking.objects.get().status == "cancelled"


def test_after_that_the_page_is_still_there_and_says_so(pact, browser, company):
    talks.book(company, TalkSlotFactory())
    pact.books_talks_online = False
    pact.save()

    answer = browser.post(PAGE + "absagen/", follow=True)

    assert answer.status_code == 200
    assert "Ihr Termin ist abgesagt." in answer.content.decode()


@pytest.mark.parametrize("decide", [decision.accept, lambda one, by: decision.reject(one, "Sitz", by=by)])
def test_a_decided_company_sees_its_talk_and_cancels_it(decide, in_state, office, pact, client, open_link):
    application = in_state("in_review")
    company = prospects.of_applicant(application.applicants.get())
    slot, other = TalkSlotFactory(), TalkSlotFactory()
    talks.book(company, slot)
    decide(application, by=office)
    open_link(client, link_of(company))

    status = client.get("/mein-klimapakt/antrag/").content.decode()
    page = page_of(client)
    cancelled = client.post(PAGE + "absagen/", follow=True).content.decode()

    assert slot.when in status
    assert "Termin absagen" in page
    assert other.when not in page
    assert "Ihr Termin ist abgesagt." in cancelled
    assert "Sie können danach" not in page + cancelled
    assert TalkBooking.objects.get().status == "cancelled"


def test_without_a_free_time_the_page_says_what_to_do(pact, browser, company):
    pact.office_phone = ""
    pact.save()

    page = page_of(browser)

    assert "Zurzeit ist kein Termin frei. Bitte sehen Sie in einigen Tagen wieder nach, oder schreiben Sie an" in page
    assert "rufen Sie" not in page


@pytest.mark.parametrize(
    ("status", "words", "has_choice"),
    [("held", "hat am", False), ("missed", "hat nicht stattgefunden", True)],
)
def test_after_the_talk_the_page_says_how_it_went(status, words, has_choice, browser, company):
    TalkBookingFactory(application=company.application, status=status)
    TalkSlotFactory()

    page = page_of(browser)

    assert words in page
    assert ("radio" in page) == has_choice


def test_a_talk_that_is_over_is_neither_moved_nor_cancelled(browser, company):
    booking = talks.book(company, TalkSlotFactory())
    TalkSlot.objects.filter(pk=booking.slot_id).update(
        starts_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now() - timedelta(hours=1)
    )

    page = page_of(browser)

    assert "Ihr Gespräch war am" in page
    assert "Termin absagen" not in page
    assert "Termin verschieben" not in page


@pytest.mark.parametrize("number", [1, 40])
def test_the_page_needs_the_same_queries_for_any_number_of_times(number, browser, company, pact):
    talks.book(company, TalkSlotFactory())
    for _ in range(number):
        TalkSlotFactory()
    browser.get(PAGE)

    with CaptureQueriesContext(connection) as queries:
        browser.get(PAGE)

    assert len(queries) <= 12, [q["sql"][:120] for q in queries]
