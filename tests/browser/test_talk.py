"""Talks and letters of intent under the hands of people: the office offers, two want the same, one signs."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from klimapakt.setup.roles import OFFICE
from partners.models import LetterOfIntent, TalkBooking, TalkSlot
from partners.models.prospect import Prospect
from tests.browser.people import Person, code_of, text_of
from tests.factories import UserFactory
from tests.factories.talks import (
    LETTER,
    LetterFactory,
    TalkBookingFactory,
    TalkSlotFactory,
    applying_company,
    interested_company,
    link_of,
)
from tests.stack import Postbox

pytestmark = pytest.mark.browser

PASSWORD = "Lastenrad-Solardach-7"
PAGE = "/mein-klimapakt/gespraech/"


@pytest.fixture
def pact(pact):
    pact.books_talks_online = pact.uses_letter_of_intent = True
    pact.letter_of_intent = LETTER
    pact.save()
    return pact


def enters(person: Person, company: Prospect) -> Person:
    """Open the personal link as it was mailed, then the page for talks."""
    person.opens(link_of(company).url().removeprefix(settings.PORTAL_BASE_URL)).presses("Weiter")
    return goes_on(person)


def goes_on(person: Person) -> Person:
    """Go to the page for talks, once the button of the personal link has opened something."""
    person.page.wait_for_url("**/mein-klimapakt/**")
    return person.opens(PAGE).reads("Orientierungsgespräch")


def takes_the_first(person: Person, *, button: str) -> Person:
    person._tick(person.page.locator("[name=slot]").first)
    return person.presses(button)


def test_a_company_books_moves_and_cancels_its_talk(pact, somebody, postbox: Postbox):
    company, first, second = interested_company(), TalkSlotFactory(), TalkSlotFactory()
    person = enters(somebody(), company)

    takes_the_first(person, button="Termin buchen").sees("Ihr Termin ist gebucht.", first.when)
    [mail] = postbox.wait_for(to=company.email, subject="Ihr Orientierungsgespräch")
    assert "Rathaus, Zimmer 12" in text_of(mail)
    assert "METHOD:REQUEST" in calendar_of(mail)

    person.unfolds("Freie Termine ansehen")
    takes_the_first(person, button="Auf diesen Termin verschieben").sees("Ihr Termin ist verschoben.", second.when)
    [mail] = postbox.wait_for(to=company.email, subject="Neuer Termin")
    assert "SEQUENCE:1" in calendar_of(mail)

    person.presses("Termin absagen").sees("Ihr Termin ist abgesagt.", first.hours, second.hours)
    [mail] = postbox.wait_for(to=company.email, subject="Abgesagt")
    assert "METHOD:CANCEL" in calendar_of(mail)


def calendar_of(mail) -> str:
    [file] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    return file.get_content().replace("\r\n", "\n")


def test_of_two_who_press_at_once_one_gets_the_time_and_the_other_another(pact, somebody, postbox: Postbox):
    slot, other = TalkSlotFactory(), TalkSlotFactory()
    people = [enters(somebody(), applying_company()), enters(somebody(), interested_company())]
    for person in people:
        person._tick(person.page.locator("[name=slot]").first)

    for person in people:
        person.hits("Termin buchen")

    for person in people:
        expect(
            person.page.get_by_text("Ihr Termin ist gebucht.").or_(person.page.locator("#fehler")).first
        ).to_be_visible()
    [late] = [person for person in people if person.page.locator("#fehler").count()]
    [lucky] = [person for person in people if person is not late]
    lucky.sees(slot.when)
    late.sees("Diesen Termin hat inzwischen jemand anderes gebucht", other.hours).does_not_see(slot.hours)
    takes_the_first(late, button="Termin buchen").sees("Ihr Termin ist gebucht.", other.when)
    assert {booking.slot for booking in TalkBooking.objects.booked()} == {slot, other}


def test_the_office_offers_a_series_withdraws_a_booked_time_and_the_company_takes_another(
    pact, browse, somebody, postbox: Postbox
):
    office, company = signs_in(Person(browse(reduced_motion="reduce"))), applying_company()

    office.opens("/admin/partners/talkslot/").follows("Termine anbieten")
    office.fills(first_day="2030-05-06", last_day="2030-05-10", begins="10:00", until="12:00")
    office.page.get_by_label("vor Ort").check()
    office.fills(where="Rathaus, Zimmer 12").presses("Termine ansehen").sees(
        "Montag, 6. Mai 2030", "Freitag, 10. Mai 2030"
    )
    assert not TalkSlot.objects.exists()
    office.presses("10 Termine anbieten").sees("10 Termine sind angeboten.")

    person = enters(somebody(), company)
    takes_the_first(person, button="Termin buchen").sees("Ihr Termin ist gebucht.")

    office.opens("/admin/partners/talkslot/?stand=gebucht").sees(f"gebucht: {company.organisation}")
    office.page.locator("#result_list tbody th a").first.click()
    office.follows("Termin zurücknehmen …").sees(company.email, "9 Termine sind frei.")
    office.presses("Termin zurücknehmen").sees("Das Unternehmen bekommt eine Mail.")

    [mail] = postbox.wait_for(to=company.email, subject="Wir müssen absagen")
    takes_the_first(goes_on(person.opens_link_of(mail)), button="Termin buchen").sees("Ihr Termin ist gebucht.")


def test_a_letter_is_read_signed_with_a_code_kept_and_taken_back(pact, somebody, postbox: Postbox):
    company = applying_company(name="Sonnenkorn GmbH")
    person = enters(somebody(), company).opens("/mein-klimapakt/absichtserklaerung/").reads("Absichtserklärung")

    person.sees("Wir, Sonnenkorn GmbH, möchten", "Rechte und Pflichten entstehen daraus nicht")
    person.presses("Weiter zur Unterschrift").reads("Absichtserklärung unterschreiben")
    [mail] = postbox.wait_for(to=company.email, subject="Code")
    person.fills(function="Inhaberin").ticks("agrees").fills(code=code_of(mail))
    person.presses("Absichtserklärung unterschreiben").sees("Ihre Absichtserklärung ist unterschrieben.")

    [copy] = postbox.wait_for(to=company.email, subject="Ihre Absichtserklärung", seconds=60)
    [file] = [part for part in copy.walk() if part.get_content_type() == "application/pdf"]
    assert file.get_content().startswith(b"%PDF")
    assert LetterOfIntent.objects.get().function == "Inhaberin"

    person.opens("/mein-klimapakt/absichtserklaerung/").presses("Erklärung zurückziehen")
    person.sees("Die Absichtserklärung ist zurückgezogen.", "Weiter zur Unterschrift")


# --- For everybody ----------------------------------------------------------------------------------------------------


def test_axe_finds_nothing_on_the_pages_of_a_company(pact, browse):
    company, slot = applying_company(), TalkSlotFactory(form="phone", where="")
    TalkSlotFactory()
    person = enters(Person(browse()), company)

    person.presses("Termin buchen")
    axe_finds_nothing(person, slot.day)
    person.page.locator(f"[name=slot][value='{slot.pk}']").check()
    person.fills(phone="0211 123456").presses("Termin buchen").unfolds("Freie Termine ansehen")
    axe_finds_nothing(person, "Ihr Termin ist gebucht.")
    person.opens("/mein-klimapakt/absichtserklaerung/")
    axe_finds_nothing(person, "Weiter zur Unterschrift")
    person.presses("Weiter zur Unterschrift").reads("Absichtserklärung unterschreiben")
    person.presses("Absichtserklärung unterschreiben")
    axe_finds_nothing(person, "Bitte prüfen Sie Ihre Angaben")


def test_axe_finds_nothing_on_the_pages_of_the_office(pact, browse):
    office = signs_in(Person(browse(reduced_motion="reduce")))
    booking, letter = TalkBookingFactory(), LetterFactory()
    TalkBookingFactory(slot=TalkSlotFactory(), status="cancelled")

    office.opens("/admin/partners/talkslot/")
    axe_finds_nothing(office, booking.organisation)
    office.opens(f"/admin/partners/talkslot/{booking.slot_id}/change/")
    axe_finds_nothing(office, booking.email)
    office.follows("Ort oder Link ändern …")
    axe_finds_nothing(office, "bekommt sofort eine Mail")
    office.opens("/admin/partners/talkslot/add/").presses("Termine ansehen")
    axe_finds_nothing(office, "Bitte geben Sie einen Tag an.")
    office.fills(first_day="2030-05-06").presses("Termine ansehen")
    axe_finds_nothing(office, "1 Termin anbieten")
    office.opens("/admin/partners/letterofintent/")
    axe_finds_nothing(office, letter.organisation)
    office.opens(f"/admin/partners/letterofintent/{letter.pk}/change/")
    axe_finds_nothing(office, letter.sha256)


def signs_in(office: Person) -> Person:
    """Let a member of the office sign in."""
    user = UserFactory(username="amt", first_name="Ottilie", last_name="Amt")
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name=OFFICE))
    office.opens("/admin/").fills(username="amt", password=PASSWORD).presses("Anmelden")
    office.page.wait_for_url("**/admin/")
    return office


def axe_finds_nothing(person: Person, text: str) -> None:
    """Look at the page that shows this text, light and dark, wide and narrow."""
    person.page.wait_for_load_state()
    assert text in person.page.content()
    for scheme, width in (("light", 1280), ("dark", 390)):
        person.page.emulate_media(color_scheme=scheme)
        person.page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(person.page).response["violations"]
        assert [(one["impact"], one["id"], one["nodes"][0]["html"][:150]) for one in found] == []
        assert person.page.evaluate("document.documentElement.scrollWidth") <= width
