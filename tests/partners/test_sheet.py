"""An application as people read it."""

import pytest

from partners import sheet
from partners.models import Application, Partner, ProfileProposal


@pytest.mark.parametrize(("ticked", "words"), [(True, "ja"), (False, "")])
def test_a_wish_that_nobody_ticked_is_not_read_as_a_no(ticked, words):
    assert sheet.in_words("wants_concept", ticked) == words


def test_a_promise_that_is_not_given_is_a_no():
    assert sheet.in_words("supports_goal", False) == "nein"


def test_the_profile_text_may_be_as_long_in_the_application_as_later():
    longest = {
        model._meta.get_field(name).max_length
        for model, name in ((Application, "profile_text"), (Partner, "text"), (ProfileProposal, "text"))
    }

    assert longest == {1500}
