"""The office asks, the company answers and mends; nothing that somebody wrote is lost."""

import pytest

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import Application, ApplicationQuestion
from partners.services import applying, decision, questions, review
from partners.services.questions import Asked, Reply
from tests.factories import ApplicantFactory
from tests.factories.mailbox import bring
from tests.rows import all_rows, difference

SITES, SECTOR = Asked("Wie viele Standorte haben Sie?"), Asked("Sind Sie nicht eher Handel?", "sector")


@pytest.fixture
def reviewed(in_state) -> Application:
    return in_state("in_review")


@pytest.fixture
def person(reviewed):
    return reviewed.applicants.get()


def reply(question: ApplicationQuestion, text: str = "", **changed: object) -> Reply:
    return Reply(question.pk, text, changed.get("value"), changed.get("shown"))


def timeline_of(application: Application) -> list[str]:
    return [entry.text for entry in application.timeline.order_by("pk")]


# --- asking -----------------------------------------------------------------------------------------------------------


def test_all_that_is_asked_at_once_goes_in_one_mail(reviewed, office, mails):
    asked = questions.ask(reviewed, [SITES, SECTOR], by=office)

    reviewed.refresh_from_db()
    [mail] = mails(kind="application_question")
    assert reviewed.status == "query"
    assert [(one.asked_by, one.field, one.is_open) for one in asked] == [(office, "", True), (office, "sector", True)]
    assert (mail.to_email, mail.link.purpose) == (reviewed.contact_email, "application")
    assert "1. Wie viele Standorte haben Sie?" in mail.body
    assert "2. Zu „Branche“: Sind Sie nicht eher Handel?" in mail.body
    assert timeline_of(reviewed)[-2:] == [
        "Rückfrage: Wie viele Standorte haben Sie?",
        "Rückfrage zu „Branche“: Sind Sie nicht eher Handel?",
    ]


def test_a_single_question_stands_in_the_mail_without_a_number(reviewed, office, mails):
    questions.ask(reviewed, [SITES], by=office)

    [mail] = mails(kind="application_question")
    assert "Wie viele Standorte haben Sie?" in mail.body
    assert "1. " not in mail.body


def test_more_can_be_asked_while_an_answer_is_awaited(reviewed, office, mails):
    questions.ask(reviewed, [SITES], by=office)
    questions.ask(reviewed, [SECTOR, Asked("Und seit wann?")], by=office)

    assert reviewed.questions.open().count() == 3
    assert len(mails(kind="application_question")) == 2


@pytest.mark.parametrize("asked_before", [True, False])
def test_about_a_field_only_one_question_is_open(asked_before, reviewed, office):
    if asked_before:
        questions.ask(reviewed, [SECTOR], by=office)
    before = all_rows()

    with pytest.raises(NotPossible, match="„Branche“"):
        questions.ask(reviewed, [SECTOR] if asked_before else [SECTOR, SECTOR], by=office)

    assert difference(before, all_rows()) == {}


def test_a_field_can_be_asked_about_again_once_it_was_answered(reviewed, office, person):
    for _ in range(2):
        [asked] = questions.ask(reviewed, [SECTOR], by=office)
        questions.answer(reviewed, [reply(asked, "So ist es.", value="C", shown="C")], by=person)

    assert reviewed.questions.count() == 2


@pytest.mark.parametrize("state", ["draft", "unconfirmed", "submitted", "accepted", "rejected", "withdrawn"])
def test_asked_is_only_what_is_in_review(state, in_state, office):
    application = in_state(state)
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        questions.ask(application, [SITES], by=office)

    assert difference(before, all_rows()) == {}


# --- answering --------------------------------------------------------------------------------------------------------


def test_the_application_waits_for_the_last_answer_and_the_office_hears_once(reviewed, office, person, mails):
    first, second = questions.ask(reviewed, [SITES, SECTOR], by=office)

    questions.answer(reviewed, [reply(first, "Zwei, beide in der Stadt.")], by=person)
    reviewed.refresh_from_db()
    between = (reviewed.status, mails(kind="office_answer"))
    questions.answer(reviewed, [reply(second, "Nein.", value="C", shown="C")], by=person)

    reviewed.refresh_from_db()
    first.refresh_from_db()
    [mail] = mails(kind="office_answer")
    assert between == ("query", [])
    assert reviewed.status == "in_review"
    assert (first.answer, first.answered_by) == ("Zwei, beide in der Stadt.", "Erika Muster")
    assert mail.to_email == "klimapakt@musterstadt.example"
    assert "Zwei, beide" not in mail.body  # it is read in the admin, where the case is
    assert "Antwort auf „Wie viele Standorte haben Sie?“: Zwei, beide in der Stadt." in timeline_of(reviewed)


def test_a_field_that_was_asked_about_is_mended_with_the_answer(reviewed, office, person):
    [asked] = questions.ask(reviewed, [SECTOR], by=office)

    questions.answer(reviewed, [reply(asked, "Stimmt.", value="G", shown="C")], by=person)

    reviewed.refresh_from_db()
    asked.refresh_from_db()
    changed = "Branche geändert: „{}“ → „{}“".format(
        *(dict(Application._meta.get_field("sector").flatchoices)[one] for one in "CG")
    )
    assert (reviewed.sector, reviewed.version) == ("G", 2)
    assert asked.answer == f"{changed}\n\nStimmt."
    assert changed in timeline_of(reviewed)
    assert reviewed.timeline.get(text=changed).by == "Erika Muster (Unternehmen)"


def test_another_contact_gets_a_link_and_is_not_taken_for_proven(reviewed, office, person, mails):
    [asked] = questions.ask(reviewed, [Asked("Gibt es diese Adresse noch?", "contact_email")], by=office)

    new = {"value": "neu@musterbaeckerei.example", "shown": reviewed.contact_email}
    questions.answer(reviewed, [reply(asked, **new)], by=person)

    [mail] = mails(kind="application_invited")
    assert mail.to_email == "neu@musterbaeckerei.example"
    assert not reviewed.applicants.get(email=mail.to_email).is_proven
    reviewed.refresh_from_db()
    assert reviewed.correspondent() == person


def test_a_field_that_the_office_mended_meanwhile_is_asked_about_once_more(reviewed, office, person):
    [asked] = questions.ask(reviewed, [SECTOR], by=office)
    review.correct(reviewed, {"sector": "N"}, shown={"sector": "C"}, by=office)
    before = all_rows()

    [conflict] = questions.answer(reviewed, [reply(asked, "Stimmt.", value="G", shown="C")], by=person)
    untouched = difference(before, all_rows())
    again = questions.answer(reviewed, [reply(asked, "Stimmt.", value="G", shown=conflict.value)], by=person)

    reviewed.refresh_from_db()
    assert (conflict.question, conflict.value, untouched) == (asked, "N", {})
    assert again == []
    assert reviewed.sector == "G"


def test_an_answer_beside_a_conflict_is_stored(reviewed, office, person):
    sites, sector = questions.ask(reviewed, [SITES, SECTOR], by=office)
    review.correct(reviewed, {"sector": "N"}, shown={"sector": "C"}, by=office)

    conflicts = questions.answer(reviewed, [reply(sector, value="G", shown="C"), reply(sites, "Zwei.")], by=person)

    sites.refresh_from_db()
    reviewed.refresh_from_db()
    assert [one.question for one in conflicts] == [sector]
    assert (sites.answer, reviewed.status, reviewed.sector) == ("Zwei.", "query", "N")


def test_the_same_change_from_both_sides_is_no_conflict(reviewed, office, person):
    [asked] = questions.ask(reviewed, [SECTOR], by=office)
    review.correct(reviewed, {"sector": "G"}, shown={"sector": "C"}, by=office)

    assert questions.answer(reviewed, [reply(asked, "Stimmt.", value="G", shown="C")], by=person) == []
    asked.refresh_from_db()
    assert asked.answer == "Stimmt."


def test_what_a_second_person_answers_stands_below_the_first(reviewed, office, person, mails):
    colleague = ApplicantFactory(application=reviewed, name="Kim Korn", email="kim@musterbaeckerei.example")
    [asked] = questions.ask(reviewed, [SITES], by=office)
    questions.answer(reviewed, [reply(asked, "Zwei.")], by=person)

    questions.answer(reviewed, [reply(asked, "Drei, seit gestern.")], by=colleague)

    asked.refresh_from_db()
    assert asked.answer == "Zwei.\n\nErgänzung von Kim Korn: Drei, seit gestern."
    assert len(mails(kind="office_answer")) == 2  # the office has perhaps read the first


def test_the_same_answer_sent_twice_is_one(reviewed, office, person):
    [asked] = questions.ask(reviewed, [SECTOR], by=office)
    said = [reply(asked, "Stimmt.", value="G", shown="C")]
    questions.answer(reviewed, said, by=person)
    before = all_rows()

    assert questions.answer(reviewed, said, by=person) == []

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("state", ["withdrawn", "decided"])
def test_after_the_end_nothing_is_answered(state, reviewed, office, person):
    [asked] = questions.ask(reviewed, [SITES], by=office)
    if state == "withdrawn":
        applying.withdraw(Application.objects.get(pk=reviewed.pk))
    else:
        questions.take_back(reviewed, [asked.pk], by=office)
        decision.reject(Application.objects.get(pk=reviewed.pk), "Nicht in der Stadt.", by=office)
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        questions.answer(reviewed, [reply(asked, "Zwei.")], by=person)

    assert difference(before, all_rows()) == {}


def test_what_was_said_on_the_phone_is_written_down_by_the_office_without_a_mail(reviewed, office, mails):
    [asked] = questions.ask(reviewed, [SITES], by=office)

    questions.answer(reviewed, [reply(asked, "Zwei, sagt Frau Muster.")], by=office)

    reviewed.refresh_from_db()
    asked.refresh_from_db()
    assert (reviewed.status, asked.answered_by) == ("in_review", "Ottilie Amt")
    assert mails(kind="office_answer") == []


def test_nobody_is_written_to_who_has_no_address(pact, office, mails):
    application, _ = applying.enter(
        {"name": "Papier GmbH", "street": "Weg 1", "postal_code": "12345", "place": "Musterstadt", "sector": "C",
         "employees": 3, "contact_name": "P. Papier", "contact_email": "", "signatory_name": "P. Papier",
         "signatory_function": "Inhaber", "supports_goal": True, "sets_measures": True, "accepts_monitoring": True},
        source="paper", consents=[], by=office,
    )  # fmt: skip
    review.start_review(application, by=office)

    [asked] = questions.ask(application, [SITES], by=office)
    questions.answer(application, [reply(asked, "Zwei.")], by=office)

    application.refresh_from_db()
    assert application.status == "in_review"
    assert mails() == []


# --- taking back ------------------------------------------------------------------------------------------------------


def test_a_question_that_has_settled_itself_is_taken_back_with_its_mail(reviewed, office, mails):
    [asked] = questions.ask(reviewed, [SITES], by=office)

    was_told = questions.take_back(reviewed, [asked.pk], by=office)

    reviewed.refresh_from_db()
    [mail] = mails(kind="application_question")
    assert (was_told, mail.status, reviewed.status) == (False, "withdrawn", "in_review")
    assert timeline_of(reviewed)[-1] == "Rückfrage zurückgenommen: Wie viele Standorte haben Sie?"


def test_a_mail_that_has_left_cannot_be_taken_back_and_the_office_is_told(reviewed, office):
    [asked] = questions.ask(reviewed, [SITES], by=office)
    bring(OutgoingMail.objects.filter(kind="application_question"), "sent")

    assert questions.take_back(reviewed, [asked.pk], by=office) is True


def test_while_another_question_is_open_the_application_still_waits(reviewed, office, person, mails):
    sites, sector = questions.ask(reviewed, [SITES, SECTOR], by=office)

    questions.take_back(reviewed, [sector.pk], by=office)
    reviewed.refresh_from_db()
    between = (reviewed.status, mails(kind="application_question")[0].status)
    questions.answer(reviewed, [reply(sites, "Zwei.")], by=person)

    reviewed.refresh_from_db()
    assert between == ("query", "queued")
    assert reviewed.status == "in_review"


def test_an_answer_to_a_question_that_was_taken_back_meanwhile_is_kept(reviewed, office, person, mails):
    [asked] = questions.ask(reviewed, [SITES], by=office)
    questions.take_back(reviewed, [asked.pk], by=office)

    questions.answer(reviewed, [reply(asked, "Zwei.")], by=person)

    asked.refresh_from_db()
    assert asked.answer == "Zwei."
    assert len(mails(kind="office_answer")) == 1


def test_what_was_answered_is_not_taken_back(reviewed, office, person):
    [asked] = questions.ask(reviewed, [SITES], by=office)
    questions.answer(reviewed, [reply(asked, "Zwei.")], by=person)
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        questions.take_back(reviewed, [asked.pk], by=office)

    assert difference(before, all_rows()) == {}
