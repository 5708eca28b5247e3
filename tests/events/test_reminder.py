"""One reminder for everybody who comes, moving with the event."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from events.models import Event, Registration
from events.services import event as changing
from events.services import registration as service
from events.services import reminder
from events.services.registration import Person
from events.tasks import remind
from klimapakt.mailbox import restored
from klimapakt.mailbox.models import MailboxState, OutgoingMail
from klimapakt.mailbox.pump import pump
from tests.factories.events import MeetingFactory, RegistrationFactory
from tests.factories.mailbox import MAY_HAVE_LEFT, bring

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 5, 11, 14, tzinfo=BERLIN)
DUE = datetime(2026, 5, 10, 14, tzinfo=BERLIN)
LONG_AGO = datetime(2026, 4, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def event(pact):
    return MeetingFactory(starts_at=START, capacity=3)


@pytest.fixture
def guest(event):
    return RegistrationFactory(event=event, accepted_at=LONG_AGO, seated_at=LONG_AGO)


def run(moment: datetime) -> int:
    """What the task does at that moment."""
    with time_machine.travel(moment, tick=False):
        return reminder.send_due(now=moment)


def reminders() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(kind="event_reminder").order_by("pk"))


def test_a_reminder_is_written_when_it_is_due_and_once(event, guest):
    assert [run(DUE - MINUTE), run(DUE), run(DUE), run(DUE + MINUTE), run(START - MINUTE)] == [0, 1, 0, 0, 0]

    [mail] = reminders()
    assert mail.to_email == guest.email
    assert mail.expires_at == START
    assert mail.key == f"event_reminder:registration:{guest.pk}:2026-05-11"


def test_only_those_who_have_seats_are_reminded(event, guest):
    for trait in ("waiting", "cancelled", "unconfirmed"):
        moments = {} if trait == "unconfirmed" else {"accepted_at": LONG_AGO}
        RegistrationFactory(event=event, **{trait: True}, **moments)

    assert run(DUE) == 1


def test_a_missed_run_catches_up_until_the_start_and_not_after(event, guest):
    assert run(START) == 0
    assert run(START + timedelta(days=1)) == 0
    assert run(START - MINUTE) == 1


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_an_event_that_does_not_take_place_reminds_nobody(status, event, guest):
    Event.objects.update(status=status)

    assert run(DUE) == 0


def test_an_event_without_reminder_reminds_nobody(event, guest):
    Event.objects.update(remind_days_before=None)

    assert run(DUE) == 0


def test_the_days_are_those_of_the_event(event, guest):
    Event.objects.update(remind_days_before=3)

    assert [run(datetime(2026, 5, 8, 13, 59, tzinfo=BERLIN)), run(datetime(2026, 5, 8, 14, tzinfo=BERLIN))] == [0, 1]


def test_whoever_registers_after_it_was_due_has_just_read_everything(event, guest, join):
    with time_machine.travel(DUE + MINUTE):
        join(event)

    assert run(DUE + timedelta(hours=1)) == 1


def test_whoever_moves_up_after_it_was_due_has_just_read_everything(event, guest, join):
    with time_machine.travel(DUE - timedelta(days=2)):
        join(event, seats=2)
        waiting = join(event)
    with time_machine.travel(DUE + MINUTE):
        service.withdraw(guest)

    assert Registration.objects.get(pk=waiting.pk).is_confirmed
    run(DUE + timedelta(hours=1))
    assert waiting.email not in [mail.to_email for mail in reminders()]


def test_whoever_withdraws_is_not_reminded_even_when_the_reminder_was_written(event, guest):
    run(DUE)
    with time_machine.travel(DUE + MINUTE):
        service.withdraw(guest)

    assert [mail.status for mail in reminders()] == ["withdrawn"]


def test_a_later_day_brings_another_reminder(event, guest, office):
    run(DUE)
    with time_machine.travel(DUE + MINUTE):
        changing.change_event(event, {"starts_at": START + timedelta(days=7), "ends_at": None}, by=office)

    assert [mail.status for mail in reminders()] == ["withdrawn"]
    assert [run(DUE + timedelta(days=7) - MINUTE), run(DUE + timedelta(days=7))] == [0, 1]


def test_a_reminder_that_left_is_followed_by_one_for_the_new_day(event, guest, office):
    run(DUE)
    OutgoingMail.objects.update(status="sent", sent_at=DUE)
    with time_machine.travel(DUE + MINUTE):
        changing.change_event(event, {"starts_at": START + timedelta(days=7), "ends_at": None}, by=office)

    assert run(DUE + timedelta(days=7)) == 1


def test_a_reminder_that_was_taken_back_is_written_again_for_a_later_hour_of_the_same_day(event, guest, office):
    run(DUE)
    with time_machine.travel(DUE + MINUTE):
        changing.change_event(event, {"starts_at": START + timedelta(hours=4), "ends_at": None}, by=office)

    later = DUE + timedelta(hours=4)
    assert [run(later - MINUTE), run(later), run(later)] == [0, 1, 0]


@pytest.mark.parametrize("state", [*MAY_HAVE_LEFT, "refused while it was taken back"])
def test_only_what_the_portal_itself_took_back_is_written_again_for_a_later_hour(state, event, guest, office):
    is_refused = state == "refused while it was taken back"
    run(DUE)
    with time_machine.travel(DUE + MINUTE):
        bring(OutgoingMail.objects.all(), "handing_over" if is_refused else state)
        changing.change_event(event, {"starts_at": START + timedelta(hours=4), "ends_at": None}, by=office)
        if is_refused:
            reminders()[0].mark_failed("Der Mailserver kennt diese Adresse nicht.")

    again = {"queued", "queued once more", "retry", "in_flight", "refused while it was taken back"}
    assert run(DUE + timedelta(hours=4)) == (state in again)


@pytest.mark.parametrize(
    ("state", "button"),
    [
        ("bounced", "erledigt"),
        ("failed", "erledigt"),
        ("queued", "zurueckziehen"),
        ("retry", "zurueckziehen"),
        ("held", "zurueckziehen"),
    ],
)
def test_a_reminder_that_the_office_took_back_or_settled_is_not_written_again(
    state, button, event, guest, office_client
):
    run(DUE)
    bring(OutgoingMail.objects.all(), state)
    [mail] = reminders()
    with time_machine.travel(DUE + MINUTE):
        office_client.post(f"/admin/mailbox/outgoingmail/{mail.pk}/{button}/")

    assert run(DUE + 5 * MINUTE) == 0
    assert [(mail.pk, mail.status) for mail in reminders()] == [(mail.pk, "withdrawn")]


def test_reminders_of_a_backup_that_the_office_discards_are_not_written_again(event, guest, office_client):
    run(DUE)
    MailboxState.load()
    MailboxState.objects.update(database="another")
    assert restored.notice()
    with time_machine.travel(DUE + MINUTE):
        office_client.post("/admin/mailbox/mailboxstate/1/verwerfen/")

    assert run(DUE + 5 * MINUTE) == 0
    assert [mail.status for mail in reminders()] == ["withdrawn"]


def test_whoever_withdrew_and_came_back_is_reminded_when_the_event_begins_later_that_day(event, guest, office):
    run(DUE)
    with time_machine.travel(DUE + MINUTE):
        service.withdraw(guest)
        person = Person(guest.name, guest.email)
        service.register(event, person, names=guest.names, by=office)
        changing.change_event(event, {"starts_at": START + timedelta(hours=4), "ends_at": None}, by=office)

    assert run(DUE + timedelta(hours=4)) == 1
    assert [mail.status for mail in reminders()] == ["queued"]


@pytest.mark.parametrize("state", ["failed", "bounced"])
def test_a_reminder_that_failed_is_settled_by_a_cancellation(state, event, guest, office):
    run(DUE)
    bring(OutgoingMail.objects.all(), state)
    with time_machine.travel(DUE + MINUTE):
        changing.cancel_event(event, by=office)

    assert [mail.status for mail in reminders()] == ["withdrawn"]


def test_a_reminder_that_left_is_not_repeated_for_a_later_hour_of_the_same_day(event, guest, office):
    run(DUE)
    OutgoingMail.objects.update(status="sent", sent_at=DUE)
    with time_machine.travel(DUE + MINUTE):
        changing.change_event(event, {"starts_at": START + timedelta(hours=4), "ends_at": None}, by=office)

    assert run(DUE + timedelta(hours=4)) == 0


def test_whoever_was_just_told_of_the_new_date_is_not_reminded_too(event, guest, office):
    with time_machine.travel(DUE - timedelta(hours=3)):
        changing.change_event(event, {"starts_at": START - timedelta(hours=6), "ends_at": None}, by=office)

    assert run(DUE) == 0
    assert [mail.kind for mail in OutgoingMail.objects.all()] == ["event_changed"]


def test_a_cancellation_takes_the_reminder_back_and_a_reinstatement_brings_it_again(event, guest, office, pact):
    pact.undo_minutes = 5
    pact.save()
    run(DUE)
    with time_machine.travel(DUE + MINUTE):
        changing.cancel_event(event, by=office)
        assert [mail.status for mail in reminders()] == ["withdrawn"]
        changing.reinstate_event(event, by=office)

    assert run(DUE + 2 * MINUTE) == 1
    assert [mail.status for mail in reminders()] == ["queued"]


def test_whoever_heard_nothing_is_reminded_though_others_were_told_of_a_cancellation(event, guest, office, pact):
    silent = RegistrationFactory(event=event, accepted_at=LONG_AGO, seated_at=LONG_AGO)
    run(DUE)
    with time_machine.travel(DUE + MINUTE):
        changing.cancel_event(event, by=office)
        OutgoingMail.objects.filter(kind="event_cancelled", to_email=guest.email).update(status="sent", sent_at=DUE)
        changing.reinstate_event(event, by=office)

    run(DUE + 2 * MINUTE)

    assert silent.email in {mail.to_email for mail in reminders() if mail.status == "queued"}


def test_when_all_were_told_that_it_takes_place_nobody_is_reminded_too(event, guest, office, pact):
    run(DUE)
    with time_machine.travel(DUE + MINUTE):
        changing.cancel_event(event, by=office)
        OutgoingMail.objects.filter(kind="event_cancelled").update(status="sent", sent_at=DUE)
        changing.reinstate_event(event, by=office)

    assert run(DUE + 2 * MINUTE) == 0


def test_an_event_that_breaks_does_not_stop_the_others(event, guest, caplog):
    other = RegistrationFactory(event=MeetingFactory(starts_at=START + MINUTE), seated_at=LONG_AGO)
    with connection.cursor() as cursor:
        broken = f"CHECK (kind <> 'event_reminder' OR about <> 'registration:{guest.pk}')"
        cursor.execute(f"ALTER TABLE mailbox_outgoingmail ADD CONSTRAINT broken {broken}")

    assert run(DUE + MINUTE) == 1

    assert [mail.to_email for mail in reminders()] == [other.email]
    assert f"event {event.pk}: its reminders wait for the next run" in caplog.text


def test_a_reminder_that_could_not_leave_in_time_never_leaves(event, guest, settings, mails):
    run(DUE)

    with time_machine.travel(START + MINUTE):
        pump()

    assert [mail.status for mail in reminders()] == ["expired"]


def test_a_change_between_looking_and_writing_is_seen(event, guest):
    stale = Registration.objects.get()
    with time_machine.travel(DUE - MINUTE):
        service.withdraw(guest)

    with time_machine.travel(DUE):
        assert not reminder._remind(stale, now=DUE)

    assert not reminders()


def test_the_task_may_run_twice(event, guest):
    with time_machine.travel(DUE):
        remind()
        remind()

    assert len(reminders()) == 1


@pytest.mark.parametrize(
    ("starts_at", "due_at"),
    [
        # The night to 29 March 2026 is an hour shorter, that to 25 October an hour longer; 14 o'clock stays 14 o'clock.
        (datetime(2026, 3, 29, 14, tzinfo=BERLIN), "2026-03-28T13:00:00+00:00"),
        (datetime(2026, 3, 30, 14, tzinfo=BERLIN), "2026-03-29T12:00:00+00:00"),
        (datetime(2026, 10, 25, 14, tzinfo=BERLIN), "2026-10-24T12:00:00+00:00"),
        (datetime(2026, 10, 26, 14, tzinfo=BERLIN), "2026-10-25T13:00:00+00:00"),
        # 2.30 on the days before: one does not exist (the clock shows 3.30), the other comes twice (the first counts).
        (datetime(2026, 3, 30, 2, 30, tzinfo=BERLIN), "2026-03-29T01:30:00+00:00"),
        (datetime(2026, 10, 26, 2, 30, tzinfo=BERLIN), "2026-10-25T00:30:00+00:00"),
    ],
)
def test_a_reminder_is_due_at_the_same_hour_of_the_day_before(starts_at, due_at, pact):
    event = MeetingFactory(starts_at=starts_at)
    RegistrationFactory(event=event, accepted_at=LONG_AGO, seated_at=LONG_AGO - timedelta(days=90))
    due = datetime.fromisoformat(due_at)

    assert event.remind_at == due
    assert [run(due - MINUTE), run(due), run(due)] == [0, 1, 0]


@pytest.mark.parametrize(
    "closes_at", [datetime(2026, 3, 29, 3, tzinfo=BERLIN), datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1)]
)
def test_the_registration_closes_at_its_moment_in_the_nights_of_the_clock_change_too(closes_at, pact):
    event = MeetingFactory(starts_at=closes_at + timedelta(days=2), registration_closes_at=closes_at)

    assert event.why_closed(now=closes_at - MINUTE) == ""
    assert "geschlossen" in event.why_closed(now=closes_at)
