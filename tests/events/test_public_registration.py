"""The way in for everybody: the public page, the form, and the receipt."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Registration
from klimapakt.mailbox.models import OutgoingMail
from tests.factories import EventFactory
from tests.factories.events import MeetingFactory, RegistrationFactory
from tests.guarded import stamped


def form_of(event) -> str:
    return f"{event.get_absolute_url()}anmelden/"


def filled(client: Client, event, **changes: object) -> dict[str, object]:
    page = client.get(form_of(event)).content.decode()
    token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    answers = {
        "form_token": token, "name_1": "Gast Muster", "name_2": "Zweite Muster", "organisation_name": "Musterverein",
        "email": "gast@musterverein.example", "note": "Mit dem Rad", **changes,
    }  # fmt: skip
    return {name: value for name, value in answers.items() if value is not None}


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_form_leads_to_a_receipt_that_says_what_to_do(meeting, client, mails):
    response = client.post(form_of(meeting), filled(client, meeting))

    receipt = client.get(response["Location"])
    registration = Registration.objects.get()
    assert (response.status_code, response["Location"]) == (302, form_of(meeting) + "eingang/")
    assert "Bitte bestätigen Sie Ihre Adresse" in text(receipt)
    assert "gast@musterverein.example" in text(receipt)
    assert registration.is_unconfirmed
    assert (registration.names, registration.note) == (["Gast Muster", "Zweite Muster"], "Mit dem Rad")
    assert [(mail.kind, mail.to_email) for mail in mails()] == [("event_confirm", "gast@musterverein.example")]


def test_the_mail_that_asks_for_proof_holds_no_word_of_the_form(meeting, client, mails):
    client.post(form_of(meeting), filled(client, meeting, name_1="BUY NOW http://evil.example", note="EVIL"))

    [mail] = mails()
    assert "evil" not in (mail.subject + mail.body + mail.to_name).lower()
    assert "BUY" not in mail.body
    assert not mail.is_proven


def _answer(event, email: str) -> tuple[int, list[str], str]:
    client = Client()
    data = filled(client, event, email=email)
    with CaptureQueriesContext(connection) as queries:
        response = client.post(form_of(event), data)
    kinds = [re.sub(r"\d+", "n", query["sql"].partition(" ")[0]) for query in queries]
    receipt = client.get(response["Location"]).content.decode().replace(email, "ADRESSE")
    return response.status_code, kinds, re.sub(r"csrf\S+", "", receipt)


def test_known_and_unknown_addresses_get_the_same_answer_for_the_same_work(meeting, contact, join):
    registered = join(meeting, contact=contact)

    known, unknown = _answer(meeting, registered.email), _answer(meeting, "fremd@x.example")

    assert known == unknown


def test_the_same_form_sent_again_stays_one(meeting, client, mails):
    form = filled(client, meeting)

    codes = [client.post(form_of(meeting), form).status_code for _ in range(2)]

    assert codes == [302, 302]
    assert Registration.objects.count() == len(mails()) == 1


def test_the_form_is_no_mail_bomb(meeting):
    for _ in range(3):
        client = Client()
        assert client.post(form_of(meeting), filled(client, meeting)).status_code == 302
    client = Client()

    refused = client.post(form_of(meeting), filled(client, meeting, email="GAST@musterverein.example"))

    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"email"}
    assert 'value="Zweite Muster"' in refused.content.decode()
    assert OutgoingMail.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name_1": ""}, "name_1"),
        ({"name_1": "x" * 201}, "name_1"),
        ({"name_2": "x" * 100_000}, "name_2"),
        ({"email": "keine Adresse"}, "email"),
        ({"email": "a@b.example, c@d.example"}, "email"),
        ({"email": None}, "email"),
        ({"note": "x" * 1001}, "note"),
        ({"homepage": "http://spam.example"}, "__all__"),
        ({"form_token": "gefälscht"}, "form_token"),
        ({"form_token": None}, "form_token"),
    ],
)
def test_bad_input_is_said_at_its_field_and_the_rest_stays(changes, field, meeting, client):
    response = client.post(form_of(meeting), filled(client, meeting, **changes))

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert 'value="Musterverein"' in response.content.decode()
    assert "<title>Fehler: " in response.content.decode()
    assert not Registration.objects.exists()


def test_whoever_goes_back_and_mends_the_address_reads_where_the_mail_went(meeting, client, mails):
    form = filled(client, meeting, email="flasch@musterverein.example")
    client.post(form_of(meeting), form)

    receipt = client.post(form_of(meeting), form | {"email": "richtig@musterverein.example"}, follow=True)

    assert "richtig@musterverein.example" in text(receipt)
    assert [mail.to_email for mail in mails(status="queued")] == ["richtig@musterverein.example"]


def test_a_form_sent_again_reaches_no_address_more_often_than_any_other(meeting, client, mails):
    for _ in range(3):
        client.post(form_of(meeting), filled(client, meeting, email="opfer@musterverein.example"))
    form = filled(client, meeting, email="gast@musterverein.example")
    client.post(form_of(meeting), form)

    refused = client.post(form_of(meeting), form | {"email": "Opfer@musterverein.example"})

    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"email"}
    assert len(mails(to_email__iexact="opfer@musterverein.example")) == 3


def test_seats_that_became_fewer_while_somebody_typed_are_an_error_at_the_name(pact, client):
    meeting = MeetingFactory(seats_per_organisation=3)
    form = filled(client, meeting, name_3="Dritte Muster")
    meeting.seats_per_organisation = 2
    meeting.save()

    response = client.post(form_of(meeting), form)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"name_3"}


def test_more_names_than_there_are_seats_are_refused_at_the_field(meeting, client):
    response = client.post(form_of(meeting), filled(client, meeting, name_3="Dritte", name_99="Viele"))

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "name_3": ["Hier gibt es höchstens 2 Plätze. Bitte nehmen Sie diesen Namen heraus."]
    }
    assert 'value="Dritte"' in response.content.decode()
    assert not Registration.objects.exists()


def test_every_label_belongs_to_a_field_and_every_field_has_one(meeting, client):
    page = client.get(form_of(meeting)).content.decode()

    ids = set(re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', page))
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
    assert labelled <= ids
    assert {name for name in ids - labelled if "token" not in name} == set()


def test_the_form_is_not_for_search_engines(meeting, client):
    assert '<meta name="robots" content="noindex">' in client.get(form_of(meeting)).content.decode()


def test_the_receipt_belongs_to_the_browser_that_sent_the_form(meeting, client):
    client.post(form_of(meeting), filled(client, meeting))

    response = Client().get(form_of(meeting) + "eingang/")

    assert (response.status_code, response["Location"]) == (302, form_of(meeting))


# --- What the pages say -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capacity", "taken", "said"),
    [(None, 3, "Plätze sind frei"), (9, 4, "Noch 5 Plätze frei"), (5, 4, "Noch 1 Platz frei"), (4, 4, "Ausgebucht, Warteliste möglich")],
)  # fmt: skip
def test_the_page_of_an_event_says_how_many_seats_are_free(capacity, taken, said, pact, client):
    event = MeetingFactory(capacity=capacity)
    RegistrationFactory.create_batch(taken, event=event)

    response = client.get(event.get_absolute_url())

    assert said in text(response)
    assert f'href="{form_of(event)}"' in response.content.decode()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"status": "cancelled"}, "ist abgesagt"),
        ({"starts_at": timezone.now() - timedelta(days=2)}, "ist vorbei"),
        ({"starts_at": timezone.now() - timedelta(hours=1)}, "hat schon begonnen"),
        ({"registration_closes_at": timezone.now() - timedelta(hours=1)}, "Die Anmeldung ist seit"),
        ({"takes_registrations": False}, "nicht vorgesehen"),
        ({"precision": "day", "ends_at": None}, "sobald Tag und Uhrzeit feststehen"),
        ({"precision": "unknown", "starts_at": None, "ends_at": None}, "sobald Tag und Uhrzeit feststehen"),
    ],
)
def test_where_nobody_can_register_the_form_says_why_and_takes_nothing(state, said, pact, client):
    event = MeetingFactory(**state)

    looked, sent = client.get(form_of(event)), client.post(form_of(event), {"name_1": "Gast", "email": "a@x.example"})

    for response in (looked, sent):
        assert said in text(response)
        assert 'name="email"' not in response.content.decode()
    assert not Registration.objects.exists()


@pytest.mark.parametrize("state", [{"status": "cancelled"}, {"starts_at": timezone.now() - timedelta(days=2)}])
def test_the_page_of_an_event_that_is_off_or_over_offers_no_registration(state, pact, client):
    event = MeetingFactory(**state)

    assert "anmelden" not in client.get(event.get_absolute_url()).content.decode()


def test_while_no_mail_can_leave_nobody_can_register(meeting, client, pact):
    form = filled(client, meeting)
    pact.office_email = ""
    pact.save()

    response = client.post(form_of(meeting), form)

    assert "zurzeit nicht möglich" in text(response)
    assert "zurzeit nicht möglich" in text(client.get(meeting.get_absolute_url()))
    assert not Registration.objects.exists()


def test_a_full_event_offers_the_waiting_list(meeting, client):
    RegistrationFactory.create_batch(2, event=meeting)

    page = client.get(form_of(meeting))

    assert "auf die Warteliste setzen lassen" in text(page)
    assert client.post(form_of(meeting), filled(client, meeting)).status_code == 302


def test_a_draft_has_no_form(pact, client):
    event = EventFactory()

    assert client.get(form_of(event)).status_code == client.get(form_of(event) + "eingang/").status_code == 404


# --- For partners only --------------------------------------------------------------------------------------------------


@pytest.fixture
def closed_circle(pact):
    return MeetingFactory(audience="partners")


def test_an_event_for_partners_asks_for_the_invitation_and_offers_the_link(closed_circle, client):
    page, form = client.get(closed_circle.get_absolute_url()), client.get(form_of(closed_circle))

    assert "Nur mit persönlicher Einladung" in text(page)
    assert "persönlichen Link" in text(form)
    assert form.content.decode().count('name="email"') == 1
    assert 'name="name_1"' not in form.content.decode()


def test_every_address_reads_the_same_and_a_known_one_gets_its_link(closed_circle, contact, mails):
    receipts = []
    for email in (contact.email, "fremd@x.example"):
        client = Client()
        response = client.post(form_of(closed_circle), stamped("event_link", email=email))
        receipts.append(client.get(response["Location"]).content.decode().replace(email, "ADRESSE"))

    assert receipts[0] == receipts[1]
    assert "Bitte sehen Sie in Ihr Postfach" in receipts[0]
    assert [(mail.kind, mail.to_email) for mail in mails()] == [
        ("event_link", contact.email), ("event_unknown_address", "fremd@x.example"),
    ]  # fmt: skip


@pytest.mark.parametrize("known", [True, False])
def test_nobody_is_flooded_with_links(known, closed_circle, contact):
    email = contact.email if known else "fremd@x.example"

    answers = [Client().post(form_of(closed_circle), stamped("event_link", email=email)) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 422]
    assert "schon mehrere Mails" in text(answers[-1])


def test_a_name_typed_at_an_event_for_partners_registers_nobody(closed_circle, client):
    client.post(form_of(closed_circle), stamped("event_link", email="fremd@x.example", name_1="Fremd"))

    assert not Registration.objects.exists()


@pytest.mark.parametrize(("taken", "is_said"), [(0, False), (1, True)])
def test_who_would_need_more_seats_than_are_free_is_told_before(taken, is_said, meeting, client):
    RegistrationFactory.create_batch(taken, event=meeting)

    page = text(client.get(form_of(meeting)))

    assert ("Melden Sie mehr Personen an, kommen alle auf die Warteliste." in page) == is_said
