"""Codes by mail: eight digits, ten minutes, five tries, once, and only in the browser that asked."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from klimapakt.links import codes
from klimapakt.links.models import AccessLink
from klimapakt.states import NotPossible, TransitionNotAllowed
from tests.races import at_once


@pytest.fixture
def link(db) -> AccessLink:
    return AccessLink.issue("agreement", 1, email="erika@musterbaeckerei.example", valid_for=timedelta(days=1))


def browser() -> SimpleNamespace:
    """A request of a browser of its own."""
    return SimpleNamespace(session=SessionStore())


def wrong(code: codes.OneTimeCode) -> str:
    return f"{(int(code.digits()) + 1) % 10**8:08d}"


def test_the_mailed_digits_are_accepted_with_spaces_and_used_once(link):
    request = browser()
    code = codes.issue(request, link)
    digits = code.digits()
    assert len(digits) == 8
    assert digits.isdigit()

    found = codes.check(request, link, f" {digits[:4]} {digits[4:]} ")
    found.use()

    with pytest.raises(TransitionNotAllowed):
        found.use()
    with pytest.raises(codes.WrongCode, match="gilt nicht mehr"):
        codes.check(request, link, digits)


def test_no_table_holds_the_digits(link):
    code = codes.issue(browser(), link)

    assert code.digits() not in str(list(codes.OneTimeCode.objects.values()))


def test_the_fifth_wrong_try_is_the_last(link):
    request = browser()
    code = codes.issue(request, link)

    sentences = []
    for _ in range(6):
        with pytest.raises(codes.WrongCode) as refusal:
            codes.check(request, link, wrong(code))
        sentences.append(str(refusal.value))

    assert "noch 4 Versuche" in sentences[0]
    assert "noch einen Versuch" in sentences[3]
    assert sentences[4] == sentences[5] == codes.USED_UP
    with pytest.raises(codes.WrongCode):
        codes.check(request, link, code.digits())


@pytest.mark.parametrize("typed", ["", " ", "abcdefgh", "١٢٣٤٥٦٧٨", "1" * 10_000, "12345678'--", "\ud800"])
def test_what_is_no_code_counts_as_a_try_and_is_refused(typed, link):
    request = browser()
    codes.issue(request, link)

    with pytest.raises(codes.WrongCode):
        codes.check(request, link, typed)

    assert link.codes.get().tries == 1


def test_after_ten_minutes_the_code_has_ended(link):
    request = browser()
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        code = codes.issue(request, link)

    with time_machine.travel(now + timedelta(minutes=9, seconds=59), tick=False):
        assert codes.check(request, link, code.digits()) == code
    with time_machine.travel(now + timedelta(minutes=10), tick=False), pytest.raises(codes.WrongCode):
        codes.check(request, link, code.digits())


def test_a_code_belongs_to_the_browser_that_asked_for_it(link):
    code = codes.issue(browser(), link)

    with pytest.raises(codes.WrongCode):
        codes.check(browser(), link, code.digits())


def test_opening_the_link_again_while_reading_the_mail_keeps_the_code(link):
    request = browser()
    code = codes.issue(request, link)
    request.session.cycle_key()

    assert codes.check(request, link, code.digits()) == code


def test_a_code_of_one_link_opens_no_other(link):
    other = AccessLink.issue("agreement", 2, email=link.email, valid_for=timedelta(days=1))
    request = browser()
    code = codes.issue(request, link)
    codes.issue(request, other)

    with pytest.raises(codes.WrongCode):
        codes.check(request, other, code.digits())


def test_a_new_code_ends_the_one_before(link):
    request = browser()
    first = codes.issue(request, link)
    second = codes.issue(request, link)

    with pytest.raises(codes.WrongCode):
        codes.check(request, link, first.digits())
    assert codes.check(request, link, second.digits()) == second


def test_five_codes_an_hour_are_enough(link):
    request = browser()
    for _ in range(codes.CODES_AN_HOUR):
        codes.issue(request, link)

    with pytest.raises(NotPossible, match="in einer Stunde"):
        codes.issue(request, link)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        codes.issue(request, link)


def test_a_changed_key_still_takes_the_codes_of_the_old_one(link, settings):
    request = browser()
    digits = codes.issue(request, link).digits()
    settings.LINK_KEYS = ("neuer-schluessel-0123456789abcdefgh", *settings.LINK_KEYS)

    assert codes.check(request, link, digits)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_try_counts_even_when_many_guess_at_once():
    link = AccessLink.issue("agreement", 1, email="erika@musterbaeckerei.example", valid_for=timedelta(days=1))
    request = browser()
    code = codes.issue(request, link)

    def guess() -> str:
        try:
            codes.check(request, link, wrong(code))
        except codes.WrongCode as refusal:
            return str(refusal)

    at_once([guess] * 20)

    code.refresh_from_db()
    assert code.tries == 5


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_right_code_sent_twice_at_once_is_used_once():
    link = AccessLink.issue("agreement", 1, email="erika@musterbaeckerei.example", valid_for=timedelta(days=1))
    request = browser()
    code = codes.issue(request, link)

    def use() -> bool:
        try:
            codes.check(request, link, code.digits()).use()  # as a view does: the try is committed before
        except (codes.WrongCode, TransitionNotAllowed):
            return False
        return True

    assert sorted(at_once([use] * 5)) == [False] * 4 + [True]


def test_another_link_of_the_same_person_brings_no_more_codes(link):
    request = browser()
    for _ in range(codes.CODES_AN_HOUR):
        codes.issue(request, link)
    another = AccessLink.issue(link.purpose, link.object_id, email=link.email.upper(), valid_for=timedelta(days=1))
    somebody = AccessLink.issue(link.purpose, link.object_id, email="kim@x.example", valid_for=timedelta(days=1))

    with pytest.raises(NotPossible, match="in einer Stunde"):
        codes.issue(request, another)
    codes.issue(request, somebody)
