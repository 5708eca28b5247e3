"""Several people at the same draft at the same moment."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from klimapakt.documents.models import Document
from klimapakt.mailbox.models import OutgoingMail
from partners import steps
from partners.models import Applicant, Application
from partners.services import applying, forgetting
from tests.factories import ApplicationFactory
from tests.filled import CONFIRMATIONS, OVERVIEW, SEND, led_to
from tests.races import at_once, started
from tests.urls.table import path_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

SENDERS = 20
BEGUN = {"organisation": "Musterbäckerei GmbH", "name": "Erika Muster", "email": "erika@musterbaeckerei.example"}


def unproven() -> Applicant:
    application = ApplicationFactory(applicant__is_proven=False)
    return application.applicants.get()


def link_of(applicant: Applicant) -> object:
    applying.ask_for_proof(applicant)
    return OutgoingMail.objects.filter(kind="application_started").latest("pk").link


def test_twenty_clicks_at_once_begin_one_application_with_one_mail(pact):
    token = uuid4()

    given = at_once([lambda: applying.start(form_token=token, **BEGUN)] * SENDERS)

    applicant = Applicant.objects.get()
    assert sorted(is_new for _, is_new in given) == [False] * (SENDERS - 1) + [True]
    assert {found for found, _ in given} == {applicant}
    assert Application.objects.count() == OutgoingMail.objects.count() == applicant.application.timeline.count() == 1


def test_without_the_unique_token_the_same_clicks_would_make_more(pact):
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, Application._meta.db_table)
        [name] = [n for n, c in constraints.items() if c["unique"] and c["columns"] == ["form_token"]]
        cursor.execute(f'ALTER TABLE partners_application DROP CONSTRAINT "{name}"')
    token = uuid4()

    try:
        at_once([lambda: applying.start(form_token=token, **BEGUN)] * SENDERS)

        assert Application.objects.count() > 1
    finally:
        Application.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE partners_application ADD CONSTRAINT "{name}" UNIQUE (form_token)')


def test_twenty_posts_at_once_send_one_application(pact):
    applicant = ApplicationFactory(chosen_consents=["profile"]).applicants.get()
    clients = [Client(raise_request_exception=False) for _ in range(SENDERS)]
    link = OutgoingMail.objects.none()
    applying.invite(applicant.application, name="", email=applicant.email, by=applicant)
    link = OutgoingMail.objects.get(kind="application_invited").link
    for client in clients:
        client.post(path_of(link))

    codes = at_once([lambda client=client: client.post(SEND, CONFIRMATIONS) for client in clients])

    assert {(answer.status_code, led_to(answer)) for answer in codes} == {(302, OVERVIEW)}
    application = Application.objects.get()
    assert application.status == "submitted"
    assert application.consents.count() == Document.objects.count() == 1
    assert OutgoingMail.objects.filter(kind="office_application").count() == 1


def test_without_the_guarded_update_it_would_be_sent_more_than_once(pact, monkeypatch):
    def unguarded(self: Application, target: str, **changes: object) -> None:
        Application.objects.filter(pk=self.pk).update(
            status=target, **{name: value for name, value in changes.items() if name != "only_from"}
        )

    monkeypatch.setattr(Application, "_move_to", unguarded)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self)
    applicant = ApplicationFactory().applicants.get()

    at_once([lambda: applying.send(applicant.application, by=applicant)] * 5)

    assert applicant.application.timeline.filter(text__startswith="Antrag eingegangen").count() > 1


def save(applicant: Applicant, page: str, **answers: object) -> list:
    shown = dict.fromkeys(answers, "") | {"target_year": None}
    return applying.save(applicant.application, steps.STATUS_QUO, answers, shown=shown, by=applicant, page=page)


@pytest.fixture
def two(pact) -> list[Applicant]:
    applicant = ApplicationFactory().applicants.get()
    return [applicant, applicant.application.applicants.create(name="Kim", email="kim@firma.example")]


def test_of_two_who_save_the_same_answer_at_once_one_is_asked(two):
    given = at_once([lambda person=person: save(person, person.email, already_doing=person.name) for person in two])

    stored = Application.objects.get().already_doing
    assert sorted(len(conflicts) for conflicts in given) == [0, 1]
    [conflict] = [conflict for conflicts in given for conflict in conflicts]
    assert conflict.value == stored == str(conflict.by)


def test_two_who_save_different_answers_of_a_step_at_once_are_both_named(two):
    one, other = two

    at_once([
        lambda: save(one, "one", already_doing="Strom vom Dach"),
        lambda: save(other, "other", balance_tool="ecocockpit"),
    ])  # fmt: skip

    application = Application.objects.get()
    assert (application.already_doing, application.balance_tool) == ("Strom vom Dach", "ecocockpit")
    changes = application.saved_steps.get().changes
    assert {name: change["by"] for name, change in changes.items()} == {
        "already_doing": one.pk,
        "balance_tool": other.pk,
    }


def test_without_the_lock_one_answer_would_vanish_unasked(two, monkeypatch):
    monkeypatch.setattr(Application, "locked", unlocked_and_slow())

    given = at_once([lambda person=person: save(person, person.email, already_doing=person.name) for person in two])

    asked = [conflict for conflicts in given if isinstance(conflicts, list) for conflict in conflicts]
    assert asked == []  # both believe that theirs is stored


def unlocked_and_slow() -> object:
    """Return a reading without the lock that waits until both have read."""
    from threading import Barrier

    barrier = Barrier(2, timeout=20)

    def locked(application: Application) -> Application:
        found = Application.objects.get(pk=application.pk)
        barrier.wait()
        return found

    return locked


def test_what_is_saved_while_it_is_sent_is_in_it_or_refused(two):
    one, other = two

    given = at_once([
        lambda: applying.send(one.application, by=one),
        lambda: save(other, "other", already_doing="Gerade noch"),
    ])  # fmt: skip

    application = Application.objects.get()
    assert application.status == "submitted"
    was_saved = isinstance(given[1], list)
    assert (application.already_doing == "Gerade noch") == was_saved
    assert ("Gerade noch" in Document.objects.get().html) == was_saved


def test_the_mailed_link_pressed_twice_at_once_arrives_once(pact):
    applicant = unproven()
    applying.send(applicant.application, by=applicant)
    path = path_of(OutgoingMail.objects.get(kind="application_started").link)
    clients = [Client(raise_request_exception=False) for _ in range(2)]

    with transaction.atomic():
        Application.objects.select_for_update().get()
        futures = started(*(lambda client=client: client.post(path).status_code for client in clients))

    assert [future.result() for future in futures] == [302, 302]
    assert OutgoingMail.objects.filter(kind="office_application").count() == Document.objects.count() == 1
    assert Application.objects.get().status == "submitted"


def test_a_link_that_is_closed_while_it_is_being_used_proves_nothing(pact):
    applicant = unproven()
    applying.send(applicant.application, by=applicant)
    path = path_of(OutgoingMail.objects.get(kind="application_started").link)
    client = Client(raise_request_exception=False)

    with transaction.atomic():
        Application.objects.select_for_update().get()
        [future] = started(lambda: client.post(path).status_code)
        applying.mend_address(applicant, "neu@musterbaeckerei.example")

    assert future.result() == 404
    assert Application.objects.get().status == "unconfirmed"


def test_an_application_proven_at_the_last_moment_is_not_forgotten(pact):
    applicant = unproven()
    applying.send(applicant.application, by=applicant)
    link = OutgoingMail.objects.get(kind="application_started").link
    now = timezone.now() + timedelta(days=31)

    with transaction.atomic():
        applying.prove(link)
        [future] = started(lambda: forgetting.delete_unconfirmed(now=now))

    assert future.result() == 0
    assert Application.objects.get().status == "submitted"


def test_a_draft_saved_at_the_last_moment_is_not_deleted(two):
    Application.objects.update(
        saved_at=timezone.now() - timedelta(days=90), warned_at=timezone.now() - timedelta(days=20)
    )

    with transaction.atomic():
        save(two[0], "one", already_doing="Doch noch")
        [future] = started(lambda: forgetting.delete_drafts(now=timezone.now()))

    assert future.result() == 0
    assert Application.objects.get().already_doing == "Doch noch"
