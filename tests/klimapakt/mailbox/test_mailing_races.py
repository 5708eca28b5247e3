"""Two tabs, two people, a double click at the same moment: N mails, each once. And what would happen without the guard."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from klimapakt.mailbox import mailing as services
from klimapakt.mailbox.models import Mailing, OutgoingMail
from klimapakt.states import TransitionNotAllowed
from tests.factories.mailbox import mailing_in
from tests.races import at_once
from tests.stack import Process

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

PEOPLE = 20


@pytest.fixture(autouse=True)
def nobody_sends(start: Callable[..., Process]) -> None:
    """No worker takes a mail while a test looks at it."""


def copies(number: int) -> list[Mailing]:
    """The mailing as each tab has it."""
    return [Mailing.objects.get() for _ in range(number)]


def refused(results: list[object]) -> int:
    """How many were told that somebody was quicker; everybody else got a number."""
    assert all(isinstance(result, TransitionNotAllowed | int) for result in results), results
    return sum(isinstance(result, TransitionNotAllowed) for result in results)


def unguarded(mailing: Mailing, target: str, **changes) -> None:
    """Move a state as careless code does: whatever it was."""
    kept = {name: value for name, value in changes.items() if not name.startswith(("only_", "and_"))}
    Mailing.objects.filter(pk=mailing.pk).update(status=target, **kept)


@pytest.mark.parametrize("tabs", [2, 6])
def test_preparing_at_once_writes_each_mail_once(tabs, pact):
    mailing_in("draft", people=PEOPLE)

    results = at_once([lambda one=one: services.prepare(one) for one in copies(tabs)])

    assert refused(results) == tabs - 1
    assert OutgoingMail.objects.count() == PEOPLE


def test_control_without_guard_and_key_each_person_gets_two(pact, monkeypatch):
    mailing_in("draft", people=PEOPLE)
    monkeypatch.setattr(Mailing, "_move_to", unguarded)
    monkeypatch.setattr(services, "key_of", lambda mailing, recipient: f"mailing:{uuid.uuid4()}")

    at_once([lambda one=one: services.prepare(one) for one in copies(2)])

    assert OutgoingMail.objects.count() == 2 * PEOPLE


def test_control_the_key_alone_keeps_mails_from_doubling(pact, monkeypatch):
    mailing_in("draft", people=PEOPLE)
    monkeypatch.setattr(Mailing, "_move_to", unguarded)

    at_once([lambda one=one: services.prepare(one) for one in copies(2)])

    assert OutgoingMail.objects.count() == PEOPLE


@pytest.mark.parametrize("tabs", [2, 6])
def test_releasing_at_once_releases_once(tabs, pact):
    mailing_in("prepared", people=PEOPLE).note_reading()

    results = at_once([lambda one=one: services.release(one) for one in copies(tabs)])

    assert refused(results) == tabs - 1
    assert PEOPLE in results
    assert services.progress(Mailing.objects.get()).counts == {"queued": PEOPLE}


def test_two_people_at_the_button_make_one_mailing(pact, office):
    mailing_in("prepared", people=PEOPLE).note_reading()
    address = f"/admin/mailbox/mailing/{Mailing.objects.get().pk}/senden/"
    clients = [Client() for _ in range(4)]
    for client in clients:
        client.force_login(office)

    answers = at_once([lambda client=client: client.post(address, {"when": "now"}) for client in clients])

    assert [answer.status_code for answer in answers] == [302] * 4
    assert services.progress(Mailing.objects.get()).counts == {"queued": PEOPLE}


@pytest.mark.parametrize("other", ["back_to_draft", "release"])
def test_going_back_and_releasing_at_once_end_in_one_of_both(other, pact):
    mailing_in("prepared", people=PEOPLE).note_reading()
    first, second = copies(2)

    results = at_once([lambda: services.back_to_draft(first), lambda: getattr(services, other)(second)])

    assert sum(isinstance(result, TransitionNotAllowed) for result in results) == 1, results
    counts = services.progress(Mailing.objects.get()).counts
    assert counts == ({"queued": PEOPLE} if Mailing.objects.get().status == "released" else {})


def test_of_pause_and_stop_at_once_the_stop_counts(pact):
    mailing_in("released", people=PEOPLE)
    first, second = copies(2)

    at_once([lambda: services.pause(first), lambda: services.stop(second)])

    assert services.progress(Mailing.objects.get()).counts == {"withdrawn": PEOPLE}
    assert Mailing.objects.get().status == "stopped"
