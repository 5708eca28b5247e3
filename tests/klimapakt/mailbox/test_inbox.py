"""Reading the office's mailbox: each message once, without a trace, and whatever it holds."""

import dataclasses
import time
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from klimapakt.mailbox import imap, inbox
from klimapakt.mailbox.inbox import reading
from klimapakt.mailbox.models import IncomingMail, MailboxState, OutgoingMail, ReadMark
from tests.environment import free_port
from tests.klimapakt.mailbox.arrivals import BOUNCES, ERIKA, OURS, answer, notice, our_mail


@pytest.fixture
def ours(pact) -> OutgoingMail:
    return our_mail()


def kept() -> list[tuple[str, str]]:
    return list(IncomingMail.objects.order_by("pk").values_list("kind", "subject"))


def test_the_first_reading_goes_back_a_day(account, ours):
    account.put(notice("exim_old"), at=datetime.now(UTC) - timedelta(days=9))
    account.put(notice("postfix_unknown"))

    assert inbox.read() == 1
    assert inbox.read() == 0

    assert kept() == [("bounce", "Undelivered Mail Returned to Sender")]


def test_an_empty_inbox_is_read_from_now_on(account, ours):
    assert inbox.read() == 0

    account.put(notice("postfix_unknown"))

    assert inbox.read() == 1


def test_each_message_is_read_once(account, ours, monkeypatch):
    account.put(answer(), b"Subject: anderes\r\n\r\nText\r\n")
    inbox.read()
    seen = []
    envelopes = imap.Mailbox.envelopes
    monkeypatch.setattr(imap.Mailbox, "envelopes", lambda self, uids: seen.extend(uids) or envelopes(self, uids))

    account.put(answer(Message_ID="<antwort-2@musterbetrieb.example>"))
    assert inbox.read() == 1

    assert len(seen) == 1


def test_after_the_server_numbered_anew_what_was_kept_is_not_kept_again(account, ours):
    account.put(answer(), notice("postfix_delayed"))
    inbox.read()
    ReadMark.objects.update(uid_validity=7, last_uid=999_999)
    account.put(answer(Message_ID="<antwort-2@musterbetrieb.example>"))

    assert inbox.read() == 1

    assert IncomingMail.objects.count() == 2
    assert ReadMark.objects.get().uid_validity != 7


def test_without_a_mailbox_nothing_is_read(settings):
    settings.IMAP_SERVER = None

    assert inbox.read() == 0


def test_reading_changes_nothing_in_the_mailbox(account, ours, settings):
    account.put(notice("postfix_unknown"), answer(), b"Subject: anderes\r\n\r\nText\r\n")
    account.put(answer(Message_ID="<x@y.example>"), flags=(rb"\Flagged",))
    before = account.state()

    assert inbox.read() == 3

    assert account.state() == before


def test_reading_changes_nothing_on_dovecot(dovecot_account, ours):
    dovecot_account.put(notice("postfix_unknown"), answer(), b"Subject: anderes\r\n\r\nText\r\n")
    dovecot_account.put(answer(Message_ID="<x@y.example>"), flags=(rb"\Seen", rb"\Answered", b"$Wichtig"))
    before = dovecot_account.state()

    assert inbox.read() == 3
    assert inbox.read() == 0

    assert dovecot_account.state() == before
    assert any(b"$Wichtig" in flags for flags, _, _ in before["INBOX"].values())


# --- what shall do no harm ---


class Box:
    """Stands for the session: the message does not come over the net here."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def beginning(self, uid: int, limit: int) -> bytes:
        return self.content[:limit]


def understand(content: bytes) -> object:
    head = content[: imap.HEAD_LIMIT].partition(b"\r\n\r\n")[0]
    return reading._understand(imap.Envelope(1, len(content), timezone.now(), head), Box(content), set())


def nested(levels: int, inner: bytes) -> bytes:
    """Return a message inside a message inside a message …"""
    content = inner
    for number in range(levels):
        content = b"From: %s\r\nIn-Reply-To: %s\r\nMIME-Version: 1.0\r\nMessage-ID: <n%d@x.example>\r\nContent-Type: message/rfc822\r\n\r\n%s" % (
            ERIKA.encode(), OURS.encode(), number, content
        )  # fmt: skip
    return content


def parts_in_parts(levels: int) -> bytes:
    head = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(levels))
    return f"From: {ERIKA}\r\nIn-Reply-To: {OURS}\r\nMIME-Version: 1.0\r\n{head}Content-Type: text/plain\r\n\r\nText\r\n".encode()


REPORT = (
    b"From: MAILER-DAEMON@x.example\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
)

HARMFUL = {
    "next to nothing": b"\r\n",
    "no headers": b"\r\n\r\nText",
    "only NUL": b"\0" * 500,
    "NUL in the headers": answer().replace(b"Subject: AW", b"Subject: \0AW\0"),
    "NUL in the text": answer().replace(b"Vielen", b"\0Viel\0en"),
    "unknown charset": answer().replace(b'charset="utf-8"', b'charset="klingonisch"'),
    "charset that is none": answer().replace(b'charset="utf-8"', b'charset="base64"'),
    "slow charset": answer("ü" * 50_000).replace(b'charset="utf-8"', b'charset="punycode"'),
    "lying charset": answer().replace(b"Vielen", b"\xff\xfe\x80Viel"),
    "broken base64": answer().replace(b"7bit", b"base64").replace(b"Vielen", b"=?"),
    "broken words in the subject": answer().replace(b"Subject: AW", b"Subject: =?utf-8?b?!!!?= =?x?q?=ZZ?="),
    "raw bytes in the headers": answer().replace(b"Subject: AW", b"Subject: \xfc\xf6\xe4"),
    "no address": answer().replace(b"From: Erika Muster <erika@musterbetrieb.example>", b"From: <>, @, \"<"),
    "two senders": answer() .replace(b"To: ", b"From: zweite@x.example\r\nTo: "),
    "comments in comments": b"From: " + b"(" * 5000 + b"\r\n\r\nText",
    "many recipients": answer().replace(b"To: ", b"To: " + b", ".join(b"a%d@x.example" % n for n in range(3000)) + b", "),
    "many headers": b"".join(b"X-%d: y\r\n" % n for n in range(9000)) + answer(),
    "a long header": b"X-Lang: " + b"y" * 300_000 + b"\r\n" + answer(),
    "many references": answer(References=" ".join(f"<{n}@x.example>" for n in range(2000))),
    "message in message": nested(100, answer()),
    "message in message, deep": nested(1500, answer()),
    "parts in parts": parts_in_parts(100),
    "parts in parts, deep": parts_in_parts(2000),
    "many parts": REPORT + b"--x\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 4000,
    "a boundary that is none": REPORT.replace(b"boundary=x", b"boundary="),
    "a report of nothing": REPORT,
    "a report with empty fields": REPORT + b"--x\r\nContent-Type: message/delivery-status\r\n\r\n\r\n\r\n\r\n--x--",
    "a report without end": REPORT + b"--x\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: ;;;\r\nAction",
    "a report in base64": REPORT + b"--x\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--x--",
    "one endless word": b"From: MAILER-DAEMON@x.example\r\n\r\nMessage-ID: " + b"a" * 250_000,
    "one endless quotation": answer("> " * 90_000),
    "many quotations": answer("Er schrieb:\n" * 15_000),
    "one endless link": answer("http://127.0.0.1/" + "z/" * 100_000),
    "open tags": answer("", html="<" * 90_000),
    "open links": answer("", html="<a " * 30_000),
    "open quotes": answer("", html="<a b=\"c" * 10_000),
    "open comments": answer("", html="<!--" * 25_000),
    "tags in tags": answer("", html="<div><blockquote>" * 6000),
    "bad references to characters": answer("", html="&#0;&#xffffffff;&#99999999999;&amp" * 3000),
    "line ends": answer().replace(b"\r\n", b"\r"),
}  # fmt: skip


TOO_MUCH_FOR_PYMAP = {"message in message, deep", "parts in parts, deep"}


def test_harmful_messages_stop_nothing(account, ours):
    account.put(*(content for name, content in HARMFUL.items() if name not in TOO_MUCH_FOR_PYMAP))
    account.put(notice("postfix_unknown"))

    inbox.read()

    ours.refresh_from_db()
    assert ours.status == "bounced", "what came after them was not read"
    assert inbox.read() == 0, "one is read again and again"


def test_the_worst_messages_stop_nothing(dovecot_account, ours):
    dovecot_account.put(*HARMFUL.values(), notice("postfix_unknown"))

    inbox.read()

    ours.refresh_from_db()
    assert ours.status == "bounced", "what came after them was not read"
    assert inbox.read() == 0, "one is read again and again"


@pytest.mark.parametrize("name", HARMFUL)
def test_no_message_takes_long(ours, name):
    began = time.process_time()

    with suppress(RecursionError, ValueError):
        understand(HARMFUL[name])

    assert time.process_time() - began < 2


def test_twenty_megabytes_do_no_harm(account, ours, monkeypatch):
    asked = []
    beginning = imap.Mailbox.beginning
    monkeypatch.setattr(
        imap.Mailbox, "beginning", lambda self, uid, limit: asked.append(limit) or beginning(self, uid, limit)
    )
    line = b"A" * 76 + b"\r\n"
    account.put(answer("Im Anhang das Bild.") + line * (20_000_000 // len(line)), notice("postfix_unknown"))

    assert inbox.read() == 2

    assert IncomingMail.objects.get(kind="reply").is_shortened
    assert asked == [reading.LONGEST_PART] * 2


def test_mail_that_is_none_of_ours_is_never_fetched_whole(account, ours, monkeypatch):
    monkeypatch.setattr(imap.Mailbox, "beginning", lambda *args: pytest.fail("it was fetched"))
    account.put(*(f"From: a{n}@x.example\r\nSubject: {n}\r\n\r\nPrivat\r\n".encode() for n in range(5)))

    assert inbox.read() == 0

    assert not IncomingMail.objects.exists()
    assert ReadMark.objects.get().last_uid


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def test_a_message_that_ends_the_reader_itself_is_passed_over_some_time(account, ours, monkeypatch):
    account.put(answer(), notice("exim_old"), answer(Message_ID="<antwort-2@musterbetrieb.example>"))
    read_report = reading.read_report

    def die(message: object, head: object) -> object:
        raise Killed

    monkeypatch.setattr(reading, "read_report", die)
    deaths = 0
    for _ in range(9):
        try:
            inbox.read()
        except Killed:
            deaths += 1

    assert deaths == 1 + 5  # the first one, among others, does not count
    assert IncomingMail.objects.filter(kind="reply").count() == 2
    monkeypatch.setattr(reading, "read_report", read_report)
    assert inbox.read() == 0


def test_a_server_that_breaks_off_for_half_an_hour_costs_no_message(account, ours, monkeypatch):
    account.put(answer(), notice("exim_old"))
    beginning = imap.Mailbox.beginning

    def break_off(*arguments: object) -> bytes:
        raise imap.ImapProblem(imap.UNREACHABLE, reason="gone")

    monkeypatch.setattr(imap.Mailbox, "beginning", break_off)
    for _ in range(15):
        assert inbox.read() == 0
    monkeypatch.setattr(imap.Mailbox, "beginning", beginning)

    assert inbox.read() == 2


def test_a_message_at_which_the_server_always_breaks_off_is_passed_over_some_time(account, ours, monkeypatch):
    account.put(notice("exim_old"), answer())
    beginning, asked = imap.Mailbox.beginning, []

    def break_off_at_the_first(mailbox: imap.Mailbox, uid: int, size: int) -> bytes:
        asked.append(uid)
        if uid == asked[0]:
            raise imap.ImapProblem(imap.UNREACHABLE, reason="gone")
        return beginning(mailbox, uid, size)

    monkeypatch.setattr(imap.Mailbox, "beginning", break_off_at_the_first)
    kept = [inbox.read() for _ in range(31)]

    assert kept == [0] * 30 + [1]


def test_a_reader_killed_on_the_way_keeps_nothing_twice_and_loses_nothing(account, ours, monkeypatch):
    account.put(*(answer(Message_ID=f"<a{n}@x.example>") for n in range(6)))
    move_to, moves = ReadMark.move_to, []

    def move_and_die(self: ReadMark, uid: int) -> None:
        moves.append(uid)
        if len(moves) in (2, 5):
            raise Killed
        move_to(self, uid)

    monkeypatch.setattr(ReadMark, "move_to", move_and_die)
    for _ in range(2):
        with pytest.raises(Killed):
            inbox.read()
    inbox.read()

    assert IncomingMail.objects.count() == 6


def test_while_somebody_else_reads_nobody_does(account, ours):
    account.put(answer())
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [zlib.crc32(b"mailbox.inbox")])
            assert inbox.read() == 0
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()

    assert inbox.read() == 1


def test_a_mailbox_that_is_away_is_said_and_tried_again(account, ours, settings):
    well = settings.IMAP_SERVER
    account.put(answer())
    settings.IMAP_SERVER = dataclasses.replace(well, port=free_port())
    assert inbox.read() == 0
    assert "nicht erreichbar" in MailboxState.load().inbox_problem

    settings.IMAP_SERVER = well
    assert inbox.read() == 1
    assert MailboxState.load().inbox_problem == ""


@hypothesis_settings(max_examples=150, deadline=2000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_a_mutilated_message_raises_nothing_unexpected(ours, data):
    names = sorted(path.stem for path in BOUNCES.glob("*.eml"))
    content = bytearray(notice(data.draw(st.sampled_from(names))))
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))

    found = understand(bytes(content))

    assert found is None or found[0].kind in ("bounce", "reply")
