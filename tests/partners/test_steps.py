"""The table of steps: it has every answer once, and says how far a draft is."""

import pytest

from partners import steps
from partners.forms import step_texts
from partners.forms.steps import StepForm
from partners.models import Application
from partners.models.answers import Answers
from tests.factories import ApplicationFactory


def test_every_answer_of_the_model_stands_in_one_step():
    columns = {field.name for field in Answers._meta.get_fields()} - {"trade_secrets"}

    assert sorted(steps.FIELDS) == sorted(columns)


def test_every_answer_has_its_place_on_a_page():
    for step in steps.STEPS:
        placed = [name for _, rows in step_texts.GROUPS[step.slug] for row in rows for name in
                  ([row] if isinstance(row, str) else row if isinstance(row, tuple) else [])]  # fmt: skip
        assert set(step.fields) - set(placed) == set(), step.slug


@pytest.mark.parametrize("step", steps.STEPS, ids=lambda step: step.slug)
def test_the_summary_of_errors_follows_the_page(step, pact):
    form = StepForm(step=step, application=ApplicationFactory(), pact=pact, pen=None)

    assert list(form.fields) == [pointer.name for pointer in form.helper.layout.get_field_names()]


def test_what_is_needed_says_what_to_do_when_it_is_missing():
    needed = {field for step in steps.STEPS for field in step.needed}

    assert needed - set(step_texts.REQUIRED) == set()


def test_texts_are_for_fields_that_exist():
    known = {*steps.FIELDS, "sector_search", "orders_newsletter"}

    assert {*step_texts.LABELS, *step_texts.HELP, *step_texts.REQUIRED, *step_texts.AUTOFILL} - known == set()


@pytest.mark.parametrize("field", sorted({field for step in steps.STEPS for field in step.needed} - {"kind"}))
def test_each_needed_answer_is_missed(field, pact):
    application = ApplicationFactory()
    empty = Application._meta.get_field(field).get_default()
    setattr(application, field, empty)

    assert [one.field for one in steps.missing(application)] == [field]


def test_a_complete_draft_misses_nothing(pact):
    assert steps.missing(ApplicationFactory()) == []


def test_progress_costs_one_query(pact, django_assert_num_queries):
    application = ApplicationFactory()

    with django_assert_num_queries(1):
        found = steps.progress(application)

    assert [one.step for one in found] == list(steps.STEPS)
