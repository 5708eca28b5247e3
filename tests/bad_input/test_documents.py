"""Files that people choose: taken by their content, named by themselves, handed out as what they are."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse

from klimapakt.documents.models import Document
from partners.models import ApplicationStep
from tests.bad_input.checks import ENGLISH, is_clean
from tests.corpus import FILE_NAMES, FILES
from tests.rows import all_rows, difference


@pytest.mark.parametrize("called", ["loi.pdf", "bild.png", "foto.JPG"])
@pytest.mark.parametrize(
    ("form_name", "field", "stored"), [("StepForm", "document", ApplicationStep), ("PaperForm", "scan", Document)]
)
def test_only_harmless_documents_are_taken_whatever_they_are_called(form_name, field, stored, called, form_named):
    form = form_named(form_name)
    before, wrong = all_rows(), []

    for name, (make, is_taken) in FILES.items():
        with transaction.atomic():
            response = form.send(**{field: SimpleUploadedFile(called, make(), content_type="application/pdf")})
            if (response.status_code, stored.objects.exists()) != ((302, True) if is_taken else (422, False)):
                wrong.append(name)
            elif not is_taken:
                [message] = response.context["form"].errors[field]
                assert not ENGLISH.search(message), name
                assert difference(before, all_rows()) == {}, name
            transaction.set_rollback(True)

    assert wrong == []


@pytest.mark.parametrize(("called", "shown"), FILE_NAMES.items(), ids=repr)
def test_the_name_of_a_document_is_shown_and_never_used(called, shown, form_named, settings):
    form = form_named("StepForm")

    response = form.send(document=SimpleUploadedFile(called, FILES["a pdf"][0](), content_type="application/pdf"))

    assert response.status_code == 302
    step = ApplicationStep.objects.get()
    assert re.fullmatch(r"documents/[0-9a-f]{32}\.(pdf|bin)", step.document.name)
    assert (settings.MEDIA_ROOT / step.document.name).is_file()
    assert_named(step.document_name, shown)
    answer = form.client.get(f"/admin/partners/application/{step.application_id}/dokument/{step.pk}/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert_handed_out_as_a_pdf(answer)


@pytest.mark.parametrize(("called", "shown"), FILE_NAMES.items(), ids=repr)
def test_the_name_of_a_scan_is_shown_and_never_used(called, shown, form_named, settings):
    form = form_named("PaperForm")

    response = form.send(scan=SimpleUploadedFile(called, FILES["a pdf"][0](), content_type="application/pdf"))

    assert response.status_code == 302
    document = Document.objects.get()
    assert_named(document.name, shown)
    assert not list(settings.MEDIA_ROOT.rglob("*.*"))
    answer = form.client.get(form.path.replace("papier/", f"dokument/{document.pk}/"))
    assert answer.content.startswith(b"%PDF")
    assert_handed_out_as_a_pdf(answer)


def assert_named(name: str, shown: str | None) -> None:
    assert len(name) <= 160
    assert is_clean(name)
    if shown is not None:
        assert name == shown


def assert_handed_out_as_a_pdf(answer: HttpResponse) -> None:
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] in ("application/pdf", "application/octet-stream")
    assert "Set-Cookie" not in answer
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "\n" not in answer["Content-Disposition"]


@pytest.mark.parametrize("called", ["scan.html", "scan.exe", "scan.svg", "scan.pdf.js", "scan"])
def test_a_document_is_handed_out_as_what_it_is(called, form_named):
    form = form_named("StepForm")

    form.send(document=SimpleUploadedFile(called, FILES["a pdf"][0]()))

    step = ApplicationStep.objects.first()
    if step is not None:
        answer = form.client.get(f"/admin/partners/application/{step.application_id}/dokument/{step.pk}/")
        b"".join(answer.streaming_content)
        assert answer["Content-Type"] in ("application/pdf", "application/octet-stream")
        assert not re.search(r"\.(html|exe|svg|js)\"?$", answer["Content-Disposition"])


def test_a_refused_document_leaves_no_file_behind(form_named, settings):
    form = form_named("StepForm")

    form.send(document=SimpleUploadedFile("a.pdf", b"MZ"))
    form.send(done_on="9999-01-01", document=SimpleUploadedFile("a.pdf", FILES["a pdf"][0]()))

    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []
