"""The office mends what a company typed."""

import pytest

from partners.models import Application
from partners.services import review
from tests.partners.admin.office import filled, page_of, shown
from tests.rows import all_rows, difference


def test_a_typo_is_mended_and_the_page_shows_the_mended_answer(in_state, office_client):
    application = in_state("in_review")
    page = page_of(application) + "berichtigen/organisation/"

    answer = office_client.post(page, filled(office_client.get(page)) | {"name": "Berichtigte Bäckerei GmbH"})

    assert answer.url.endswith("/change/#organisation")
    assert "Berichtigte Bäckerei GmbH" in shown(office_client, application)


@pytest.mark.parametrize(
    ("slug", "field"),
    [
        ("organisation", "name"),
        ("organisation", "employees"),
        ("personen", "contact_email"),
        ("zusagen", "supports_goal"),
    ],
)
def test_a_needed_answer_cannot_be_emptied(slug, field, in_state, office_client):
    application = in_state("in_review")
    Application.objects.update(employees=12)
    page = page_of(application) + f"berichtigen/{slug}/"
    data = filled(office_client.get(page))
    before = all_rows()

    answer = office_client.post(page, {name: value for name, value in data.items() if name != field})

    assert answer.status_code == 422
    assert "lässt sich ändern, aber nicht leeren" in str(answer.context["form"][field].errors)
    assert difference(before, all_rows()) == {}


def test_a_needed_answer_that_is_not_there_yet_keeps_no_other_back(in_state, office_client):
    application = in_state("in_review")
    Application.objects.update(street="")
    page = page_of(application) + "berichtigen/organisation/"

    answer = office_client.post(page, filled(office_client.get(page)) | {"name": "Berichtigte Bäckerei GmbH"})

    assert answer.status_code == 302
    assert Application.objects.get().name == "Berichtigte Bäckerei GmbH"


def test_who_came_on_paper_may_lose_a_wrong_address_and_the_office_reads_what_follows(in_state, office_client):
    application = in_state("in_review")
    Application.objects.update(source="paper")
    page = page_of(application) + "berichtigen/personen/"

    answer = office_client.post(page, filled(office_client.get(page)) | {"contact_email": ""}, follow=True)

    assert "hat jetzt keinen Zugang mehr" in answer.content.decode()


def test_what_somebody_else_changed_stands_beside_what_was_typed_and_the_second_save_decides(
    in_state, office, office_client
):
    application = in_state("in_review")
    page = page_of(application) + "berichtigen/organisation/"
    data = filled(office_client.get(page)) | {"name": "Meine Bäckerei GmbH", "street": "Meine Straße 1"}
    review.correct(application, {"name": "Andere Bäckerei GmbH"}, shown={"name": application.name}, by=office)

    conflict = office_client.post(page, data)
    html = conflict.content.decode()

    assert conflict.status_code == 409
    assert 'value="Meine Bäckerei GmbH"' in html
    assert "„Andere Bäckerei GmbH“" in html
    application.refresh_from_db()
    assert (application.name, application.street) == ("Andere Bäckerei GmbH", "Backstraße 3")

    assert office_client.post(page, filled(conflict)).status_code == 302
    application.refresh_from_db()
    assert (application.name, application.street) == ("Meine Bäckerei GmbH", "Meine Straße 1")


def test_the_office_marks_what_is_a_trade_secret_and_takes_the_mark_back(in_state, office_client):
    application = in_state("in_review")
    Application.objects.update(wishes="Neuer Ofen", trade_secrets=["wishes"])
    page = page_of(application) + "berichtigen/wuensche/"
    read = office_client.get(page)
    assert [row.name for row, _ in read.context["rows"]][:2] == ["wishes", "secret_wishes"]

    office_client.post(page, {name: value for name, value in filled(read).items() if value and name != "secret_wishes"})

    application.refresh_from_db()
    assert application.trade_secrets == []
    said = [entry.text for entry in application.timeline.all()]
    assert "Betriebsgeheimnis in „Wünsche an den Pakt“ berichtigt: „ja“ → „nein“" in said

    again = filled(office_client.get(page)) | {"secret_offers_text": "on"}
    office_client.post(page, {name: value for name, value in again.items() if value})

    application.refresh_from_db()
    assert (application.trade_secrets, application.wishes) == (["offers_text"], "Neuer Ofen")


@pytest.mark.parametrize("seal", ["", "unfug", "a:b:c"])
def test_a_page_without_its_seal_mends_nothing_and_keeps_what_was_typed(seal, in_state, office_client):
    application = in_state("in_review")
    page = page_of(application) + "berichtigen/organisation/"
    before = all_rows()

    answer = office_client.post(page, filled(office_client.get(page)) | {"name": "Meine GmbH", "shown": seal})

    assert answer.status_code == 422
    assert 'value="Meine GmbH"' in answer.content.decode()
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("slug", ["organisation", "personen", "heute", "wuensche", "zusagen", "profil"])
def test_every_answer_can_be_mended(slug, in_state, office_client):
    application = in_state("in_review")
    page = page_of(application) + f"berichtigen/{slug}/"
    before = all_rows()

    answer = office_client.post(page, filled(office_client.get(page)))

    assert answer.status_code == 302
    assert difference(before, all_rows()) == {}  # a form sent as it stands changes nothing


@pytest.mark.parametrize("slug", ["einwilligungen", "unfug"])
def test_there_is_nothing_to_mend_where_the_company_typed_nothing(slug, in_state, office_client):
    assert office_client.get(page_of(in_state("in_review")) + f"berichtigen/{slug}/").status_code == 404
