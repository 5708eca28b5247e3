"""The kinds of mail of this app: each has its words, and all its words can be filled in."""

import pytest

from klimapakt.mailbox import kinds, rewording
from klimapakt.mailbox.kinds import EXAMPLES
from klimapakt.mailbox.models import Topic, shown
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory
from tests.mail_texts import check_rendered, check_shipped, files_of, kinds_of, renderings, used_in

ALL = kinds_of("events")

USEFUL = {"wo", "organisation"}
"""Placeholders that no shipped text needs and an office may well want."""


def test_every_text_has_a_kind_and_every_kind_a_text():
    assert {kind.name for kind in ALL} == files_of("events")


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_shipped_text_can_be_filled_in(kind):
    check_shipped(kind)


def test_every_placeholder_is_used_by_some_text_or_useful():
    offered = {name for kind in ALL for name in kind.placeholders}

    assert offered - {name for kind in ALL for name in used_in(kind)} == USEFUL


@pytest.fixture
def guests(pact) -> None:
    """People in every state, at events with much and with little known about them."""
    for meeting in (MeetingFactory(teaser="Kurz gesagt."), MeetingFactory(venue="", seats_per_organisation=1)):
        RegistrationFactory(event=meeting, by_contact=True)
        RegistrationFactory(event=meeting, waiting=True, seats=2)
        RegistrationFactory(event=meeting, cancelled=True, organisation_name="")
        InvitationFactory(event=meeting)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_text_reads_well_with_invented_and_with_real_values(kind, guests):
    found = renderings(kind)

    for rendered in found:
        check_rendered(rendered)
    assert len(found) > 2


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_the_examples_are_few_and_cheap(kind, guests, django_assert_max_num_queries):
    RegistrationFactory.create_batch(6)

    with django_assert_max_num_queries(3):
        assert len(list(kind.examples())) <= EXAMPLES


def test_a_registration_whose_address_nobody_proved_is_no_example(pact):
    RegistrationFactory(unconfirmed=True, name="Verschwiegen")

    labels = [example.label for kind in ALL for example in kind.examples()]

    assert not any("Verschwiegen" in label for label in labels)


@pytest.mark.parametrize("name", ["event_confirm", "event_unknown_address"])
def test_a_mail_to_an_unproven_address_can_hold_no_word_from_the_form(name):
    of_person = {"name", "organisation", "teilnehmende", "plaetze", "mehrere"}

    assert kinds.get(name).allowed.keys() & of_person == set()


def test_only_an_invitation_can_be_unsubscribed_from():
    assert {kind.name: kind.topic for kind in ALL if kind.topic} == {"event_invitation": Topic.INVITATION}


@pytest.mark.parametrize(
    ("had_seats", "by_office", "is_ahead", "is_open", "said", "not_said"),
    [
        (True, False, True, True, "Ihre Abmeldung erhalten. Die Plätze sind", "Stimmt das nicht?"),
        (True, False, True, False, "Die angehängte Datei nimmt", "Können Sie doch kommen?"),
        (True, True, True, True, "wir haben Sie abgemeldet. Die Plätze sind", "Ihre Abmeldung erhalten"),
        (True, True, False, False, "Stimmt das nicht?", "Die Plätze sind"),
        (False, False, True, True, "wir haben Sie von der Warteliste genommen.\n", "Die angehängte Datei"),
        (False, True, True, False, "wir haben Sie von der Warteliste genommen.\n", "abgemeldet."),
    ],
)
def test_whoever_does_not_come_reads_what_holds_for_them(
    had_seats, by_office, is_ahead, is_open, said, not_said, guests
):
    kind = kinds.get("event_withdrawn")
    example = next(iter(kind.examples()))
    stand = {"had_seats": had_seats, "by_office": by_office, "is_ahead": is_ahead, "is_open": is_open}

    rendered = rewording.render(kind, rewording.shipped_texts(kind), kinds.Example("", {**example.context, **stand}))

    check_rendered(rendered)
    text = shown(rendered.text)
    assert said in text
    assert not_said not in text
    assert ("[persönlicher Link]" in text) == is_open
