"""Who has answered and who has not, in one list."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.services import invitation as inviting
from klimapakt.mailbox import optout
from klimapakt.mailbox.models import OutgoingMail
from tests.events.reading import text_of
from tests.events.test_admin_answers import entry_of, page_of, someone
from tests.factories import ContactFactory
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory
from tests.factories.mailbox import bring

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(pact):
    return MeetingFactory(capacity=2, seats_per_organisation=2)


def answers_of(event, query: str = "") -> str:
    return f"/admin/events/event/{event.pk}/rueckmeldungen/{query}"


def rows(response) -> list[tuple[str, str]]:
    """Return person and answer of each row, from top to bottom."""
    found = re.findall(
        r'<th scope="row"><a [^>]*>(.*?)</a></th>\s*<td><span class="answer[^>]*>(.*?)</span>',
        response.content.decode(),
    )
    return found


def test_organisations_that_have_not_answered_come_first(meeting, office_client):
    silent = InvitationFactory(event=meeting, contact=someone("Sina Still", "Zuletzt GmbH"))
    comes = someone("Karl Kommt", "Anfang GmbH")
    InvitationFactory(event=meeting, contact=comes, accepted=True)
    RegistrationFactory(event=meeting, by_contact=True, contact=comes, seats=2)
    colleague = ContactFactory(name="Kim Kollegin", organisation=comes.organisation, is_main=False)
    InvitationFactory(event=meeting, contact=colleague)
    InvitationFactory(event=meeting, contact=someone("Nora Nein", "Mitte GmbH"), declined=True)
    RegistrationFactory(event=meeting, name="Willi Wartet", organisation_name="Verein", waiting=True)
    RegistrationFactory(event=meeting, name="Ada Abgemeldet", organisation_name="", cancelled=True)

    page = office_client.get(answers_of(meeting))

    assert rows(page) == [
        (silent.contact.name, "ohne Antwort"),
        ("Karl Kommt", "kommt mit 2"),
        ("Kim Kollegin", "ohne Antwort"),
        ("Nora Nein", "kommt nicht"),
        ("Willi Wartet", "Warteliste, Platz 1"),
        ("Ada Abgemeldet", "abgemeldet"),
    ]
    assert text_of(page).count("Für die Organisation hat schon jemand geantwortet.") == 1


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ("offen", ["Sina Still"]),
        ("kommt", ["Karl Kommt"]),
        ("warteliste", ["Willi Wartet"]),
        ("absage", ["Nora Nein"]),
        ("gibt-es-nicht", ["Karl Kommt", "Nora Nein", "Sina Still", "Willi Wartet"]),
    ],
)
def test_a_filter_shows_one_kind_of_answer_and_all_counts(chosen, names, meeting, office_client):
    InvitationFactory(event=meeting, contact__name="Sina Still")
    InvitationFactory(event=meeting, contact__name="Nora Nein", declined=True)
    RegistrationFactory(event=meeting, name="Karl Kommt")
    RegistrationFactory(event=meeting, name="Willi Wartet", waiting=True)

    page = office_client.get(answers_of(meeting, f"?antwort={chosen}"))

    assert sorted(name for name, _ in rows(page)) == names
    assert "Alle 4 Ohne Antwort 1 Kommen 1 Warteliste 1 Absagen 1" in text_of(page)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("bounced", "Die Einladung kam als unzustellbar zurück."),
        ("failed", "Die Einladung wurde nicht gesendet."),
        ("expired", "Die Einladung wurde nicht gesendet."),
        ("sent", ""),
        ("queued", ""),
    ],
)
def test_of_an_invitation_that_did_not_arrive_the_list_says_why_nobody_answers(
    state, sentence, meeting, office, office_client
):
    inviting.invite(meeting, [someone("Sina Still", "Anfang GmbH")], by=office)
    bring(OutgoingMail.objects.all(), state)

    page = text_of(office_client.get(answers_of(meeting)))

    assert f"Sina Still ohne Antwort {sentence}".strip() in page
    assert bool(sentence) == ("Die Einladung " in page)


def test_of_somebody_who_unsubscribed_before_the_mail_left_nobody_waits_for_an_answer(meeting, office, office_client):
    contact = someone("Sina Still", "Anfang GmbH")
    inviting.invite(meeting, [contact], by=office)
    optout.add(contact.email, "invitation")

    assert "ohne Antwort Hat Einladungen abbestellt" in text_of(office_client.get(answers_of(meeting)))


def test_a_new_link_that_arrived_makes_up_for_an_invitation_that_did_not(meeting, office, office_client):
    inviting.invite(meeting, [someone("Sina Still", "Anfang GmbH")], by=office)
    bring(OutgoingMail.objects.all(), "bounced")
    inviting.send_link(meeting.invitations.get(), by=office)

    assert "unzustellbar" not in text_of(office_client.get(answers_of(meeting)))


def test_places_on_the_waiting_list_are_those_in_order_of_acceptance(meeting, office_client):
    later = RegistrationFactory(event=meeting, name="Zweite", waiting=True)
    earlier = timezone.now() - timezone.timedelta(hours=1)
    RegistrationFactory(event=meeting, name="Erste", waiting=True, accepted_at=earlier)

    assert dict(rows(office_client.get(answers_of(meeting)))) == {
        "Erste": "Warteliste, Platz 1",
        "Zweite": "Warteliste, Platz 2",
    }
    assert later.place_in_row == 2


def test_the_list_tells_who_comes_and_what_they_wrote(meeting, office_client):
    RegistrationFactory(event=meeting, seats=2, attendees=["Erika Muster", "Ole <b>Muster"], note="Mit Rollstuhl.")

    page = office_client.get(answers_of(meeting))

    assert "Erika Muster, Ole &lt;b&gt;Muster" in page.content.decode()
    assert "Mit Rollstuhl." in text_of(page)


def test_nobody_reads_the_name_of_an_address_that_is_not_proven(meeting, office_client):
    unproven = RegistrationFactory(event=meeting, name="Noch Unbekannt", unconfirmed=True)

    page = office_client.get(answers_of(meeting))

    assert "Noch Unbekannt" not in page.content.decode()
    assert "Eine weitere Anmeldung wartet darauf, dass die E-Mail-Adresse bestätigt wird." in text_of(page)
    assert office_client.get(page_of(unproven, "change")).status_code == 302
    assert "Noch Unbekannt" not in office_client.get("/admin/events/registration/").content.decode()


def test_the_list_needs_the_same_queries_for_1_and_for_30(meeting, office_client):
    needed = []
    for count in (1, 29):
        for _ in range(count):
            InvitationFactory(event=meeting)
            RegistrationFactory(event=meeting, by_contact=True)
            RegistrationFactory(event=meeting, waiting=True)
        paths = [answers_of(meeting), entry_of(meeting), "/admin/events/registration/", "/admin/events/invitation/"]
        paths += [
            "/admin/events/registration/?q=gast",
            "/admin/events/event/",
            f"/admin/events/event/{meeting.pk}/change/",
        ]
        counts = {}
        for path in paths:
            office_client.get(path)  # what is learnt once a process is no matter of rows
            with CaptureQueriesContext(connection) as queries:
                assert office_client.get(path).status_code == 200, path
            counts[path] = len(queries)
        needed.append(counts)

    assert needed[0] == needed[1]
