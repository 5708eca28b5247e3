"""Mails that are in a hurry, mails that come too late, and files that go along."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from klimapakt.links import codes
from klimapakt.links.models import AccessLink
from klimapakt.mailbox import message
from klimapakt.mailbox.models import CODE_MARK, MailAttachment, OutgoingMail
from klimapakt.mailbox.outbox import Attachment
from klimapakt.mailbox.pump import pump
from klimapakt.states import TransitionNotAllowed
from tests.factories import ApplicationFactory, OutgoingMailFactory
from tests.klimapakt.links.test_codes import browser
from tests.klimapakt.mailbox.test_outbox import write
from tests.races import at_once

CALENDAR = Attachment("termin.ics", "text/calendar; method=REQUEST; charset=utf-8", "BEGIN:VCALENDAR\r\nÄ".encode())
PDF = Attachment("Vereinbarung Bäckerei Müller & Söhne.pdf", "application/pdf", b"%PDF-1.7\x00\xff")


def link() -> AccessLink:
    return AccessLink.issue("application", 1, email="erika@musterbaeckerei.example", valid_for=timedelta(days=1))


def test_who_waits_at_the_screen_goes_before_a_long_mailing(db):
    OutgoingMailFactory.create_batch(3, due_at=timezone.now() - timedelta(hours=1))
    urgent = OutgoingMailFactory(is_urgent=True)

    assert OutgoingMail.objects.claim(now=timezone.now()) == [urgent]


def test_a_mail_that_would_come_too_late_never_leaves(pact, postbox):
    late = OutgoingMailFactory(expires_at=timezone.now() - timedelta(seconds=1))
    in_time = OutgoingMailFactory(expires_at=timezone.now() + timedelta(minutes=1))

    assert pump() == 1

    late.refresh_from_db()
    in_time.refresh_from_db()
    assert (late.status, in_time.status) == ("expired", "sent")
    assert len(postbox.messages()) == 1


def test_a_mail_whose_worker_vanished_expires_too(pact, postbox):
    mail = OutgoingMailFactory(in_flight=True, lease_until=timezone.now(), expires_at=timezone.now())

    pump()

    mail.refresh_from_db()
    assert (mail.status, mail.lease_until) == ("expired", None)


def test_a_mail_in_a_workers_hands_does_not_expire_under_it(db):
    mail = OutgoingMailFactory(in_flight=True, expires_at=timezone.now())

    OutgoingMail.objects.expire(now=timezone.now())

    mail.mark_failed("Zu groß.")
    mail.refresh_from_db()
    assert mail.status == "failed"


def test_what_has_expired_is_over(db):
    mail = OutgoingMailFactory(status="expired")

    for move in (mail.mark_sent, mail.send_again, lambda: mail.mark_failed("")):
        with pytest.raises(TransitionNotAllowed):
            move()


def test_a_clock_that_passes_the_end_between_two_claims_is_seen(db):
    mail = OutgoingMailFactory(expires_at=timezone.now() + timedelta(minutes=1))

    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert OutgoingMail.objects.claim(now=timezone.now()) == []
    assert OutgoingMail.objects.claim(now=timezone.now()) == [mail]


def take_back(mail: OutgoingMail) -> None:
    """Take a mail back in the thread of the mail server, while the pump waits for its answer."""
    OutgoingMail.objects.filter(pk=mail.pk).withdraw()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_is_taken_back_while_it_is_sent_is_not_tried_again(pact, postbox):
    mail = OutgoingMailFactory()
    postbox.before_answer = lambda message: take_back(mail)
    postbox.answer = "451 later"

    pump()

    mail.refresh_from_db()
    assert (mail.status, mail.lease_until) == ("withdrawn", None)


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_is_taken_back_while_the_server_takes_it_was_sent(pact, postbox):
    mail = OutgoingMailFactory()
    postbox.before_answer = lambda message: take_back(mail)

    pump()

    mail.refresh_from_db()
    assert mail.status == "sent"


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_is_taken_back_before_the_final_dot_never_leaves(pact, postbox):
    mail, other = OutgoingMailFactory.create_batch(2)
    postbox.before_data = lambda: take_back(mail)

    pump()

    mail.refresh_from_db()
    other.refresh_from_db()
    assert (mail.status, mail.lease_until, other.status) == ("withdrawn", None, "sent")
    assert [message["Subject"] for message in postbox.messages()] == [other.subject]


def test_a_mail_that_is_taken_back_and_whose_worker_vanished_ends(pact, postbox):
    mail = OutgoingMailFactory(in_flight=True, lease_until=timezone.now())
    OutgoingMail.objects.filter(pk=mail.pk).withdraw()

    pump()

    mail.refresh_from_db()
    assert mail.status == "withdrawn"
    assert postbox.messages() == []


def test_a_code_is_filled_in_while_sending_and_stands_in_no_row(pact, postbox):
    code = codes.issue(browser(), link())
    mail = OutgoingMailFactory(code=code, body=f"Ihr Code: {CODE_MARK}\n")

    pump()

    [sent] = postbox.messages()
    assert f"Ihr Code: {code.digits()}" in sent.get_content()
    assert mail.shown_body == "Ihr Code: [Code]\n"


def test_a_mail_whose_code_is_gone_is_not_sent_without_it(pact, postbox):
    mail = OutgoingMailFactory(body=f"Ihr Code: {CODE_MARK}\n")

    pump()

    mail.refresh_from_db()
    assert mail.status == "failed"
    assert postbox.messages() == []


def test_files_arrive_as_they_were_written(pact, postbox):
    write(link=link, attachments=[CALENDAR, PDF])

    pump()

    [sent] = postbox.messages()
    calendar, pdf = sent.iter_attachments()
    assert (calendar.get_content_type(), calendar.get_param("method"), calendar.get_filename()) == (
        "text/calendar", "REQUEST", "termin.ics",
    )  # fmt: skip
    assert calendar.get_payload(decode=True) == CALENDAR.content
    assert (pdf.get_content_type(), pdf.get_filename()) == ("application/pdf", PDF.name)
    assert pdf.get_payload(decode=True) == PDF.content
    assert "Guten Tag" in sent.get_body(("plain",)).get_content()


def test_every_try_sends_the_same_bytes_with_files_too(pact):
    write(link=link, attachments=[CALENDAR, PDF])
    mail = OutgoingMail.objects.get()

    first, second = message.build(mail, pact), message.build(OutgoingMail.objects.get(), pact)

    assert first == second
    assert message_from_bytes(first, policy=default).is_multipart()


@pytest.mark.parametrize("name", ['a"b.pdf', "a\r\nBcc: x@y.example.pdf", "../../etc/passwd", "ü" * 100, ""])
def test_a_strange_file_name_breaks_no_header(name, pact):
    write(link=link, attachments=[Attachment(name, "application/pdf", b"%PDF-")])

    sent = message_from_bytes(message.build(OutgoingMail.objects.get(), pact), policy=default)

    assert sent["Bcc"] is None
    assert len(list(sent.iter_attachments())) == 1


def test_the_same_key_writes_the_files_once(pact):
    assert write(link=link, attachments=[PDF]) is True
    assert write(link=link, attachments=[PDF, CALENDAR]) is False

    assert MailAttachment.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_leaves_one_link_and_no_orphans(pact):
    ApplicationFactory()

    written = at_once([lambda: write(link=link, attachments=[PDF])] * 6)

    assert sorted(written) == [False] * 5 + [True]
    assert (OutgoingMail.objects.count(), AccessLink.objects.count(), MailAttachment.objects.count()) == (1, 1, 1)


def test_the_trial_mailbox_shows_files_and_hands_them_out(pact, postbox, administrator, client, settings):
    settings.EMBEDDED = frozenset({"mail"})
    write(link=link, attachments=[CALENDAR, PDF])
    pump()
    client.force_login(administrator)
    [key] = postbox.folder.keys()

    page = client.get(f"/postfach/{key}/").content.decode()
    file = client.get(f"/postfach/{key}/anhang/1/")

    assert "termin.ics" in page
    assert b"".join(file.streaming_content) == PDF.content
    assert file["Content-Disposition"].startswith("attachment")
    assert client.get(f"/postfach/{key}/anhang/2/").status_code == 404
