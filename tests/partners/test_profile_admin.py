"""The office compares, then releases, mends or returns; the list says what is next."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from klimapakt import worklist
from partners.comparison import compare
from partners.models import Contact, Organisation, Partner, ProfileProposal
from tests.bad_input.form import page_form
from tests.factories import ContactFactory, PartnerFactory
from tests.partners.company import company
from tests.partners.services.test_profile import logo, partner_of, propose

PROPOSALS, PARTNERS = "/admin/partners/profileproposal/", "/admin/partners/partner/"


@pytest.fixture
def erika(pact) -> Contact:
    return company(listed=True)


@pytest.fixture
def proposal(erika) -> ProfileProposal:
    return propose(erika, text="Wir backen Kuchen mit Strom vom eigenen Dach.", website="https://neu.example/")


def test_old_and_new_stand_side_by_side_with_every_changed_word_marked(office_client, proposal):
    page = office_client.get(f"{PROPOSALS}{proposal.pk}/change/").content.decode()

    assert '<del><span class="changes__sign">[−</span>Brot' in page
    assert '<ins><span class="changes__sign">[+</span>Kuchen' in page
    assert 'name="_save"' not in page


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("a", ""),
        ("", "b"),
        ("Brot und Kuchen", "Brot oder Kuchen"),
        ("x\ny", "x\n\ny!"),
        ("ä" * 5000, "ö " * 5000),
    ],
)
def test_a_comparison_loses_no_letter(before, after):
    left, right = compare(before, after)

    assert "".join(part.words for part in left) == before
    assert "".join(part.words for part in right) == after


def test_the_release_says_what_will_happen_and_does_it(office_client, proposal, erika):
    path = f"{PROPOSALS}{proposal.pk}/freigeben/"
    page = office_client.get(path).content.decode()
    assert "Die Öffentlichkeit sieht die neuen Angaben sofort." in page
    assert "Erika Muster (erika@musterbetrieb.example) bekommt eine Mail." in page

    answer = page_form(office_client, path).send()

    assert answer.status_code == 302
    assert partner_of(erika).text.startswith("Wir backen Kuchen")


def test_who_compared_something_else_compares_again_and_keeps_what_was_typed(office_client, proposal, erika):
    form = page_form(office_client, f"{PROPOSALS}{proposal.pk}/aendern/", text="Vom Amt geglättet.")
    Organisation.objects.update(website="https://inzwischen.example/")

    answer = form.send()

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "vergleichen Sie noch einmal" in page
    assert "nach dem Vorschlag geändert" in page
    assert "inzwischen" in page.split('id="vergleich"')[1]
    assert "Vom Amt geglättet." in page
    assert partner_of(erika).text.startswith("Wir backen Brot")
    again = form.send(shown=answer.context["form"]["shown"].value())
    assert again.status_code == 302
    assert partner_of(erika).text == "Vom Amt geglättet."


def test_only_what_the_company_changed_can_be_mended(office_client, proposal, erika):
    form = page_form(office_client, f"{PROPOSALS}{proposal.pk}/aendern/")
    assert set(form.fields) == {"shown", "text", "website"}

    form.send(name="Umbenannt GmbH")

    assert partner_of(erika).organisation.name != "Umbenannt GmbH"


def test_a_return_needs_a_reason(office_client, proposal):
    path = f"{PROPOSALS}{proposal.pk}/zurueckgeben/"

    assert office_client.post(path, {"reason": " "}).status_code == 422
    assert office_client.post(path, {"reason": "Bitte kürzer."}).status_code == 302
    assert ProfileProposal.objects.get().reason == "Bitte kürzer."


def test_while_the_picture_is_being_examined_there_is_no_button(office_client, erika):
    proposal = propose(erika, logo_id=str(logo(partner_of(erika), "quarantined").pk))
    path = f"{PROPOSALS}{proposal.pk}/freigeben/"

    assert "wird noch geprüft" in office_client.get(path).content.decode()
    office_client.post(path, {})
    assert ProfileProposal.objects.get().is_open


def test_both_pictures_are_shown(office_client, erika):
    proposal = propose(erika, logo_id=str(logo(partner_of(erika)).pk))

    page = office_client.get(f"{PROPOSALS}{proposal.pk}/change/").content.decode()

    path = f"/admin/uploads/upload/{proposal.logo_id}/datei/"
    assert path in page
    assert office_client.get(path).status_code == 200


def test_a_decided_proposal_shows_what_it_wanted_and_offers_nothing(office_client, proposal):
    office_client.post(f"{PROPOSALS}{proposal.pk}/zurueckgeben/", {"reason": "Bitte kürzer."})

    page = office_client.get(f"{PROPOSALS}{proposal.pk}/change/").content.decode()

    assert "Kuchen" in page
    assert "/freigeben/" not in page


def test_initial_partners_see_nothing_of_it(proposal, initial_partner_user):
    client = Client()
    client.force_login(initial_partner_user)

    assert client.get(PROPOSALS).status_code == 403
    assert client.get(f"{PROPOSALS}{proposal.pk}/change/").status_code == 403
    partner = client.get(f"{PARTNERS}{proposal.partner_id}/change/").content.decode()
    assert "erika@musterbetrieb.example" not in partner
    assert "Kuchen" not in partner
    assert "Als Nächstes" not in client.get(PARTNERS).content.decode()


# --- The partner's page and the list ----------------------------------------------------------------------------------


def test_the_partners_page_shows_people_roles_proposals_and_the_last_check(office_client, proposal, erika):
    Partner.objects.update(offers_text="Führung durch die Backstube")
    ContactFactory(organisation=erika.organisation, name="Weg Gegangen", is_main=False, left_at=timezone.now())
    ContactFactory(organisation=erika.organisation, name="Kim Neu", is_main=False, is_for_events=True)
    partner_of(erika).data_checks.create(answered_at=timezone.now(), answered_by="Erika Muster")

    page = office_client.get(f"{PARTNERS}{proposal.partner_id}/change/").content.decode()

    for words in (
        "für Veranstaltungen",
        "Ausgeschieden: Weg Gegangen",
        "Führung durch die Backstube",
        "Internetseite, Profiltext",
    ):
        assert words in page
    assert "von Erika Muster" in page


def overdue(partner: Partner) -> None:
    ContactFactory(organisation=partner.organisation)
    partner.data_checks.create(asked_at=timezone.now() - timedelta(days=31))


def test_the_list_says_what_is_next_and_the_filters_find_it(office_client, proposal):
    late, mute = (
        PartnerFactory(organisation__name="Zu Spät GmbH"),
        PartnerFactory(organisation__name="Ohne Adresse GmbH"),
    )
    overdue(late)

    rows = {
        name: office_client.get(f"{PARTNERS}?ansteht={name}").content.decode()
        for name in ("profil", "daten", "adresse")
    }

    assert "Profiländerung ansehen" in rows["profil"]
    assert "Zu Spät GmbH" in rows["daten"]
    assert "Ohne Adresse GmbH" not in rows["daten"]
    assert "Mailadresse eintragen" in rows["adresse"]
    assert mute.organisation.name in rows["adresse"]


@pytest.mark.parametrize("path", [PARTNERS, PROPOSALS])
def test_the_lists_need_the_same_queries_for_any_number(path, office_client, pact, django_assert_max_num_queries):
    for number in range(10):
        propose(company(email=f"p{number}@x.example"), text="Neu.")

    with django_assert_max_num_queries(16):
        assert office_client.get(path).status_code == 200


def test_what_waits_is_on_the_start_page_and_gone_when_done(office, proposal, initial_partner_user):
    overdue(PartnerFactory())

    def titles(user: object) -> set[str]:
        return {item.title for item in worklist.work_of(user)}

    assert {"Profiländerungen zur Freigabe", "Daten nicht bestätigt"} <= titles(office)
    assert titles(initial_partner_user) & {"Profiländerungen zur Freigabe", "Daten nicht bestätigt"} == set()
    ProfileProposal.objects.update(status="withdrawn")
    assert "Profiländerungen zur Freigabe" not in titles(office)
