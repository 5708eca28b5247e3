"""The list of mailings: where each goes on, who may look, what can be deleted."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from klimapakt.mailbox import mailing as services
from klimapakt.mailbox.models import Mailing
from tests.events.reading import text_of
from tests.factories import UserFactory
from tests.factories.mailbox import MailingFactory, mailing_in
from tests.klimapakt.mailbox.mailing_pages import LIST, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pact")]


def test_the_list_offers_to_write_a_mailing_and_says_what_one_is(office_client):
    empty = office_client.get(LIST)
    MailingFactory()
    filled = office_client.get(LIST)

    assert "Rundmail schreiben" in text_of(empty)
    assert "Rundmail hinzufügen" not in text_of(empty)
    assert "Hier ist noch nichts. Eine Rundmail ist ein Text an viele" in text_of(empty)
    assert "Hier ist noch nichts." not in text_of(filled)


@pytest.mark.parametrize("rest", ["text/", "mails/{}/"])
def test_the_browser_cuts_nothing_of_a_text_that_is_pasted(rest, office_client):
    mailing = mailing_in("prepared" if "mails" in rest else "draft")
    first = mailing.mails.first()

    page = office_client.get(page_of(mailing, rest.format(first and first.pk))).content.decode()

    [text] = re.findall(r'<textarea name="body"[^>]*>', page)
    assert "maxlength" not in text


def test_a_copy_is_a_new_draft(office_client):
    mailing = mailing_in("released")
    address = page_of(mailing, "kopieren/")
    token = office_client.get(address).context["form"]["token"].value()

    answers = [office_client.post(address, {"token": token}) for _ in range(2)]

    copy = Mailing.objects.exclude(pk=mailing.pk).get()
    assert [answer.url for answer in answers] == [page_of(copy, "empfaenger/")] * 2
    assert (copy.status, copy.body) == ("draft", mailing.body)


@pytest.mark.parametrize(
    ("state", "rest"),
    [
        ("draft", "text/"),
        ("prepared", "lesen/"),
        ("released", "verlauf/"),
        ("paused", "verlauf/"),
        ("stopped", "verlauf/"),
    ],
)
def test_a_mailing_opens_where_it_stands(state, rest, office_client):
    mailing = mailing_in(state)

    assert office_client.get(page_of(mailing, "change/")).url == page_of(mailing, rest)


def test_the_list_shows_how_each_mailing_stands(office_client, django_assert_max_num_queries):
    mailing_in("released")
    planned = mailing_in("prepared", people=1)
    planned.note_reading()
    services.release(planned, send_at=timezone.now() + timedelta(days=2))
    MailingFactory(subject="")

    with django_assert_max_num_queries(12):
        page = text_of(office_client.get(LIST))

    assert "wird gesendet 2 0 0" in page
    assert "geplant für" in page
    assert "Rundmail ohne Betreff" in page


def test_only_a_draft_can_be_deleted(administrator):
    client = Client()
    client.force_login(administrator)
    draft, prepared = MailingFactory(), mailing_in("prepared")

    codes = [client.post(page_of(one, "delete/"), {"post": "yes"}).status_code for one in (draft, prepared)]

    assert codes == [302, 403]
    assert list(Mailing.objects.all()) == [prepared]


def test_who_may_not_see_mailings_sees_none(initial_partner_user):
    client, mailing = Client(), mailing_in("prepared", people=1)
    client.force_login(initial_partner_user)
    mail = mailing.mails.get()
    routes = ["", "kreis/", "empfaenger/", "text/", "text/ansicht/1/", "lesen/", f"mails/{mail.pk}/",
              "senden/", "verlauf/", "zurueck/", "kopieren/", "change/"]  # fmt: skip

    codes = {route: client.get(page_of(mailing, route)).status_code for route in routes[1:]}

    assert set(codes.values()) == {403}, codes
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    for route in ("probe/", f"mails/{mail.pk}/streichen/", "lesen/", "senden/"):
        assert client.post(page_of(mailing, route)).status_code == 403


def test_who_may_only_look_sees_the_progress_without_buttons():
    from django.contrib.auth.models import Permission

    reader, client, mailing = UserFactory(), Client(), mailing_in("released")
    reader.user_permissions.add(Permission.objects.get(codename="view_mailing"))
    client.force_login(reader)

    answer = client.get(page_of(mailing, "change/"), follow=True)

    assert "0 von 2 Mails gesendet." in text_of(answer)
    assert "unterbrechen/" not in answer.content.decode()
    assert client.post(page_of(mailing, "stoppen/")).status_code == 403
    assert Mailing.objects.get().status == "released"
