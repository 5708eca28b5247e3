"""A company sends a form while somebody else holds its application: nothing happens, and nothing typed is lost."""

import pytest
from django.db import transaction
from django.test import Client

from partners.mails.application import application_access
from partners.models import Application
from tests.factories import ApplicationFactory
from tests.filled import CHECK, CONFIRMATIONS, OVERVIEW, SEND, begin, fields_on
from tests.klimapakt.test_admin_busy import impatiently
from tests.races import started
from tests.rows import all_rows, difference
from tests.urls.table import path_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

BUSY = "Gerade speichert jemand anderes. Es ist nichts verloren. Bitte versuchen Sie es noch einmal."


def browser_of(application: Application) -> Client:
    client = Client()
    client.post(path_of(application_access(application.applicants.get())))
    return client


def sent_while_held(application: Application, client: Client, path: str, data: dict[str, object]) -> object:
    """Return the answer to a form that is sent while the row is locked."""
    with transaction.atomic():
        application.locked()
        [future] = started(impatiently(lambda: client.post(path, data)))
        return future.result()


def test_an_invitation_keeps_name_and_address(pact):
    application = ApplicationFactory()
    client = browser_of(application)
    before = all_rows()
    kim = {"name": "Kim Muster", "email": "kim@musterbaeckerei.example"}

    answer = sent_while_held(application, client, OVERVIEW + "mitwirkende/einladen/", kim)

    page = answer.content.decode()
    assert answer.status_code == 503
    assert [word for word in (BUSY, *kim.values()) if word not in page] == []
    assert difference(before, all_rows()).keys() <= {"limits_bucket"}


def test_a_sending_keeps_the_confirmations(pact):
    application = ApplicationFactory()
    client = browser_of(application)
    data = fields_on(client, CHECK) | CONFIRMATIONS
    before = all_rows()

    answer = sent_while_held(application, client, SEND, data)

    page = answer.content.decode()
    assert answer.status_code == 503
    assert BUSY in page
    assert page.count(" checked") == 3
    assert difference(before, all_rows()) == {}


def test_an_answer_keeps_its_words(in_state):
    application = in_state("query")
    client = browser_of(application)
    before = all_rows()

    name = f"answer_{application.questions.get().pk}"
    answer = sent_while_held(application, client, OVERVIEW + "antwort/", {name: "Drei Standorte."})

    assert answer.status_code == 503
    assert [word for word in (BUSY, "Drei Standorte.") if word not in answer.content.decode()] == []
    assert difference(before, all_rows()) == {}


def test_another_address_stays_in_its_field(pact):
    client = Client()
    begin(client)
    application = Application.objects.get()

    answer = sent_while_held(application, client, OVERVIEW + "adresse/", {"email": "neu@musterbaeckerei.example"})

    assert answer.status_code == 503
    assert [word for word in (BUSY, "neu@musterbaeckerei.example") if word not in answer.content.decode()] == []
