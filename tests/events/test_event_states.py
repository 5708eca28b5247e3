"""Every state × every action of an event, written by hand."""

import pytest

from events.models import Event
from klimapakt.states import TransitionNotAllowed
from tests.factories import EventFactory
from tests.partners.test_application_states import cells
from tests.rows import all_rows, difference

MATRIX = """
            draft      published  cancelled
publish     published  -          -
unpublish   -          draft      -
cancel      -          cancelled  -
reinstate   -          -          published
"""

# What the public gets at the address of the event.
PUBLIC = {"draft": 404, "published": 200, "cancelled": 200}


@pytest.mark.parametrize(("action", "state", "expected"), cells(MATRIX))
def test_each_action_does_in_each_state_what_the_matrix_says(action, state, expected, db):
    event = EventFactory(status=state)
    before = all_rows()

    if expected == "-":
        with pytest.raises(TransitionNotAllowed):
            getattr(event, action)()
        assert difference(before, all_rows()) == {}
    else:
        getattr(event, action)()
        assert Event.objects.get().status == expected


@pytest.mark.parametrize(("state", "code"), PUBLIC.items())
def test_the_public_sees_what_was_published_and_what_was_cancelled_after_that(state, code, pact, client):
    event = EventFactory(status=state)

    pages = {
        "own": client.get(event.get_absolute_url()).status_code,
        "list": event.title in client.get("/veranstaltungen/").content.decode(),
        "start": event.title in client.get("/").content.decode(),
        "sitemap": event.slug in client.get("/sitemap.xml").content.decode(),
    }

    assert pages == {"own": code, "list": code == 200, "start": code == 200, "sitemap": code == 200}


def test_a_cancelled_event_says_so_on_every_page(pact, client):
    event = EventFactory(status="cancelled")

    pages = [client.get(path).content.decode() for path in ("/", "/veranstaltungen/", event.get_absolute_url())]

    for page in pages:
        assert "bgesagt" in page


def test_a_stale_copy_cannot_move_an_event_twice(db):
    event = EventFactory(published=True)
    stale = Event.objects.get()
    event.cancel()

    with pytest.raises(TransitionNotAllowed):
        stale.unpublish()

    assert Event.objects.get().status == "cancelled"
