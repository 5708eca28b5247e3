"""Colleagues, staff, and changes of an event, all at the same moment."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from events.models import Event, Invitation, Registration, Seats
from events.services import event as events
from events.services import invitation, registration, reminder
from klimapakt.locks import patiently
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible
from tests.events.crowd import TAKEN, mails, nearly_full, somebody, take, taken
from tests.factories import PartnerFactory, UserFactory
from tests.factories.events import MeetingFactory, PartnerContactFactory
from tests.factories.mailbox import bring
from tests.races import at_once, started
from tests.stack import Process

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def nobody_sends(start: Callable[..., Process]) -> None:
    """No worker takes a mail while a test looks at it."""


@pytest.fixture
def meeting(pact) -> Event:
    return nearly_full()


def test_colleagues_at_once_never_get_more_seats_than_their_organisation_has(meeting):
    organisation = PartnerFactory().organisation
    colleagues = [somebody(organisation=organisation, is_main=False) for _ in range(4)]

    given = at_once([partial(take, meeting, contact, 2) for contact in colleagues])

    assert Seats.of(meeting, organisation).own == meeting.seats_per_organisation == 4
    refused = [str(answer) for answer in given if isinstance(answer, NotPossible)]
    assert len(refused) == 2
    assert all("4 Plätze" in sentence for sentence in refused)


def test_two_of_the_staff_who_send_the_same_invitations_send_each_once(meeting, office):
    people = [somebody() for _ in range(10)]
    staff = [office, UserFactory(), office]

    given = at_once([partial(invitation.invite, meeting, people, by=by) for by in staff])

    assert sorted((invited.new, invited.already) for invited in given) == [(0, 10), (0, 10), (10, 0)]
    assert Invitation.objects.count() == 10
    assert {mail.to_email for mail in mails("event_invitation")} == {contact.email for contact in people}
    assert len(mails("event_invitation")) == 10


def test_who_asks_twice_at_once_for_the_link_is_invited_once(meeting):
    contact = PartnerContactFactory()

    given = at_once([lambda: invitation.ask_for_link(meeting, contact.email.upper()) for _ in range(2)])

    assert given == [None, None]
    assert Invitation.objects.get().contact == contact


# --- The event changes meanwhile --------------------------------------------------------------------------------------


def lower(event: Event, capacity: int, office: object) -> int:
    return events.change_event(event, {"capacity": capacity}, by=office)


def test_seats_that_are_taken_away_meanwhile_are_not_given(meeting, office):
    contact = somebody()

    with transaction.atomic():
        lower(meeting, TAKEN, office)
        [future] = started(lambda: take(meeting, contact))

    assert future.result().is_waiting
    assert taken(meeting) == TAKEN


def test_seats_that_are_given_meanwhile_are_not_taken_away(meeting, office):
    contact = somebody()

    with transaction.atomic():
        take(meeting, contact)
        [future] = started(lambda: lower(meeting, TAKEN, office))

    with pytest.raises(NotPossible, match="Es sind schon 8 Plätze vergeben"):
        future.result()
    assert Event.objects.get().capacity == 12


def test_lowered_while_a_crowd_registers_there_are_never_too_many(meeting, office):
    crowd = [somebody() for _ in range(18)]
    acts = [partial(take, meeting, contact) for contact in crowd]
    acts += [partial(lower, meeting, capacity, office) for capacity in (8, 10)]

    at_once([partial(patiently, act) for act in acts])

    event = Event.objects.get()
    assert taken(event) <= event.capacity
    free = event.capacity - taken(event)
    assert free == 0 or not event.registrations.waiting_in_order().exists()


def test_who_registers_while_it_is_called_off_is_refused(meeting, office):
    contact = somebody()

    with transaction.atomic():
        events.cancel_event(meeting, by=office)
        [future] = started(lambda: take(meeting, contact))

    with pytest.raises(NotPossible, match="Diese Veranstaltung ist abgesagt"):
        future.result()
    assert len(mails("event_cancelled")) == 2


def test_who_registered_a_moment_before_it_is_called_off_hears_of_it(meeting, office):
    contact = somebody()

    with transaction.atomic():
        take(meeting, contact)
        [future] = started(lambda: events.cancel_event(meeting, by=office))

    assert future.result() == 3
    assert contact.email in {mail.to_email for mail in mails("event_cancelled")}


def test_whose_mail_is_handed_over_while_the_cancellation_is_taken_back_hears_of_it(meeting, office):
    events.cancel_event(meeting, by=office)
    one = mails("event_cancelled")[0]
    bring(OutgoingMail.objects.filter(pk=one.pk), "in_flight")

    with transaction.atomic():
        OutgoingMail.objects.get(pk=one.pk).hand_over()
        [future] = started(lambda: events.reinstate_event(meeting, by=office))

    assert future.result() == 1
    assert [mail.to_email for mail in mails("event_reinstated")] == [one.to_email]


def test_called_off_by_two_at_once_everybody_is_told_once(meeting, office):
    given = at_once([lambda: events.cancel_event(meeting, by=office) for _ in range(2)])

    assert sorted(type(answer).__name__ for answer in given) == ["TransitionNotAllowed", "int"]
    assert len(mails("event_cancelled")) == 2


# --- The reminder is being written meanwhile --------------------------------------------------------------------------


@pytest.fixture
def reminded(pact) -> Registration:
    """Somebody who comes tomorrow and is to be reminded now."""
    event = MeetingFactory(starts_at=timezone.now() + timedelta(hours=20))
    one = take(event, somebody())
    Registration.objects.update(seated_at=timezone.now() - timedelta(days=9))
    return one


def remind() -> int:
    return reminder.send_due(now=timezone.now())


def move_a_week(one: Registration, office: object) -> None:
    event = Event.objects.get(pk=one.event_id)
    moved = {name: getattr(event, name) + timedelta(days=7) for name in ("starts_at", "ends_at")}
    events.change_event(event, moved, by=office)


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda one, office: registration.withdraw(one),
        lambda one, office: events.cancel_event(one.event, by=office),
        move_a_week,
    ],
    ids=["withdrawn", "called off", "moved"],
)
def test_whoever_needs_no_reminder_any_more_gets_none(meanwhile, reminded, office):
    with transaction.atomic():
        meanwhile(reminded, office)
        [future] = started(remind)

    assert future.result() == 0
    assert mails("event_reminder") == []


def test_a_reminder_that_was_written_a_moment_before_is_taken_back(reminded):
    with transaction.atomic():
        assert remind() == 1
        [future] = started(lambda: registration.withdraw(reminded))

    future.result()
    assert [mail.status for mail in mails("event_reminder")] == ["withdrawn"]
