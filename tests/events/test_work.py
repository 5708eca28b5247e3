"""What waits for the office: only what it can do something about."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.work import waiting
from tests.factories import ContactFactory
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory


@pytest.fixture
def counts(office):
    return lambda: [item.count for item in waiting(office)]


def test_an_event_with_people_who_wait_is_named_once(pact, counts):
    RegistrationFactory.create_batch(2, event=MeetingFactory(), waiting=True)
    RegistrationFactory(event=MeetingFactory())
    RegistrationFactory(event=MeetingFactory(past=True, ends_at=None), waiting=True)
    RegistrationFactory(event=MeetingFactory(status="cancelled"), waiting=True)

    assert counts() == [1, 0]


@pytest.mark.parametrize(("days", "count"), [(8, 0), (6, 1), (-1, 0)])
def test_unanswered_invitations_are_named_in_the_last_days_before_the_registration_closes(days, count, pact, counts):
    closes_at = timezone.now() + timedelta(days=days)
    event = MeetingFactory(starts_at=timezone.now() + timedelta(days=20), registration_closes_at=closes_at)
    InvitationFactory(event=event)
    InvitationFactory(event=event, declined=True)

    assert counts() == [0, count]


def test_an_organisation_of_which_somebody_answered_is_not_asked_again(pact, counts):
    event = MeetingFactory(starts_at=timezone.now() + timedelta(days=3))
    invitation = InvitationFactory(event=event)
    colleague = ContactFactory(organisation=invitation.contact.organisation, is_main=False)
    RegistrationFactory(event=event, by_contact=True, contact=colleague)

    assert counts() == [0, 0]


def test_whoever_may_not_see_registrations_is_told_nothing(pact, initial_partner_user):
    assert waiting(initial_partner_user) == []
