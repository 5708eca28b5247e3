"""The office sees a series of times before it offers them."""

from datetime import date, timedelta

import pytest
from django.test import Client

from partners.models import TalkSlot
from tests.factories.talks import TalkBookingFactory, TalkSlotFactory
from tests.partners.admin.talks.conftest import LIST
from tests.rows import all_rows, difference

ADD = LIST + "add/"
MONDAY = date(2027, 5, 3)


def filled(**changes):
    """Return what the form of an offer sends: three talks on each of two Mondays."""
    return {
        "first_day": MONDAY.isoformat(),
        "last_day": (MONDAY + timedelta(days=7)).isoformat(),
        "weekdays": ["0"],
        "begins": "10:00",
        "until": "13:00",
        "minutes": "45",
        "pause": "15",
        "form": "place",
        "where": "Rathaus, Zimmer 12",
        "host": "Ottilie Amt",
        **changes,
    }


def test_a_series_is_shown_before_it_is_made(pact, office_client):
    before = all_rows(without={"django_session"})

    page = office_client.post(ADD, filled(preview="1")).content.decode()

    assert difference(before, all_rows(without={"django_session"})) == {}
    assert "6 Termine anbieten" in page
    assert "Montag, 3. Mai 2027" in page
    assert "Montag, 10. Mai 2027" in page


def test_what_the_preview_showed_is_offered(pact, office, office_client):
    answer = office_client.post(ADD, filled(offer="1"), follow=True)

    assert "6 Termine sind angeboten." in answer.content.decode()
    assert TalkSlot.objects.count() == 6
    assert {(slot.where, slot.host, slot.offered_by) for slot in TalkSlot.objects.all()} == {
        ("Rathaus, Zimmer 12", "Ottilie Amt", office)
    }


def test_sent_twice_the_second_makes_none_and_says_so(pact, office_client):
    office_client.post(ADD, filled(offer="1"))

    page = office_client.post(ADD, filled(offer="1"), follow=True).content.decode()

    assert "kein neuer Termin dazugekommen" in page
    assert TalkSlot.objects.count() == 6


def test_times_at_which_the_person_is_busy_are_left_out_and_marked(pact, office_client):
    office_client.post(ADD, filled(offer="1", last_day="", until=""))

    page = office_client.post(ADD, filled(preview="1")).content.decode()
    offered = office_client.post(ADD, filled(offer="1"), follow=True).content.decode()

    assert "5 Termine anbieten" in page
    assert page.count("wird ausgelassen") == 1
    assert "5 Termine sind angeboten. Zu den übrigen Zeiten hat Ottilie Amt schon Gesprächstermine." in offered


def test_the_way_back_keeps_what_was_typed(pact, office_client):
    page = office_client.post(ADD, filled(back="1", where="Zimmer 99")).content.decode()

    assert 'value="Zimmer 99"' in page
    assert not TalkSlot.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"first_day": ""}, "first_day", "Bitte geben Sie einen Tag an."),
        ({"first_day": "2020-01-01"}, "first_day", "nicht vorbei"),
        ({"first_day": "9999-12-31"}, "first_day", "Jahr"),
        ({"last_day": "2027-05-02"}, "last_day", "vor dem ersten"),
        ({"last_day": "2030-01-01"}, "last_day", "höchstens ein Jahr"),
        ({"weekdays": []}, "weekdays", "mindestens einen Wochentag"),
        ({"weekdays": ["9"]}, "weekdays", "steht nicht zur Wahl"),
        ({"weekdays": ["1"], "last_day": "2027-05-03"}, None, ""),
        ({"begins": "25:00"}, "begins", "Uhrzeit"),
        ({"until": "10:30"}, "until", "passt kein Gespräch"),
        ({"until": "09:00"}, "until", "passt kein Gespräch"),
        ({"minutes": "0"}, "minutes", "mindestens 10"),
        ({"minutes": "100000"}, "minutes", "höchstens 240"),
        ({"pause": "-1"}, "pause", "mindestens 0"),
        ({"minutes": "10", "pause": "0", "last_day": "2028-04-30"}, "last_day", "mehr als 200"),
        ({"first_day": "2027-03-28", "last_day": "", "begins": "02:30", "until": ""}, "begins", "02:30 Uhr gibt es"),
        ({"first_day": "2027-10-31", "last_day": "", "begins": "02:30", "until": ""}, "begins", "oder zweimal"),
        ({"form": "beam"}, "form", "steht nicht zur Wahl"),
        ({"where": ""}, "where", "wo das Gespräch stattfindet"),
        ({"form": "video", "where": "Zimmer 12"}, "where", "Internetadresse"),
        ({"form": "video", "where": "javascript:alert(1)"}, "where", "Internetadresse"),
        ({"form": "phone"}, "where", "leer lassen"),
        ({"host": " "}, "host", "nennen Sie die Person"),
        ({"host": "x" * 201}, "host", "200"),
    ],
)
def test_what_cannot_be_is_said_at_the_field(changes, field, words, pact, office_client):
    answer = office_client.post(ADD, filled(preview="1", **changes))

    if field is None:
        assert answer.status_code == 200
        return
    assert answer.status_code == 422
    assert [words in " ".join(messages) for messages in answer.context["form"].errors.values()] == [True]
    assert set(answer.context["form"].errors) == {field}
    assert not TalkSlot.objects.exists()


def test_one_day_needs_no_weekday(pact, office_client):
    office_client.post(ADD, filled(offer="1", last_day="", weekdays=[], until=""))

    assert TalkSlot.objects.count() == 1


def test_whoever_may_not_offer_is_refused(pact, initial_partner_user):
    client = Client()
    client.force_login(initial_partner_user)

    assert [client.get(LIST).status_code, client.get(ADD).status_code] == [403, 403]
    assert client.post(ADD, filled(offer="1")).status_code == 403
    assert not TalkSlot.objects.exists()


def test_the_page_says_when_companies_cannot_book_yet(pact, office_client):
    pact.books_talks_online = False
    pact.save()

    assert "Unternehmen sehen die Termine noch nicht" in office_client.get(ADD).content.decode()


def test_a_time_is_found_by_whoever_booked_it(pact, office_client):
    booking, _ = TalkBookingFactory(name="Kim Gesucht"), TalkSlotFactory()

    found = office_client.get(f"{LIST}?q=gesucht").context["cl"].result_list

    assert list(found) == [booking.slot]
