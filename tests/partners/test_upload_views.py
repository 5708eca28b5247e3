"""A company adds logo and papers to its application, sees how the check goes, and takes them back."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

import partners.mails.application as mails
from klimapakt.uploads import receiving
from klimapakt.uploads.models import Upload
from partners.models import Application
from tests.factories import ApplicationFactory
from tests.klimapakt.uploads.sample import another, content_of, examine_all, file

FILES = "/mein-klimapakt/antrag/dateien/"
LOGO, PAPERS = f"{FILES}logo/", f"{FILES}unterlagen/"
WITH_SCRIPT = {"headers": {"X-Requested-With": "XMLHttpRequest"}}


@pytest.fixture
def visit(pact, open_link):
    """Let a person of an application in."""

    def visit(application: Application) -> Client:
        client = Client()
        open_link(client, mails.application_access(application.applicants.get()))
        return client

    return visit


@pytest.fixture
def draft(pact) -> Application:
    return ApplicationFactory()


@pytest.fixture
def company(visit, draft) -> Client:
    return visit(draft)


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_paper_is_added_examined_and_read(company, draft):
    response = company.post(PAPERS, {"file": file()}, follow=True)

    assert "Die Datei ist angekommen" in text(response)
    assert "Wird geprüft" in text(response)
    upload = draft.files.get().upload
    assert company.get(f"{FILES}{upload.pk}/").status_code == 404

    examine_all()

    page = text(company.get(PAPERS))
    assert "Geprüft" in page
    assert "Wird geprüft" not in page
    answer = company.get(f"{FILES}{upload.pk}/")
    assert answer.content == content_of("a pdf")
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_link_that_needs_no_script_looks_for_the_result(company):
    page = text(company.post(PAPERS, {"file": file()}, follow=True))

    where = re.search(r'<a href="([^"]+)">Nachsehen, ob', page)[1]
    assert "#" not in where  # the browser stands there already, and would load nothing


def test_files_are_named_where_all_is_checked_before_sending(company):
    company.post(PAPERS, {"file": file()})

    page = text(company.get("/mein-klimapakt/antrag/pruefen/"))

    assert f"<li>{Upload.objects.get().name}: wird geprüft</li>" in page


def test_a_logo_is_added_with_the_word_that_it_may_be_used(company, draft):
    without = company.post(LOGO, {"file": file("a png")})
    assert without.status_code == 422
    assert "Ohne die Rechte am Logo" in text(without)
    assert not Upload.objects.exists()

    company.post(LOGO, {"file": file("a png"), "rights": "on"})
    examine_all()

    draft.refresh_from_db()
    assert draft.logo_rights
    answer = company.get(f"{FILES}{draft.logo_id}/")
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert f'src="{FILES}{draft.logo_id}/?vorgang=application:{draft.pk}"' in text(company.get(LOGO))


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Bitte wählen Sie eine Datei aus."),
        ({"file": SimpleUploadedFile("leer.pdf", b"")}, "Diese Datei ist leer."),
        ({"file": SimpleUploadedFile("seite.html", b"<html>")}, "können wir nicht annehmen"),
        ({"file": SimpleUploadedFile("gross.pdf", b"%PDF-" + b"x" * 11_000_000)}, "größer als 10 MB"),
        ({"file": "only a name"}, "Bitte wählen Sie eine Datei aus."),
    ],
    ids=["nothing", "empty", "a web page", "too large", "no file"],
)
def test_a_file_that_is_refused_at_once_gets_a_sentence_at_its_field(company, sent, sentence):
    response = company.post(PAPERS, sent)

    assert response.status_code == 422
    assert sentence in response.context["form"].errors["file"][0]
    assert 'aria-invalid="true"' in text(response)
    assert not Upload.objects.exists()


def test_a_file_that_the_check_refuses_says_why_and_can_be_removed(company, draft):
    company.post(PAPERS, {"file": file("a png of 20 million points", "Foto.png")})
    examine_all()

    page = text(company.get(PAPERS))
    assert "Nicht angenommen:" in page
    assert "beschädigt" in page

    upload = draft.files.get().upload
    response = company.post(f"{FILES}{upload.pk}/entfernen/", follow=True)

    assert "„Foto.png“ ist entfernt." in text(response)
    assert not Upload.objects.exists()


def test_with_a_script_only_the_section_comes_back(company):
    added = company.post(PAPERS, {"file": file()}, **WITH_SCRIPT)
    refused = company.post(PAPERS, {}, **WITH_SCRIPT)
    looked = company.get(PAPERS, **WITH_SCRIPT)

    assert [answer.status_code for answer in (added, refused, looked)] == [200, 200, 200]
    for answer in (added, refused, looked):
        assert "<html" not in text(answer)
        assert "data-waiting" in text(answer)
    assert "Die Datei ist angekommen" in text(added)
    assert "Bitte wählen Sie eine Datei aus." in text(refused)


def test_a_sixth_paper_is_one_too_many(company, draft):
    for number in range(5):
        company.post(PAPERS, {"file": another(number)})

    response = company.post(PAPERS, {"file": another(5)})

    assert response.status_code == 422
    assert "Mehr als 5 Dateien" in text(response)
    assert draft.files.count() == 5


def test_whoever_has_not_proven_an_address_is_told_to(visit):
    application = ApplicationFactory(applicant__is_proven=False)
    client = Client()
    link = mails.application_access(application.applicants.get())
    session = client.session
    session["links"] = {link.purpose: [str(link.pk)]}
    session.save()

    page = text(client.get(PAPERS))
    response = client.post(PAPERS, {"file": file()}, follow=True)

    assert "bestätigen Sie zuerst Ihre E-Mail-Adresse" in page
    assert 'type="file"' not in page
    assert "bestätigen Sie zuerst" in text(response)
    assert not Upload.objects.exists()


@pytest.mark.parametrize("state", ["submitted", "in_review", "accepted", "rejected", "withdrawn"])
def test_after_the_sending_files_are_read_and_not_changed(state, in_state, visit):
    application = in_state(state)
    upload = receiving.receive(file(), profile="document", about=application)
    application.files.create(upload=upload)
    examine_all()
    client = Client()
    link = mails.application_access(application.applicants.first())
    session = client.session
    session["links"] = {link.purpose: [str(link.pk)]}
    session.save()

    page = text(client.get(PAPERS))
    codes = [
        client.post(PAPERS, {"file": another(1)}).status_code,
        client.post(f"{FILES}{upload.pk}/entfernen/").status_code,
        client.get(f"{FILES}{upload.pk}/").status_code,
    ]

    assert 'type="file"' not in page
    assert "Entfernen" not in page
    assert codes == [302, 302, 200]
    assert list(Upload.objects.all()) == [upload]


def test_nobody_reaches_the_files_of_another_company(company, visit):
    other = ApplicationFactory()
    owner = visit(other)
    owner.post(PAPERS, {"file": file()})
    owner.post(LOGO, {"file": file("a png"), "rights": "on"})
    examine_all()
    other.refresh_from_db()

    for upload in Upload.objects.all():
        assert owner.get(f"{FILES}{upload.pk}/").status_code == 200
        assert company.get(f"{FILES}{upload.pk}/").status_code == 404
        assert company.post(f"{FILES}{upload.pk}/entfernen/").status_code == 404
    assert "Bilanz" not in text(company.get(FILES))
    assert Upload.objects.count() == 2


def test_a_file_that_was_removed_meanwhile_is_no_fault(company, draft):
    company.post(PAPERS, {"file": file()})
    upload = draft.files.get().upload
    upload.delete()

    assert company.post(f"{FILES}{upload.pk}/entfernen/").status_code == 404
    assert company.get(f"{FILES}{upload.pk}/").status_code == 404


@pytest.mark.parametrize("number", [1, 5])
def test_the_section_needs_the_same_queries_for_any_number_of_files(
    company, draft, number, django_assert_max_num_queries
):
    for one in range(number):
        company.post(PAPERS, {"file": another(one)})

    with django_assert_max_num_queries(9):
        company.get(PAPERS)


def test_a_file_keeps_the_draft(company, draft):
    Application.objects.update(saved_at=timezone.now() - timedelta(days=30))

    company.post(PAPERS, {"file": file()})

    draft.refresh_from_db()
    assert timezone.now() - draft.saved_at < timedelta(minutes=1)


@pytest.mark.parametrize("slug", ["gibt-es-nicht", "document", "LOGO"])
def test_there_are_two_purposes(company, slug):
    assert company.get(f"{FILES}{slug}/").status_code == 404
    assert company.post(f"{FILES}{slug}/", {"file": file()}).status_code == 404
