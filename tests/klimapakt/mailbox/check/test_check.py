"""What `check_mail` says without a mailbox, and how the command ends."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from klimapakt.mailbox.models import MailboxState
from klimapakt.pact.models import Pact
from tests.klimapakt.mailbox.check.delivery import OFFICE


def test_everything_else_is_checked_without_a_mailbox(said, peer):
    text, problems = said()

    assert problems == 0
    assert f"Mails dürfen von {OFFICE} kommen." in text
    assert f"Der Mailserver hat eine Testmail an {OFFICE} angenommen." in text
    assert "Hinweis: IMAP_URL ist nicht gesetzt." in text
    assert [mail.recipients for mail in peer.taken] == [(OFFICE,)]


def test_pact_without_a_mailbox_is_told_so_and_nothing_is_sent(said, peer):
    Pact.objects.update(office_email="")

    text, problems = said()

    assert problems == 1
    assert "Der Klimapakt hat kein Postfach." in text
    assert peer.taken == []


def test_test_mail_can_go_elsewhere_too(said, peer):
    said(to="pruefung@anderswo.example")

    assert [mail.recipients for mail in peer.taken] == [("pruefung@anderswo.example",), (OFFICE,)]


def test_nothing_leaves_while_mails_are_held(said, peer, settings):
    settings.MAIL_MODE = "held"

    text, problems = said(to="pruefung@anderswo.example")

    assert problems == 0
    assert "MAIL_MODE=held: Keine Mail verlässt das Portal" in text
    assert peer.taken == []


def test_stopped_sender_is_mentioned(said, peer):
    MailboxState.load()
    MailboxState.objects.update(stopped_at=timezone.now(), stopped_because="Das Passwort ist falsch.")

    assert "Uhr: Das Passwort ist falsch." in said()[0]


# --- the command ------------------------------------------------------------------------------------------------------


def test_command_ends_well_when_all_is_well(pact, peer):
    out = StringIO()

    call_command("check_mail", stdout=out)

    assert out.getvalue().endswith("Kein Problem gefunden.\n")


def test_command_fails_with_the_number_of_problems(pact, peer):
    peer.at("MAIL", "550 no", always=True)

    with pytest.raises(CommandError, match="1 Problem gefunden"):
        call_command("check_mail", stdout=StringIO())


def test_command_wants_an_address(pact, peer):
    with pytest.raises(CommandError, match="--to braucht eine Mailadresse"):
        call_command("check_mail", "--to", "alle", stdout=StringIO())

    assert peer.sessions == 0
