"""Whoever asks for a lost link learns nothing about which addresses are known: neither from words nor from work."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partners.services import asked_links
from tests.bad_input.form import page_form
from tests.factories import ApplicationFactory, ContactFactory, PartnerFactory
from tests.factories.interest import InterestFactory

KNOWN = ["partner@firma.example", "antrag1@firma.example", "anfrage@firma.example"]
UNKNOWN = "niemand@firma.example"


@pytest.fixture
def people(pact) -> None:
    ContactFactory(organisation=PartnerFactory().organisation, email=KNOWN[0])
    ApplicationFactory(contact_email=KNOWN[1])
    InterestFactory(email=KNOWN[2])


@pytest.fixture
def answer_to(people) -> Callable[[str], tuple]:
    """Ask for the link of an address; returns all that could tell: words, headers, and each statement."""

    def answer_to(email: str) -> tuple:
        client = Client()
        form = page_form(client, "/mitmachen/link/", email=email)
        with CaptureQueriesContext(connection) as queries:
            answer = form.send()
        # Read before the next request, which empties the log of queries.
        statements = [re.split(r"VALUES|WHERE|\"s\d+_x\d+\"", query["sql"])[0] for query in queries]
        shown = client.get(answer["Location"])
        hide = lambda text: text.replace(email, "…")
        headers = [sorted((k, v) for k, v in one.headers.items() if k != "Content-Length") for one in (answer, shown)]
        return answer.status_code, hide(answer.content.decode()), hide(shown.content.decode()), headers, statements

    return answer_to


def test_known_and_unknown_addresses_get_the_same_answer_for_the_same_work(answer_to):
    answer_to(UNKNOWN)  # what is loaded once is loaded

    unlike = [email for email in KNOWN if answer_to(email) != answer_to(f"un{email}")]

    assert unlike == []


def test_if_the_request_itself_sent_the_link_the_difference_would_be_seen(answer_to, monkeypatch):
    def ask_and_send(email: str) -> None:
        ask(email)
        asked_links.send_all()

    ask = asked_links.ask
    monkeypatch.setattr(asked_links, "ask", ask_and_send)
    answer_to(UNKNOWN)

    unlike = [email for email in KNOWN if answer_to(email) != answer_to(f"un{email}")]

    assert unlike == KNOWN
