"""Browsers of people who fill in one application."""

import pytest
from django.test import Client

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from tests.filled import OVERVIEW, begin
from tests.urls.table import path_of

PEOPLE = OVERVIEW + "mitwirkende/"


def mailed_link(kind: str = "application_started") -> AccessLink:
    return OutgoingMail.objects.filter(kind=kind).latest("pk").link


@pytest.fixture
def company(pact, client) -> Client:
    """A browser that has begun an application; the address is not proven."""
    begin(client)
    return client


@pytest.fixture
def proven(company) -> Client:
    company.post(path_of(mailed_link()))
    return company


@pytest.fixture
def colleague(proven) -> Client:
    """Kim's browser, on the same application."""
    proven.post(PEOPLE + "einladen/", {"name": "Kim Muster", "email": "kim@musterbaeckerei.example"})
    other = Client()
    other.post(path_of(mailed_link("application_invited")))
    return other
