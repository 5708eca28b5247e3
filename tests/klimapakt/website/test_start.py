"""The start page: which of the next events ask to register."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from events.models import Event
from klimapakt.pact.models import Pact
from tests.factories import EventFactory


@pytest.fixture
def event(pact) -> Event:
    """A public event in two weeks to which anybody may come."""
    return EventFactory(published=True, title="Sommertreffen", slug="sommertreffen", takes_registrations=True)


def offers_registration() -> bool:
    caches["pages"].clear()
    page = Client().get("/").content.decode()
    assert "Sommertreffen" in page
    return '<a class="more" href="/veranstaltungen/sommertreffen/anmelden/">' in page


def test_an_event_that_is_open_to_all_offers_the_way_in(event):
    assert offers_registration()


NOT_OPEN = {
    "for partners": lambda: Event.objects.update(audience="partners"),
    "without registration": lambda: Event.objects.update(takes_registrations=False),
    "closed": lambda: Event.objects.update(registration_closes_at=timezone.now() - timedelta(hours=1)),
    "cancelled": lambda: Event.objects.update(status="cancelled"),
    "of no exact time": lambda: Event.objects.update(precision="day"),
    "no mailbox, so no proof of an address": lambda: Pact.objects.update(office_email=""),
}


@pytest.mark.parametrize("reason", NOT_OPEN)
def test_an_event_that_takes_nobody_offers_none(reason, event):
    NOT_OPEN[reason]()

    assert not offers_registration()
