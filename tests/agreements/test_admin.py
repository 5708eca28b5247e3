"""The office writes a draft: from the template, on one page, without overwriting anybody, and reads it as the partner will."""

from datetime import date

import pytest
from django.test import Client

from agreements import content
from agreements.admin.agreement import NO_DRAFT_ANY_MORE, DraftForm
from agreements.admin.story import waits_for
from agreements.models import Agreement, Clause, TemplateSection
from agreements.services import answering, offering
from tests.agreements.office import LIST, count, page_of, sent_by
from tests.factories import (
    AgreementFactory,
    ContactFactory,
    MeasureFactory,
    OutgoingMailFactory,
    PartnerFactory,
    TargetFactory,
)
from tests.factories.agreements import ClauseFactory, ContributionFactory, agreement_in, ready_to_offer
from tests.rows import all_rows, difference

# --- A new draft ------------------------------------------------------------------------------------------------------


def test_a_new_draft_begins_with_the_template_and_opens_its_page(pact, office, office_client):
    partner = PartnerFactory()

    answer = office_client.post(f"{LIST}add/?partner={partner.pk}", {"partner": partner.pk})

    draft = partner.agreements.get()
    assert answer.status_code == 302
    assert answer.url == page_of(draft)
    assert draft.recorded_by == office
    titles = list(TemplateSection.objects.values_list("title", flat=True))
    assert titles
    assert [clause.title for clause in draft.clauses.all()] == titles


def test_the_page_of_a_partner_leads_to_a_new_draft_with_the_partner_chosen(pact, office_client):
    partner = PartnerFactory()

    partners_page = office_client.get(f"/admin/partners/partner/{partner.pk}/change/").text
    add_page = f"{LIST}add/?partner={partner.pk}"

    assert f'href="{add_page}"' in partners_page
    assert sent_by(office_client, add_page)["partner"] == str(partner.pk)


def test_there_is_one_draft_for_a_partner_at_a_time(pact, office_client):
    partner = AgreementFactory().partner

    answer = office_client.post(f"{LIST}add/", {"partner": partner.pk}, follow=True)

    assert partner.agreements.count() == 1
    assert "gibt es schon eine Vereinbarung, die noch nicht in Kraft ist" in answer.text


# --- Writing ----------------------------------------------------------------------------------------------------------


def test_targets_measures_contributions_and_clauses_are_written_on_one_page(pact, office_client):
    draft = ready_to_offer()
    changes = {
        "in_force_until": "31.12.2035",
        "targets-0-amount": "75",
        "measures-1-title": "Dach voller Module",
        "measures-1-category": "renewable",
        "measures-1-from_year": "2027",
        "contributions-0-text": "Die Stadt lädt {partner} zu Treffen ein.",
        "clauses-3-text": "Sie gilt {laufzeit} und nicht länger.",
    }

    answer = office_client.post(page_of(draft), sent_by(office_client, page_of(draft), **changes))

    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.in_force_until == date(2035, 12, 31)
    assert draft.targets.get().amount == 75
    assert [measure.title for measure in draft.measures.all()] == ["Abwärme der Öfen nutzen", "Dach voller Module"]
    assert draft.contributions.get().text == "Die Stadt lädt {partner} zu Treffen ein."
    assert draft.clauses.last().text == "Sie gilt {laufzeit} und nicht länger."


def test_a_new_clause_stands_behind_the_others(pact, office_client):
    draft = ready_to_offer()
    Clause.objects.filter(agreement=draft).update(position=70)

    sent = sent_by(office_client, page_of(draft), **{"clauses-4-title": "Schluss", "clauses-4-text": "Das war es."})
    office_client.post(page_of(draft), sent)

    assert (draft.clauses.last().title, draft.clauses.last().position) == ("Schluss", 80)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("clauses-0-text", "Für {kunde}.", "Diesen Platzhalter gibt es nicht: {kunde}."),
        ("clauses-0-title", "{0.__class__}", "Diesen Platzhalter gibt es nicht: {0.__class__}."),
        ("contributions-0-text", "{stdat}", "Diesen Platzhalter gibt es nicht: {stdat}."),
        ("clauses-0-text", "x" * 201, "Mehr als 200 Zeichen ohne Leerzeichen"),
        ("measures-0-description", "x" * 201, "Mehr als 200 Zeichen ohne Leerzeichen"),
    ],
)
def test_what_no_page_could_show_is_refused_at_the_field(field, value, sentence, pact, office_client):
    draft = ready_to_offer()
    before = all_rows()

    answer = office_client.post(page_of(draft), sent_by(office_client, page_of(draft), **{field: value}))

    assert answer.status_code == 200
    assert sentence in answer.text
    assert value in answer.text
    assert difference(before, all_rows()) == {}


def test_placeholders_are_explained_with_what_the_partner_will_read(pact, office_client):
    pact.countersigned_by = ""
    pact.save()
    draft = ready_to_offer()

    page = office_client.get(page_of(draft)).text

    assert "<code>{stadt}</code></td><td>Name der Stadt</td><td>Musterstadt</td>" in page
    assert f"<td>Name der Organisation</td><td>{draft.partner}</td>" in page
    assert "noch nicht eingetragen</strong>, bitte unter „Klimapakt“, „Vereinbarungen“" in page


def test_the_draft_says_what_is_missing_before_it_can_be_offered(pact, office_client):
    page = office_client.get(page_of(AgreementFactory())).text

    assert "Vor dem Anbieten fehlt noch:" in page
    assert "Bitte tragen Sie mindestens eine Maßnahme ein." in page


def test_the_longest_agreement_fits_into_one_form(pact, office_client):
    draft = ready_to_offer()
    rows = {ClauseFactory: 26, ContributionFactory: 14, MeasureFactory: 59, TargetFactory: 9}
    for factory, number in rows.items():
        factory.create_batch(number, agreement=draft)

    sent = sent_by(office_client, page_of(draft), **{"measures-59-title": "Die sechzigste"})
    answer = office_client.post(page_of(draft), sent)

    assert answer.status_code == 302
    assert draft.measures.filter(title="Die sechzigste").exists()
    assert 800 < len(sent) < 1000


# --- Two at once ------------------------------------------------------------------------------------------------------


def test_of_two_people_who_edit_a_draft_the_second_overwrites_nothing(pact, office_client):
    draft = ready_to_offer()
    first = sent_by(office_client, page_of(draft), **{"measures-0-title": "Von der Ersten"})
    second = sent_by(office_client, page_of(draft), **{"measures-0-title": "Vom Zweiten"})
    office_client.post(page_of(draft), first)

    answer = office_client.post(page_of(draft), second)

    assert draft.measures.get().title == "Von der Ersten"
    assert "Jemand hat diesen Entwurf inzwischen geändert." in answer.text
    assert "Vom Zweiten" in answer.text


@pytest.mark.parametrize("state", ["offered", "declined", "signed", "in_force"])
def test_a_draft_that_was_offered_meanwhile_is_not_changed_any_more(state, pact, office_client):
    agreement = agreement_in(state)
    before = all_rows()

    typed = {"in_force_until": "31.12.2040", "shown": "x", "measures-0-title": "Von mir getippt"}
    counts = {f"{rows}-{name}_FORMS": number for rows in ROWS for name, number in (("TOTAL", 1), ("INITIAL", 0))}
    answer = office_client.post(page_of(agreement), {**typed, **counts})

    assert answer.status_code == 200
    assert "Nicht gesichert: Diese Vereinbarung ist inzwischen kein Entwurf mehr" in answer.text
    assert "Von mir getippt" in answer.text
    assert 'name="_save"' not in answer.text
    assert difference(before, all_rows()) == {}


ROWS = ["targets", "measures", "contributions", "clauses"]


@pytest.mark.parametrize("state", ["draft", "offered"])
def test_who_may_not_change_agreements_does_not_save_either(state, pact, initial_partner_user):
    agreement, client = agreement_in(state), Client()
    client.force_login(initial_partner_user)
    before = all_rows()

    answer = client.post(page_of(agreement), {"in_force_until": "31.12.2040", "shown": "x"})

    assert answer.status_code in (302, 403)
    assert difference(before, all_rows()) == {}


def test_what_the_pact_is_called_meanwhile_hinders_nobody_in_saving(pact, office_client):
    draft = ready_to_offer()
    sent = sent_by(office_client, page_of(draft), **{"measures-0-title": "Dach voller Module"})
    type(pact).objects.update(name="Umbenannt", city="Anderswo")

    answer = office_client.post(page_of(draft), sent)

    assert answer.status_code == 302
    assert draft.measures.get().title == "Dach voller Module"


def test_the_form_of_a_draft_looks_at_the_stored_state_and_not_at_the_loaded_one(pact, office):
    stale = ready_to_offer()
    sent = {"in_force_until": "", "shown": content.stand_of_draft(stale)}
    offering.offer(Agreement.objects.get(), stale.partner.organisation.contacts.get(), by=office)

    form = DraftForm(sent, instance=stale)

    assert not form.is_valid()
    assert form.errors["__all__"] == [NO_DRAFT_ANY_MORE]


# --- Deleting ---------------------------------------------------------------------------------------------------------


def test_a_draft_that_nobody_has_seen_may_be_deleted(pact, office_client):
    draft = ready_to_offer()

    office_client.post(page_of(draft, "delete/"), {"post": "yes"})

    assert not Agreement.objects.exists()


@pytest.mark.parametrize("state", ["taken back", "offered", "in_force"])
def test_what_was_once_offered_stays(state, pact, office, office_client):
    agreement = agreement_in("offered" if state == "taken back" else state)
    if state == "taken back":
        offering.take_back(agreement, by=office)

    answer = office_client.post(page_of(agreement, "delete/"), {"post": "yes"})

    assert answer.status_code == 403
    assert Agreement.objects.filter(pk=agreement.pk).exists()


# --- Reading ----------------------------------------------------------------------------------------------------------


def test_the_preview_reads_as_the_partner_will_read_it(pact, office_client):
    draft = ready_to_offer(partner=PartnerFactory(organisation__name="Weberei <b>Flott</b> & Söhne"))

    page = office_client.get(page_of(draft, "vorschau/")).text

    assert "Die Ziele von Weberei &lt;b&gt;Flott&lt;/b&gt; &amp; Söhne:" in page
    assert "Die Vereinbarung gilt ohne festes Ende." in page
    assert "Abwärme der Öfen nutzen" in page
    assert "{partner}" not in page


def test_a_frozen_version_reads_as_it_was_frozen(pact, office_client):
    agreement = agreement_in("offered")
    agreement.measures.update(title="Ganz etwas anderes")

    page = office_client.get(page_of(agreement, "fassung/1/")).text

    assert "Abwärme der Öfen nutzen" in page
    assert "Ganz etwas anderes" not in page
    assert agreement.newest_version().sha256 in page
    assert office_client.get(page_of(agreement, "fassung/2/")).status_code == 404


def test_a_signed_version_reads_with_its_signatures(pact, office_client):
    page = office_client.get(page_of(agreement_in("in_force"), "fassung/1/")).text

    assert "Unterschriften</h2>" in page
    assert "für <strong>Stadt Musterstadt, Die Oberbürgermeisterin</strong>" in page


def test_there_is_no_preview_of_what_is_no_draft(pact, office_client):
    agreement = agreement_in("offered")

    assert office_client.get(page_of(agreement, "vorschau/")).url == page_of(agreement)


@pytest.mark.parametrize("name", ["vorschau/", "fassung/1/", "dokument/1/"])
def test_pages_to_read_are_closed_to_initial_partners(name, pact, initial_partner_user):
    client = Client()
    client.force_login(initial_partner_user)

    assert client.get(page_of(agreement_in("in_force"), name)).status_code == 404


# --- The list ---------------------------------------------------------------------------------------------------------


def test_the_list_says_whom_each_agreement_waits_for(pact, office, office_client):
    for state in ("draft", "offered", "declined", "signed", "in_force"):
        agreement_in(state)
    answering.request_change(agreement_in("offered").newest_version(), "Bitte ein Jahr später.")

    rows = {row.status: [] for row in Agreement.objects.all()}
    for agreement in office_client.get(LIST).context["cl"].result_list:
        rows[agreement.status].append(waits_for(agreement))

    today = f"{date.today():%d.%m.%Y}"
    assert rows == {
        "draft": ["Geschäftsstelle: anbieten"],
        "offered": ["Geschäftsstelle: Änderungswunsch", f"Erika Muster, seit {today}"],
        "declined": ["Geschäftsstelle: ändern oder abschließen"],
        "signed": ["Gegenzeichnung"],
        "in_force": [""],
    }


def test_the_list_begins_with_what_is_under_way_and_ends_with_what_nobody_can_date(pact, office_client):
    undated = AgreementFactory(status="in_force", signed_on=None, in_force_from=None, is_date_unknown=True)
    older = AgreementFactory(in_force=True, signed_on=date(2024, 1, 1))
    draft = AgreementFactory(signed_on=None)
    newer = AgreementFactory(in_force=True, signed_on=date(2025, 1, 1))

    listed = office_client.get(LIST).context["cl"].result_list

    assert list(listed) == [draft, newer, older, undated]


def fill_with_agreements(number: int) -> None:
    for state in ("draft", "offered", "in_force"):
        for _ in range(number):
            agreement_in(state)


def test_the_list_needs_the_same_queries_for_any_number_of_agreements(pact, office_client):
    fill_with_agreements(1)
    few = count(office_client, LIST)
    fill_with_agreements(4)

    assert count(office_client, LIST) == few


@pytest.mark.parametrize("name", ["change/", "vorschau/", "anbieten/"])
def test_the_pages_of_a_draft_need_the_same_queries_however_long_it_is(name, pact, office_client):
    draft = ready_to_offer()
    needed = []
    for rows in (1, 9):
        for factory in (ClauseFactory, ContributionFactory, MeasureFactory, TargetFactory):
            factory.create_batch(rows, agreement=draft)
        ContactFactory.create_batch(rows, organisation=draft.partner.organisation, is_main=False)
        needed.append(count(office_client, page_of(draft, name)))

    assert needed[0] == needed[1]


def test_the_page_of_an_agreement_needs_the_same_queries_however_long_its_story(pact, office, office_client):
    agreement = agreement_in("offered")
    contact = agreement.partner.organisation.contacts.get()
    needed = []
    for rounds in (1, 4):
        for number in range(rounds):
            answering.request_change(agreement.newest_version(), f"Bitte ändern, zum {number}. Mal.")
            offering.take_back(agreement, by=office)
            offering.offer(agreement, contact, by=office)
            OutgoingMailFactory(about=f"agreement:{agreement.pk}")
        needed.append(count(office_client, page_of(agreement)))

    assert needed[0] == needed[1]
