"""Whom the office reaches around an event: who comes, who waits, and who was invited and has said nothing."""

import pytest

from events import access
from klimapakt.mailbox import audiences
from klimapakt.mailbox.wording import render
from tests.factories import ContactFactory, EventFactory, OrganisationFactory
from tests.factories.events import InvitationFactory, MeetingFactory, PartnerContactFactory, RegistrationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(pact):
    return MeetingFactory(title="Netzwerktreffen Wärme")


def found(audience: str, **choices) -> list[audiences.Recipient]:
    offered = audiences.get(audience)
    sent = {name: value if isinstance(value, list) else [str(value)] for name, value in choices.items()}
    form = offered.form(sent)
    assert form.is_valid(), form.errors
    return offered.recipients(form.cleaned_data)


def names(audience: str, **choices) -> list[str]:
    return [recipient.name for recipient in found(audience, **choices)]


def test_guests_are_those_with_seats_and_on_wish_those_who_wait(meeting):
    for name, traits in (("Anna", {}), ("Bernd", {"waiting": True}), ("Carla", {"cancelled": True}),
                         ("Dora", {"unconfirmed": True})):  # fmt: skip
        RegistrationFactory(event=meeting, name=name, **traits)
    RegistrationFactory(name="Anderswo")

    assert names("event-guests", event=meeting.pk, states=["confirmed"]) == ["Anna"]
    assert names("event-guests", event=meeting.pk, states=["waiting"]) == ["Bernd"]
    assert names("event-guests", event=meeting.pk, states=["confirmed", "waiting"]) == ["Anna", "Bernd"]
    assert audiences.get("event-guests").first_choices() == {"states": ["confirmed"]}


def test_the_reminder_goes_to_organisations_of_which_nobody_has_answered(meeting):
    InvitationFactory(event=meeting, contact__name="Ganz Still")
    InvitationFactory(event=meeting, declined=True, contact__name="Sagt Ab")
    comes = InvitationFactory(event=meeting, contact__name="Kommt Schon")
    RegistrationFactory(
        event=meeting, contact=comes.contact, organisation=comes.contact.organisation,
        email=comes.contact.email, name=comes.contact.name,
    )  # fmt: skip
    InvitationFactory(
        event=meeting,
        contact=ContactFactory(name="Kollege Von Kommt", organisation=comes.contact.organisation, is_main=False),
    )

    assert names("event-unanswered", event=meeting.pk, who="silent") == ["Ganz Still"]
    assert sorted(names("event-unanswered", event=meeting.pk, who="all")) == ["Ganz Still", "Kollege Von Kommt"]


def test_only_events_with_such_people_can_be_chosen(meeting):
    RegistrationFactory(event=meeting)
    past = InvitationFactory(event=MeetingFactory(past=True)).event
    empty = EventFactory(published=True)

    def accepts(audience: str, event, **more) -> bool:
        return audiences.get(audience).form({"event": [str(event.pk)], **more}).is_valid()

    assert accepts("event-guests", meeting, states=["confirmed"])
    assert not accepts("event-guests", empty, states=["confirmed"])
    assert not accepts("event-unanswered", past, who=["silent"])
    assert accepts("event-unanswered", InvitationFactory(event=meeting).event, who=["silent"])


def test_guests_of_a_partner_are_listed_under_its_name_of_today(meeting):
    contact = PartnerContactFactory(organisation=OrganisationFactory(name="Neuer Name GmbH"))
    RegistrationFactory(
        event=meeting, contact=contact, organisation=contact.organisation, name="Anna", organisation_name="Alter Name"
    )
    RegistrationFactory(event=meeting, name="Bernd", organisation_name="Musterverein")

    guests = found("event-guests", event=meeting.pk, states=["confirmed"])

    assert [guest.organisation for guest in guests] == ["Neuer Name GmbH", "Musterverein"]
    assert [guest.context["organisation"] for guest in guests] == ["Neuer Name GmbH", "Musterverein"]


def test_the_event_is_named_with_its_date(meeting):
    RegistrationFactory(event=meeting)

    form = audiences.get("event-guests").form_class()

    assert f"Netzwerktreffen Wärme ({meeting.when})" in str(form["event"])


@pytest.mark.parametrize(
    ("audience", "purpose"), [("event-guests", access.REGISTRATION), ("event-unanswered", access.INVITATION)]
)
def test_the_text_knows_the_event_and_the_link_is_the_persons_own(audience, purpose, meeting, settings):
    guest = RegistrationFactory(event=meeting) if audience == "event-guests" else InvitationFactory(event=meeting)
    offered = audiences.get(audience)
    choices = {**offered.first_choices(), "event": meeting.pk}
    [recipient] = found(audience, **choices)

    rendered = render(
        offered.kind, recipient.context, text=("{veranstaltung}", "{name}, {organisation}\n{wann}\n{ort}\n{seite}")
    )
    link = recipient.link()

    assert rendered.subject == "Netzwerktreffen Wärme"
    assert rendered.text.splitlines()[1:4] == [
        meeting.when,
        meeting.venue,
        f"{settings.PORTAL_BASE_URL}{meeting.get_absolute_url()}",
    ]
    assert f'href="{rendered.text.splitlines()[3]}"' in rendered.html
    assert "„Netzwerktreffen Wärme“" in rendered.reason
    assert (link.purpose, link.object_id) == (purpose, guest.pk)
    assert recipient.about == guest


@pytest.mark.parametrize("audience", ["event-guests", "event-unanswered"])
def test_the_list_takes_the_same_queries_for_any_number_of_people(audience, meeting, django_assert_max_num_queries):
    for _ in range(5):
        RegistrationFactory(event=meeting, organisation=PartnerContactFactory().organisation)
        InvitationFactory(event=meeting)
    choices = {**audiences.get(audience).first_choices(), "event": meeting.pk}

    with django_assert_max_num_queries(3):
        assert len(found(audience, **choices)) == 5
