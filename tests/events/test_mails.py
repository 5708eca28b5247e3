"""All mails about events, read as text, with names that want to be more than names."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from events.services import event as changing
from events.services import invitation as inviting
from events.services import registration as service
from events.services import reminder
from klimapakt.mailbox import message
from klimapakt.mailbox.models import OutgoingMail
from tests.factories.events import InvitationFactory, MeetingFactory, PartnerContactFactory

NAME = "A & B <GmbH> {{ 7*7 }} {% now 'Y' %} %s"


@pytest.fixture
def all_mails(pact, office, join, ask, proof_of) -> dict[str, OutgoingMail]:
    """Walk every way that writes a mail; returns one of each kind."""
    pact.name, pact.office_person, pact.partner_title = (f"{NAME} {n}" for n in range(3))
    pact.save()
    meeting = MeetingFactory(capacity=2, title=NAME, venue=NAME, teaser=NAME)

    def person() -> object:
        return PartnerContactFactory(name=NAME)

    ask(meeting, names=[NAME])
    inviting.invite(meeting, [person()], by=office)
    inviting.ask_for_link(meeting, "fremd@x.example")
    inviting.send_link(InvitationFactory(event=meeting, contact=person()), by=office)
    first, waiting = join(meeting, seats=2, contact=person()), join(meeting, contact=person())
    service.change(first, names=[NAME], note="")
    service.withdraw(first)
    changing.change_event(meeting, {"venue": f"{NAME} neu"}, by=office)
    with time_machine.travel(meeting.starts_at - timedelta(hours=3)):
        reminder.send_due(now=timezone.now())
    OutgoingMail.objects.update(status="sent", sent_at=timezone.now())
    changing.cancel_event(meeting, NAME, by=office)
    OutgoingMail.objects.filter(kind="event_cancelled").update(status="sent", sent_at=timezone.now())
    changing.reinstate_event(meeting, by=office)
    assert waiting
    return {mail.kind: mail for mail in OutgoingMail.objects.order_by("-pk")}


def test_every_mail_text_of_events_is_written_by_somebody(all_mails):
    folder = Path(settings.BASE_DIR) / "templates" / "events" / "mail"

    assert set(all_mails) == {path.stem for path in folder.glob("[!_]*.txt")}


def test_every_mail_says_what_when_and_where(all_mails):
    for kind, mail in all_mails.items():
        assert NAME in mail.body, kind
        assert re.search(r"^Wann: \w+, \d+\. \w+ \d{4}, .*\d\s?Uhr$", mail.body, re.M), kind
        assert re.search(r"^Wo: A & B", mail.body, re.M), kind
        assert f"{settings.PORTAL_BASE_URL}/veranstaltungen/netzwerktreffen-" in mail.body, kind


def test_every_mail_shows_names_literally(all_mails):
    for kind, mail in all_mails.items():
        text = mail.subject + mail.body
        assert "&amp;" not in text, kind
        assert "&lt;" not in text, kind
        assert text.count("{{") == text.count("{{ 7*7 }}"), kind


def test_every_mail_has_a_subject_a_greeting_an_end_and_can_be_built(all_mails, pact):
    for kind, mail in all_mails.items():
        assert mail.subject, kind
        assert not mail.subject.startswith("Betreff"), kind
        assert mail.body.startswith("Guten Tag"), kind
        assert "\n\n\n" not in mail.body, kind
        assert " \n" not in mail.body, kind
        assert "None" not in mail.body, kind
        assert f"Impressum: {settings.PORTAL_BASE_URL}/impressum/" in mail.body, kind
        assert message.build(mail, pact), kind


def test_every_link_in_a_mail_leads_to_this_portal(all_mails):
    for kind, mail in all_mails.items():
        addresses = [word for word in mail.body.split() if word.startswith("http")]
        assert [a for a in addresses if not a.startswith(settings.PORTAL_BASE_URL + "/")] == [], kind


WITH_FILE = {
    "event_registered": "REQUEST",
    "event_moved_up": "REQUEST",
    "event_changed": "REQUEST",
    "event_withdrawn": "CANCEL",
    "event_cancelled": "CANCEL",
    "event_reinstated": "REQUEST",
}


def test_the_mails_that_change_a_calendar_carry_a_file_and_say_so(all_mails):
    carried = {}
    for mail in OutgoingMail.objects.prefetch_related("attachments"):
        for file in mail.attachments.all():
            carried[mail.kind] = re.search(r"method=(\w+)", file.content_type)[1]
            assert "angehängte Datei" in mail.body, mail.kind

    assert carried == WITH_FILE


def test_no_mail_promises_a_file_it_does_not_carry(all_mails):
    for mail in OutgoingMail.objects.all():
        assert ("angehängte Datei" in mail.body) == mail.attachments.exists(), mail.kind


# --- Texts as people read them ------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u2060", "")


def test_the_confirmation_reads_like_this(meeting, join, contact, mails):
    join(meeting, seats=2, contact=contact)

    [mail] = mails()
    assert (
        plain(mail.shown_body)
        == f"""Guten Tag Erika Muster,

Ihre Anmeldung ist bestätigt. Wir freuen uns auf:

- Erika Muster
- Max Muster

{meeting.title}
Wann: {plain(meeting.when)}
Wo: Werkhalle 3, Musterstraße 1
Mehr dazu: {settings.PORTAL_BASE_URL}{meeting.get_absolute_url()}

Die angehängte Datei trägt den Termin in Ihren Kalender ein.

Namen ändern oder sich abmelden können Sie bis zum Beginn auf Ihrer eigenen Seite:

[persönlicher Link]

Kommen Sie doch nicht? Bitte melden Sie sich ab, damit andere Ihren Platz bekommen. Den Link behandeln Sie bitte wie ein Passwort.

Freundliche Grüße
Erika Beispiel
Geschäftsstelle des Klimapakts
Telefon 0000 123456
klimapakt@musterstadt.example

--
Musterstädter Klimapakt
Sie erhalten diese Mail, weil Sie sich zu dieser Veranstaltung angemeldet haben.
Impressum: {settings.PORTAL_BASE_URL}/impressum/
"""
    )


def test_a_change_shows_old_and_new(meeting, join, office, mails):
    join(meeting)
    old = plain(meeting.when)

    changing.change_event(
        meeting,
        {"starts_at": meeting.starts_at + timedelta(days=1), "ends_at": None, "venue": "", "title": "Neuer Titel"},
        by=office,
    )

    body = plain(mails(kind="event_changed")[0].body)
    meeting.refresh_from_db()
    assert f"Wann: {plain(meeting.when)}\n(bisher: {old})" in body
    assert "Wo: entfällt\n(bisher: Werkhalle 3, Musterstraße 1)" in body
    assert "Titel: Neuer Titel\n(bisher: Netzwerktreffen" in body


def test_each_reader_of_a_change_learns_what_holds_for_them(meeting, join, office, mails):
    seated, waiting = join(meeting, seats=2), join(meeting)
    invitation = InvitationFactory(event=meeting)

    changing.change_event(meeting, {"venue": "Rathaus"}, by=office)

    bodies = {mail.to_email: mail.body for mail in mails(kind="event_changed")}
    assert "Ihre Anmeldung gilt weiter" in bodies[seated.email]
    assert "weiter auf der Warteliste" in bodies[waiting.email]
    assert "Unsere Einladung gilt weiter" in bodies[invitation.contact.email]


def test_the_waiting_list_mail_says_that_there_is_no_seat_and_which_place_it_is(meeting, join, mails):
    join(meeting, seats=2)
    join(meeting)
    waiting = join(meeting)

    [mail] = mails(to_email=waiting.email)
    assert "Warteliste an Stelle 2" in mail.body
    assert "haben Sie keinen Platz" in mail.body


@pytest.mark.parametrize(("seats", "said"), [(1, "ist ein Platz da"), (3, "Bis zu 3 Personen")])
def test_the_invitation_says_how_many_may_come_and_until_when(seats, said, office, contact, pact, mails):
    meeting = MeetingFactory(seats_per_organisation=seats)
    meeting.registration_closes_at = meeting.starts_at - timedelta(days=2)
    meeting.save()

    inviting.invite(meeting, [contact], by=office)

    body = mails()[0].body
    assert said in body
    assert f"bis {meeting.shown_closing}" in body


def test_the_mails_about_seats_greet_the_one_who_registered_and_name_those_who_come(meeting, join, contact, mails):
    service.register(meeting, service.Person.of_contact(contact), names=["Max Anders"])

    [mail] = mails()
    assert mail.body.startswith("Guten Tag Erika Muster,")
    assert "- Max Anders" in mail.body
