"""The limits of public forms: where they begin, whom they meet, and what a refusal leaves behind."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from events.models import Registration
from klimapakt.limits import guard
from klimapakt.limits.forms import new_token
from klimapakt.limits.models import Bucket
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.newsletter.models import Subscription
from partners.mails.application import application_access
from partners.models import Application, Interest, LinkRequest
from tests.factories import ApplicationFactory
from tests.factories.events import MeetingFactory
from tests.rows import all_rows, difference

LIMIT = 4


@pytest.fixture(autouse=True)
def _limits(settings) -> None:
    settings.FORMS_PER_ADDRESS = LIMIT
    settings.FORMS_IN_ALL = 100


@pytest.fixture
def meeting(pact):
    return MeetingFactory(slug="treffen")


def order(number: int, **options: object):
    """Order the newsletter from an address of its own kind."""
    answers = {"form_token": new_token("newsletter"), "email": f"person{number}@firma.example"}
    return Client(**options).post("/aktuelles/newsletter/", answers)


def inquire(number: int, **options: object):
    answers = {"form_token": new_token("interest"), "name": "Kim", "email": f"person{number}@firma.example"}
    return Client(**options).post("/mitmachen/interesse/", answers)


def register(number: int, **options: object):
    answers = {
        "form_token": new_token("registration"), "name_1": "Kim Muster", "email": f"person{number}@firma.example",
    }  # fmt: skip
    return Client(**options).post("/veranstaltungen/treffen/anmelden/", answers)


def ask_for_link(number: int, **options: object):
    answers = {"form_token": new_token("link_request"), "email": f"person{number}@firma.example"}
    return Client(**options).post("/mitmachen/link/", answers)


def apply(number: int, **options: object):
    answers = {
        "form_token": new_token("application"), "organisation": "Musterbäckerei GmbH", "name": "Kim",
        "email": f"person{number}@firma.example",
    }  # fmt: skip
    return Client(**options).post("/mitmachen/antrag/", answers)


FORMS = [order, inquire, register, ask_for_link, apply]


@pytest.mark.parametrize("send", FORMS)
def test_one_more_than_allowed_from_an_address_is_refused_and_does_nothing(send, meeting):
    codes = [send(number).status_code for number in range(LIMIT)]
    before = all_rows()

    response = send(LIMIT)

    assert codes == [302] * LIMIT
    assert response.status_code == 429
    assert difference(before, all_rows()) == {}
    page = response.content.decode()
    assert "kamen in der letzten Stunde sehr viele Formulare" in page
    assert f"person{LIMIT}@firma.example" in page, "what was typed stays"


@pytest.mark.parametrize("send", FORMS)
def test_after_the_time_the_address_is_free_again(send, meeting):
    for number in range(LIMIT):
        send(number)

    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1), tick=False):
        assert send(LIMIT).status_code == 302


def test_colleagues_are_not_invited_without_end(pact, open_link, client):
    open_link(client, application_access(ApplicationFactory().applicants.get()))

    codes = [
        client.post(reverse("company:invite"), {"name": "Kim", "email": f"kim{number}@firma.example"}).status_code
        for number in range(LIMIT + 1)
    ]

    assert codes == [302] * LIMIT + [429]
    assert OutgoingMail.objects.count() == LIMIT


def test_all_forms_together_count(meeting):
    codes = [send(number).status_code for number, send in enumerate([*FORMS, *FORMS])]

    assert codes == [302] * LIMIT + [429] * (2 * len(FORMS) - LIMIT)


def test_another_address_is_not_affected(meeting):
    for number in range(LIMIT + 1):
        order(number, REMOTE_ADDR="192.0.2.1")

    assert order(50, REMOTE_ADDR="192.0.2.1").status_code == 429
    assert order(51, REMOTE_ADDR="192.0.2.2").status_code == 302


def test_a_header_that_anybody_can_write_does_not_help(meeting):
    codes = [order(number, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}").status_code for number in range(LIMIT + 1)]

    assert codes == [302] * LIMIT + [429]


def test_behind_a_proxy_the_address_that_it_saw_counts(meeting, settings):
    settings.TRUSTED_PROXIES = 1
    spoofed = [
        order(number, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}, 203.0.113.9").status_code
        for number in range(LIMIT + 1)
    ]

    assert spoofed == [302] * LIMIT + [429]
    assert order(50, HTTP_X_FORWARDED_FOR="203.0.113.9, 203.0.113.10").status_code == 302


def test_whoever_has_no_address_at_all_is_counted_too(meeting):
    codes = [order(number, REMOTE_ADDR="").status_code for number in range(LIMIT + 1)]

    assert codes == [302] * LIMIT + [429]


def test_a_household_has_one_address_of_version_6(meeting):
    codes = [order(number, REMOTE_ADDR=f"2001:db8:1:2::{number + 1}").status_code for number in range(LIMIT + 1)]

    assert codes == [302] * LIMIT + [429]
    assert order(50, REMOTE_ADDR="2001:db8:1:3::1").status_code == 302


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::/64"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_whom_an_address_belongs_to(address, network):
    assert guard.network_of(address) == network


def test_one_mail_address_may_be_typed_so_often_whatever_the_form_and_from_wherever(pact):
    hosts = [f"192.0.2.{number}" for number in range(guard.FORMS_PER_MAIL + 1)]

    codes = [[inquire, ask_for_link][number % 2](7, REMOTE_ADDR=host).status_code for number, host in enumerate(hosts)]

    assert codes == [302] * guard.FORMS_PER_MAIL + [429]
    assert inquire(8, REMOTE_ADDR=hosts[0]).status_code == 302


def test_capital_letters_make_no_other_address(pact):
    request = RequestFactory().post("/")

    refusals = [guard.check(request, "probe", email) for email in ["a@b.example", "A@B.example"] * guard.FORMS_PER_MAIL]

    assert refusals.count("") == min(guard.FORMS_PER_MAIL, LIMIT)


def test_there_is_an_end_for_all_together(meeting, settings):
    settings.FORMS_IN_ALL = 6

    codes = [FORMS[number % len(FORMS)](number, REMOTE_ADDR=f"192.0.2.{number}").status_code for number in range(7)]

    assert codes == [302] * 6 + [429]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("interest", "/mitmachen/interesse/"),
        ("registration", "/veranstaltungen/treffen/anmelden/"),
        ("application", "/mitmachen/antrag/"),
    ],
)
def test_the_same_page_sent_again_counts_once(name, path, meeting):
    client = Client()
    answers = {
        "form_token": new_token(name), "name": "Kim", "name_1": "Kim", "organisation": "Muster GmbH",
        "email": "kim@firma.example",
    }  # fmt: skip

    codes = [client.post(path, answers).status_code for _ in range(LIMIT * 3)]

    assert codes == [302] * (LIMIT * 3)
    assert Interest.objects.count() + Registration.objects.count() + Application.objects.count() == 1
    assert OutgoingMail.objects.count() == 1


def test_the_same_page_with_another_mail_address_counts_again(pact):
    token = new_token("interest")

    codes = [
        Client().post(
            "/mitmachen/interesse/", {"form_token": token, "name": "Kim", "email": f"kim{number}@firma.example"}
        ).status_code
        for number in range(LIMIT + 1)
    ]  # fmt: skip

    assert codes == [302] * LIMIT + [429]


def test_a_page_whose_token_is_no_unique_row_counts_each_time(pact):
    answers = {"form_token": new_token("link_request"), "email": "kim@firma.example"}

    codes = [Client().post("/mitmachen/link/", answers).status_code for _ in range(LIMIT + 1)]

    assert codes == [302] * LIMIT + [429]
    assert LinkRequest.objects.count() == LIMIT


def test_a_form_that_was_refused_can_be_sent_once_there_is_room(pact):
    for number in range(LIMIT):
        order(number)
    answers = {"form_token": new_token("interest"), "name": "Kim", "email": "kim@firma.example"}

    refused = [Client().post("/mitmachen/interesse/", answers).status_code for _ in range(2)]
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1), tick=False):
        taken = Client().post("/mitmachen/interesse/", answers).status_code

    assert (refused, taken) == ([429, 429], 302)


def test_what_is_wrong_in_the_form_costs_nothing(pact):
    for _ in range(LIMIT * 2):
        Client().post("/aktuelles/newsletter/", {"form_token": new_token("newsletter"), "email": "keine"})

    assert not Bucket.objects.exists()
    assert order(1).status_code == 302
    assert Subscription.objects.count() == 1


def test_looking_at_forms_costs_nothing(pact):
    for path in ["/aktuelles/newsletter/", "/mitmachen/interesse/", "/mitmachen/link/", "/mitmachen/antrag/"] * 3:
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200

    assert not Bucket.objects.exists()


def test_the_counters_name_nobody(pact):
    order(1, REMOTE_ADDR="192.0.2.77")

    keys = " ".join(Bucket.objects.values_list("key", flat=True))
    assert Bucket.objects.count() == 3
    assert "192.0.2" not in keys
    assert "firma" not in keys
