"""A file inside a step of the application: whichever button is pressed, what was typed is saved along."""

import pytest
from django.test import Client

import partners.mails.application as mails
from klimapakt.uploads.models import Upload
from partners.models import Application
from partners.services import files
from tests.factories import ApplicationFactory
from tests.filled import LATER, NEXT, opened, path_of_step
from tests.klimapakt.uploads.sample import file

TODAY, PROFILE = path_of_step("heute"), path_of_step("profil")
UPLOAD = {"upload": "unterlagen"}


@pytest.fixture
def draft(pact) -> Application:
    return ApplicationFactory()


@pytest.fixture
def company(draft, open_link) -> Client:
    client = Client()
    open_link(client, mails.application_access(draft.applicants.get()))
    return client


def reread(draft: Application) -> Application:
    return Application.objects.get(pk=draft.pk)


def test_a_file_and_what_was_typed_arrive_together(company, draft):
    page = opened(company, "heute") | {"already_doing": "Strom vom Dach."} | UPLOAD

    response = company.post(TODAY, page | {"file": file()}, follow=True)

    assert response.redirect_chain[-1][0].startswith(TODAY)
    assert response.redirect_chain[-1][0].endswith("#dateien-unterlagen")
    assert "Die Datei ist angekommen" in response.text
    assert "Strom vom Dach." in response.text
    assert reread(draft).already_doing == "Strom vom Dach."
    assert draft.files.count() == 1


def test_a_refused_file_costs_no_word(company, draft):
    page = opened(company, "profil") | {"quote": "Ohne Klima kein Brot.", "upload": "logo"}

    response = company.post(PROFILE, page | {"file": file("a png")})

    assert response.status_code == 422
    assert "Ohne die Rechte am Logo" in response.text
    assert "Die Datei haben wir nicht angenommen" in response.text
    assert "<title>Fehler:" in response.text
    assert "Ohne Klima kein Brot." in response.text
    assert reread(draft).quote == "Ohne Klima kein Brot."
    assert not Upload.objects.exists()


def test_a_file_arrives_though_something_typed_is_wrong(company, draft):
    page = opened(company, "heute") | {"already_doing": "Strom vom Dach.", "balance_year": "neulich"} | UPLOAD

    response = company.post(TODAY, page | {"file": file()})

    assert response.status_code == 422
    assert "Die Datei ist angekommen" in response.text
    assert 'value="neulich"' in response.text
    assert reread(draft).already_doing == "Strom vom Dach."
    assert draft.files.count() == 1


@pytest.mark.parametrize("button", [NEXT, LATER])
def test_a_chosen_file_comes_along_with_the_other_buttons(button, company, draft):
    response = company.post(TODAY, opened(company, "heute") | button | {"file": file()}, follow=True)

    assert "Die Datei ist angekommen" in response.text
    assert draft.files.count() == 1
    assert not response.redirect_chain[-1][0].startswith(TODAY)


def test_the_form_of_the_step_can_carry_a_file_and_stands_before_its_buttons(company):
    page = company.get(TODAY).text

    form = page[page.index('<form enctype="multipart/form-data"') : page.index("</form>", page.index('id="schritt"'))]
    assert form.index('type="file"') < form.index("Speichern und weiter", form.index('type="file"'))


def test_a_file_is_taken_back_and_what_was_typed_stays(company, draft):
    company.post(TODAY, opened(company, "heute") | UPLOAD | {"file": file()})
    [upload] = Upload.objects.all()
    page = opened(company, "heute") | {"already_doing": "Strom vom Dach.", "remove": str(upload.pk)}

    response = company.post(TODAY, page, follow=True)

    assert "„Bilanz.pdf“ ist entfernt." in response.text
    assert not Upload.objects.exists()
    assert reread(draft).already_doing == "Strom vom Dach."


@pytest.mark.parametrize("what", ["", "x", "\x00", "00000000-0000-4000-8000-000000000000"])
def test_what_is_not_there_cannot_be_taken_back(what, company):
    response = company.post(TODAY, opened(company, "heute") | {"remove": what}, follow=True)

    assert response.status_code == 200
    assert "sehen Sie nach" in response.text


def test_the_files_of_another_company_cannot_be_taken_back(company):
    other = ApplicationFactory()
    upload, _ = files.add_document(other, file(), by=other.applicants.get())

    company.post(TODAY, opened(company, "heute") | {"remove": str(upload.pk)})

    assert other.files.count() == 1


def test_a_step_without_files_takes_none(company):
    company.post(path_of_step("wuensche"), opened(company, "wuensche") | NEXT | {"file": file()})

    assert not Upload.objects.exists()


def test_a_saving_that_nobody_asked_for_takes_no_file(company):
    page = opened(company, "heute") | {"file": file()}

    company.post(TODAY, page, headers={"X-Autosave": "1"})

    assert not Upload.objects.exists()


def test_after_the_session_has_ended_the_words_are_saved_and_the_file_is_named_as_missing(company, draft):
    page = opened(company, "heute") | {"already_doing": "Strom vom Dach."} | UPLOAD
    company.cookies.clear()

    response = company.post(TODAY, page | {"file": file()})

    assert "Die Datei haben wir nicht angenommen." in response.text
    assert reread(draft).already_doing == "Strom vom Dach."
    assert not Upload.objects.exists()


def test_the_same_file_again_is_said_and_is_one(company, draft):
    for expected in ("Die Datei ist angekommen", "Diese Datei liegt schon vor: Bilanz.pdf"):
        response = company.post(TODAY, opened(company, "heute") | UPLOAD | {"file": file()}, follow=True)
        assert expected in response.text

    assert draft.files.count() == 1


def test_whoever_has_a_logo_reads_that_the_next_one_replaces_it(company):
    assert "ersetzt" not in company.get(PROFILE).text

    company.post(PROFILE, opened(company, "profil") | {"upload": "logo", "rights": "on", "file": file("a png")})

    name = Upload.objects.get().name
    assert f"Ein neues Logo ersetzt „{name}“." in company.get(PROFILE).text


def test_a_refused_file_is_named_also_beside_another_mistake(company):
    page = opened(company, "heute") | {"balance_year": "neulich"} | UPLOAD

    response = company.post(TODAY, page)

    assert response.status_code == 422
    assert "Bitte prüfen Sie Ihre Angaben" in response.text
    assert "Die Datei haben wir nicht angenommen" in response.text
    assert "sind gespeichert" not in response.text
