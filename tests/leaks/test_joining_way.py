"""Every token and code of joining, from the first question to the yearly check: each in its own mail, and nowhere else.

All mails leave by SMTP and lie as copies on an IMAP server. Before a person opens a link, a scanner follows it.
"""

import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from klimapakt import pdf
from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.links import stepup
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox.filing import file_copies
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.pump import pump
from partners import steps
from partners.models import Applicant, Application, Contact, Interest, Partner, ProfileProposal, TalkBooking
from partners.services import asked_links, forgetting, profile, talks
from tests.bad_input.form import page_form
from tests.factories import OutgoingMailFactory, PartnerFactory
from tests.factories.events import PartnerContactFactory
from tests.factories.talks import LETTER, TalkSlotFactory
from tests.filled import CONFIRMATIONS, SEND, begin, fill
from tests.leaks.conftest import Walk, make_documents
from tests.mail_texts import kinds_of
from tests.rows import all_rows, difference
from tests.urls.table import path_of, table

IDA, KIM, ERIKA = "ida@musterverein.example", "kim@musterverein.example", "erika@musterbaeckerei.example"
OWN = "/mein-klimapakt/"

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
    look_after_people(walk)
    look_after_profile(walk)
    ask_for_lost_link(walk)
    arrive(walk)
    while file_copies():
        pass
    look_around(walk)
    return walk


def arrive(walk: Walk) -> None:
    """Let all mails leave, then follow each of their links twice, as a mail scanner does."""
    make_documents()
    while pump():
        pass
    for message in walk.postbox.messages():
        for path in re.findall(r"/z/[^\s/]+/", message.get_body(("plain",)).get_content()):
            if path in walk.scanned:
                continue
            before = all_rows(without=())
            for method in ("head", "get", "head", "get"):
                assert getattr(Client(), method)(path).status_code == 200
            walk.scanned[path] = difference(before, all_rows(without=()))


def open_newest(walk: Walk, client: Client | None = None, *, to: str) -> Client:
    """Open the newest link to this address as its reader does."""
    arrive(walk)
    client, link = client or Client(), AccessLink.objects.filter(email=to).latest("created_at")
    walk.page(client, walk.page(client, path_of(link), {})["Location"])
    return client


def previewed(walk: Walk, path: str, **data: object) -> None:
    """Write something of the office, read its mail and send it."""
    form = page_form(walk.member, path, **data)
    shown = walk.page(walk.member, path, form.data).context["form"]
    walk.page(walk.member, path, form.data | {"seen": shown["seen"].value()})


def send(walk: Walk, client: Client, path: str, *, to: str = "", **data: object) -> None:
    """Fill in the form on a page and send it, there or to another address."""
    walk.page(client, to or path, page_form(client, path, **data).data)


def ask(walk: Walk) -> None:
    path = "/mitmachen/interesse/"
    question = {"name": "Ida Muster", "organisation": "Musterverein e. V.", "email": IDA, "question": "Was kostet es?"}
    send(walk, walk.company, path, **question, wants_talk="on")
    walk.page(walk.company, path + "eingang/")
    open_newest(walk, walk.company, to=IDA)
    admin = f"/admin/partners/interest/{Interest.objects.get().pk}/"
    previewed(walk, admin + "antworten/", text="Es kostet nichts.")
    walk.page(walk.member, admin + "link/", {})
    open_newest(walk, walk.company, to=IDA)


def talk(walk: Walk) -> None:
    page, slots = OWN + "gespraech/", [TalkSlotFactory() for _ in range(4)]
    walk.page(walk.company, page + "buchen/", {"slot": slots[0].pk})
    walk.page(walk.company, page + "termin.ics")
    walk.page(walk.company, page + "verschieben/", {"slot": slots[1].pk})
    arrive(walk)
    send(walk, walk.member, f"/admin/partners/talkslot/{slots[1].pk}/ort/", where="Saal 3")
    arrive(walk)
    talks.remind(now=slots[1].starts_at - timedelta(hours=3))
    arrive(walk)
    walk.page(walk.member, f"/admin/partners/talkslot/{slots[1].pk}/zuruecknehmen/", {})
    arrive(walk)
    walk.page(walk.company, page + "buchen/", {"slot": slots[2].pk})
    walk.page(walk.company, page + "absagen/", {})
    arrive(walk)
    assert not TalkBooking.objects.booked().exists()


def sign_letter(walk: Walk) -> None:
    page = OWN + "absichtserklaerung/"
    sha256 = walk.page(walk.company, page).context["wording"].sha256
    walk.page(walk.company, page + "code/", {"sha256": sha256})
    arrive(walk)
    code = OneTimeCode.objects.latest("created_at").digits()
    send(walk, walk.company, page + "unterschreiben/", function="Vorstand", agrees="on", code=code)
    arrive(walk)
    walk.page(walk.company, page + "pdf/")


def apply(walk: Walk) -> Application:
    company, page = walk.company, OWN + "antrag/"
    walk.page(company, OWN + "interesse/antrag/", {})
    open_newest(walk, company, to=IDA)
    for step in steps.STEPS:
        answer = fill(company, step.slug, **({"contact_email": IDA} if step is steps.PEOPLE else {}))
        assert answer.status_code == 302, step.slug
        walk.page(company, f"{page}{step.slug}/")
    walk.page(company, page + "mitwirkende/einladen/", {"name": "Kim Muster", "email": KIM})
    arrive(walk)
    walk.page(company, f"{page}mitwirkende/{Applicant.objects.get(email=KIM).pk}/erneut/", {})
    open_newest(walk, to=KIM)
    for path in ("", "mitwirkende/", "pruefen/", "dateien/"):
        walk.page(company, page + path)
    walk.page(company, SEND, CONFIRMATIONS)
    arrive(walk)
    walk.page(company, page + "kopie/erstellen/", {})
    make_documents()
    walk.page(company, page + "kopie/")
    return Application.objects.get()


def decide(walk: Walk, application: Application) -> None:
    admin = f"/admin/partners/application/{application.pk}/"
    walk.page(walk.member, admin + "pruefen/", {})
    previewed(walk, admin + "rueckfrage/", text_1="Wie viele Standorte?")
    company = open_newest(walk, walk.company, to=IDA)
    question = application.questions.get()
    walk.page(company, OWN + "antrag/antwort/", {f"answer_{question.pk}": "Zwei."})
    walk.page(walk.member, admin + "aufnehmen/", page_form_data(walk.member, admin + "aufnehmen/"))
    application.refresh_from_db()
    assert application.status == "accepted"
    open_newest(walk, walk.company, to=IDA)


def page_form_data(client: Client, path: str) -> dict:
    page = client.get(path)
    return page_form(client, path).data if page.context.get("form") else {}


def draft_and_withdraw(walk: Walk) -> None:
    """Another company begins, is asked to prove its address again and warned, forgets it, and sends it only to withdraw it."""
    company = Client()
    begin(company, email=ERIKA)
    arrive(walk)
    walk.page(company, OWN + "antrag/bestaetigung/", {})
    forgetting.warn_of_missing_proof(now=timezone.now() + timedelta(days=1000))
    open_newest(walk, company, to=ERIKA)
    forgetting.warn_of_deletion(now=timezone.now() + timedelta(days=1000))
    open_newest(walk, company, to=ERIKA)
    for step in steps.STEPS:
        assert fill(company, step.slug).status_code == 302
    walk.page(company, SEND, CONFIRMATIONS)
    arrive(walk)
    walk.page(company, OWN + "antrag/zurueckziehen/", {})
    open_newest(walk, company, to=ERIKA)


def look_after_people(walk: Walk) -> None:
    company, page, partner = walk.company, OWN + "personen/", Partner.objects.get()
    walk.page(walk.member, f"/admin/partners/partner/{partner.pk}/link/", {})
    open_newest(walk, company, to=IDA)
    walk.page(company, page + "neu/", {"stepup": stepup.SEND})
    arrive(walk)
    code = OneTimeCode.objects.latest("created_at").digits()
    walk.page(company, page + "neu/", {"stepup": stepup.CHECK, "stepup_code": code})
    send(walk, company, page + "neu/", name="Max Muster", email="max@musterverein.example")
    open_newest(walk, to="max@musterverein.example")
    max_ = Contact.objects.get(name="Max Muster")
    send(walk, company, f"{page}{max_.pk}/", email="max.neu@musterverein.example")
    open_newest(walk, to="max.neu@musterverein.example")
    send(walk, company, page + "neu/", name="Otto Muster", email="otto@musterverein.example")
    arrive(walk)
    otto = Contact.objects.get(name="Otto Muster")
    walk.page(company, f"{page}{otto.pk}/einladen/", {})
    open_newest(walk, to="otto@musterverein.example")
    send(walk, company, f"{page}{otto.pk}/uebergeben/", successor=str(max_.pk))
    arrive(walk)


def look_after_profile(walk: Walk) -> None:
    company = walk.company
    for text, action, data in (("Neu.", "zurueckgeben", {"reason": "Bitte länger."}), ("Neuer Text.", "freigeben", {})):
        send(walk, company, OWN + "profil/", text=text)
        admin = f"/admin/partners/profileproposal/{ProfileProposal.objects.latest('pk').pk}/"
        send(walk, walk.member, f"{admin}{action}/", **data)
        open_newest(walk, company, to=IDA)
    Partner.objects.update(publication="published", published_at=timezone.now())
    later = timezone.now() + timedelta(days=800)
    assert profile.ask_for_data_checks(now=later) == 1
    arrive(walk)
    assert profile.remind_of_data_checks(now=later + timedelta(days=300)) == 1
    open_newest(walk, company, to=IDA)
    walk.page(company, OWN + "daten/")
    send(walk, company, OWN + "daten/", to=OWN + "daten/bestaetigen/")


def ask_for_lost_link(walk: Walk) -> None:
    """Ida speaks for a second partner too, so she has to choose."""
    PartnerContactFactory(organisation=PartnerFactory().organisation, email=IDA)
    stranger = Client()
    send(walk, stranger, "/mitmachen/link/", email=IDA)
    walk.page(stranger, "/mitmachen/link/eingang/")
    asked_links.send_all()
    arrive(walk)
    link = AccessLink.objects.get(purpose="return")
    choice = walk.page(stranger, walk.page(stranger, path_of(link), {})["Location"])
    found = choice.context["found"][0]
    walk.page(stranger, f"{OWN}auswahl/{found.purpose}/{found.object_id}/", {})


def look_around(walk: Walk) -> None:
    """Open every list and every page of the admin about what there is now, and the company's own pages."""
    models = ("application", "interest", "talkslot", "letterofintent", "profileproposal", "partner", "organisation")
    for model in models:
        listed = walk.page(walk.member, f"/admin/partners/{model}/")
        for thing in listed.context["cl"].queryset:
            for page in ("change/", "history/"):
                walk.page(walk.member, f"/admin/partners/{model}/{thing.pk}/{page}")
    walk.page(walk.member, "/admin/")
    walk.page(walk.member, "/admin/mailbox/outgoingmail/?q=muster")
    for mail in OutgoingMail.objects.all():
        walk.page(walk.member, f"/admin/mailbox/outgoingmail/{mail.pk}/change/")
    for route in table():
        if route.startswith("mein-klimapakt/") and "<" not in route:
            answer = walk.company.get(f"/{route}")
            walk.pages.append(f"{answer.headers} {b''.join(answer).decode(errors='replace')}")


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
