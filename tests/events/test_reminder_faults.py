"""Workers die while they remind: everybody who comes is reminded, and nobody twice."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from events.models import Event
from events.services import registration, reminder
from events.services.registration import Person
from events.tasks import remind
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.tasks import pump
from tests.events import unguarded
from tests.events.unguarded import KEY
from tests.factories import ContactFactory, EventFactory, PartnerFactory
from tests.killed import killable
from tests.races import at_once, together
from tests.stack import Postbox, empty_broker, process_environment

pytestmark = pytest.mark.fault

SPOILT = "tests.events.unguarded"


@pytest.fixture
def tomorrow(transactional_db, pact) -> Event:
    """An event within the day in which its guests are reminded; nobody is registered."""
    return EventFactory(published=True, title="Netzwerktreffen", starts_at=timezone.now() + timedelta(hours=20))


def come(event: Event, people: int) -> None:
    """Register so many people, long before the reminder was due; their first mails have left."""
    for _ in range(people):
        contact = ContactFactory(organisation=PartnerFactory().organisation)
        registration.register(event, Person.of_contact(contact), names=["Erika Muster"])
    event.registrations.update(accepted_at=timezone.now() - timedelta(days=9))
    event.registrations.update(seated_at=timezone.now() - timedelta(days=9))
    OutgoingMail.objects.update(status=OutgoingMail.Status.SENT, sent_at=timezone.now())


def reminders() -> Counter[str]:
    """Count the reminders in the outbox by recipient."""
    return Counter(OutgoingMail.objects.filter(kind="event_reminder").values_list("to_email", flat=True))


def once_each(event: Event) -> Counter[str]:
    return Counter(event.registrations.confirmed().values_list("email", flat=True))


# --- Killed at any line -----------------------------------------------------------------------------------------------


@pytest.fixture
def run_until() -> Iterator[Callable[[int, str], str]]:
    with killable("tests.events.killed", process_environment()) as run_until:
        yield run_until


def test_killed_at_any_line_and_run_twice_it_reminds_everybody_once(tomorrow, run_until):
    come(tomorrow, 2)
    found, line = {}, 0

    while run_until(line := line + 1, "remind") == "killed":
        written = sum(reminders().values())
        for _ in range(2):
            reminder.send_due(now=timezone.now())
        found[line] = (written, reminders())
        OutgoingMail.objects.filter(kind="event_reminder").delete()

    assert {counts for _, counts in found.values() if counts != once_each(tomorrow)} == set()
    assert [written for written, _ in found.values()] == sorted(written for written, _ in found.values())
    assert {written for written, _ in found.values()} == {0, 1, 2}
    assert reminders() == once_each(tomorrow)


# --- Real workers -----------------------------------------------------------------------------------------------------


def sweep(task: Callable, until: Callable[[], bool], seconds: float = 20) -> None:
    """Wake the worker again and again, as beat does, until it came true."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "the sweep never found it"
        task.delay()
        time.sleep(0.2)


def all_sent() -> bool:
    return not OutgoingMail.objects.exclude(status=OutgoingMail.Status.SENT).exists()


def kill_while_reminding(start, **options: str) -> None:
    """Let a worker write two reminders and die before it has committed the second."""
    dying = start("dying", app=SPOILT, DIE_AFTER="2", **options)
    remind.delay()
    assert dying.popen.wait(20) == -9
    assert sum(reminders().values()) == 1


def arrived(postbox: Postbox) -> Counter[str]:
    return Counter(mail["To"].addresses[0].addr_spec for mail in postbox.messages())


def test_a_worker_killed_between_two_people_leaves_nobody_out_and_reminds_nobody_twice(start, tomorrow, postbox):
    come(tomorrow, 4)
    kill_while_reminding(start)

    start("successor")
    for _ in range(2):
        remind.delay()
    sweep(remind, lambda: sum(reminders().values()) >= 4 and all_sent())
    time.sleep(0.5)

    assert reminders() == once_each(tomorrow)
    assert arrived(postbox) == once_each(tomorrow)
    assert all(mail["Subject"].startswith("Erinnerung: Netzwerktreffen, ") for mail in postbox.messages())


def test_without_the_key_of_each_reminder_the_successor_would_remind_twice(start, tomorrow, postbox):
    come(tomorrow, 4)
    kill_while_reminding(start, WITHOUT=KEY)

    start("successor", app=SPOILT, WITHOUT=KEY)
    remind.delay()
    sweep(remind, lambda: sum(reminders().values()) > 4)

    assert max(reminders().values()) > 1


def test_four_workers_at_once_remind_everybody_once(tomorrow):
    come(tomorrow, 5)

    given = at_once([lambda: reminder.send_due(now=timezone.now()) for _ in range(4)])

    assert sum(given) == 5
    assert reminders() == once_each(tomorrow)


def test_without_the_key_four_workers_at_once_would_double(tomorrow, monkeypatch):
    from events import mails

    monkeypatch.setattr(mails, "_key", mails._key)  # put back afterwards
    unguarded.take_the_key_out()
    monkeypatch.setattr(reminder, "who_is_due", together(reminder.who_is_due, 4))
    come(tomorrow, 5)

    at_once([lambda: reminder.send_due(now=timezone.now()) for _ in range(4)])

    assert set(reminders().values()) == {4}


def test_a_reminder_that_the_broker_forgot_comes_with_the_next_sweep(start, tomorrow, postbox):
    come(tomorrow, 1)
    remind.delay()
    empty_broker()

    start("worker")
    time.sleep(0.5)
    assert postbox.messages() == []
    remind.delay()

    [mail] = postbox.wait_for(1, subject="Erinnerung: Netzwerktreffen")
    assert "Erika Muster" in mail.get_body(("plain",)).get_content()


def test_a_sweep_for_reminders_is_part_of_the_clock():
    periods = [entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] == remind.name]

    assert len(periods) == 1
    assert periods[0] <= 300


def test_who_registers_while_no_worker_lives_gets_the_mail_after_the_restart(start, tomorrow, postbox):
    contact = ContactFactory(organisation=PartnerFactory().organisation)
    registration.register(tomorrow, Person.of_contact(contact), names=["Erika Muster"])
    empty_broker()

    start("restarted")
    sweep(pump, all_sent)

    [mail] = postbox.messages()
    assert mail["Subject"] == "Sie sind angemeldet: Netzwerktreffen"
    assert [part.get_content_type() for part in mail.walk()][-1] == "text/calendar"
