"""One agreement binds a partner on any day; what does not come about is closed; what binds can end before its time."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from agreements.models import Agreement
from agreements.services import answering, binding, drafting, ending
from agreements.work import waiting
from klimapakt.states import NotPossible
from klimapakt.website.impact import Impact
from partners.mails.partner import partner_access
from partners.models import Partner
from tests.agreements.office import LIST, page_of
from tests.factories import AgreementFactory, ConsentFactory, ContactFactory, MeasureFactory, PartnerFactory
from tests.factories.agreements import agreement_in, ready_to_offer, record_from_paper
from tests.rows import all_rows, difference

# --- One after the other ----------------------------------------------------------------------------------------------


def countersigned(agreement: Agreement, by: object) -> None:
    binding.countersign(agreement, sha256=agreement.newest_version().sha256, by=by)


@pytest.fixture
def listed(pact) -> Partner:
    """A partner on the list, with an agreement in force since 2025 and one public measure."""
    partner = PartnerFactory(listed=True)
    ConsentFactory(organisation=partner.organisation, purpose="measures")
    MeasureFactory(agreement=partner.agreements.get())
    return partner


def test_a_new_agreement_in_force_ends_the_one_before_it(listed, office, time_machine):
    old = listed.agreements.get()
    time_machine.move_to("2026-11-02T09:00:00+01:00", tick=False)
    new = agreement_in("signed", partner=listed)

    countersigned(new, office)

    old.refresh_from_db()
    assert (old.status, old.in_force_until) == ("in_force", date(2026, 11, 1))
    for day, binds in ((date(2026, 11, 1), old), (date(2026, 11, 2), new)):
        assert list(Agreement.objects.in_force(on=day)) == [binds]
    notes = [note.text for note in listed.organisation.timeline.all()]
    assert "Frühere Vereinbarung gilt nur bis 01.11.2026: Danach gilt die neue" in notes


def test_what_a_partner_does_is_counted_once(listed, office, client):
    new = agreement_in("signed", partner=listed)
    new.measures.update(title="Die neue Maßnahme")

    countersigned(new, office)

    impact = Impact.on(timezone.localdate())
    assert (impact.klimapartner, impact.measures, impact.saving) == (1, 1, 12)
    profile = client.get(listed.get_absolute_url()).text
    assert profile.count("12&nbsp;t") == 1
    assert "Die neue Maßnahme" in profile


def test_one_whose_first_day_nobody_knows_ends_too(pact, office):
    old = AgreementFactory(status="in_force", signed_on=None, in_force_from=None, is_date_unknown=True)

    record_from_paper(ready_to_offer(partner=old.partner), signed_on=date(2026, 1, 2), by=office)

    old.refresh_from_db()
    assert (old.status, old.in_force_until) == ("in_force", date(2026, 1, 1))


def test_of_two_from_the_same_day_the_later_one_counts(pact, office):
    old = agreement_in("in_force")
    new = agreement_in("signed", partner=old.partner)

    countersigned(new, office)

    old.refresh_from_db()
    assert (old.status, old.reason) == ("replaced", "Durch eine neue Vereinbarung ersetzt.")
    assert list(Agreement.objects.in_force(on=timezone.localdate())) == [new]


def test_an_older_paper_recorded_later_ends_before_the_one_that_followed(pact, office):
    newer = AgreementFactory(in_force=True, signed_on=date(2025, 3, 1))
    older = ready_to_offer(partner=newer.partner)

    record_from_paper(older, signed_on=date(2020, 3, 1), by=office)

    older.refresh_from_db()
    newer.refresh_from_db()
    assert (older.in_force_from, older.in_force_until) == (date(2020, 3, 1), date(2025, 2, 28))
    assert (newer.in_force_from, newer.in_force_until) == (date(2025, 3, 1), None)


def test_what_has_ended_before_and_what_others_agreed_stays_as_it_was(pact, office):
    ended = AgreementFactory(in_force=True, signed_on=date(2020, 1, 1), in_force_until=date(2024, 12, 31))
    AgreementFactory(in_force=True)
    before = all_rows()["agreements_agreement"]
    new = ready_to_offer(partner=ended.partner)

    record_from_paper(new, signed_on=date(2026, 1, 2), by=office)

    after = all_rows()["agreements_agreement"]
    assert before == [row for row in after if row in before]


def test_who_countersigns_reads_beforehand_what_ends(pact, administrator, client):
    old = AgreementFactory(in_force=True, signed_on=date(2025, 3, 1))
    new = agreement_in("signed", partner=old.partner)
    client.force_login(administrator)

    page = client.get(page_of(new, "gegenzeichnen/")).text

    assert "Die bisherige Vereinbarung vom 01.03.2025 endet am Tag vor der neuen." in page


def test_who_countersigns_on_the_same_day_reads_beforehand_what_is_replaced(pact, administrator, client):
    old = agreement_in("in_force")
    new = agreement_in("signed", partner=old.partner)
    client.force_login(administrator)

    page = client.get(page_of(new, "gegenzeichnen/")).text

    assert f"Die bisherige Vereinbarung vom {old.in_force_from:%d.%m.%Y} wird ersetzt." in page


TURNS = (
    "Gilt in dieser Zeit schon eine andere Vereinbarung, so endet die früher begonnene am Tag vor der später begonnenen; "
    "eine vom selben Tag wird ersetzt."
)


@pytest.mark.parametrize("last_day", [None, date(2025, 12, 31)])
def test_who_records_a_paper_reads_that_its_day_tells_which_one_ends(last_day, pact, office_client):
    other = AgreementFactory(in_force=True, signed_on=date(2025, 3, 1), in_force_until=last_day)

    page = office_client.get(page_of(agreement_in("draft", partner=other.partner), "papier/")).text

    assert TURNS in page
    assert "endet am Tag vor der neuen" not in page


def test_the_first_paper_of_a_partner_says_nothing_of_others(pact, office_client):
    AgreementFactory(in_force=True)

    page = office_client.get(page_of(agreement_in("draft"), "papier/")).text

    assert "andere Vereinbarung" not in page


# --- Not come about ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["draft", "offered", "declined", "signed"])
def test_what_did_not_come_about_makes_way_for_another(state, pact, office, office_client):
    agreement = agreement_in(state)

    answer = office_client.post(page_of(agreement, "schliessen/"), {"reason": "Die Firma zieht weg."}, follow=True)

    agreement.refresh_from_db()
    assert (agreement.status, agreement.reason) == ("closed", "Die Firma zieht weg.")
    assert "nicht zustande gekommen" in answer.text
    assert "Die Firma zieht weg." in answer.text
    assert agreement.partner.organisation.timeline.first().text == (
        "Klimaschutzvereinbarung nicht zustande gekommen: Die Firma zieht weg."
    )
    assert drafting.draft_for(agreement.partner, by=office).is_draft


@pytest.mark.parametrize(("state", "is_told"), [("offered", True), ("signed", True), ("declined", False)])
def test_who_has_an_offer_hears_of_its_end_but_not_why(state, is_told, pact, office, mails):
    agreement = agreement_in(state)
    type(mails()[0]).objects.update(status="sent", sent_at=timezone.now())

    assert ending.close(agreement, reason="Zu klein für uns.", by=office) == is_told

    told = mails(kind="agreement_withdrawn")
    assert len(told) == is_told
    for mail in told:
        assert "zurückgenommen" in mail.subject
        assert "neue Fassung" not in mail.body
        assert "Zu klein" not in mail.body


def test_the_link_to_what_was_closed_says_so(pact, office, client, open_link):
    agreement = agreement_in("offered")
    open_link(client, answering.mails.access_to(agreement.newest_version()))
    ending.close(agreement, reason="Intern bleibt intern.", by=office)

    page = client.get("/mein-klimapakt/vereinbarung/").text

    assert "Diese Fassung haben wir zurückgenommen" in page
    assert "Weiter zur Unterschrift" not in page
    assert "Intern bleibt intern." not in page


@pytest.mark.parametrize("button", ["schliessen", "beenden"])
def test_nothing_ends_without_a_reason(button, pact, office_client):
    agreement = agreement_in("in_force" if button == "beenden" else "offered")
    before = all_rows()

    answer = office_client.post(page_of(agreement, f"{button}/"), {"reason": " ", "last_day": "2099-01-01"})

    assert answer.status_code == 422
    assert "Bitte nennen Sie den Grund." in answer.text
    assert difference(before, all_rows()) == {}


# --- Ended before its time --------------------------------------------------------------------------------------------


def test_an_agreement_in_force_can_end_before_its_time(pact, office_client, mails):
    agreement = AgreementFactory(in_force=True)
    last_day = timezone.localdate() + timedelta(days=10)
    sent = {"last_day": last_day.isoformat(), "reason": "Auf Wunsch der Firma."}

    page = office_client.get(page_of(agreement, "beenden/")).text
    answer = office_client.post(page_of(agreement, "beenden/"), sent, follow=True)

    agreement.refresh_from_db()
    assert (agreement.status, agreement.in_force_until) == ("in_force", last_day)
    assert f"Die Vereinbarung gilt bis zum {last_day:%d.%m.%Y}." in answer.text
    assert "Auf Wunsch der Firma." in answer.text
    assert "Es geht keine Mail heraus" in page
    assert not mails()
    assert agreement.partner.organisation.timeline.first().text == (
        f"Klimaschutzvereinbarung beendet zum {last_day:%d.%m.%Y}: Auf Wunsch der Firma."
    )


@pytest.mark.parametrize(
    ("last_day", "sentence"),
    [(date(2026, 11, 1), "heute oder einen späteren Tag"), (date(2027, 1, 1), "endet schon am 31.12.2026")],
)
def test_an_end_in_the_past_or_later_than_agreed_is_refused(last_day, sentence, pact, office, time_machine):
    time_machine.move_to("2026-11-02T09:00:00+01:00", tick=False)
    agreement = AgreementFactory(in_force=True, in_force_until=date(2026, 12, 31))
    before = all_rows()

    with pytest.raises(NotPossible, match=sentence):
        ending.end(agreement, last_day=last_day, reason="x", by=office)

    assert difference(before, all_rows()) == {}


def test_it_cannot_end_before_it_began(pact, office):
    begins = timezone.localdate() + timedelta(days=5)
    agreement = AgreementFactory(in_force=True, signed_on=begins)

    with pytest.raises(NotPossible, match="an dem die Vereinbarung schon gilt"):
        ending.end(agreement, last_day=begins - timedelta(days=1), reason="x", by=office)


# --- What is over -----------------------------------------------------------------------------------------------------


@pytest.fixture
def over(pact, time_machine) -> Agreement:
    time_machine.move_to("2026-11-02T09:00:00+01:00", tick=False)
    return AgreementFactory(in_force=True, signed_on=date(2021, 1, 1), in_force_until=date(2026, 11, 1))


def test_what_is_over_is_called_so_and_can_be_found(over, office_client):
    near = AgreementFactory(in_force=True, signed_on=date(2022, 1, 1), in_force_until=date(2027, 1, 31))
    far = AgreementFactory(in_force=True, signed_on=date(2023, 1, 1), in_force_until=date(2027, 2, 1))

    found = {
        stand: list(office_client.get(f"{LIST}?stand={stand}").context["cl"].result_list)
        for stand in ("over", "ends_soon", "in_force", "closed")
    }

    assert found == {"over": [over], "ends_soon": [near], "in_force": [far, near], "closed": []}
    assert office_client.get(LIST).text.count('<td class="field-shown_status">abgelaufen</td>') == 1
    assert "<dd>abgelaufen</dd>" in office_client.get(page_of(over)).text


@pytest.mark.parametrize(("days", "counted"), [(-1, 0), (0, 1), (90, 1), (91, 0)])
def test_the_office_is_reminded_90_days_before_an_agreement_ends(days, counted, pact, office):
    AgreementFactory(in_force=True, in_force_until=timezone.localdate() + timedelta(days=days))

    [item] = [item for item in waiting(office) if item.title == "Vereinbarungen enden in den nächsten 90 Tagen"]

    assert item.count == counted
    assert item.url.endswith("?stand=ends_soon")


def test_the_company_reads_from_when_to_when_it_was_in_force(over, client, open_link):
    open_link(client, partner_access(ContactFactory(organisation=over.partner.organisation)))

    page = client.get("/mein-klimapakt/").text

    assert "Galt vom 1. Januar 2021 bis 1. November 2026" in page
    assert "In Kraft seit" not in page


def test_what_is_over_is_not_ended_again(over, office_client):
    assert f'href="{page_of(over, "beenden/")}"' not in office_client.get(page_of(over)).text


def test_a_second_offer_after_a_closed_one_does_not_disturb_what_binds(pact, office):
    old = AgreementFactory(in_force=True)
    second = agreement_in("offered", partner=old.partner)

    ending.close(second, reason="x", by=office)

    old.refresh_from_db()
    assert (old.status, old.in_force_until) == ("in_force", None)
