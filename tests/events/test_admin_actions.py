"""The buttons of an event: each says who gets a mail, and when, before anything happens."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event
from events.services import event as service
from tests.events.reading import text_of
from tests.factories import AgendaItemFactory, EventFactory
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory
from tests.partners.test_application_states import cells

pytestmark = pytest.mark.django_db

BUTTONS = """
                      draft      published  cancelled
veroeffentlichen      published  -          -
zurueckziehen         -          draft      -
absagen               -          cancelled  -
absage-zuruecknehmen  -          -          published
"""


@pytest.fixture
def meeting(pact) -> Event:
    """A meeting with one who comes, one who waits, one who was asked, and one who has said no."""
    meeting = MeetingFactory(title="Netzwerktreffen", capacity=1)
    RegistrationFactory(event=meeting, name="Erika Muster")
    RegistrationFactory(event=meeting, name="Mehmet Beispiel", waiting=True)
    InvitationFactory(event=meeting, contact__name="Olga Platzhalter")
    InvitationFactory(event=meeting, contact__name="Nein Danke", declined=True)
    return meeting


def page_of(event: Event, button: str) -> str:
    return f"/admin/events/event/{event.pk}/{button}/"


@pytest.mark.parametrize(("button", "state", "expected"), cells(BUTTONS))
def test_each_button_does_in_each_state_what_the_table_says(button, state, expected, pact, office_client):
    event = EventFactory(status=state)

    offered = f'href="{page_of(event, button)}"' in office_client.get(page_of(event, "change")).content.decode()
    pressed = office_client.post(page_of(event, button))

    event.refresh_from_db()
    assert pressed.status_code == 302
    assert offered == (expected != "-")
    assert event.status == (state if expected == "-" else expected)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Anmelden können sich alle."),
        ({"audience": "partners"}, "Anmelden kann sich, wen Sie danach einladen"),
        ({"takes_registrations": False}, "Eine Anmeldung ist nicht vorgesehen."),
    ],
)
def test_publishing_says_who_can_register(fields, sentence, pact, office_client):
    draft = MeetingFactory(status="draft", **fields)

    page = text_of(office_client.get(page_of(draft, "veroeffentlichen")))

    assert sentence in page
    assert "Es geht keine Mail heraus." in page


def test_an_event_with_people_cannot_be_hidden(meeting, office_client):
    page = office_client.get(page_of(meeting, "zurueckziehen"))
    pressed = office_client.post(page_of(meeting, "zurueckziehen"))

    assert "Sie können sie nur absagen." in text_of(page)
    assert 'type="submit" class="default"' not in page.content.decode()
    assert pressed.status_code == 200
    assert Event.objects.get().status == "published"


def test_calling_off_says_who_hears_of_it_and_when(meeting, pact, office_client):
    pact.undo_minutes = 5
    pact.save()

    page = text_of(office_client.get(page_of(meeting, "absagen")))

    assert "3 Personen bekommen eine Mail: Erika Muster, Mehmet Beispiel, Olga Platzhalter." in page
    assert "Die Mails gehen in 5 Minuten heraus; so lange können Sie die Absage zurücknehmen" in page
    assert "Nein Danke" not in page


def test_calling_off_tells_the_reason(meeting, office_client, mails):
    pressed = office_client.post(page_of(meeting, "absagen"), {"reason": "Der Saal ist gesperrt."}, follow=True)

    assert "Die Veranstaltung ist abgesagt. Eine Mail geht an 3 Personen." in text_of(pressed)
    assert [mail.kind for mail in mails()] == ["event_cancelled"] * 3
    assert all("Der Saal ist gesperrt." in mail.body for mail in mails())


def test_a_cancellation_nobody_has_heard_of_is_taken_back_in_silence(meeting, pact, office, office_client, mails):
    pact.undo_minutes = 5
    pact.save()
    service.cancel_event(meeting, by=office)

    page = text_of(office_client.get(page_of(meeting, "absage-zuruecknehmen")))
    pressed = office_client.post(page_of(meeting, "absage-zuruecknehmen"), follow=True)

    assert "Mails über die Absage, die noch warten, gehen nicht mehr heraus. Es geht keine Mail heraus." in page
    assert "Die Absage ist zurückgenommen. Es geht keine Mail heraus." in text_of(pressed)
    assert {mail.status for mail in mails()} == {"withdrawn"}


def test_whoever_has_heard_of_a_cancellation_hears_that_it_is_taken_back(meeting, office, office_client, mails):
    service.cancel_event(meeting, by=office)
    told = mails()[0]
    type(told).objects.filter(pk=told.pk).update(status="sent", sent_at=timezone.now())

    page = text_of(office_client.get(page_of(meeting, "absage-zuruecknehmen")))
    office_client.post(page_of(meeting, "absage-zuruecknehmen"))

    assert "1 Person bekommt eine Mail: Erika Muster." in page
    assert [mail.to_name for mail in mails(kind="event_reinstated")] == ["Erika Muster"]


def test_a_copy_is_a_draft_at_another_time_without_people(meeting, office_client, mails):
    AgendaItemFactory(event=meeting, title="Begrüßung")
    start = timezone.localtime() + timedelta(days=60)

    page = text_of(office_client.get(page_of(meeting, "kopieren")))
    pressed = office_client.post(page_of(meeting, "kopieren"), {"starts_at": f"{start:%Y-%m-%dT}14:30"})

    copy = Event.objects.exclude(pk=meeting.pk).get()
    assert "Es geht keine Mail heraus." in page
    assert pressed["Location"] == page_of(copy, "change")
    assert (copy.status, copy.title, copy.capacity) == ("draft", "Netzwerktreffen", 1)
    assert f"{timezone.localtime(copy.starts_at):%Y-%m-%d %H:%M}" == f"{start:%Y-%m-%d} 14:30"
    assert [item.title for item in copy.agenda.all()] == ["Begrüßung"]
    assert not copy.registrations.exists()
    assert mails() == []


@pytest.mark.parametrize("typed", ["", "morgen", "2020-01-01T14:00", "9999-12-31T23:59", "2027-03-28T02:30"])
def test_a_copy_asks_back_when_the_time_cannot_be_meant(typed, pact, office_client):
    event = EventFactory(published=True)

    pressed = office_client.post(page_of(event, "kopieren"), {"starts_at": typed})

    assert pressed.status_code == 422
    assert Event.objects.count() == 1


@pytest.mark.parametrize("button", ["veroeffentlichen", "zurueckziehen", "absagen", "absage-zuruecknehmen", "kopieren"])
def test_an_initial_partner_presses_no_button(button, pact, initial_partner_user, client):
    event = EventFactory(published=True)
    client.force_login(initial_partner_user)

    codes = [client.get(page_of(event, button)).status_code, client.post(page_of(event, button)).status_code]

    assert codes == [403, 403]
    assert button not in client.get(page_of(event, "change")).content.decode()
