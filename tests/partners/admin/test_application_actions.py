"""The office decides about an application: what it reads before, what it types, who confirms."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from partners.models import Application, Merge, Partner
from partners.services import decision, merging, prospects, recognising, review, talks
from tests.factories import ContactFactory, OrganisationFactory, UserFactory
from tests.factories.talks import TalkSlotFactory
from tests.partners.admin.office import LIST, REASON, filled, page_of, shown
from tests.rows import all_rows, difference


@pytest.fixture
def colleague(office):
    other = UserFactory(username="kollegin", first_name="Kim", last_name="Amt")
    other.groups.set(office.groups.all())
    return other


@pytest.fixture
def colleagues_client(colleague) -> Client:
    client = Client()
    client.force_login(colleague)
    return client


def test_a_rejection_is_shown_as_it_will_be_sent_before_it_is_sent(in_state, office_client, mails):
    application = in_state("in_review")
    page = page_of(application) + "ablehnen/"
    data = filled(office_client.get(page)) | {"reason": REASON}
    before = all_rows()

    preview = office_client.post(page, data)

    assert preview.status_code == 200
    assert difference(before, all_rows()) == {}
    subject, body = preview.context["form"].preview
    assert office_client.post(page, filled(preview)).status_code == 302
    [mail] = mails(kind="application_rejected")
    assert (mail.subject, mail.body) == (subject, body)
    assert REASON in mail.body


def test_a_rejection_says_before_that_it_calls_off_the_talk(in_state, office_client):
    application = in_state("in_review")
    page = page_of(application) + "ablehnen/"
    without = office_client.get(page).content.decode()
    booking = talks.book(prospects.of_applicant(application.applicants.get()), TalkSlotFactory())

    assert f"Das Gespräch am {booking.slot.when} sagen wir dann" in office_client.get(page).content.decode()
    assert "sagen wir dann" not in without


def test_an_acceptance_says_before_that_the_talk_takes_place_all_the_same(in_state, office_client):
    application = in_state("in_review")
    booking = talks.book(prospects.of_applicant(application.applicants.get()), TalkSlotFactory())

    text = office_client.get(page_of(application) + "aufnehmen/").content.decode()

    assert f"Das Gespräch am {booking.slot.when} bleibt gebucht." in text


def test_a_talk_that_is_booked_is_recorded_there_and_not_by_hand(in_state, pact, office_client):
    pact.uses_orientation_talk = True
    pact.save()
    application = in_state("in_review")
    page = page_of(application) + "gespraech/"
    assert 'name="done_on"' in office_client.get(page).content.decode()
    booking = talks.book(prospects.of_applicant(application.applicants.get()), TalkSlotFactory())

    text = office_client.get(page).content.decode()

    assert f"ein Gesprächstermin gebucht: {booking.slot.when}" in text
    assert 'name="done_on"' not in text
    assert (
        f"Gespräch führen: {booking.slot.when}" in office_client.get(page_of(application) + "change/").content.decode()
    )
    assert f"Gespräch führen: {booking.slot.when}" in office_client.get("/admin/partners/application/").content.decode()


def test_what_the_company_has_done_since_stands_there_in_place_of_undoing(in_state, office_client):
    application = in_state("accepted")
    page = page_of(application) + "zuruecknehmen/"
    assert "weitere Ansprechpersonen" not in office_client.get(page).content.decode()
    ContactFactory(organisation=application.partner.organisation, is_main=False)

    answers = [office_client.get(page), office_client.post(page)]

    assert all("weitere Ansprechpersonen" in answer.content.decode() for answer in answers)
    application.refresh_from_db()
    assert application.status == "accepted"


def test_what_is_changed_after_the_preview_is_shown_once_more(in_state, office_client, mails):
    application = in_state("in_review")
    page = page_of(application) + "ablehnen/"
    preview = office_client.post(page, filled(office_client.get(page)) | {"reason": REASON})

    again = office_client.post(page, filled(preview) | {"text": "Leider nein: {begruendung}\n\nBis bald!"})

    application.refresh_from_db()
    assert (again.status_code, application.status) == (200, "in_review")
    assert "noch einmal an" in again.content.decode()
    assert again.context["form"].preview[1].startswith(f"Leider nein: {REASON}\n\nBis bald!")
    assert office_client.post(page, filled(again)).status_code == 302
    assert mails(kind="application_rejected")[0].body.startswith(f"Leider nein: {REASON}\n\nBis bald!")


@pytest.mark.parametrize(
    "text", ["{unbekannt}", "eine { Klammer", "{wenn name} offen", "Leider nein.", "{wenn name}{begruendung}{ende}"]
)
def test_a_text_that_cannot_be_filled_in_is_refused_with_what_was_typed(text, in_state, office_client):
    application = in_state("in_review")
    page = page_of(application) + "ablehnen/"
    before = all_rows()

    answer = office_client.post(page, filled(office_client.get(page)) | {"reason": REASON, "text": text})

    assert answer.status_code == 422
    assert answer.context["form"].errors["text"]
    assert answer.context["form"]["text"].value() == text
    assert difference(before, all_rows()) == {}


def test_a_name_with_braces_does_not_spoil_the_mail(in_state, office_client):
    application = in_state("in_review")
    Application.objects.update(name="Bäckerei {link} GmbH")

    data = filled(office_client.get(page_of(application) + "ablehnen/")) | {"reason": "Weil {so}."}
    preview = office_client.post(page_of(application) + "ablehnen/", data).context["form"].preview

    assert "Bäckerei (link) GmbH" in preview[1]
    assert "Weil {so}." in preview[1]


def test_without_a_mail_address_a_rejection_needs_no_text(in_state, office_client, mails):
    application = in_state("in_review")
    application.applicants.all().delete()
    page = page_of(application) + "ablehnen/"

    explained = office_client.get(page).content.decode()
    answer = office_client.post(page, {"reason": REASON})

    application.refresh_from_db()
    assert "Es geht keine Mail heraus" in explained
    assert (answer.status_code, application.status) == (302, "rejected")
    assert mails(kind="application_rejected") == []


def test_an_acceptance_shows_its_mail(in_state, office_client, mails):
    application = in_state("in_review")
    page = page_of(application) + "aufnehmen/"

    explained = office_client.get(page)
    office_client.post(page)

    [mail] = mails(kind="application_accepted")
    subject, body = explained.context["preview"]
    assert subject == mail.subject
    assert body.splitlines()[0] == mail.body.splitlines()[0]
    assert len(body.splitlines()) == len(mail.body.splitlines())


@pytest.mark.parametrize("is_proven", [True, False])
def test_an_acceptance_says_who_reads_its_mail_and_who_is_only_invited(is_proven, in_state, office_client, mails):
    application = in_state("in_review")
    if not is_proven:
        application.applicants.update(name="Ida Inhaberin", email="inhaberin@musterbaeckerei.example")
    page = page_of(application) + "aufnehmen/"

    explained = office_client.get(page)
    office_client.post(page)

    [mail] = mails(kind="application_accepted")
    said, (_, body) = explained.content.decode(), explained.context["preview"]
    doubt = f"Die Adresse der Ansprechperson ({application.contact_email}) hat noch niemand bestätigt. Dorthin geht"
    assert f"({mail.to_email}) geht" in said
    assert (doubt in said) is not is_proven
    assert body.splitlines()[0] == mail.body.splitlines()[0]
    assert ("Den Link zu „Mein Klimapakt“ bekommt" in body) is not is_proven
    assert [one.to_email for one in mails(kind="contact_invited")] == [application.contact_email] * (not is_proven)


def test_only_against_a_rule_the_office_is_asked_why(in_state, office_client):
    fits, does_not = in_state("in_review"), in_state("in_review")
    Application.objects.filter(pk=does_not.pk).update(place="Anderswo", postal_code="99999")

    asked = office_client.get(page_of(does_not) + "aufnehmen/")
    refused = office_client.post(page_of(does_not) + "aufnehmen/", {"exception": ""})

    assert office_client.get(page_of(fits) + "aufnehmen/").context["form"] is None
    assert "Die Anschrift ist außerhalb: 99999 Anderswo." in asked.content.decode()
    assert refused.status_code == 422
    does_not.refresh_from_db()
    assert does_not.status == "in_review"


def test_what_is_missing_is_said_in_place_of_the_button(in_state, office_client):
    application = in_state("in_review")
    Application.objects.update(employees=None)

    page = office_client.get(page_of(application) + "aufnehmen/").content.decode()
    office_client.post(page_of(application) + "aufnehmen/")

    application.refresh_from_db()
    assert "„Zahl der Beschäftigten“" in page
    assert 'type="submit" class="default"' not in page
    assert application.status == "in_review"


def test_by_two_one_proposes_and_the_other_confirms(in_state, pact, office_client, colleagues_client, mails):
    pact.needs_second_person = True
    pact.save()
    application = in_state("in_review")
    page = page_of(application)
    preview = office_client.post(
        page + "ablehnung-vorschlagen/", filled(office_client.get(page + "ablehnung-vorschlagen/")) | {"reason": REASON}
    )
    office_client.post(page + "ablehnung-vorschlagen/", filled(preview))

    own, others = shown(office_client, application), shown(colleagues_client, application)
    refused = office_client.post(page + "bestaetigen/", filled(office_client.get(page + "bestaetigen/")))
    read = colleagues_client.get(page + "bestaetigen/")
    colleagues_client.post(page + "bestaetigen/", filled(read))

    assert f'"{page}bestaetigen/"' not in own
    assert f'"{page}bestaetigen/"' in others
    assert "Ihren eigenen Vorschlag bestätigt eine andere Person." in refused.content.decode()
    application.refresh_from_db()
    assert application.status == "rejected"
    [mail] = mails(kind="application_rejected")
    assert read.context["preview"] == (mail.subject, mail.body)


def test_a_question_says_that_it_ends_a_proposal(in_state, pact, office, office_client):
    pact.needs_second_person = True
    pact.save()
    with_proposal, without = in_state("in_review"), in_state("in_review")
    decision.propose_acceptance(with_proposal, by=office)
    told = "Der Vorschlag „Aufnahme“ gilt dann nicht mehr."

    assert told in office_client.get(page_of(with_proposal) + "rueckfrage/").content.decode()
    assert "gilt dann nicht mehr" not in office_client.get(page_of(without) + "rueckfrage/").content.decode()


@pytest.mark.parametrize("seen", ["", "gestern", "9" * 64, "9" * 65, "\x00"])
@pytest.mark.parametrize("button", ["bestaetigen", "zurueckgeben"])
def test_a_proposal_is_not_settled_by_a_page_that_did_not_show_it(
    button, seen, in_state, pact, office, colleagues_client
):
    pact.needs_second_person = True
    pact.save()
    application = in_state("in_review")
    decision.propose_acceptance(application, by=office)
    before = all_rows()

    answer = colleagues_client.post(page_of(application) + f"{button}/", {"seen": seen, "note": "Erst fragen."})

    assert answer.status_code == 422
    assert ("sehen Sie noch einmal nach" if seen in ("gestern", "9" * 64) else "veraltet") in answer.content.decode()
    assert difference(before, all_rows()).keys() <= {"django_session"}
    assert not Partner.objects.exists()


CHANGES = {
    "an answer mended": lambda a, other, by: review.correct(a, {"name": "Andere GmbH"}, shown={"name": a.name}, by=by),
    "recognised": lambda a, other, by: recognising.recognise(a, OrganisationFactory(), take=[], by=by),
    "recognised no more": lambda a, other, by: recognising.forget(a, by=by),
    "merged": lambda a, other, by: merging.merge(a, other, take=[], by=by),
    "parted": lambda a, other, by: merging.undo(Merge.objects.get(), by=by),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("button", ["bestaetigen", "zurueckgeben"])
def test_a_proposal_is_not_settled_once_what_it_is_about_has_changed(
    button, change, in_state, pact, office, colleagues_client
):
    pact.needs_second_person = True
    pact.save()
    application, other = in_state("in_review"), in_state("in_review")
    match change:
        case "recognised no more":
            CHANGES["recognised"](application, other, office)
        case "parted":
            CHANGES["merged"](application, other, office)
    decision.propose_acceptance(application, by=office)
    page = page_of(application) + f"{button}/"
    read = filled(colleagues_client.get(page))
    CHANGES[change](application, other, office)
    before = all_rows()

    answer = colleagues_client.post(page, read | {"note": "Erst anrufen."})

    assert answer.status_code == 422
    assert "sehen Sie noch einmal nach" in answer.content.decode()
    assert button == "bestaetigen" or "Erst anrufen." in answer.content.decode()
    assert difference(before, all_rows()).keys() <= {"django_session"}
    assert colleagues_client.post(page, filled(answer)).status_code == 302


# --- Asking back, withdrawing, taking back: each shown before ---------------------------------------------------------


def test_questions_are_shown_as_they_will_be_mailed_before_they_are(in_state, office_client, mails):
    application = in_state("in_review")
    page = page_of(application) + "rueckfrage/"
    before = all_rows()

    preview = office_client.post(page, {"text_1": "Wie viele Standorte?", "text_2": "Handel?", "field_2": "sector"})

    assert (preview.status_code, difference(before, all_rows())) == (200, {})
    subject, body = preview.context["form"].preview
    assert "2. Zu „Branche“: Handel?" in preview.content.decode()
    assert office_client.post(page, filled(preview)).status_code == 302
    [mail] = mails(kind="application_question")
    assert (mail.subject, mail.body.splitlines()[2:7]) == (subject, body.splitlines()[2:7])


def test_without_an_address_questions_are_for_the_phone_and_nothing_speaks_of_a_mail(in_state, office_client, mails):
    application = in_state("in_review")
    application.applicants.all().delete()
    page = page_of(application) + "rueckfrage/"

    said = office_client.get(page).content.decode()
    answer = office_client.post(page, {"text_1": "Wie viele Standorte?"})

    assert "Es geht keine Mail heraus" in said
    assert [word for word in ("in derselben Mail", "gleich berichtigen", "Vorschau") if word in said] == []
    assert (answer.status_code, mails(kind="application_question")) == (302, [])
    assert "Anrufen oder schreiben und die Antwort eintragen" in shown(office_client, application)
    assert "Das Unternehmen beantwortet" not in office_client.get(LIST).content.decode()


def test_the_office_notes_that_a_company_withdrew_on_paper(in_state, office_client, mails):
    application = in_state("in_review")
    page = page_of(application) + "zurueckziehen/"

    explained = office_client.get(page)
    before = set(mails())
    office_client.post(page, {"note": "Brief vom 3. Mai"})

    application.refresh_from_db()
    assert application.status == "withdrawn"
    [mail] = set(mails()) - before  # and none to the office about what it did itself
    assert (mail.kind, mail.subject) == ("application_withdrawn", explained.context["preview"][0])
    entry = application.timeline.get(text="Antrag zurückgezogen: Brief vom 3. Mai")
    assert entry.by == "Ottilie Amt"


def test_a_decision_says_until_when_it_is_taken_back_unheard_and_after_that_what_is_mailed(
    in_state, pact, office, office_client, time_machine
):
    time_machine.move_to(datetime(2026, 11, 22, 20, 0, tzinfo=ZoneInfo("Europe/Berlin")), tick=False)
    pact.undo_minutes = 30
    pact.save()
    application = in_state("in_review")
    decision.reject(application, REASON, by=office)

    assert "Bis 22. November 2026, 20:30 Uhr" in shown(office_client, application)
    page = page_of(application) + "zuruecknehmen/"
    soon = office_client.get(page)
    time_machine.move_to(datetime(2026, 11, 22, 20, 31, tzinfo=ZoneInfo("Europe/Berlin")))
    office_client.force_login(office)
    late = office_client.get(page)

    assert "Bis 22. November 2026, 20:30 Uhr geht keine Mail heraus" in soon.content.decode()
    assert soon.context["preview"] is None
    assert application.reference in late.context["preview"][0]
    assert "ohne dass jemand" not in shown(office_client, application)
