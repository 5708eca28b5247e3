"""The kinds of mail of this app: each has its words, and all its words can be filled in."""

import re

import pytest

from agreements.services import answering
from klimapakt.mailbox import kinds, rewording
from klimapakt.mailbox.kinds import EXAMPLES
from tests.factories.agreements import agreement_in
from tests.mail_texts import check_rendered, check_shipped, files_of, kinds_of, renderings, used_in

ALL = kinds_of("agreements")


def test_every_text_has_a_kind_and_every_kind_a_text():
    assert {kind.name for kind in ALL} == files_of("agreements")


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_shipped_text_can_be_filled_in(kind):
    check_shipped(kind)


def test_every_placeholder_is_used_by_some_text():
    offered = {name for kind in ALL for name in kind.placeholders}

    assert offered - {name for kind in ALL for name in used_in(kind)} == set()


@pytest.fixture
def cases(pact) -> None:
    """Something of everything that mails of this app are about."""
    answering.request_change(agreement_in("offered").newest_version(), "Bitte 50 Prozent.")
    agreement_in("declined")
    agreement_in("in_force")


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_text_reads_well_with_invented_and_with_real_values(kind, cases):
    found = renderings(kind)

    for rendered in found:
        check_rendered(rendered)
    assert len(found) > 1


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_the_examples_are_few_and_cheap(kind, cases, django_assert_max_num_queries):
    for _ in range(3):
        agreement_in("signed")

    with django_assert_max_num_queries(3):
        assert len(list(kind.examples())) <= EXAMPLES


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_no_text_puts_an_article_before_a_name_that_each_city_chooses(kind):
    before = re.findall(r"(\w+) \{vereinbarung\}", " ".join(rewording.shipped_texts(kind)))

    assert before == []


def test_a_code_cannot_be_left_out():
    assert kinds.get("agreement_code").needed == ["code"]
