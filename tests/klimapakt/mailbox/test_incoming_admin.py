"""What came in, as the office reads it: on its own page, and beside what went out about the same case."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Registration
from klimapakt.mailbox import record
from klimapakt.mailbox.models import AddressProblem, IncomingMail, OutgoingMail, case_of
from tests.factories import AgreementFactory, ApplicationFactory, ContactFactory, OutgoingMailFactory, PartnerFactory
from tests.factories.events import RegistrationFactory

S = OutgoingMail.Status
BERLIN = ZoneInfo("Europe/Berlin")


def answer(number: int = 1, **fields: object) -> IncomingMail:
    return IncomingMail.objects.create(
        **{
            "fingerprint": str(number),
            "kind": "reply",
            "received_at": timezone.now(),
            "from_email": "kim@firma.example",
            "from_name": "Kim Antwort",
            "subject": "Re: Ihre Mail",
            "text": "Danke.\n\nBis bald",
            **fields,
        }
    )


def test_an_answer_is_read_as_plain_text_beside_the_mail_it_answers(pact, office_client):
    mail = OutgoingMailFactory(status=S.SENT, subject="Ihre Einladung")
    partner = PartnerFactory(organisation__name="Bäckerei Korn")
    found = answer(answers=mail, text="<script>alert(1)</script> & mehr", about=case_of(partner))

    listed = office_client.get("/admin/mailbox/incomingmail/").content.decode()
    page = office_client.get(f"/admin/mailbox/incomingmail/{found.pk}/change/").content.decode()

    assert "Re: Ihre Mail" in listed
    assert "Ihre Einladung" in listed
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; mehr" in page
    assert f"/admin/mailbox/outgoingmail/{mail.pk}/change/" in page
    assert f'Partner: <a href="/admin/partners/partner/{partner.pk}/change/">Bäckerei Korn</a>' in page


def test_nobody_edits_or_deletes_what_came_in(pact, administrator):
    client, found = Client(), answer()
    client.force_login(administrator)
    page = f"/admin/mailbox/incomingmail/{found.pk}/"

    codes = [client.post(page + "change/").status_code, client.post(page + "delete/", {"post": "yes"}).status_code]

    assert codes == [403, 403]
    assert "Sichern" not in client.get(page + "change/").content.decode()


def test_a_text_that_was_shortened_or_forgotten_says_so(pact, office_client):
    shortened = answer(1, is_shortened=True)
    forgotten = answer(2, text="", text_deleted_at=timezone.now())
    pages = [
        office_client.get(f"/admin/mailbox/incomingmail/{mail.pk}/change/").content.decode()
        for mail in (shortened, forgotten)
    ]

    assert "Die ganze Mail liegt in Ihrem Postfach" in pages[0]
    assert "gelöscht" in pages[1]


def test_the_page_warns_that_anybody_can_write_in_somebodys_name(pact, office_client):
    page = office_client.get(f"/admin/mailbox/incomingmail/{answer().pk}/change/").content.decode()

    assert "Der Absender einer Mail lässt sich fälschen." in page


@pytest.mark.parametrize(("due", "words"), [
    (datetime(2026, 11, 3, 9, tzinfo=BERLIN), "wartet bis 09:00 Uhr"),
    (datetime(2026, 11, 24, 9, tzinfo=BERLIN), "wartet bis 24. November 2026, 09:00 Uhr"),
    (datetime(2026, 11, 4, 0, tzinfo=BERLIN), "wartet bis 4. November 2026, 00:00 Uhr"),
    (datetime(2026, 11, 3, 7, tzinfo=BERLIN), "wartet"),
], ids=["today", "in three weeks", "at midnight", "since an hour"])  # fmt: skip
def test_a_mail_that_waits_for_another_day_says_for_which(pact, time_machine, due, words):
    time_machine.move_to(datetime(2026, 11, 3, 8, tzinfo=BERLIN), tick=False)
    partner = PartnerFactory()
    OutgoingMailFactory(about=case_of(partner), due_at=due, created_at=datetime(2026, 11, 1, tzinfo=BERLIN))

    assert [entry.state for entry in record.about(partner)] == [words]


def cases() -> dict[str, object]:
    application = ApplicationFactory(status="in_review", sent_at=timezone.now(), confirmed_at=timezone.now())
    return {
        "partners/partner": PartnerFactory(),
        "partners/application": application,
        "agreements/agreement": AgreementFactory(),
        "events/registration": RegistrationFactory(status=Registration.Status.CONFIRMED),
    }


@pytest.mark.parametrize(
    "place", ["partners/partner", "partners/application", "agreements/agreement", "events/registration"]
)
def test_each_page_of_a_case_shows_its_mails_out_and_in_newest_first(pact, office_client, place):
    case, now = cases()[place], timezone.now()
    about = case_of(case)
    OutgoingMailFactory(about=about, status=S.SENT, subject="Die erste", created_at=now - timedelta(days=2))
    answer(about=about, subject="Die Antwort", received_at=now - timedelta(days=1))
    OutgoingMailFactory(about=about, status=S.FAILED, subject="Die letzte", problem="Die Adresse ist falsch.")
    OutgoingMailFactory(about=f"{about}9", status=S.SENT, subject="Eine fremde")

    page = office_client.get(f"/admin/{place}/{case.pk}/change/").content.decode()

    places = [page.index(words) for words in ("Die letzte", "Die Antwort", "Die erste")]
    assert places == sorted(places)
    assert "von Kim Antwort" in page
    assert "Bitte ansehen: nicht gesendet" in page
    assert "Die Adresse ist falsch." in page
    assert "Eine fremde" not in page


def test_a_long_correspondence_costs_two_queries(pact):
    partner = PartnerFactory()
    for number in range(20):
        OutgoingMailFactory(about=case_of(partner), body="x" * 1000)
        answer(number, about=case_of(partner))

    with CaptureQueriesContext(connection) as queries:
        entries = record.about(partner)

    assert len(entries) == 40
    assert len(queries) == 2


def test_an_address_at_which_nothing_arrives_is_shown_beside_the_contact_until_it_is_well(pact, office_client):
    partner = PartnerFactory()
    contact = ContactFactory(organisation=partner.organisation, email="Weg@firma.example")
    problem = AddressProblem.objects.create(
        email="weg@firma.example", sentence="Der Mailserver kennt diese Adresse nicht."
    )
    page = f"/admin/partners/partner/{partner.pk}/change/"
    button = f"/admin/mailbox/addressproblem/{problem.pk}/in-ordnung/"

    shown = office_client.get(page).content.decode()
    offered = office_client.get(f"/admin/mailbox/addressproblem/{problem.pk}/change/").content.decode()
    office_client.get(button)
    still = AddressProblem.objects.exists()
    pressed = office_client.post(button)

    assert contact.email in shown
    assert "Der Mailserver kennt diese Adresse nicht." in shown
    assert button in offered
    assert still
    assert pressed["Location"] == "/admin/mailbox/addressproblem/"
    assert not AddressProblem.objects.exists()
    assert "Der Mailserver kennt" not in office_client.get(page).content.decode()
