"""The office edits the template: what it changes is for new drafts, and what cannot be filled is refused."""

import pytest
from django.test import Client

from agreements.models import TemplateContribution, TemplateSection
from agreements.services import drafting
from tests.agreements.office import count, sent_by
from tests.factories import PartnerFactory
from tests.rows import all_rows, difference

SECTIONS, CONTRIBUTIONS = "/admin/agreements/templatesection/", "/admin/agreements/templatecontribution/"


def test_a_changed_section_is_in_new_drafts_and_not_in_old_ones(pact, office, office_client):
    old = drafting.draft_for(PartnerFactory(), by=office)
    section = TemplateSection.objects.first()
    path = f"{SECTIONS}{section.pk}/change/"

    answer = office_client.post(path, sent_by(office_client, path, text="In {stadt} gilt das neue Wort."))

    new = drafting.draft_for(PartnerFactory(), by=office)
    assert answer.status_code == 302
    assert new.clauses.first().text == "In {stadt} gilt das neue Wort."
    assert old.clauses.first().text != new.clauses.first().text


@pytest.mark.parametrize("path", [f"{SECTIONS}add/", f"{CONTRIBUTIONS}add/"])
def test_unknown_placeholders_are_refused_and_the_known_ones_named(path, pact, office_client):
    before = all_rows()

    answer = office_client.post(path, {"title": "Neu", "text": "Für {kunde}.", "position": "5", "contains": ""})

    assert "Diesen Platzhalter gibt es nicht: {kunde}. Es gibt: {partner}," in answer.text
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize(("path", "model"), [(SECTIONS, TemplateSection), (CONTRIBUTIONS, TemplateContribution)])
def test_a_new_text_stands_behind_the_others(path, model, pact, office_client):
    last = model.objects.last().position

    assert sent_by(office_client, f"{path}add/")["position"] == last + 10


@pytest.mark.parametrize("path", [f"{SECTIONS}add/", f"{CONTRIBUTIONS}add/"])
def test_placeholders_are_explained_beside_the_text(path, pact, office_client):
    page = office_client.get(path).text

    assert "<code>{partner}</code></td><td>Name der Organisation</td><td>Musterbetrieb GmbH</td>" in page
    assert "gilt für neue Entwürfe" in page


def test_the_order_is_changed_by_a_number_between(pact, office_client):
    first, second, third = TemplateSection.objects.all()[:3]
    path = f"{SECTIONS}{first.pk}/change/"

    office_client.post(path, sent_by(office_client, path, position=second.position + 5))

    assert list(TemplateSection.objects.all()[:3]) == [second, first, third]


@pytest.mark.parametrize(("path", "model"), [(SECTIONS, TemplateSection), (CONTRIBUTIONS, TemplateContribution)])
def test_of_two_people_who_edit_a_text_the_second_overwrites_nothing(path, model, pact, office_client):
    path = f"{path}{model.objects.first().pk}/change/"
    first = sent_by(office_client, path, text="Von der Ersten")
    second = sent_by(office_client, path, text="Vom Zweiten")
    office_client.post(path, first)

    answer = office_client.post(path, second)

    assert model.objects.first().text == "Von der Ersten"
    assert "Jemand hat diesen Text inzwischen geändert." in answer.text
    assert "Vom Zweiten" in answer.text


@pytest.mark.parametrize("path", [SECTIONS, CONTRIBUTIONS])
def test_nothing_is_changed_in_the_list_itself(path, pact, office_client):
    assert office_client.get(path).context["cl"].formset is None


def test_the_preview_shows_the_template_for_an_invented_firm(pact, office_client):
    page = office_client.get(f"{SECTIONS}vorschau/").text

    assert "Musterbetrieb GmbH" in page
    assert "Musterstadt" in page
    assert "{" not in page.partition("office-paper")[2].partition("</article>")[0]


def test_the_lists_and_the_preview_need_the_same_queries_for_any_number_of_texts(pact, office_client):
    paths = [SECTIONS, CONTRIBUTIONS, f"{SECTIONS}vorschau/"]
    few = [count(office_client, path) for path in paths]
    for number in range(20):
        TemplateSection.objects.create(title=f"Abschnitt {number}", position=number)
        TemplateContribution.objects.create(text=f"Beitrag {number}", position=number)

    assert [count(office_client, path) for path in paths] == few


@pytest.mark.parametrize("path", [SECTIONS, CONTRIBUTIONS, f"{SECTIONS}add/"])
def test_initial_partners_do_not_see_the_template(path, pact, initial_partner_user):
    client = Client()
    client.force_login(initial_partner_user)

    assert client.get(path).status_code == 403
    assert client.get(f"{SECTIONS}vorschau/").status_code == 404
