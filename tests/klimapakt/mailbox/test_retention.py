"""What mails say, and from whom to whom, is forgotten after the pact's days; what happened stays, and what is open."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from klimapakt.mailbox import optout, record, retention
from klimapakt.mailbox.models import IncomingMail, MailAttachment, OptOut, OutgoingMail, case_of
from tests.factories import OutgoingMailFactory, PartnerFactory
from tests.rows import all_rows

S = OutgoingMail.Status
NOW = timezone.now()


def mail_of(days: int, **fields: object) -> OutgoingMail:
    """A mail with text, look and file that came to its end so many days ago."""
    at = NOW - timedelta(days=days)
    fields = {"status": S.SENT, "sent_at": at, "handed_over_at": at, "html": "<p>Guten Tag</p>", **fields}
    if fields["status"] == S.HANDING_OVER:
        fields |= {"lease_until": at, "handed_over_at": at}
    mail = OutgoingMailFactory(created_at=at, due_at=at, **fields)
    MailAttachment.objects.create(mail=mail, name="Blatt.pdf", content_type="application/pdf", content=b"%PDF")
    return mail


@pytest.fixture
def year(pact) -> None:
    pact.delete_mail_bodies_after_days = 365
    pact.save()


def test_kind_case_times_and_state_stay_and_the_rest_goes(year):
    words = ["subject", "body", "html", "reason", "to_email", "to_name", "from_email", "from_name"]
    mail = mail_of(366, kind="access_link", about="partner:17", **dict.fromkeys(words, "frida@fern.example"))
    kept = ["kind", "about", "status", "created_at", "due_at", "handed_over_at", "sent_at", "message_id", "is_proven"]
    before = OutgoingMail.objects.values_list(*kept).get()

    forgotten = retention.delete_bodies(now=NOW)

    mail.refresh_from_db()
    assert forgotten == 1
    assert mail.body_deleted_at == NOW
    assert mail.attachments.count() == 0
    assert OutgoingMail.objects.values_list(*kept).get() == before
    assert "frida" not in str(all_rows())


@pytest.mark.parametrize(
    ("kind", "title"), [("application_received", "Antrag eingegangen"), ("mailing", "Rundmail"), ("of_old", "of_old")]
)
def test_its_kind_takes_the_place_of_the_subject(year, kind, title):
    mail_of(366, kind=kind, subject="Musterbäckerei GmbH")

    retention.delete_bodies(now=NOW)

    assert OutgoingMail.objects.get().subject == title


@pytest.mark.parametrize(
    ("days", "is_forgotten"), [(366, True), (364, False), (0, False)], ids=["over", "not yet", "today"]
)
def test_the_days_are_the_pacts(year, days, is_forgotten):
    mail = mail_of(days)

    retention.delete_bodies(now=NOW)

    mail.refresh_from_db()
    assert (mail.body == "") == is_forgotten


FORGOTTEN = {S.SENT, S.WITHDRAWN, S.EXPIRED}


@pytest.mark.parametrize("state", S.values)
def test_what_waits_or_needs_a_person_keeps_its_text_however_old_it_is(year, state):
    mail = mail_of(3000, status=state, sent_at=NOW - timedelta(days=3000), lease_until=NOW)

    retention.delete_bodies(now=NOW)

    mail.refresh_from_db()
    assert (mail.body == "") == (state in FORGOTTEN)


@pytest.mark.parametrize(("copy", "is_forgotten"), [("waiting", False), ("filed", True), ("given_up", True)])
def test_a_copy_that_is_still_to_be_filed_keeps_the_text(year, copy, is_forgotten):
    mail = mail_of(366, copy_status=copy)

    retention.delete_bodies(now=NOW)

    mail.refresh_from_db()
    assert (mail.body == "") == is_forgotten


def test_the_days_count_from_the_end_and_not_from_the_writing(year):
    mail = mail_of(700, sent_at=NOW - timedelta(days=10))

    retention.delete_bodies(now=NOW)

    mail.refresh_from_db()
    assert mail.body


def test_whoever_reads_an_old_newsletter_can_still_unsubscribe_with_one_click(year):
    mail = mail_of(366, topic="newsletter", to_email="Erika@firma.example", to_name="Erika")
    path = optout.address(mail).removeprefix(settings.PORTAL_BASE_URL)
    retention.delete_bodies(now=NOW)

    answer = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})

    mail.refresh_from_db()
    assert answer.status_code == 200
    assert OptOut.objects.filter(email="erika@firma.example", topic="newsletter").exists()
    assert (mail.to_name, mail.shown_recipient) == ("", "Adresse gelöscht")


def test_answers_are_forgotten_too(year):
    for days in (366, 364):
        IncomingMail.objects.create(
            fingerprint=str(days),
            kind="reply",
            received_at=NOW - timedelta(days=days),
            from_email="kim@firma.example",
            from_name="Kim",
            subject="Re",
            text="Danke",
        )

    forgotten = retention.delete_bodies(now=NOW)

    words = ["fingerprint", "text", "subject", "from_email", "from_name"]
    assert forgotten == 1
    assert set(IncomingMail.objects.values_list(*words)) == {
        ("366", "", "", "", ""),
        ("364", "Danke", "Re", "kim@firma.example", "Kim"),
    }
    assert IncomingMail.objects.get(fingerprint="366").text_deleted_at == NOW


def test_a_second_run_finds_nothing_to_do(year):
    mail_of(366)
    retention.delete_bodies(now=NOW)
    before = all_rows()

    assert retention.delete_bodies(now=NOW + timedelta(hours=1)) == 0
    assert all_rows() == before


def test_many_are_forgotten_in_chunks(year, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(retention, "CHUNK", 2)
    for _ in range(5):
        mail_of(366)

    with django_assert_max_num_queries(40):
        assert retention.delete_bodies(now=NOW) == 5
    assert not OutgoingMail.objects.exclude(body="").exists()


def test_the_page_of_the_mail_says_that_the_text_is_gone(year, office_client):
    mail = mail_of(366)
    retention.delete_bodies(now=NOW)

    page = office_client.get(f"/admin/mailbox/outgoingmail/{mail.pk}/change/").content.decode()

    assert f"Text, Betreff und Adresse am {timezone.localtime(NOW):%d.%m.%Y} gelöscht" in page


def test_a_mail_without_text_is_not_sent_again(year, office_client):
    mail = mail_of(366)
    retention.delete_bodies(now=NOW)
    OutgoingMail.objects.update(status=S.BOUNCED)  # somebody's server took a year to say so
    page = f"/admin/mailbox/outgoingmail/{mail.pk}/"

    offered = "erneut-senden/" in office_client.get(page + "change/").content.decode()
    office_client.post(page + "erneut-senden/")

    mail.refresh_from_db()
    assert not offered
    assert mail.status == S.BOUNCED


def test_nothing_breaks_on_mails_without_address(year, office_client):
    partner = PartnerFactory()
    about = case_of(partner)
    mail, other = mail_of(366, about=about), mail_of(367, about=about)
    incoming = IncomingMail.objects.create(
        fingerprint="1",
        kind="reply",
        received_at=mail.sent_at,
        from_email="kim@firma.example",
        answers=mail,
        about=about,
    )
    retention.delete_bodies(now=NOW)

    paths = [
        "/admin/mailbox/outgoingmail/",
        "/admin/mailbox/outgoingmail/?q=Max",
        f"/admin/mailbox/outgoingmail/{mail.pk}/change/",
        "/admin/mailbox/incomingmail/",
        "/admin/mailbox/incomingmail/?q=kim",
        f"/admin/mailbox/incomingmail/{incoming.pk}/change/",
        "/admin/mailbox/mailboxstate/1/change/",
        f"/admin/partners/partner/{partner.pk}/change/",
    ]
    answers = {path: office_client.get(path) for path in paths}

    pages = {path: answer.content.decode() for path, answer in answers.items()}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert "Adresse gelöscht" in pages[paths[0]]
    assert f"/admin/mailbox/outgoingmail/{other.pk}/change/" in pages[paths[2]]  # the others of the case
    assert "gelöscht" in pages[paths[3]]
    assert "Absender am" in pages[paths[5]]
    assert "Adresse gelöscht" in pages[paths[7]]
    assert {entry.who for entry in record.about(partner)} == {"Adresse gelöscht", "gelöscht"}
