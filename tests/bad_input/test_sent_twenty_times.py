"""The same form sent twenty times at the same moment, over HTTP: one effect, and no fault."""

from copy import deepcopy

import pytest
from django.db import connection, models
from django.test import Client

from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application, Contact, Interest, LetterOfIntent, ProfileProposal, TalkBooking
from tests.bad_input.form import Form
from tests.partners.services.test_interest_races import without_unique
from tests.races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

TIMES = 20

MADE: dict[str, tuple[type[models.Model], str]] = {
    "StartForm": (Application, "application_started"),
    "InterestForm": (Interest, "interest_received"),
    "TalkForm": (TalkBooking, "talk_booked"),
    "LetterForm": (LetterOfIntent, "office_letter"),
    "ApplicationEntryForm": (Application, ""),
    "ProfileForm": (ProfileProposal, "office_profile"),
    "ColleagueForm": (Contact, "contact_invited"),
}
"""What a form makes, and the mail that goes with it. Each has a control run beside its service: test_*_races.py."""


def sent_at_once(form: Form) -> list[int]:
    """Send a form from as many browsers as there are times, all with the cookies of the one that opened it."""
    browsers = [Client(raise_request_exception=False) for _ in range(TIMES)]
    for browser in browsers:
        browser.cookies = deepcopy(form.client.cookies)
    answers = at_once([lambda browser=browser: browser.post(form.path, form.data) for browser in browsers])
    return [answer.status_code for answer in answers]


@pytest.mark.parametrize("name", MADE)
def test_twenty_identical_posts_at_once_have_one_effect(name, form_named):
    form = form_named(name)
    model, kind = MADE[name]
    made, mailed = model.objects.count(), OutgoingMail.objects.filter(kind=kind).count()

    codes = sent_at_once(form)

    assert set(codes) <= {302, 409, 422, 429, 503}
    assert 302 in codes
    assert model.objects.count() == made + 1
    assert OutgoingMail.objects.filter(kind=kind).count() == mailed + bool(kind)


def test_without_the_unique_token_the_office_would_enter_it_several_times(form_named):
    form = form_named("ApplicationEntryForm")
    put_back = without_unique("partners_application", "form_token")

    try:
        sent_at_once(form)

        assert Application.objects.count() > 1
    finally:
        Application.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(put_back)
