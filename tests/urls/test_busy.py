"""Whatever a company sends while somebody else holds the rows: never a fault of ours, and nothing typed is lost."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from partners.services import contacts, letters, profile, prospects
from tests.klimapakt.test_admin_busy import impatiently
from tests.races import started
from tests.rows import all_rows, difference
from tests.urls.asking import filled_in
from tests.urls.opening import BEFORE, LINKS, OPENED_BY, purposes_of
from tests.urls.table import path_of, table

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

HELD = ("partners", "links", "mailbox", "uploads", "documents")
"""The tables of these apps; sessions and limits are nobody's case."""

TYPED = "Frisch getippt"
PERSON = {"name": TYPED, "email": "neu@firma.example", "is_signatory": "on"}
MORE = {
    "antrag/antwort/": {"answer_{question.pk}": TYPED},
    "antrag/mitwirkende/einladen/": {"name": TYPED},
    "angebote/": {"offers_text": TYPED, "shown": "{offers_state}"},
    "profil/": {"text": TYPED, "shown": "{profile_state}"},
    "personen/neu/": PERSON | {"shown": "{people_state}"},
    "absichtserklaerung/code/": {"sha256": "{wording.sha256}"},
    "gespraech/buchen/": {"phone": "0000 4711"},
    "profil/zurueckziehen/": {"proposal": "{proposal.pk}"},
}
"""What a page is sent beside what its row of the table sends, so that it comes as far as the rows."""


def pages(link: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the companies' pages that take something and open by this link: name, path, what is sent."""
    for route, (path, _, post, sent) in table().items():
        page = route.removeprefix(BEFORE)
        if not route.startswith(BEFORE) or page.startswith(("vereinbarung/", "veranstaltung/")):
            continue  # the others' own tests: tests/agreements/test_patience.py, tests/events
        if post["anonymous"] != "405" and OPENED_BY[page] & purposes_of(link):
            yield page, path, sent | MORE.get(page, {})


def _also_what_pages_show(things: SimpleNamespace) -> None:
    things.offers_state = profile.state_of_offers(things.partner)
    things.people_state = contacts.state_of_all(things.partner.organisation)
    things.wording = letters.wording_for(prospects.of_interest(things.interest), things.pact)


def sent_while_held(client: Client, path: str, data: dict[str, str]) -> object:
    """Return the answer to what is sent while every row of a case is held."""
    tables = ", ".join(model._meta.db_table for app in HELD for model in apps.get_app_config(app).get_models())
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
        [future] = started(impatiently(lambda: client.post(path, data)))
        return future.result()


@pytest.mark.parametrize("link", ["application", "application, not sent", "interest", "return", "partner"])
def test_a_page_that_finds_its_rows_held_says_so(link, things, open_link):
    client, wrong, busy = Client(raise_request_exception=False), {}, []
    _also_what_pages_show(things)
    open_link(client, LINKS[link](things))
    if link == "partner":
        session = client.session
        session["stepup"] = {session["links"]["partner"][0]: timezone.now().isoformat()}
        session.save()

    for page, path, sent in pages(link):
        data, before = filled_in(sent, things), all_rows()
        answer = sent_while_held(client, path.format_map(vars(things)), data)
        if answer.status_code == 503:
            busy.append(page)
        if answer.status_code >= 500 and answer.status_code != 503:
            wrong[page] = answer.status_code
        elif answer.status_code == 503 and TYPED in data.values() and TYPED not in answer.text:
            wrong[page] = "lost"
        if changed := difference(before, all_rows()).keys() - {"django_session", "limits_bucket"}:
            wrong[page] = changed

    assert wrong == {}
    assert len(busy) > {"return": 0}.get(link, 1), busy


@pytest.mark.parametrize(
    "link", ["application, not sent", "interest, not confirmed", "partner, invited by a colleague"]
)
def test_a_link_that_finds_its_rows_held_can_be_opened_again(link, things):
    client, path = Client(raise_request_exception=False), path_of(LINKS[link](things))
    before = all_rows()

    answer = sent_while_held(client, path, {})

    assert answer.status_code == 503
    assert "Noch einmal versuchen" in answer.text
    assert difference(before, all_rows()) == {}
    assert client.post(path).status_code == 302
