"""The office and the companies that are interested: what is next, what the buttons say and do."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from klimapakt import worklist
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from partners.admin.interest import ACTIONS
from partners.models import Application, Interest
from partners.services import interest as service
from tests.factories import UserFactory
from tests.factories.interest import InterestFactory
from tests.partners.admin.office import filled
from tests.partners.services.test_interest import booked

LIST = "/admin/partners/interest/"


def page_of(one: Interest, button: str = "change") -> str:
    return f"{LIST}{one.pk}/{button}/"


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def press(client: Client, one: Interest, button: str, **typed: str) -> str:
    """Read what the button says and press it; returns what it said."""
    said = text(client.get(page_of(one, button)))
    assert client.post(page_of(one, button), typed).status_code == 302
    one.refresh_from_db()
    return said


def test_an_unproven_inquiry_is_nobodys_business(pact, office_client):
    unproven = InterestFactory(unconfirmed=True, organisation="Verschwiegen GmbH")

    assert "Verschwiegen" not in text(office_client.get(LIST))
    assert office_client.get(page_of(unproven)).status_code == 302
    assert office_client.get(page_of(unproven, "antworten")).status_code == 404


def next_of(client: Client, one: Interest) -> str:
    """Return what the list and the page say is next."""
    page = text(client.get(page_of(one)))
    [said] = re.findall(r"Als Nächstes:</span> <strong>([^<]*)</strong>", page)  # spaces of any kind are one
    assert said in text(client.get(LIST))
    return said


def test_the_list_says_what_is_next(pact, office, office_client):
    one = InterestFactory()
    assert next_of(office_client, one) == "Antworten"

    Interest.objects.update(wants_talk=True)
    assert next_of(office_client, one) == "Antworten und Gespräch vereinbaren"

    service.answer(one, "Nichts.", by=office)
    assert next_of(office_client, one) == "beantwortet, das Unternehmen ist am Zug"

    service.follow_up(one, timezone.localdate() + timedelta(days=1), by=office)
    assert next_of(office_client, one).startswith("Wiedervorlage am ")

    talk = booked(one)
    assert next_of(office_client, one) == " ".join(f"Gespräch führen: {talk.slot}".split())

    person = service.begin_application(one)
    assert next_of(office_client, one) == "Unternehmen füllt den Antrag aus"

    Application.objects.filter(pk=person.application_id).update(
        status="submitted", sent_at=timezone.now(), confirmed_at=timezone.now()
    )
    assert next_of(office_client, one) == "Antrag ist eingegangen"

    one.refresh_from_db()
    service.close(one, "Antrag gestellt", by=office)
    assert next_of(office_client, one) == "nichts mehr: Antrag gestellt"


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ("antwort", {"neu", "liegt", "mit Gespräch"}),
        ("gespraech", {"mit Gespräch"}),
        ("wiedervorlage", {"fällig"}),
        ("liegt", {"liegt"}),
        ("tisch", {"meine"}),
        ("offen", {"neu", "liegt", "fällig", "meine", "mit Gespräch"}),
        ("abgeschlossen", {"abgeschlossen"}),
    ],
)
def test_the_filter_finds_what_stands_open(chosen, found, pact, office, office_client):
    now = timezone.now()
    InterestFactory(organisation="neu")
    InterestFactory(organisation="liegt", touched_at=now - timedelta(days=15))
    InterestFactory(organisation="fällig", answered_at=now, follow_up_on=timezone.localdate())
    InterestFactory(organisation="meine", answered_at=now, assigned_to=office)
    InterestFactory(organisation="abgeschlossen", closed=True)
    booked(InterestFactory(organisation="mit Gespräch"))

    response = office_client.get(f"{LIST}?ansteht={chosen}")

    assert {str(one) for one in response.context["cl"].result_list} == found


def test_an_answer_says_before_what_happens_and_then_leaves(pact, office_client, mails):
    one = InterestFactory(question="Was kostet uns das?")
    page = page_of(one, "antworten")
    said = text(office_client.get(page))
    assert one.email in said
    assert "per Mail" in said
    assert "Was kostet uns das?" in said

    preview = office_client.post(page, {"text": "Die Teilnahme kostet nichts."})
    assert mails(kind="interest_answer") == []
    assert office_client.post(page, filled(preview)).status_code == 302

    [mail] = mails(kind="interest_answer")
    assert mail.subject == preview.context["form"].preview[0]
    assert ["Die Teilnahme kostet nichts." in words for words in (mail.body, preview.context["form"].preview[1])] == [
        True
    ] * 2
    assert "Ihre Frage war:\n\nWas kostet uns das?" in mail.body
    assert "Anfrage per Mail beantwortet" in text(office_client.get(page_of(one)))


def test_an_empty_answer_is_none(pact, office_client, mails):
    one = InterestFactory()

    response = office_client.post(page_of(one, "antworten"), {"text": "  "})

    assert response.status_code == 422
    assert "Bitte schreiben Sie Ihre Antwort." in text(response)
    assert mails() == []


def test_the_office_can_begin_the_application_for_them(pact, office_client, mails):
    one = InterestFactory()

    said = press(office_client, one, "antrag")

    assert "bekommt eine Mail mit dem Link" in said
    assert one.application.applicants.get().is_proven
    [mail] = mails(kind="application_link")
    assert mail.to_email == one.email
    assert "antrag" not in [name for action, _ in buttons(office_client, one) for name in [action.name]]


def buttons(client: Client, one: Interest) -> list:
    return client.get(page_of(one)).context["buttons"]


@pytest.mark.parametrize(
    ("button", "typed"),
    [
        ("beantwortet", {}),
        ("zuweisen", {}),
        ("wiedervorlage", {"until": f"{timezone.localdate() + timedelta(days=1)}"}),
        ("notiz", {"text": "Klingt nett."}),
        ("abschliessen", {"reason": "erledigt"}),
    ],
)
def test_buttons_that_promise_no_mail_send_none(button, typed, pact, office_client):
    one = InterestFactory()

    said = press(office_client, one, button, **typed)

    assert "Es geht keine Mail heraus" in said
    assert not OutgoingMail.objects.exists()


def test_closing_says_that_a_talk_is_called_off(pact, office_client):
    one = InterestFactory()
    talk = booked(one)

    said = press(office_client, one, "abschliessen", reason="kein Interesse mehr")

    assert "Das gebuchte Gespräch wird abgesagt" in said
    talk.refresh_from_db()
    assert not talk.is_booked


def test_assignment_follow_up_and_notes_are_kept(pact, office, office_client):
    one = InterestFactory()
    day = timezone.localdate() + timedelta(days=30)

    press(office_client, one, "zuweisen", person=office.pk)
    press(office_client, one, "wiedervorlage", until=day.isoformat())
    press(office_client, one, "notiz", text="Frau Muster ist im Urlaub.")

    page = text(office_client.get(page_of(one)))
    assert "Ottilie Amt" in page
    assert f"{day:%d.%m.%Y}" in page
    assert "Frau Muster ist im Urlaub." in page
    press(office_client, one, "wiedervorlage-erledigt")
    assert one.follow_up_on is None


@pytest.mark.parametrize("days", [0, -1, 800])
def test_a_follow_up_lies_ahead(days, pact, office_client):
    one = InterestFactory()
    day = timezone.localdate() + timedelta(days=days)

    response = office_client.post(page_of(one, "wiedervorlage"), {"until": day.isoformat()})

    assert response.status_code == 422
    assert "ab morgen" in text(response)


def test_only_who_reviews_can_be_chosen(pact, office_client, initial_partner_user):
    one = InterestFactory()

    response = office_client.post(page_of(one, "zuweisen"), {"person": initial_partner_user.pk})

    assert response.status_code == 422
    one.refresh_from_db()
    assert one.assigned_to is None


@pytest.mark.parametrize("action", [action.name for action in ACTIONS])
@pytest.mark.parametrize("state", ["open", "closed"])
def test_a_button_is_there_exactly_when_it_works(state, action, pact, office_client):
    one = InterestFactory(closed=state == "closed", follow_up_on=timezone.localdate() if state == "open" else None)
    offered = {button.name for button, _ in buttons(office_client, one)}

    answer = office_client.get(page_of(one, action))

    assert (answer.status_code == 200) == (action in offered)
    assert offered == ({"notiz", "oeffnen"} if state == "closed" else {a.name for a in ACTIONS} - {"oeffnen"})


@pytest.mark.parametrize("role", ["initial_partner_user"])
def test_who_only_reads_partners_sees_nothing_of_it(role, pact, request):
    client = Client()
    client.force_login(request.getfixturevalue(role))
    one = InterestFactory()

    codes = [client.get(path).status_code for path in (LIST, page_of(one), page_of(one, "antworten"))]

    assert codes == [403, 403, 403]
    assert client.post(page_of(one, "antworten"), {"text": "Nichts."}).status_code == 403


def test_the_start_page_counts_what_waits(pact, office):
    now = timezone.now()
    InterestFactory()
    InterestFactory(answered_at=now, follow_up_on=timezone.localdate())
    InterestFactory(answered_at=now, touched_at=now - timedelta(days=20))
    InterestFactory(unconfirmed=True)

    found = {item.title: item.count for item in worklist.work_of(office) if "nfragen" in item.title}

    assert found == {"Neue Anfragen": 1, "Wiedervorlagen: Anfragen": 1, "Anfragen, die zu lange liegen": 1}


def test_who_asked_nothing_and_has_booked_a_talk_waits_for_no_answer(pact, office):
    booked(InterestFactory(question="", wants_talk=True))
    booked(InterestFactory(question="Was kostet uns das?", wants_talk=True))
    InterestFactory(question="", wants_talk=True)

    assert Interest.objects.waiting().count() == 2


def test_each_place_of_the_start_page_leads_to_as_many_as_it_says(pact, office, office_client):
    now = timezone.now()
    for _ in range(2):
        InterestFactory(touched_at=now - timedelta(days=20))
        InterestFactory(answered_at=now, follow_up_on=timezone.localdate())

    for item in worklist.work_of(office):
        if "nfragen" in item.title:
            assert office_client.get(item.url).context["cl"].result_count == item.count, item.title


def test_list_and_page_need_the_same_queries_for_1_and_for_30(pact, office, office_client):
    needed = []
    office_client.get(LIST)
    for rows in (1, 29):
        for _ in range(rows):
            one = InterestFactory(assigned_to=UserFactory())
            booked(one)
            service.write_note(one, "Klingt nett.", by=office)
        with CaptureQueriesContext(connection) as queries:
            assert office_client.get(LIST).status_code == 200
            assert office_client.get(page_of(one)).status_code == 200
        needed.append(len(queries))

    assert needed[0] == needed[1]


def test_without_its_own_sentence_the_empty_list_would_say_nothing(pact, office_client):
    assert "sobald jemand die E-Mail-Adresse dazu bestätigt hat" in text(office_client.get(LIST))


def test_what_the_pact_deletes_is_said_before_closing(pact, office_client):
    Pact.objects.update(delete_mail_bodies_after_days=99)

    assert "nach 99 Tagen" in text(office_client.get(page_of(InterestFactory(), "abschliessen")))


def test_an_inquiry_is_found_by_the_number_that_its_mails_quote(pact, office_client):
    one, _ = InterestFactory(organisation="Gesucht"), InterestFactory(organisation="Andere")

    found = [office_client.get(LIST, {"q": term}).context["cl"].result_list for term in (one.reference, "I-1999-0001")]

    assert [list(rows) for rows in found] == [[one], []]
