"""What `check_mail` says, against servers that speak SMTP and IMAP."""

import base64
import dataclasses
import socket
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from klimapakt.configuration import TokenService
from klimapakt.mailbox import oauth
from klimapakt.mailbox.check import check, network, trial
from klimapakt.mailbox.check.report import Report
from klimapakt.mailbox.models import MailboxState
from klimapakt.pact.models import Pact
from tests.smtp_peer import CERTIFICATE, FALL_SILENT, HANG_UP, Peer
from tests.token_service import Tokens

OFFICE = "klimapakt@musterstadt.example"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Nothing of these servers takes its time."""
    monkeypatch.setattr(trial, "PAUSE", 0.01)
    monkeypatch.setattr(trial, "GRACE", 0.1)
    monkeypatch.setattr(network, "TIMEOUT", 0.5)


@pytest.fixture
def said(pact):
    """Run the check; return what it said and the number of problems."""

    def said(**options) -> tuple[str, int]:
        lines: list[str] = []
        problems = check(lines.append, **{"patience": 0.3, **options})
        text = "\n".join(lines)
        assert text.count("  Problem: ") == problems
        return text, problems

    return said


def deliver(peer: Peer, account, *folders: str, head: bytes = b"") -> None:
    """Let what the server takes appear in the mailbox, as a server does that has both."""

    def put(dialogue: object) -> None:
        for folder in folders:
            account.put(head + peer.taken[-1].content, folder=folder)

    peer.at("DOT", put, always=True)


@pytest.fixture
def encrypted_peer(settings):
    peer = Peer(starttls=True)
    settings.MAIL_SERVER = dataclasses.replace(
        settings.MAIL_SERVER, host="localhost", port=peer.port, security="starttls"
    )
    yield peer
    peer.close()


# --- without a mailbox ------------------------------------------------------------------------------------------------


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


# --- the way to the server --------------------------------------------------------------------------------------------


def test_server_that_does_not_exist(said, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, host="gibt-es-nicht.invalid")

    text, problems = said()

    assert problems == 1
    assert "Den Server gibt-es-nicht.invalid gibt es im Netz nicht. Bitte prüfen Sie den Namen in MAIL_URL." in text


def test_port_on_which_nobody_listens(said, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=1)

    assert "nimmt keine Verbindung an. Bitte prüfen Sie den Port in MAIL_URL." in said()[0]


def test_server_that_never_answers(said, settings):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.MAIL_SERVER = dataclasses.replace(
            settings.MAIL_SERVER, port=listener.getsockname()[1], security="starttls"
        )

        text, _ = said()

    assert "antwortet nicht. Bitte prüfen Sie den Port in MAIL_URL und die Firewall" in text


@pytest.mark.parametrize(
    ("step", "sentence"),
    [("554 go away", "weist das Portal ab (Antwort 554)"), (HANG_UP, "legt gleich wieder auf")],
)
def test_server_that_wants_nothing_of_us(said, encrypted_peer, step, sentence):
    encrypted_peer.at("CONNECT", step, always=True)

    text, problems = said()

    assert problems == 1
    assert sentence in text


def test_server_without_encryption(said, peer, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, security="starttls")

    text, problems = said()

    assert problems == 1
    assert "bietet kein STARTTLS an. Bitte prüfen Sie Port und tls in MAIL_URL." in text
    assert peer.taken == []


def test_tls_where_the_server_speaks_in_clear(said, peer, settings):
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, security="tls")

    assert "Es kommt keine Verschlüsselung zustande." in said()[0]


def test_certificate_that_nobody_vouches_for(said, encrypted_peer):
    text, problems = said()

    assert problems == 1
    assert "hat sich selbst unterschrieben. Bitte lassen Sie es erneuern" in text
    assert encrypted_peer.taken == []


def test_certificate_for_another_name(said, encrypted_peer, settings, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, host=socket.gethostname())
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, *more, **options: [(2, 1, 6, "", ("127.0.0.1", port))]
    )

    assert "gilt für einen anderen Namen. Bitte lassen Sie es erneuern" in said()[0]


def test_days_of_a_certificate_are_counted(said, encrypted_peer, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    text, problems = said()

    assert problems == 0
    assert "verschlüsselt mit TLSv1.3; das Zertifikat gilt noch 3" in text


def test_certificate_that_ends_soon_is_a_problem(said, encrypted_peer, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    with time_machine.travel("2126-10-19 12:00:00+00:00"):
        text, problems = said()

    assert problems == 1
    assert "das Zertifikat gilt noch 10 Tage. Danach geht keine Mail mehr hinaus." in text


# --- signing in and sending -------------------------------------------------------------------------------------------


def test_refused_password(said, settings):
    peer = Peer(extensions=("peer.example", "AUTH PLAIN"))
    peer.at("AUTH", "535 5.7.8 no", always=True)
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=peer.port, user="amt", password="ganz-geheim")

    text, problems = said()
    peer.close()

    assert problems == 1
    assert "Der Mailserver lehnt die Anmeldung ab (Antwort 535). Bitte prüfen Sie MAIL_URL.\n" in text
    assert "ganz-geheim" not in text
    assert len(peer.logins) == 1


def test_account_that_is_not_named(said, settings):
    peer = Peer(extensions=("peer.example", "AUTH PLAIN"))
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=peer.port)

    text, _ = said()
    peer.close()

    assert "Das Portal meldet sich nicht an, obwohl der Server es anbietet" in text


def test_token_that_nobody_gives(said, peer, settings):
    oauth.forget()
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, user=OFFICE, auth="xoauth2")
    settings.MAIL_OAUTH = TokenService(
        token_url="http://127.0.0.1:1/token", client="a", secret="ganz-geheim", scope="mail", refresh_token=""
    )

    text, problems = said()

    assert problems == 1
    assert "Der Anmeldedienst (MAIL_OAUTH_URL) ist nicht erreichbar" in text
    assert peer.sessions == 0


@pytest.fixture
def tokens(settings):
    oauth.forget()
    service = Tokens()
    settings.MAIL_OAUTH = TokenService(
        token_url=service.url, client="a", secret="ganz-geheim", scope="mail", refresh_token=""
    )
    yield service
    oauth.forget()
    service.close()


@pytest.mark.parametrize(
    ("answer", "problems", "sentence"),
    [
        ("235 welcome", 0, "Die Anmeldung mit einem Token (OAuth) gelingt."),
        ("535 5.7.3 no", 1, "lehnt das Anmelde-Token ab (Antwort 535). Bitte prüfen Sie, ob die Anwendung"),
    ],
)
def test_token_instead_of_a_password(said, settings, tokens, answer, problems, sentence):
    peer = Peer(extensions=("peer.example", "AUTH XOAUTH2"))
    peer.at("AUTH", answer, always=True)
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=peer.port, user=OFFICE, auth="xoauth2")

    text, found = said()
    peer.close()

    assert found == problems
    assert "Der Anmeldedienst gibt ein Token (OAuth)." in text
    assert sentence in text
    assert base64.b64decode(peer.logins[0].split()[2]) == f"user={OFFICE}\x01auth=Bearer token-1\x01\x01".encode()
    assert "token-1" not in text


@pytest.mark.parametrize(
    ("extension", "line"),
    [
        ("SIZE 35882577", "  ok       Eine Mail darf 36 MB groß sein."),
        ("SIZE 2000000", "  Hinweis: Eine Mail darf 2 MB groß sein."),
        ("LIMITS RCPTMAX=20 MAILMAX=5", "  ok       Der Server nimmt höchstens 5 Mails je Verbindung"),
    ],
)
def test_limits_of_the_server_are_said(said, settings, extension, line):
    peer = Peer(extensions=("peer.example", extension))
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, port=peer.port)

    text, problems = said()
    peer.close()

    assert problems == 0
    assert line in text


def test_sender_that_the_server_refuses(said, peer):
    peer.at("MAIL", "550 5.7.60 not yours", always=True)

    text, problems = said()

    assert problems == 1
    assert f"Mails dürfen nicht von {OFFICE} kommen (Antwort 550)." in text
    assert peer.taken == []


@pytest.mark.parametrize(
    ("stage", "step", "sentence"),
    [
        ("RCPT", "550 5.1.1 unknown", "Der Mailserver kennt diese Adresse nicht."),
        ("DATA", "451 later", "Der Mailserver bittet um Geduld (Antwort 451)."),
        ("DOT", HANG_UP, "hat die Testmail nicht bestätigt"),
    ],
)
def test_test_mail_that_is_not_taken(said, peer, stage, step, sentence):
    peer.at(stage, step, always=True)

    text, problems = said()

    assert problems == 1
    assert sentence in text


# --- the mailbox ------------------------------------------------------------------------------------------------------


def test_mailbox_that_is_all_right(said, peer, account):
    deliver(peer, account, "INBOX")

    text, problems = said()

    assert problems == 0
    assert "Der Posteingang „INBOX“ lässt sich lesen." in text
    assert "Gesendete Mails liegen im Ordner „Gesendet“ (am Namen erkannt)." in text
    assert "Sie ist im Posteingang angekommen." in text
    assert "Die Uhren des Portals und des Postfachs gehen gleich." in text
    assert "das Portal tut es (MAIL_COPIES=portal)" in text
    state = MailboxState.load()
    assert state.server_files_copies is False
    assert timezone.now() - state.checked_at < timedelta(minutes=1)


def test_flagged_folder_is_found(said, peer, dovecot_account):
    deliver(peer, dovecot_account, "INBOX")

    text, problems = said()

    assert problems == 0
    assert "„INBOX.Ausgang des Amts“ (der Server kennzeichnet ihn so)" in text


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


def test_folder_that_is_missing_is_a_problem_with_a_choice(said, peer, account):
    account.delete("Gesendet")
    account.create("Ausgang")
    deliver(peer, account, "INBOX")

    text, problems = said()

    assert problems == 1
    assert "Im Postfach gibt es keinen Ordner für gesendete Mails." in text
    assert "Diese Ordner gibt es: „Ausgang“, „INBOX“." in text
    assert "ließ sich nicht feststellen" in text


def test_password_that_the_mailbox_refuses(said, peer, account, settings):
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, password="ganz-geheim")

    text, problems = said()

    assert problems == 1
    assert "Das Postfach lehnt die Anmeldung ab." in text
    assert "ganz-geheim" not in text
    assert len(peer.taken) == 1


def test_mailbox_without_encryption(said, peer, account, settings):
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, security="starttls")

    text, problems = said()

    assert problems == 1
    assert "bietet kein STARTTLS an. Bitte prüfen Sie Port und tls in IMAP_URL." in text


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted_mailbox(said, peer, dovecot, dovecot_account, settings, monkeypatch, security):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    port = dovecot.tls_port if security == "tls" else dovecot.port
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, port=port, security=security)
    deliver(peer, dovecot_account, "INBOX")

    text, problems = said()

    assert problems == 0
    assert f"Port {port} ist erreichbar, verschlüsselt mit TLSv1.3; das Zertifikat gilt noch 3" in text


def test_checking_changes_nothing_in_the_mailbox(said, peer, account):
    account.put(b"Message-ID: <a@x.example>\r\nSubject: Frage\r\n\r\nHallo\r\n")
    before = account.state()

    said()

    assert account.state() == before


# --- what the receiving server thinks ---------------------------------------------------------------------------------


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


def test_silent_server_is_given_up(said, peer, monkeypatch):
    monkeypatch.setattr("klimapakt.mailbox.smtp.TIMEOUT", 0.3)
    peer.at("EHLO", FALL_SILENT, always=True)

    text, problems = said()

    assert problems == 1
    assert "Der Mailserver ist nicht erreichbar." in text
