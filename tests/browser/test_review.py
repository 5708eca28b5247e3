"""Two people of the office review an application and decide together, by mouse, and by keyboard on a small screen."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import Page

from klimapakt.setup.roles import OFFICE
from partners.services import applying
from tests.browser.people import KeyboardPerson, Person, text_of
from tests.factories import ApplicationFactory, UserFactory

pytestmark = pytest.mark.browser

PASSWORD = "Lastenrad-Solardach-7"
FIRM, BOSS = "Bäckerei Sonnenkorn GmbH", "erika@sonnenkorn.example"


@pytest.fixture(params=["mouse", "keyboard, no script, 390 px"])
def desks(request: pytest.FixtureRequest, browse: Callable[..., Page]) -> tuple[Person, Person]:
    """Two people at their desks."""
    if request.param == "mouse":
        return Person(browse(reduced_motion="reduce")), Person(browse(reduced_motion="reduce"))
    small = {"width": 390, "java_script_enabled": False}
    return KeyboardPerson(browse(**small)), KeyboardPerson(browse(**small))


@pytest.fixture
def musterstadt(pact) -> None:
    """A firm whose seat is elsewhere has applied; two people decide."""
    pact.needs_second_person = True
    pact.save()
    application = ApplicationFactory(
        name=FIRM, place="Anderswo", postal_code="99999", contact_name="Erika Korn", contact_email=BOSS
    )
    applying.send(application, by=application.applicants.get())
    for name, first_name in (("amt", "Ottilie"), ("buero", "Kim")):
        user = UserFactory(username=name, first_name=first_name, last_name="Amt")
        user.set_password(PASSWORD)
        user.save()
        user.groups.add(Group.objects.get(name=OFFICE))


def test_two_people_review_and_decide(musterstadt, desks, postbox):
    first, second = desks

    take_on(first)
    keep_order(first)
    mend(first)
    propose(first)
    return_it(second)
    propose_with_own_words(first)
    confirm(second)

    [mail] = postbox.wait_for(1, to=BOSS, subject="Zu Ihrem Antrag")
    assert "Liebe Frau Korn" in text_of(mail)
    assert "Ihr Sitz liegt nicht in der Stadt." in text_of(mail)
    second.follows("Entscheidung zurücknehmen …").sees("wieder in Prüfung").presses("Entscheidung zurücknehmen")
    second.sees("Das Unternehmen bekommt eine Mail.")


def signs_in(person: Person, name: str) -> None:
    person.opens("/admin/").fills(username=name, password=PASSWORD).presses("Anmelden")


def take_on(office: Person) -> None:
    signs_in(office, "amt")
    office.follows("1 Neue Anträge").sees("In Prüfung nehmen").follows(FIRM)
    office.sees("Als Nächstes: In Prüfung nehmen", "Angaben vollständig: erfüllt", "nicht erfüllt")
    office.follows("In Prüfung nehmen …").sees("Es geht keine Mail heraus").presses("In Prüfung nehmen")
    office.sees("Der Antrag liegt jetzt bei Ihnen.", "Ottilie Amt")


def keep_order(office: Person) -> None:
    office.fills(text="Am Telefon sehr freundlich.").presses("Notiz sichern")
    office.sees("Die Notiz ist gesichert.", "Am Telefon sehr freundlich.")
    until = timezone.localdate() + timedelta(days=40)
    until = until.replace(day=until.month)  # day and month alike: it fits every language
    office.follows("Wiedervorlage …").fills(until=until.isoformat(), note="Chefin im Urlaub").presses("Wiedervorlage")
    office.sees("steht am", "Wiedervorlage am", "Chefin im Urlaub")
    office.follows("Wiedervorlage erledigt …").presses("Wiedervorlage erledigt").sees("gestrichen")


def mend(office: Person) -> None:
    office.follows("Berichtigen bei „Organisation“").fills(street="Sonnenweg 1").presses("Sichern")
    office.sees("Sonnenweg 1", "Straße und Hausnummer berichtigt: „Backstraße 3“ → „Sonnenweg 1“")


def propose(office: Person) -> None:
    office.follows("Aufnahme vorschlagen …").sees("Die Anschrift ist außerhalb: 99999 Anderswo.")
    office.presses("Aufnahme vorschlagen").sees("Bitte schreiben Sie den Grund auf.")
    office.fills(exception="Der Umzug steht bevor.").presses("Aufnahme vorschlagen")
    office.sees("Jetzt bestätigt ihn eine andere Person.", "Vorgeschlagen: Aufnahme").does_not_see(
        "Vorschlag bestätigen …"
    )


def return_it(colleague: Person) -> None:
    signs_in(colleague, "buero")
    colleague.follows("1 Vorschläge zu bestätigen").follows(FIRM).sees("Der Umzug steht bevor.")
    colleague.follows("Vorschlag bestätigen …").sees("Diese Mail geht heraus", "Guten Tag Erika Korn")
    colleague.follows("Abbrechen").follows("Vorschlag verwerfen …")
    colleague.fills(note="Der Umzug ist abgesagt.").presses("Vorschlag verwerfen")
    colleague.sees("Der Vorschlag ist vom Tisch.", "Der Umzug ist abgesagt.")


def propose_with_own_words(office: Person) -> None:
    office.opens("/admin/").follows("1 Auf meinem Tisch").follows(FIRM).follows("Ablehnung vorschlagen …")
    office.fills(reason="Ihr Sitz liegt nicht in der Stadt.", subject="Zu Ihrem Antrag")
    office.presses("Weiter zur Vorschau").sees("Diese Mail geht heraus", "Guten Tag Erika Korn")
    office.fills(text="Liebe Frau Korn,\n\nleider geht es nicht: {begruendung}").presses("Ablehnung vorschlagen")
    office.sees("Sie haben den Text geändert.", "leider geht es nicht: Ihr Sitz liegt nicht in der Stadt.")
    office.presses("Ablehnung vorschlagen").sees("Vorgeschlagen: Ablehnung")


def confirm(colleague: Person) -> None:
    colleague.opens("/admin/").follows("1 Vorschläge zu bestätigen").follows(FIRM).follows("Vorschlag bestätigen …")
    colleague.sees("leider geht es nicht: Ihr Sitz liegt nicht in der Stadt.").presses("Vorschlag bestätigen")
    colleague.sees("Der Antrag ist abgelehnt.")
