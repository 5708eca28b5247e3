"""Several people at the same application at the same moment."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import StateMachine
from partners import access
from partners.models import Application, Organisation, Partner
from partners.services import joining
from tests.factories.mailbox import bring
from tests.partners.test_joining import ANSWERS, confirm_link_of, submit
from tests.races import at_once, started
from tests.urls.table import path_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

SENDERS = 20


def test_twenty_clicks_at_once_make_one_application_and_one_mail(pact):
    token = uuid4()

    given = at_once(
        [lambda: joining.submit(form_token=token, answers=ANSWERS, consents=["profile"]) for _ in range(SENDERS)]
    )

    application = Application.objects.get()
    assert sorted(is_new for _, is_new in given) == [False] * (SENDERS - 1) + [True]
    assert {found for found, _ in given} == {application}
    assert OutgoingMail.objects.count() == 1
    assert application.consents.count() == 1
    assert application.timeline.count() == 1


def test_without_the_unique_token_the_same_clicks_would_make_more(pact):
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, Application._meta.db_table)
        [name] = [n for n, c in constraints.items() if c["unique"] and c["columns"] == ["form_token"]]
        cursor.execute(f'ALTER TABLE partners_application DROP CONSTRAINT "{name}"')
    token = uuid4()

    try:
        at_once([lambda: joining.submit(form_token=token, answers=ANSWERS, consents=[]) for _ in range(SENDERS)])

        assert Application.objects.count() > 1
    finally:
        Application.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE partners_application ADD CONSTRAINT "{name}" UNIQUE (form_token)')


def test_the_proof_link_pressed_twice_at_once_confirms_once(pact):
    application = submit()
    path = path_of(confirm_link_of(application))
    clients = [Client(raise_request_exception=False) for _ in range(2)]

    with transaction.atomic():
        Application.objects.select_for_update().get()
        futures = started(*(lambda client=client: client.post(path).status_code for client in clients))

    codes = sorted(future.result() for future in futures)
    assert codes[0] == 302
    assert codes[1] in (302, 404)
    assert OutgoingMail.objects.filter(kind="application_received").count() == 1
    assert Application.objects.get().status == "submitted"


def test_a_link_that_is_closed_while_it_is_being_used_proves_nothing(pact):
    application = submit()
    path = path_of(confirm_link_of(application))
    client = Client(raise_request_exception=False)

    with transaction.atomic():
        Application.objects.select_for_update().get()
        [future] = started(lambda: client.post(path).status_code)
        joining.mend_address(application, "neu@musterbaeckerei.example")

    assert future.result() == 404
    assert Application.objects.get().status == "unconfirmed"


def test_an_application_proven_at_the_last_moment_is_not_forgotten(pact):
    application = submit()
    Application.objects.update(created_at=timezone.now() - timedelta(days=31))

    with transaction.atomic():
        joining.confirm(confirm_link_of(application))
        [future] = started(joining.delete_unconfirmed)

    assert future.result() == 0
    assert Application.objects.get().status == "submitted"
    assert OutgoingMail.objects.filter(kind="application_received").exists()


@pytest.fixture
def reviewed(pact, office) -> Application:
    application = submit()
    joining.confirm(confirm_link_of(application))
    joining.start_review(application, by=office)
    return application


def test_a_decision_taken_back_while_its_mail_is_handed_over_is_explained(reviewed, office):
    joining.accept(reviewed, by=office)
    decision = OutgoingMail.objects.filter(kind="application_accepted")
    bring(decision, "in_flight")

    with transaction.atomic():
        decision.get().hand_over()
        [future] = started(lambda: joining.undo_decision(reviewed, by=office))

    assert future.result() is True
    assert OutgoingMail.objects.filter(kind="application_reopened").exists()


def test_accepted_and_rejected_at_once_is_decided_once(reviewed, office):
    calls = [
        lambda: joining.accept(Application.objects.get(), by=office),
        lambda: joining.reject(Application.objects.get(), "Nicht in der Stadt.", by=office),
        lambda: joining.accept(Application.objects.get(), by=office),
        lambda: joining.withdraw(Application.objects.get()),
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


def test_without_the_guarded_update_both_decisions_would_go_through(reviewed, office, monkeypatch):
    def unguarded(self, target, **changes):
        type(self).objects.filter(pk=self.pk).update(
            **{self.STATE: target}, **{k: v for k, v in changes.items() if k != "only_from"}
        )
        self.refresh_from_db()

    monkeypatch.setattr(StateMachine, "_move_to", unguarded)

    at_once([
        lambda: joining.reject(Application.objects.get(), "Nicht in der Stadt.", by=office),
        lambda: joining.withdraw(Application.objects.get()),
    ])  # fmt: skip

    kinds = set(OutgoingMail.objects.values_list("kind", flat=True))
    assert {"application_rejected", "application_withdrawn"} <= kinds


def test_two_who_mend_at_once_do_not_overwrite_each_other(reviewed, office):
    given = at_once([
        lambda: joining.correct(Application.objects.get(), {"name": "Eins GmbH"}, version=1, by=office),
        lambda: joining.correct(Application.objects.get(), {"street": "Zweite Straße 2"}, version=1, by=office),
    ])  # fmt: skip

    assert sorted(type(result).__name__ for result in given) == ["NotPossible", "list"]
    assert Application.objects.get().version == 2


def test_two_answers_at_once_are_one(reviewed, office):
    joining.ask(reviewed, "Wie viele Standorte?", by=office)

    given = at_once([lambda n=n: joining.answer(Application.objects.get(), f"Antwort {n}.") for n in range(5)])

    assert [type(result).__name__ for result in given if result is not None] == ["TransitionNotAllowed"] * 4
    assert OutgoingMail.objects.filter(kind="office_answer").count() == 1


def test_the_same_name_accepted_at_once_becomes_one_partner(pact, office):
    applications = []
    for address in ("eins@musterbaeckerei.example", "zwei@musterbaeckerei.example"):
        application = submit(contact_email=address)
        joining.confirm(AccessLink.issue(access.CONFIRM, application.pk, email=address, valid_for=timedelta(days=1)))
        joining.start_review(application, by=office)
        applications.append(application)

    given = at_once([lambda a=a: joining.accept(a, by=office) for a in applications])

    assert sorted(type(result).__name__ for result in given) == ["NotPossible", "Partner"]
    assert Organisation.objects.count() == 1
