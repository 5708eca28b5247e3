"""Where the pact wants two people, one proposes a decision and another confirms or returns it."""

import pytest
from django.db import IntegrityError, transaction

from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import Application, Partner
from partners.services import applying, decision, questions, shown
from tests.factories import UserFactory
from tests.partners.services.in_review import DECISIONS, reviewed, timeline_of
from tests.rows import all_rows, difference


@pytest.fixture
def colleague(office):
    """Another member of the office."""
    other = UserFactory(username="kollegin", first_name="Kim", last_name="Amt")
    other.groups.set(office.groups.all())
    return other


@pytest.fixture
def by_two(pact):
    pact.needs_second_person = True
    pact.save()


PROPOSALS = {
    "accepted": lambda application, by: decision.propose_acceptance(application, by=by),
    "rejected": lambda application, by: decision.propose_rejection(
        application, "Ihr Sitz liegt nicht in der Stadt.", by=by, texts=("Absage", "Leider: {begruendung}")
    ),
}


def proposed(office, target: str) -> Application:
    application = reviewed(office)
    PROPOSALS[target](application, office)
    application.refresh_from_db()
    return application


@pytest.mark.parametrize("decided", DECISIONS)
def test_where_two_decide_one_cannot(decided, by_two, office):
    application = reviewed(office)
    before = all_rows()

    with pytest.raises(NotPossible, match="zwei Personen"):
        DECISIONS[decided](application, office)

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("target", PROPOSALS)
def test_a_proposal_tells_nobody_and_decides_nothing(target, by_two, office, mails):
    application = reviewed(office)
    written = len(mails())

    PROPOSALS[target](application, office)

    application.refresh_from_db()
    assert application.status == "in_review"
    assert len(mails()) == written
    assert not Partner.objects.exists()


@pytest.mark.parametrize("target", PROPOSALS)
def test_another_person_confirms_and_all_happens_as_proposed(target, by_two, office, colleague, mails):
    application = proposed(office, target)

    decision.confirm(application, seen=shown.proposal(application), by=colleague)

    application.refresh_from_db()
    assert (application.status, application.proposed_by, application.decided_by) == (target, office, colleague)
    [mail] = mails(kind=f"application_{target}")
    if target == "rejected":
        assert application.rejection_reason == "Ihr Sitz liegt nicht in der Stadt."
        assert (mail.subject, mail.body[:42]) == ("Absage", "Leider: Ihr Sitz liegt nicht in der Stadt.")
    else:
        assert application.partner == Partner.objects.get()


@pytest.mark.parametrize("target", PROPOSALS)
def test_nobody_confirms_an_own_proposal(target, by_two, office):
    application = proposed(office, target)
    before = all_rows()

    with pytest.raises(NotPossible, match="andere Person"):
        decision.confirm(application, seen=shown.proposal(application), by=office)

    assert difference(before, all_rows()) == {}


def test_the_database_too_knows_that_two_are_needed(by_two, office):
    application = proposed(office, "rejected")

    with pytest.raises(IntegrityError, match="nobody_confirms_an_own_proposal"), transaction.atomic():
        application.reject("Ihr Sitz liegt nicht in der Stadt.", by=office)


def test_a_proposal_that_was_replaced_meanwhile_is_not_confirmed(by_two, office, colleague):
    application = proposed(office, "rejected")
    read = shown.proposal(application)
    decision.return_proposal(application, seen=read, by=office)
    decision.propose_acceptance(application, by=office)
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        decision.confirm(application, seen=read, by=colleague)
    with pytest.raises(TransitionNotAllowed):
        decision.return_proposal(application, seen=read, by=colleague)

    assert difference(before, all_rows()) == {}


def test_a_proposal_waits_for_no_second_one(by_two, office, colleague):
    application = proposed(office, "accepted")
    before = all_rows()

    for propose in PROPOSALS.values():
        with pytest.raises(TransitionNotAllowed):
            propose(application, colleague)

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize(("person", "said"), [
    ("office", "Vorschlag „Aufnahme“ zurückgenommen"), ("colleague", "Vorschlag „Aufnahme“ nicht bestätigt: Bitte erst fragen."),
])  # fmt: skip
def test_a_returned_proposal_leaves_the_application_in_review(person, said, by_two, office, colleague):
    application = proposed(office, "accepted")
    note = "Bitte erst fragen." if person == "colleague" else ""

    decision.return_proposal(
        application, seen=shown.proposal(application), by={"office": office, "colleague": colleague}[person], note=note
    )

    application.refresh_from_db()
    assert (application.status, application.proposed_decision, application.proposed_by) == ("in_review", "", None)
    assert timeline_of(application)[-1] == said


@pytest.mark.parametrize("event", ["asked", "withdrawn"])
def test_a_proposal_ends_when_the_review_stops(event, by_two, office, colleague):
    application = proposed(office, "accepted")

    if event == "asked":
        questions.ask(application, [questions.Asked("Wie viele Standorte?")], by=colleague)
    else:
        applying.withdraw(application)

    application.refresh_from_db()
    assert (application.proposed_decision, application.proposed_at) == ("", None)
    with pytest.raises(TransitionNotAllowed):
        decision.confirm(application, seen=shown.proposal(application), by=colleague)


def test_an_exception_is_confirmed_with_its_reason(by_two, office, colleague):
    application = reviewed(office, place="Anderswo")
    with pytest.raises(NotPossible, match="warum"):
        decision.propose_acceptance(application, by=office)
    decision.propose_acceptance(application, by=office, exception="Die Zentrale zieht im Mai hierher.")
    application.refresh_from_db()

    decision.confirm(application, seen=shown.proposal(application), by=colleague)

    assert timeline_of(application)[-1].endswith("Die Zentrale zieht im Mai hierher.")


def test_when_the_pact_lets_one_decide_again_an_open_proposal_is_still_settled_first(by_two, pact, office, colleague):
    application = proposed(office, "accepted")
    pact.needs_second_person = False
    pact.save()

    with pytest.raises(TransitionNotAllowed):
        decision.reject(application, "Nicht in der Stadt.", by=colleague)
    decision.confirm(application, seen=shown.proposal(application), by=colleague)

    application.refresh_from_db()
    assert application.status == "accepted"


def test_an_undone_decision_forgets_the_proposal(by_two, office, colleague):
    application = proposed(office, "accepted")
    decision.confirm(application, seen=shown.proposal(application), by=colleague)

    decision.undo_decision(application, by=office)

    application.refresh_from_db()
    assert (application.status, application.proposed_decision, application.decided_by) == ("in_review", "", None)
