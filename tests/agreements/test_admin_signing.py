"""The buttons that put an agreement into force: the pact's signature, both signatures on paper; and the files of both."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from agreements import pdf
from agreements.models import Signature
from agreements.services import offering
from tests.agreements.office import page_of, sent_by
from tests.factories import AgreementFactory
from tests.factories.agreements import agreement_in, ready_to_offer, sign
from tests.rows import all_rows, difference

STATES = ["draft", "offered", "declined", "signed", "in_force", "replaced", "closed"]

# --- Countersigning ---------------------------------------------------------------------------------------------------


def test_who_countersigns_reads_the_text_its_hash_and_in_whose_name(pact, countersigning_client):
    agreement = agreement_in("signed")

    page = countersigning_client.get(page_of(agreement, "gegenzeichnen/")).text

    assert "Abwärme der Öfen nutzen" in page
    assert agreement.newest_version().sha256 in page
    assert "<strong>Gerda Muster</strong> für „Stadt Musterstadt, Die Oberbürgermeisterin“" in page
    assert "Erika Muster" in page
    assert "Beide Seiten bekommen das PDF mit beiden Unterschriften per Mail." in page


def test_countersigning_puts_the_agreement_into_force(pact, countersigner, countersigning_client):
    agreement = agreement_in("signed")
    path = page_of(agreement, "gegenzeichnen/")

    answer = countersigning_client.post(path, sent_by(countersigning_client, path), follow=True)

    assert "Sie haben unterschrieben. Die Vereinbarung ist in Kraft" in answer.text
    agreement.refresh_from_db()
    assert (agreement.status, agreement.in_force_from) == ("in_force", timezone.localdate())
    signature = Signature.objects.get(version__agreement=agreement, party="pact")
    assert (signature.name, signature.on_behalf_of) == ("Gerda Muster", "Stadt Musterstadt, Die Oberbürgermeisterin")
    assert pdf.signed_copy(agreement)


def test_the_office_does_not_countersign(pact, office_client):
    agreement = agreement_in("signed")
    before = all_rows()

    answers = [
        office_client.get(page_of(agreement, "gegenzeichnen/")),
        office_client.post(page_of(agreement, "gegenzeichnen/"), {"sha256": agreement.newest_version().sha256}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("name", ["anbieten", "zurueckholen", "papier", "link", "vorlage", "schliessen", "beenden"])
@pytest.mark.parametrize("state", STATES)
def test_who_only_countersigns_has_no_other_button(state, name, pact, countersigning_client):
    agreement = agreement_in(state)
    before = all_rows()

    answer = countersigning_client.post(page_of(agreement, f"{name}/"), {})

    assert answer.status_code == 403
    assert difference(before, all_rows()) == {}


def test_an_account_without_a_name_cannot_sign(pact, countersigner, countersigning_client):
    agreement = agreement_in("signed")
    type(countersigner).objects.filter(pk=countersigner.pk).update(first_name="", last_name="")
    path = page_of(agreement, "gegenzeichnen/")
    sent = sent_by(countersigning_client, path)
    before = all_rows()

    page = countersigning_client.get(path).text
    answer = countersigning_client.post(path, sent, follow=True)

    assert "In Ihrem Konto steht noch kein Name." in page
    assert "Vor- und Nachnamen in Ihrem Konto eintragen" in answer.text
    assert difference(before, all_rows()) == {}


def test_nobody_countersigns_another_text_than_the_page_showed(pact, office, countersigning_client):
    agreement = agreement_in("signed")
    path = page_of(agreement, "gegenzeichnen/")
    sent = sent_by(countersigning_client, path)
    offering.take_back(agreement, by=office)
    agreement.measures.update(title="Etwas anderes")
    sign(offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=office))
    before = all_rows()

    answer = countersigning_client.post(path, sent, follow=True)

    assert "Das geht nicht mehr" in answer.text
    assert difference(before, all_rows()) == {}


# --- On paper ---------------------------------------------------------------------------------------------------------

ON_PAPER = {
    "signed_on": "2026-01-02",
    "signed_by_partner": "Erika Muster",
    "signed_for_pact": "Dr. Beate Beispiel, Oberbürgermeisterin",
}


SCAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("Vereinbarung.pdf", SCAN)


@pytest.mark.parametrize("state", ["draft", "offered"])
def test_an_agreement_signed_on_paper_is_recorded_with_its_scan(state, pact, office_client):
    agreement = agreement_in(state)

    answer = office_client.post(page_of(agreement, "papier/"), {**ON_PAPER, "scan": scan()}, follow=True)

    assert "Die Vereinbarung ist in Kraft. Das Profil können Sie jetzt veröffentlichen." in answer.text
    assert "Dr. Beate Beispiel, Oberbürgermeisterin" in answer.text
    assert "auf Papier unterschrieben" in answer.text
    document = pdf.signed_copy(agreement)
    file = office_client.get(page_of(agreement, f"dokument/{document.pk}/"))
    assert file["Content-Disposition"] == 'attachment; filename="Vereinbarung.pdf"'
    assert file.content == SCAN
    assert f"SHA-256 des Scans: <code>{document.sha256}</code>" in answer.text
    version = office_client.get(page_of(agreement, "fassung/1/")).text
    assert "Unterschrieben wurde das Papier (Scan). Hier steht, was das Portal dazu weiß." in version
    assert "Abwärme der Öfen nutzen" in version
    assert ("Die Vereinbarung gilt ohne festes Ende." in version) == (state == "offered")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"signed_on": "2999-01-01"}, "Bitte geben Sie einen Tag an, der nicht in der Zukunft liegt."),
        ({"signed_on": "1999-12-31"}, "Bitte geben Sie einen Tag an, der nicht in der Zukunft liegt."),
        ({"scan": None}, "Bitte laden Sie den Scan der unterschriebenen Fassung hoch."),
        ({"scan": SimpleUploadedFile("a.pdf", b"MZ")}, "Diese Datei können wir nicht annehmen."),
        ({"signed_by_partner": " "}, "Bitte nennen Sie, wer für den Partner unterschrieben hat."),
    ],
)
def test_what_paper_needs_is_asked_for_at_the_field(changes, sentence, pact, office_client):
    draft = ready_to_offer()
    data = {**ON_PAPER, "scan": scan(), **changes}
    before = all_rows()

    answer = office_client.post(page_of(draft, "papier/"), {name: value for name, value in data.items() if value})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert difference(before, all_rows()) == {}


def test_a_draft_without_measures_cannot_come_from_paper(pact, office_client):
    page = office_client.get(page_of(AgreementFactory(), "papier/")).text

    assert "Bitte tragen Sie mindestens eine Maßnahme ein." in page


# --- Files -------------------------------------------------------------------------------------------------------------


def test_a_file_belongs_to_its_agreement(pact, office_client):
    agreement, other = agreement_in("draft"), agreement_in("draft")
    office_client.post(page_of(agreement, "papier/"), {**ON_PAPER, "scan": scan()})
    document = pdf.signed_copy(agreement)

    assert office_client.get(page_of(agreement, f"dokument/{document.pk}/")).status_code == 200
    assert office_client.get(page_of(other, f"dokument/{document.pk}/")).status_code == 404


def test_a_file_that_is_not_made_yet_is_not_found(pact, office_client):
    agreement = agreement_in("offered")
    document = pdf.copy_to_read(agreement.newest_version())

    assert office_client.get(page_of(agreement, f"dokument/{document.pk}/")).status_code == 404
