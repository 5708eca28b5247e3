"""What companies upload: taken by its content, named by itself, read by nobody before the check, handed out as what it is."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from klimapakt.uploads.models import Upload
from tests.bad_input.checks import ENGLISH, is_clean
from tests.bad_input.test_documents import assert_handed_out_as_a_pdf, assert_named
from tests.corpus import EICAR, FILE_NAMES, FILES, LOGOS
from tests.klimapakt.uploads.sample import examine_all
from tests.rows import all_rows, difference


@pytest.mark.parametrize("called", ["datei.pdf", "bild.PNG"])
@pytest.mark.parametrize(
    ("form_name", "corpus"), [("LogoForm", LOGOS), ("LogoForm of a partner", LOGOS), ("DocumentForm", FILES)]
)
def test_only_harmless_files_are_taken_whatever_they_are_called(form_name, corpus, called, form_named):
    form = form_named(form_name)
    before, wrong = all_rows(), []

    for name, (make, is_taken) in corpus.items():
        with transaction.atomic():
            response = form.send(file=SimpleUploadedFile(called, make(), content_type="image/png"))
            if (response.status_code, Upload.objects.exists()) != ((302, True) if is_taken else (422, False)):
                wrong.append(name)
            elif not is_taken:
                [message] = response.context["form"].errors["file"]
                assert not ENGLISH.search(message), name
                assert difference(before, all_rows()) == {}, name
            transaction.set_rollback(True)

    assert wrong == []


@pytest.mark.parametrize("kind", [kind for kind, (_, is_taken) in FILES.items() if is_taken])
def test_what_is_taken_is_released_harmless_or_refused_in_german(kind, form_named):
    form = form_named("DocumentForm")
    form.send(file=SimpleUploadedFile("datei", FILES[kind][0]()))

    examine_all()

    upload = Upload.objects.get()
    if upload.is_released:
        assert b"<script>" not in upload.content
        assert b"MARKE" not in upload.content
    else:
        assert upload.problem
        assert not ENGLISH.search(upload.problem)


@pytest.mark.parametrize(("called", "shown"), FILE_NAMES.items(), ids=repr)
def test_the_name_of_an_upload_is_shown_and_never_used(called, shown, form_named):
    form = form_named("DocumentForm")

    response = form.send(file=SimpleUploadedFile(called, FILES["a pdf"][0](), content_type="application/pdf"))
    examine_all()

    assert response.status_code == 302
    upload = Upload.objects.get()
    assert_named(upload.name, shown)
    assert is_clean(upload.by)
    page = form.client.get(form.path).content.decode()
    assert "<script>alert" not in page
    answer = form.client.get(f"/mein-klimapakt/antrag/dateien/{upload.pk}/")
    assert_handed_out_as_a_pdf(answer)


def test_a_virus_in_a_harmless_shell_is_found(form_named, clamd):
    from tests.corpus import _image

    form = form_named("DocumentForm")
    form.send(file=SimpleUploadedFile("bild.png", _image("PNG") + EICAR))

    examine_all()

    upload = Upload.objects.get()
    assert "Schadsoftware" in upload.problem
    assert upload.content is None
    assert "Schadsoftware" in form.client.get(form.path).content.decode()


@pytest.mark.parametrize("key", ["", "abc", "00000000-0000-0000-0000-000000000000", "1", "%00", "../logo"])
def test_a_made_up_file_is_nobodys(key, form_named):
    form = form_named("DocumentForm")

    for path in (f"/mein-klimapakt/antrag/dateien/{key}/", f"/mein-klimapakt/antrag/dateien/{key}/entfernen/"):
        assert form.client.get(path).status_code in (301, 302, 400, 404, 405) or not key
        assert form.client.post(path).status_code in (301, 302, 400, 404, 405) or not key
