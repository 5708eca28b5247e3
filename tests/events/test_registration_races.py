"""Many people at the seats of one event at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from http.cookies import SimpleCookie
from itertools import batched
from random import Random
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from events.models import Event, Registration, Seats
from events.services import invitation, registration
from events.services.locking import locked
from klimapakt.links.models import AccessLink
from klimapakt.locks import patiently
from klimapakt.mailbox.models import OutgoingMail
from partners.mails.partner import partner_access
from tests.events.crowd import LAST_SEATS, TAKEN, mails, nearly_full, somebody, take, taken
from tests.events.unguarded import LOCK
from tests.events.visitor import Visitor
from tests.factories.events import MeetingFactory
from tests.races import at_once, started
from tests.stack import Process, start_web
from tests.urls.table import path_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

CROWD = 20
THREADS = 20

NAMES = ["Erika Muster", "Max Muster", "Kim Muster"]


@pytest.fixture
def meeting(pact) -> Event:
    return nearly_full()


def in_order() -> list[Registration]:
    return list(Registration.objects.order_by("accepted_at", "pk"))


# --- The last seats ---------------------------------------------------------------------------------------------------


@pytest.fixture
def start_portal() -> Iterator[Callable[..., Process]]:
    """Return a function that starts a web server of this test's own, with a thread for everybody in the crowd."""
    running: list[Process] = []

    def start_portal(**environment: str) -> Process:
        running.append(start_web("crowded", app="tests.events.unguarded", threads=CROWD, **environment))
        return running[-1]

    yield start_portal
    for web in running:
        web.kill()


def rush(portal: Process, event: Event, office: object) -> list[int]:
    """Let a crowd, each invited and each on the page of the event, press the button at once."""
    invitation.invite(event, [somebody() for _ in range(CROWD)], by=office)
    crowd = [Visitor(portal.address).opens(mail.link) for mail in mails("event_invitation")]
    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(lambda guest: guest.registers("Erika Muster"), crowd))


def test_twenty_at_once_get_the_last_five_seats_and_wait_in_their_order(start_portal, meeting, office):
    answers = rush(start_portal(), meeting, office)

    assert answers == [302] * CROWD
    assert taken(meeting) == meeting.capacity
    came = in_order()[2:]
    assert [one.is_confirmed for one in came] == [True] * LAST_SEATS + [False] * (CROWD - LAST_SEATS)
    waiting = came[LAST_SEATS:]
    assert list(meeting.registrations.waiting_in_order()) == waiting
    assert [one.place_in_row for one in waiting] == list(range(1, CROWD - LAST_SEATS + 1))
    told = {mail.to_email: mail.body for mail in mails("event_waiting")}
    assert len(mails("event_registered")) == 2 + LAST_SEATS
    assert len(told) == len(waiting)
    assert all(f"an Stelle {place}:" in told[one.email] for place, one in enumerate(waiting, start=1))


def test_without_the_lock_the_same_crowd_would_get_more_seats_than_there_are(start_portal, meeting, office):
    answers = rush(start_portal(WITHOUT=LOCK, TOGETHER=str(CROWD)), meeting, office)

    assert answers == [302] * CROWD
    assert taken(meeting) == TAKEN + CROWD > meeting.capacity


def test_the_seats_of_fifty_who_leave_go_to_fifty_who_come_and_to_who_waits(pact):
    event = MeetingFactory(capacity=60, seats_per_organisation=3)
    size = Random(20261122)
    here = [take(event, somebody(), size.randint(1, 3)) for _ in range(50)]
    coming = [somebody() for _ in range(50)]
    acts = [partial(registration.withdraw, one) for one in here]
    acts += [partial(take, event, contact, size.randint(1, 3)) for contact in coming]
    calls = [partial(patiently, act) for act in acts]
    size.shuffle(calls)
    seen = []

    def look() -> None:
        seen.append(taken(event))

    batches = [[*batch, look] for batch in batched(calls, len(calls) // THREADS)]
    refusals = at_once([lambda batch=batch: [call() for call in batch] for batch in batches])

    assert [answer for answer in refusals if isinstance(answer, Exception)] == []
    assert event.registrations.filter(status="cancelled").count() == 50
    assert event.registrations.active().count() == 50
    assert max(*seen, taken(event)) <= event.capacity
    free = Seats.of(event).free
    assert [one for one in event.registrations.waiting_in_order() if one.seats <= free] == []
    moved_up = {mail.to_email for mail in mails("event_moved_up")}
    sat_at_once = {mail.to_email for mail in mails("event_registered")}
    assert {one.email for one in event.registrations.confirmed()} <= moved_up | sat_at_once
    assert moved_up & sat_at_once == set()


# --- One person, twice ------------------------------------------------------------------------------------------------


@pytest.fixture
def tabs(meeting, open_link) -> list[Client]:
    """The same contact in two tabs, both on the page of the event: one session, and each keeps the answer it got."""
    browser = Client(raise_request_exception=False)
    open_link(browser, partner_access(somebody(email="erika@musterbaeckerei.example")))
    other = Client(raise_request_exception=False)
    other.cookies = SimpleCookie({name: cookie.value for name, cookie in browser.cookies.items()})
    return [browser, other]


PAGE = "/mein-klimapakt/veranstaltung/treffen/"


def pressed(tabs: list[Client], button: str, *typed: dict[str, str]) -> list[int]:
    """Press a button in each tab while somebody else holds the event, and let go when both wait."""
    with transaction.atomic():
        locked(Event.objects.get().pk)
        futures = started(*(
            lambda tab=tab, fields=fields: tab.post(f"{PAGE}{button}/", fields).status_code
            for tab, fields in zip(tabs, typed or [{}, {}], strict=True)
        ))  # fmt: skip
    return sorted(future.result() for future in futures)


def test_a_double_click_is_one_registration_and_one_mail(tabs):
    answers = pressed(tabs, "anmelden", {"name_1": "Erika Muster"}, {"name_1": "Erika Muster"})

    assert answers == [302, 302]
    [one] = Registration.objects.filter(email="erika@musterbaeckerei.example")
    assert one.names == ["Erika Muster"]
    assert OutgoingMail.objects.filter(to_email=one.email).count() == 1


def test_two_tabs_with_other_names_are_one_registration_and_the_second_sees_how_it_stands(tabs):
    answers = pressed(tabs, "anmelden", {"name_1": "Erika Muster"}, {"name_1": "Max Muster"})

    assert answers == [302, 302]
    [one] = Registration.objects.filter(email="erika@musterbaeckerei.example")
    assert one.seats == len(one.names) == 1
    told = ["Der Stand hat sich inzwischen geändert." in tab.get(PAGE).content.decode() for tab in tabs]
    assert sorted(told) == [False, True]
    assert OutgoingMail.objects.filter(to_email=one.email).count() == 1


def test_who_withdraws_in_two_tabs_frees_the_seat_once(tabs):
    tabs[0].post(f"{PAGE}anmelden/", {"name_1": "Erika Muster"})
    next_ones = [take(Event.objects.get(), somebody(), seats) for seats in (4, 1, 1)]

    pressed(tabs, "abmelden")

    for one in next_ones:
        one.refresh_from_db()
    assert [one.status for one in next_ones] == ["confirmed", "confirmed", "waiting"]
    assert len(mails("event_withdrawn")) == len(mails("event_moved_up")) == 1


def typed(**facts: object) -> dict[str, object]:
    return {"form_token": uuid4(), "names": NAMES[:2], "email": "erika@musterbaeckerei.example"} | facts


def proof_of(one: Registration) -> AccessLink:
    return OutgoingMail.objects.about(one).get(kind="event_confirm").link


def test_the_public_form_sent_twenty_times_at_once_is_one_registration_and_one_mail(meeting):
    form = typed()

    given = at_once([lambda: registration.submit(meeting, **form) for _ in range(CROWD)])

    asked = Registration.objects.get(status="unconfirmed")
    assert set(given) == {asked}
    assert asked.names == NAMES[:2]
    assert len(mails("event_confirm")) == 1


def test_the_proof_pressed_twice_at_once_takes_the_seats_once(meeting):
    asked = registration.submit(meeting, **typed())
    path = path_of(proof_of(asked))
    people = [Client(raise_request_exception=False) for _ in range(2)]

    with transaction.atomic():
        locked(meeting.pk)
        futures = started(*(lambda person=person: person.post(path).status_code for person in people))

    assert sorted(future.result() for future in futures) in ([302, 302], [302, 404])
    assert taken(meeting) == TAKEN + 2
    assert len(mails("event_registered")) == 2 + 1


def test_two_proofs_of_one_address_at_once_are_one_registration(meeting):
    asked = [registration.submit(meeting, **typed(names=[name])) for name in NAMES[:2]]

    given = at_once([partial(registration.confirm, proof_of(one)) for one in asked])

    assert sorted(confirmed.is_new for confirmed in given) == [False, True]
    [one] = meeting.registrations.filter(email="erika@musterbaeckerei.example")
    assert {confirmed.registration for confirmed in given} == {one}
    assert taken(meeting) == TAKEN + 1
    assert len(mails("event_registered")) == 2 + 1


def test_an_address_proven_at_the_last_moment_is_not_forgotten(meeting):
    asked = registration.submit(meeting, **typed())
    Registration.objects.filter(pk=asked.pk).update(created_at=timezone.now() - timedelta(days=31))
    link = proof_of(asked)

    with transaction.atomic():
        registration.confirm(link)
        [future] = started(registration.delete_unconfirmed)

    assert future.result() == 0
    assert Registration.objects.get(pk=asked.pk).is_confirmed


# --- Somebody holds the event for too long ----------------------------------------------------------------------------


def impatient[Answer](act: Callable[[], Answer]) -> Answer:
    """Run something that does not wait the three seconds for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("3s",)
        cursor.execute("SET lock_timeout = '100ms'")
    return act()


@pytest.mark.parametrize("button", ["anmelden", "aendern", "abmelden"])
def test_who_comes_while_the_event_is_held_for_too_long_can_try_again_with_all_that_was_typed(button, tabs):
    person = tabs[0]
    if button != "anmelden":
        person.post(f"{PAGE}anmelden/", {"name_1": "Erika Muster"})
    fields = {"name_1": "Kim Muster", "note": "Ich komme mit dem Rad."}

    with transaction.atomic():
        locked(Event.objects.get().pk)
        [answer] = at_once([lambda: impatient(lambda: person.post(f"{PAGE}{button}/", fields))])

    page = answer.content.decode()
    assert answer.status_code == 503
    assert "Bitte" in page
    assert ("Ihre Angaben sind noch da" in page) == (button != "abmelden")
    if button != "abmelden":
        assert 'value="Kim Muster"' in page
        assert "Ich komme mit dem Rad." in page
    assert not Registration.objects.filter(attendees__name="Kim Muster").exists()
    assert len(mails("event_registered")) == 2 + (button != "anmelden")


def test_a_proof_while_the_event_is_held_for_too_long_stays_good(meeting):
    asked = registration.submit(meeting, **typed())
    path = path_of(proof_of(asked))
    person = Client(raise_request_exception=False)

    with transaction.atomic():
        locked(meeting.pk)
        [answer] = at_once([lambda: impatient(lambda: person.post(path, follow=True))])
    again = person.post(path)

    assert answer.status_code in (200, 503)
    assert "Bitte öffnen Sie den Link gleich noch einmal." in answer.content.decode()
    assert again.status_code == 302
    assert Registration.objects.get(pk=asked.pk).is_confirmed
