"""What other pages are told of a partner's events."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Registration
from events.profile import seats_of
from partners.services import contacts
from tests.factories import ContactFactory, EventFactory
from tests.factories.events import MeetingFactory, RegistrationFactory


def test_the_office_reads_for_which_events_somebody_who_leaves_is_registered(meeting, contact, join, mails):
    colleague = ContactFactory(organisation=contact.organisation, is_main=False, email="kim@musterbetrieb.example")
    join(meeting, seats=2, contact=contact)

    contacts.hand_over(contact, colleague, by=contact)

    [mail] = mails(kind="office_contact")
    assert f"Angemeldet für „{meeting}“ ({meeting.when}), Plätze: 2." in mail.body
    assert Registration.objects.get().is_confirmed


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("confirmed", ["Angemeldet"]),
        ("waiting", ["Auf der Warteliste"]),
        ("cancelled", []),
        ("of a colleague", []),
        ("elsewhere", []),
        ("over", []),
        ("not published", []),
    ],
)
def test_only_what_this_person_still_holds_is_told(state, told, meeting, contact):
    event, whose, traits = meeting, contact, {}
    match state:
        case "waiting" | "cancelled":
            traits = {state: True}
        case "of a colleague":
            whose = ContactFactory(organisation=contact.organisation, is_main=False, email="kim@x.example")
        case "elsewhere":
            whose = ContactFactory(email=contact.email)
        case "over":
            past = timezone.now() - timedelta(days=2)
            event = MeetingFactory(starts_at=past, ends_at=past + timedelta(hours=1))
        case "not published":
            event = EventFactory()
    RegistrationFactory(event=event, by_contact=True, contact=whose, **traits)

    assert [sentence.partition(" für ")[0] for sentence in seats_of(contact)] == told
