"""The signatory's pages: read, ask for a change, decline, and what becomes of an older version."""

import re

import pytest
from django.test import Client

from agreements import mails as agreement_mails
from agreements.models import Agreement, Opening, Response, Signature
from agreements.services import binding, ending, offering
from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.links.models import OneTimeCode
from partners.mails.partner import partner_access
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.agreements import agreement_in, ready_to_offer, record_from_paper, sign
from tests.rows import all_rows, difference

PAGE = "/mein-klimapakt/vereinbarung/"
SIGNING = PAGE + "unterschreiben/"
SESSIONS = {"django_session"}


@pytest.fixture
def offered(pact):
    return agreement_in("offered")


@pytest.fixture
def signatory(offered, client, open_link):
    """A browser in which the signatory has opened the link."""
    open_link(client, agreement_mails.access_to(offered.newest_version()))
    return client


def filled(version, client, **changes):
    """Return what the browser sends to sign, with the code that was mailed last; a change to None leaves it out."""
    code = OneTimeCode.objects.order_by("created_at").last()
    values = {
        "sha256": version.sha256,
        "name": "Erika Muster",
        "function": "Geschäftsführerin",
        "agrees": "on",
        "code": code.digits() if code else "",
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def ask_for_code(client, version):
    return client.post(PAGE + "code/", {"sha256": version.sha256})


def test_opening_the_link_is_noted_once_with_the_proven_address(offered, client, open_link):
    version = offered.newest_version()
    link = agreement_mails.access_to(version)

    answer = open_link(client, link)
    open_link(Client(), link)

    assert answer["Location"] == PAGE
    opening = Opening.objects.get()
    assert (opening.version, opening.email) == (version, version.to_email)


def test_looking_changes_nothing(offered, client):
    link = agreement_mails.access_to(offered.newest_version())
    path = re.sub(r"^https?://[^/]+", "", link.url())
    before = all_rows()

    for method in (client.get, client.head):
        assert method(path).status_code == 200

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("path", ["", "unterschreiben/", "pdf/"])
def test_reading_changes_nothing(path, signatory):
    before = all_rows(without=SESSIONS)

    for method in (signatory.get, signatory.head):
        assert method(PAGE + path).status_code == 200

    assert difference(before, all_rows(without=SESSIONS)) == {}


@pytest.mark.parametrize("path", ["", "unterschreiben/", "pdf/", "dokument/" + "0" * 64 + "/"])
def test_without_a_link_nothing_is_shown(path, offered, client):
    answer = client.get(PAGE + path)

    assert answer.status_code == 403
    assert offered.partner.organisation.name not in answer.content.decode()


@pytest.mark.parametrize("path", ["code/", "unterschreiben/", "aenderung/", "ablehnen/"])
def test_a_link_of_another_purpose_opens_nothing(path, offered, client, open_link):
    contact = offered.partner.organisation.contacts.get()
    open_link(client, partner_access(contact))
    before = all_rows()

    answer = client.post(PAGE + path, {"sha256": offered.newest_version().sha256, "text": "x", "reason": "x"})

    assert answer.status_code == 403
    assert difference(before, all_rows()) == {}


def test_the_page_shows_the_frozen_text_and_no_later_change(offered, signatory):
    offered.measures.update(title="Heimlich geändert")
    offered.clauses.update(text="Heimlich geändert")

    page = signatory.get(PAGE).content.decode()

    assert "Abwärme der Öfen nutzen" in page
    assert "Heimlich geändert" not in page
    assert "Stadt Musterstadt, Die Oberbürgermeisterin" in page
    assert offered.newest_version().sha256 in page
    assert "60&nbsp;%" in page


def test_what_the_office_took_back_meanwhile_is_not_signed(offered, signatory, office, mails):
    version = offered.newest_version()
    ask_for_code(signatory, version)
    typed = filled(version, signatory)
    offering.take_back(offered, by=office)
    before = all_rows(without={*SESSIONS, "links_onetimecode"})

    answer = signatory.post(SIGNING, typed)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "wurde nichts unterschrieben" in page
    assert "Diese Fassung haben wir zurückgenommen" in page
    assert difference(before, all_rows(without={*SESSIONS, "links_onetimecode"})) == {}


@pytest.mark.parametrize("path", ["code/", "unterschreiben/", "aenderung/", "ablehnen/"])
def test_a_superseded_version_is_neither_signed_nor_answered(path, offered, signatory, office):
    old = offered.newest_version()
    ask_for_code(signatory, old)
    typed = filled(old, signatory, text="Bitte ändern", reason="Nein")
    offering.take_back(offered, by=office)
    offered.refresh_from_db()
    offering.offer(offered, offered.partner.organisation.contacts.get(), by=office)
    before = all_rows(without={*SESSIONS, "links_onetimecode"})

    answer = signatory.post(PAGE + path, typed)

    assert answer.status_code == 409
    assert "Diese Fassung gilt nicht mehr" in answer.content.decode()
    assert difference(before, all_rows(without={*SESSIONS, "links_onetimecode"})) == {}
    assert "Diese Fassung gilt nicht mehr" in signatory.get(PAGE).content.decode()


NEWER = "Es gibt eine neuere Fassung."
OTHER_SIGNED = "Unterschrieben wurde eine andere Fassung."


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("offered", {NEWER}),
        ("signed", {NEWER}),
        ("in_force", {OTHER_SIGNED}),
        ("replaced", {OTHER_SIGNED}),
        ("closed", set()),
    ],
)
def test_a_superseded_version_says_only_what_is_true_of_its_agreement(state, said, offered, signatory, office):
    offering.take_back(offered, by=office)
    newer = offering.offer(offered, offered.partner.organisation.contacts.get(), by=office)
    if state in ("signed", "in_force", "replaced"):
        sign(newer)
    if state in ("in_force", "replaced"):
        binding.countersign(offered, sha256=newer.sha256, by=office)
    if state == "replaced":
        agreement_in("in_force", partner=offered.partner)
    if state == "closed":
        ending.close(offered, reason="Die Firma zieht weg.", by=office)

    page = signatory.get(PAGE).content.decode()

    assert Agreement.objects.get(pk=offered.pk).status == state
    assert "Diese Fassung gilt nicht mehr" in page
    assert {sentence for sentence in (NEWER, OTHER_SIGNED) if sentence in page} == said


def test_a_form_about_another_text_does_nothing(offered, signatory):
    version = offered.newest_version()
    ask_for_code(signatory, version)
    before = all_rows(without=SESSIONS)

    answers = [
        signatory.post(PAGE + path, filled(version, signatory, sha256="0" * 64, text="x", reason="x"))
        for path in ("code/", "unterschreiben/", "aenderung/", "ablehnen/")
    ]

    assert {answer.status_code for answer in answers} == {409}
    assert difference(before, all_rows(without=SESSIONS)) == {}


def test_somebody_who_signs_for_two_firms_signs_what_the_page_shows(offered, signatory, open_link):
    other = agreement_in("offered")
    open_link(signatory, agreement_mails.access_to(other.newest_version()))
    first = offered.newest_version()

    signing = ask_for_code(signatory, first)["Location"]
    page = signatory.get(signing).content.decode()
    signatory.post(SIGNING, filled(first, signatory))

    assert offered.partner.organisation.name in page
    assert [signature.version for signature in Signature.objects.all()] == [first]


def test_a_wish_is_kept_and_told_while_the_offer_stands(offered, signatory, mails):
    version = offered.newest_version()

    for _ in range(2):
        answer = signatory.post(PAGE + "aenderung/", {"sha256": version.sha256, "text": "Bitte 50 Prozent."})

    page = signatory.get(answer["Location"]).content.decode()
    wish = Response.objects.get()
    assert (wish.kind, wish.text, wish.name) == ("change", "Bitte 50 Prozent.", version.to_name)
    assert "Sie haben eine Änderung gewünscht" in page
    assert "Weiter zur Unterschrift" in page
    assert "Bitte 50 Prozent." in mails(kind="office_agreement_change")[0].body
    assert Agreement.objects.get().status == "offered"


def test_a_refusal_ends_the_offer(offered, signatory, mails):
    version = offered.newest_version()

    answer = signatory.post(PAGE + "ablehnen/", {"sha256": version.sha256, "reason": "Zu teuer."})

    page = signatory.get(answer["Location"]).content.decode()
    assert Agreement.objects.get().status == "declined"
    assert "Sie haben diese Fassung abgelehnt" in page
    assert "Weiter zur Unterschrift" not in page
    assert "Zu teuer." in mails(kind="office_agreement_declined")[0].body


@pytest.mark.parametrize(("path", "field"), [("aenderung/", "text"), ("ablehnen/", "reason")])
@pytest.mark.parametrize("typed", ["", "x" * 100_000, "wort " * 1000])
def test_an_answer_that_cannot_be_taken_is_told_at_the_field(path, field, typed, offered, signatory):
    before = all_rows(without=SESSIONS)

    answer = signatory.post(PAGE + path, {"sha256": offered.newest_version().sha256, field: typed})

    assert answer.status_code == 422
    assert "<details open>" in answer.content.decode()
    assert difference(before, all_rows(without=SESSIONS)) == {}


def test_once_signed_the_form_leads_back_to_the_page(signatory, offered):
    sign(offered.newest_version())

    assert signatory.get(SIGNING)["Location"].startswith(PAGE + "?fassung=")


def test_the_file_is_awaited_then_handed_out_and_once_in_force_it_bears_both_signatures(offered, signatory, office):
    version = offered.newest_version()
    waiting = signatory.get(PAGE + "pdf/").content.decode()
    while archive.render_next():
        pass
    to_read = signatory.get(PAGE + "pdf/")
    sign(version)
    binding.countersign(offered, sha256=version.sha256, by=office)
    while archive.render_next():
        pass

    signed = signatory.get(PAGE + "pdf/")

    assert "wird gerade erstellt" in waiting
    assert to_read["Content-Type"] == signed["Content-Type"] == "application/pdf"
    assert to_read.content != signed.content
    assert signed.content == bytes(Document.objects.get(kind="agreement").content)
    assert "Vereinbarung herunterladen" in signatory.get(PAGE).content.decode()


def test_every_contact_of_the_company_reads_what_is_in_force_and_nobody_else_does(pact, office, client, open_link):
    agreement = ready_to_offer()
    record_from_paper(agreement, by=office)
    open_link(client, partner_access(agreement.partner.organisation.contacts.get()))
    stranger = Client()
    open_link(stranger, partner_access(ready_to_offer(partner=PartnerFactory()).partner.organisation.contacts.get()))

    page = client.get("/mein-klimapakt/").content.decode()
    path = re.search(r'href="(/mein-klimapakt/vereinbarung/dokument/[0-9a-f]{64}/)\?vorgang=', page)[1]

    assert client.get(path).content.startswith(b"%PDF")
    assert stranger.get(path).status_code == 404
    assert "dokument/" not in stranger.get("/mein-klimapakt/").content.decode()


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (
            None,
            "Jetzt ist die Geschäftsstelle am Zug: Sie stimmt die Klimaschutzvereinbarung mit Ihnen ab und meldet sich.",
        ),
        ("draft", "Jetzt ist die Geschäftsstelle am Zug"),
        ("offered", "Die Klimaschutzvereinbarung liegt zum Unterschreiben vor."),
        ("declined", "Jetzt ist die Geschäftsstelle am Zug"),
        ("signed", "Sie haben die Klimaschutzvereinbarung unterschrieben. Jetzt zeichnet die Geschäftsstelle gegen."),
        ("in_force", "Für Sie gibt es zurzeit nichts zu tun."),
        ("closed", "Für Sie gibt es zurzeit nichts zu tun."),
    ],
)
def test_the_company_page_says_who_acts_on_the_way_to_the_first_agreement(stage, said, pact, client, open_link):
    partner = agreement_in(stage).partner if stage else PartnerFactory()
    contact = partner.organisation.contacts.first() or ContactFactory(organisation=partner.organisation)
    open_link(client, partner_access(contact))

    page = client.get("/mein-klimapakt/").content.decode()

    assert said in page
    assert ("nichts zu tun" in page) == (stage in ("in_force", "closed"))


def test_a_draft_or_an_offer_is_not_on_the_company_page(offered, client, open_link):
    open_link(client, partner_access(offered.partner.organisation.contacts.get()))

    assert "vereinbarung/dokument" not in client.get("/mein-klimapakt/").content.decode()
