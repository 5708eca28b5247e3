"""Buttons of the office while somebody else holds the row: they try once more, then say so, and nothing is lost."""

from threading import Event

import pytest
from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connection, transaction

from agreements import pdf
from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application, InitialPartner, Merge
from partners.services import recognising
from tests.agreements.office import page_of
from tests.agreements.test_admin_signing import ON_PAPER, SCAN, scan
from tests.factories import InitialPartnerFactory, OrganisationFactory
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


# --- Django's own pages -----------------------------------------------------------------------------------------------


def sent_while_held(row, post):
    """Send something while this thread holds a row."""
    with transaction.atomic():
        type(row)._base_manager.select_for_update(of=("self",)).get(pk=row.pk)
        [future] = started(impatiently(post))
        return future.result()


def as_shown(client, page: str) -> dict[str, str]:
    """Return what a person sends who changes nothing in a change form."""
    context = client.get(page).context
    boxes = [box for form in [context["adminform"].form, *_inlines(context)] for box in form]
    return {box.html_name: box.value() for box in boxes if box.value() is not None}


def _inlines(context) -> list:
    sets = [inline.formset for inline in context["inline_admin_formsets"]]
    return [form for one in sets for form in (one.management_form, *one.forms)]


def test_a_change_form_whose_row_stays_locked_keeps_what_was_typed(pact, office_client):
    organisation = OrganisationFactory()
    page = f"/admin/partners/organisation/{organisation.pk}/change/"
    data = as_shown(office_client, page) | {"name": "Neuer Name GmbH", "contacts-0-name": "Kim Neu"}
    before = all_rows()

    answer = sent_while_held(organisation, lambda: office_client.post(page, data))

    assert BUSY in answer.text
    assert 'value="Neuer Name GmbH"' in answer.text
    assert 'value="Kim Neu"' in answer.text
    assert difference(before, all_rows()).keys() <= {"django_session"}


def test_a_form_that_locks_while_it_is_checked_says_it_too(pact, office_client):
    agreement = agreement_in("draft")
    page = f"/admin/agreements/agreement/{agreement.pk}/change/"
    data = as_shown(office_client, page) | {"in_force_until": "31.12.2031"}

    answer = sent_while_held(agreement, lambda: office_client.post(page, data))

    assert BUSY in answer.text
    assert 'value="31.12.2031"' in answer.text


def test_a_row_that_stays_locked_is_not_deleted_and_the_page_says_so(pact, administrator, client):
    founder = InitialPartnerFactory()
    client.force_login(administrator)
    pages = {
        f"/admin/partners/initialpartner/{founder.pk}/delete/": {"post": "yes"},
        "/admin/partners/initialpartner/": {
            "action": "delete_selected",
            "_selected_action": str(founder.pk),
            "post": "yes",
        },
    }

    for page, data in pages.items():
        answer = sent_while_held(founder, lambda page=page, data=data: client.post(page, data))
        assert answer.status_code == 302, page
        assert BUSY in client.get(answer.url).text
    assert InitialPartner.objects.get() == founder
    assert not LogEntry.objects.exists()


# --- Duplicates -------------------------------------------------------------------------------------------------------


def test_saying_what_is_no_duplicate_says_so_when_it_stays_locked(in_state, office, office_client):
    application, organisation = in_state("in_review"), OrganisationFactory()
    recognising.recognise(application, organisation, take=[], by=office)
    change = f"/admin/partners/application/{application.pk}/"

    answer = sent_while_held(application, lambda: office_client.post(change + "andere-organisation/"))

    assert answer.status_code == 302
    assert BUSY in office_client.get(answer.url).text
    application.refresh_from_db()
    assert application.known_as == organisation


def test_a_comparison_keeps_its_choices_while_a_row_stays_locked(in_state, office_client):
    application, organisation = in_state("in_review"), OrganisationFactory(place="Altstadt")
    other = in_state("submitted")
    for url, differing in (
        (f"/admin/partners/application/{application.pk}/vergleichen/organisation/{organisation.pk}/", "place"),
        (f"/admin/partners/application/{application.pk}/vergleichen/application/{other.pk}/", "name"),
    ):
        form = office_client.get(url).context["form"]
        data = {box.html_name: box.value() for box in form} | {differing: "other"}

        answer = sent_while_held(application, lambda url=url, data=data: office_client.post(url, data))

        assert BUSY in answer.text, url
        assert answer.context["form"][differing].value() == "other", url
        assert 'type="submit" class="default"' in answer.text, url
    application.refresh_from_db()
    assert application.known_as is None
    assert not Merge.objects.exists()


# --- Mending and entering an application ------------------------------------------------------------------------------


def test_an_answer_that_is_mended_stays_in_its_field(in_state, office_client):
    application = in_state("in_review")
    page = path_of(application, "berichtigen/organisation")
    data = {box.html_name: box.value() or "" for box in office_client.get(page).context["form"]}

    answer = sent_while_held(application, lambda: office_client.post(page, data | {"name": "Neuer Name GmbH"}))

    assert answer.status_code == 422
    assert BUSY in answer.text
    assert 'value="Neuer Name GmbH"' in answer.text
