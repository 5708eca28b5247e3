"""Every state × every action of an application: what happens, written by hand."""

from datetime import date, timedelta

import pytest
from django.test import Client

from klimapakt.links.models import AccessLink
from klimapakt.states import NotPossible, StateMachine, TransitionNotAllowed
from partners import access
from partners.models import Application
from partners.services import joining
from tests.rows import all_rows, difference

# The state after the action; „-“: refused because the state does not allow it; „!“: refused with a reason.
MATRIX = """
                     unconfirmed submitted  in_review  query      accepted  rejected  withdrawn
confirm              submitted   -          -          -          -         -         -
mend_address         unconfirmed -          -          -          -         -         -
resend_confirmation  unconfirmed -          -          -          -         -         -
start_review         -           in_review  -          -          -         -         -
ask                  -           -          query      -          -         -         -
answer               -           -          -          in_review  -         -         -
correct              -           submitted  in_review  query      -         -         -
record_step          -           submitted  in_review  query      -         -         -
accept               -           -          accepted   -          -         -         -
reject               -           -          rejected   -          -         -         -
undo_decision        -           -          -          -          in_review in_review -
withdraw             -           withdrawn  withdrawn  withdrawn  -         -         -
send_link            -           submitted  in_review  query      accepted  rejected  withdrawn
"""

# The office's buttons: the state after pressing; „-“: the button is not offered, and its address does nothing.
BUTTONS = """
                     unconfirmed submitted  in_review  query      accepted  rejected  withdrawn
pruefen              -           in_review  -          -          -         -         -
aufnehmen            -           -          accepted   -          -         -         -
rueckfrage           -           -          query      -          -         -         -
gespraech            -           submitted  in_review  query      -         -         -
absichtserklaerung   -           submitted  in_review  query      -         -         -
ablehnen             -           -          rejected   -          -         -         -
zuruecknehmen        -           -          -          -          in_review in_review -
bestaetigung         unconfirmed -          -          -          -         -         -
link                 -           submitted  in_review  query      accepted  rejected  withdrawn
"""

# The buttons and forms of the company's own page.
COMPANY = """
                     submitted  in_review  query      accepted  rejected  withdrawn
antwort              -          -          in_review  -         -         -
zurueckziehen        withdrawn  withdrawn  withdrawn  -         -         -
"""

OFFICE_FORM = {
    "name": "Berichtigte Bäckerei GmbH", "kind": "company", "street": "Backstraße 3", "postal_code": "12345",
    "place": "Musterstadt", "sector": "C", "employees": "25", "contact_name": "Erika Muster",
    "contact_function": "Inhaberin", "contact_email": "erika@musterbaeckerei.example",
    "signatory_name": "Erika Muster", "signatory_function": "Inhaberin",
}  # fmt: skip


def cells(table: str) -> list[tuple[str, str, str]]:
    """Return action, state and expected result of each cell."""
    states, *rows = (line.split() for line in table.strip().splitlines())
    return [(action, state, result) for action, *results in rows for state, result in zip(states, results, strict=True)]


ACTIONS = {
    "confirm": lambda a, by: joining.confirm(
        AccessLink.issue(access.CONFIRM, a.pk, email=a.contact_email, valid_for=timedelta(days=1))
    ),
    "mend_address": lambda a, by: joining.mend_address(a, "neu@musterbaeckerei.example"),
    "resend_confirmation": lambda a, by: joining.resend_confirmation(a, by=by),
    "start_review": lambda a, by: joining.start_review(a, by=by),
    "ask": lambda a, by: joining.ask(a, "Wie viele Standorte?", by=by),
    "answer": lambda a, by: joining.answer(a, "Zwei."),
    "correct": lambda a, by: joining.correct(a, {"name": "Berichtigt GmbH"}, version=a.version, by=by),
    "record_step": lambda a, by: joining.record_step(
        a, "orientation_talk", done_on=date(2026, 1, 2), document=None, note="", by=by
    ),
    "accept": lambda a, by: joining.accept(a, by=by),
    "reject": lambda a, by: joining.reject(a, "Ihr Sitz liegt nicht in der Stadt.", by=by),
    "undo_decision": lambda a, by: joining.undo_decision(a, by=by),
    "withdraw": lambda a, by: joining.withdraw(a),
    "send_link": lambda a, by: joining.send_link(a, by=by),
}


def test_the_matrix_has_every_state_and_every_process():
    states = {state for _, state, _ in cells(MATRIX)}
    actions = {action for action, _, _ in cells(MATRIX)}

    processes = {
        name
        for name, function in vars(joining).items()
        if getattr(function, "__module__", "") == joining.__name__ and not name.startswith("_")
    }

    assert states == set(Application.Status.values)
    assert actions == set(ACTIONS)
    assert processes - actions == {"submit", "missing_steps", "known_organisation", "delete_unconfirmed"}


@pytest.mark.parametrize(("action", "state", "expected"), cells(MATRIX))
def test_each_action_does_in_each_state_what_the_matrix_says(action, state, expected, in_state, office):
    application = in_state(state)
    if action == "confirm":  # an old link of the kind that the mail carries
        AccessLink.objects.to(access.CONFIRM, application.pk).delete()
    before = all_rows(without={"links_accesslink"} if action == "confirm" else ())

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
        assert difference(before, all_rows(without={"links_accesslink"} if action == "confirm" else ())) == {}
    else:
        assert refused == ""
        assert application.status == expected
        assert all_rows() != before


@pytest.mark.parametrize(("button", "state", "expected"), cells(BUTTONS))
def test_each_button_of_the_office_does_in_each_state_what_the_table_says(
    button, state, expected, in_state, office_client, pact
):
    application = in_state(state)
    pact.uses_orientation_talk = pact.uses_letter_of_intent = button in ("gespraech", "absichtserklaerung")
    pact.save()
    page = f"/admin/partners/application/{application.pk}/"
    before = all_rows()

    offered = f'href="{page}{button}/"' in office_client.get(page + "change/").content.decode()
    explained = office_client.get(page + button + "/")
    pressed = office_client.post(
        page + button + "/", {"text": "Wie viele Standorte?", "reason": "Nicht in der Stadt.", "done_on": "2026-01-02"}
    )

    application.refresh_from_db()
    assert pressed.status_code == 302
    if expected == "-":
        assert not offered
        assert explained.status_code == 302
        assert difference(before, all_rows()) == {}
    else:
        assert offered
        assert explained.status_code == 200
        assert application.status == expected
        assert all_rows() != before


@pytest.mark.parametrize(("form", "state", "expected"), cells(COMPANY))
def test_each_form_of_the_company_does_in_each_state_what_the_table_says(form, state, expected, in_state, open_link):
    application, client = in_state(state), Client()
    open_link(client, joining.mails.application_access(application))
    before = all_rows()

    offered = f'action="/mein-klimapakt/antrag/{form}/"' in client.get("/mein-klimapakt/antrag/").content.decode()
    sent = client.post(f"/mein-klimapakt/antrag/{form}/", {"answer": "Zwei."})

    application.refresh_from_db()
    assert sent.status_code == 302
    if expected == "-":
        assert not offered
        assert difference(before, all_rows()) == {}
    else:
        assert offered
        assert application.status == expected


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("unconfirmed", 403),
        ("submitted", 302),
        ("in_review", 302),
        ("query", 302),
        ("accepted", 403),
        ("rejected", 403),
        ("withdrawn", 403),
    ],
)
def test_the_office_mends_typos_only_while_an_application_is_under_way(state, code, in_state, office_client):
    application = in_state(state)
    before = all_rows()

    answer = office_client.post(
        f"/admin/partners/application/{application.pk}/change/", {**OFFICE_FORM, "version": application.version}
    )

    assert answer.status_code == code
    application.refresh_from_db()
    if code == 302:
        assert application.name == "Berichtigte Bäckerei GmbH"
        assert application.status == state
    else:
        assert difference(before, all_rows()) == {}


MOVES = [
    ("confirm", "unconfirmed"), ("start_review", "submitted"), ("ask", "in_review"), ("answer", "query"),
    ("accept", "in_review"), ("reject", "in_review"), ("undo_decision", "accepted"), ("undo_decision", "rejected"),
    ("withdraw", "submitted"), ("withdraw", "in_review"), ("withdraw", "query"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "state"), MOVES)
def test_a_stale_copy_cannot_move_an_application_twice(action, state, in_state, office):
    application = in_state(state)
    stale = Application.objects.get(pk=application.pk)
    ACTIONS[action](application, office)
    without = {"links_accesslink"} if action == "confirm" else ()
    before = all_rows(without=without)

    with pytest.raises((TransitionNotAllowed, NotPossible)):
        ACTIONS[action](stale, office)

    assert difference(before, all_rows(without=without)) == {}


def test_without_the_guard_a_stale_copy_would_move_an_application_twice(in_state, office, monkeypatch):
    def unguarded(self, target, **changes):
        type(self).objects.filter(pk=self.pk).update(**{self.STATE: target}, **changes)
        self.refresh_from_db()

    application = in_state("in_review")
    stale = Application.objects.get(pk=application.pk)
    joining.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=office)
    monkeypatch.setattr(StateMachine, "_move_to", unguarded)

    joining.withdraw(stale)

    application.refresh_from_db()
    assert application.status == "withdrawn"  # decided and told, and yet moved on
