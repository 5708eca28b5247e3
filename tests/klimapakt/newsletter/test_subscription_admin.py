"""What the office sees of those who ordered the newsletter."""

import re

import pytest
from django.utils import timezone

from klimapakt.mailbox import optout
from klimapakt.mailbox.models import Topic
from klimapakt.newsletter.models import Subscription

LIST = "/admin/newsletter/subscription/"


@pytest.fixture
def reader(pact) -> Subscription:
    return Subscription.objects.create(email="leserin@firma.example", confirmed_at=timezone.now(), text="Ja, bitte.")


def test_office_reads_who_agreed_to_what(office_client, reader):
    Subscription.objects.create(email="noch@firma.example", confirmed_at=timezone.now(), text="Ja, bitte.")
    optout.add(reader.email, Topic.NEWSLETTER)

    listed = office_client.get(LIST).content.decode()
    page = office_client.get(f"{LIST}{reader.pk}/change/").content.decode()

    assert reader.email in listed
    assert len(re.findall(r"field-ended_at[^>]*>-<", listed)) == 1  # the other one
    assert "Ja, bitte." in page
    assert '<input type="text"' not in page.partition("<main")[2]


def test_nobody_reads_an_address_that_is_not_proven(office_client, reader):
    stranger = Subscription.objects.create(email="fremd@firma.example", text="x")

    listed = office_client.get(LIST, {"q": "fremd"}).content.decode()

    assert stranger.email not in listed
    assert office_client.get(f"{LIST}{stranger.pk}/change/").status_code == 302


def test_office_forgets_whoever_asks_for_it(office_client, reader):
    office_client.post(f"{LIST}{reader.pk}/delete/", {"post": "yes"})

    assert not Subscription.objects.exists()


@pytest.mark.parametrize("rows", [1, 12])
def test_list_needs_the_same_queries_for_any_number_of_readers(
    office_client, reader, rows, django_assert_max_num_queries
):
    for number in range(rows):
        Subscription.objects.create(email=f"n{number}@firma.example", confirmed_at=timezone.now(), text="x")

    with django_assert_max_num_queries(12):
        office_client.get(LIST)
