"""„Antrag eintragen“: the office types what came on paper."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from partners.models import Application
from tests.bad_input.form import Form, page_form
from tests.corpus import PDF
from tests.rows import all_rows, difference

PAGE = "/admin/partners/application/add/"

TYPED = {
    "source": "paper", "name": "Papier GmbH", "kind": "company", "street": "Weg 1", "postal_code": "12345",
    "place": "Musterstadt", "sector": "C", "employees": "1.200", "contact_name": "Paula Papier",
    "contact_email": "paula@papier.example", "signatory_name": "Peter Papier", "signatory_function": "Inhaber",
    "already_doing": "Wir drucken beidseitig.", "secret_already_doing": "on", "supports_goal": "on",
    "sets_measures": "on", "accepts_monitoring": "on", "consents": ["profile"], "consented_on": "2026-02-03",
}  # fmt: skip


@pytest.fixture
def form(pact, office_client) -> Form:
    return page_form(office_client, PAGE, **TYPED)


def test_an_application_on_paper_is_entered_on_one_page(form, office):
    response = form.send(scan=SimpleUploadedFile("Antrag.pdf", PDF))

    application = Application.objects.get()
    assert response["Location"] == f"/admin/partners/application/{application.pk}/change/"
    assert (application.status, application.source, application.employees) == ("submitted", "paper", 1200)
    assert application.trade_secrets == ["already_doing"]
    assert [one.purpose for one in application.consents.all()] == ["profile"]
    assert application.files.get().upload.name == "Antrag.pdf"
    page = form.client.get(response["Location"])
    assert "Paula Papier bekommt den Link zur Statusseite" in page.content.decode()


def test_a_second_click_enters_nothing_more(form):
    form.send()
    before = all_rows()

    again = form.send()

    assert again.status_code == 302
    assert difference(before, all_rows()) == {}


def test_without_an_address_the_page_says_that_no_mail_leaves(form, mails):
    response = form.send(contact_email="")

    assert "Ohne E-Mail-Adresse geht keine Mail heraus" in form.client.get(response["Location"]).content.decode()
    assert mails() == []


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("name", "", "Bitte geben Sie den Namen der Organisation an."),
        ("supports_goal", None, "Das Klimaziel zu unterstützen gehört zum Pakt."),
        ("postal_code", "123", "Bitte geben Sie die Postleitzahl mit fünf Ziffern ein."),
        ("founded", "1200", "mindestens 1500"),
        ("signatory_name", "", "Bitte nennen Sie die Person, die unterschreiben darf"),
        ("contact_email", "keine Adresse", "vollständige E-Mail-Adresse"),
        ("deputy_email", "kim@papier.example", "den Namen der Vertretung"),
        ("received_on", "2999-01-01", "nicht in der Zukunft"),
        ("consented_on", "", "wann die Einwilligungen unterschrieben wurden"),
        ("form_token", "erfunden", "Dieses Formular ist beschädigt"),
    ],
)
def test_it_is_as_strict_as_the_form_online(name, typed, said, form):
    before = all_rows()

    response = form.send(**{name: typed})

    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert 'value="Papier GmbH"' in page or name == "name"
    assert difference(before, all_rows()) == {}


def test_the_tick_that_the_contact_signs_stands_for_her_name(form):
    form.send(signatory_is_contact="on", signatory_name="", signatory_function="", contact_function="Inhaberin")

    application = Application.objects.get()
    assert (application.signatory_name, application.signatory_function) == ("Paula Papier", "Inhaberin")


def test_nobody_consents_on_the_phone(form):
    response = form.send(source="phone")

    assert response.status_code == 422
    assert "Am Telefon lässt sich nicht einwilligen" in response.content.decode()
    assert form.send(source="phone", consents=[], consented_on="").status_code == 302


def test_a_bad_scan_is_refused_and_nothing_is_stored(form):
    before = all_rows()

    response = form.send(scan=SimpleUploadedFile("Antrag.pdf", b"MZ kein PDF"))

    assert response.status_code == 422
    assert 'value="Papier GmbH"' in response.content.decode()
    assert difference(before, all_rows()) == {}


def test_a_good_scan_is_asked_for_again_when_something_else_is_wrong(form):
    response = form.send(name="", scan=SimpleUploadedFile("Antrag.pdf", PDF))

    assert "Datei „Antrag.pdf“ noch einmal aus" in str(response.context["form"].errors["scan"])


def test_the_page_speaks_about_the_company_and_not_to_it(form):
    pages = [form.client.get(PAGE), form.send(name="", sector="", employees="", supports_goal=None)]

    for page in pages:
        said = re.sub(r"<option.*?</option>|<li><label.*?</label>", "", page.content.decode(), flags=re.DOTALL)
        assert (
            re.findall(
                r"(?i)[^.<>]*(?:was sie (?:schon|sich|anbieten|zusagen)|bei ihnen|ihre branche|ihrem)[^.<>]*", said
            )
            == []
        )


def test_only_the_office_enters_applications(pact, initial_partner_user, office_client):
    stranger = Client()
    stranger.force_login(initial_partner_user)

    assert stranger.get(PAGE).status_code == 403
    assert stranger.post(PAGE, {}).status_code == 403
    assert "Antrag eintragen" in office_client.get("/admin/partners/application/").content.decode()


def test_the_day_of_arrival_is_today_unless_said_otherwise(form):
    assert form.data["received_on"] == timezone.localdate().isoformat()
