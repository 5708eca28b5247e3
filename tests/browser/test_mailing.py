"""A clerk who has never done it writes to the partners: chooses, strikes one off, reads, mends one, sends, watches."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect

from klimapakt.mailbox.models import Mailing, OutgoingMail
from klimapakt.setup.roles import OFFICE
from tests.browser.people import KeyboardPerson, Person, link_of, text_of
from tests.factories import ContactFactory, PartnerFactory, UserFactory
from tests.factories.mailbox import mailing_in
from tests.stack import Held, Postbox

pytestmark = pytest.mark.browser

PASSWORD = "Lastenrad-Solardach-7"
PEOPLE = {
    "erika@sonnenkorn.example": ("Bäckerei Sonnenkorn & Söhne GmbH", "Erika Korn"),
    "gerd@gruen.example": ("Gärtnerei Grün", "Gerd Grün"),
    "walburga@flott.example": ("Weberei Flott", "Walburga Flott"),
}
ERIKA, GERD, WALBURGA = PEOPLE
SUBJECT = "Netzwerktreffen in {stadt}"
BODY = "Guten Tag {name},\n\nwir laden {organisation} ein:\n\n- Abwärme\n- Förderung\n\n{link}"


@pytest.fixture
def clerk(pact) -> None:
    user = UserFactory(username="amt", first_name="Ottilie", last_name="Amt", email="amt@musterstadt.example")
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name=OFFICE))


@pytest.fixture
def musterstadt(clerk) -> None:
    """Three Klimapartner with one person each."""
    for email, (firm, name) in PEOPLE.items():
        partner = PartnerFactory(listed=True, organisation__name=firm)
        ContactFactory(name=name, email=email, organisation=partner.organisation)


@pytest.fixture(params=["mouse", "keyboard, no script, 390 px"])
def office(request: pytest.FixtureRequest, browse: Callable[..., Page]) -> Person:
    if request.param == "mouse":
        return Person(browse(reduced_motion="reduce"))
    return KeyboardPerson(browse(width=390, java_script_enabled=False))


def sign_in(office: Person, address: str) -> None:
    office.opens(address).fills(username="amt", password=PASSWORD).presses("Anmelden")


def test_a_mailing_from_the_choice_to_the_letter_box(musterstadt, office, postbox):
    sign_in(office, "/admin/mailbox/mailing/add/")

    choose_whom(office)
    write(office)
    read_the_samples(office)
    mend_one(office)
    send(office, postbox)
    see_that_it_is_done(office)


def choose_whom(office: Person) -> None:
    office.reads("Rundmail: An wen?").sees("Gesendet wird erst im letzten Schritt")
    tick_circle(office, "Ansprechpersonen der Klimapartner")
    office.presses("Weiter zur Auswahl").sees("3 Personen bekommen diese Mail")
    office._tick(office.page.get_by_role("checkbox", name="Walburga Flott auslassen"))
    office.presses("Auswahl anwenden").sees("2 Personen bekommen diese Mail")
    fits(office)
    office.presses("Weiter zum Text").reads("Rundmail: Text").sees("Die Mail geht an 2 Personen")


def tick_circle(office: Person, title: str) -> None:
    target = office.page.get_by_role("radio", name=title)
    if isinstance(office, KeyboardPerson):  # the arrows walk through a group, Tab enters it
        office._reach(office.page.get_by_role("radio").first)
        while not target.is_checked():
            office.page.keyboard.press("ArrowDown")
    else:
        target.check()


def write(office: Person) -> None:
    office.fills(subject=SUBJECT, body=BODY.replace("{name}", "{nahme}")).presses("Sichern und Vorschau zeigen")
    office.sees("Den Platzhalter {nahme} gibt es hier nicht. Meinten Sie {name}?")
    office.fills(body=BODY).presses("Sichern und Vorschau zeigen").sees("So liest es Erika Korn")
    frame = office.page.frame_locator("iframe")
    expect(frame.locator("body")).to_contain_text("wir laden Bäckerei Sonnenkorn & Söhne GmbH ein:")
    expect(frame.locator("body")).to_contain_text("[persönlicher Link]")
    office.presses("Nächste Person").sees("So liest es Gerd Grün")
    fits(office)
    office.presses("Weiter zum Lesen")


def read_the_samples(office: Person) -> None:
    office.reads("Rundmail: Lesen").sees("2 Mails sind vorbereitet. Noch ist nichts gesendet.", "Alle 2 Mails")
    expect(office.page.frame_locator("iframe").first.locator("body")).to_contain_text("Guten Tag Erika Korn")
    office.does_not_see("Walburga Flott")
    fits(office)


def mend_one(office: Person) -> None:
    office.follows("Gerd Grün").reads("Rundmail: Mail an Gerd Grün")
    office.fills(body="Lieber Gerd,\n\nbringst du {Blumen} mit?\n\n[persönlicher Link]").presses("Diese Mail sichern")
    office.sees("Die Mail an Gerd Grün ist geändert.")
    fits(office)
    office.follows("Zurück zu allen Mails").presses("Gelesen, weiter zum Senden")


def send(office: Person, postbox: Postbox) -> None:
    office.reads("Rundmail: Senden").sees("2 Personen erhalten diese Mail.")
    fits(office)
    assert postbox.messages() == []
    if isinstance(office, KeyboardPerson):
        office.presses("2 Mails senden")
    else:
        office.page.get_by_role("button", name="2 Mails senden").dblclick()

    postbox.wait_for(2)
    [to_erika], [to_gerd] = postbox.wait_for(1, to=ERIKA), postbox.wait_for(1, to=GERD)
    assert len(postbox.messages()) == 2
    assert to_erika["Subject"] == "Netzwerktreffen in Musterstadt"
    assert "Guten Tag Erika Korn,\n\nwir laden Bäckerei Sonnenkorn & Söhne GmbH ein:" in text_of(to_erika)
    assert "Lieber Gerd,\n\nbringst du {Blumen} mit?" in text_of(to_gerd)
    assert link_of(to_erika) != link_of(to_gerd)


def see_that_it_is_done(office: Person) -> None:
    office.opens("/admin/mailbox/mailing/").follows(SUBJECT).reads("Rundmail: Verlauf")
    expect(office.page.locator("body")).to_contain_text("2 von 2 Mails gesendet. Fertig.", timeout=15_000)
    fits(office)
    office.opens("/admin/mailbox/mailing/").sees("fertig")


def fits(office: Person) -> None:
    """Nothing on the page is wider than the window."""
    wide, room = office.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room, f"{office.page.url} needs {wide} px"


def test_a_running_mailing_is_paused_goes_on_and_is_stopped(clerk, office, postbox):
    held = Held()
    postbox.before_answer = held
    mailing = mailing_in("released", people=6)
    held.wait()
    sign_in(office, f"/admin/mailbox/mailing/{mailing.pk}/verlauf/?ruhig=1")

    office.sees("0 von 6 Mails gesendet.").follows("Unterbrechen …").sees(
        "Eine Mail, die der Mailserver gerade bekommt"
    )
    office.presses("Unterbrechen").sees("Unterbrochen.", "bis Sie fortsetzen")
    held.released.set()
    wait_until(mailing, "sent", 1)
    assert len(postbox.messages()) == 1
    assert set(mailing.mails.values_list("status", flat=True)) == {"sent", "held"}

    held = Held()
    postbox.before_answer = held
    office.follows("Fortsetzen …").sees("Niemand bekommt die Mail zweimal.").presses("Fortsetzen")
    held.wait()
    office.opens(f"/admin/mailbox/mailing/{mailing.pk}/verlauf/?ruhig=1").follows("Stoppen …")
    office.sees("Das lässt sich nicht zurücknehmen.").presses("Stoppen").sees("Gestoppt.")
    held.released.set()
    wait_until(mailing, "sent", 2)

    office.opens(f"/admin/mailbox/mailing/{mailing.pk}/verlauf/").sees(
        "2 von 6 Mails gesendet.", "4 gehen nicht mehr heraus."
    )
    assert len(postbox.messages()) == 2
    assert Mailing.objects.get().status == "stopped"
    fits(office)


def wait_until(mailing: Mailing, status: str, number: int) -> None:
    import time

    end = time.monotonic() + 20
    while mailing.mails.filter(status=status).count() < number:
        assert time.monotonic() < end, list(OutgoingMail.objects.values_list("status", "problem"))
        time.sleep(0.1)
