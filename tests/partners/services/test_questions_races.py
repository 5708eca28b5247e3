"""Two people of a company, or the office too, at the same questions at the same moment."""

import pytest
from django.db import transaction

from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application
from partners.services import questions, review
from partners.services.questions import Asked, Reply
from tests.factories import ApplicantFactory
from tests.races import at_once, started, together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

PEOPLE = 5


@pytest.fixture
def reviewed(in_state) -> Application:
    return in_state("in_review")


@pytest.fixture
def people(reviewed) -> list:
    return [
        ApplicantFactory(application=reviewed, name=f"Kim {n}", email=f"kim{n}@musterbaeckerei.example")
        for n in range(PEOPLE)
    ]


def test_of_several_answers_at_once_none_is_lost(reviewed, people, office):
    [asked] = questions.ask(reviewed, [Asked("Wie viele Standorte?")], by=office)

    given = at_once([
        lambda n=n, one=one: questions.answer(Application.objects.get(), [Reply(asked.pk, f"Antwort {n}.")], by=one)
        for n, one in enumerate(people)
    ])  # fmt: skip

    asked.refresh_from_db()
    assert given == [[]] * PEOPLE
    assert [n for n in range(PEOPLE) if f"Antwort {n}." not in asked.answer] == []
    assert asked.answer.count("Ergänzung von") == PEOPLE - 1
    assert Application.objects.get().status == "in_review"


def test_without_the_lock_an_answer_would_be_lost(reviewed, people, office, monkeypatch):
    """The control: the same answers at once, each written onto what it had read before."""
    [asked] = questions.ask(reviewed, [Asked("Wie viele Standorte?")], by=office)
    monkeypatch.setattr(Application, "locked", lambda application: Application.objects.get(pk=application.pk))
    monkeypatch.setattr(questions, "_said", together(questions._said, PEOPLE))

    at_once([
        lambda n=n, one=one: questions.answer(Application.objects.get(), [Reply(asked.pk, f"Antwort {n}.")], by=one)
        for n, one in enumerate(people)
    ])  # fmt: skip

    asked.refresh_from_db()
    assert len([n for n in range(PEOPLE) if f"Antwort {n}." in asked.answer]) == 1


def test_the_last_two_answers_at_once_tell_the_office_once(reviewed, people, office):
    first, second = questions.ask(reviewed, [Asked("Wie viele Standorte?"), Asked("Seit wann?")], by=office)

    at_once([
        lambda: questions.answer(Application.objects.get(), [Reply(first.pk, "Zwei.")], by=people[0]),
        lambda: questions.answer(Application.objects.get(), [Reply(second.pk, "Immer.")], by=people[1]),
    ])  # fmt: skip

    assert Application.objects.get().status == "in_review"
    assert OutgoingMail.objects.filter(kind="office_answer").count() == 1


def test_two_who_mend_the_same_field_at_once_do_not_overwrite_each_other(reviewed, people, office):
    [asked] = questions.ask(reviewed, [Asked("Wo?", "street")], by=office)
    shown = reviewed.street

    given = at_once([
        lambda n=n: questions.answer(
            Application.objects.get(), [Reply(asked.pk, "", f"Straße {n}", shown)], by=people[n]
        )
        for n in range(2)
    ])  # fmt: skip

    [lost] = [conflicts[0] for conflicts in given if conflicts]
    assert lost.value == Application.objects.get().street
    assert Application.objects.get().version == 2


def test_the_office_that_mends_while_the_company_answers_is_told(reviewed, people, office):
    [asked] = questions.ask(reviewed, [Asked("Wo?", "street")], by=office)

    with transaction.atomic():
        said = [Reply(asked.pk, "", "Neue Straße 1", reviewed.street)]
        questions.answer(Application.objects.get(), said, by=people[0])
        [future] = started(
            lambda: review.correct(
                Application.objects.get(), {"street": "Alte Straße 1"}, shown={"street": reviewed.street}, by=office
            )
        )

    assert [conflict.field for conflict in future.result()] == ["street"]
    assert Application.objects.get().street == "Neue Straße 1"


def test_a_question_taken_back_while_it_is_answered_loses_no_answer(reviewed, people, office):
    [asked] = questions.ask(reviewed, [Asked("Wie viele Standorte?")], by=office)

    with transaction.atomic():
        Application.objects.select_for_update().get()
        back, answer = started(
            lambda: questions.take_back(Application.objects.get(), [asked.pk], by=office),
            lambda: questions.answer(Application.objects.get(), [Reply(asked.pk, "Zwei.")], by=people[0]),
        )

    assert answer.result() == []
    asked.refresh_from_db()
    assert asked.answer == "Zwei."
    assert type(back.exception()).__name__ in ("TransitionNotAllowed", "NoneType")
