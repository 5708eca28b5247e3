"""The dialogue with the mail server, step by step, against a scripted one."""

import base64
import dataclasses

import pytest

from klimapakt.configuration.mail import TokenService
from klimapakt.mailbox import oauth, smtp
from tests.smtp_peer import FALL_SILENT, Peer

MESSAGE = b"Subject: Guten Tag\r\n\r\nHallo\r\n"
ENVELOPE = {"sender": "klimapakt@musterstadt.example", "recipient": "erika@musterbaeckerei.example"}


@pytest.fixture
def session(peer: Peer, settings):
    with smtp.Session(settings.MAIL_SERVER) as session:
        yield session


def test_one_session_carries_many_mails(session, peer: Peer):
    for _ in range(3):
        assert session.send(MESSAGE, **ENVELOPE) == 250

    assert (len(peer.taken), peer.sessions) == (3, 1)


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        (b"a\nb\rc\r\nd", b"a\r\nb\r\nc\r\nd\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n.\r\nb\r\n"),
        (b".a\n..b\n.", b".a\r\n..b\r\n.\r\n"),
        (b"a\n.\nMAIL FROM:<x@y.example>\n", b"a\r\n.\r\nMAIL FROM:<x@y.example>\r\n"),
    ],
)
def test_lines_and_dots_arrive_as_they_are_and_end_no_message(written, taken, session, peer: Peer):
    session.send(written, **ENVELOPE)

    assert [mail.content for mail in peer.taken] == [taken]


def test_a_message_of_many_pieces_arrives_whole(session, peer: Peer):
    long = b"Subject: x\r\n\r\n" + b"0123456789abcdef" * 60 * 200 + b"\r\n"

    session.send(long, **ENVELOPE)

    assert peer.taken[0].content == long


def test_nothing_is_taken_when_the_word_before_the_dot_is_no(session, peer: Peer):
    def no() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        session.send(MESSAGE, **ENVELOPE, before_dot=no)
    session.send(MESSAGE, **ENVELOPE)

    assert (len(peer.taken), peer.sessions) == (1, 2)


def test_the_word_before_the_dot_comes_when_only_the_dot_is_missing(session, peer: Peer):
    reached = []

    session.send(MESSAGE, **ENVELOPE, before_dot=lambda: reached.append((peer.reached["DATA"], len(peer.taken))))

    assert reached == [(1, 0)]


def test_a_mail_longer_than_the_server_takes_is_not_even_begun(peer: Peer, settings):
    peer.extensions = ("peer.example", "SIZE 20")

    with smtp.Session(settings.MAIL_SERVER) as session, pytest.raises(smtp.Refused) as refusal:
        session.send(MESSAGE, **ENVELOPE)

    assert "zu groß" in refusal.value.sentence
    assert (refusal.value.is_about_address, refusal.value.is_our_fault, peer.reached["MAIL"]) == (False, False, 0)


@pytest.mark.parametrize(
    ("answer", "is_about_address", "is_our_fault", "words"),
    [
        ("550 5.1.1 unknown", True, False, "kennt diese Adresse nicht"),
        ("552 5.2.2 full", True, False, "Postfach ist voll"),
        ("550 5.7.1 relaying denied", False, True, "abgelehnt"),
        ("530 5.7.0 log in first", False, True, "abgelehnt"),
    ],
)
def test_a_refusal_at_the_recipient_says_whose_fault_it_is(
    answer, is_about_address, is_our_fault, words, session, peer: Peer
):
    peer.at("RCPT", answer)

    with pytest.raises(smtp.Refused) as refusal:
        session.send(MESSAGE, **ENVELOPE)

    assert (refusal.value.is_about_address, refusal.value.is_our_fault) == (is_about_address, is_our_fault)
    assert words in refusal.value.sentence


@pytest.mark.parametrize("answer", ["hello", "354 go on", "999 what", "250-" + "x" * 9000])
def test_what_is_no_answer_to_the_dot_leaves_it_open(answer, session, peer: Peer):
    peer.at("DOT", answer)

    with pytest.raises(smtp.AnswerLost):
        session.send(MESSAGE, **ENVELOPE)


def test_patience_holds_for_the_answer_to_the_dot_alone(session, peer: Peer, monkeypatch):
    monkeypatch.setattr(smtp, "TIMEOUT", 0.2)
    peer.at("DOT", 0.5)
    session.send(MESSAGE, **ENVELOPE)
    peer.at("RCPT", FALL_SILENT)

    with pytest.raises(smtp.TryLater):
        session.send(MESSAGE, **ENVELOPE)

    assert len(peer.taken) == 1


@pytest.mark.parametrize("address", ["", "a b@c.example", "ä@b.example", "a@b.example>\r\nRCPT TO:<c@d.example"])
def test_no_address_becomes_a_command(address, session, peer: Peer):
    with pytest.raises((smtp.Refused, smtp.TryLater)):
        peer.at("RCPT", "501 5.1.3 what is that")
        session.send(MESSAGE, sender=ENVELOPE["sender"], recipient=address)

    assert peer.taken == []
    assert peer.reached["RCPT"] <= 1


# --- login ------------------------------------------------------------------------------------------------------------


def test_a_password_with_umlauts_is_said_in_utf_8_and_once(peer: Peer, settings):
    peer.extensions = ("peer.example", "AUTH CRAM-MD5 LOGIN PLAIN")
    server = dataclasses.replace(settings.MAIL_SERVER, user="büro", password="schlüssel")
    peer.at("AUTH", "535 5.7.8 no", always=True)

    with smtp.Session(server) as session, pytest.raises(smtp.Stop):
        session.send(MESSAGE, **ENVELOPE)

    [line] = peer.logins
    assert base64.b64decode(line.removeprefix("AUTH PLAIN ")).decode() == "\0büro\0schlüssel"


def test_a_server_that_knows_no_way_to_log_in_gets_no_mail(peer: Peer, settings):
    server = dataclasses.replace(settings.MAIL_SERVER, user="klimapakt", password="geheim")

    with smtp.Session(server) as session, pytest.raises(smtp.TryLater, match="not offered"):
        session.send(MESSAGE, **ENVELOPE)

    assert (peer.logins, peer.taken) == ([], [])


@pytest.fixture
def tokens(settings, monkeypatch) -> list[str]:
    """Tokens that the service gives out, one after the other."""
    settings.MAIL_OAUTH = TokenService(
        token_url="https://login.example/token", client="portal", secret="s", scope="smtp", refresh_token=""
    )
    waiting = ["old", "new"]
    monkeypatch.setattr(oauth, "_order", lambda service: (waiting.pop(0), 3600.0))
    oauth.forget()
    return waiting


@pytest.mark.parametrize(
    ("answers", "outcome", "shown"),
    [
        ([], 250, ["old"]),
        (["535 5.7.3 expired"], 250, ["old", "new"]),
        (["535 5.7.3 expired"] * 2, smtp.Stop, ["old", "new"]),
        (["454 4.7.0 later"], smtp.TryLater, ["old"]),
    ],
)
def test_a_refused_token_is_replaced_once(answers, outcome, shown, tokens, peer: Peer, settings):
    server = dataclasses.replace(settings.MAIL_SERVER, user="klimapakt@musterstadt.example", auth="xoauth2")
    for answer in answers:
        peer.at("AUTH", answer)

    with smtp.Session(server) as session:
        if outcome == 250:
            assert session.send(MESSAGE, **ENVELOPE) == 250
        else:
            with pytest.raises(outcome):
                session.send(MESSAGE, **ENVELOPE)

    said = [base64.b64decode(line.removeprefix("AUTH XOAUTH2 ")).decode() for line in peer.logins]
    assert said == [f"user=klimapakt@musterstadt.example\x01auth=Bearer {token}\x01\x01" for token in shown]


def test_the_reason_for_a_refused_token_gets_an_empty_answer(tokens, peer: Peer, settings):
    server = dataclasses.replace(settings.MAIL_SERVER, user="klimapakt@musterstadt.example", auth="xoauth2")
    heard = []

    def refuse(dialogue: object) -> str:
        dialogue.connection.sendall(b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n")
        heard.append(dialogue.lines.readline())
        return "535 5.7.3 expired"

    peer.at("AUTH", refuse, refuse)

    with smtp.Session(server) as session, pytest.raises(smtp.Stop):
        session.send(MESSAGE, **ENVELOPE)

    assert heard == [b"\r\n", b"\r\n"]
