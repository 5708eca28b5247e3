"""The office's pages about applications: the list, and all about one on a page."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners.models import Application, Consent, Note, SavedStep
from partners.services import questions, review
from tests.factories import ApplicantFactory
from tests.klimapakt.uploads.sample import received
from tests.partners.admin.office import LIST, page_of, shown
from tests.rows import all_rows, difference

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


def test_what_is_missing_has_a_link_to_the_field_where_it_is_filled_in(in_state, pact, office_client):
    pact.eligible_legal_forms = ["gmbh"]
    pact.save()
    application = in_state("in_review")
    Application.objects.update(employees=None, signatory_function="")

    page = shown(office_client, application)

    links = re.findall(r'href="([^"]+)">([^<]+) eintragen</a>', page)
    mend = page_of(application) + "berichtigen/"
    assert links == [
        (f"{mend}organisation/#id_employees", "Zahl der Beschäftigten"),
        (f"{mend}personen/#id_signatory_function", "Funktion der zeichnungsberechtigten Person"),
        (f"{mend}organisation/#id_legal_form", "Rechtsform"),
    ]
    for address, _ in links:
        path, _, field = address.partition("#")
        assert f'id="{field}"' in office_client.get(path).text


@pytest.mark.parametrize(
    ("state", "lacking", "button"),
    [
        ("submitted", {}, "pruefen"),
        ("in_review", {}, "aufnehmen"),
        ("in_review", {"employees": None}, "rueckfrage"),
        ("query", {}, None),
    ],
)
def test_the_button_that_stands_out_leads_on(state, lacking, button, in_state, office_client):
    application = in_state(state)
    Application.objects.update(**lacking)

    page = shown(office_client, application)

    main = re.findall(r'office-button--main" href="[^"]*/([\w-]+)/"', page)
    assert main == ([button] if button else [])


def test_no_button_stands_out_while_a_step_that_the_pact_asks_for_is_missing(in_state, pact, office_client):
    pact.uses_orientation_talk = True
    pact.save()

    assert "office-button--main" not in shown(office_client, in_state("in_review"))


def test_the_office_reads_about_the_company_and_is_not_addressed_as_one(in_state, office_client):
    application = in_state("in_review")
    page = page_of(application)

    read = [
        shown(office_client, application),
        *(office_client.get(f"{page}{one}/").text for one in ("berichtigen/zusagen", "rueckfrage")),
        office_client.get(f"{LIST}add/").text,
    ]

    for text in read:
        assert "Zusagen" in text
        for words in ("Ihre Organisation", "Ihre Zusagen", "Ihr Profil", "Was Sie sich vom Pakt wünschen"):
            assert words not in text


def test_an_application_is_found_by_its_number_and_by_its_contact(in_state, office_client):
    one, _ = in_state("submitted"), in_state("submitted")
    Application.objects.filter(pk=one.pk).update(contact_email="gesucht@papier.example")

    for term in (one.reference, "gesucht@papier"):
        assert list(office_client.get(LIST, {"q": term}).context["cl"].result_list) == [one], term
