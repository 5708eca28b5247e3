"""The office invites: it chooses people, sees how many and one of the mails, and sends once."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.admin import inviting
from klimapakt.mailbox import addresses, optout
from klimapakt.mailbox.models import Topic
from tests.events.reading import text_of
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(pact):
    return MeetingFactory(title="Netzwerktreffen Wärme")


def page_of(event, rest: str = "") -> str:
    return f"/admin/events/event/{event.pk}/einladen/{rest}"


def person(name: str, **fields) -> object:
    """A contact of a new Klimapartner."""
    organisation = fields.pop("organisation", None) or PartnerFactory(listed=True).organisation
    return ContactFactory(name=name, organisation=organisation, **fields)


def boxes(response) -> dict[int, bool]:
    """Return the people one can tick, and whether they are ticked."""
    tags = re.findall(
        r'<input type="checkbox" name="contact" value="(\d+)"[^>]*?( checked)?>', response.content.decode()
    )
    return {int(pk): bool(checked) for pk, checked in tags}


def test_the_main_contact_of_each_klimapartner_is_ticked(meeting, office_client):
    main = person("Erika Muster")
    second = person("Zora Zweite", organisation=main.organisation, is_main=False)

    assert boxes(office_client.get(page_of(meeting))) == {main.pk: True, second.pk: False}
    assert boxes(office_client.get(page_of(meeting, "?auswahl=alle"))) == {main.pk: True, second.pk: True}
    assert boxes(office_client.get(page_of(meeting, "?auswahl=niemand"))) == {main.pk: False, second.pk: False}


def test_whoever_is_there_for_events_is_ticked_in_place_of_the_main_contact(meeting, office_client):
    main = person("Erika Muster")
    others = [
        person(name, organisation=main.organisation, is_main=False, is_for_events=is_for_events)
        for name, is_for_events in (("Anna Andere", False), ("Vera Veranstaltung", True), ("Zora Zweite", True))
    ]
    andere, vera, zora = others
    alone = person("Max Beispiel")

    page = office_client.get(page_of(meeting, f"?q={main.organisation}"))

    assert list(boxes(page).items()) == [(vera.pk, True), (zora.pk, True), (main.pk, False), (andere.pk, False)]
    assert boxes(office_client.get(page_of(meeting)))[alone.pk]
    assert set(boxes(office_client.get(page_of(meeting, "?auswahl=alle"))).values()) == {True}
    assert set(boxes(office_client.get(page_of(meeting, "?auswahl=niemand"))).values()) == {False}


def test_a_role_for_events_without_an_address_ticks_the_main_contact(meeting, office_client):
    main = person("Erika Muster")
    person("Vera Veranstaltung", organisation=main.organisation, is_main=False, is_for_events=True, email="")

    assert boxes(office_client.get(page_of(meeting))) == {main.pk: True}


def test_only_klimapartner_with_an_address_can_be_invited(meeting, office_client):
    person("Ohne Adresse", email="")
    ContactFactory(name="Noch kein Klimapartner", organisation=PartnerFactory().organisation)
    ContactFactory(name="Gar kein Partner")

    page = office_client.get(page_of(meeting))

    assert boxes(page) == {}
    assert "Noch gibt es keinen Klimapartner mit einer Ansprechperson" in text_of(page)


def test_the_filter_shows_some_of_them(meeting, office_client):
    baker = person("Erika Muster", organisation=PartnerFactory(listed=True, organisation__name="Bäckerei").organisation)
    builder = person(
        "Max Muster", organisation=PartnerFactory(listed=True, organisation__sector="F", text="Wir bauen.").organisation
    )

    assert list(boxes(office_client.get(page_of(meeting, "?q=bäck")))) == [baker.pk]
    assert list(boxes(office_client.get(page_of(meeting, "?branche=F")))) == [builder.pk]
    assert "keinen Klimapartner" in text_of(office_client.get(page_of(meeting, "?q=gibt-es-nicht")))


@pytest.mark.parametrize("query", ["?branche=%27&auswahl=x&q=%00", "?q=" + "a" * 500, "?auswahl=", "?branche=Z"])
def test_the_filter_takes_anything(query, meeting, office_client):
    person("Erika Muster")

    assert office_client.get(page_of(meeting, query)).status_code in (200, 400)


def test_whoever_is_invited_or_registered_cannot_be_ticked(meeting, office_client):
    invited = InvitationFactory(event=meeting, contact__name="Schon Eingeladen")
    coming = RegistrationFactory(event=meeting, by_contact=True, contact__name="Schon Angemeldet")

    page = office_client.get(page_of(meeting))

    assert boxes(page) == {}
    assert f"Schon Eingeladen eingeladen am {invited.invited_at.day}." in text_of(page)
    assert "Schon Angemeldet schon angemeldet" in text_of(page)
    assert coming.contact.name in text_of(page)


@pytest.fixture
def unreachable():
    """Two people whom no invitation would reach: unsubscribed, and nothing arrives."""
    no_thanks = person("Nora Nein-Danke", email="Nein@firma.example")
    gone = person("Gerd Weg", email="weg@firma.example")
    optout.add("nein@firma.example", Topic.INVITATION)
    addresses.flag("weg@firma.example", "Der Mailserver kennt diese Adresse nicht.")
    return [no_thanks, gone]


def test_whoever_would_get_no_mail_is_shown_with_the_reason_and_cannot_be_ticked(meeting, office_client, unreachable):
    one = person("Erika Muster")

    page = office_client.get(page_of(meeting))

    assert list(boxes(page)) == [one.pk]
    assert "– Nora Nein-Danke Hat diese Mails abbestellt." in text_of(page)
    assert "– Gerd Weg Der Mailserver kennt diese Adresse nicht." in text_of(page)


def test_whoever_would_get_no_mail_is_in_no_preview(meeting, office_client, unreachable):
    one = person("Erika Muster")
    ids = [one.pk, *(contact.pk for contact in unreachable)]

    page = text_of(office_client.post(page_of(meeting), {"contact": ids}))

    assert "1 Person aus 1 Organisation bekommt eine Mail" in page
    assert "Nora" not in page
    assert "Gerd" not in page
    assert office_client.post(page_of(meeting), {"contact": ids[1:]}).status_code == 422


def test_whoever_unsubscribed_after_the_preview_is_not_invited(meeting, office_client, unreachable, mails):
    one = person("Erika Muster")
    ids = {"chosen": ",".join(str(contact.pk) for contact in (one, *unreachable))}

    page = text_of(office_client.post(page_of(meeting, "senden/"), ids, follow=True))

    assert "1 Einladung geht heraus." in page
    assert "Nicht eingeladen: 2 Personen." in page
    assert [invitation.contact for invitation in meeting.invitations.all()] == [one]
    assert [mail.to_email for mail in mails()] == [one.email]
    assert all(not contact.organisation.timeline.exists() for contact in unreachable)


def test_an_unsubscribed_newsletter_is_no_reason_not_to_invite(meeting, office_client):
    one = person("Erika Muster")
    optout.add(one.email, Topic.NEWSLETTER)

    assert list(boxes(office_client.get(page_of(meeting)))) == [one.pk]


def test_the_preview_says_how_many_and_shows_one_mail_and_sends_nothing(meeting, office_client, mails):
    first, second = person("Erika Muster"), person("Max Beispiel")
    third = person("Zora Zweite", organisation=first.organisation, is_main=False)

    preview = office_client.post(page_of(meeting), {"contact": [first.pk, second.pk, third.pk]})

    page = text_of(preview)
    assert preview.status_code == 200
    assert "3 Personen aus 2 Organisationen bekommen je eine Mail" in page
    assert "So liest sie Erika Muster" in page
    assert "Netzwerktreffen Wärme" in page
    assert "[persönlicher Link]" in page
    assert "3 Einladungen senden" in preview.content.decode()
    assert mails() == []
    assert not meeting.invitations.exists()


def test_sending_twice_makes_one_invitation_and_one_mail_each(meeting, office, office_client, mails):
    people = [person("Erika Muster"), person("Max Beispiel")]
    chosen = {"chosen": ",".join(str(one.pk) for one in people)}

    first = office_client.post(page_of(meeting, "senden/"), chosen, follow=True)
    second = office_client.post(page_of(meeting, "senden/"), chosen, follow=True)

    assert "2 Einladungen gehen heraus." in text_of(first)
    assert "0 neue, 2 waren schon eingeladen oder angemeldet." in text_of(second)
    assert first.redirect_chain[-1][0] == f"/admin/events/event/{meeting.pk}/rueckmeldungen/"
    assert set(meeting.invitations.values_list("contact", "invited_by")) == {(one.pk, office.pk) for one in people}
    assert sorted(mail.to_email for mail in mails()) == sorted(one.email for one in people)


def test_without_a_tick_the_page_comes_back(meeting, office_client):
    one = person("Erika Muster")

    page = office_client.post(page_of(meeting))

    assert page.status_code == 422
    assert "Bitte kreuzen Sie mindestens eine Person an." in text_of(page)
    assert boxes(page) == {one.pk: False}


def test_the_way_back_from_the_preview_keeps_the_ticks(meeting, office_client):
    chosen, other = person("Erika Muster"), person("Max Beispiel")

    page = office_client.post(page_of(meeting), {"chosen": str(chosen.pk), "back": "1"})

    assert page.status_code == 200
    assert boxes(page) == {chosen.pk: True, other.pk: False}


@pytest.mark.parametrize("sent", ["", "abc", "-1", "1e3", "9" * 40, "0,,0", "\u0661"])
@pytest.mark.parametrize(("rest", "name"), [("", "contact"), ("senden/", "chosen")])
def test_whatever_else_is_sent_invites_nobody(sent, rest, name, meeting, office_client, mails):
    person("Erika Muster")

    answer = office_client.post(page_of(meeting, rest), {name: sent})

    assert answer.status_code in (302, 422)
    assert mails() == []
    assert not meeting.invitations.exists()


def test_somebody_who_is_no_klimapartner_cannot_be_slipped_in(meeting, office_client, mails):
    stranger = ContactFactory(name="Gar kein Partner")

    preview = office_client.post(page_of(meeting), {"contact": stranger.pk})
    sent = office_client.post(page_of(meeting, "senden/"), {"chosen": stranger.pk})

    assert (preview.status_code, sent.status_code) == (422, 302)
    assert mails() == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"status": "draft"}, "noch nicht veröffentlicht"),
        ({"status": "cancelled"}, "ist abgesagt"),
        ({"takes_registrations": False}, "Eine Anmeldung über diese Seite ist nicht vorgesehen."),
    ],
)
def test_an_event_that_takes_nobody_invites_nobody(fields, sentence, pact, office_client, mails):
    event = MeetingFactory(**fields)
    one = person("Erika Muster")

    page = office_client.get(page_of(event))
    sent = office_client.post(page_of(event, "senden/"), {"chosen": one.pk}, follow=True)

    assert sentence in text_of(page)
    assert sentence in text_of(sent)
    assert mails() == []


def test_more_people_than_a_form_can_carry_come_with_the_next_sending(meeting, office_client, monkeypatch):
    monkeypatch.setattr(inviting, "MOST_AT_ONCE", 2)
    for number in range(3):
        person(f"Person {number}")

    page = office_client.get(page_of(meeting))

    assert len(boxes(page)) == 2
    assert "1 weitere" in text_of(page)


def test_the_pages_need_the_same_queries_for_1_and_for_30_people(meeting, office_client):
    needed = []
    for rows in (1, 29):
        for number in range(rows):
            person(f"Person {number}")
            optout.add(person(f"Nein Danke {number}").email, Topic.INVITATION)
            InvitationFactory(event=meeting)
            RegistrationFactory(event=meeting, by_contact=True)
        counts = []
        for method, data in (("get", {}), ("post", {"contact": list(boxes(office_client.get(page_of(meeting))))})):
            with CaptureQueriesContext(connection) as queries:
                assert getattr(office_client, method)(page_of(meeting), data).status_code == 200
            counts.append(len(queries))
        needed.append(counts)

    assert needed[0] == needed[1]
