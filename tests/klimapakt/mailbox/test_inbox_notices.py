"""Notices that a mail did not arrive, in the words of many servers: told from delays, forgeries and other people's."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone

from klimapakt.mailbox import inbox
from klimapakt.mailbox.models import AddressProblem, IncomingMail, OutgoingMail, ReadMark
from tests.factories import OutgoingMailFactory
from tests.klimapakt.mailbox.arrivals import ERIKA, OURS, notice, our_mail


@pytest.fixture
def ours(pact) -> OutgoingMail:
    return our_mail()


FAILED = {
    "postfix_unknown": "kennt diese Adresse nicht",
    "postfix_expired": "tagelang nicht angenommen",
    "exchange_unknown": "kennt diese Adresse nicht",
    "exchange_full": "voll",
    "gmail_unknown": "kennt diese Adresse nicht",
    "spam_refused": "nimmt diese Mail nicht an",
    "exim_old": "kennt diese Adresse nicht",
    "qmail_unknown": "kennt diese Adresse nicht",
    "german_words": "kennt diese Adresse nicht",
}


@pytest.mark.parametrize("name", FAILED)
def test_a_notice_of_failure_marks_the_mail_and_flags_the_address(account, ours, name):
    account.put(notice(name))

    assert inbox.read() == 1

    ours.refresh_from_db()
    assert ours.status == "bounced"
    assert FAILED[name] in ours.problem
    assert ours.bounced_at
    problem = AddressProblem.objects.get()
    assert (problem.email, problem.sentence, problem.mail) == (ERIKA, ours.problem, ours)
    row = IncomingMail.objects.get()
    assert (row.kind, row.answers, row.about) == ("bounce", ours, "partner:4711")
    assert FAILED[name] in row.text


@pytest.mark.parametrize("is_proven", [True, False])
def test_what_the_server_says_is_kept_unless_it_names_an_unproven_address(account, pact, is_proven):
    our_mail(is_proven=is_proven)
    account.put(notice("postfix_unknown"))

    inbox.read()

    assert (ERIKA in IncomingMail.objects.get().text) == is_proven


@pytest.mark.parametrize("name", ["postfix_delayed", "gmail_delayed", "qmail_delayed"])
def test_a_notice_of_delay_is_no_failure(account, ours, name):
    account.put(notice(name))

    assert inbox.read() == 0

    ours.refresh_from_db()
    assert ours.status == "sent"
    assert not IncomingMail.objects.exists()


def test_notices_about_mails_of_somebody_else_are_none_of_ours(account, ours):
    OutgoingMail.objects.update(message_id="<another@musterstadt.example>")
    account.put(*(notice(name) for name in (*FAILED, "postfix_delayed", "forwarded_elsewhere")))

    assert inbox.read() == 0

    assert set(OutgoingMail.objects.values_list("status", flat=True)) == {"sent"}
    assert not AddressProblem.objects.exists()
    assert not IncomingMail.objects.exists()


def test_the_same_notice_twice_makes_one_row(account, ours):
    account.put(notice("postfix_unknown"), notice("postfix_unknown"))

    assert inbox.read() == 1

    assert IncomingMail.objects.count() == 1


def test_two_notices_of_a_server_that_numbers_none_are_two(account, ours):
    other = OutgoingMailFactory(status="sent", to_email=ERIKA, message_id="<other@musterstadt.example>")
    account.put(notice("qmail_unknown"), notice("qmail_unknown", (OURS, other.message_id)))

    assert inbox.read() == 2

    assert set(OutgoingMail.objects.values_list("status", flat=True)) == {"bounced"}


def test_a_mail_that_was_sent_again_does_not_bounce_by_the_old_notice(account, ours):
    account.put(notice("postfix_unknown"))
    inbox.read()
    OutgoingMail.objects.update(status="sent", sent_at=timezone.now())
    ReadMark.objects.all().delete()

    assert inbox.read() == 0

    ours.refresh_from_db()
    assert ours.status == "sent"


@pytest.mark.parametrize("state", ["queued", "retry", "failed", "withdrawn", "expired"])
def test_what_never_left_cannot_come_back(account, ours, state):
    OutgoingMail.objects.update(status=state)
    account.put(notice("postfix_unknown"))

    assert inbox.read() == 0

    ours.refresh_from_db()
    assert ours.status == state
    assert not AddressProblem.objects.exists()


@pytest.mark.parametrize("state", ["unclear", "handing_over", "held"])
def test_what_came_back_did_leave(account, ours, state):
    OutgoingMail.objects.update(
        status=state, handed_over_at=timezone.now(), lease_until=timezone.now() + timedelta(minutes=5)
    )
    account.put(notice("postfix_unknown"))

    assert inbox.read() == 1

    ours.refresh_from_db()
    assert ours.status == "bounced"


def test_a_notice_about_a_forwarding_blames_nobody(account, ours):
    account.put(notice("forwarded_elsewhere"))

    assert inbox.read() == 1

    ours.refresh_from_db()
    assert ours.status == "sent"
    assert not AddressProblem.objects.exists()
    assert "erika.privat@anderswo.example" in IncomingMail.objects.get().text


def test_a_notice_about_an_unproven_mail_names_no_address(account, ours):
    OutgoingMail.objects.update(is_proven=False)
    account.put(notice("forwarded_elsewhere"))

    inbox.read()

    text = IncomingMail.objects.get().text
    assert "Die Meldung nennt eine andere Adresse" in text
    assert "@" not in text


@pytest.mark.parametrize("is_proven", [True, False])
def test_an_address_that_nobody_has_proven_is_not_listed(account, ours, is_proven):
    OutgoingMail.objects.update(is_proven=is_proven)
    account.put(notice("postfix_unknown"))

    inbox.read()

    ours.refresh_from_db()
    assert ours.status == "bounced"
    assert AddressProblem.objects.exists() == is_proven


@pytest.mark.parametrize("name", ["postfix_unknown", "forwarded_elsewhere"])
def test_a_notice_about_a_forgotten_mail_changes_nothing(account, ours, name):
    OutgoingMail.objects.update(to_email="", body="", html="", body_deleted_at=timezone.now())
    account.put(notice(name))

    assert inbox.read() == 0

    ours.refresh_from_db()
    assert ours.status == "sent"
    assert not AddressProblem.objects.exists()


def test_a_notice_about_the_offices_own_copy_is_not_the_recipients_matter(account, ours):
    account.put(notice("copy_to_the_office"))

    assert inbox.read() == 0

    ours.refresh_from_db()
    assert ours.status == "sent"
    assert not IncomingMail.objects.exists()


def test_a_notice_inside_a_letter_of_a_stranger_is_none(account, ours):
    letter = EmailMessage()
    letter["From"] = "Fremd <fremd@anderswo.example>"
    letter["Subject"] = "Bitte lesen"
    letter["Message-ID"] = "<fremd-1@anderswo.example>"
    letter.set_content(f"550 5.1.1 User unknown\n\nMessage-ID: {OURS}\n")
    account.put(letter.as_bytes())

    assert inbox.read() == 0

    ours.refresh_from_db()
    assert ours.status == "sent"


def test_a_read_receipt_is_no_notice(account, ours):
    account.put(
        f"From: {ERIKA}\r\nSubject: Gelesen: Guten Tag\r\nIn-Reply-To: {OURS}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=x\r\n\r\n"
        "--x\r\nContent-Type: text/plain\r\n\r\nGelesen.\r\n"
        f"--x\r\nContent-Type: message/disposition-notification\r\n\r\nOriginal-Message-ID: {OURS}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--x--\r\n".encode()
    )

    assert inbox.read() == 0

    ours.refresh_from_db()
    assert ours.status == "sent"
