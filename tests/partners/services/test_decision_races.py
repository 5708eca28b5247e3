"""Several people of the office, and the company, at the same application at the same moment."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import StateMachine
from partners.models import Application, Organisation, Partner
from partners.services import applying, decision, review, shown
from tests.factories import ApplicationFactory, UserFactory
from tests.factories.mailbox import bring
from tests.races import at_once, started

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def in_review(office, **answers) -> Application:
    application = ApplicationFactory(**answers)
    applying.send(application, by=application.applicants.get())
    review.start_review(application, by=office)
    return Application.objects.get(pk=application.pk)


@pytest.fixture
def reviewed(pact, office) -> Application:
    return in_review(office)


@pytest.fixture
def colleague(office):
    other = UserFactory(username="kollegin")
    other.groups.set(office.groups.all())
    return other


def test_a_decision_taken_back_while_its_mail_is_handed_over_is_explained(reviewed, office):
    decision.accept(reviewed, by=office)
    mail = OutgoingMail.objects.filter(kind="application_accepted")
    bring(mail, "in_flight")

    with transaction.atomic():
        mail.get().hand_over()
        [future] = started(lambda: decision.undo_decision(reviewed, by=office))

    assert future.result() is True
    assert OutgoingMail.objects.filter(kind="application_reopened").exists()


def test_accepted_and_rejected_at_once_is_decided_once(reviewed, office):
    calls = [
        lambda: decision.accept(Application.objects.get(), by=office),
        lambda: decision.reject(Application.objects.get(), "Nicht in der Stadt.", by=office),
        lambda: decision.accept(Application.objects.get(), by=office),
        lambda: applying.withdraw(Application.objects.get()),
    ]

    given = at_once(calls * 2)

    succeeded = [result for result in given if not isinstance(result, Exception)]
    application = Application.objects.get()
    assert len(succeeded) == 1
    assert {type(result).__name__ for result in given if isinstance(result, Exception)} <= {
        "TransitionNotAllowed",
        "NotPossible",
    }
    assert Partner.objects.count() == Organisation.objects.count() == (application.status == "accepted")
    decided = OutgoingMail.objects.filter(
        kind__in=["application_accepted", "application_rejected", "application_withdrawn"]
    )
    assert [mail.kind for mail in decided] == [f"application_{application.status}"]


def _unguarded(self, target, **changes):
    """Move without asking for the stored state."""
    ours = {k: v for k, v in changes.items() if k not in ("only_from", "only_where", "and_reload")}
    type(self).objects.filter(pk=self.pk).update(**{self.STATE: target}, **ours)
    self.refresh_from_db()


def test_without_the_guarded_update_both_decisions_would_go_through(reviewed, office, monkeypatch):
    monkeypatch.setattr(StateMachine, "_move_to", _unguarded)
    stale = Application.objects.get()
    applying.withdraw(Application.objects.get())

    with pytest.raises(IntegrityError):  # what the database itself still knows
        Application.objects.filter(pk=stale.pk).update(proposed_decision="reject", proposed_at=None)
    stale.reject("Nicht in der Stadt.", by=office)

    assert Application.objects.get().status == "rejected"  # though it had been withdrawn


def test_two_who_mend_the_same_answer_at_once_do_not_overwrite_each_other(reviewed, office):
    shown = {"name": reviewed.name}

    given = at_once([
        lambda: review.correct(Application.objects.get(), {"name": "Eins GmbH"}, shown=shown, by=office),
        lambda: review.correct(Application.objects.get(), {"name": "Zwei GmbH"}, shown=shown, by=office),
    ])  # fmt: skip

    stored = Application.objects.get().name
    assert sorted(given, key=len) == [[], [review.Conflict("name", stored)]]


def test_the_same_name_accepted_at_once_becomes_one_partner(pact, office):
    applications = [in_review(office, name="Musterbäckerei GmbH") for _ in range(2)]

    given = at_once([lambda a=a: decision.accept(a, by=office) for a in applications])

    assert sorted(type(result).__name__ for result in given) == ["NotPossible", "Partner"]
    assert Organisation.objects.count() == 1


def test_without_one_acceptance_at_a_time_only_the_address_of_the_page_keeps_the_second_out(pact, office, monkeypatch):
    applications = [in_review(office, name="Musterbäckerei GmbH") for _ in range(2)]
    monkeypatch.setattr(
        decision, "_locked_with_pact", lambda application: (application.locked(), type(pact).objects.get())
    )
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE partners_organisation IN SHARE ROW EXCLUSIVE MODE")  # both look, neither writes
        futures = started(*(lambda a=a: _outcome(lambda: decision.accept(a, by=office)) for a in applications))

    assert sorted(future.result() for future in futures) == ["IntegrityError", "done"]  # for a person: an error page


# --- two people -------------------------------------------------------------------------------------------------------


@pytest.fixture
def proposed(pact, reviewed, office) -> Application:
    pact.needs_second_person = True
    pact.save()
    decision.propose_acceptance(reviewed, by=office)
    return Application.objects.get()


def test_confirmed_and_returned_at_once_is_one_of_both(proposed, office, colleague):
    seen = shown.proposal(proposed)

    given = at_once([
        lambda: decision.confirm(Application.objects.get(), seen=seen, by=colleague),
        lambda: decision.return_proposal(Application.objects.get(), seen=seen, by=office),
    ] * 3)  # fmt: skip

    assert [type(result).__name__ for result in given].count("TransitionNotAllowed") == 5
    application = Application.objects.get()
    assert Partner.objects.count() == (application.status == "accepted")


def test_of_two_proposals_at_once_one_stands(pact, reviewed, office, colleague):
    pact.needs_second_person = True
    pact.save()

    given = at_once([
        lambda: decision.propose_acceptance(Application.objects.get(), by=office),
        lambda: decision.propose_rejection(Application.objects.get(), "Nicht in der Stadt.", by=colleague),
    ])  # fmt: skip

    assert sorted(type(result).__name__ for result in given) == ["NoneType", "TransitionNotAllowed"]
    application = Application.objects.get()
    assert (application.proposed_decision, application.proposed_by) in [("accept", office), ("reject", colleague)]


def test_a_proposal_that_changes_hands_while_it_is_confirmed_is_not_confirmed(proposed, office, colleague):
    """B reads A's proposal; A returns it and B's own stands there when B's click arrives."""
    seen = shown.proposal(proposed)

    with transaction.atomic():
        Application.objects.select_for_update().get()
        [future] = started(lambda: _outcome(lambda: decision.confirm(proposed, seen=seen, by=colleague)))
        decision.return_proposal(proposed, seen=seen, by=office)
        Application.objects.get().propose("accept", by=colleague, reason="")

    assert future.result() == "TransitionNotAllowed"
    assert Application.objects.get().status == "in_review"


def test_without_the_mark_of_the_proposal_that_was_read_the_proposer_would_confirm_alone(proposed, colleague, office):
    """The control: with the rows as the race leaves them, only the database is left to say no."""
    Application.objects.update(proposed_by=colleague, proposed_at=timezone.now())

    with pytest.raises(IntegrityError, match="nobody_confirms_an_own_proposal"), transaction.atomic():
        Application.objects.update(status="accepted", decided_by=colleague)


def _outcome(call) -> str:
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "done"
