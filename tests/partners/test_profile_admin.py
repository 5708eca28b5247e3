"""The office compares, then releases, mends or returns; the list says what is next."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from klimapakt import worklist
from partners.comparison import compare
from partners.models import Consent, Contact, Organisation, Partner, ProfileProposal
from partners.services import publication
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

    assert '<del><span class="kern-sr-only visually-hidden">[−</span>Brot' in page
    assert '<ins><span class="kern-sr-only visually-hidden">[+</span>Kuchen' in page
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


def marked(before: str, after: str) -> list[list[str]]:
    return [[part.words for part in side if part.is_changed] for side in compare(before, after)]


def test_words_that_changed_in_a_row_are_one_mark():
    before, after = (
        f"Wir backen seit hundert Jahren {what} aus der Stadt." for what in ("Brot mit Holz", "Eis mit Strom")
    )

    assert marked(before, after) == [["Brot mit Holz"], ["Eis mit Strom"]]


def test_texts_with_little_in_common_are_shown_whole():
    assert marked("Wir backen Brot mit Holz.", "Neuer Text, ganz und gar anders geschrieben.") == [[], []]


def test_the_release_says_what_will_happen_and_does_it(office_client, proposal, erika):
    path = f"{PROPOSALS}{proposal.pk}/freigeben/"
    page = office_client.get(path).content.decode()
    assert "Die Öffentlichkeit sieht die neuen Angaben sofort." in page
    assert "Erika Muster (erika@musterbetrieb.example) bekommt eine Mail." in page

    answer = page_form(office_client, path).send()

    assert answer.status_code == 302
    assert partner_of(erika).text.startswith("Wir backen Kuchen")


def test_the_release_says_that_a_quote_is_not_shown_without_consent(office_client, erika):
    path = f"{PROPOSALS}{propose(erika, quote='Machen Sie mit!').pk}/freigeben/"
    page = office_client.get(path).content.decode()
    assert "Öffentlich wird davon noch nichts. Zitat bleibt verborgen, bis das Unternehmen" in page
    assert "sofort" not in page

    publication.give_consent(erika, Consent.Purpose.QUOTE)

    page = office_client.get(path).content.decode()
    assert "verborgen" not in page
    assert "Die Öffentlichkeit sieht die neuen Angaben sofort." in page


def test_the_mail_says_what_stays_hidden_without_consent(office_client, erika, mails):
    page_form(office_client, f"{PROPOSALS}{propose(erika, quote='Machen Sie mit!').pk}/freigeben/").send()

    [mail] = mails(kind="profile_released")
    assert "Noch verborgen: Zitat." in mail.body


def test_the_office_sees_its_own_version_and_the_mail_before_it_releases_them(office_client, proposal, erika, mails):
    form = page_form(office_client, f"{PROPOSALS}{proposal.pk}/aendern/", text="Wir backen Kuchen.")

    preview = form.send()

    page = preview.content.decode()
    assert preview.status_code == 200
    assert "So wird es öffentlich" in page
    assert "Freigegeben: Wir backen Kuchen." in page
    assert partner_of(erika).text.startswith("Wir backen Brot")
    seen = preview.context["form"]["seen"].value()
    assert "noch einmal an" in form.send(seen=seen, text="Wir backen heimlich anderes.").content.decode()
    assert mails(kind="profile_released") == []

    assert form.send(seen=seen).status_code == 302

    [mail] = mails(kind="profile_released")
    assert "nicht ganz so" in mail.body
    assert "Ihr Vorschlag: Wir backen Kuchen mit Strom vom eigenen Dach." in mail.body
    assert "Freigegeben: Wir backen Kuchen." in mail.body
    assert partner_of(erika).text == "Wir backen Kuchen."


@pytest.mark.parametrize(
    ("mended", "is_taken"),
    [("Machen Sie mit!", True), ("Machen Sie … jetzt mit!", True), ("", True), ("Machen Sie nicht mit!", False)],
)
def test_a_quote_is_only_shortened(mended, is_taken, office_client, erika):
    proposal = propose(erika, quote="Machen Sie alle jetzt mit!")
    form = page_form(office_client, f"{PROPOSALS}{proposal.pk}/aendern/", quote=mended)

    answer = form.send()

    assert answer.status_code == (200 if is_taken else 422)
    assert ("nur kürzen oder weglassen" in str(answer.context["form"].errors)) == (not is_taken)


def test_what_was_released_in_the_offices_words_says_so_and_leads_to_both_versions(office_client, proposal, erika):
    form = page_form(office_client, f"{PROPOSALS}{proposal.pk}/aendern/", text="Wir backen Kuchen.")
    form.send(seen=form.send().context["form"]["seen"].value())
    released = ProfileProposal.objects.get(status="released")

    page = office_client.get(f"{PROPOSALS}{proposal.pk}/change/").content.decode()
    assert "geändert freigegeben" in page
    assert "<dt>Entschieden</dt>" in page
    assert f"{PROPOSALS}{released.pk}/change/" in page
    page = office_client.get(f"{PROPOSALS}{released.pk}/change/").content.decode()
    assert f"{PROPOSALS}{proposal.pk}/change/" in page
    assert "Am Vorschlag des Unternehmens geändert" in page


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
    seen = again.context["form"]["seen"].value()
    assert form.send(shown=answer.context["form"]["shown"].value(), seen=seen).status_code == 302
    assert partner_of(erika).text == "Vom Amt geglättet."


def test_only_what_the_company_changed_can_be_mended(office_client, proposal, erika):
    form = page_form(office_client, f"{PROPOSALS}{proposal.pk}/aendern/")
    assert set(form.fields) == {"shown", "seen", "text", "website"}

    form.send(name="Umbenannt GmbH")

    assert partner_of(erika).organisation.name != "Umbenannt GmbH"


def test_a_return_needs_a_reason(office_client, proposal):
    path = f"{PROPOSALS}{proposal.pk}/zurueckgeben/"

    assert office_client.post(path, {"reason": " "}).status_code == 422
    assert office_client.post(path, {"reason": "Bitte kürzer."}).status_code == 302
    assert ProfileProposal.objects.get().reason == "Bitte kürzer."


def test_a_reason_written_for_what_was_replaced_meanwhile_can_be_copied(office_client, proposal, erika):
    path = f"{PROPOSALS}{proposal.pk}/zurueckgeben/"
    newest = propose(erika, text="Noch einmal anders.")

    answer = office_client.post(path, {"reason": "Bitte kürzer."})

    assert answer.status_code == 409
    assert "Bitte kürzer." in answer.content.decode()
    assert "Der Stand hat sich inzwischen geändert" in answer.content.decode()
    assert newest.is_open
    assert office_client.post(path, {"reason": " "}).status_code == 302


def test_while_the_picture_is_being_examined_there_is_no_button(office_client, erika):
    proposal = propose(erika, logo_id=str(logo(partner_of(erika), "quarantined").pk))
    path = f"{PROPOSALS}{proposal.pk}/freigeben/"

    assert "wird noch geprüft" in office_client.get(path).content.decode()
    office_client.post(path, {})
    assert ProfileProposal.objects.get().is_open


def test_both_pictures_are_shown(office_client, erika):
    old = logo(partner_of(erika))
    Partner.objects.update(logo=old)
    proposal = propose(erika, logo_id=str(logo(partner_of(erika)).pk))

    page = office_client.get(f"{PROPOSALS}{proposal.pk}/change/").content.decode()

    for pk in (old.pk, proposal.logo_id):
        path = f"/admin/uploads/upload/{pk}/datei/"
        assert f'<img src="{path}"' in page
        assert office_client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("status", "words"), [("quarantined", "wird noch geprüft"), ("refused", "nicht angenommen: Zu groß.")]
)
def test_a_picture_that_cannot_be_shown_says_why(status, words, office_client, erika):
    proposal = propose(erika, logo_id=str(logo(partner_of(erika), status).pk))

    assert words in office_client.get(f"{PROPOSALS}{proposal.pk}/change/").content.decode()


def test_a_replaced_proposal_leads_to_the_newest(office_client, proposal, erika):
    newest = propose(erika, text="Noch einmal anders.")

    page = office_client.get(f"{PROPOSALS}{proposal.pk}/change/").content.decode()

    assert f'href="{PROPOSALS}{newest.pk}/change/"' in page
    assert "neueren Vorschlag" not in office_client.get(f"{PROPOSALS}{newest.pk}/change/").content.decode()


def test_a_decided_proposal_about_the_logo_alone_says_so(office_client, erika):
    proposal = propose(erika, logo_id=str(logo(partner_of(erika)).pk))
    propose(erika, text="Neu.", logo_id=None)

    assert "nur um das Logo" in office_client.get(f"{PROPOSALS}{proposal.pk}/change/").content.decode()


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
