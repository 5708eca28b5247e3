"""The office finds each time for a talk, changes its mind about it, and notes how the talk went."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from klimapakt import worklist
from klimapakt.mailbox import digest
from partners.models import TalkBooking, TalkSlot
from partners.services import talks
from tests.factories.talks import TalkBookingFactory, TalkSlotFactory, applying_company, interested_company
from tests.partners.admin.talks.conftest import LIST, in_the_past
from tests.rows import all_rows, difference

# --- The list ---------------------------------------------------------------------------------------------------------


def test_the_list_says_how_each_time_stands(pact, office_client):
    TalkSlotFactory()
    booked = TalkBookingFactory()
    over = TalkBookingFactory()
    in_the_past(over)
    TalkBookingFactory(status="cancelled")

    page = office_client.get(LIST).content.decode()

    assert f"gebucht: {booked.organisation}" in page
    assert f"Ergebnis eintragen: {over.organisation}" in page
    assert page.count(">frei</td>") == 2
    assert f"{booked.name}, {booked.email}" in page


@pytest.mark.parametrize("stand", ["", "vergangen"])
def test_the_list_begins_with_what_is_to_be_noted_and_then_with_what_comes_next(stand, pact, office_client):
    now = timezone.now()
    days = {"next month": 30, "tomorrow": 1, "withdrawn": 2, "last week": -7, "last month": -30, "to note": -20}
    for host, number in days.items():
        start = now + timedelta(days=number)
        status = "withdrawn" if host == "withdrawn" else "offered"
        slot = TalkSlotFactory(starts_at=start, ends_at=start + timedelta(hours=1), host=host, status=status)
        if host == "to note":
            TalkBookingFactory(slot=slot)

    shown = office_client.get(f"{LIST}?stand={stand}" if stand else LIST).context["cl"].result_list

    order = ["to note", "tomorrow", "next month", "withdrawn", "last week", "last month"]
    assert [slot.host for slot in shown] == [host for host in order if not stand or days[host] < 0]


@pytest.mark.parametrize(
    ("stand", "expected"),
    [("frei", {"free"}), ("gebucht", {"booked"}), ("eintragen", {"fresh", "old"}), ("liegt", {"old"}),
     ("vergangen", {"fresh", "old"})],
)  # fmt: skip
def test_the_filters_find_what_they_say(stand, expected, pact, office_client):
    slots = {"free": TalkSlotFactory(), "booked": TalkBookingFactory().slot, "fresh": TalkBookingFactory().slot}
    slots["old"] = TalkBookingFactory().slot
    for name, ago in (("fresh", timedelta(hours=1)), ("old", timedelta(days=pact.untouched_after_days, hours=1))):
        ends = timezone.now() - ago
        TalkSlot.objects.filter(pk=slots[name].pk).update(starts_at=ends - timedelta(hours=1), ends_at=ends)

    answer = office_client.get(LIST, {"stand": stand})

    assert {slot.pk for slot in answer.context["cl"].result_list} == {slots[name].pk for name in expected}


@pytest.mark.parametrize("number", [1, 15])
def test_the_list_needs_the_same_queries_for_any_number(number, pact, office_client, django_assert_max_num_queries):
    for _ in range(number):
        TalkBookingFactory()
        TalkSlotFactory()
    office_client.get(LIST)

    with django_assert_max_num_queries(10):
        office_client.get(LIST)


# --- One time ---------------------------------------------------------------------------------------------------------


def act(client, slot, name, data=None):
    """Read the page of a button, then press it; returns both pages."""
    url = reverse(f"admin:partners_talkslot_{name}", args=[slot.pk])
    return client.get(url).content.decode(), client.post(url, data or {}, follow=True).content.decode()


BUTTONS = {"stattgefunden", "ausgefallen", "buchen", "ort", "zuruecknehmen"}


@pytest.mark.parametrize(
    ("state", "is_over", "offered"),
    [
        (None, False, {"buchen", "ort", "zuruecknehmen"}),
        (None, True, set()),
        ("booked", False, {"ort", "zuruecknehmen"}),
        ("booked", True, {"stattgefunden", "ausgefallen"}),
        ("held", True, {"ausgefallen"}),
        ("missed", True, {"stattgefunden"}),
        ("cancelled", False, {"buchen", "ort", "zuruecknehmen"}),
    ],
)
def test_each_state_offers_its_buttons_and_no_others_work(state, is_over, offered, pact, office_client):
    booking = TalkBookingFactory(status=state) if state else None
    slot = booking.slot if booking else TalkSlotFactory()
    if is_over:
        TalkSlot.objects.filter(pk=slot.pk).update(
            starts_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now() - timedelta(hours=1)
        )

    page = office_client.get(f"{LIST}{slot.pk}/change/").content.decode()
    found = {name for name in BUTTONS if f"/{slot.pk}/{name}/" in page}
    before = all_rows(without={"django_session"})
    for name in BUTTONS - offered:
        office_client.post(reverse(f"admin:partners_talkslot_{name}", args=[slot.pk]), {})

    assert found == offered
    assert difference(before, all_rows(without={"django_session"})) == {}


def test_who_is_busy_then_is_said_at_the_field(pact, office_client):
    other = TalkSlotFactory()
    slot = TalkSlotFactory(starts_at=other.starts_at + timedelta(minutes=30), host="Max Amt")
    url = reverse("admin:partners_talkslot_ort", args=[slot.pk])

    answer = office_client.post(url, {"form": "phone", "where": "", "host": "ottilie amt"})
    same = office_client.post(url, {"form": "phone", "where": "", "host": "Max Amt"})

    assert answer.status_code == 422
    assert answer.context["form"].errors["host"] == [
        "ottilie amt hat zu dieser Zeit schon einen anderen Gesprächstermin."
    ]
    assert same.status_code == 302


def test_a_free_time_is_withdrawn_and_the_button_says_that_nobody_is_told(pact, office_client):
    slot = TalkSlotFactory()

    before, after = act(office_client, slot, "zuruecknehmen")

    assert "Es geht keine Mail heraus." in before
    assert "Der Termin ist zurückgenommen." in after


def test_a_booked_time_is_withdrawn_and_the_button_says_who_is_told(pact, office_client, mails):
    booking = talks.book(applying_company(), TalkSlotFactory())
    TalkSlotFactory()

    before, after = act(office_client, booking.slot, "zuruecknehmen")

    assert booking.email in before
    assert "Ein Termin ist frei." in before
    assert "Das Unternehmen bekommt eine Mail." in after
    assert len(mails(kind="talk_withdrawn")) == 1


def test_the_company_reads_why_its_time_is_withdrawn(pact, office_client, mails):
    booking = talks.book(applying_company(), TalkSlotFactory())

    act(office_client, booking.slot, "zuruecknehmen", {"reason": "Wir sind an diesem Tag leider verhindert."})

    assert "Wir sind an diesem Tag leider verhindert." in mails(kind="talk_withdrawn")[0].body
    assert booking.application.timeline.filter(text__endswith="(Wir sind an diesem Tag leider verhindert.)").exists()


def test_the_office_books_for_a_company_that_calls(pact, in_state, office, office_client, mails):
    asked, slot = interested_company(), TalkSlotFactory(form="phone", where="")
    applied = in_state("submitted")
    others = [TalkBookingFactory(application=in_state("submitted")).application, in_state("unconfirmed")]
    others += [in_state("draft"), in_state("accepted")]
    choice = {"company": f"interest:{asked.interest.pk}"}

    before, refused = act(office_client, slot, "buchen", {**choice, "phone": "keine"})
    _, done = act(office_client, slot, "buchen", {**choice, "phone": "02151 86-0"})

    assert [f"interest:{asked.interest.pk}" in before, f"application:{applied.pk}" in before] == [True, True]
    assert [one.pk for one in others if f'application:{one.pk}"' in before] == []
    assert "Telefonnummer des Unternehmens" in refused
    assert "Gebucht für" in done
    booking = slot.bookings.get()
    assert (booking.interest, booking.phone, booking.email) == (asked.interest, "02151 86-0", asked.email)
    assert len(mails(kind="talk_booked")) == 1
    assert mails(kind="office_talk") == []
    assert asked.interest.timeline.filter(text__startswith="Orientierungsgespräch gebucht", actor=office).exists()


def test_whoever_has_a_talk_meanwhile_is_not_booked_again(pact, office_client):
    asked, slot = interested_company(), TalkSlotFactory()
    interested_company()
    talks.book(asked, TalkSlotFactory())

    url = reverse("admin:partners_talkslot_buchen", args=[slot.pk])
    answer = office_client.post(url, {"company": f"interest:{asked.interest.pk}"})

    assert answer.status_code == 422
    assert "hat inzwischen einen Termin" in answer.content.decode()
    assert not slot.bookings.exists()


def test_with_nobody_to_book_for_the_page_says_so(pact, office_client):
    before, _ = act(office_client, TalkSlotFactory(), "buchen")

    assert "keine offene Anfrage und keinen Antrag ohne Gespräch" in before


def test_another_place_is_told_and_the_form_shows_the_old_one(pact, office_client, mails):
    booking = talks.book(applying_company(), TalkSlotFactory())

    before, after = act(office_client, booking.slot, "ort", {"form": "place", "where": "Saal 3", "host": "Ottilie Amt"})

    assert 'value="Rathaus, Zimmer 12"' in before
    assert booking.email in before
    assert "Das Unternehmen bekommt eine Mail." in after
    assert "Saal 3" in mails(kind="talk_changed")[0].body


def test_the_page_leads_to_an_application_that_was_sent_and_to_no_draft(pact, in_state, office_client):
    for state, is_led_to in (("submitted", True), ("draft", False)):
        booking = TalkBookingFactory(application=in_state(state))

        page = office_client.get(f"{LIST}{booking.slot_id}/change/").content.decode()

        assert (f"/admin/partners/application/{booking.application_id}/change/" in page) is is_led_to


def test_how_the_talk_went_is_noted_with_its_consequence(pact, office_client):
    slot = in_the_past(TalkBookingFactory())

    before, after = act(office_client, slot, "stattgefunden")

    assert "Im Antrag steht dann der Schritt" in before
    assert "Das Gespräch hat stattgefunden." in after
    booking = TalkBooking.objects.get()
    assert booking.status == "held"
    assert booking.application.steps.exists()


def test_a_time_is_never_edited_or_deleted(pact, office_client):
    slot = TalkSlotFactory()
    before = all_rows(without={"django_session"})

    edited = office_client.post(f"{LIST}{slot.pk}/change/", {"host": "Jemand anderes", "where": "Anderswo"})
    assert edited.status_code == 403
    assert office_client.post(f"{LIST}{slot.pk}/delete/", {"post": "yes"}).status_code == 403

    assert difference(before, all_rows(without={"django_session"})) == {}


# --- What waits -------------------------------------------------------------------------------------------------------


def test_the_start_page_says_what_is_to_be_noted_and_that_no_time_is_free(pact, office):
    in_the_past(TalkBookingFactory())

    work = {item.title: item for item in worklist.work_of(office)}

    assert work["Gespräche ohne Ergebnis"].count == 1
    assert "Kein Gesprächstermin frei" in work

    TalkSlotFactory()
    assert "Kein Gesprächstermin frei" not in {item.title for item in worklist.work_of(office)}


def test_a_forgotten_outcome_stands_in_the_morning_mail(pact):
    booking = TalkBookingFactory()
    later = booking.slot.ends_at + timedelta(days=pact.untouched_after_days)

    sections = [section for source in digest._sources for section in source(later)]

    assert any(booking.organisation in str(section) for section in sections if section.lines)
