"""The office finds a duplicate, compares, merges, and takes it back."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from klimapakt.mailbox.models import case_of
from partners.models import Application, Interest, Merge, NoDuplicate, Organisation
from partners.services import merging, recognising
from tests.factories import ConsentFactory, ContactFactory, OrganisationFactory, PartnerFactory, UserFactory
from tests.partners.services.merged import company
from tests.rows import all_rows, difference

pytestmark = pytest.mark.django_db

ORGANISATION, APPLICATION = "/admin/partners/organisation", "/admin/partners/application"


@pytest.fixture
def pair(pact) -> tuple[Organisation, Organisation]:
    kept = OrganisationFactory(name="Muster GmbH", place="Altstadt", website="")
    merged = OrganisationFactory(name="Muster AG", place="Neustadt", website="https://muster.example")
    return kept, merged


def compare(kept, other) -> str:
    page = APPLICATION if isinstance(kept, Application) else ORGANISATION
    return f"{page}/{kept.pk}/vergleichen/{other._meta.model_name}/{other.pk}/"


def seen(text: str) -> str:
    return re.search(r'name="seen" value="(\w+)"', text)[1]


def choices(office_client: Client, url: str, **chosen: str) -> dict[str, str]:
    """Return what a person sends who leaves all other choices as they are."""
    text = office_client.get(url).text
    given = dict(re.findall(r'name="([\w.]+)" value="(\w+)"[^>]*checked', text))
    return given | {"seen": seen(text)} | chosen


def test_the_page_of_an_organisation_shows_what_looks_the_same_and_why(office_client, pair):
    kept, merged = pair

    text = office_client.get(f"{ORGANISATION}/{kept.pk}/change/").text

    assert "gleicher Name ohne Rechtsform" in text
    assert "gleiche Anschrift Musterstraße 1, 12345" in text
    assert compare(kept, merged) in text
    assert f'action="{ORGANISATION}/{kept.pk}/keine-dublette/"' in text


def test_the_page_of_an_application_offers_what_fits_each_candidate(office_client, in_state):
    application, other = in_state("in_review"), in_state("submitted")
    organisation = OrganisationFactory(name=application.name)
    inquiry = Interest.objects.create(
        name="Erika",
        organisation=application.name,
        email="e@x.example",
        status="open",
        confirmed_at=application.sent_at,
    )

    text = office_client.get(f"{APPLICATION}/{application.pk}/change/").text

    assert compare(application, other) in text
    assert compare(application, organisation) in text
    assert f"/admin/partners/interest/{inquiry.pk}/change/" in text
    assert f"vergleichen/interest/{inquiry.pk}/" not in text


def test_without_a_candidate_the_page_says_so(office_client, pact):
    organisation = OrganisationFactory(name="Ganz allein", street="")

    assert (
        "Nichts gefunden, was gleich aussieht." in office_client.get(f"{ORGANISATION}/{organisation.pk}/change/").text
    )


def test_the_comparison_shows_only_what_differs_and_changes_nothing(office_client, pair):
    kept, merged = pair
    before = all_rows()

    text = office_client.get(compare(kept, merged)).text

    assert difference(before, all_rows()) == {}
    assert re.findall(r"<legend>([^<]+)</legend>", text) == ["Name", "Ort", "Internetseite"]
    assert re.findall(r'name="(\w+)" value="(\w+)"[^>]*checked', text) == [
        ("name", "kept"), ("place", "kept"), ("website", "other"),
    ]  # fmt: skip
    assert compare(merged, kept) in text


def test_merged_with_the_chosen_values_and_found_again_by_the_way_back(office_client, office, pair):
    kept, merged = pair
    url = compare(kept, merged)

    answer = office_client.post(url, choices(office_client, url, place="other"), follow=True)

    kept.refresh_from_db()
    row = Merge.objects.get()
    assert (kept.name, kept.place, kept.website) == ("Muster GmbH", "Neustadt", "https://muster.example")
    assert (row.kept, row.merged, row.by) == (kept, merged, office)
    assert "ist hierin aufgegangen" in answer.text
    assert f"/admin/partners/merge/{row.pk}/change/" in answer.text
    assert "Muster AG" not in office_client.get(f"{ORGANISATION}/").text.split("result_list")[1]

    undo = f"/admin/partners/merge/{row.pk}/zuruecknehmen/"
    assert "wieder zwei Einträge" in office_client.get(undo).text
    office_client.post(undo)

    kept.refresh_from_db()
    merged.refresh_from_db()
    assert (kept.place, kept.website, merged.merged_into) == ("Altstadt", "", None)
    assert "zurückgenommen" in office_client.get("/admin/partners/merge/").text


def test_the_comparison_names_what_follows_and_what_stays(office_client, pact):
    kept, merged = company(published=True), company(published=True)

    text = office_client.get(compare(kept, merged)).text

    assert "Ansprechpersonen: 2" in text
    assert "Kim Muster" in text
    assert "Mails: 1" in text
    assert "Einwilligungen: 2" in text.split("stehen bleibt")[1]
    assert "Das öffentliche Profil" in text


def test_what_changed_since_it_was_shown_is_shown_again(office_client, pair):
    kept, merged = pair
    url = compare(kept, merged)
    data = choices(office_client, url, place="other")
    Organisation.objects.filter(pk=merged.pk).update(place="Vorstadt")

    answer = office_client.post(url, data)

    assert answer.status_code == 409
    assert "Inzwischen hat sich etwas geändert" in answer.text
    assert not Merge.objects.exists()
    assert re.search(r'name="place" value="other"[^>]*checked', answer.text)
    assert seen(answer.text) != data["seen"]


@pytest.mark.parametrize(("field", "value"), [("place", "beide"), ("place", ""), ("seen", ""), ("seen", "\x00")])
def test_a_choice_that_is_none_gets_a_sentence_and_the_others_stay(field, value, office_client, pair):
    url = compare(*pair)

    answer = office_client.post(url, choices(office_client, url, name="other") | {field: value})

    assert answer.status_code in (409, 422)
    assert re.search(r'name="name" value="other"[^>]*checked', answer.text)
    assert seen(answer.text) == seen(office_client.get(url).text)
    assert not Merge.objects.exists()


def test_what_forbids_the_merge_stands_there_in_place_of_the_button(office_client, pact):
    one, two = PartnerFactory(listed=True).organisation, PartnerFactory(listed=True).organisation

    for answer in (office_client.get(compare(one, two)), office_client.post(compare(one, two), {"seen": "x"})):
        assert "Mit beiden ist eine Vereinbarung in Kraft" in answer.text
        assert "Zusammenführen</button>" not in answer.text
        assert 'value="Zusammenführen"' not in answer.text
    assert not Merge.objects.exists()


def test_a_consent_that_ends_by_the_merge_stands_on_the_page_before(office_client, pact):
    kept, merged = PartnerFactory(listed=True).organisation, OrganisationFactory(name="Anders AG")
    assert "Was bei" not in office_client.get(compare(kept, merged)).text.split('<h2 id="zieht-um"')[0]
    ConsentFactory(organisation=merged).withdraw()

    text = office_client.get(compare(kept, merged)).text

    assert f"Was bei „{kept}“ endet" in text
    assert "Veröffentlichung als Partner" in text.split("endet</h2>")[1].split("</section>")[0]
    assert "„Anders AG“ hat das später widerrufen." in text


def test_who_speaks_for_both_is_named_before(office_client, pair):
    for organisation, email in zip(pair, ("erika@muster.example", "ERIKA@muster.example"), strict=True):
        assert "stehen zweimal da" not in office_client.get(compare(*pair)).text
        ContactFactory(organisation=organisation, name="Erika Muster", email=email)

    assert "stehen zweimal da: Erika Muster (ERIKA@muster.example)" in office_client.get(compare(*pair)).text


def test_what_forbids_the_merge_both_ways_leads_nowhere_else(office_client, pact):
    real, invented = OrganisationFactory(), OrganisationFactory(is_invented=True)

    text = office_client.get(compare(real, invented)).text

    assert "erfunden" in text
    assert "Andersherum" not in text


def test_the_story_says_what_came_from_which_application(office_client, in_state, office):
    kept, merged = in_state("in_review"), in_state("in_review")
    row = merging.merge(kept, merged, take=[], by=office)

    text = office_client.get(f"{APPLICATION}/{kept.pk}/change/").text

    assert text.count(f"(aus {merged.reference})") == len(
        [pk for move in row.moved if move["table"] == "partners.timelineentry" for pk in move["pks"]]
    )
    assert re.search(rf"In Prüfung genommen <small>\(aus {merged.reference}\)", text)
    merging.undo(row, by=office)
    assert "(aus " not in office_client.get(f"{APPLICATION}/{kept.pk}/change/").text


def test_a_merged_organisation_is_read_only_and_says_into_which_it_went(office_client, office, pair):
    kept, merged = pair
    merging.merge(kept, merged, take=[], by=office)

    text = office_client.get(f"{ORGANISATION}/{merged.pk}/change/").text

    assert "Aufgegangen in" in text
    assert 'name="_save"' not in text
    assert office_client.post(f"{ORGANISATION}/{merged.pk}/change/", {"name": "x"}).status_code == 403
    assert office_client.get(compare(merged, kept)).text.count("inzwischen schon zusammengeführt") == 1


def test_told_apart_and_compared_again(office_client, pair):
    kept, merged = pair
    page = f"{ORGANISATION}/{kept.pk}"

    office_client.post(f"{page}/keine-dublette/", {"other": case_of(merged)})

    assert NoDuplicate.objects.count() == 1
    text = office_client.get(f"{page}/change/").text
    assert "gleicher Name ohne Rechtsform" not in text
    assert "Keine Dublette (1)" in text

    office_client.post(f"{page}/doch-pruefen/", {"other": case_of(merged)})

    assert not NoDuplicate.objects.exists()
    assert "gleicher Name ohne Rechtsform" in office_client.get(f"{page}/change/").text


@pytest.mark.parametrize(
    "other", ["", "organisation", "organisation:", "organisation:0", "organisation:x", "user:1", "application:1", "organisation:" + "9" * 40, "\x00:1"]
)  # fmt: skip
def test_a_pair_with_something_that_is_not_there_is_not_found(other, office_client, pair):
    for page in ("keine-dublette", "doch-pruefen"):
        assert office_client.post(f"{ORGANISATION}/{pair[0].pk}/{page}/", {"other": other}).status_code == 404
    assert not NoDuplicate.objects.exists()


def test_no_page_tells_of_an_application_that_the_office_may_not_read(office_client, in_state):
    readable, draft = in_state("in_review"), in_state("draft")

    assert office_client.get(compare(readable, draft)).status_code == 404
    assert office_client.get(compare(draft, readable)).status_code == 404
    answer = office_client.post(f"{APPLICATION}/{readable.pk}/keine-dublette/", {"other": case_of(draft)})
    assert answer.status_code == 404


def test_an_address_that_is_only_looked_at_changes_nothing(office_client, pair, in_state):
    application = in_state("in_review")
    recognising.recognise(application, pair[0], take=[], by=UserFactory())
    before = all_rows()

    for url in (
        f"{ORGANISATION}/{pair[0].pk}/keine-dublette/?other={case_of(pair[1])}",
        f"{ORGANISATION}/{pair[0].pk}/doch-pruefen/?other={case_of(pair[1])}",
        f"{APPLICATION}/{application.pk}/andere-organisation/",
    ):
        assert office_client.get(url).status_code == 405
        assert office_client.head(url).status_code == 405

    assert difference(before, all_rows()) == {}


# --- An application and a known organisation --------------------------------------------------------------------------


def test_an_application_is_recognised_and_that_is_taken_back(office_client, in_state):
    application = in_state("in_review")
    organisation = OrganisationFactory(name=f"{application.name} alt", place="Altstadt")
    url = compare(application, organisation)

    answer = office_client.post(url, choices(office_client, url, place="other"), follow=True)

    application.refresh_from_db()
    assert (application.known_as, application.known_choices) == (organisation, ["place"])
    assert "Ist dieselbe Organisation wie" in answer.text
    assert not [row for row in Merge.objects.all()]

    office_client.post(f"{APPLICATION}/{application.pk}/andere-organisation/")

    application.refresh_from_db()
    assert application.known_as is None


def test_a_second_application_of_a_partner_is_not_recognised_as_another_partnership(office_client, in_state):
    application, partner = in_state("in_review"), PartnerFactory()

    answer = office_client.post(compare(application, partner.organisation), {"seen": "x"})

    application.refresh_from_db()
    assert "ist schon Partner" in answer.text
    assert application.known_as is None


def test_two_applications_are_merged_and_the_office_reads_who_will_read_them(office_client, in_state):
    kept, merged = in_state("in_review"), in_state("submitted")
    url = compare(kept, merged)
    assert f"Erika Muster ({merged.contact_email})" in office_client.get(url).text

    office_client.post(url, choices(office_client, url))

    merged.refresh_from_db()
    assert (merged.status, merged.merged_into) == ("merged", kept)
    text = office_client.get(f"{APPLICATION}/{merged.pk}/change/").text
    assert "Aufgegangen in" in text
    assert "Vergleichen und zusammenführen" not in text


# --- Rights and cost --------------------------------------------------------------------------------------------------


def test_whoever_may_only_read_gets_no_buttons_and_is_refused(pair):
    reader = UserFactory()
    reader.user_permissions.set(Permission.objects.filter(codename__in=["view_organisation", "view_merge"]))
    client = Client()
    client.force_login(reader)
    kept, merged = pair

    text = client.get(f"{ORGANISATION}/{kept.pk}/change/").text

    assert "gleicher Name ohne Rechtsform" in text
    assert "vergleichen/" not in text
    assert "keine-dublette" not in text
    assert client.get(compare(kept, merged)).status_code == 403
    assert client.post(compare(kept, merged)).status_code == 403
    assert client.post(f"{ORGANISATION}/{kept.pk}/keine-dublette/", {"other": case_of(merged)}).status_code == 403


@pytest.mark.parametrize("rows", [1, 8])
def test_the_page_costs_the_same_number_of_queries_for_any_number_of_candidates(
    rows, office_client, pact, django_assert_max_num_queries
):
    kept = OrganisationFactory(name="Muster GmbH")
    for number in range(rows):
        PartnerFactory(organisation__name=f"Muster {number} AG")
        recognising.tell_apart(kept, OrganisationFactory(name="Muster AG"), by=UserFactory())

    with django_assert_max_num_queries(30):
        office_client.get(f"{ORGANISATION}/{kept.pk}/change/")


@pytest.mark.parametrize("rows", [1, 8])
def test_the_list_of_merges_costs_the_same_number_of_queries_for_any_number(
    rows, office_client, office, pact, django_assert_max_num_queries
):
    kept = OrganisationFactory()
    for _ in range(rows):
        merging.merge(kept, OrganisationFactory(), take=[], by=office)

    with django_assert_max_num_queries(9):
        office_client.get("/admin/partners/merge/")
