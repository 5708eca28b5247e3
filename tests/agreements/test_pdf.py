"""The PDF of an agreement: what stands in it, that everybody can read it, and that both get it."""

import re
from pathlib import Path

import pdfua
import pytest

from agreements import pdf
from agreements.models import Contribution, Measure, Version
from agreements.services import binding, offering
from klimapakt import pdf as renderer
from klimapakt.documents import archive
from klimapakt.documents.models import Document
from tests.factories import MeasureFactory
from tests.factories.agreements import agreement_in, sign
from tests.klimapakt.test_pdf import Canary, attached, text_of

SNAPSHOTS = Path(__file__).parent / "snapshots"


def render_all():
    while archive.render_next():
        pass


def offer(agreement, by) -> Version:
    return offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=by)


@pytest.fixture
def version(full, office, time_machine) -> Version:
    """Offered, signed and countersigned on one winter's day."""
    time_machine.move_to("2026-11-02T09:05:00+01:00", tick=False)
    version = offer(full, office)
    sign(version)
    binding.countersign(full, sha256=version.sha256, by=office)
    return version


def test_the_text_of_the_signed_copy(version):
    text = text_of(renderer.render(pdf.html(version, signatures=list(version.signatures.all()))))

    assert text.split() == (SNAPSHOTS / "agreement.txt").read_text(encoding="utf-8").split()


def test_the_text_of_the_copy_to_read(version):
    text = text_of(renderer.render(pdf.html(version, signatures=[])))

    assert text.split() == (SNAPSHOTS / "agreement_to_read.txt").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("measures", [1, 60])
@pytest.mark.parametrize("is_signed", [True, False])
def test_everybody_can_read_it(measures, is_signed, full, office, tmp_path):
    MeasureFactory.create_batch(measures - 1, agreement=full, description="Wir dämmen das Dach. " * 20)
    version = offer(full, office)
    signatures = [sign(version)] if is_signed else []
    path = tmp_path / "agreement.pdf"

    path.write_bytes(renderer.render(pdf.html(version, signatures=signatures)))

    assert [(finding.rule_id, finding.message) for finding in pdfua.validate(path).findings] == []


def test_each_page_bears_hash_number_and_headings_of_its_table(full, office):
    MeasureFactory.create_batch(58, agreement=full, description="Wir dämmen das Dach. " * 5)
    version = offer(full, office)

    text = text_of(renderer.render(pdf.html(version, signatures=[])))

    pages = int(re.search(r"Seite 1 von (\d+)", text)[1])
    assert pages > 3
    assert text.count(f"SHA-256 des Inhalts: {version.sha256}") == pages
    assert text.count("Bereich") >= pages - 2


def test_the_longest_of_everything_fits(full, office):
    organisation = full.partner.organisation
    type(organisation).objects.update(name="D" + "onaudampfschiff" * 13)
    full.clauses.filter(position=10).update(title="Überschrift" * 10, text="x" * 200 + " wort" * 959)
    Measure.objects.update(title="m" * 200, description="y" * 200 + " wort" * 259)
    Contribution.objects.update(text="z" * 200 + " wort" * 159)
    version = offer(full, office)

    text = text_of(renderer.render(pdf.html(version, signatures=[]))).replace("-\n", "").replace("\n", "")

    assert "x" * 200 in text.replace(" ", "")
    assert text.count(" wort") >= 959


def test_what_people_type_stands_there_and_wants_nothing(full, office, monkeypatch):
    canary = Canary()
    try:
        name = f"<img src=file:///etc/hostname> <img src={canary.address}> &amp;"
        type(full.partner.organisation).objects.update(name=name)
        Measure.objects.update(title=f'"><link rel=attachment href="{canary.address}">', description="{{ 7 * 7 }}")
        version = offer(full, office)

        content = renderer.render(pdf.html(version, signatures=[sign(version)]))
    finally:
        canary.stop()

    text = text_of(content).replace("\n", "")
    assert "<img src=file:///etc/hostname>" in text
    assert "{{ 7 * 7 }}" in text
    assert attached(content) == []
    assert canary.heard == []


def test_it_is_made_of_the_frozen_content_alone(version, pact, full):
    before = pdf.html(version, signatures=list(version.signatures.all()))
    full.measures.all().delete()
    full.clauses.update(text="Heimlich geändert")
    type(full.partner.organisation).objects.update(name="Umbenannt")
    pact.name, pact.city, pact.countersigned_by = "Anderer Pakt", "Anderswo", "Jemand anders"
    pact.save()

    after = pdf.html(Version.objects.get(), signatures=list(version.signatures.all()))

    assert before == after


def test_both_get_the_signed_copy_once_it_is_made(pact, office, mails):
    agreement = agreement_in("signed")
    binding.countersign(agreement, sha256=agreement.newest_version().sha256, by=office)
    waiting = mails(kind="agreement_in_force")

    render_all()
    render_all()

    document = Document.objects.get(kind="agreement")
    assert waiting == []
    [to_partner], [to_office] = mails(kind="agreement_in_force"), mails(kind="office_agreement_in_force")
    assert to_partner.to_email == agreement.newest_version().to_email
    assert to_office.to_email == pact.office_email
    for mail in (to_partner, to_office):
        [file] = mail.attachments.all()
        assert (file.name, file.content_type) == (document.name, "application/pdf")
        assert bytes(file.content) == bytes(document.content)
    assert pdf.signed_copy(agreement) == document
    assert document.is_kept


def test_without_a_mailbox_only_the_partner_is_written_to(pact, office, mails):
    pact.office_email = "office@klimapakt.invalid"
    pact.save()
    agreement = agreement_in("signed")
    binding.countersign(agreement, sha256=agreement.newest_version().sha256, by=office)

    render_all()

    assert len(mails(kind="agreement_in_force")) == 1
    assert mails(kind="office_agreement_in_force") == []


def test_a_file_too_large_for_a_mail_is_told_of(pact, office, mails, monkeypatch):
    monkeypatch.setattr("agreements.mails.LARGEST_ATTACHMENT", 10)
    agreement = agreement_in("signed")
    binding.countersign(agreement, sha256=agreement.newest_version().sha256, by=office)

    render_all()

    [mail] = mails(kind="agreement_in_force")
    assert not mail.attachments.exists()
    assert "zu groß" in mail.body


def test_copies_that_nobody_signed_are_not_mailed(pact, mails):
    agreement_in("offered")

    render_all()

    assert {mail.kind for mail in mails()} == {"agreement_offered"}
