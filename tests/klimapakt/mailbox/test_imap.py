"""The session with the office's mailbox: signing in, the folder of sent mails, searching, and leaving no trace."""

import base64
import dataclasses
import socketserver
import threading
from datetime import UTC, date, datetime

import pytest

from klimapakt.configuration import ImapServer, TokenService
from klimapakt.mailbox import imap, oauth
from tests.environment import free_port
from tests.imap_server import CERTIFICATE, FULL
from tests.token_service import Tokens

MAIL = b"""From: klimapakt@musterstadt.example
To: erika@musterbetrieb.example
Subject: Guten Tag
Message-ID: <%b@musterstadt.example>

Guten Tag,
hier ist Ihre Mail.
"""


def mail(name: str) -> bytes:
    return (MAIL % name.encode()).replace(b"\n", b"\r\n")


def message_id(name: str) -> str:
    return f"<{name}@musterstadt.example>"


@pytest.fixture(params=["pymap", "dovecot"])
def anywhere(request):
    """A mailbox on each of the two servers."""
    return request.getfixturevalue({"pymap": "account", "dovecot": "dovecot_account"}[request.param])


@pytest.mark.parametrize("folder", ["Gesendete Elemente", "Gesendete Objekte", "Sent Items", "SENT"])
def test_a_folder_of_sent_mails_is_known_by_its_name(account, folder):
    account.delete("Gesendet")
    account.create("Entwürfe", folder, "Projekte/Sent")

    with imap.mailbox() as mailbox:
        assert mailbox.sent_folder == folder


def test_a_folder_below_the_inbox_is_known_too(account):
    account.delete("Gesendet")
    account.create("INBOX/Gesendet")

    with imap.mailbox() as mailbox:
        assert mailbox.sent_folder == "INBOX/Gesendet"


def test_the_folder_that_the_server_flags_is_the_one_of_sent_mails(dovecot_account):
    dovecot_account.create("INBOX.Sent")

    with imap.mailbox() as mailbox:
        assert mailbox.sent_folder == "INBOX.Ausgang des Amts"


def test_the_folder_that_the_operator_names_wins(dovecot_account, settings):
    dovecot_account.create("INBOX.Größeres")
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, sent="INBOX.Größeres")

    with imap.mailbox() as mailbox:
        assert mailbox.sent_folder == "INBOX.Größeres"


@pytest.mark.parametrize(("sent", "says"), [("", "keinen Ordner für gesendete Mails"), ("Ablage", "„Ablage“")])
def test_a_missing_folder_of_sent_mails_is_said_in_words(account, settings, sent, says):
    account.delete("Gesendet")
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, sent=sent)

    with imap.mailbox() as mailbox, pytest.raises(imap.ImapProblem) as problem:
        mailbox.append_sent(mail("a"), at=datetime.now(UTC))

    assert says in problem.value.sentence
    assert "IMAP_URL" in problem.value.sentence


def test_a_copy_is_filed_as_read_with_its_own_date(anywhere):
    with imap.mailbox() as mailbox:
        mailbox.append_sent(mail("a").replace(b"\r\n", b"\n"), at=datetime(2026, 3, 29, 12, 30, tzinfo=UTC))
        folder = mailbox.sent_folder

    assert anywhere.messages(folder) == [mail("a")]
    [(flags, at, _)] = anywhere.state()[folder].values()
    assert flags == [rb"\Seen"]
    assert at == datetime(2026, 3, 29, 12, 30, tzinfo=UTC)


def test_a_mail_is_found_by_its_message_id_wherever_it_lies(anywhere):
    with imap.mailbox() as mailbox:
        sent = mailbox.sent_folder
        anywhere.put(mail("sent"), folder=sent)
        anywhere.put(mail("inbox"))

        found = mailbox.find_all([message_id("sent"), message_id("inbox"), message_id("nowhere")])

        assert found == {message_id("sent"): sent, message_id("inbox"): "INBOX"}
        assert mailbox.is_filed(message_id("sent"))
        assert not mailbox.is_filed(message_id("inbox"))


def test_many_mails_are_looked_for_in_one_session(anywhere):
    with imap.mailbox() as mailbox:
        sent = mailbox.sent_folder
        separator = mailbox.folders["INBOX"][0]
        other = f"INBOX{separator}Ablage"
        anywhere.create(other)
        anywhere.put(mail("a"), mail("b"), folder=sent)
        anywhere.put(mail("c"), folder=other)

    with imap.mailbox() as mailbox:
        ids = [message_id(name) for name in "abcd"]

        assert mailbox.find_all(ids) == {message_id("a"): sent, message_id("b"): sent}
        assert mailbox.find_all(ids, everywhere=True).get(message_id("c")) == other
        assert message_id("d") not in mailbox.find_all(ids, everywhere=True)


def test_what_arrives_during_a_session_is_found(anywhere):
    with imap.mailbox() as mailbox:
        assert not mailbox.is_filed(message_id("late"))

        anywhere.put(mail("late"), folder=mailbox.sent_folder)

        assert mailbox.is_filed(message_id("late"))


def test_a_search_can_leave_out_what_is_older(anywhere):
    with imap.mailbox() as mailbox:
        anywhere.put(mail("old"), folder=mailbox.sent_folder, at=datetime(2026, 1, 1, 12, tzinfo=UTC))

        assert mailbox.find_all([message_id("old")], since=date(2026, 1, 1))
        assert not mailbox.find_all([message_id("old")], since=date(2026, 1, 3))


def test_reading_and_searching_leave_no_trace(anywhere):
    anywhere.put(mail("unread"), mail("second"))
    anywhere.put(mail("flagged"), flags=(rb"\Flagged", rb"\Answered"))
    before = anywhere.state()

    with imap.mailbox() as mailbox:
        mailbox.open_inbox()
        uids = mailbox.uids_since(date(2026, 1, 1))
        heads = mailbox.envelopes(uids)
        contents = [mailbox.beginning(uid, 100_000) for uid in uids]
        mailbox.find_all([message_id("nowhere")])

    assert len(uids) == 3
    assert b"unread@" in heads[0].head
    assert contents[0] == mail("unread")
    assert heads[0].size == len(mail("unread"))
    assert heads[0].received_at.tzinfo
    assert anywhere.state() == before
    assert any(rb"\Flagged" in flags for flags, _, _ in before["INBOX"].values())


def test_a_large_message_is_read_in_part(anywhere):
    anywhere.put(mail("large") + b"x" * 70 + b"\r\n" + b"0123456789\r\n" * 100_000)

    with imap.mailbox() as mailbox:
        mailbox.open_inbox()
        [uid] = mailbox.uids_after(0)

        assert len(mailbox.beginning(uid, 5000)) == 5000
        assert mailbox.uids_after(uid) == []
        assert mailbox.beginning(uid + 1, 5000) == b""


def test_a_wrong_password_is_said_in_words(anywhere, settings):
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, password="falsch")

    with pytest.raises(imap.ImapProblem) as problem, imap.mailbox():
        pass

    assert "lehnt die Anmeldung ab" in problem.value.sentence
    assert "falsch" not in str(problem.value)


def test_a_server_that_is_gone_is_said_in_words(account, settings):
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, port=free_port())

    with pytest.raises(imap.ImapProblem) as problem, imap.mailbox():
        pass

    assert "nicht erreichbar" in problem.value.sentence


@pytest.fixture(params=["tls", "starttls"])
def encrypted(request, dovecot, dovecot_account, settings):
    """The mailbox on Dovecot, spoken to with TLS."""
    port = dovecot.tls_port if request.param == "tls" else dovecot.port
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, security=request.param, port=port)
    return dovecot_account


def test_a_certificate_that_nobody_vouches_for_ends_the_session(encrypted):
    with pytest.raises(imap.ImapProblem) as problem, imap.mailbox():
        pass

    assert "Zertifikat" in problem.value.sentence


def test_with_a_good_certificate_the_session_is_encrypted(encrypted, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    with imap.mailbox() as mailbox:
        assert mailbox.client.socket().version().startswith("TLS")
        assert mailbox.sent_folder


def test_a_server_without_starttls_never_hears_the_password(account, settings):
    settings.IMAP_SERVER = dataclasses.replace(settings.IMAP_SERVER, security="starttls")

    with pytest.raises(imap.ImapProblem) as problem, imap.mailbox():
        pass

    assert "STARTTLS" in problem.value.sentence


def test_a_full_mailbox_is_told_from_other_refusals(dovecot, settings):
    settings.IMAP_SERVER = dovecot.account(FULL).server

    with imap.mailbox() as mailbox:
        with pytest.raises(imap.ImapProblem) as problem:
            mailbox.append_sent(mail("a") + b"x" * 5000, at=datetime.now(UTC))
        assert mailbox.find_all([message_id("a")]) == {}  # the session goes on

    assert problem.value.is_full
    assert not problem.value.is_over


class TokenServer(socketserver.ThreadingTCPServer):
    """An IMAP server that takes access tokens (neither pymap nor Dovecot does without a service of its own)."""

    daemon_threads = True

    def __init__(self, *tokens: str) -> None:
        super().__init__(("127.0.0.1", 0), TokenDialogue)
        self.good, self.heard = set(tokens), []
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()


class TokenDialogue(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] bereit\r\n")
        for line in self.rfile:
            tag, command, *_ = line.split()
            if command == b"AUTHENTICATE":
                self.wfile.write(b"+ \r\n")
                said = base64.b64decode(self.rfile.readline()).decode()
                self.server.heard.append(said)
                if said.removeprefix("user=amt\1auth=Bearer ").removesuffix("\1\1") in self.server.good:
                    self.wfile.write(tag + b" OK gut\r\n")
                    continue
                self.wfile.write(b"+ " + base64.b64encode(b'{"status":"400"}') + b"\r\n")
                assert self.rfile.readline() == b"\r\n"
                self.wfile.write(tag + b" NO [AUTHENTICATIONFAILED] abgelaufen\r\n")
            elif command == b"CAPABILITY":
                self.wfile.write(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n" + tag + b" OK gut\r\n")
            else:
                self.wfile.write(tag + b" OK gut\r\n")


@pytest.fixture
def by_token(settings):
    """A mailbox that takes the second token of the service, not the first."""
    tokens, server = Tokens(), TokenServer("token-2")
    settings.MAIL_OAUTH = TokenService(
        token_url=tokens.url, client="portal", secret="geheim", scope="mail", refresh_token=""
    )
    settings.IMAP_SERVER = ImapServer(
        host="127.0.0.1", port=server.server_address[1], user="amt", password="", security="none", auth="xoauth2"
    )
    oauth.forget()
    yield server
    oauth.forget()
    server.close()
    tokens.close()


def test_a_mailbox_is_opened_with_an_access_token_and_a_refused_one_is_ordered_anew(by_token):
    with pytest.raises(imap.ImapProblem, match="authentication refused"), imap.mailbox():
        pass
    with imap.mailbox():
        pass

    assert by_token.heard == [f"user=amt\1auth=Bearer token-{number}\1\1" for number in (1, 2)]


def test_without_a_token_the_service_is_named(by_token, settings):
    settings.MAIL_OAUTH = None

    with pytest.raises(imap.ImapProblem) as problem, imap.mailbox():
        pass

    assert "MAIL_OAUTH" in problem.value.sentence
    assert by_token.heard == []
