"""A row of the outbox as the bytes that go over SMTP."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import message
from klimapakt.mailbox.models import LINK_MARK, LINK_SHOWN_AS, OutgoingMail
from tests.factories import OutgoingMailFactory


def built(mail: OutgoingMail, pact) -> EmailMessage:
    return message_from_bytes(message.build(mail, pact), policy=default)


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
        ("Bäckerei Müller & Söhne Gesellschaft für ökologisches Handwerk mbH & Co. KG",) * 2,
        ("=?utf-8?q?verkleidet?=", "=?utf-8?q?verkleidet?="),
    ],
)
def test_a_name_stays_a_name_and_the_address_an_address(name, shown, pact):
    mail = OutgoingMailFactory(to_name=name, to_email="max@musterbetrieb.example")

    to = built(mail, pact)["To"].addresses

    assert [address.addr_spec for address in to] == ["max@musterbetrieb.example"]
    if not name.startswith("=?"):
        # Python's parser doubles a space where a long name was folded; the bytes are right.
        assert " ".join(to[0].display_name.split()) == shown


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
        "100 % {{ x }} %s",
    ],
)
def test_a_subject_arrives_as_it_was_written(subject, pact):
    mail = built(OutgoingMailFactory(subject=subject), pact)

    if not subject.startswith("=?"):
        assert mail["Subject"] == subject
    assert len(mail.get_all("Subject")) == 1


@pytest.mark.parametrize(
    "body",
    [
        "Guten Tag,\n\nhier ist ein Text.\n",
        "Zeile\n.\n..\n.Punkt\n",
        "From hier bis dort\n",
        "Ä" * 3000 + "\n",
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

    assert mail.shown_body == f"Hier:\n{LINK_SHOWN_AS}\n"


def test_a_mail_tells_machines_that_it_is_automatic(pact):
    created = datetime(2026, 7, 1, 12, 0, tzinfo=ZoneInfo("UTC"))

    mail = built(OutgoingMailFactory(created_at=created), pact)

    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Date"] == "Wed, 01 Jul 2026 14:00:00 +0200"
    assert mail["Message-ID"].startswith("<")
    assert mail.get_content_type() == "text/plain"
