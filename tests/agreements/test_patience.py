"""Somebody holds the agreement for too long: the signatory can press again, with all that was typed."""

import pytest
from django.db import transaction

from agreements.models import Agreement, Response, Signature
from tests.agreements.crowd import PAGE, Browser
from tests.events.test_registration_races import impatient
from tests.factories.agreements import agreement_in
from tests.races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("path", ["unterschreiben/", "aenderung/", "ablehnen/"])
def test_who_comes_while_the_agreement_is_held_can_try_again_with_all_that_was_typed(path, pact):
    version = agreement_in("offered").newest_version()
    browser = Browser(version)
    typed = {
        "sha256": version.sha256, "name": "Dr. Erika Muster", "function": "Geschäftsführerin", "agrees": "on",
        "code": browser.code, "text": "Bitte 50 Prozent.", "reason": "Zu teuer.",
    }  # fmt: skip

    with transaction.atomic():
        Agreement.objects.locked(version.agreement_id)
        [answer] = at_once([lambda: impatient(lambda: browser.post(PAGE + path, typed))])
    nothing = not (Signature.objects.exists() or Response.objects.exists())
    again = browser.post(PAGE + path, typed)

    kept = {"unterschreiben/": "Dr. Erika Muster", "aenderung/": "Bitte 50 Prozent.", "ablehnen/": "Zu teuer."}
    assert answer.status_code == 503
    assert "Gerade wird diese Vereinbarung von jemand anderem bearbeitet." in answer.text
    assert kept[path] in answer.text
    assert nothing
    assert again.status_code == 302
