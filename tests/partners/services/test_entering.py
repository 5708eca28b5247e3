"""An application that came on paper is treated as one that came online."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.states import NotPossible
from partners import receipt
from partners.models import Application, Consent
from partners.progress import answer_due
from partners.services import applying, decision, questions, review
from tests.corpus import PDF
from tests.races import at_once
from tests.rows import all_rows, difference

ANSWERS = {
    "name": "Musterbäckerei GmbH", "kind": "company", "legal_form": "gmbh", "street": "Backstraße 3",
    "postal_code": "12345", "place": "Musterstadt", "sector": "C", "employees": 25,
    "website": "https://www.musterbaeckerei.example", "contact_name": "Erika Muster", "contact_function": "Inhaberin",
    "contact_email": "erika@musterbaeckerei.example", "contact_phone": "0000 4711", "signatory_name": "Heinz Muster",
    "signatory_function": "Geschäftsführer", "already_doing": "Strom vom eigenen Dach.", "needs": ["tour"],
    "supports_goal": True, "sets_measures": True, "accepts_monitoring": True,
}  # fmt: skip
CONSENTS = ["profile", "measures"]

OWN = {"id", "form_token", "version", "source", "created_at", "saved_at", "sent_at", "confirmed_at", "touched_at"} | {
    "sent_by_id"
}
"""Columns in which two applications of one content differ: keys, moments, and how it came."""


def enter(by: object, **changes: object) -> Application:
    options = {"source": "paper", "consents": CONSENTS, **changes}
    answers = options.pop("answers", ANSWERS)
    return applying.enter(answers, by=by, **options)[0]


def send_online() -> Application:
    applicant, _ = applying.start(
        form_token=uuid4(), organisation=ANSWERS["name"], name=ANSWERS["contact_name"], email=ANSWERS["contact_email"]
    )
    Application.objects.filter(pk=applicant.application_id).update(**ANSWERS, chosen_consents=CONSENTS)
    application = Application.objects.get(pk=applicant.application_id)
    application.applicants.update(proven_at=timezone.now())
    return applying.send(application, by=applicant)


def open_mailed_link(mails, application: Application) -> None:
    [mail] = mails(kind="application_entered", about=f"application:{application.pk}")
    applying.prove(mail.link)


def row(thing: object, *, without: set[str]) -> dict[str, object]:
    found = type(thing).objects.filter(pk=thing.pk).values().get()
    return {name: value for name, value in found.items() if name not in without}


def kinds_of_mail(mails, application: Application) -> list[str]:
    return [mail.kind for mail in mails(about=f"application:{application.pk}")]


def test_an_entered_application_is_the_same_as_one_sent_online(pact, office, mails):
    online, entered = send_online(), enter(office)
    open_mailed_link(mails, entered)

    assert row(online, without=OWN) == row(entered, without=OWN)
    assert online.source != entered.source
    keys = {"id", "application_id", "source", "given_at"}
    of_each = [[row(one, without=keys) for one in case.consents.order_by("purpose")] for case in (online, entered)]
    assert len(of_each[0]) == 2
    assert of_each[0] == of_each[1]
    assert {one.source for one in entered.consents.all()} == {Consent.Source.OFFICE}
    keys = {"id", "application_id", "added_at", "proven_at", "is_vouched"}
    people = [row(case.applicants.get(), without=keys) for case in (online, entered)]
    assert people[0] == people[1]
    orders = [Document.objects.about(case).values("kind", "is_kept", "is_invented") for case in (online, entered)]
    assert list(orders[0]) == list(orders[1])
    assert orders[0]


def test_it_goes_the_same_way_afterwards(pact, office):
    partners = []
    for application in (send_online(), enter(office, answers=ANSWERS | {"name": "Zweitbetrieb GmbH"})):
        review.start_review(application, by=office)
        partners.append(decision.accept(application, by=office))

    online, entered = [
        [row(one, without={"id", "organisation_id", "application_id", "added_at", "created_at"})
         for one in partner.organisation.contacts.all()]
        for partner in partners
    ]  # fmt: skip
    assert online == entered


def test_the_first_mail_to_an_address_that_the_office_typed_holds_nothing_from_the_application(pact, office, mails):
    application = enter(office)

    [mail] = mails(about=f"application:{application.pk}")
    said = " ".join([mail.subject, mail.body, mail.to_name])
    assert [
        ANSWERS[name] for name in ("name", "street", "contact_name", "already_doing") if ANSWERS[name] in said
    ] == []
    assert (mail.kind, mail.link.email) == ("application_entered", ANSWERS["contact_email"])
    assert not application.applicants.get().is_proven
    assert not Document.objects.exists()


def test_the_receipt_follows_once_when_the_link_was_opened(pact, office, mails):
    application = enter(office)

    open_mailed_link(mails, application)
    open_mailed_link(mails, application)

    assert application.applicants.get().is_proven
    archive.render_next()
    assert kinds_of_mail(mails, application) == ["application_entered", "application_received"]


def test_the_copy_says_how_it_came_and_claims_no_click_of_the_sender(pact, office):
    online, entered = send_online(), enter(office, received_on=date(2026, 3, 2))

    said = receipt.html(entered, pact)
    assert "auf Papier eingegangen am 2. März 2026, von der Geschäftsstelle eingetragen" in said
    assert "Beim Absenden wurde bestätigt" not in said
    assert "Beim Absenden wurde bestätigt" in receipt.html(online, pact)


def test_the_office_gets_no_news_of_its_own_entry(pact, office, mails):
    application = enter(office)

    assert "office_application" not in kinds_of_mail(mails, application)
    assert application.correspondent().email == ANSWERS["contact_email"]
    assert application.timeline.get().by == "Ottilie Amt"


def test_without_an_address_everything_works_and_no_mail_is_written(pact, office, mails):
    application = enter(office, answers=ANSWERS | {"contact_email": ""})

    review.start_review(application, by=office)
    [asked] = questions.ask(application, [questions.Asked("Wie viele Standorte?")], by=office)
    questions.answer(application, [questions.Reply(asked.pk, "Zwei.")], by=office)
    partner = decision.accept(application, by=office)

    assert partner.organisation.contacts.filter(is_main=True).get().name == "Erika Muster"
    assert [mail.kind for mail in mails()] == []


@pytest.mark.parametrize("field", ["name", "street", "sector", "employees", "contact_name", "supports_goal"])
def test_what_is_needed_online_is_needed_here(field, pact, office):
    before = all_rows()

    with pytest.raises(NotPossible, match="Es fehlt noch"):
        enter(office, answers={name: value for name, value in ANSWERS.items() if name != field})

    assert difference(before, all_rows()) == {}


def test_the_time_to_answer_counts_from_the_day_of_arrival(pact, office):
    today = timezone.localdate()

    application = enter(office, received_on=today - timedelta(days=3))

    assert answer_due(application, pact) == today + timedelta(days=pact.answer_within_days - 3)


def test_a_consent_bears_the_day_on_which_it_was_signed(pact, office):
    application = enter(office, consented_on=date(2026, 2, 3))

    assert {timezone.localdate(one.given_at) for one in application.consents.all()} == {date(2026, 2, 3)}


def test_the_scan_is_kept_with_the_application(pact, office):
    application = enter(office, scan=SimpleUploadedFile("Antrag.pdf", PDF))

    upload = application.files.get().upload
    assert (upload.name, upload.by) == ("Antrag.pdf", "Ottilie Amt")
    assert bytes(upload.content) == PDF


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_ten_times_at_once_is_one_application(pact, office):
    token = uuid4()

    given = at_once(
        [lambda: applying.enter(ANSWERS, source="paper", consents=CONSENTS, by=office, form_token=token)] * 10
    )

    assert sorted(is_new for _, is_new in given) == [False] * 9 + [True]
    assert Application.objects.count() == 1
    assert Consent.objects.count() == 2
