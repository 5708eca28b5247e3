"""The receipt of an application: a mail with everything, and its copy as a PDF."""

from datetime import timedelta
from io import BytesIO

import pypdf
import pytest
from django.utils import timezone

from klimapakt import pdf
from klimapakt.documents import archive
from klimapakt.documents.models import Document
from partners import receipt
from partners.models import Application, Consent
from partners.services import applying, receipts
from tests.factories import ApplicationFactory
from tests.rows import all_rows, difference

TYPED = {
    "name": "ZZ-Name GmbH", "register_number": "ZZ-4711", "street": "ZZ-Straße 3", "place": "ZZ-Ort",
    "other_sites": "ZZ-Standorte", "contact_name": "ZZ-Ansprechperson", "contact_phone": "ZZ-Telefon",
    "deputy_name": "ZZ-Vertretung", "deputy_email": "zz@vertretung.example", "signatory_name": "ZZ-Unterschrift", "signatory_function": "ZZ-Funktion",
    "already_doing": "ZZ-Schon", "balance_tool": "ZZ-Werkzeug", "other_certificates": "ZZ-Siegel", "wishes": "ZZ-Wunsch",
    "offers_text": "ZZ-Angebot", "profile_text": "ZZ-Profil", "quote": "ZZ-Zitat", "quote_person": "ZZ-Zitierte",
}  # fmt: skip


def send(**fields: object) -> Application:
    application = ApplicationFactory(**fields)
    return applying.send(application, by=application.applicants.get())


def test_the_receipt_leaves_with_the_copy_and_not_before(pact, mails):
    application = send()
    assert mails(kind="application_received") == []

    archive.render_next()

    [mail] = mails(kind="application_received")
    [copy] = mail.attachments.all()
    assert (mail.to_email, mail.link.object_id) == (application.contact_email, application.pk)
    assert (copy.name, copy.content_type) == (f"Antrag {application.reference}.pdf", "application/pdf")
    assert bytes(copy.content).startswith(b"%PDF-1.7")
    assert "liegt dieser Mail als PDF bei" in mail.body


@pytest.mark.parametrize("has_colleague", [True, False])
def test_the_receipt_goes_to_whoever_answers_when_the_sender_was_removed_meanwhile(pact, mails, has_colleague):
    application = send()
    if has_colleague:
        application.applicants.create(name="Kim", email="kim@musterbaeckerei.example", proven_at=timezone.now())
    application.applicants.filter(pk=application.sent_by_id).update(left_at=timezone.now())

    archive.render_next()

    expected = ["kim@musterbaeckerei.example"] if has_colleague else []
    assert [mail.to_email for mail in mails(kind="application_received")] == expected


def test_mail_and_copy_hold_everything_that_was_typed(pact, mails):
    send(**TYPED, trade_secrets=["wishes"])
    archive.render_next()

    [mail] = mails(kind="application_received")
    reader = pypdf.PdfReader(BytesIO(bytes(mail.attachments.get().content)))
    printed = "".join("".join(page.extract_text() for page in reader.pages).replace("-\n", "-").split())

    assert [word for word in TYPED.values() if word not in mail.body] == []
    assert [word for word in TYPED.values() if "".join(word.split()) not in printed] == []
    assert "EnthältBetriebsgeheimnisse" in printed
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # tagged, for screen readers


@pytest.mark.parametrize("signed", [[], ["profile"], ["profile", "measures", "quote"]])
def test_the_receipt_repeats_the_consents_in_their_own_words(signed, pact, mails):
    send(chosen_consents=signed)

    html = Document.objects.get().html
    archive.render_next()

    [mail] = mails(kind="application_received")
    assert {purpose for purpose, text in Consent.TEXTS.items() if text in mail.body} == set(signed)
    assert {purpose for purpose, text in Consent.TEXTS.items() if text in html} == set(signed)
    assert ("- keine" in mail.body) == (signed == [])


def test_consents_stand_in_the_order_of_the_form_whenever_they_were_ticked(pact, mails):
    send(chosen_consents=["quote", "initial_partners", "profile"])

    html = Document.objects.get().html
    archive.render_next()

    for text in (html, mails(kind="application_received")[0].body):
        found = [text.index(Consent.TEXTS[purpose]) for purpose in ("profile", "quote", "initial_partners")]
        assert found == sorted(found)


def test_the_last_sentence_of_the_copy_stands_on_no_page_alone(pact):
    application = send()

    def pages(lines: int) -> list[str]:
        application.already_doing = "\n".join(["Zeile"] * lines)
        return [
            page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf.render(receipt.html(application, pact)))).pages
        ]

    fits, too_long = 15, 45
    number = len(pages(fits))
    while too_long - fits > 1:
        lines = (fits + too_long) // 2
        fits, too_long = (lines, too_long) if len(pages(lines)) == number else (fits, lines)

    last = pages(too_long)[number]  # one line less, and all would fit
    assert "Beim Absenden wurde bestätigt" in last
    assert "Einwilligungen" in last


def test_a_copy_that_cannot_be_made_keeps_no_receipt_back(pact, mails):
    send(name="ZZ-Name GmbH")
    Document.objects.get().give_up("Das PDF ließ sich nicht erstellen.")

    assert receipts.send_without_copy(now=Document.objects.get().created_at) == 1

    [mail] = mails(kind="application_received")
    assert not mail.attachments.exists()
    assert "als PDF" not in mail.body
    assert "ZZ-Name GmbH" in mail.body


def test_the_sweep_waits_for_a_worker_that_is_only_late(pact, mails):
    send()
    ordered_at = Document.objects.get().created_at

    assert receipts.send_without_copy(now=ordered_at + timedelta(minutes=59)) == 0
    assert receipts.send_without_copy(now=ordered_at + timedelta(minutes=61)) == 1

    assert not mails(kind="application_received")[0].attachments.exists()


def test_the_sweep_may_run_twice(pact):
    send()
    Document.objects.get().give_up("Das PDF ließ sich nicht erstellen.")
    receipts.send_without_copy(now=Document.objects.get().created_at)
    before = all_rows()

    assert receipts.send_without_copy(now=Document.objects.get().created_at) == 0

    assert difference(before, all_rows()) == {}


def test_an_application_that_is_gone_gets_no_receipt(pact, mails):
    application = send()
    Application.objects.filter(pk=application.pk).delete()

    archive.render_next()

    assert mails(kind="application_received") == []


def test_only_sent_copies_of_this_kind_are_receipts(pact, mails):
    archive.order("sheet", key="x", name="Blatt", html="<p>x", about=pact, is_kept=False)
    Document.objects.get().give_up("Das PDF ließ sich nicht erstellen.")

    assert receipts.send_without_copy(now=Document.objects.get().created_at) == 0
    assert receipt.KIND == "application-receipt"
