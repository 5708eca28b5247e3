"""The office changes an event: who is told, what is asked, and what is never overwritten."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event
from events.services import reminder
from tests.bad_input.form import Page, admin_form
from tests.events.reading import text_of
from tests.factories import AgendaItemFactory, EventFactory
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(pact) -> Event:
    """A meeting at a full minute, as people type it."""
    return MeetingFactory(starts_at=timezone.now().replace(second=0, microsecond=0) + timedelta(days=14), capacity=30)


def test_a_change_of_the_place_is_saved_only_after_the_office_has_agreed_to_the_mails(meeting, office_client, mails):
    RegistrationFactory(event=meeting, name="Erika Muster")
    InvitationFactory(event=meeting, contact__name="Max Beispiel")
    form = admin_form(office_client, meeting)

    asked = form.send(venue="Anderer Saal 1")

    page = text_of(asked)
    assert asked.status_code == 200
    assert "Diese Änderung betrifft 2 Personen" in page
    assert "Erika Muster, Max Beispiel" in page
    assert "Wo Werkhalle 3, Musterstraße 1 Anderer Saal 1" in page
    assert 'value="Anderer Saal 1"' in asked.content.decode()
    assert Event.objects.get().venue == meeting.venue
    assert mails() == []

    saved = form.send(venue="Anderer Saal 1", notify="on")

    assert saved.status_code == 302
    assert Event.objects.get().venue == "Anderer Saal 1"
    assert sorted(mail.to_name for mail in mails(kind="event_changed")) == ["Erika Muster", "Max Beispiel"]


def test_what_was_typed_beside_the_place_is_kept_while_the_form_asks(meeting, office_client):
    AgendaItemFactory(event=meeting, title="Begrüßung")
    RegistrationFactory(event=meeting)
    form = admin_form(office_client, meeting)

    asked = form.send(venue="Anderer Saal 1", teaser="Neuer Kurztext", **{"agenda-0-title": "Rundgang"})

    page = asked.content.decode()
    assert "Neuer Kurztext" in page
    assert 'value="Rundgang"' in page
    assert meeting.agenda.get().title == "Begrüßung"


def test_a_new_date_survives_the_question(meeting, office_client, mails):
    RegistrationFactory(event=meeting)
    form = admin_form(office_client, meeting)
    later, ends = (timezone.localtime(time) + timedelta(days=7) for time in (meeting.starts_at, meeting.ends_at))
    day = {"starts_at_0": f"{later:%d.%m.%Y}", "ends_at_0": f"{ends:%d.%m.%Y}"}

    asked = form.send(**day)
    wrong = office_client.post(form.path, typed_in(asked) | {"capacity": "viele", "notify": "on"})
    saved = office_client.post(form.path, typed_in(wrong) | {"capacity": "30", "notify": "on"})

    assert [asked.status_code, wrong.status_code, saved.status_code] == [200, 200, 302]
    assert Event.objects.get().starts_at == later
    assert [mail.kind for mail in mails()] == ["event_changed"]


def typed_in(page) -> dict[str, object]:
    """Return what a browser sends when the form of a page is sent as it stands."""
    return Page(page.content.decode()).sent


def test_of_many_people_the_form_names_ten(meeting, office_client):
    for number in range(12):
        RegistrationFactory(event=meeting, name=f"Gast {number:02d}")

    page = text_of(admin_form(office_client, meeting).send(title="Ein anderer Titel"))

    assert "Diese Änderung betrifft 12 Personen" in page
    assert "Gast 09 und 2 weitere." in page
    assert "Gast 10" not in page


@pytest.mark.parametrize(
    "changes",
    [{"teaser": "Neu"}, {"text": "Neu"}, {"capacity": "40"}, {"kind": "workshop"}, {"remind_days_before": "3"}],
)
def test_a_change_that_nobody_needs_to_know_is_saved_at_once(changes, meeting, office_client, mails):
    RegistrationFactory(event=meeting)

    saved = admin_form(office_client, meeting).send(**changes)

    assert saved.status_code == 302
    assert mails() == []
    ((field, value),) = changes.items()
    assert str(getattr(Event.objects.get(), field)) == value


def test_a_reminder_that_would_be_due_at_once_is_said_before(office_client, pact, mails):
    meeting = MeetingFactory(starts_at=timezone.now().replace(second=0, microsecond=0) + timedelta(days=4))
    long_ago = timezone.now() - timedelta(days=30)
    RegistrationFactory(event=meeting, name="Erika Muster", accepted_at=long_ago, seated_at=long_ago)
    form = admin_form(office_client, meeting)

    asked = form.send(remind_days_before="7")
    saved = form.send(remind_days_before="7", notify="on")

    assert "Die Erinnerung wird sofort fällig und geht an: Erika Muster." in text_of(asked)
    assert saved.status_code == 302
    assert reminder.send_due(now=timezone.now()) == 1


def test_a_slip_in_the_title_may_be_mended_without_a_mail(meeting, office_client, mails):
    RegistrationFactory(event=meeting)
    form = admin_form(office_client, meeting)

    asked = form.send(title="Netzwerktreffen im Mai")
    saved = form.send(title="Netzwerktreffen im Mai", notify="off")

    assert "Ohne Mail sichern" in text_of(asked)
    assert saved.status_code == 302
    assert (Event.objects.get().title, Event.objects.get().sequence) == ("Netzwerktreffen im Mai", 1)
    assert mails() == []


def test_any_other_change_is_told(meeting, office_client, mails):
    RegistrationFactory(event=meeting)
    form = admin_form(office_client, meeting)

    asked = form.send(title="Neuer Titel", venue="Anderer Saal 1", notify="off")

    assert "Ohne Mail sichern" not in text_of(asked)
    assert Event.objects.get().venue == meeting.venue


def test_a_date_that_was_cleared_is_an_error_and_no_question(meeting, office_client):
    RegistrationFactory(event=meeting)

    refused = admin_form(office_client, meeting).send(starts_at_0="", starts_at_1="", ends_at_0="", ends_at_1="")

    assert "Bitte geben Sie den Beginn an" in text_of(refused)
    assert "Diese Änderung betrifft" not in text_of(refused)
    assert Event.objects.get().starts_at == meeting.starts_at


@pytest.mark.parametrize("state", ["draft", "published"])
def test_without_anybody_to_tell_the_form_asks_nothing(state, pact, office_client, mails):
    meeting = MeetingFactory(status=state)

    saved = admin_form(office_client, meeting).send(venue="Anderer Saal 1")

    assert saved.status_code == 302
    assert Event.objects.get().venue == "Anderer Saal 1"
    assert mails() == []


def test_fewer_seats_than_are_taken_are_an_error_at_the_field(meeting, office_client):
    RegistrationFactory(event=meeting, seats=2)

    refused = admin_form(office_client, meeting).send(capacity="1")

    assert refused.status_code == 200
    assert refused.context["adminform"].form.errors == {
        "capacity": ["Es sind schon 2 Plätze vergeben. Weniger sind erst möglich, wenn sich Personen abmelden."]
    }
    assert Event.objects.get().capacity == 30


def test_more_seats_go_to_those_who_wait_once_the_office_has_agreed_to_the_mails(meeting, office_client, mails):
    RegistrationFactory(event=meeting, waiting=True, name="Erika Muster")
    Event.objects.update(capacity=1)
    RegistrationFactory(event=meeting)
    form = admin_form(office_client, meeting)

    asked = form.send(capacity="2")

    assert "Von der Warteliste rücken nach und bekommen eine Mail: Erika Muster." in text_of(asked)
    assert "1 Person per Mail benachrichtigen" in text_of(asked)
    assert mails() == []

    form.send(capacity="2", notify="on")

    assert set(meeting.registrations.values_list("status", flat=True)) == {"confirmed"}
    assert [mail.kind for mail in mails()] == ["event_moved_up"]


def test_the_day_must_stay_known_once_somebody_comes(meeting, office_client):
    RegistrationFactory(event=meeting)

    refused = admin_form(office_client, meeting).send(precision="day", ends_at_0="", ends_at_1="")

    assert "Bitte geben Sie Tag und Uhrzeit an" in text_of(refused)
    assert Event.objects.get().precision == "time"


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(meeting, office_client):
    form = admin_form(office_client, meeting)
    Event.objects.update(venue="Von der Kollegin geändert", status="cancelled")

    saved = form.send(teaser="Mein Kurztext")

    meeting.refresh_from_db()
    assert saved.status_code == 302
    assert (meeting.venue, meeting.teaser) == ("Von der Kollegin geändert", "Mein Kurztext")
    assert meeting.status == "cancelled"


def test_two_changes_of_the_same_field_are_noticed(meeting, office_client):
    form = admin_form(office_client, meeting)
    Event.objects.update(venue="Von der Kollegin geändert")

    refused = form.send(venue="Von mir geändert")

    assert refused.status_code == 200
    assert "Jemand hat diese Angabe inzwischen geändert." in text_of(refused)
    assert Event.objects.get().venue == "Von der Kollegin geändert"


def test_saving_without_a_change_writes_nothing(meeting, office_client, mails):
    RegistrationFactory(event=meeting)

    saved = admin_form(office_client, meeting).send()

    assert saved.status_code == 302
    assert mails() == []
    assert Event.objects.get().sequence == 0


@pytest.mark.parametrize(("state", "is_fixed"), [("draft", False), ("published", True), ("cancelled", True)])
def test_the_address_of_a_page_is_fixed_once_it_was_public(state, is_fixed, pact, office_client):
    meeting = MeetingFactory(status=state)

    admin_form(office_client, meeting).send(slug="neue-adresse")

    assert Event.objects.get().slug == (meeting.slug if is_fixed else "neue-adresse")


def test_a_new_event_is_a_draft_with_its_agenda(pact, office_client):
    form = typed_in(office_client.get("/admin/events/event/add/"))

    saved = office_client.post(
        "/admin/events/event/add/",
        form
        | {"title": "Netzwerktreffen", "slug": "netzwerktreffen", "starts_at_0": "01.12.2027", "starts_at_1": "14:00"}
        | {"agenda-0-title": "Begrüßung"},
    )

    event = Event.objects.get()
    assert saved.status_code == 302
    assert (event.status, event.when) == ("draft", "Mittwoch, 1. Dezember 2027, 14\u00a0Uhr")
    assert event.agenda.get().title == "Begrüßung"


def test_the_page_shows_how_many_come(meeting, office_client):
    RegistrationFactory(event=meeting, seats=2)
    RegistrationFactory(event=meeting, waiting=True)
    InvitationFactory(event=meeting)
    InvitationFactory(event=meeting, declined=True)

    page = text_of(office_client.get(f"/admin/events/event/{meeting.pk}/change/"))

    assert "Stand veröffentlicht Angemeldet 2 von 30 Warteliste 1 Eingeladen 2 Ohne Antwort 1" in page


def test_an_initial_partner_sees_numbers_and_no_name(meeting, initial_partner_user, client):
    RegistrationFactory(event=meeting, name="Erika Muster")
    client.force_login(initial_partner_user)

    page = client.get(f"/admin/events/event/{meeting.pk}/change/")
    listed = client.get("/admin/events/event/")

    assert "Angemeldet 1 von 30" in text_of(page)
    assert "1 von 30" in text_of(listed)
    for answer in (page, listed):
        assert "Erika Muster" not in answer.content.decode()
        assert "einladen/" not in answer.content.decode()
        assert "rueckmeldungen/" not in answer.content.decode()


def test_the_list_finds_events_by_time_and_words(pact, office_client):
    EventFactory(title="Bald", starts_at=timezone.now() + timedelta(days=1))
    EventFactory(title="Später", starts_at=timezone.now() + timedelta(days=30))
    EventFactory(title="Vorbei", past=True, venue="Sternwarte")

    def titles(query: str) -> list[str]:
        page = office_client.get(f"/admin/events/event/{query}").content.decode()
        return re.findall(r'<th class="field-title"><a [^>]*>([^<]*)</a>', page)

    assert titles("") == ["Später", "Bald", "Vorbei"]
    assert titles("?wann=kommend") == ["Bald", "Später"]
    assert titles("?wann=vergangen") == ["Vorbei"]
    assert titles("?q=sternwarte") == ["Vorbei"]


def test_the_list_says_how_many_come_and_wait(pact, office_client):
    meeting = MeetingFactory(capacity=2)
    RegistrationFactory(event=meeting, seats=2)
    RegistrationFactory(event=meeting, waiting=True)

    assert "2 von 2, 1 warten" in text_of(office_client.get("/admin/events/event/"))
