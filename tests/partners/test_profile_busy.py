"""A partner presses a button while somebody else holds its row: nothing happens, and nothing typed is lost."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from partners.models import Consent
from partners.services import profile
from partners.views.company import BUSY
from tests.bad_input.form import page_form
from tests.klimapakt.test_admin_busy import impatiently
from tests.partners.company import browser_of, company
from tests.partners.services.test_profile import partner_of, propose
from tests.partners.test_profile_views import DATA, LOGO, OFFERS, PNG, PROFILE
from tests.races import started
from tests.rows import all_rows, difference

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def erika(pact):
    return company(listed=True)


def sent_while_held(contact, client, path, data):
    """Return the answer to what is sent while the partner is locked, and which tables have changed."""
    before = all_rows()
    with transaction.atomic():
        profile.locked(partner_of(contact))
        [future] = started(impatiently(lambda: client.post(path, data)))
        answer = future.result()
    return answer, difference(before, all_rows()).keys() - {"django_session"}


BUTTONS = {
    "withdraw": PROFILE + "zurueckziehen/",
    "no logo": LOGO + "entfernen/",
    "confirm": DATA + "bestaetigen/",
    "withdraw consent": "/mein-klimapakt/einwilligung/profile/widerrufen/",
    "give consent": "/mein-klimapakt/einwilligung/quote/erteilen/",
}


@pytest.mark.parametrize("button", BUTTONS)
def test_a_button_says_so(button, erika):
    proposal = propose(erika, text="Neu.")
    client = browser_of(erika)
    shown = client.get(DATA).context["form"]["shown"].value()

    answer, changed = sent_while_held(erika, client, BUTTONS[button], {"proposal": proposal.pk, "shown": shown})

    assert answer.status_code == 302
    assert changed == set()
    assert BUSY in client.get(answer["Location"]).content.decode()
    assert erika.organisation.consents.standing().get().purpose == Consent.Purpose.PROFILE


@pytest.mark.parametrize(("path", "field"), [(PROFILE, "text"), (OFFERS, "offers_text")])
def test_a_form_keeps_what_was_typed(path, field, erika):
    client = browser_of(erika)
    form = page_form(client, path, **{field: "Frisch getippt."})

    answer, changed = sent_while_held(erika, client, path, form.data)

    assert answer.status_code == 503
    assert changed == set()
    assert [words for words in (BUSY, "Frisch getippt.") if words not in answer.content.decode()] == []


def test_a_logo_is_asked_for_once_more(erika):
    client = browser_of(erika)
    sent = {"file": SimpleUploadedFile("logo.png", PNG), "rights": "on"}

    answer, changed = sent_while_held(erika, client, LOGO, sent)

    assert answer.status_code == 503
    assert changed == set()
    assert BUSY in answer.content.decode()
