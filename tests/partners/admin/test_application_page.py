"""The office's pages about applications: the list, the review page, deciding, mending."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners.models import Application, Consent, Merge, Note, Partner, SavedStep
from partners.services import decision, merging, questions, recognising, review
from tests.factories import ApplicantFactory, OrganisationFactory, UserFactory
from tests.klimapakt.uploads.sample import received
from tests.rows import all_rows, difference

LIST = "/admin/partners/application/"
REASON = "Ihr Sitz liegt nicht in der Stadt."


def page_of(application: Application) -> str:
    return f"{LIST}{application.pk}/"


def shown(client: Client, application: Application) -> str:
    answer = client.get(page_of(application) + "change/")
    assert answer.status_code == 200
    return answer.content.decode()


def filled(response) -> dict[str, object]:
    """Return the form of a page as it would be sent."""
    form = response.context["form"]
    return {name: value for name in form.fields if (value := form[name].value()) is not None}


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


# --- the list ---------------------------------------------------------------------------------------------------------


def test_of_drafts_the_office_sees_how_many_there_are_and_nothing_else(in_state, office_client):
    draft = in_state("draft")
    in_state("draft")

    page = office_client.get(LIST).content.decode()

    assert "2 Anträge sind begonnen und noch nicht abgesendet" in page
    assert draft.name not in page
    assert office_client.get(f"{LIST}?q=Musterbäckerei&status__exact=draft").context["cl"].result_count == 0
    assert office_client.get(page_of(draft) + "change/").status_code == 302
    assert draft.name not in office_client.get(page_of(draft) + "change/", follow=True).content.decode()


def test_the_list_says_what_is_next_and_who_has_it(in_state, office_client):
    in_state("in_review")

    page = office_client.get(LIST).content.decode()

    assert "Aufnehmen, nachfragen oder ablehnen" in page
    assert "Ottilie Amt" in page


def test_the_list_needs_the_same_queries_for_any_number_of_applications(
    in_state, office_client, django_assert_num_queries
):
    in_state("in_review")
    with CaptureQueriesContext(connection) as few:
        office_client.get(LIST)
    for state in ("submitted", "query", "in_review", "accepted") * 3:
        in_state(state)

    with django_assert_num_queries(len(few)):
        office_client.get(LIST)


@pytest.mark.parametrize(("chosen", "states"), [
    ("offen", {"submitted", "in_review", "query"}), ("tisch", {"in_review", "query"}), ("liegt", {"submitted"}),
    ("wiedervorlage", {"query"}), ("unternehmen", {"query", "unconfirmed"}), ("unfug", {"unconfirmed", "submitted", "in_review", "query", "rejected"}),
])  # fmt: skip
def test_the_list_narrows_down_to_a_task(chosen, states, in_state, office_client):
    for state in ("unconfirmed", "submitted", "in_review", "query", "rejected"):
        in_state(state)
    Application.objects.filter(status="submitted").update(touched_at=timezone.now() - timedelta(days=15))
    Application.objects.filter(status="query").update(follow_up_on=timezone.localdate())

    found = office_client.get(f"{LIST}?ansteht={chosen}").context["cl"].result_list

    assert {application.status for application in found} == states


# --- the review page --------------------------------------------------------------------------------------------------


def test_everything_about_an_application_is_on_one_page(in_state, office, office_client):
    application = in_state("in_review")
    Application.objects.update(
        already_doing="Strom vom eigenen Dach.", trade_secrets=["already_doing"], register_number="HRB 4711",
        certificates=["emas"], follow_up_on=timezone.localdate(), follow_up_note="Chefin im Urlaub",
    )  # fmt: skip
    SavedStep.objects.create(application=application, step="heute", saved_by=application.applicants.get())
    ApplicantFactory(application=application, name="Kim Muster", email="kim@musterbaeckerei.example")
    Consent.objects.create(application=application, purpose="quote", text="Das Zitat darf veröffentlicht werden.")
    review.write_note(application, "Am Telefon sehr freundlich.", by=office)

    page = shown(office_client, application)

    for text in (
        application.reference, "Chefin im Urlaub", "Angaben vollständig: erfüllt", "HRB 4711", "EMAS",
        "Strom vom eigenen Dach.", "Betriebsgeheimnis", "Zuletzt ausgefüllt von Erika Muster",
        "kim@musterbaeckerei.example", "Das Zitat darf veröffentlicht werden.", "Am Telefon sehr freundlich.",
        "In Prüfung genommen",
    ):  # fmt: skip
        assert text in page, text


def test_nothing_of_another_company_is_on_the_page(in_state, office, office_client):
    application, other = in_state("in_review"), in_state("in_review")
    review.write_note(other, "ZZFREMDE Notiz", by=office)
    questions.ask(other, [questions.Asked("ZZFREMDE Frage?")], by=office)
    Consent.objects.create(application=other, purpose="quote", text="ZZFREMDE Einwilligung")
    Application.objects.filter(pk=other.pk).update(
        name="ZZFREMDE GmbH", website="", contact_email="", street="", postal_code=""
    )
    other.applicants.update(email="erika@ganz-anders.example")

    assert "ZZFREMDE" not in shown(office_client, application)
    assert "ZZFREMDE" in shown(office_client, other)


def test_of_an_unproven_application_only_name_and_time_are_shown(in_state, office_client):
    application = in_state("unconfirmed")
    Application.objects.update(already_doing="ZZGEHEIM", contact_name="ZZGEHEIM", street="ZZGEHEIM")

    page = shown(office_client, application)

    assert application.name in page
    assert "ZZGEHEIM" not in page


def test_the_page_needs_the_same_queries_however_much_was_asked_noted_and_given(
    in_state, office, office_client, django_assert_num_queries
):
    application = in_state("in_review")
    review.write_note(application, "Notiz", by=office)
    questions.ask(application, [questions.Asked("Wie viele?")], by=office)
    shown(office_client, application)
    with CaptureQueriesContext(connection) as few:
        shown(office_client, application)
    for n in range(10):
        review.write_note(application, f"Notiz {n}", by=office)
        ApplicantFactory(application=application, email=f"person{n}@musterbaeckerei.example")
    questions.ask(application, [questions.Asked(f"Frage {n}?") for n in range(5)], by=office)

    with django_assert_num_queries(len(few)):
        shown(office_client, application)


def test_a_note_is_written_on_the_page_itself(in_state, office, office_client):
    application = in_state("accepted")

    answer = office_client.post(page_of(application) + "notiz/", {"text": "Kommt zum Netzwerktreffen."})

    assert answer.status_code == 302
    assert (Note.objects.get().text, Note.objects.get().author) == ("Kommt zum Netzwerktreffen.", office)


@pytest.mark.parametrize("day", [-1, 0, 732])
def test_a_follow_up_lies_ahead(day, in_state, office_client):
    application = in_state("in_review")
    until = timezone.localdate() + timedelta(days=day)

    answer = office_client.post(page_of(application) + "wiedervorlage/", {"until": until.isoformat(), "note": "Urlaub"})

    assert answer.status_code == 422
    assert "einen Tag ab morgen" in answer.content.decode()
    assert "Urlaub" in answer.content.decode()


def test_nobody_gets_an_application_who_may_not_read_it(in_state, office_client, initial_partner_user):
    application = in_state("in_review")
    before = all_rows()

    answer = office_client.post(page_of(application) + "zuweisen/", {"person": initial_partner_user.pk})

    assert answer.status_code == 422
    assert difference(before, all_rows()) == {}


# --- deciding ---------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("text", ["{unbekannt}", "eine { Klammer", "{wenn name} offen"])
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

    assert answer.status_code == (302 if seen in ("gestern", "9" * 64) else 422)
    assert answer.status_code == 302 or "veraltet" in answer.content.decode()
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

    answer = colleagues_client.post(page, read, follow=True)

    assert "Der Stand hat sich inzwischen geändert" in answer.content.decode()
    assert difference(before, all_rows()).keys() <= {"django_session"}
    again = colleagues_client.post(page, filled(colleagues_client.get(page)), follow=True)
    assert "Der Stand hat sich" not in again.content.decode()


def test_the_page_leaves_the_bytes_of_logo_and_papers_in_the_database(in_state, office_client):
    application = in_state("in_review")
    logo = received(application, "a png", profile="logo")
    Application.objects.filter(pk=application.pk).update(logo=logo)
    application.files.create(upload=received(application))

    with CaptureQueriesContext(connection) as queries:
        page = shown(office_client, application)

    assert logo.name in page
    asked = [query["sql"] for query in queries if '"uploads_upload"."name"' in query["sql"]]
    assert len(asked) >= 2
    assert not [sql for sql in asked if '"uploads_upload"."content",' in sql]


# --- mending ----------------------------------------------------------------------------------------------------------


def test_a_typo_is_mended_and_the_page_shows_the_mended_answer(in_state, office_client):
    application = in_state("in_review")
    page = page_of(application) + "berichtigen/organisation/"

    answer = office_client.post(page, filled(office_client.get(page)) | {"name": "Berichtigte Bäckerei GmbH"})

    assert answer.url.endswith("/change/#organisation")
    assert "Berichtigte Bäckerei GmbH" in shown(office_client, application)


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
