"""Every token and code of joining, from the first question to the yearly check: each in its own mail, and nowhere else.

All mails leave by SMTP and lie as copies on an IMAP server. Before a person opens a link, a scanner follows it.
"""

import logging
from dataclasses import dataclass
from email.message import EmailMessage
from io import BytesIO

import pytest
from pypdf import PdfReader

from klimapakt import pdf
from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox.filing import file_copies
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.pump import pump
from partners.models import Partner
from tests.factories import OutgoingMailFactory
from tests.factories.talks import LETTER
from tests.leaks.conftest import Walk
from tests.leaks.joining import (
    apply,
    arrive,
    ask,
    ask_for_lost_link,
    decide,
    draft_and_withdraw,
    enter_paper,
    look_after_people,
    look_after_profile,
    look_around,
    sign_letter,
    talk,
)
from tests.mail_texts import kinds_of
from tests.urls.table import path_of

ON_THE_WHOLE_WAY = {
    "application_link", "application_rejected", "application_reopened", "office_consent", "profile_published",
}  # fmt: skip
"""Mails with links that are sent in test_whole_way.py."""


@pytest.fixture
def joined(walk, account, pact) -> Walk:
    """A company asks, talks, signs a letter, applies with a colleague, is accepted, and looks after itself."""
    pact.books_talks_online = pact.uses_letter_of_intent = True
    pact.letter_of_intent = LETTER
    pact.save()
    walk.account, walk.scanned = account, {}
    ask(walk)
    talk(walk)
    sign_letter(walk)
    application = apply(walk)
    decide(walk, application)
    draft_and_withdraw(walk)
    enter_paper(walk)
    look_after_people(walk)
    look_after_profile(walk)
    ask_for_lost_link(walk)
    arrive(walk)
    while file_copies():
        pass
    look_around(walk)
    return walk


def text_of(message: EmailMessage) -> str:
    return "\n".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")


def texts_of_pdfs() -> str:
    files = [bytes(document.content) for document in Document.objects.exclude(content=None)]
    files += [
        bytes(file.content)
        for mail in OutgoingMail.objects.all()
        for file in mail.attachments.filter(content_type__startswith="application/pdf")
    ]
    return "\n".join(
        f"{page.extract_text()} {page.get('/Annots', '')}" for file in files for page in PdfReader(BytesIO(file)).pages
    )


def texts(walk: Walk) -> dict[str, str]:
    """Return all that can be read, in PDFs, on the IMAP server and by the staff too."""
    calendars = b"\n".join(
        bytes(file.content)
        for mail in OutgoingMail.objects.all()
        for file in mail.attachments.filter(content_type__startswith="text/calendar")
    )
    sent_copies = b"\n".join(walk.account.messages("Gesendet"))
    to_staff = [text_of(mail) for mail in walk.postbox.messages() if "@musterstadt.example" in mail["To"]]
    found = walk.texts() | {
        "PDFs": texts_of_pdfs(),
        "copies on the server": sent_copies.replace(b"=\r\n", b"").decode(errors="replace"),
        "mails to the staff": "\n".join(to_staff),
        "calendars": calendars.decode().replace("\r\n ", ""),
    }
    assert all(found.values())
    return found


def plant(walk: Walk, secret: str) -> None:
    """Put a secret into each place."""
    logging.getLogger("klimapakt.probe").warning("the secret %s", secret)
    walk.pages.append(secret)
    sheet = pdf.render(f'<html lang="de"><title>Blatt</title><p>{secret}</p></html>')
    about = Partner.objects.first()
    archive.store("sheet", key="planted", name="Blatt.pdf", content=sheet, content_type="application/pdf", about=about)
    walk.account.put(f"Subject: x\r\n\r\n{secret}\r\n".encode(), folder="Gesendet")
    told = OutgoingMailFactory(to_email="klimapakt@musterstadt.example", body=secret)
    told.attachments.create(name="a.ics", content_type="text/calendar", content=f"X:{secret}".encode())
    pump()


@dataclass
class Traces:
    """What a walk left behind, as it was and after a secret was planted."""

    read: dict[str, str]
    planted: str
    read_then: dict[str, str]
    tokens: list[tuple[str, str]]
    """The half of each link that makes it work, and the address to which it is mailed."""
    codes: list[tuple[str, str]]
    mails: dict[str, str]
    """Address → the words of all mails to it."""
    kinds: set[str]
    scanned: dict[str, dict]

    @classmethod
    def of(cls, walk: Walk) -> "Traces":
        mails: dict[str, str] = {}
        for message in walk.postbox.messages():
            address = message["To"].addresses[0].addr_spec
            mails[address] = mails.get(address, "") + text_of(message)
        tokens = [(path_of(link).split(".")[1].strip("/"), link.email) for link in AccessLink.objects.all()]
        codes = [(code.digits(), code.link.email) for code in OneTimeCode.objects.select_related("link")]
        kinds = set(OutgoingMail.objects.values_list("kind", flat=True))
        read, planted = texts(walk), tokens[0][0]
        plant(walk, planted)
        return cls(read, planted, texts(walk), tokens, codes, mails, kinds, walk.scanned)


_walked: list[Traces] = []


@pytest.fixture
def traces(db, request) -> Traces:
    """What the walk left behind; gone once for all tests, for it takes a while."""
    if not _walked:
        _walked.append(Traces.of(request.getfixturevalue("joined")))
    return _walked[0]


def test_the_search_finds_what_was_planted_in_each_place(traces):
    assert {place for place, text in traces.read_then.items() if traces.planted in text} == set(traces.read_then)


def test_no_token_and_no_code_of_joining_stands_anywhere_but_in_its_own_mail(traces):
    secrets = {secret for secret, _ in (*traces.tokens, *traces.codes)}

    found = {secret: {place for place, text in traces.read.items() if secret in text} for secret in secrets}

    assert {secret: places for secret, places in found.items() if places} == {}
    assert len(traces.tokens) > 30
    assert len(traces.codes) == 2


def test_each_token_and_code_is_in_mails_to_its_own_address_only(traces):
    readers = {
        secret: {address for address, words in traces.mails.items() if secret in words} - {own}
        for secret, own in (*traces.tokens, *traces.codes)
    }

    assert {secret: others for secret, others in readers.items() if others} == {}
    assert sum(secret in traces.mails[own] for secret, own in traces.tokens if own in traces.mails) > 25
    assert all(code in traces.mails[own] for code, own in traces.codes)


def test_every_mail_of_joining_that_carries_a_link_or_a_code_was_on_the_way(traces):
    carrying = {
        kind.name
        for kind in kinds_of("partners")
        if {"link", "code"} & set(kind.placeholders) and kind.name not in ON_THE_WHOLE_WAY
    }

    assert carrying - traces.kinds == set()


def test_a_scanner_that_followed_each_link_of_these_mails_changed_nothing(traces):
    assert len(traces.scanned) > 25
    assert {path: changes for path, changes in traces.scanned.items() if changes} == {}
