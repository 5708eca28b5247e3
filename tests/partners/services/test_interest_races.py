"""Several clicks on one inquiry, or on one wish for a link, at the same moment."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application, Interest, LinkRequest
from partners.services import asked_links, interest
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.interest import InterestFactory
from tests.guarded import stamped
from tests.partners.services.test_interest import ask, link_of
from tests.races import at_once, started

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

SENDERS = 20


def without_unique(table: str, column: str) -> str:
    """Take away the constraint that makes a form once; returns the statement that puts it back."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
        [name] = [n for n, c in constraints.items() if c["unique"] and c["columns"] == [column]]
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    return f'ALTER TABLE {table} ADD CONSTRAINT "{name}" UNIQUE ({column})'


def test_twenty_identical_posts_at_once_are_one_inquiry_and_one_mail(pact, settings):
    settings.FORMS_PER_ADDRESS = 3
    answers = stamped("interest", name="Ida", email="ida@musterverein.example")

    codes = at_once([lambda: Client().post("/mitmachen/interesse/", answers).status_code] * SENDERS)

    assert codes == [302] * SENDERS
    assert Interest.objects.count() == OutgoingMail.objects.count() == 1


def test_without_the_unique_token_they_would_be_more(pact):
    token, put_back = uuid4(), without_unique("partners_interest", "form_token")

    try:
        at_once([lambda: ask(form_token=token)] * SENDERS)

        assert Interest.objects.count() > 1
    finally:
        Interest.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(put_back)


def test_of_different_forms_at_once_no_more_get_in_than_the_limit_allows(pact, settings):
    settings.FORMS_PER_ADDRESS = 5
    forms = [stamped("interest", name="Ida", email=f"ida{number}@firma.example") for number in range(SENDERS)]

    codes = at_once([lambda form=form: Client().post("/mitmachen/interesse/", form).status_code for form in forms])

    assert sorted(codes) == [302] * 5 + [429] * 15
    assert Interest.objects.count() == OutgoingMail.objects.count() == 5


def test_the_application_is_begun_once_however_often_it_is_pressed(pact):
    one = InterestFactory()

    people = at_once([lambda: interest.begin_application(one)] * 8)

    assert len(set(people)) == 1
    assert Application.objects.count() == 1
    assert OutgoingMail.objects.filter(kind="application_link").count() == 1


def test_an_inquiry_proven_at_the_last_moment_is_not_forgotten(pact):
    one = ask()
    Interest.objects.update(created_at=timezone.now() - timedelta(days=31))

    with transaction.atomic():
        interest.confirm(link_of(one))
        [future] = started(lambda: interest.delete_unconfirmed(now=timezone.now()))

    assert future.result() == 0
    assert Interest.objects.readable().get() == one


def test_two_workers_send_an_asked_link_once(pact):
    ContactFactory(organisation=PartnerFactory().organisation, email="max@musterbetrieb.example")
    for _ in range(3):
        LinkRequest.objects.create(email="max@musterbetrieb.example")

    sent = at_once([asked_links.send_all] * 4)

    assert sum(sent) == 3
    assert OutgoingMail.objects.filter(kind="link_asked").count() == 3
    assert not LinkRequest.objects.exists()
