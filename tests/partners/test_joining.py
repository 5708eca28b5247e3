"""From the application to the partner."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from agreements.models import Agreement
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import access
from partners.models import Application, Consent, Contact, Organisation, Partner, TimelineEntry
from partners.models.consent import TEXT_VERSION
from partners.services import joining
from partners.tasks import delete_unconfirmed_applications
from tests.corpus import PDF
from tests.factories import (
    AgreementFactory,
    ApplicationFactory,
    ConsentFactory,
    ContactFactory,
    InitialPartnerFactory,
    OrganisationFactory,
    UserFactory,
)
from tests.factories.mailbox import MAY_HAVE_LEFT, bring
from tests.rows import all_rows, difference

ANSWERS = {
    "name": "Musterbäckerei GmbH", "kind": "company", "street": "Backstraße 3", "postal_code": "12345",
    "place": "Musterstadt", "sector": "C", "employees": 25, "website": "https://www.musterbaeckerei.example",
    "contact_name": "Erika Muster", "contact_function": "Inhaberin", "contact_email": "erika@musterbaeckerei.example",
    "contact_phone": "0000 4711", "signatory_name": "Heinz Muster", "signatory_function": "Geschäftsführer",
    "already_doing": "Strom vom eigenen Dach.", "wishes": "Austausch über Wärme.",
}  # fmt: skip


def submit(**changes) -> Application:
    application, _ = joining.submit(
        form_token=uuid4(), answers={**ANSWERS, **changes}, consents=["profile", "measures"]
    )
    return application


def confirm_link_of(application: Application) -> AccessLink:
    return AccessLink.objects.live(now=timezone.now()).to(access.CONFIRM, application.pk).get()


def timeline_of(application: Application) -> list[str]:
    return [entry.text for entry in application.timeline.order_by("pk")]


# --- sending in -------------------------------------------------------------------------------------------------------


def test_an_application_is_stored_as_typed_and_asks_for_proof_of_its_address(pact, mails):
    application = submit()

    stored = Application.objects.values(*ANSWERS).get(pk=application.pk)
    assert stored == ANSWERS
    assert application.status == "unconfirmed"
    [mail] = mails()
    assert (mail.kind, mail.to_email, mail.link.purpose) == (
        "application_confirm",
        ANSWERS["contact_email"],
        "application-confirm",
    )
    assert mail.link.expires_at - mail.link.created_at == timedelta(days=7)


def test_each_consent_is_kept_with_its_text_and_who_gave_it(pact):
    application = submit()

    consents = {consent.purpose: consent for consent in application.consents.all()}
    assert set(consents) == {"profile", "measures"}
    for purpose, consent in consents.items():
        assert consent.text == Consent.TEXTS[purpose]
        assert consent.text_version == TEXT_VERSION
        assert (consent.given_by, consent.given_by_email) == ("Erika Muster", "erika@musterbaeckerei.example")
        assert consent.stands


def test_the_same_form_sent_again_finds_the_first_application(pact):
    token = uuid4()
    first, is_new = joining.submit(form_token=token, answers=ANSWERS, consents=["profile"])
    before = all_rows()

    again, is_new_again = joining.submit(form_token=token, answers={**ANSWERS, "name": "Anders GmbH"}, consents=[])

    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert difference(before, all_rows()) == {}


def test_the_first_mail_holds_no_word_that_somebody_typed(pact, mails):
    marked = {
        field: f"ZZMARKE{field.upper()}" if isinstance(value, str) else 987654
        for field, value in ANSWERS.items()
        if field not in ("kind", "sector", "postal_code", "contact_email")
    }
    application = submit(**marked, postal_code="98765")

    [mail] = mails()
    words = " ".join([mail.subject, mail.body, mail.to_name, mail.key, str(mail)])
    assert "ZZMARKE" not in words
    assert "987654" not in words
    assert "98765" not in words
    joining.confirm(confirm_link_of(application))  # the control: the receipt holds them all
    receipt = OutgoingMail.objects.get(kind="application_received").body
    assert [value for field, value in marked.items() if str(value) not in receipt and field != "contact_phone"] == []


# --- proving the address ----------------------------------------------------------------------------------------------


def test_a_mended_address_closes_the_old_link_and_takes_back_the_old_mail(pact, mails):
    application = submit()
    old = confirm_link_of(application)

    joining.mend_address(application, "neu@musterbaeckerei.example")

    old.refresh_from_db()
    assert old.revoked_at
    assert [(mail.to_email, mail.status) for mail in mails()] == [
        ("erika@musterbaeckerei.example", "withdrawn"),
        ("neu@musterbaeckerei.example", "queued"),
    ]
    application.refresh_from_db()
    assert application.contact_email == "neu@musterbaeckerei.example"
    assert {consent.given_by_email for consent in application.consents.all()} == {"neu@musterbaeckerei.example"}
    assert confirm_link_of(application).email == "neu@musterbaeckerei.example"


@pytest.mark.parametrize("spelling", ["erika@musterbaeckerei.example", "ERIKA@musterbaeckerei.example"])
def test_a_fourth_proof_mail_within_an_hour_is_refused_and_changes_nothing(spelling, pact):
    with time_machine.travel(datetime(2026, 11, 2, 10, 0, tzinfo=timezone.get_current_timezone()), tick=False) as clock:
        applications = [submit() for _ in range(3)]
        fourth = submit(contact_email="anders@musterbaeckerei.example")
        before = all_rows()

        with pytest.raises(NotPossible, match="in einer Stunde"):
            joining.mend_address(fourth, spelling)
        assert difference(before, all_rows()) == {}

        clock.shift(timedelta(minutes=61))
        joining.mend_address(fourth, spelling)
        assert OutgoingMail.objects.filter(status="queued").count() == len(applications) + 1


def test_the_office_cannot_flood_an_address_either(pact, office):
    application = submit()
    joining.resend_confirmation(application, by=office)
    joining.resend_confirmation(application, by=office)

    with pytest.raises(NotPossible):
        joining.resend_confirmation(application, by=office)

    assert OutgoingMail.objects.count() == 3
    assert OutgoingMail.objects.filter(status="queued").count() == 1


def test_a_proven_address_makes_an_application_that_the_office_is_told_about(pact, mails):
    application = submit()

    link = joining.confirm(confirm_link_of(application))

    application.refresh_from_db()
    assert application.status == "submitted"
    assert application.confirmed_at
    assert (link.purpose, link.object_id, link.email) == ("application", application.pk, ANSWERS["contact_email"])
    [receipt] = mails(kind="application_received")
    [news] = mails(kind="office_application")
    assert (receipt.to_email, receipt.link) == (ANSWERS["contact_email"], link)
    assert (news.to_email, news.link) == (pact.office_email, None)
    assert f"/admin/partners/application/{application.pk}/change/" in news.body
    assert timeline_of(application) == [
        "Antrag gesendet, E-Mail-Adresse noch unbestätigt",
        "E-Mail-Adresse bestätigt, Antrag eingegangen",
    ]


def test_the_proof_dies_on_use(pact):
    application = submit()
    link = confirm_link_of(application)
    joining.confirm(link)
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        joining.confirm(link)

    assert not AccessLink.objects.live(now=timezone.now()).to(access.CONFIRM, application.pk).exists()
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("signed", [[], ["profile"], ["profile", "measures", "initial_partners"]])
def test_the_receipt_repeats_the_consents_in_their_own_words(signed, pact, mails):
    application, _ = joining.submit(form_token=uuid4(), answers=ANSWERS, consents=signed)

    joining.confirm(confirm_link_of(application))

    [receipt] = mails(kind="application_received")
    assert [purpose for purpose, text in Consent.TEXTS.items() if text in receipt.body] == signed
    assert ("- keine" in receipt.body) == (signed == [])


# --- review -----------------------------------------------------------------------------------------------------------


def test_a_question_goes_by_mail_and_its_answer_comes_to_the_office(in_state, office, mails):
    application = in_state("in_review")

    question = joining.ask(application, "Wie viele Standorte haben Sie?", by=office)
    joining.answer(application, "Zwei, beide in der Stadt.")

    question.refresh_from_db()
    assert (question.asked_by, question.answer) == (office, "Zwei, beide in der Stadt.")
    [asked] = mails(kind="application_question")
    [answered] = mails(kind="office_answer")
    assert "Wie viele Standorte haben Sie?" in asked.body
    assert asked.to_email == application.contact_email
    assert asked.link.purpose == "application"
    assert answered.to_email == "klimapakt@musterstadt.example"
    assert "Zwei, beide" not in answered.body  # it is read in the admin, where the case is
    assert timeline_of(application)[-2:] == [
        "Rückfrage: Wie viele Standorte haben Sie?",
        "Antwort: Zwei, beide in der Stadt.",
    ]


def test_a_second_question_waits_for_the_second_answer(in_state, office):
    application = in_state("in_review")

    for number in ("eins", "zwei"):
        joining.ask(application, f"Frage {number}?", by=office)
        joining.answer(application, f"Antwort {number}.")

    assert [(q.text, q.answer) for q in application.questions.all()] == [
        ("Frage eins?", "Antwort eins."),
        ("Frage zwei?", "Antwort zwei."),
    ]


def test_a_correction_leaves_a_trace_of_each_field(in_state, office):
    application = in_state("in_review")
    was = application.name

    labels = joining.correct(application, {"name": "Neuer Name GmbH", "sector": "G"}, version=1, by=office)

    application.refresh_from_db()
    assert labels == ["Name der Organisation", "Branche"]
    assert (application.name, application.sector, application.version) == ("Neuer Name GmbH", "G", 2)
    assert set(timeline_of(application)[-2:]) == {
        f"Name der Organisation berichtigt: „{was}“ → „Neuer Name GmbH“",
        "Branche berichtigt: „Industrie und verarbeitendes Gewerbe“ → „Handel“",
    }
    assert application.timeline.first().by == "Ottilie Amt"


def test_a_correction_that_changes_nothing_leaves_no_trace(in_state, office):
    application = in_state("in_review")
    before = all_rows()

    labels = joining.correct(application, {"name": application.name}, version=application.version, by=office)

    assert labels == []
    assert difference(before, all_rows()) == {}


def test_of_two_people_who_mend_the_same_application_the_second_is_told(in_state, office):
    application = in_state("in_review")
    joining.correct(application, {"name": "Zuerst GmbH"}, version=1, by=office)
    before = all_rows()

    with pytest.raises(NotPossible, match="inzwischen geändert"):
        joining.correct(application, {"street": "Andere Straße 1"}, version=1, by=office)

    assert difference(before, all_rows()) == {}


def test_only_what_the_company_typed_can_be_mended(in_state, office):
    application = in_state("in_review")
    before = all_rows()

    joining.correct(application, {"status": "accepted", "partner": None, "version": 9}, version=1, by=office)

    assert difference(before, all_rows()) == {}


def test_a_mended_contact_address_closes_the_links_to_the_old_one(in_state, office, mails):
    application = in_state("in_review")
    [old] = AccessLink.objects.live(now=timezone.now()).to(access.APPLICATION, application.pk)

    joining.correct(application, {"contact_email": "neu@musterbaeckerei.example"}, version=1, by=office)

    old.refresh_from_db()
    [mail] = mails(kind="application_link")
    assert old.revoked_at
    assert (mail.to_email, mail.link.email) == ("neu@musterbaeckerei.example", "neu@musterbaeckerei.example")


def test_a_step_is_recorded_once_and_can_be_mended(in_state, office, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    application = in_state("in_review")

    for day, document in ((2, SimpleUploadedFile("../loi.pdf", PDF)), (3, None)):
        joining.record_step(
            application, "letter_of_intent", done_on=date(2026, 1, day), document=document, note="", by=office
        )

    step = application.steps.get()
    assert (step.done_on, step.document_name) == (date(2026, 1, 3), "loi.pdf")
    with step.document.open("rb") as stored:
        assert stored.read() == PDF
    assert timeline_of(application)[-2:] == [
        "Absichtserklärung (LoI): 02.01.2026, mit Dokument",
        "Absichtserklärung (LoI): 03.01.2026",
    ]


# --- accepting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("talk", "letter", "recorded", "missing"),
    [
        (False, False, [], []),
        (True, False, [], ["Orientierungsgespräch"]),
        (False, True, [], ["Absichtserklärung (LoI)"]),
        (True, True, [], ["Orientierungsgespräch", "Absichtserklärung (LoI)"]),
        (True, True, ["orientation_talk"], ["Absichtserklärung (LoI)"]),
        (True, True, ["orientation_talk", "letter_of_intent"], []),
        (False, False, ["orientation_talk"], []),
    ],
)
def test_the_steps_that_the_pact_asks_for_come_before_acceptance(
    talk, letter, recorded, missing, pact, in_state, office
):
    pact.uses_orientation_talk, pact.uses_letter_of_intent = talk, letter
    pact.save()
    application = in_state("in_review")
    for kind in recorded:
        joining.record_step(application, kind, done_on=date(2026, 1, 2), document=None, note="", by=office)
    before = all_rows()

    assert joining.missing_steps(application, pact) == missing
    if missing:
        with pytest.raises(NotPossible) as refusal:
            joining.accept(application, by=office)
        assert all(step in str(refusal.value) for step in missing)
        assert difference(before, all_rows()) == {}
    else:
        assert joining.accept(application, by=office).pk


def reviewed(office, **changes) -> Application:
    application = submit(**changes)
    joining.confirm(confirm_link_of(application))
    joining.start_review(application, by=office)
    return application


def test_acceptance_makes_everything_from_the_application(pact, office):
    application = reviewed(office)

    partner = joining.accept(application, by=office)

    organisation = partner.organisation
    fields = ["name", "kind", "street", "postal_code", "place", "sector", "employees", "website"]
    assert {field: getattr(organisation, field) for field in fields} == {field: ANSWERS[field] for field in fields}
    assert [(c.name, c.function, c.email, c.phone, c.is_main, c.is_signatory) for c in organisation.contacts.all()] == [
        ("Erika Muster", "Inhaberin", "erika@musterbaeckerei.example", "0000 4711", True, False),
        ("Heinz Muster", "Geschäftsführer", "", "", False, True),
    ]
    assert partner.slug == "musterbaeckerei-gmbh"
    assert partner.publication == "proposed"
    assert set(organisation.consents.values_list("purpose", "application")) == {
        ("profile", application.pk),
        ("measures", application.pk),
    }
    application.refresh_from_db()
    assert application.partner == partner
    assert application.decided_at


def test_one_person_for_both_becomes_one_contact(pact, office):
    application = reviewed(office, signatory_name="Erika Muster", contact_function="", signatory_function="Inhaberin")

    partner = joining.accept(application, by=office)

    contact = partner.organisation.contacts.get()
    assert (contact.is_main, contact.is_signatory, contact.function) == (True, True, "Inhaberin")


def test_whoever_did_not_consent_is_not_proposed_for_the_list(pact, office):
    application, _ = joining.submit(form_token=uuid4(), answers=ANSWERS, consents=["measures"])
    joining.confirm(confirm_link_of(application))
    joining.start_review(application, by=office)

    partner = joining.accept(application, by=office)

    assert partner.publication == "hidden"


def test_an_initial_partner_that_joins_stays_one_organisation(pact, office):
    founder = InitialPartnerFactory(organisation__name="MUSTERBÄCKEREI GmbH")
    ContactFactory(organisation=founder.organisation, name="Vorstand")
    application = reviewed(office)

    partner = joining.accept(application, by=office)

    assert partner.organisation == founder.organisation
    assert Organisation.objects.count() == 1
    assert {contact.name: contact.is_main for contact in partner.organisation.contacts.all()} == {
        "Vorstand": True, "Erika Muster": False, "Heinz Muster": False,
    }  # fmt: skip


def test_an_organisation_becomes_a_partner_only_once(pact, office):
    joining.accept(reviewed(office), by=office)
    again = reviewed(office)
    before = all_rows()

    with pytest.raises(NotPossible, match="schon als Partner"):
        joining.accept(again, by=office)

    assert difference(before, all_rows()) == {}


def test_a_known_organisation_that_has_already_consented_keeps_one_standing_consent(pact, office):
    founder = InitialPartnerFactory(organisation__name="Musterbäckerei GmbH")
    ConsentFactory(organisation=founder.organisation)
    application = reviewed(office)

    partner = joining.accept(application, by=office)

    assert partner.organisation.consents.standing().filter(purpose="profile").count() == 1


def test_partners_of_the_same_name_get_addresses_of_their_own(pact):
    organisation = OrganisationFactory(name="Müller & Söhne GmbH")

    slugs = []
    for _ in range(3):
        slugs.append(Partner.free_slug(organisation.name))
        Partner.objects.create(organisation=OrganisationFactory(), slug=slugs[-1])

    assert slugs == ["mueller-soehne-gmbh", "mueller-soehne-gmbh-2", "mueller-soehne-gmbh-3"]


@pytest.mark.parametrize(("name", "slug"), [("Straßenbau Groß", "strassenbau-gross"), ("+++", "partner"), ("Café É", "cafe-e"),
                                            ("x" * 200, "x" * 70), ("株式会社", "partner")])  # fmt: skip
def test_an_address_is_made_from_any_name(name, slug, db):
    assert Partner.free_slug(name) == slug


def test_a_slug_that_another_begins_with_is_free(db):
    for taken in ("bau-2", "bau-gmbh", "baumarkt"):
        Partner.objects.create(organisation=OrganisationFactory(), slug=taken)

    assert Partner.free_slug("Bau") == "bau"


# --- deciding and thinking again --------------------------------------------------------------------------------------

DECISIONS = {
    "accepted": lambda application, by: joining.accept(application, by=by),
    "rejected": lambda application, by: joining.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=by),
}


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("minutes", [0, 5, 1440])
def test_the_mail_about_a_decision_waits_as_long_as_the_pact_says(decision, minutes, pact, office, mails):
    pact.undo_minutes = minutes
    pact.save()
    application = reviewed(office)

    DECISIONS[decision](application, office)

    application.refresh_from_db()
    [mail] = mails(kind=f"application_{decision}")
    assert mail.due_at - application.decided_at == timedelta(minutes=minutes)
    assert mail.to_email == application.contact_email
    now = application.decided_at + timedelta(minutes=minutes)
    assert mail in OutgoingMail.objects.sendable(now=now)
    assert mail not in OutgoingMail.objects.sendable(now=now - timedelta(seconds=1))


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_taken_back_in_time_is_told_to_nobody(decision, pact, office, mails):
    application = reviewed(office)
    DECISIONS[decision](application, office)
    written = len(mails())

    was_told = joining.undo_decision(application, by=office)

    assert was_told is False
    assert [mail.status for mail in mails(kind=f"application_{decision}")] == ["withdrawn"]
    assert len(mails()) == written
    assert timeline_of(application)[-1] == "Entscheidung zurückgenommen"


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("state", MAY_HAVE_LEFT)
def test_a_decision_taken_back_is_explained_to_the_company_that_may_have_read_it(decision, state, pact, office, mails):
    application = reviewed(office)
    DECISIONS[decision](application, office)
    bring(OutgoingMail.objects.filter(kind=f"application_{decision}"), state)

    was_told = joining.undo_decision(application, by=office)

    assert was_told is MAY_HAVE_LEFT[state]
    assert [mail.to_email for mail in mails(kind="application_reopened")] == [application.contact_email] * was_told
    [mail] = mails(kind=f"application_{decision}")
    assert mail.status in ("sent", "unclear", "withdrawn", "expired") or mail.is_unwanted


def test_a_decision_that_nobody_heard_of_is_taken_back_in_silence_though_an_earlier_one_was_told(pact, office, mails):
    application = reviewed(office)
    DECISIONS["accepted"](application, office)
    bring(OutgoingMail.objects.filter(kind="application_accepted"), "sent")
    joining.undo_decision(application, by=office)
    DECISIONS["rejected"](application, office)

    assert joining.undo_decision(application, by=office) is False
    assert len(mails(kind="application_reopened")) == 1


@pytest.mark.parametrize("first", DECISIONS)
@pytest.mark.parametrize("second", DECISIONS)
def test_after_thinking_again_each_decision_is_told_anew(first, second, pact, office, mails):
    application = reviewed(office)
    DECISIONS[first](application, office)
    joining.undo_decision(application, by=office)

    DECISIONS[second](application, office)

    assert [mail.kind for mail in mails(status="queued") if mail.kind.startswith("application_") and mail.kind.endswith("ed")
            and mail.kind != "application_received"] == [f"application_{second}"]  # fmt: skip
    application.refresh_from_db()
    assert application.status == second


def test_an_undone_acceptance_leaves_nothing_behind(pact, office):
    application = reviewed(office)
    joining.accept(application, by=office)
    partner_links = AccessLink.objects.filter(purpose=access.PARTNER)
    assert partner_links.exists()

    joining.undo_decision(application, by=office)

    application.refresh_from_db()
    assert (application.status, application.partner, application.decided_at) == ("in_review", None, None)
    assert not Organisation.objects.exists()
    assert not Partner.objects.exists()
    assert not Contact.objects.exists()
    assert set(application.consents.values_list("purpose", "organisation", "withdrawn_at")) == {
        ("profile", None, None),
        ("measures", None, None),
    }
    assert not partner_links.live(now=timezone.now()).exists()
    assert "Aufgenommen" in timeline_of(application)  # what happened stays told


def test_an_undone_acceptance_leaves_a_founder_as_it_was(pact, office):
    founder = InitialPartnerFactory(organisation__name="Musterbäckerei GmbH")
    chief = ContactFactory(organisation=founder.organisation, name="Vorstand", is_main=True)
    application = reviewed(office)
    joining.accept(application, by=office)

    joining.undo_decision(application, by=office)

    founder.organisation.refresh_from_db()
    assert not hasattr(Organisation.objects.get(pk=founder.organisation_id), "partner")
    chief.refresh_from_db()
    assert [(c.name, c.is_main) for c in founder.organisation.contacts.all()] == [("Vorstand", True)]


def test_an_undone_acceptance_leaves_an_organisation_that_was_there_before(pact, office):
    known = OrganisationFactory(name="Musterbäckerei GmbH")  # say, the host of an event
    contact = ContactFactory(organisation=known, name="Hausmeisterei", is_main=False)
    application = reviewed(office)
    joining.accept(application, by=office)

    joining.undo_decision(application, by=office)

    assert Organisation.objects.filter(pk=known.pk).exists()
    assert Contact.objects.filter(pk=contact.pk).exists()


@pytest.mark.parametrize("status", ["draft", "in_force"])
def test_an_acceptance_with_an_agreement_stays(status, pact, office):
    application = reviewed(office)
    partner = joining.accept(application, by=office)
    AgreementFactory(partner=partner, **({"in_force": True} if status == "in_force" else {}))
    before = all_rows()

    with pytest.raises(NotPossible, match="Vereinbarung"):
        joining.undo_decision(application, by=office)

    assert Agreement.objects.exists()
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("publication", ["published", "paused", "former"])
def test_an_acceptance_that_became_public_stays(publication, pact, office):
    application = reviewed(office)
    partner = joining.accept(application, by=office)
    Partner.objects.filter(pk=partner.pk).update(publication=publication)
    before = all_rows()

    with pytest.raises(NotPossible, match="veröffentlicht"):
        joining.undo_decision(application, by=office)

    assert difference(before, all_rows()) == {}


def test_the_rejection_names_its_reason(in_state, mails, office):
    application = in_state("in_review")

    joining.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=office)

    [mail] = mails(kind="application_rejected")
    assert "Ihr Sitz liegt nicht in der Stadt." in mail.body
    assert timeline_of(application)[-1] == "Abgelehnt: Ihr Sitz liegt nicht in der Stadt."


def test_a_withdrawn_application_is_told_to_both_sides(in_state, mails):
    application = in_state("query")

    joining.withdraw(application)

    assert [mail.to_email for mail in mails(kind="application_withdrawn")] == [application.contact_email]
    assert [mail.to_email for mail in mails(kind="office_withdrawal")] == ["klimapakt@musterstadt.example"]


def test_the_timeline_says_who_acted(in_state, office):
    application = in_state("query")
    joining.answer(application, "Zwei.")

    by = [(entry.by, entry.actor) for entry in application.timeline.order_by("pk")]

    assert by[0] == ("Unternehmen", None)
    assert by[1] == ("Ottilie Amt", office)
    assert by[-1] == ("Unternehmen", None)


def test_the_timeline_keeps_the_name_of_a_person_who_left(in_state):
    gone = UserFactory(username="ada", first_name="Ada", last_name="Amt")
    application = in_state("submitted")
    joining.start_review(application, by=gone)

    gone.delete()

    assert TimelineEntry.objects.get(text="In Prüfung genommen").by == "Ada Amt"
    application.refresh_from_db()
    assert application.status == "in_review"


# --- forgetting -------------------------------------------------------------------------------------------------------


def test_an_address_that_nobody_proved_is_forgotten_in_time(pact, in_state):
    old, young = submit(), submit(contact_email="jung@musterbaeckerei.example")
    confirmed = in_state("submitted")
    Application.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(days=30, minutes=1))
    Application.objects.filter(pk=young.pk).update(created_at=timezone.now() - timedelta(days=29, hours=23))

    deleted = joining.delete_unconfirmed()

    assert deleted == 1
    assert set(Application.objects.all()) == {young, confirmed}
    assert not AccessLink.objects.to(access.CONFIRM, old.pk).exists()
    assert not OutgoingMail.objects.filter(to_email=old.contact_email).exists()
    assert not Consent.objects.filter(application=old.pk).exists()
    remaining = str(all_rows())
    assert "erika@musterbaeckerei.example" not in remaining
    assert "jung@musterbaeckerei.example" in remaining


def test_forgetting_twice_does_no_harm(pact):
    submit()
    Application.objects.update(created_at=timezone.now() - timedelta(days=31))
    delete_unconfirmed_applications()
    before = all_rows()

    delete_unconfirmed_applications()

    assert difference(before, all_rows()) == {}
    assert not Application.objects.exists()


def test_forgetting_counts_in_the_days_of_the_pact(pact):
    submit()
    Application.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert joining.delete_unconfirmed() == 0
    pact.delete_unconfirmed_after_days = 7
    pact.save()

    assert joining.delete_unconfirmed() == 1


def test_no_process_of_joining_needs_a_mailbox_to_be_set_up_for_the_office_to_go_on(pact, in_state, office):
    pact.office_email = ""
    pact.save()
    application = ApplicationFactory()

    joining.confirm(AccessLink.issue(access.CONFIRM, application.pk, email="x@y.example", valid_for=timedelta(days=1)))

    assert not OutgoingMail.objects.filter(to_email="").exists()
