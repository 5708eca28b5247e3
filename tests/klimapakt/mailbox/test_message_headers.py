"""What stands in the headers of a mail, for machines and for people."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32, default

import pytest

from klimapakt.mailbox import message, optout
from klimapakt.mailbox.models import Mailing, OutgoingMail
from tests.corpus import TEXTS
from tests.factories import OutgoingMailFactory
from tests.klimapakt.mailbox.test_message import built, letter
from tests.klimapakt.mailbox.test_wording import VALUES


def test_a_mail_tells_machines_that_it_is_automatic(pact):
    dated = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)

    mail = built(OutgoingMailFactory(dated_at=dated), pact)

    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Precedence"] is None
    assert mail["Date"] == "Wed, 01 Jul 2026 14:00:00 +0200"
    assert mail["Message-ID"].startswith("<")
    assert mail["Content-Language"] == "de"
    assert mail["List-Unsubscribe"] is None
    assert mail["References"] is None
    assert mail.get_content_type() == "text/plain"


def test_no_holiday_note_comes_back_but_a_notice_of_failure_does(pact):
    suppressed = built(OutgoingMailFactory(), pact)["X-Auto-Response-Suppress"].split(", ")

    assert {"OOF", "AutoReply"} <= set(suppressed)
    assert {"All", "NDR"}.isdisjoint(suppressed)


def test_what_people_wrote_to_many_does_not_pretend_to_be_automatic(pact):
    mail = built(OutgoingMailFactory(mailing=Mailing.objects.create(audience="x", subject="x", body="x")), pact)

    assert mail["Auto-Submitted"] is None
    assert mail["Precedence"] == "bulk"
    assert "OOF" in mail["X-Auto-Response-Suppress"]


def test_a_mail_belongs_to_the_first_one_about_its_case(pact):
    mail = built(OutgoingMailFactory(references="<erste@musterstadt.example>"), pact)

    assert mail["In-Reply-To"] == mail["References"] == "<erste@musterstadt.example>"


def test_one_click_is_enough_to_unsubscribe(pact):
    mail = letter(pact)

    sent = built(mail, pact)

    address = optout.address(mail)
    assert sent["List-Unsubscribe"] == f"<{address}>"
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in sent.iter_parts():
        assert address in part.get_content()
    assert optout.find(address.rstrip("/").rpartition("/")[2]) == mail


def test_who_sends_was_settled_when_the_mail_was_written(pact):
    mail = OutgoingMailFactory(from_name="Klimapakt & Söhne", from_email="damals@musterstadt.example")
    pact.name, pact.office_email = "Anders", "anders@musterstadt.example"

    sent = built(mail, pact)

    assert str(sent["From"]) == "Klimapakt & Söhne <damals@musterstadt.example>"
    assert sent["Reply-To"].addresses[0].addr_spec == "anders@musterstadt.example"


@pytest.mark.parametrize("text", [*VALUES.values(), *TEXTS.values()], ids=[*VALUES, *TEXTS])
def test_no_bad_input_adds_a_header_or_an_address(text, pact):
    row = {"to_name": text, "from_name": text, "subject": text[:250]}
    row = {name: value.replace("\0", "") for name, value in row.items()}  # Postgres would refuse it
    expected = built(OutgoingMailFactory(from_name="x"), pact)

    raw = message.build(OutgoingMail(**row, to_email="a@b.example", message_id="<1@x>", pk=1, body="x\n"), pact)

    mail = message_from_bytes(raw, policy=default)
    assert mail.keys() == expected.keys()
    assert [address.addr_spec for address in mail["To"].addresses] == ["a@b.example"]
    assert [address.addr_spec for address in mail["From"].addresses] == [pact.office_email]
    subject = str(make_header(decode_header(message_from_bytes(raw, policy=compat32)["Subject"])))
    if not text.startswith("=?"):
        assert "".join(subject.split()) == "".join(row["subject"].split())


@pytest.mark.parametrize(
    "row",
    [
        {"to_email": "a@b.example\r\nBcc: alle@evil.example"},
        {"to_email": "a@b.example, c@d.example"},
        {"to_email": "umläut@b.example"},
        {"to_email": "keine Adresse"},
        {"to_email": ""},
        {"to_email": "a@b.example>"},
        {"from_email": "a@b.example\nBcc: alle@evil.example"},
        {"references": "<x>\r\nBcc: alle@evil.example"},
        {"message_id": "<x>\nBcc: alle@evil.example"},
    ],
)
def test_what_cannot_be_a_header_is_refused(row, pact):
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do
        message.build(OutgoingMailFactory(**row), pact)
