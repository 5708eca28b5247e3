"""Copies in the office's folder of sent mails: once each, whatever happens, and without a way to act for a company."""

import dataclasses
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import filing, imap
from klimapakt.mailbox.filing import file_copies
from klimapakt.mailbox.models import CODE_MARK, LINK_MARK, MailboxState, OutgoingMail
from partners import access
from tests.environment import free_port
from tests.factories import OutgoingMailFactory
from tests.imap_server import FULL

pytestmark = pytest.mark.usefixtures("pact")

Copy = OutgoingMail.Copy


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def waiting(**fields: object) -> OutgoingMail:
    """Return a sent mail whose copy is due."""
    return OutgoingMailFactory(**{"status": "sent", "copy_status": "waiting", "copy_due_at": timezone.now(), **fields})


def ids(account, folder: str = "Gesendet") -> list[str]:
    return [message_from_bytes(content)["Message-ID"] for content in account.messages(folder)]


def test_copies_are_filed_once_and_marked(account):
    mails = [waiting() for _ in range(3)]

    assert file_copies() == 3
    assert file_copies() == 0

    assert ids(account) == [mail.message_id for mail in mails]
    for mail in mails:
        mail.refresh_from_db()
        assert (mail.copy_status, mail.copy_due_at, mail.status) == (Copy.FILED, None, "sent")


def test_a_copy_carries_the_time_of_sending_and_is_read(account):
    sent_at = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    waiting(sent_at=sent_at)

    file_copies()

    [(flags, at, _)] = account.state()["Gesendet"].values()
    assert (flags, at) == ([rb"\Seen"], sent_at)


def test_a_copy_opens_nothing(account):
    link = AccessLink.issue(access.CONFIRM, 7, email="erika@musterbetrieb.example", valid_for=timedelta(days=1))
    waiting(body=f"Guten Tag,\n\nIhr Weg hinein: {LINK_MARK}\n", link=link)

    file_copies()

    [content] = account.messages("Gesendet")
    text = message_from_bytes(content, policy=default).get_body(("plain",)).get_content()
    assert "[persönlicher Link]" in text
    assert link.url().encode() not in content
    assert b"/z/" not in content


def test_what_the_server_has_filed_itself_is_not_filed_again(account):
    mail = waiting()
    account.put(f"Message-ID: {mail.message_id}\r\nSubject: x\r\n\r\nvom Server\r\n".encode(), folder="Gesendet")

    assert file_copies() == 1

    assert len(account.messages("Gesendet")) == 1
    mail.refresh_from_db()
    assert mail.copy_status == Copy.FILED


def die_after_the_append(monkeypatch) -> None:
    append = imap.Mailbox.append_sent

    def append_and_die(self: imap.Mailbox, *args: object, **options: object) -> None:
        append(self, *args, **options)
        raise Killed

    monkeypatch.setattr(imap.Mailbox, "append_sent", append_and_die)


@pytest.mark.parametrize(("searches", "copies"), [(True, 1), (False, 2)], ids=["guarded", "control"])
def test_a_worker_killed_between_copy_and_mark_leaves_one_copy(account, monkeypatch, searches, copies):
    mail = waiting()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        die_after_the_append(patch)
        file_copies()
    mail.refresh_from_db()
    assert mail.copy_status == Copy.WAITING
    if not searches:
        monkeypatch.setattr(imap.Mailbox, "is_filed", lambda self, *args, **options: False)

    assert file_copies() == 1

    assert len(ids(account)) == copies


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("locked", "copies"), [(True, 1), (False, 2)], ids=["guarded", "control"])
def test_two_workers_at_once_file_one_copy(account, pact, monkeypatch, locked, copies):
    waiting()
    meeting, append = threading.Barrier(2), imap.Mailbox.append_sent
    if not locked:
        monkeypatch.setattr(filing, "only_one", lambda work: _nobody_asks())

    def append_together(self: imap.Mailbox, *args: object, **options: object) -> None:
        meeting.wait(0.5 if locked else 10)  # the other one never comes, or both have searched by now
        append(self, *args, **options)

    def append_alone(self: imap.Mailbox, *args: object, **options: object) -> None:
        with pytest.raises(threading.BrokenBarrierError):
            meeting.wait(0.5)
        append(self, *args, **options)

    monkeypatch.setattr(imap.Mailbox, "append_sent", append_alone if locked else append_together)

    def work() -> None:
        try:
            file_copies()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)

    assert len(ids(account)) == copies


class _nobody_asks:
    def __enter__(self) -> bool:
        return True

    def __exit__(self, *exception: object) -> None:
        pass


def test_while_the_server_is_away_copies_wait_longer_each_time_and_the_mail_stays_sent(account, settings):
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, port=free_port())
    mail, now = waiting(), timezone.now()

    pauses = []
    for _ in range(6):
        with time_machine.travel(now, tick=False):
            file_copies()
        mail.refresh_from_db()
        assert (mail.status, mail.copy_status, mail.problem) == ("sent", Copy.WAITING, "")
        pauses.append(mail.copy_due_at - now)
        now = mail.copy_due_at

    assert pauses == [timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 240)]
    assert "nicht erreichbar" in MailboxState.load().inbox_problem


def test_after_days_in_vain_nobody_tries_any_more_and_the_mail_stays_sent(account, settings):
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, port=free_port())
    mail = waiting(sent_at=timezone.now() - timedelta(days=8))

    file_copies()

    mail.refresh_from_db()
    assert (mail.status, mail.copy_status, mail.copy_due_at) == ("sent", Copy.GIVEN_UP, None)


def test_a_problem_is_forgotten_when_all_is_well_again(account, settings):
    well = settings.IMAP_SERVER
    settings.IMAP_SERVER = dataclasses.replace(well, port=free_port())
    waiting()
    file_copies()
    assert MailboxState.load().inbox_problem

    settings.IMAP_SERVER = well
    OutgoingMail.objects.update(copy_due_at=timezone.now())
    assert file_copies() == 1

    assert MailboxState.load().inbox_problem == ""


def test_a_missing_folder_is_said_to_the_office(account):
    account.delete("Gesendet")
    mail = waiting()

    assert file_copies() == 0

    mail.refresh_from_db()
    assert (mail.copy_status, mail.copy_attempts) == (Copy.WAITING, 1)
    assert "keinen Ordner für gesendete Mails" in MailboxState.load().inbox_problem


def test_a_full_mailbox_is_said_to_the_office(dovecot, settings):
    settings.IMAP_SERVER, settings.MAIL_COPIES = dovecot.account(FULL).server, "portal"
    mail = waiting(body="x" * 70 + "\n" + "Guten Tag\n" * 500)

    assert file_copies() == 0

    mail.refresh_from_db()
    assert (mail.copy_status, mail.copy_attempts) == (Copy.WAITING, 1)
    assert "Das Postfach ist voll" in MailboxState.load().inbox_problem


def test_a_copy_that_cannot_be_built_stops_no_other(account):
    poison = waiting(body=CODE_MARK, copy_due_at=timezone.now() - timedelta(minutes=1))
    mail = waiting()

    assert file_copies() == 1

    poison.refresh_from_db()
    assert (poison.status, poison.copy_status) == ("sent", Copy.GIVEN_UP)
    assert ids(account) == [mail.message_id]


@pytest.mark.parametrize("trouble", [OperationalError, InterfaceError, SoftTimeLimitExceeded])
def test_the_databases_and_the_workers_trouble_give_no_copy_up(account, monkeypatch, trouble):
    mail = waiting()

    def fail(*args: object) -> bytes:
        raise trouble

    with monkeypatch.context() as troubled, pytest.raises(trouble):
        troubled.setattr(filing.message, "build_copy", fail)
        file_copies()

    mail.refresh_from_db()
    assert mail.copy_status == Copy.WAITING
    assert file_copies() == 1


@pytest.mark.parametrize(("copies", "has_mailbox"), [("server", True), ("bcc", True), ("none", True), ("none", False)])
def test_switched_off_no_copy_is_filed_and_none_waits(account, settings, copies, has_mailbox):
    settings.MAIL_COPIES = copies
    if not has_mailbox:
        settings.IMAP_SERVER = None
    mail = waiting()

    assert file_copies() == 0

    mail.refresh_from_db()
    assert (mail.status, mail.copy_status) == ("sent", Copy.NONE)
    assert ids(account) == []


def test_nothing_to_file_opens_no_session(account, settings):
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, port=free_port())
    waiting(copy_due_at=timezone.now() + timedelta(hours=1))

    assert file_copies() == 0

    assert MailboxState.load().inbox_problem == ""


def test_a_run_ends_in_time_and_the_next_one_goes_on(account, monkeypatch):
    mails = [waiting() for _ in range(2)]
    monkeypatch.setattr(filing, "SECONDS_A_RUN", -1)
    assert file_copies() == 0

    monkeypatch.setattr(filing, "SECONDS_A_RUN", 120)
    assert file_copies() == 2

    assert ids(account) == [mail.message_id for mail in mails]


def test_copies_go_where_dovecot_flags_the_folder(dovecot_account):
    mail = waiting()

    assert file_copies() == 1

    assert ids(dovecot_account, "INBOX.Ausgang des Amts") == [mail.message_id]
