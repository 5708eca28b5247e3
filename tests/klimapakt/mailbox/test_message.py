"""A row of the outbox as the bytes that go over SMTP."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header
from email.message import EmailMessage
from email.policy import compat32, default

import pytest
from django.utils import timezone

from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox import message, optout, wording
from klimapakt.mailbox.models import CODE_MARK, LINK_MARK, UNSUBSCRIBE_MARK, MailAttachment, OutgoingMail
from tests.factories import OutgoingMailFactory
from tests.klimapakt.mailbox.letters import PROBE

LONG = "Bäckerei Müller & Söhne Gesellschaft für ökologisches Handwerk mbH & Co. KG"


def built(mail: OutgoingMail, pact) -> EmailMessage:
    return message_from_bytes(message.build(mail, pact), policy=default)


def link() -> AccessLink:
    return AccessLink.issue("application", 1, email="a@b.example", valid_for=timedelta(days=1))


def letter(pact, text: str = "Guten Tag,\n\nhier:\n\n{link}", **columns: object) -> OutgoingMail:
    """A mail with text and HTML."""
    rendered = wording.render(PROBE, {"pact": pact, "name": "N"}, text=("Betreff", text))
    given = {"link": link(), "topic": PROBE.topic, "reason": rendered.reason, **columns}
    return OutgoingMailFactory(subject=rendered.subject, body=rendered.text, html=rendered.html, **given)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Max Muster", "Max Muster"),
        ("Müller, Jürgen", "Müller, Jürgen"),
        ("Groß & Söhne; Abt. (Einkauf)", "Groß & Söhne; Abt. (Einkauf)"),
        ("Dr. Ö. von und zu Ähren-Straßer", "Dr. Ö. von und zu Ähren-Straßer"),
        ('"chef@evil.example" <chef@evil.example>', "chefevil.example chefevil.example"),
        ("A <b@c.example>, D", "A bc.example, D"),
        ("\\", ""),
        ("", ""),
        ("名前", "名前"),
        ("M" * 200, "M" * 75),
        ("Ä" * 20, "Ä" * 20),
        (LONG, LONG),
        ("=?utf-8?q?verkleidet?=", "=?utf-8?q?verkleidet?="),
    ],
)
def test_a_name_stays_a_name_and_the_address_an_address(name, shown, pact):
    mail = OutgoingMailFactory(to_name=name, to_email="max@musterbetrieb.example")

    to = built(mail, pact)["To"].addresses

    assert [address.addr_spec for address in to] == ["max@musterbetrieb.example"]
    if not name.startswith("=?"):
        # Python's parser keeps the space between two encoded words, which RFC 2047, 6.2 takes away.
        assert " ".join(to[0].display_name.split()) == shown


@pytest.mark.parametrize("text", [LONG, LONG.replace(" ", ""), "Ä" * 75, "🏭 " * 20, "a" * 75])
def test_a_long_name_is_folded_without_a_space_too_much(text, pact):
    raw = message.build(OutgoingMailFactory(to_name=text), pact)

    header = message_from_bytes(raw, policy=compat32)["To"]

    words = [
        word.decode(charset or "ascii") if isinstance(word, bytes) else word for word, charset in decode_header(header)
    ]
    assert "".join(words).partition("<")[0].strip() == text.strip()[:75]
    assert max(len(line) for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")) <= 90


@pytest.mark.parametrize("name", ["Klimapakt Köln, Bonn & Umland", "Straße <der> Zukunft", "Musterstädter Klimapakt"])
def test_the_sender_is_the_pact_under_its_own_name(name, pact):
    pact.name = name

    mail = built(OutgoingMailFactory(), pact)

    [sender] = mail["From"].addresses
    assert sender.addr_spec == pact.office_email
    assert sender.display_name == name.replace("<", "").replace(">", "")
    assert mail["Reply-To"] is None


@pytest.mark.parametrize("configured", ["portal@versand.example", "Klimapakt <portal@versand.example>"])
def test_a_sender_of_the_operator_leaves_answers_to_the_office(configured, pact, settings):
    settings.MAIL_FROM = configured

    mail = built(OutgoingMailFactory(), pact)

    assert mail["From"].addresses[0].addr_spec == "portal@versand.example"
    assert mail["Reply-To"].addresses[0].addr_spec == pact.office_email
    assert message.sender_of(pact) == "portal@versand.example"


@pytest.mark.parametrize(
    "subject",
    [
        "Guten Tag",
        "Ihr Antrag von „Müller & Söhne“ ist eingegangen (2026-0001)",
        "Ä" * 250,
        "=?utf-8?b?eA==?=",
        "w" * 250,
        "Wort " * 49 + "Wort",
        "🏭" * 120,
        "Straße, „A & B <GmbH>“: " * 9 + "x",
        "100 % {{ x }} %s",
    ],
)
def test_a_subject_arrives_as_it_was_written(subject, pact):
    mail = built(OutgoingMailFactory(subject=subject), pact)

    assert mail["Subject"] == subject
    assert len(mail.get_all("Subject")) == 1


@pytest.mark.parametrize(
    "body",
    [
        "Guten Tag,\n\nhier ist ein Text.\n",
        "Zeile\n.\n..\n.Punkt\n",
        "From hier bis dort\n",
        "Ä" * 3000 + "\n",
        "Zeile mit Leerzeichen \nund Tab\t\n\n\n",
        "x" * 5000 + "\n",
        "= 100 % =3D =\n",
        "-- \nFußzeile\n",
    ],
)
def test_a_text_arrives_as_it_was_written(body, pact):
    raw = message.build(OutgoingMailFactory(body=body), pact)

    mail = message_from_bytes(raw, policy=default)

    assert mail.get_content().replace("\r\n", "\n") == body
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    raw.decode("ascii")


def test_a_text_without_a_last_line_break_gets_one(pact):
    raw = message.build(OutgoingMailFactory(body="ohne Umbruch " * 100), pact)

    assert message_from_bytes(raw, policy=default).get_content() == "ohne Umbruch " * 100 + "\r\n"
    assert max(map(len, raw.split(b"\r\n"))) <= 76


def test_every_try_sends_the_same_bytes(pact):
    link = AccessLink.issue("application", 1, email="a@b.example", valid_for=timedelta(days=1))
    OutgoingMailFactory(body=f"Hier:\n{LINK_MARK}\n", link=link, to_name="Müller, Jürgen")

    first = message.build(OutgoingMail.objects.get(), pact)
    OutgoingMail.objects.claim(now=timezone.now())
    second = message.build(OutgoingMail.objects.get(), pact)

    assert first == second
    assert link.url().encode() in first.replace(b"=\r\n", b"").replace(b"=3D", b"=")


def test_staff_read_the_mail_without_its_link(db):
    link = AccessLink.issue("application", 1, email="a@b.example", valid_for=timedelta(days=1))

    mail = OutgoingMailFactory(body=f"Hier:\n{LINK_MARK}\n", link=link)

    assert mail.shown_body == "Hier:\n[persönlicher Link]\n"


def test_a_subject_of_nothing_but_spaces_is_none(pact):
    assert built(OutgoingMailFactory(subject="  "), pact)["Subject"] == ""


# --- Parts ------------------------------------------------------------------------------------------------------------


def test_text_and_html_say_the_same(pact):
    mail = letter(pact)

    sent = built(mail, pact)

    text, page = sent.iter_parts()
    assert sent.get_content_type() == "multipart/alternative"
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == mail.body.replace(LINK_MARK, mail.link.url()).replace(
        UNSUBSCRIBE_MARK, optout.address(mail)
    )
    assert page.get_content().count(mail.link.url()) == 2
    for part in (text, page):
        assert not re.search("[\ue000-\uf8ff]", part.get_content())
        assert part["Content-Transfer-Encoding"] == "quoted-printable"


def test_an_address_is_escaped_in_html(pact, monkeypatch):
    monkeypatch.setattr(AccessLink, "url", lambda self: 'https://k.example/?a=1&b="2"')

    page = built(letter(pact), pact).get_body(("html",)).get_content()

    assert 'href="https://k.example/?a=1&amp;b=&quot;2&quot;"' in page


@pytest.mark.parametrize("has_html", [True, False])
def test_files_come_after_the_letter(has_html, pact):
    mail = letter(pact) if has_html else OutgoingMailFactory()
    files = [("Vereinbarung „Müller“.pdf", "application/pdf", b"%PDF\n.\n--=_\x00\xff"), ("termin.ics",) + (
        "text/calendar; method=REQUEST; charset=utf-8", "ATTENDEE;CN=Müller\r\n".encode())]  # fmt: skip
    for name, content_type, content in files:
        MailAttachment.objects.create(mail=mail, name=name, content_type=content_type, content=content)

    sent = built(mail, pact)

    body, *attached = sent.iter_parts()
    assert sent.get_content_type() == "multipart/mixed"
    assert body.get_content_type() == ("multipart/alternative" if has_html else "text/plain")
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in attached] == [
        (name, content) for name, _, content in files
    ]
    assert {part.get_content_disposition() for part in attached} == {"attachment"}
    assert attached[1]["Content-Type"].params == {"method": "REQUEST", "charset": "utf-8"}
    assert sent.defects == []


def test_a_file_with_a_very_long_name_keeps_the_end_of_it(pact):
    mail = OutgoingMailFactory()
    MailAttachment.objects.create(mail=mail, name="🏭" * 110 + ".pdf", content_type="application/pdf", content=b"x")

    raw = message.build(mail, pact)

    [file] = message_from_bytes(raw, policy=default).iter_attachments()
    assert file.get_filename().endswith("🏭🏭.pdf")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("mark", [LINK_MARK, CODE_MARK])
def test_a_mail_without_what_it_is_about_is_not_built(mark, pact):
    with pytest.raises(ValueError, match="is gone"):
        message.build(OutgoingMailFactory(body=f"Hier: {mark}\n"), pact)


def test_every_process_builds_the_same_bytes(pact):
    script = """
import django, hashlib; django.setup()
from datetime import UTC, datetime
from klimapakt.mailbox import message
from klimapakt.mailbox.models import MailAttachment, OutgoingMail
from klimapakt.pact.models import Pact
mail = OutgoingMail(pk=7, to_name="Müller, Jürgen", to_email="a@b.example", subject="Grüße " * 20, body="Text\\n" * 90,
    html="<p>Ä</p>" * 90, topic="mailing", message_id="<1@x.example>", dated_at=datetime(2026, 7, 1, tzinfo=UTC))
file = MailAttachment(name="Ä.ics", content_type="text/calendar; method=REQUEST; charset=utf-8", content=b"x" * 999)
mail._prefetched_objects_cache = {"attachments": [file]}
pact = Pact(name="Pakt & Söhne", office_email="klima@musterstadt.example")
built = hashlib.sha256(message.build(mail, pact)).hexdigest()
"""
    here: dict[str, str] = {}
    exec(script.replace("\\\\n", "\\n"), here)

    there = [
        subprocess.run(
            [sys.executable, "-c", f"{script}print(built)"],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]  # fmt: skip

    assert there == [here["built"]] * 2


# --- The copy for the folder of sent mails ----------------------------------------------------------------------------


def test_the_copy_opens_nothing(pact):
    mail = letter(pact)

    copy = message_from_bytes(message.build_copy(mail, pact), policy=default)

    text, page = (part.get_content() for part in copy.iter_parts())
    assert "[persönlicher Link]" in text
    assert "[persönlicher Link]" in page
    assert "[Link zum Abbestellen]" in text
    assert "Einladungen zu Veranstaltungen abbestellen" in page
    for part in (text, page, *map(str, copy.values())):
        for secret in (mail.link.url(), optout.address(mail), "/z/"):
            assert secret not in part
    assert copy["List-Unsubscribe"] is None


def test_the_copy_is_otherwise_the_same_mail(pact):
    mail = letter(pact, "Guten Tag", references="<erste@musterstadt.example>", topic="")

    sent, copy = built(mail, pact), message_from_bytes(message.build_copy(mail, pact), policy=default)

    assert {name: copy[name] for name in copy.keys()} == {name: sent[name] for name in sent.keys()}  # noqa: SIM118


def test_a_mail_with_a_code_is_never_copied(pact):
    code = OneTimeCode.objects.create(link=link(), expires_at=timezone.now() + timedelta(minutes=9))

    for mail in (OutgoingMailFactory(body="x\n", code=code), OutgoingMailFactory(body=f"{CODE_MARK}\n")):
        with pytest.raises(ValueError, match="not filed"):
            message.build_copy(mail, pact)
