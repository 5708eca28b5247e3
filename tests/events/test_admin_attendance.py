"""The list for the door: a page, and a PDF that the worker makes."""

import io

import pdfua
import pypdf
import pytest
from django.test import Client

from klimapakt.documents import archive
from klimapakt.documents.models import Document
from tests.events.reading import text_of
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(pact):
    meeting = MeetingFactory(title="Netzwerktreffen Wärme")
    RegistrationFactory(
        event=meeting, organisation_name="Verein", seats=2, attendees=["Zora Ahorn", "<b>Anna</b> von Birke"]
    )
    RegistrationFactory(event=meeting, organisation_name="", attendees=["Zoë Öl"])
    RegistrationFactory(event=meeting, name="Willi Wartet", waiting=True)
    RegistrationFactory(event=meeting, name="Ada Abgemeldet", cancelled=True)
    RegistrationFactory(event=meeting, name="Noch Unbekannt", unconfirmed=True)
    return meeting


def page_of(event, rest: str = "") -> str:
    return f"/admin/events/event/{event.pk}/teilnahmeliste/{rest}"


def test_the_list_holds_those_who_have_a_seat_by_family_name(meeting, office_client):
    page = text_of(office_client.get(page_of(meeting)))

    assert "1 Zora Ahorn Verein 2 <b>Anna</b> von Birke Verein 3 Zoë Öl –" in page
    assert "3 Personen" in page
    for absent in ("Willi Wartet", "Ada Abgemeldet", "Noch Unbekannt"):
        assert absent not in page


def test_the_pdf_is_ordered_made_and_fetched(meeting, office_client):
    ordered = office_client.post(page_of(meeting, "pdf/"))
    waiting = office_client.get(ordered["Location"])
    too_early = office_client.get(ordered["Location"] + "datei/")
    assert archive.render_next()
    ready = office_client.get(ordered["Location"])
    fetched = office_client.get(ordered["Location"] + "datei/")

    assert waiting["Refresh"] == "2"
    assert "Das PDF wird gerade erstellt." in text_of(waiting)
    assert too_early.status_code == 302
    assert "Refresh" not in ready
    assert f'href="{ordered["Location"]}datei/"' in ready.content.decode()
    assert fetched["Content-Type"] == "application/pdf"
    assert "no-store" in fetched["Cache-Control"]
    words = " ".join(pypdf.PdfReader(io.BytesIO(fetched.content)).pages[0].extract_text().split())
    assert "Netzwerktreffen Wärme" in words
    assert "1 Zora Ahorn Verein 2 <b>Anna</b> von Birke Verein" in words


def test_the_pdf_can_be_read_by_a_screen_reader(meeting, office_client, tmp_path):
    office_client.post(page_of(meeting, "pdf/"))
    archive.render_next()

    path = tmp_path / "liste.pdf"
    path.write_bytes(Document.objects.get().content)

    assert [(finding.rule_id, finding.message) for finding in pdfua.validate(path).findings] == []


def test_pressed_twice_the_list_is_made_once_and_not_kept(meeting, office_client, time_machine):
    time_machine.move_to("2026-11-22 12:00:10+01:00", tick=False)
    first = office_client.post(page_of(meeting, "pdf/"))
    time_machine.move_to("2026-11-22 12:20:10+01:00", tick=False)
    second = office_client.post(page_of(meeting, "pdf/"))

    assert first["Location"] == second["Location"]
    assert not Document.objects.get().is_kept


def test_a_pdf_is_found_only_below_its_own_event(meeting, office_client):
    other = MeetingFactory()
    ordered = office_client.post(page_of(meeting, "pdf/"))
    number = ordered["Location"].rstrip("/").rpartition("/")[2]
    foreign = archive.order("something-else", key="x", name="x", html="<p>x</p>", about=meeting, is_kept=False)

    codes = [
        office_client.get(page_of(other, f"pdf/{number}/")).status_code,
        office_client.get(page_of(other, f"pdf/{number}/datei/")).status_code,
        office_client.get(page_of(meeting, f"pdf/{foreign.pk}/")).status_code,
        office_client.get(page_of(meeting, "pdf/99999999999999999999/")).status_code,
    ]

    assert codes == [404, 404, 404, 404]


def test_orders_are_posts(meeting, office_client):
    assert office_client.get(page_of(meeting, "pdf/")).status_code == 405
    assert not Document.objects.exists()


PAGES = [
    "einladen/", "einladen/senden/", "rueckmeldungen/", "anmeldung-eintragen/", "teilnahmeliste/", "teilnahmeliste/pdf/",
    "teilnahmeliste/pdf/{document}/", "teilnahmeliste/pdf/{document}/datei/",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_only_the_office_sees_who_comes(page, meeting, office_client, initial_partner_user):
    office_client.post(page_of(meeting, "pdf/"))
    path = f"/admin/events/event/{meeting.pk}/{page.format(document=Document.objects.get().pk)}"
    reader, nobody = Client(), Client()
    reader.force_login(initial_partner_user)

    assert [reader.get(path).status_code, reader.post(path).status_code] == [403, 403]
    assert nobody.get(path)["Location"].startswith("/admin/login/")
    assert nobody.post(path)["Location"].startswith("/admin/login/")


def test_an_initial_partner_finds_no_list_of_people(meeting, initial_partner_user, client):
    invitation = InvitationFactory(event=meeting)
    registration = meeting.registrations.proven().first()
    client.force_login(initial_partner_user)

    paths = [
        "registration/",
        "invitation/",
        f"registration/{registration.pk}/change/",
        f"invitation/{invitation.pk}/change/",
    ]
    paths += [f"registration/{registration.pk}/{button}/" for button in ("namen", "link", "abmelden", "history")]
    paths += [f"invitation/{invitation.pk}/{button}/" for button in ("absage", "anmelden", "link", "history")]

    codes = {path: client.get(f"/admin/events/{path}").status_code for path in paths}

    assert set(codes.values()) == {403}, codes
