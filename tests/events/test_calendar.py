"""Calendar files: in the feed, on the page, and in mails."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
from django.utils import timezone

from events.models import Event
from events.services import event as changing
from events.services import registration as service
from klimapakt.mailbox import message
from klimapakt.mailbox.models import OutgoingMail
from tests.events.conftest import NAMES
from tests.factories import EventFactory
from tests.factories.events import MeetingFactory, PartnerContactFactory

FEED = "/veranstaltungen/kalender.ics"
BERLIN = ZoneInfo("Europe/Berlin")


def entries(content: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(content).walk("VEVENT"))


def unfolded(content: bytes) -> str:
    return content.decode().replace("\r\n ", "")


@pytest.fixture
def feed(client, pact):
    return lambda: client.get(FEED).content


@pytest.fixture
def files():
    """Return the calendar files that one person was sent, oldest first, as (method, file)."""

    def files(email: str) -> list[tuple[str, bytes]]:
        mails = OutgoingMail.objects.filter(to_email=email).order_by("pk")
        return [
            (re.search(r"method=(\w+)", file.content_type)[1], bytes(file.content))
            for mail in mails
            for file in mail.attachments.all()
        ]

    return files


def test_one_event_has_one_uid_in_feed_page_and_mail(meeting, join, feed, client, files):
    registration = join(meeting)

    found = [
        feed(),
        client.get(f"/veranstaltungen/{meeting.slug}/termin.ics").content,
        *(content for _, content in files(registration.email)),
    ]

    assert len(found) == 3
    assert {str(entry["UID"]) for content in found for entry in entries(content)} == {str(meeting.uid)}


def test_a_request_names_office_and_guest_and_asks_for_no_answer(meeting, join, files, pact):
    registration = join(meeting)

    [(method, content)] = files(registration.email)
    [entry] = entries(content)

    assert method == icalendar.Calendar.from_ical(content)["METHOD"] == "REQUEST"
    assert entry["ORGANIZER"] == f"mailto:{pact.office_email}"
    assert entry["ATTENDEE"] == f"mailto:{registration.email}"
    assert entry["ATTENDEE"].params["RSVP"] == "FALSE"
    assert entry["STATUS"] == "CONFIRMED"
    assert entry["LOCATION"] == meeting.venue


def test_each_later_file_has_the_higher_number(meeting, contact, join, office, files):
    """Registered, moved, withdrawn, back again, called off, on again."""
    registration = join(meeting, contact=contact)
    changing.change_event(meeting, {"venue": "Rathaus"}, by=office)
    service.withdraw(registration)
    join(meeting, contact=contact)
    changing.cancel_event(meeting, by=office)
    OutgoingMail.objects.update(status="sent", sent_at=timezone.now())
    changing.reinstate_event(meeting, by=office)

    sent = files(contact.email)
    numbers = [int(entries(content)[0]["SEQUENCE"]) for _, content in sent]
    assert [method for method, _ in sent] == ["REQUEST", "REQUEST", "CANCEL", "REQUEST", "CANCEL", "REQUEST"]
    assert numbers == sorted(set(numbers))


def test_whoever_moves_up_after_coming_back_gets_a_higher_number_than_the_cancel(meeting, contact, join, office, files):
    first = join(meeting, contact=contact)
    join(meeting)
    service.withdraw(first)
    join(meeting)
    assert join(meeting, contact=contact).is_waiting

    changing.change_event(meeting, {"capacity": 3}, by=office)

    numbers = [int(entries(content)[0]["SEQUENCE"]) for _, content in files(contact.email)]
    assert len(numbers) == 3
    assert numbers == sorted(set(numbers))


def test_a_cancel_takes_the_entry_of_the_one_who_withdrew_and_the_feed_keeps_it(meeting, join, feed, files):
    registration = join(meeting)
    service.withdraw(registration)

    method, content = files(registration.email)[-1]
    [entry] = entries(content)
    assert (method, entry["STATUS"]) == ("CANCEL", "CANCELLED")
    assert str(entry["UID"]) == str(meeting.uid)
    assert entries(feed())[0]["STATUS"] == "CONFIRMED"


def test_whoever_leaves_the_waiting_list_gets_no_file(meeting, join, files):
    join(meeting, seats=2)
    waiting = join(meeting)
    service.withdraw(waiting)

    assert files(waiting.email) == []


def test_the_feed_says_that_an_event_is_cancelled(pact, feed):
    event = EventFactory(status="cancelled", title="Treffen")

    [entry] = entries(feed())

    assert (str(entry["UID"]), entry["STATUS"], str(entry["SUMMARY"])) == (
        str(event.uid), "CANCELLED", "Abgesagt: Treffen",
    )  # fmt: skip


def test_the_feed_has_what_comes_and_what_was_this_year(pact, feed):
    shown = [
        EventFactory(published=True),
        EventFactory(published=True, past=True),
        EventFactory(published=True, precision="day", starts_at=datetime(2030, 5, 4, tzinfo=BERLIN)),
    ]
    EventFactory()
    EventFactory(published=True, month_only=True)
    EventFactory(published=True, undated=True)
    EventFactory(published=True, starts_at=timezone.now() - timedelta(days=400))

    assert {str(entry["UID"]) for entry in entries(feed())} == {str(event.uid) for event in shown}


def test_an_event_of_which_only_the_day_is_known_lasts_all_day(pact, feed):
    EventFactory(published=True, precision="day", starts_at=datetime(2030, 5, 4, tzinfo=BERLIN))

    [entry] = entries(feed())

    assert entry["DTSTART"].dt == date(2030, 5, 4)
    assert "DTEND" not in entry


def test_an_empty_feed_is_a_calendar(feed, pact):
    assert icalendar.Calendar.from_ical(feed())["METHOD"] == "PUBLISH"
    assert entries(feed()) == []


NIGHTS = [
    # Summer time begins on 29 March 2026 at 2 (there is no 2.30) and ends on 25 October at 3 (2.30 comes twice).
    (datetime(2026, 3, 28, 14, tzinfo=BERLIN), "2026-03-28T13:00:00"),
    (datetime(2026, 3, 29, 1, 59, tzinfo=BERLIN), "2026-03-29T00:59:00"),
    (datetime(2026, 3, 29, 3, tzinfo=BERLIN), "2026-03-29T01:00:00"),
    (datetime(2026, 3, 30, 14, tzinfo=BERLIN), "2026-03-30T12:00:00"),
    (datetime(2026, 10, 24, 14, tzinfo=BERLIN), "2026-10-24T12:00:00"),
    (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN), "2026-10-25T00:30:00"),
    (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1), "2026-10-25T01:30:00"),
    (datetime(2026, 10, 25, 3, tzinfo=BERLIN), "2026-10-25T02:00:00"),
    (datetime(2026, 10, 26, 14, tzinfo=BERLIN), "2026-10-26T13:00:00"),
]


@time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC))
@pytest.mark.parametrize(("starts_at", "utc"), NIGHTS)
def test_the_time_in_the_file_is_the_moment_it_starts(starts_at, utc, pact, feed):
    EventFactory(published=True, starts_at=starts_at)

    content = feed()

    [entry] = entries(content)
    assert entry["DTSTART"].dt.astimezone(UTC).isoformat() == f"{utc}+00:00"
    assert _offset_by_the_files_own_zone(content, entry) == starts_at.utcoffset()


def _offset_by_the_files_own_zone(content: bytes, entry: icalendar.Event) -> timedelta:
    """Read the VTIMEZONE of the file as a calendar without a table of time zones would."""
    start = entry["DTSTART"].dt
    if start.utcoffset() == timedelta():
        return start.astimezone(BERLIN).utcoffset()
    [zone] = icalendar.Calendar.from_ical(content).walk("VTIMEZONE")
    assert str(zone["TZID"]) == "Europe/Berlin"
    return start.replace(tzinfo=zone.to_tz(lookup_tzid=False)).utcoffset()


def test_the_time_zone_is_told_for_these_days_only(meeting, feed):
    text = unfolded(feed())

    assert text.count("BEGIN:VTIMEZONE") == 1
    assert "COMMENT" not in text
    assert text.count("BEGIN:STANDARD") + text.count("BEGIN:DAYLIGHT") <= 3
    assert "1970" not in text


HOSTILE = 'Treffen; mit, allem\nBEGIN:VALARM\r\nTRIGGER:-PT1M "und" \\ mehr äöüß 😀 ' + "lang " * 30


def test_hostile_words_stay_words(pact, feed):
    event = MeetingFactory()
    Event.objects.update(title=HOSTILE[:200], venue=HOSTILE[:200], teaser=HOSTILE[:300])

    content = feed()

    [entry] = entries(content)
    assert str(entry["SUMMARY"]) == HOSTILE[:200].replace("\r\n", "\n")
    assert not list(icalendar.Calendar.from_ical(content).walk("VALARM"))
    assert event.get_absolute_url() in unfolded(content)


def test_hostile_names_stay_names(pact, files):
    name = 'Erika "die Große"; Muster, BEGIN:VALARM ' + "ß" * 60
    contact = PartnerContactFactory(name=name)
    pact.name = 'Pakt "der" Stadt; CN=x:mailto:y@evil.example'
    pact.save()
    service.register(MeetingFactory(), service.Person.of_contact(contact), names=[name])

    [(_, content)] = files(contact.email)

    [entry] = entries(content)
    assert entry["ORGANIZER"] == f"mailto:{pact.office_email}"
    assert entry["ATTENDEE"] == f"mailto:{contact.email}"
    assert "evil" not in str(entry["ORGANIZER"])


def test_lines_are_folded_at_75_bytes(pact, feed):
    MeetingFactory(title="ü" * 200, teaser="😀" * 300)

    lines = feed().split(b"\r\n")

    assert max(len(line) for line in lines) <= 75
    assert all(line.decode() or True for line in lines)  # no letter is cut in two


def test_no_file_holds_a_personal_link(meeting, join, feed, files, client):
    registration = join(meeting)
    service.change(registration, names=NAMES[:2], note="")

    found = [feed(), *(content for _, content in files(registration.email))]

    for content in found:
        assert "/z/" not in unfolded(content)
        assert "\ue000" not in unfolded(content)
        assert f"/veranstaltungen/{meeting.slug}/" in unfolded(content)


def test_the_feed_names_nobody(meeting, join, feed):
    registration = join(meeting)

    text = unfolded(feed())

    assert registration.email not in text
    assert "ATTENDEE" not in text
    assert NAMES[0] not in text


def test_the_mail_carries_the_file_as_a_calendar(meeting, join, pact):
    join(meeting)

    content = message.build(OutgoingMail.objects.get(), pact).decode()

    assert re.search(r'Content-Type: text/calendar;[\s\S]{0,40}method="?REQUEST"?', content)
    assert 'filename="termin.ics"' in content


def test_an_event_without_a_day_has_no_file(pact, client):
    event = EventFactory(published=True, undated=True)

    assert client.get(f"/veranstaltungen/{event.slug}/termin.ics").status_code == 404
    assert client.get(f"/veranstaltungen/{EventFactory().slug}/termin.ics").status_code == 404
