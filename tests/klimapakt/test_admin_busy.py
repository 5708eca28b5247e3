"""Buttons of the office while somebody else holds the row: they try once more, then say so, and nothing is lost."""

from threading import Event

import pytest
from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connection, transaction

from agreements import pdf
from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application
from tests.agreements.office import page_of
from tests.agreements.test_admin_signing import ON_PAPER, SCAN, scan
from tests.factories.agreements import agreement_in
from tests.races import started
from tests.rows import all_rows, difference

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

BUSY = "Gerade bearbeitet das jemand anderes. Es ist nichts geschehen. Bitte versuchen Sie es noch einmal."
PATIENCE = "SET SESSION lock_timeout = '300ms'"


def path_of(application: Application, button: str) -> str:
    return f"/admin/partners/application/{application.pk}/{button}/"


def impatiently(call):
    """Return the call with a connection of its own that waits for a lock for a moment only."""

    def run():
        with connection.cursor() as cursor:
            cursor.execute(PATIENCE)
        return call()

    return run


def test_what_stays_locked_is_said_and_what_was_typed_stays(in_state, office_client):
    application = in_state("in_review")
    page = path_of(application, "notiz")
    before = all_rows()

    with transaction.atomic():
        application.locked()
        [future] = started(impatiently(lambda: office_client.post(page, {"text": "Sehr nett."})))
        answer = future.result()

    assert answer.status_code == 422
    assert BUSY in answer.content.decode()
    assert "Sehr nett." in answer.content.decode()
    assert difference(before, all_rows()) == {}


def test_a_button_without_a_form_says_it_too(in_state, office_client):
    application = in_state("accepted")
    before = all_rows()

    with transaction.atomic():
        application.locked()
        page = path_of(application, "zuruecknehmen")
        [future] = started(impatiently(lambda: office_client.post(page)))
        answer = future.result()

    assert difference(before, all_rows()).keys() <= {"django_session"}
    assert answer.status_code == 302
    assert BUSY in office_client.get(answer.url).content.decode()
    assert not LogEntry.objects.exists()


def test_the_second_try_comes_through_with_all_of_the_file(pact, office_client):
    agreement = agreement_in("offered")
    mails = OutgoingMail.objects.about(agreement)
    is_refused = Event()

    def noticed(execute, *args):
        try:
            return execute(*args)
        except OperationalError:
            is_refused.set()
            raise

    def post():
        with connection.execute_wrapper(noticed):
            return office_client.post(page_of(agreement, "papier/"), {**ON_PAPER, "scan": scan()})

    with transaction.atomic():
        assert len(mails.select_for_update()) > 0  # they are called off after the scan was read
        [future] = started(impatiently(post))
        assert is_refused.wait(5)

    assert future.result().status_code == 302
    agreement.refresh_from_db()
    assert agreement.status == "in_force"
    assert bytes(pdf.signed_copy(agreement).content) == SCAN
    assert LogEntry.objects.count() == 1
