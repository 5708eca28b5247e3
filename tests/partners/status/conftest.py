"""Browsers on the page of an application that was sent."""

import pytest
from django.test import Client

from partners.mails.application import application_access
from partners.models import Application
from partners.services import questions
from partners.services.questions import Asked

PAGE = "/mein-klimapakt/antrag/"


@pytest.fixture
def enter(open_link):
    """Return the browser of a person of an application: its first one unless said otherwise."""

    def enter(application: Application, person: object = None) -> Client:
        client = Client()
        open_link(client, application_access(person or application.applicants.first()))
        return client

    return enter


@pytest.fixture
def asked(in_state, office):
    """An application with one question about nothing in particular and one about the sector."""
    application = in_state("in_review")
    questions.ask(application, [Asked("Wie viele Standorte?"), Asked("Eher Handel?", "sector")], by=office)
    return application


def shown(client: Client) -> str:
    return client.get(PAGE).content.decode()
