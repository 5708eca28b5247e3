"""Every state × everything the office does with an application: what happens, written by hand."""

from collections.abc import Callable
from datetime import date, timedelta
from inspect import signature

import pytest
from django.utils import timezone

from klimapakt.states import NotPossible, StateMachine, TransitionNotAllowed
from partners.admin.application.actions import ACTIONS as BUTTONS_THERE
from partners.models import Application
from partners.services import applying, decision, questions, review, shown
from tests.factories import UserFactory
from tests.rows import all_rows, difference

# The state after the action; „-“: refused because the state does not allow it; „!“: refused with a reason.
# „proposed“ is in review, with a proposal of somebody else, where the pact wants two to decide.
MATRIX = """
                     draft unconfirmed submitted  in_review  proposed   query      accepted  rejected  withdrawn
start_review         -     -           in_review  -          -          -          -         -         -
assign               -     -           submitted  in_review  in_review  query      -         -         -
put_off              -     -           submitted  in_review  in_review  query      -         -         -
write_note           -     -           submitted  in_review  in_review  query      accepted  rejected  withdrawn
ask                  -     -           -          query      query      query      -         -         -
correct              -     -           submitted  in_review  in_review  query      -         -         -
record_step          -     -           submitted  in_review  in_review  query      -         -         -
accept               -     -           -          accepted   !          -          -         -         -
reject               -     -           -          rejected   !          -          -         -         -
propose_acceptance   -     -           -          in_review  -          -          -         -         -
propose_rejection    -     -           -          in_review  -          -          -         -         -
confirm              -     -           -          -          accepted   -          -         -         -
return_proposal      -     -           -          -          in_review  -          -         -         -
undo_decision        -     -           -          -          -          -          in_review in_review -
withdraw             -     -           withdrawn  withdrawn  withdrawn  withdrawn  -         -         -
send_link            -     -           submitted  in_review  in_review  query      accepted  rejected  withdrawn
"""

# The office's buttons: the state after pressing; „-“: the button is not offered, and its address does nothing.
BUTTONS = """
                         unconfirmed submitted  in_review  proposed   query      accepted  rejected  withdrawn
pruefen                  -           in_review  -          -          -          -         -         -
aufnehmen                -           -          accepted   -          -          -         -         -
aufnahme-vorschlagen     -           -          -          -          -          -         -         -
bestaetigen              -           -          -          accepted   -          -         -         -
zurueckgeben             -           -          -          in_review  -          -         -         -
rueckfrage               -           -          query      query      query      -         -         -
rueckfrage-zuruecknehmen -           -          -          -          in_review  -         -         -
antwort                  -           -          -          -          in_review  -         -         -
ablehnen                 -           -          rejected   -          -          -         -         -
ablehnung-vorschlagen    -           -          -          -          -          -         -         -
gespraech                -           submitted  in_review  in_review  query      -         -         -
absichtserklaerung       -           submitted  in_review  in_review  query      -         -         -
zuweisen                 -           submitted  in_review  in_review  query      -         -         -
wiedervorlage            -           submitted  in_review  in_review  query      -         -         -
wiedervorlage-erledigt   -           submitted  in_review  in_review  query      -         -         -
notiz                    -           submitted  in_review  in_review  query      accepted  rejected  withdrawn
zuruecknehmen            -           -          -          -          -          in_review in_review -
bestaetigung             unconfirmed -          -          -          -          -         -         -
link                     -           submitted  in_review  in_review  query      accepted  rejected  withdrawn
links-schliessen         -           -          -          -          -          -         -         -
zurueckziehen            -           withdrawn  withdrawn  withdrawn  withdrawn  -         -         -
"""

TWO = """
                         in_review  proposed
aufnehmen                -          -
aufnahme-vorschlagen     in_review  -
ablehnen                 -          -
ablehnung-vorschlagen    in_review  -
"""
"""Where two decide, these differ."""


def cells(table: str) -> list[tuple[str, str, str]]:
    """Return action, state and expected result of each cell."""
    states, *rows = (line.split() for line in table.strip().splitlines())
    return [(action, state, result) for action, *results in rows for state, result in zip(states, results, strict=True)]


REASON = "Ihr Sitz liegt nicht in der Stadt."
TOMORROW = timezone.localdate() + timedelta(days=1)

ACTIONS = {
    "start_review": lambda a, by: review.start_review(a, by=by),
    "assign": lambda a, by: review.assign(a, by, by=by),
    "put_off": lambda a, by: review.put_off(a, TOMORROW, by=by),
    "write_note": lambda a, by: review.write_note(a, "Sehr freundlich.", by=by),
    "ask": lambda a, by: questions.ask(a, [questions.Asked("Wie viele Standorte?")], by=by),
    "correct": lambda a, by: review.correct(a, {"name": "Berichtigt GmbH"}, shown={"name": a.name}, by=by),
    "record_step": lambda a, by: review.record_step(
        a, "orientation_talk", done_on=date(2026, 1, 2), document=None, note="", by=by
    ),
    "accept": lambda a, by: decision.accept(a, by=by),
    "reject": lambda a, by: decision.reject(a, REASON, by=by),
    "propose_acceptance": lambda a, by: decision.propose_acceptance(a, by=by),
    "propose_rejection": lambda a, by: decision.propose_rejection(a, REASON, by=by),
    "confirm": lambda a, by: decision.confirm(a, seen=shown.proposal(a), by=by),
    "return_proposal": lambda a, by: decision.return_proposal(a, seen=shown.proposal(a), by=by),
    "undo_decision": lambda a, by: decision.undo_decision(a, by=by),
    "withdraw": lambda a, by: applying.withdraw(a),
    "send_link": lambda a, by: review.send_link(a, by=by),
}


@pytest.fixture
def at(in_state, pact) -> Callable[[str], Application]:
    """Return an application in a state of the tables."""

    def at(state: str) -> Application:
        if state != "proposed":
            return in_state(state)
        pact.needs_second_person = True
        pact.save()
        application = in_state("in_review")
        decision.propose_acceptance(application, by=UserFactory(username="kollegin"))
        application.refresh_from_db()
        return application

    return at


def test_the_matrix_has_every_state_and_every_process():
    processes = {
        name
        for module in (review, decision)
        for name, function in vars(module).items()
        if getattr(function, "__module__", "") == module.__name__ and "by" in signature(function).parameters
        if not name.startswith("_")
    }

    states, actions = ({cell[n] for cell in cells(MATRIX)} for n in (1, 0))
    assert states >= set(Application.Status.values) - {"merged"}
    assert actions == set(ACTIONS)
    assert processes <= actions
    assert {action for action, _, _ in cells(BUTTONS)} == {action.name for action in BUTTONS_THERE}


@pytest.mark.parametrize(("action", "state", "expected"), cells(MATRIX))
def test_each_action_does_in_each_state_what_the_matrix_says(action, state, expected, at, office):
    application = at(state)
    before = all_rows()

    try:
        ACTIONS[action](application, office)
        refused = ""
    except TransitionNotAllowed:
        refused = "-"
    except NotPossible:
        refused = "!"

    application.refresh_from_db()
    if expected in ("-", "!"):
        assert refused == expected
        assert difference(before, all_rows()) == {}
    else:
        assert refused == ""
        assert application.status == expected
        assert all_rows() != before


def press(client, page: str, button: str):
    """Press a button as a person does: fill in, and where a mail is shown first, press again."""
    sent = {
        "text_1": "Wie viele Standorte?", "text": "Notiz", "reason": REASON, "done_on": "2026-01-02",
        "until": TOMORROW.isoformat(),
    }  # fmt: skip
    shown = client.get(page + button + "/")
    for _ in range(2):
        form = shown.context and shown.context.get("form")
        filled = {name: form[name].value() for name in form.fields} if form else {}
        own = {"text": filled["text"]} if "subject" in filled else {}
        given = {name: value for name, value in (filled | sent | own).items() if value is not None}
        given |= {name: "Zwei." for name in filled if name.startswith("answer_")}
        if "person" in filled:
            given["person"] = form.fields["person"].queryset[0].pk
        answer = client.post(page + button + "/", given)
        if answer.status_code != 200:
            return answer
        shown = answer
    return answer


@pytest.mark.parametrize(("button", "state", "expected", "by_two"), [
    *((*cell, False) for cell in cells(BUTTONS)), *((*cell, True) for cell in cells(TWO)),
])  # fmt: skip
def test_each_button_of_the_office_does_in_each_state_what_the_table_says(
    button, state, expected, by_two, at, office_client, pact
):
    application = at(state)
    pact.uses_orientation_talk = pact.uses_letter_of_intent = button in ("gespraech", "absichtserklaerung")
    pact.needs_second_person = by_two or state == "proposed"
    pact.save()
    if button == "wiedervorlage-erledigt":
        Application.objects.update(follow_up_on=TOMORROW)
    page = f"/admin/partners/application/{application.pk}/"
    before = all_rows()

    shown = office_client.get(page + "change/").content.decode()
    explained = office_client.get(page + button + "/")
    pressed = press(office_client, page, button)

    application.refresh_from_db()
    if expected == "-":
        assert pressed.status_code in (302, 409)  # with 409 the page gives back what was typed
        assert f'"{page}{button}/"' not in shown
        assert explained.status_code == 302
        assert difference(before, all_rows()) == {}
    else:
        assert pressed.status_code == 302
        assert f'"{page}{button}/"' in shown
        assert explained.status_code == 200
        assert application.status == expected
        assert all_rows() != before


@pytest.mark.parametrize(("state", "is_mended"), [
    ("submitted", True), ("in_review", True), ("query", True), ("accepted", False), ("rejected", False),
    ("withdrawn", False),
])  # fmt: skip
def test_the_office_mends_typos_only_while_an_application_is_under_way(state, is_mended, in_state, office_client):
    application = in_state(state)
    page = f"/admin/partners/application/{application.pk}/berichtigen/organisation/"
    shown = office_client.get(page)
    before = all_rows()
    form = shown.context and shown.context.get("form")
    filled = {name: form[name].value() for name in form.fields} if form else {}

    answer = office_client.post(
        page, {name: value for name, value in filled.items() if value is not None} | {"name": "Berichtigt GmbH"}
    )

    application.refresh_from_db()
    assert answer.status_code == 302
    assert application.status == state
    assert (application.name == "Berichtigt GmbH") is is_mended
    assert (difference(before, all_rows()) != {}) is is_mended


@pytest.mark.parametrize("state", ["draft", "unconfirmed"])
def test_what_the_office_may_not_read_it_cannot_mend(state, in_state, office_client):
    application = in_state(state)

    answer = office_client.get(f"/admin/partners/application/{application.pk}/berichtigen/organisation/")

    assert answer.status_code == 404


MOVES = [
    ("start_review", "submitted"), ("accept", "in_review"), ("reject", "in_review"),
    ("confirm", "proposed"), ("return_proposal", "proposed"), ("propose_acceptance", "in_review"),
    ("propose_rejection", "in_review"), ("undo_decision", "accepted"), ("undo_decision", "rejected"),
    ("withdraw", "submitted"), ("withdraw", "in_review"), ("withdraw", "query"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "state"), MOVES)
def test_a_stale_copy_cannot_move_an_application_twice(action, state, at, office):
    application = at(state)
    stale = Application.objects.get(pk=application.pk)
    ACTIONS[action](application, office)
    before = all_rows()

    with pytest.raises((TransitionNotAllowed, NotPossible)):
        ACTIONS[action](stale, office)

    assert difference(before, all_rows()) == {}


def test_without_the_guard_a_stale_copy_would_move_an_application_twice(in_state, office, monkeypatch):
    def unguarded(self, target, **changes):
        ours = {k: v for k, v in changes.items() if k not in ("only_from", "only_where")}
        type(self).objects.filter(pk=self.pk).update(**{self.STATE: target}, **ours)
        self.refresh_from_db()

    application = in_state("in_review")
    stale = Application.objects.get(pk=application.pk)
    decision.reject(application, REASON, by=office)
    monkeypatch.setattr(StateMachine, "_move_to", unguarded)

    applying.withdraw(stale)

    application.refresh_from_db()
    assert application.status == "withdrawn"  # decided and told, and yet moved on
