"""The application under the hands of people: interruptions, a second device, two at once, mistakes, double clicks."""

import re

import pytest
from playwright.sync_api import Page, expect

from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application
from tests.browser.people import KeyboardPerson, Person
from tests.stack import Postbox

pytestmark = pytest.mark.browser

ERIKA, KIM = "erika@sonnenkorn.example", "kim@sonnenkorn.example"
OVERVIEW = "/mein-klimapakt/antrag/"


@pytest.fixture
def company(browse, pact) -> Person:
    return Person(browse())


@pytest.fixture
def begun(company: Person) -> Person:
    """Erika at her desk, on the overview of her draft."""
    return begin(company)


def begin(person: Person) -> Person:
    person.opens("/mitmachen/antrag/").fills(organisation="Sonnenkorn GmbH", name="Erika Korn", email=ERIKA)
    return person.presses("Antrag beginnen").reads("Antrag von Sonnenkorn GmbH")


def fill_all(person: Person) -> Person:
    """Fill in what is needed, step after step, from the overview to the last page."""
    person.follows("Ihre Organisation").reads("Ihre Organisation")
    fill_organisation(person).presses("Speichern und weiter").reads("Personen")
    person.fills(contact_function="Inhaberin").ticks("signatory_is_contact").presses("Speichern und weiter")
    person.reads("Klimaschutz heute").fills(already_doing="Strom vom Dach.").presses("Speichern und weiter")
    person.reads("Wünsche und Angebote").presses("Speichern und weiter").reads("Ihre Zusagen")
    person.ticks("supports_goal", "sets_measures", "accepts_monitoring").presses("Speichern und weiter")
    person.reads("Ihr Profil").presses("Speichern und weiter").reads("Einwilligungen")
    person.ticks("consent_profile").presses("Speichern und weiter").reads("Prüfen und absenden")
    return person.sees("Strom vom Dach.", "Erika Korn", "Gastgewerbe")


def fill_organisation(person: Person) -> Person:
    person.fills(street="Backstraße 3", postal_code="12345", place="Musterstadt", employees="25")
    return person.chooses(sector="Gastgewerbe")


def send(person: Person) -> Person:
    return person.ticks("may_apply", "is_correct", "has_read").presses("Antrag absenden")


# --- Interrupted, and gone on with elsewhere --------------------------------------------------------------------------


def test_an_application_is_begun_at_the_desk_and_finished_on_a_phone(pact, somebody, postbox):
    desk = begin(somebody(width=1280))
    desk.follows("Ihre Organisation").fills(street="Backstraße 3").presses("Speichern, später weiter")
    desk.reads("Antrag von Sonnenkorn GmbH").sees("Gespeichert. Sie können jederzeit weitermachen.", "angefangen")
    [mail] = postbox.wait_for(1, to=ERIKA)

    phone = somebody(width=390).opens_link_of(mail).reads("Antrag von Sonnenkorn GmbH")
    phone.does_not_see("Bitte bestätigen Sie Ihre E-Mail-Adresse").follows("Ihre Organisation")
    expect(phone.field("street")).to_have_value("Backstraße 3")
    fill_all(phone.opens(OVERVIEW))
    send(phone).sees("Ihr Antrag")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390

    [receipt] = postbox.wait_for(1, to=ERIKA, subject="Ihr Antrag ist eingegangen", seconds=40)
    [copy] = receipt.iter_attachments()
    assert copy.get_payload(decode=True).startswith(b"%PDF-1.7")
    desk.opens(OVERVIEW).does_not_see("Prüfen und absenden")


def test_whoever_sends_before_the_mail_was_opened_is_told_so_and_arrives_by_its_link(begun, postbox):
    send(fill_all(begun)).reads("Bitte bestätigen Sie Ihre E-Mail-Adresse")
    assert Application.objects.get().status == "unconfirmed"

    begun.opens_link_of(postbox.wait_for(1, to=ERIKA)[0])

    assert Application.objects.get().status == "submitted"


def test_what_was_typed_is_kept_without_a_button_being_pressed(begun):
    begun.follows("Klimaschutz heute").fills(already_doing="Ohne Knopf gespeichert.")
    expect(begun.page.locator("#speicherstand")).to_contain_text("Zuletzt gespeichert um", timeout=15_000)

    begun.opens(f"{OVERVIEW}heute/")

    expect(begun.field("already_doing")).to_have_value("Ohne Knopf gespeichert.")


def test_nobody_leaves_a_page_unwarned_before_it_is_saved_or_is_bothered_afterwards(begun):
    asked = []
    begun.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    begun.follows("Klimaschutz heute")
    begun.page.locator("[name=already_doing]").press_sequentially("Noch nicht")
    begun.page.goto(OVERVIEW)
    assert asked == ["beforeunload"]

    begun.follows("Klimaschutz heute").page.locator("[name=already_doing]").press_sequentially("Gespeichert")
    expect(begun.page.locator("#speicherstand")).to_contain_text("Zuletzt gespeichert um", timeout=15_000)
    begun.page.goto(OVERVIEW)
    assert asked == ["beforeunload"]


def test_what_is_not_right_yet_is_not_said_to_be_saved_and_nobody_leaves_it_unwarned(begun):
    asked = []
    begun.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    state = begun.follows("Ihre Organisation").page.locator("#speicherstand")
    begun.fills(street="Backstraße 3", employees="viele")
    expect(state).to_contain_text("bis auf das, was noch nicht stimmt", timeout=15_000)
    assert (Application.objects.get().street, Application.objects.get().employees) == ("Backstraße 3", None)
    expect(begun.field("employees")).to_have_value("viele")

    begun.page.reload()
    assert asked == ["beforeunload"]

    begun.fills(employees="25")
    expect(state).to_contain_text("Zuletzt gespeichert um", timeout=15_000)
    begun.opens(OVERVIEW)
    assert asked == ["beforeunload"]
    assert Application.objects.get().employees == 25


def test_what_two_windows_changed_is_not_said_to_be_saved_and_nobody_leaves_it_unwarned(begun):
    asked = []
    begun.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    state = begun.follows("Klimaschutz heute").page.locator("#speicherstand")
    other = Person(begun.page.context.new_page()).opens(f"{OVERVIEW}heute/")
    other.fills(already_doing="Im zweiten Fenster.").presses("Speichern, später weiter").sees("Gespeichert.")

    begun.fills(already_doing="Im ersten Fenster.")
    expect(state).to_contain_text("noch nicht gespeichert", timeout=15_000)
    expect(state).to_contain_text("in einem anderen Fenster geändert")
    begun.page.reload()
    assert asked == ["beforeunload"]
    assert Application.objects.get().already_doing == "Im zweiten Fenster."

    begun.fills(already_doing="Im ersten Fenster.")
    expect(state).to_contain_text("Zuletzt gespeichert um", timeout=15_000)
    begun.opens(OVERVIEW)
    assert asked == ["beforeunload"]
    assert Application.objects.get().already_doing == "Im ersten Fenster."


def test_a_browser_that_forgot_all_its_cookies_loses_nothing(begun):
    begun.follows("Klimaschutz heute").page.context.clear_cookies()
    begun.fills(already_doing="Lange überlegt.").presses("Speichern und weiter")

    begun.reads("Gespeichert").sees("Ihre Sitzung ist abgelaufen.")
    assert Application.objects.get().already_doing == "Lange überlegt."


def test_whoever_reads_that_the_form_has_expired_finds_the_words_one_page_back(begun):
    begun.follows("Klimaschutz heute").page.context.clear_cookies(name="c")
    begun.fills(already_doing="Lange überlegt.").presses("Speichern und weiter")

    begun.reads("Das Formular ist abgelaufen").sees("Gehen Sie eine Seite zurück").page.go_back()
    expect(begun.reads("Klimaschutz heute").field("already_doing")).to_have_value("Lange überlegt.")


def test_a_session_that_ends_while_somebody_types_loses_nothing(begun):
    begun.follows("Klimaschutz heute").page.context.clear_cookies(name="s")
    begun.fills(already_doing="Spät getippt.").presses("Speichern und weiter")

    begun.reads("Gespeichert").sees("Ihre Sitzung ist abgelaufen.").follows("Neuen Link anfordern")
    assert Application.objects.get().already_doing == "Spät getippt."


# --- Several people ---------------------------------------------------------------------------------------------------


def test_two_people_fill_one_application_and_neither_overwrites_the_other(pact, somebody, postbox):
    erika = begin(somebody())
    erika.opens_link_of(postbox.wait_for(1, to=ERIKA)[0]).follows("Andere dazuholen")
    erika.fills(name="Kim Korn", email=KIM).presses("Einladen").sees(
        "Kim Korn bekommt eine Mail", "noch nicht geöffnet"
    )
    kim = somebody().opens_link_of(postbox.wait_for(1, to=KIM)[0]).reads("Antrag von Sonnenkorn GmbH")

    erika.opens(f"{OVERVIEW}heute/")
    kim.opens(f"{OVERVIEW}heute/").fills(already_doing="Kims Worte.").presses("Speichern, später weiter")
    erika.fills(already_doing="Erikas Worte.").presses("Speichern und weiter")
    erika.reads("Klimaschutz heute").sees("Das wurde inzwischen geändert", "Kims Worte.", "Kim Korn")
    expect(erika.field("already_doing")).to_have_value("Erikas Worte.")
    erika.presses("Speichern und weiter").reads("Wünsche und Angebote")

    assert Application.objects.get().already_doing == "Erikas Worte."
    erika.opens(f"{OVERVIEW}mitwirkende/").follows("Entfernen Kim Korn").reads("Kim Korn entfernen?").presses(
        "Entfernen"
    )
    erika.sees("Kim Korn arbeitet nicht mehr mit.")
    kim.opens(OVERVIEW).reads("Bitte öffnen Sie Ihren persönlichen Link")


# --- Only keys, no script ---------------------------------------------------------------------------------------------


def test_the_whole_way_goes_with_the_keyboard_alone(browse, pact):
    person = begin(KeyboardPerson(browse()))

    send(fill_all(person)).reads("Bitte bestätigen Sie Ihre E-Mail-Adresse")

    assert Application.objects.get().status == "unconfirmed"


def test_the_enter_key_goes_on_instead_of_searching_for_a_sector(begun):
    begun.follows("Ihre Organisation")
    fill_organisation(begun).field("street").press("Enter")

    begun.reads("Personen")


def test_a_sector_is_found_without_javascript_on_a_small_screen(browse, pact):
    person = begin(Person(browse(width=390, java_script_enabled=False)))
    person.follows("Ihre Organisation").fills(street="Backstraße 3", sector_search="Bäckerei")
    person.presses("Branche suchen").sees("Das könnte passen:")
    expect(person.field("street")).to_have_value("Backstraße 3")

    person.presses("Bäckerei: Industrie und verarbeitendes Gewerbe")

    expect(person.field("sector")).to_have_value("C")
    assert person.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_sector_is_found_while_typing_and_taken_with_the_keyboard(browse, pact):
    person = begin(KeyboardPerson(browse())).follows("Ihre Organisation")
    person.fills(sector_search="frisör")
    person.fills(sector_search="friseur").presses("Friseur: Vereine, Verbände und persönliche Dienste")

    expect(person.field("sector")).to_have_value("T")
    expect(person.field("sector")).to_be_focused()
    person.sees("Gewählt: Vereine, Verbände und persönliche Dienste")


# --- Mistakes ---------------------------------------------------------------------------------------------------------


def test_mistakes_are_listed_with_links_to_the_fields_and_nothing_typed_is_lost(browse, pact):
    person = begin(KeyboardPerson(browse())).follows("Ihre Organisation")
    person.fills(name="Sonnenkorn OHG", employees="viele", website="keine")

    person.presses("Speichern und weiter")

    summary = person.page.get_by_role("alert", name="Bitte prüfen Sie Ihre Angaben")
    expect(summary).to_be_focused()
    expect(person.page).to_have_title("Fehler: Ihre Organisation – Musterstädter Klimapakt")
    expect(summary).to_contain_text("Bitte wählen Sie Ihre Branche.")
    expect(person.field("name")).to_have_value("Sonnenkorn OHG")
    expect(person.field("employees")).to_have_value("viele")
    expect(person.field("employees")).to_have_attribute("aria-invalid", "true")
    assert leads_to_its_field(person.page, summary)
    assert Application.objects.get().name == "Sonnenkorn OHG"

    fill_organisation(person).fills(website="").presses("Speichern und weiter").reads("Personen")


def leads_to_its_field(page: Page, summary) -> bool:
    """Whether every link of the summary moves the focus to a field that says it is wrong."""
    links = summary.get_by_role("link")
    assert links.count() >= 6
    for link in links.all():
        link.focus()
        page.keyboard.press("Enter")
        field = page.locator(link.get_attribute("href"))
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        described = page.locator(f"#{field.get_attribute('id')}_error")
        assert described.get_attribute("id") in field.get_attribute("aria-describedby").split()
        expect(described).to_contain_text(link.inner_text().partition(" – ")[2])
    return True


def test_what_is_missing_is_named_on_the_last_page_with_the_way_there(begun):
    begun.follows("Prüfen und absenden").sees("Das fehlt noch").follows("Branche").reads("Ihre Organisation")

    assert re.search(r"/organisation/\?vorgang=application:\d+#id_sector$", begun.page.url)


def test_postal_code_and_place_stand_level_though_only_one_has_a_hint(begun):
    begun.follows("Ihre Organisation")

    code, place = (begun.field(name).bounding_box() for name in ("postal_code", "place"))

    assert code["y"] == place["y"]
    assert code["x"] < place["x"]


def test_a_double_click_sends_one_application(begun, postbox):
    begun.opens_link_of(postbox.wait_for(1, to=ERIKA)[0])
    fill_all(begun).ticks("may_apply", "is_correct", "has_read")

    begun.page.get_by_role("button", name="Antrag absenden").dblclick()

    begun.sees("Ihr Antrag")
    assert Application.objects.get().status == "submitted"
    assert OutgoingMail.objects.filter(kind="office_application").count() == 1


def test_a_double_click_begins_one_application(company):
    company.opens("/mitmachen/antrag/").fills(organisation="Sonnenkorn GmbH", name="Erika Korn", email=ERIKA)

    company.page.get_by_role("button", name="Antrag beginnen").dblclick()

    company.reads("Antrag von Sonnenkorn GmbH")
    assert Application.objects.count() == OutgoingMail.objects.count() == 1


def test_whoever_goes_back_and_mends_a_word_is_not_asked_about_herself(begun):
    begun.follows("Klimaschutz heute").fills(already_doing="Tipfehler").presses("Speichern und weiter")
    begun.reads("Wünsche und Angebote").page.go_back()

    begun.reads("Klimaschutz heute").fills(already_doing="Tippfehler").presses("Speichern und weiter")

    begun.reads("Wünsche und Angebote")
    assert Application.objects.get().already_doing == "Tippfehler"


def test_a_draft_is_thrown_away_after_being_asked(begun):
    begun.follows("Entwurf löschen").reads("Entwurf löschen?").presses("Entwurf löschen").sees(
        "Der Entwurf ist gelöscht."
    )

    assert not Application.objects.exists()


def test_a_wrong_address_is_mended_before_anything_else(begun, postbox: Postbox):
    begun.unfolds("Adresse berichtigen").fills(email="erika@sonnenkron.example").presses("Adresse berichtigen")
    begun.sees("erika@sonnenkron.example")

    begun.opens_link_of(postbox.wait_for(1, to="erika@sonnenkron.example")[0]).reads("Antrag von Sonnenkorn GmbH")
