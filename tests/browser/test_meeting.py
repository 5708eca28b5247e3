"""A network meeting from its invitation to the list at the door, walked by the office and by companies."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import icalendar
import pypdf
import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import Page

from events.models import Event, Registration
from events.tasks import remind
from klimapakt.setup.roles import OFFICE
from tests.browser.paper import is_written_on, picture_of
from tests.browser.people import KeyboardPerson, Person, text_of
from tests.factories import ContactFactory, PartnerFactory, UserFactory
from tests.stack import Postbox

pytestmark = pytest.mark.browser

PASSWORD = "Lastenrad-Solardach-7"
TITLE = "Netzwerktreffen Abwärme"
FIRMS = {
    "erika@sonnenkorn.example": ("Bäckerei Sonnenkorn GmbH", "Erika Korn"),
    "gerd@gruen.example": ("Gärtnerei Grün", "Gerd Grün"),
    "paula@presto.example": ("Paketdienst Presto", "Paula Post"),
    "walburga@flott.example": ("Weberei Flott", "Walburga Flott"),
}
ERIKA, GERD, PAULA, WALBURGA = FIRMS


@dataclass
class Cast:
    """Who takes part: the office at its desk, and somebody of a company."""

    office: Person
    company: Person


@pytest.fixture(params=["mouse", "keyboard, no script, 390 px"])
def cast(request: pytest.FixtureRequest, browse: Callable[..., Page]) -> Cast:
    office = Person(browse(reduced_motion="reduce"))
    if request.param == "mouse":
        return Cast(office, Person(browse()))
    return Cast(office, KeyboardPerson(browse(width=390, java_script_enabled=False)))


@pytest.fixture
def musterstadt(pact) -> None:
    """Four Klimapartner with one person each, and somebody at the office."""
    for email, (firm, name) in FIRMS.items():
        partner = PartnerFactory(listed=True, organisation__name=firm)
        ContactFactory(organisation=partner.organisation, name=name, email=email)
    user = UserFactory(username="amt", first_name="Ottilie", last_name="Amt", email="amt@musterstadt.example")
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name=OFFICE))


def test_a_meeting_from_the_invitation_to_the_list_at_the_door(musterstadt, cast, postbox, tmp_path):
    office, company = cast.office, cast.company

    plan_and_publish(office)
    invite(office, postbox)
    register_two_and_one(company, postbox)
    wait_for_a_seat(company, postbox)
    move_up_when_somebody_cancels(company, postbox)
    see_all_answers(office)
    change_the_date_and_say_so(office, postbox)
    remind_those_who_come(postbox)
    print_the_list(office, tmp_path)


def day(days: int) -> str:
    return f"{timezone.localdate() + timedelta(days=days):%d.%m.%Y}"


def plan_and_publish(office: Person) -> None:
    office.opens("/admin/events/event/add/").fills(username="amt", password=PASSWORD).presses("Anmelden")
    office.chooses(kind="Netzwerktreffen").fills(title=TITLE, teaser="Wie heizen wir mit dem, was übrig ist?")
    office.fills(starts_at_0=day(21), starts_at_1="17:00", ends_at_0=day(21), ends_at_1="20:00")
    office.fills(venue="Weberei Flott, Spulengasse 2")
    office.chooses(audience="nur Klimapartner, mit Einladung").fills(capacity="3")
    office.fills(**{"agenda-0-starts_at": "17:00", "agenda-0-title": "Begrüßung"})
    office.presses("Sichern und weiter bearbeiten").sees("Entwurf")
    office.follows("Veröffentlichen …").sees("Es geht keine Mail heraus.").presses("Veröffentlichen")
    office.sees("Die Veranstaltung ist veröffentlicht.")


def invite(office: Person, postbox: Postbox) -> None:
    office.follows("Einladen").sees(*(firm for firm, _ in FIRMS.values())).presses("Weiter zur Vorschau")
    office.sees("4 Personen aus 4 Organisationen", f"Einladung: {TITLE}", "[persönlicher Link]")
    office.sees("Guten Tag Erika Korn")
    office.page.get_by_role("button", name="4 Einladungen senden").dblclick()
    office.sees("4 Einladungen gehen heraus.", "ohne Antwort")

    postbox.wait_for(4, subject=f"Einladung: {TITLE}")
    assert sorted(recipient(mail) for mail in postbox.messages()) == sorted(FIRMS)


def register_two_and_one(company: Person, postbox: Postbox) -> None:
    company.opens_link_of(mail_to(ERIKA, postbox, "Einladung")).reads(TITLE).sees("3 Plätze frei", "Spulengasse 2")
    company.fills(name_1="Erika Korn", name_2="Kim Korn", note="Wir kommen mit dem Rad.").presses("Anmelden")
    company.sees("Sie sind angemeldet.", "Erika Korn, Kim Korn")
    told = mail_to(ERIKA, postbox, "Sie sind angemeldet")
    assert "- Erika Korn\n- Kim Korn\n" in text_of(told)
    entry = calendar_of(told, "REQUEST")
    assert entry["summary"] == TITLE
    assert entry["location"] == "Weberei Flott, Spulengasse 2"
    assert entry.start == timezone.localtime(Event.objects.get().starts_at)

    company.opens_link_of(mail_to(GERD, postbox, "Einladung")).sees("1 Platz frei")
    company.fills(name_1="Gerd Grün").presses("Anmelden").sees("Sie sind angemeldet.")


def wait_for_a_seat(company: Person, postbox: Postbox) -> None:
    company.opens_link_of(mail_to(WALBURGA, postbox, "Einladung")).sees("Alle Plätze sind vergeben.")
    company.fills(name_1="Walburga Flott", name_2="Fred Flott").presses("Auf die Warteliste setzen")
    company.sees("Sie stehen auf der Warteliste, an Stelle 1.")
    waits = mail_to(WALBURGA, postbox, "Sie stehen auf der Warteliste")
    assert "an Stelle 1:" in text_of(waits)
    assert not list(waits.iter_attachments())


def move_up_when_somebody_cancels(company: Person, postbox: Postbox) -> None:
    invited = calendar_of(mail_to(ERIKA, postbox, "Sie sind angemeldet"), "REQUEST")
    company.opens_link_of(mail_to(ERIKA, postbox, "Sie sind angemeldet")).presses("Abmelden")
    company.sees("Sie sind abgemeldet.", "Sie haben sich abgemeldet.")
    off = calendar_of(mail_to(ERIKA, postbox, "Sie sind abgemeldet"), "CANCEL")
    assert off["uid"] == invited["uid"]
    assert off["sequence"] > invited["sequence"]

    up = mail_to(WALBURGA, postbox, "Sie haben einen Platz")
    assert "- Walburga Flott\n- Fred Flott\n" in text_of(up)
    assert calendar_of(up, "REQUEST")["uid"] == invited["uid"]
    company.opens_link_of(up).sees("Sie sind angemeldet.", "Walburga Flott, Fred Flott")


def see_all_answers(office: Person) -> None:
    office.opens("/admin/events/event/").follows(TITLE).follows("Rückmeldungen")
    office.sees("3 von 3", "Ohne Antwort", "kommt mit 2", "abgemeldet", "ohne Antwort", "Wir kommen mit dem Rad.")
    rows = [row.inner_text() for row in office.page.locator("tbody tr").all()]
    assert [name for row in rows for _, name in FIRMS.values() if name in row.split("\t")[1]] == [
        "Paula Post", "Erika Korn", "Gerd Grün", "Walburga Flott",
    ]  # fmt: skip
    office.page.get_by_role("link", name="Ohne Antwort").click()
    office.sees("Paula Post").does_not_see("Erika Korn", "Gerd Grün")


def change_the_date_and_say_so(office: Person, postbox: Postbox) -> None:
    office.follows("Veranstaltung").fills(starts_at_0=day(28), ends_at_0=day(28))
    office.presses("Sichern und weiter bearbeiten").sees("Diese Änderung betrifft 3 Personen")
    office.sees("Gerd Grün, Walburga Flott, Paula Post")
    assert postbox.wait_for(0, subject="Geändert") == []
    office.ticks("notify").presses("Sichern und benachrichtigen")
    office.sees("Eine Mail über die Änderung geht heraus an 3 Personen.")

    changed = postbox.wait_for(3, subject=f"Geändert: {TITLE}")
    assert {recipient(mail) for mail in changed} == {GERD, PAULA, WALBURGA}
    assert all("Wann: " in text_of(mail) and "(bisher: " in text_of(mail) for mail in changed)
    entry = calendar_of(mail_to(GERD, postbox, "Geändert"), "REQUEST")
    assert entry.start == timezone.localtime(Event.objects.get().starts_at)
    assert entry.start.date() == timezone.localdate() + timedelta(days=28)


def remind_those_who_come(postbox: Postbox) -> None:
    let_weeks_pass()
    for _ in range(2):
        remind.delay()

    reminders = postbox.wait_for(2, subject=f"Erinnerung: {TITLE}")
    assert {recipient(mail) for mail in reminders} == {GERD, WALBURGA}
    assert "- Walburga Flott\n- Fred Flott\n" in text_of(mail_to(WALBURGA, postbox, "Erinnerung"))


def let_weeks_pass() -> None:
    """Until the meeting begins in twenty hours: as if all had happened some weeks earlier."""
    event = Event.objects.get()
    weeks = event.starts_at - timezone.now() - timedelta(hours=20)
    for name in ("starts_at", "ends_at", "told_at"):
        setattr(event, name, getattr(event, name) - weeks)
    event.save()
    for one in Registration.objects.exclude(seated_at=None):
        Registration.objects.filter(pk=one.pk).update(seated_at=one.seated_at - weeks)


def print_the_list(office: Person, folder: Path) -> None:
    office.opens("/admin/events/event/").follows(TITLE).follows("Teilnahmeliste").sees("3 Personen", "Fred Flott")
    office.does_not_see("Erika Korn", "Paula Post").presses("Als PDF zum Ausdrucken")
    ready = office.page.get_by_role("link", name="(PDF)")
    ready.wait_for(timeout=20_000)  # the page looks again by itself
    answer = office.page.context.request.get(ready.get_attribute("href"))
    assert answer.headers["content-type"] == "application/pdf"
    file = folder / "liste.pdf"
    file.write_bytes(answer.body())

    [page] = pypdf.PdfReader(BytesIO(answer.body())).pages
    text = page.extract_text()
    assert [name for name in ("Fred Flott", "Walburga Flott", "Gerd Grün") if name not in text] == []
    assert "Erika Korn" not in text
    assert is_written_on(picture_of(file))


def mail_to(address: str, postbox: Postbox, subject: str) -> EmailMessage:
    [mail] = postbox.wait_for(1, to=address, subject=subject)
    return mail


def recipient(mail: EmailMessage) -> str:
    return mail["To"].addresses[0].addr_spec


def calendar_of(mail: EmailMessage, method: str) -> icalendar.Event:
    """Return the entry for the calendar that goes with a mail."""
    [file] = mail.iter_attachments()
    assert file.get_content_type() == "text/calendar"
    assert file["Content-Type"].params["method"] == method
    calendar = icalendar.Calendar.from_ical(file.get_content())
    assert calendar["method"] == method
    assert "/z/" not in str(file.get_content())
    [entry] = calendar.events
    return entry
