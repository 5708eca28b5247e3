"""The newsletter: ordered by a form, confirmed by a mail, ended by a link."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import audiences, optout
from klimapakt.mailbox.message import build
from klimapakt.mailbox.models import OutgoingMail, Topic
from klimapakt.newsletter import services, tasks
from klimapakt.newsletter.models import Subscription
from klimapakt.pact.models import Pact
from klimapakt.states import TransitionNotAllowed
from tests.factories.mailbox import mailing_in
from tests.guarded import stamped

NEWSLETTER = "/aktuelles/newsletter/"
ERIKA = "erika@musterbaeckerei.example"


@pytest.fixture
def confirm(open_link):
    """Open the newest link to an address as a person does."""

    def confirm(email: str = ERIKA, client: Client | None = None):
        link = AccessLink.objects.filter(email=email).latest("created_at")
        return open_link(client or Client(), link)

    return confirm


@pytest.fixture
def subscribed(pact, confirm):
    services.ask(ERIKA)
    confirm()
    return Subscription.objects.get()


def recipients() -> list[str]:
    return [recipient.email for recipient in audiences.get("newsletter").recipients({})]


def test_order_asks_the_reader_of_the_address_and_nothing_more(pact, client, mails):
    response = client.post(NEWSLETTER, stamped("newsletter", email="Erika@MUSTERBAECKEREI.example"))

    receipt = client.get(response["Location"]).content.decode()
    [mail] = mails()
    assert (response.status_code, response["Location"]) == (302, f"{NEWSLETTER}eingang/")
    assert "Erika@musterbaeckerei.example" in receipt
    assert (mail.kind, mail.to_email, mail.is_proven, mail.topic) == ("newsletter_confirm", ERIKA, False, "")
    assert recipients() == []


def test_button_behind_the_link_begins_the_subscription(pact, client, confirm):
    client.post(NEWSLETTER, stamped("newsletter", email=ERIKA))

    response = confirm(client=client)

    page = client.get(response["Location"]).content.decode()
    assert "Ihre Bestellung ist bestätigt" in page
    assert recipients() == [ERIKA]


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_link_confirms_nothing(pact, client, method):
    services.ask(ERIKA)
    link = AccessLink.objects.get()

    response = getattr(client, method)(reverse("links:open", args=[link.url().rpartition("/z/")[2].strip("/")]))

    assert response.status_code == 200
    assert recipients() == []


def test_words_of_the_consent_are_kept_as_they_were_read(pact, client):
    page = client.get(NEWSLETTER).content.decode()

    client.post(NEWSLETTER, stamped("newsletter", email=ERIKA))

    text = Subscription.objects.get().text
    assert "den Newsletter vom Musterstädter Klimapakt" in text
    assert text in page


def test_link_confirms_once(pact, confirm):
    services.ask(ERIKA)
    link = AccessLink.objects.get()
    confirm()

    with pytest.raises(TransitionNotAllowed):
        services.confirm(link)


def test_spent_link_says_so(pact, confirm, client):
    services.ask(ERIKA)
    path = AccessLink.objects.get().url().partition("/z/")[2]
    confirm()

    assert client.post(f"/z/{path}").status_code == 404


def test_confirming_ends_the_other_links_too(pact, confirm):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        services.ask(ERIKA)
        clock.shift(timedelta(minutes=2))
        services.ask(ERIKA)
        confirm()

    assert AccessLink.objects.filter(revoked_at=None).count() == 0
    assert AccessLink.objects.count() == 2


def answers(email: str) -> tuple[int, str, str]:
    client = Client()
    response = client.post(NEWSLETTER, stamped("newsletter", email=email))
    return response.status_code, response["Location"], client.get(response["Location"]).content.decode()


def test_page_does_not_tell_who_gets_the_newsletter(subscribed):
    known = answers(ERIKA)
    unknown = answers("otto@musterwerk.example")

    assert known[:2] == unknown[:2]
    assert known[2].replace(ERIKA, "") == unknown[2].replace("otto@musterwerk.example", "")


def test_stranger_changes_nothing_of_a_subscription(subscribed):
    before = Subscription.objects.values().get()

    with time_machine.travel(timezone.now() + timedelta(days=1)):
        services.ask(ERIKA)

    assert Subscription.objects.values().get() == before
    assert recipients() == [ERIKA]


def test_confirming_again_keeps_the_first_confirmation(subscribed, confirm):
    before = Subscription.objects.values().get()

    with time_machine.travel(timezone.now() + timedelta(days=1)):
        services.ask(ERIKA)
        confirm()

    assert Subscription.objects.values().get() == before


def test_form_sent_twice_is_one_order_and_one_mail(pact):
    with time_machine.travel("2026-03-01 12:00:10+01:00", tick=False):
        services.ask(ERIKA)
        services.ask(ERIKA.upper())

    assert Subscription.objects.count() == 1
    assert OutgoingMail.objects.count() == 1


def test_form_is_no_mail_bomb(pact, client):
    with time_machine.travel("2026-03-01 12:00:10+01:00", tick=False) as clock:
        codes = []
        for _ in range(5):
            codes.append(client.post(NEWSLETTER, stamped("newsletter", email=ERIKA)).status_code)
            clock.shift(timedelta(minutes=5))
        clock.shift(timedelta(hours=1))
        later = client.post(NEWSLETTER, stamped("newsletter", email=ERIKA)).status_code

    assert codes == [302, 302, 302, 422, 422]
    assert later == 302
    assert OutgoingMail.objects.count() == 4


def test_limit_does_not_tell_who_gets_the_newsletter(subscribed, client):
    OutgoingMail.objects.all().delete()

    with time_machine.travel("2026-12-01 12:00:10+01:00", tick=False) as clock:
        codes = []
        for _ in range(4):
            codes.append(client.post(NEWSLETTER, stamped("newsletter", email=ERIKA)).status_code)
            clock.shift(timedelta(minutes=5))

    assert codes == [302, 302, 302, 422]


@pytest.mark.parametrize("sent", [{"email": "keine"}, {"email": ""}, {}, {"email": ERIKA, "homepage": "x"}])
def test_order_that_makes_no_sense_is_none(pact, client, sent):
    response = client.post(NEWSLETTER, stamped("newsletter", **sent))

    assert response.status_code == 422
    assert Subscription.objects.count() == OutgoingMail.objects.count() == 0


def test_without_mail_nothing_can_be_ordered(pact, client, settings):
    settings.MAIL_MODE = "held"

    assert "Zurzeit kann das Portal keine Mails senden" in client.get(NEWSLETTER).content.decode()
    assert client.post(NEWSLETTER, stamped("newsletter", email=ERIKA)).status_code == 422
    assert Subscription.objects.count() == 0


@pytest.mark.parametrize("page", ["eingang/", "bestaetigt/"])
def test_pages_after_the_order_belong_to_whoever_ordered(pact, client, page):
    assert client.get(NEWSLETTER + page)["Location"] == NEWSLETTER


def test_opting_out_ends_the_subscription(subscribed):
    optout.add(ERIKA, Topic.NEWSLETTER)

    assert recipients() == []


def test_opting_out_of_something_else_does_not(subscribed):
    optout.add(ERIKA, Topic.INVITATION)
    optout.add("otto@musterwerk.example", Topic.NEWSLETTER)

    assert recipients() == [ERIKA]


def test_asking_again_alone_does_not_bring_it_back(subscribed):
    optout.add(ERIKA, Topic.NEWSLETTER)

    services.ask(ERIKA)

    assert recipients() == []


def test_whoever_opted_out_can_order_again(subscribed, confirm):
    optout.add(ERIKA, Topic.NEWSLETTER)

    with time_machine.travel(timezone.now() + timedelta(days=30)):
        services.ask(ERIKA)
        confirm()

    again = Subscription.objects.get()
    assert recipients() == [ERIKA]
    assert again.confirmed_at - subscribed.confirmed_at > timedelta(days=29)
    assert again.asked_at - subscribed.asked_at > timedelta(days=29)


def test_unconfirmed_order_is_forgotten_with_all_that_belongs_to_it(pact, subscribed):
    services.ask("otto@musterwerk.example")
    with time_machine.travel(timezone.now() + timedelta(days=pact.delete_unconfirmed_after_days, minutes=1)):
        services.ask("neu@musterwerk.example")

        tasks.delete_unconfirmed()
        tasks.delete_unconfirmed()

    kept = {ERIKA, "neu@musterwerk.example"}
    assert set(Subscription.objects.values_list("email", flat=True)) == kept
    assert set(OutgoingMail.objects.values_list("to_email", flat=True)) == kept
    assert set(AccessLink.objects.values_list("email", flat=True)) == kept


def test_link_of_a_forgotten_order_confirms_nothing(pact, client):
    services.ask(ERIKA)
    path = AccessLink.objects.get().url().partition("/z/")[2]
    Subscription.objects.all().delete()

    assert client.post(f"/z/{path}").status_code == 404


def test_mail_says_what_happens_without_an_answer(pact, mails):
    services.ask(ERIKA)

    [mail] = mails()
    assert "löschen Ihre Adresse nach 30 Tagen" in mail.body
    assert "[persönlicher Link]" in mail.shown_body


def test_issue_reaches_subscribers_with_a_way_out(subscribed, client, mails):
    optout.add("otto@musterwerk.example", Topic.NEWSLETTER)
    mailing_in(
        "released", people=1, audience="newsletter", choices={}, subject="Ausgabe 1", body="Guten Tag,\n\nNeues."
    )

    [issue] = mails(kind="mailing")
    message = message_from_bytes(build(issue, Pact.load()), policy=default)
    [way_out] = re.findall(r"<(https?://[^>]+)>", message["List-Unsubscribe"])
    client.post(way_out.removeprefix(settings.PORTAL_BASE_URL), {"List-Unsubscribe": "One-Click"})

    assert (issue.to_email, issue.topic) == (ERIKA, Topic.NEWSLETTER)
    assert "weil Sie den Newsletter vom Musterstädter Klimapakt bestellt haben" in issue.body
    assert recipients() == []
