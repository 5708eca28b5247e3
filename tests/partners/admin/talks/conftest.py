"""The office's pages about times for talks, while companies can book online."""

from datetime import timedelta

import pytest
from django.utils import timezone

from partners.models import TalkSlot

LIST = "/admin/partners/talkslot/"


@pytest.fixture
def pact(pact):
    pact.books_talks_online = True
    pact.save()
    return pact


def in_the_past(booking):
    TalkSlot.objects.filter(pk=booking.slot_id).update(
        starts_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now() - timedelta(hours=1)
    )
    return TalkSlot.objects.get(pk=booking.slot_id)
