"""Every state × every action of an agreement: what happens, written by hand."""

import pytest
from django.utils import timezone

from agreements.models import Agreement
from agreements.services import answering, binding, drafting, ending, offering
from klimapakt.states import NotPossible, StateMachine, TransitionNotAllowed
from tests.factories.agreements import agreement_in, record_from_paper, sign
from tests.partners.test_application_states import cells
from tests.rows import all_rows, difference

# The state after the action; „-“: refused because the state does not allow it; „!“: refused with a reason;
# „.“: there is no version yet that somebody could answer.
MATRIX = """
                    draft     offered   declined  signed    in_force  replaced  closed
draft_for           !         !         !         !         draft     draft     draft
take_template       !         -         -         -         -         -         -
offer               offered   -         -         -         -         -         -
take_back           -         draft     draft     draft     -         -         -
send_link           -         offered   -         -         -         -         -
send_code           .         offered   -         -         -         -         -
request_change      .         offered   -         -         -         -         -
decline             .         declined  -         -         -         -         -
sign                .         signed    -         -         -         -         -
countersign         .         -         -         in_force  -         -         -
record_from_paper   in_force  in_force  -         -         -         -         -
close               closed    closed    closed    closed    -         -         -
end                 -         -         -         -         in_force  -         -
"""

# The same after a draft has been taken back: its last version can no longer be answered.
TAKEN_BACK = """
                    draft
send_code           -
request_change      -
decline             -
sign                -
countersign         -
take_back           -
offer               offered
record_from_paper   in_force
close               closed
"""


class Browser:
    """As much of a request as codes need: a session."""

    def __init__(self):
        self.session = {}


def ask_for_code(agreement):
    version = agreement.newest_version()
    answering.send_code(version, request=Browser(), link=answering.mails.access_to(version))


ACTIONS = {
    "draft_for": lambda a, by: drafting.draft_for(a.partner, by=by),
    "take_template": lambda a, by: drafting.take_template(a, by=by),
    "offer": lambda a, by: offering.offer(a, a.partner.organisation.contacts.get(), by=by),
    "take_back": lambda a, by: offering.take_back(a, by=by),
    "send_link": lambda a, by: offering.send_link(a, by=by),
    "send_code": lambda a, by: ask_for_code(a),
    "request_change": lambda a, by: answering.request_change(a.newest_version(), "Bitte 50 Prozent."),
    "decline": lambda a, by: answering.decline(a.newest_version(), "Zu teuer."),
    "sign": lambda a, by: sign(a.newest_version()),
    "countersign": lambda a, by: binding.countersign(a, sha256=a.newest_version().sha256, by=by),
    "record_from_paper": lambda a, by: record_from_paper(a, by=by),
    "close": lambda a, by: ending.close(a, reason="Die Firma zieht weg.", by=by),
    "end": lambda a, by: ending.end(a, last_day=timezone.localdate(), reason="Auf Wunsch der Firma.", by=by),
}

ISSUED = {"links_accesslink", "links_onetimecode", "django_session"}
"""What the test itself makes before it tries to sign."""


def test_the_matrix_has_every_state_and_every_process():
    processes = {
        name
        for module in (answering, binding, drafting, ending, offering)
        for name, function in vars(module).items()
        if getattr(function, "__module__", "") == module.__name__ and not name.startswith("_") and name.islower()
    }

    assert {state for _, state, _ in cells(MATRIX)} == set(Agreement.Status.values)
    assert {action for action, _, _ in cells(MATRIX)} == set(ACTIONS)
    # What changes no state: questions, and what the links app, the admin and offering itself call.
    assert processes - set(ACTIONS) == {
        "copy_template", "editable", "end_offer", "freeze", "note_opening", "obstacles", "obstacles_to_countersign",
        "obstacles_to_paper", "of_nobody", "others_in_force", "statement",
    }  # fmt: skip


@pytest.mark.parametrize(("action", "state", "expected"), [cell for cell in cells(MATRIX) if cell[2] != "."])
def test_each_action_does_in_each_state_what_the_matrix_says(action, state, expected, pact, office):
    attempt(action, agreement_in(state), expected, office)


@pytest.mark.parametrize(("action", "state", "expected"), cells(TAKEN_BACK))
def test_what_was_taken_back_waits_for_nobody(action, state, expected, pact, office):
    agreement = agreement_in("offered")
    offering.take_back(agreement, by=office)

    attempt(action, Agreement.objects.get(), expected, office)


def attempt(action, agreement, expected, office):
    before = all_rows(without=ISSUED)

    try:
        result = ACTIONS[action](agreement, office)
        refused = ""
    except TransitionNotAllowed:
        refused = "-"
    except NotPossible:
        refused = "!"

    agreement.refresh_from_db()
    if expected in ("-", "!"):
        assert refused == expected
        assert difference(before, all_rows(without=ISSUED)) == {}
    else:
        assert refused == ""
        assert (result if action == "draft_for" else agreement).status == expected
        assert all_rows(without=ISSUED) != before


MOVES = [
    ("offer", "draft"), ("take_back", "offered"), ("take_back", "declined"), ("take_back", "signed"),
    ("decline", "offered"), ("sign", "offered"), ("countersign", "signed"),
    ("record_from_paper", "draft"), ("record_from_paper", "offered"), ("close", "draft"), ("close", "signed"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "state"), MOVES)
def test_a_stale_copy_cannot_move_an_agreement_twice(action, state, pact, office):
    agreement = agreement_in(state)
    stale = Agreement.objects.get()
    ACTIONS[action](agreement, office)
    before = all_rows(without=ISSUED)

    with pytest.raises(TransitionNotAllowed):
        ACTIONS[action](stale, office)

    assert difference(before, all_rows(without=ISSUED)) == {}


def test_without_the_guard_a_stale_copy_would_move_an_agreement_twice(pact, office, monkeypatch):
    def unguarded(self, target, **changes):
        type(self).objects.filter(pk=self.pk).update(**{self.STATE: target})
        self.refresh_from_db()

    agreement = agreement_in("offered")
    stale = Agreement.objects.get()
    agreement.decline()
    monkeypatch.setattr(StateMachine, "_move_to", unguarded)

    stale.sign()

    assert Agreement.objects.get().status == "signed"  # declined, and yet signed
