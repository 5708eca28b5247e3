"""What all pages of the office have in common."""

from django.contrib.admin.models import LogEntry

from tests.factories import EventFactory


def test_a_button_leaves_its_trace_in_the_history_of_the_object(pact, office_client, office):
    event = EventFactory()

    office_client.post(f"/admin/events/event/{event.pk}/veroeffentlichen/")

    [entry] = LogEntry.objects.all()
    assert (entry.user, entry.object_id, entry.get_change_message()) == (office, str(event.pk), "Veröffentlichen.")
    assert "Veröffentlichen." in office_client.get(f"/admin/events/event/{event.pk}/history/").content.decode()


def test_a_button_that_does_nothing_leaves_no_trace(pact, office_client):
    event = EventFactory(published=True)

    office_client.post(f"/admin/events/event/{event.pk}/veroeffentlichen/")

    assert not LogEntry.objects.exists()
