"""The test mail: whether it arrives, who files its copy, and what the receiving server thinks."""

from datetime import timedelta

import pytest

from klimapakt.mailbox.check import trial
from klimapakt.mailbox.check.report import Report
from klimapakt.mailbox.models import MailboxState
from tests.klimapakt.mailbox.check.delivery import deliver


def test_only_the_test_mail_itself_counts_as_arrived(said, peer, account):
    account.put(b"Message-ID: <other@x.example>\r\nSubject: Testmail des Portals\r\n\r\nHallo\r\n")

    text, problems = said()

    assert problems == 1
    assert "Sie ist nach 0 Sekunden nicht im Posteingang." in text
    assert MailboxState.load().server_files_copies is None


def test_what_was_known_before_does_not_outlive_a_doubt(said, peer, account):
    MailboxState.load()
    MailboxState.objects.update(server_files_copies=True)

    said()

    assert MailboxState.load().server_files_copies is None


@pytest.mark.parametrize(
    ("copies", "problems", "sentence"),
    [
        ("portal", 1, "Problem: Der Server legt gesendete Mails von selbst ab."),
        ("none", 1, "Problem: Der Server legt gesendete Mails von selbst ab."),
        ("server", 0, "Hinweis: Der Server legt gesendete Mails von selbst ab, wie es MAIL_COPIES=server will."),
    ],
)
def test_server_that_files_copies_keeps_links_in_them(said, peer, account, settings, copies, problems, sentence):
    settings.MAIL_COPIES = copies
    deliver(peer, account, "INBOX", "Gesendet")

    text, found = said()

    assert found == problems
    assert sentence in text
    assert "stehen persönliche Links und Codes im Klartext" in text
    assert MailboxState.load().server_files_copies is True


@pytest.mark.parametrize(
    ("copies", "problems", "sentence"),
    [
        ("server", 1, "Bitte setzen Sie MAIL_COPIES=portal."),
        ("none", 0, "(MAIL_COPIES=none). Mit MAIL_COPIES=portal stünden alle im Ordner"),
        ("bcc", 0, "(MAIL_COPIES=bcc). Mit MAIL_COPIES=portal stünden alle im Ordner"),
    ],
)
def test_server_that_files_nothing(said, peer, account, settings, copies, problems, sentence):
    settings.MAIL_COPIES = copies
    deliver(peer, account, "INBOX")

    text, found = said()

    assert found == problems
    assert sentence in text


@pytest.mark.parametrize(
    ("head", "problems", "lines"),
    [
        (b"", 0, ["  Hinweis: Der Server hat nichts über SPF, DKIM und DMARC vermerkt"]),
        (
            b"Authentication-Results: mx.example;\r\n spf=pass smtp.mailfrom=a@b.example;\r\n"
            b" dkim=fail; dkim=pass header.d=b.example; dmarc=pass\r\n",
            0,
            ["  ok       SPF: ", "  ok       DKIM: ", "  ok       DMARC: "],
        ),
        (
            b"Authentication-Results: mx.example; spf=softfail; dkim=none\r\n",
            1,
            ["  Problem: SPF: Der empfangende Server sagt „softfail“.", "  Hinweis: DKIM: ", "  Hinweis: DMARC: Dazu"],
        ),
        (
            b"Authentication-Results: mx.example; dmarc=fail\r\nAuthentication-Results: evil.example; dmarc=pass\r\n",
            1,
            ["  Problem: DMARC: Der empfangende Server sagt „fail“."],
        ),
        (b"Authentication-Results: \xff\xfe; spf=p\xe4ss\r\n", 0, ["Testmail"]),
    ],
)
def test_verdicts_of_the_receiving_server_are_explained(said, peer, account, head, problems, lines):
    deliver(peer, account, "INBOX", head=head)

    text, found = said()

    assert found == problems
    assert [line for line in lines if line not in text] == []


def test_clock_that_is_wrong():
    lines: list[str] = []

    trial._compare_clocks(Report(lines.append), timedelta(minutes=-7))

    assert "gehen um 7 Minuten auseinander" in lines[0]
