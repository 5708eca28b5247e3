"""Changing, calling off, reinstating and copying an event, and who hears of it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from events.models import Event, Registration
from events.services import event as service
from events.services import registration
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from tests.events.reading import text_of
from tests.factories import AgendaItemFactory, EventFactory, OrganisationFactory, PartnerFactory
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory
from tests.factories.mailbox import MAY_HAVE_LEFT, bring

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def crowd(meeting, join, ask):
    """One of each kind of person that can have to do with an event."""
    people = {
        "confirmed": join(meeting, seats=2),
        "waiting": join(meeting),
        "withdrawn": join(meeting),
        "open": InvitationFactory(event=meeting),
        "declined": InvitationFactory(event=meeting, declined=True),
        "unconfirmed": ask(meeting),
    }
    registration.withdraw(people["withdrawn"])
    meeting.refresh_from_db()
    OutgoingMail.objects.all().delete()
    return people


def addresses(crowd, *names):
    found = (crowd[name] for name in names)
    return sorted(one.email if isinstance(one, Registration) else one.contact.email for one in found)


def sent_to(mails, kind, **wanted):
    return sorted(mail.to_email for mail in mails(kind=kind, **wanted))


TOLD = ["confirmed", "waiting", "open"]


def test_who_counts_on_an_event_is_who_comes_who_waits_and_who_has_not_answered(meeting, crowd):
    audience = service.audience_of(meeting, now=timezone.now())

    assert sorted(one.email for one in audience.registrations) == addresses(crowd, "confirmed", "waiting")
    assert audience.invitations == [crowd["open"]]
    assert len(audience) == len(list(audience)) == 3


def test_another_place_is_told_to_everybody_who_counts_on_it(meeting, crowd, office, mails):
    told = service.change_event(meeting, {"venue": "Rathaus, Saal 2"}, by=office)

    assert told == 3
    assert sent_to(mails, "event_changed") == addresses(crowd, *TOLD)
    assert all("Wo: Rathaus, Saal 2" in mail.body and "bisher: Werkhalle 3" in mail.body for mail in mails())


def test_what_does_not_concern_them_is_told_to_nobody(meeting, crowd, office, mails):
    told = service.change_event(
        meeting, {"text": "Mehr dazu.", "teaser": "Neu", "seats_per_organisation": 3}, by=office
    )

    assert told == 0
    assert not mails()
    assert Event.objects.get().teaser == "Neu"


def test_a_change_of_a_draft_or_after_the_start_is_told_to_nobody(meeting, crowd, office, mails):
    with time_machine.travel(meeting.starts_at + timedelta(minutes=1)):
        assert service.change_event(meeting, {"venue": "Rathaus"}, by=office) == 0

    draft = MeetingFactory(status="draft")
    RegistrationFactory(event=draft)
    assert service.change_event(draft, {"venue": "Rathaus"}, by=office) == 0
    assert not mails()


def test_more_seats_go_to_who_waits(meeting, crowd, office, mails):
    service.change_event(meeting, {"capacity": 3}, by=office)

    assert Registration.objects.get(pk=crowd["waiting"].pk).is_confirmed
    assert sent_to(mails, "event_moved_up") == addresses(crowd, "waiting")


def test_an_event_without_a_limit_leaves_nobody_waiting(meeting, crowd, office):
    service.change_event(meeting, {"capacity": None}, by=office)

    assert not Registration.objects.filter(status="waiting").exists()


def test_fewer_seats_than_are_taken_are_refused(meeting, crowd, office):
    with pytest.raises(NotPossible, match="schon 2 Plätze vergeben"):
        service.change_event(meeting, {"capacity": 1}, by=office)

    assert Event.objects.get().capacity == 2


def test_a_date_that_is_not_exact_is_refused_once_people_count_on_it(meeting, crowd, office):
    with pytest.raises(NotPossible, match="Tag und Uhrzeit"):
        service.change_event(meeting, {"precision": "month", "ends_at": None}, by=office)


def test_only_the_named_fields_are_written(meeting, office):
    stale = Event.objects.get()
    service.change_event(meeting, {"teaser": "Eins"}, by=office)

    service.change_event(stale, {"venue": "Rathaus"}, by=office)

    assert (Event.objects.get().teaser, Event.objects.get().venue) == ("Eins", "Rathaus")


# --- Calling off and reinstating ----------------------------------------------------------------------------------------


@pytest.fixture
def time_to_think(pact):
    pact.undo_minutes = 5
    pact.save()


def test_a_cancellation_waits_for_the_time_to_think(meeting, crowd, office, mails, time_to_think):
    told = service.cancel_event(meeting, "Der Saal steht unter Wasser.", by=office)

    assert told == 3
    assert sent_to(mails, "event_cancelled", due_at__gt=timezone.now() + timedelta(minutes=4)) == addresses(
        crowd, *TOLD
    )
    assert all("Der Saal steht unter Wasser." in mail.body for mail in mails())
    assert Event.objects.get().is_cancelled


def test_a_cancellation_taken_back_in_time_is_never_heard_of(meeting, crowd, office, mails, time_to_think):
    service.cancel_event(meeting, by=office)

    told = service.reinstate_event(meeting, by=office)

    assert told == 0
    assert {(mail.kind, mail.status) for mail in mails()} == {("event_cancelled", "withdrawn")}
    assert Event.objects.get().status == "published"


def test_whoever_heard_of_the_cancellation_hears_that_it_is_off(meeting, crowd, office, mails, time_to_think):
    service.cancel_event(meeting, by=office)
    heard = OutgoingMail.objects.get(to_email=crowd["confirmed"].email)
    OutgoingMail.objects.filter(pk=heard.pk).update(status="sent", sent_at=timezone.now())

    told = service.reinstate_event(meeting, by=office)

    assert told == 1
    assert sent_to(mails, "event_reinstated") == [heard.to_email]


@pytest.mark.parametrize("state", MAY_HAVE_LEFT)
def test_only_whom_a_cancellation_may_have_reached_hears_that_it_is_off(state, meeting, crowd, office, mails):
    service.cancel_event(meeting, by=office)
    bring(OutgoingMail.objects.filter(to_email=crowd["confirmed"].email), state)
    planned = service.plan_reinstatement(meeting, now=timezone.now())

    told = service.reinstate_event(meeting, by=office)

    assert len(planned.guests) == told == MAY_HAVE_LEFT[state]
    assert sent_to(mails, "event_reinstated") == addresses(crowd, "confirmed")[:told]
    assert not any(
        mail.status in ("held", "queued", "retry", "failed", "bounced") for mail in mails(kind="event_cancelled")
    )


def test_a_second_cancellation_is_told_again(meeting, crowd, office, mails):
    service.cancel_event(meeting, by=office)
    service.reinstate_event(meeting, by=office)

    assert service.cancel_event(meeting, by=office) == 3
    assert len(mails(kind="event_cancelled", status="queued")) == 3


@pytest.mark.parametrize("state", ["queued", "retry", "in_flight", "handing_over"])
def test_a_cancellation_that_still_waits_allows_no_other_date(state, meeting, crowd, office, time_to_think):
    service.cancel_event(meeting, by=office)
    bring(OutgoingMail.objects.all(), "sent")
    bring(OutgoingMail.objects.filter(to_email=crowd["confirmed"].email), state)

    with pytest.raises(NotPossible, match="nehmen Sie zuerst die Absage zurück"):
        service.change_event(meeting, {"venue": "Rathaus"}, by=office)


def test_whoever_waited_moves_up_when_a_reinstated_event_has_grown(meeting, crowd, office):
    service.cancel_event(meeting, by=office)
    OutgoingMail.objects.update(status="sent", sent_at=timezone.now())
    service.change_event(meeting, {"capacity": 9}, by=office)
    assert Registration.objects.get(pk=crowd["waiting"].pk).is_waiting

    service.reinstate_event(meeting, by=office)

    assert Registration.objects.get(pk=crowd["waiting"].pk).is_confirmed


def test_who_moves_up_by_a_reinstatement_is_said_before(meeting, crowd, office, office_client):
    service.cancel_event(meeting, by=office)
    service.change_event(meeting, {"capacity": 4}, by=office)

    page = text_of(office_client.get(f"/admin/events/event/{meeting.pk}/absage-zuruecknehmen/"))

    assert f"1 Person bekommt eine Mail: {crowd['waiting'].name}." in page
    assert f"Von der Warteliste rücken nach: {crowd['waiting'].name}." in page
    assert service.reinstate_event(meeting, by=office) == 1


def test_mails_that_wait_are_taken_back_after_the_start_too(meeting, crowd, office, mails, time_to_think):
    with time_machine.travel(meeting.starts_at - timedelta(minutes=2)):
        service.cancel_event(meeting, by=office)

    with time_machine.travel(meeting.starts_at + timedelta(minutes=1)):
        service.reinstate_event(meeting, by=office)

    assert {mail.status for mail in mails(kind="event_cancelled")} == {"withdrawn"}


def test_whoever_heard_of_a_cancellation_hears_its_end_though_the_place_changed_meanwhile(
    meeting, crowd, office, mails
):
    service.cancel_event(meeting, by=office)
    OutgoingMail.objects.update(status="sent", sent_at=timezone.now())
    service.change_event(meeting, {"venue": "Rathaus"}, by=office)

    service.reinstate_event(meeting, by=office)

    assert sent_to(mails, "event_reinstated") == addresses(crowd, *TOLD)


def test_a_cancellation_that_nobody_heard_of_is_not_ended_for_those_who_heard_of_an_earlier_one(
    meeting, crowd, office, mails, time_to_think
):
    service.cancel_event(meeting, by=office)
    OutgoingMail.objects.update(status="sent", sent_at=timezone.now())
    service.reinstate_event(meeting, by=office)
    service.cancel_event(meeting, by=office)

    service.reinstate_event(meeting, by=office)

    assert len(mails(kind="event_reinstated")) == 3


def test_each_change_that_a_calendar_shows_has_a_number_whoever_is_told(pact, office):
    event, numbers = MeetingFactory(), []
    for act in (
        lambda: service.change_event(event, {"venue": "Rathaus"}, by=office),
        lambda: service.change_event(event, {"teaser": "Neu"}, by=office),
        lambda: service.cancel_event(event, by=office),
        lambda: service.change_event(event, {"title": "Neu"}, by=office),
        lambda: service.reinstate_event(event, by=office),
    ):
        act()
        numbers.append(Event.objects.get().sequence)

    assert numbers == [1, 1, 2, 3, 4]


def test_a_draft_needs_no_numbers(pact, office):
    draft = MeetingFactory(status="draft")

    service.change_event(draft, {"venue": "Rathaus"}, by=office)

    assert Event.objects.get().sequence == 0


def test_a_host_that_never_agreed_is_named_in_no_mail(meeting, crowd, office, mails):
    silent, public = OrganisationFactory(name="Verschwiegen GmbH"), PartnerFactory(listed=True).organisation

    told = [service.change_event(meeting, {"host": host}, by=office) for host in (silent, public)]

    assert told == [0, 3]
    assert all(f"Zu Gast bei: {public.name}" in mail.body for mail in mails())
    assert not any("Verschwiegen" in mail.body for mail in mails())


def test_a_past_event_is_cancelled_silently(meeting, crowd, office, mails):
    with time_machine.travel(meeting.ends_at + timedelta(days=1)):
        assert service.cancel_event(meeting, by=office) == 0

    assert not mails()


def test_a_cancellation_pressed_twice_is_one(meeting, crowd, office, mails):
    service.cancel_event(meeting, by=office)

    with pytest.raises(TransitionNotAllowed):
        service.cancel_event(meeting, by=office)

    assert len(mails(kind="event_cancelled")) == 3


@pytest.mark.parametrize("somebody", ["invited", "registered", "withdrawn"])
def test_an_event_somebody_has_to_do_with_is_not_made_a_draft_again(somebody, meeting, office, join):
    if somebody == "invited":
        InvitationFactory(event=meeting)
    else:
        one = join(meeting)
        if somebody == "withdrawn":
            registration.withdraw(one)

    with pytest.raises(NotPossible, match="nur absagen"):
        service.unpublish_event(meeting, by=office)

    assert Event.objects.get().status == "published"


def test_an_event_nobody_has_to_do_with_can_be_a_draft_again(meeting, office, ask):
    ask(meeting)

    service.unpublish_event(meeting, by=office)

    assert Event.objects.get().status == "draft"


# --- Copying ------------------------------------------------------------------------------------------------------------


def test_a_copy_is_a_draft_of_the_same_meeting_without_its_people(meeting, crowd, office):
    AgendaItemFactory(event=meeting, title="Begrüßung", position=1)
    Event.objects.update(participants=14, results="Gut.", registration_closes_at=meeting.starts_at - timedelta(days=2))
    Event.objects.update(is_invented=True)
    meeting.refresh_from_db()
    start = (meeting.starts_at + timedelta(days=7)).astimezone(BERLIN)

    copy = service.copy_event(meeting, start, by=office)

    copy.refresh_from_db()
    assert not copy.is_invented
    assert (copy.title, copy.venue, copy.capacity, copy.status) == (meeting.title, meeting.venue, 2, "draft")
    assert (copy.participants, copy.results, copy.sequence, copy.told_at) == (None, "", 0, None)
    assert copy.uid != meeting.uid
    assert copy.slug == f"{meeting.slug}-{start:%Y-%m-%d}"
    assert copy.ends_at - copy.starts_at == timedelta(hours=3)
    assert copy.starts_at - copy.registration_closes_at == timedelta(days=2)
    assert [item.title for item in copy.agenda.all()] == ["Begrüßung"]
    assert not copy.registrations.exists()
    assert not copy.invitations.exists()


def test_copies_of_copies_have_addresses_of_their_own(pact, office):
    event = EventFactory(slug="treffen-im-mai", published=True)
    start = datetime(2026, 5, 4, 14, tzinfo=BERLIN)

    first = service.copy_event(event, start, by=office)
    second = service.copy_event(first, start, by=office)

    assert (first.slug, second.slug) == ("treffen-im-mai-2026-05-04", "treffen-im-mai-2026-05-04-2")


def test_a_copy_keeps_its_hours_by_the_clock_on_the_wall(pact, office):
    """From winter to summer time, and over the night itself."""
    event = MeetingFactory(
        starts_at=datetime(2026, 1, 12, 14, tzinfo=BERLIN),
        ends_at=datetime(2026, 1, 12, 17, tzinfo=BERLIN),
        registration_closes_at=datetime(2026, 1, 11, 12, tzinfo=BERLIN),
    )

    copy = service.copy_event(event, datetime(2026, 3, 29, 14, tzinfo=BERLIN), by=office)

    assert copy.ends_at == datetime(2026, 3, 29, 17, tzinfo=BERLIN)
    assert copy.registration_closes_at == datetime(2026, 3, 28, 12, tzinfo=BERLIN)
