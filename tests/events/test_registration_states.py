"""Every state × every action of a registration, and of an invitation, written by hand."""

from datetime import timedelta

import pytest

from events import access
from events.models import Event, Invitation, Registration
from events.services import invitation as inviting
from events.services import registration as service
from events.services.registration import Person
from events.services.seats import promote
from klimapakt.links.models import AccessLink
from klimapakt.states import NotPossible, StateMachine, TransitionNotAllowed
from tests.events.conftest import NAMES
from tests.factories.events import InvitationFactory, MeetingFactory, PartnerContactFactory, RegistrationFactory
from tests.partners.test_application_states import cells
from tests.rows import all_rows, difference

# The state of the row after the action while one seat is free; „-“: refused, and not a row has changed. Whoever
# registers otherwise while an address waits for its proof gets a row of their own.
ROOM = """
             unconfirmed  confirmed  waiting    cancelled
confirm      confirmed    -          -          -
change       -            confirmed  confirmed  -
withdraw     -            cancelled  cancelled  -
revive       unconfirmed  confirmed  waiting    confirmed
promote      unconfirmed  confirmed  confirmed  cancelled
"""

# The same while no seat is free.
FULL = """
             unconfirmed  confirmed  waiting    cancelled
confirm      waiting      -          -          -
change       -            confirmed  waiting    -
withdraw     -            cancelled  cancelled  -
revive       unconfirmed  confirmed  waiting    waiting
promote      unconfirmed  confirmed  waiting    cancelled
"""

# The same once the event is cancelled.
CANCELLED_EVENT = """
             unconfirmed  confirmed  waiting    cancelled
confirm      -            -          -          -
change       -            -          -          -
withdraw     -            -          -          -
revive       -            -          -          -
promote      unconfirmed  confirmed  waiting    cancelled
"""

# The answer after the action; „registered“ is an accepted invitation whose person has seats.
ANSWERS = """
             open       accepted   declined   registered
register     accepted   accepted   accepted   accepted
decline      declined   declined   declined   -
withdraw     -          -          -          declined
invite       open       accepted   declined   accepted
ask_for_link open       accepted   declined   accepted
"""


def _confirm(registration: Registration) -> None:
    service.confirm(
        AccessLink.issue(access.CONFIRM, registration.pk, email=registration.email, valid_for=timedelta(days=1))
    )


ACTIONS = {
    "confirm": _confirm,
    "change": lambda r: service.change(r, names=["Max Muster"], note=""),
    "withdraw": service.withdraw,
    "revive": lambda r: service.register(r.event, Person.of_registration(r), names=r.names),
    "promote": lambda r: promote(r.event, now=r.event.starts_at - timedelta(days=1)),
}


def in_state(state: str, event: Event) -> Registration:
    if state == "unconfirmed":
        return RegistrationFactory(event=event, unconfirmed=True, form_token=None)
    return RegistrationFactory(event=event, **({} if state == "confirmed" else {state: True}))


def check(action: str, state: str, expected: str, event: Event) -> None:
    """Do it and compare; a refusal changes no row."""
    registration = in_state(state, event)
    before = all_rows(without=["django_session", "links_accesslink"])
    if expected == "-":
        with pytest.raises((TransitionNotAllowed, NotPossible)):
            ACTIONS[action](registration)
        assert difference(before, all_rows(without=["django_session", "links_accesslink"])) == {}
    else:
        ACTIONS[action](registration)
        assert Registration.objects.get(pk=registration.pk).status == expected


@pytest.mark.parametrize(("action", "state", "expected"), cells(ROOM))
def test_with_a_free_seat(action, state, expected, pact):
    taken = {"confirmed": 1}.get(state, 0)

    check(action, state, expected, MeetingFactory(capacity=1 + taken))


@pytest.mark.parametrize(("action", "state", "expected"), cells(FULL))
def test_without_a_free_seat(action, state, expected, pact):
    event = MeetingFactory(capacity=2 if state == "confirmed" else 1)
    RegistrationFactory(event=event)

    check(action, state, expected, event)


@pytest.mark.parametrize(("action", "state", "expected"), cells(CANCELLED_EVENT))
def test_once_the_event_is_cancelled(action, state, expected, pact):
    check(action, state, expected, MeetingFactory(status="cancelled", capacity=2))


def test_the_tables_name_every_state():
    for table in (ROOM, FULL, CANCELLED_EVENT):
        assert {state for _, state, _ in cells(table)} == set(Registration.Status.values)


def test_no_method_moves_a_state_that_the_matrix_does_not_name():
    own = {name for name, method in vars(Registration).items() if getattr(method, "alters_data", False)}

    assert own - set(vars(StateMachine)) == {"accept", "seat", "cancel", "write_names", "write_first_names"}


@pytest.mark.parametrize(
    ("state", "method"),
    [("confirmed", "accept"), ("waiting", "accept"), ("unconfirmed", "seat"), ("confirmed", "seat"),
     ("cancelled", "seat"), ("unconfirmed", "cancel"), ("cancelled", "cancel")],
)  # fmt: skip
def test_the_row_itself_refuses_a_step_that_is_not_in_its_table(state, method, pact):
    registration = in_state(state, MeetingFactory())
    now = {"now": registration.created_at}
    arguments = {"accept": {"has_seats": True, **now}, "seat": now, "cancel": now}

    with pytest.raises(TransitionNotAllowed):
        getattr(registration, method)(**arguments[method])

    assert Registration.objects.get().status == state


def test_a_stale_copy_cannot_withdraw_twice(meeting, join):
    registration = join(meeting)
    stale = Registration.objects.get()
    service.withdraw(registration)

    with pytest.raises(TransitionNotAllowed):
        service.withdraw(stale)


ANSWERING = {
    "register": lambda i, by: service.register(i.event, Person.of_contact(i.contact), names=NAMES[:1]),
    "decline": lambda i, by: inviting.decline(i),
    "withdraw": lambda i, by: service.withdraw(i.event.registrations.get(contact=i.contact)),
    "invite": lambda i, by: inviting.invite(i.event, [i.contact], by=by),
    "ask_for_link": lambda i, by: inviting.ask_for_link(i.event, i.contact.email),
}


@pytest.mark.parametrize(("action", "state", "expected"), cells(ANSWERS))
def test_each_action_leaves_the_answer_that_the_table_says(action, state, expected, pact, office, join):
    contact = PartnerContactFactory()
    trait = {} if state in ("open", "registered") else {state: True}
    invitation = InvitationFactory(event=MeetingFactory(capacity=9), contact=contact, **trait)
    if state == "registered":
        join(invitation.event, contact=contact)
    before = Invitation.objects.get().answer

    if expected == "-":
        with pytest.raises((TransitionNotAllowed, Registration.DoesNotExist)):
            ANSWERING[action](invitation, office)
        assert Invitation.objects.get().answer == before
    else:
        ANSWERING[action](invitation, office)
        assert Invitation.objects.get().answer == expected
