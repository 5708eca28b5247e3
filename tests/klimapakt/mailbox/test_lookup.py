"""Mails of which nobody knows whether they left: the mailbox is asked, and doubt never becomes a second mail."""

import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import lookup, mailing, restored
from klimapakt.mailbox.lookup import settle_unclear
from klimapakt.mailbox.models import CODE_MARK, LINK_MARK, IncomingMail, MailboxState, OutgoingMail
from klimapakt.states import TransitionNotAllowed
from partners import access
from tests.environment import free_port
from tests.factories import OutgoingMailFactory
from tests.factories.mailbox import mailing_in

pytestmark = pytest.mark.usefixtures("pact")


def unclear(*, minutes: float = 15, **fields: object) -> OutgoingMail:
    """Return a mail that was handed over so long ago, without an answer."""
    return OutgoingMailFactory(
        **{"status": "unclear", "handed_over_at": timezone.now() - timedelta(minutes=minutes), **fields}
    )


def lay(account, mail: OutgoingMail, folder: str) -> None:
    account.put(f"Message-ID: {mail.message_id}\r\nSubject: x\r\n\r\nText\r\n".encode(), folder=folder)


@pytest.fixture
def server_files(settings, account):
    """The office's mail server puts copies into the folder of sent mails by itself, as `check_mail` found out."""
    settings.MAIL_COPIES = "server"
    MailboxState.load()
    MailboxState.objects.update(server_files_copies=True)
    return account


@pytest.fixture
def by_bcc(settings, account):
    """The office gets its copies as a second recipient."""
    settings.MAIL_COPIES = "bcc"
    return account


@pytest.mark.parametrize("folder", ["Gesendet", "INBOX", "Ablage"])
def test_a_mail_that_lies_in_the_mailbox_was_sent(server_files, folder):
    server_files.create("Ablage")
    mail = unclear()
    lay(server_files, mail, folder)

    assert settle_unclear() == 1

    mail.refresh_from_db()
    assert (mail.status, mail.sent_at, mail.repeats) == ("sent", mail.handed_over_at, 0)
    assert f"„{folder}“" in mail.problem


def test_a_missing_mail_is_repeated_once_where_the_server_files_copies(server_files):
    mail = unclear()

    assert settle_unclear() == 1

    mail.refresh_from_db()
    assert (mail.status, mail.repeats) == ("queued", 1)


def test_a_missing_mail_is_repeated_once_where_the_office_has_a_copy(by_bcc):
    mail = unclear()

    assert settle_unclear() == 1

    mail.refresh_from_db()
    assert (mail.status, mail.repeats) == ("queued", 1)


def test_nothing_is_repeated_a_second_time(server_files):
    mail = unclear(repeats=1)

    assert settle_unclear() == 0

    mail.refresh_from_db()
    assert (mail.status, mail.repeats) == ("unclear", 1)
    assert mail.looked_up_at


def test_the_repeat_is_looked_for_as_well(server_files):
    mail = unclear()
    settle_unclear()
    mail.refresh_from_db()
    OutgoingMail.objects.filter(pk=mail.pk).update(status="in_flight", lease_until=timezone.now(), attempts=1)
    mail.refresh_from_db()
    mail.hand_over()
    mail.mark_unclear()
    lay(server_files, mail, "Gesendet")

    assert settle_unclear() == 1

    mail.refresh_from_db()
    assert (mail.status, mail.repeats) == ("sent", 1)


@pytest.mark.parametrize("copies", ["portal", "none"])
def test_where_no_copy_would_be_there_a_missing_mail_waits_for_a_person(account, settings, copies):
    settings.MAIL_COPIES = copies
    MailboxState.load()
    MailboxState.objects.update(server_files_copies=True)
    mail = unclear()

    assert settle_unclear() == 0

    mail.refresh_from_db()
    assert (mail.status, mail.repeats) == ("unclear", 0)


@pytest.mark.parametrize("known", [None, False])
def test_nobody_trusts_a_server_that_was_never_seen_to_file_copies(server_files, known):
    MailboxState.objects.update(server_files_copies=known)
    mail = unclear()

    assert settle_unclear() == 0

    mail.refresh_from_db()
    assert mail.status == "unclear"


def with_link() -> dict[str, object]:
    link = AccessLink.issue(access.CONFIRM, 7, email="erika@musterbetrieb.example", valid_for=timedelta(days=1))
    return {"body": f"Ihr Weg: {LINK_MARK}\n", "link": link}


def with_code() -> dict[str, object]:
    return {"body": f"Ihr Code: {CODE_MARK}\n"}


@pytest.mark.parametrize("key", [with_link, with_code])
def test_a_mail_that_the_office_got_no_copy_of_waits_for_a_person(by_bcc, key):
    mail = unclear(**key())

    assert settle_unclear() == 0

    mail.refresh_from_db()
    assert mail.status == "unclear"


def test_absence_says_nothing_in_the_first_minutes_but_presence_does(server_files):
    missing, there = unclear(minutes=2), unclear(minutes=2)
    lay(server_files, there, "Gesendet")

    assert settle_unclear() == 1

    missing.refresh_from_db()
    there.refresh_from_db()
    assert (missing.status, there.status) == ("unclear", "sent")

    OutgoingMail.objects.filter(pk=missing.pk).update(
        handed_over_at=timezone.now() - timedelta(minutes=11), looked_up_at=timezone.now() - timedelta(minutes=9)
    )
    assert settle_unclear() == 1
    missing.refresh_from_db()
    assert (missing.status, missing.repeats) == ("queued", 1)


def test_nobody_asks_every_minute_for_the_same_mail(account, monkeypatch):
    mail = unclear()
    settle_unclear()
    lay(account, mail, "Gesendet")

    assert settle_unclear() == 0

    mail.refresh_from_db()
    assert mail.status == "unclear"


def test_without_a_mailbox_nothing_happens(settings):
    settings.IMAP_SERVER = None
    mail = unclear()

    assert settle_unclear() == 0

    mail.refresh_from_db()
    assert (mail.status, mail.looked_up_at) == ("unclear", None)


def test_a_mailbox_that_is_away_proves_nothing(server_files, settings):
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, port=free_port())
    mail = unclear()

    assert settle_unclear() == 0

    mail.refresh_from_db()
    assert (mail.status, mail.looked_up_at) == ("unclear", None)
    assert "nicht erreichbar" in MailboxState.load().inbox_problem


def test_a_person_who_was_quicker_is_right(server_files, monkeypatch, office):
    mail = unclear()

    def decide_meanwhile(found: OutgoingMail) -> bool:
        mail.was_sent(office)
        return True

    monkeypatch.setattr(lookup, "_absence_proves_it", decide_meanwhile)

    assert settle_unclear() == 0

    mail.refresh_from_db()
    assert (mail.status, mail.repeats) == ("sent", 0)


def test_a_mail_that_would_come_too_late_is_not_repeated(server_files):
    mail = unclear(expires_at=timezone.now() - timedelta(minutes=1))

    assert settle_unclear() == 0

    mail.refresh_from_db()
    assert mail.status == "unclear"
    with pytest.raises(TransitionNotAllowed):
        mail.repeat_once()


def test_the_copy_of_a_mail_that_came_back_says_nothing_of_its_second_sending(server_files, pact):
    mail = OutgoingMailFactory(status="sent")
    IncomingMail.objects.create(kind="bounce", fingerprint="1", received_at=timezone.now(), answers=mail)
    mail.mark_bounced("Das Postfach ist voll.", at=timezone.now())
    mail.send_again()
    OutgoingMail.objects.update(status="unclear", handed_over_at=timezone.now() - timedelta(minutes=15))
    lay(server_files, mail, "Gesendet")

    assert settle_unclear() == 0

    mail.refresh_from_db()
    assert (mail.status, mail.looked_up_at) == ("unclear", None)


def test_what_is_unclear_while_its_mailing_is_interrupted_is_repeated_when_it_goes_on(server_files):
    found = mailing_in("paused", people=1)
    found.mails.update(status="unclear", handed_over_at=timezone.now() - timedelta(minutes=15))
    assert settle_unclear() == 0

    mailing.resume(found)

    assert settle_unclear() == 1
    assert found.mails.get().status == "queued"


def test_what_a_restore_holds_is_found_when_it_was_sent_before(account):
    MailboxState.load()
    MailboxState.objects.update(database="another")
    mails = [OutgoingMailFactory() for _ in range(2)]
    lay(account, mails[0], "Gesendet")
    assert restored.notice()

    assert settle_unclear() == 1

    for mail in mails:
        mail.refresh_from_db()
    assert [mail.status for mail in mails] == ["sent", "held"]
    assert "schon vor der Wiederherstellung" in mails[0].problem
    assert settle_unclear() == 0


def test_what_was_held_for_another_reason_is_not_looked_for(account):
    mail = OutgoingMailFactory()
    OutgoingMail.objects.filter(pk=mail.pk).hold("Die Rundmail ist unterbrochen.")
    lay(account, mail, "Gesendet")

    assert settle_unclear() == 0
