"""Logo and papers under the hands of people: with a mouse, by keyboard, without JavaScript, with a slow line."""

import os
import re
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

import partners.mails.application as mails
from klimapakt.links.models import AccessLink
from klimapakt.uploads.models import Upload
from partners.models import Application
from tests.browser.people import KeyboardPerson, Person
from tests.corpus import FILES
from tests.factories import ApplicationFactory

pytestmark = pytest.mark.browser

PROFILE, TODAY = "/mein-klimapakt/antrag/profil/", "/mein-klimapakt/antrag/heute/"
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def link(pact, portal) -> AccessLink:
    return mails.application_access(ApplicationFactory().applicants.get())


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A few files on this person's disk."""
    from PIL import Image, ImageDraw

    logo = Image.new("RGBA", (800, 300), (0, 0, 0, 0))
    ImageDraw.Draw(logo).ellipse((20, 20, 280, 280), fill=(20, 120, 60))
    png = BytesIO()
    logo.save(png, "PNG")
    content = {
        "Logo.png": png.getvalue(),
        "Bilanz.pdf": FILES["a pdf"][0](),
        "Kaputt.png": FILES["a png of 20 million points"][0](),
        "Seite.html": b"<html>",
        "Gross.pdf": b"%PDF-" + b"x" * 11_000_000,
    }
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    return {name: tmp_path / name for name in content}


def enter(person: Person, link: AccessLink) -> Person:
    person.opens(link.url()).presses("Weiter")
    expect(person.page).to_have_url(re.compile(r"/mein-klimapakt/antrag/\?vorgang=application:\d+$"))
    return person


def picture(person: Person, name: str) -> None:
    if SHOTS:
        person.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_a_logo_is_uploaded_checked_shown_and_removed_while_the_page_and_its_words_stay(browse, link, files):
    erika = enter(Person(browse()), link).opens(PROFILE).fills(quote="Ohne Klima kein Brot.")

    erika.attaches("file", files["Logo.png"]).ticks("rights").presses("Logo hochladen")
    erika.sees("Logo.png", "Geprüft", "Die Prüfung ist fertig.")

    logo = erika.page.get_by_alt_text("So sieht Ihr Logo aus")
    expect(logo).to_be_visible()
    assert logo.evaluate("image => image.naturalWidth") == 800
    expect(erika.field("quote")).to_have_value("Ohne Klima kein Brot.")
    picture(erika, "logo")
    findings = Axe().run(erika.page).response["violations"]
    assert [finding["id"] for finding in findings] == []

    erika.presses("Entfernen", under="Ihr Logo").sees("„Logo.png“ ist entfernt.")
    assert not Upload.objects.exists()
    expect(erika.field("quote")).to_have_value("Ohne Klima kein Brot.")


def test_every_way_a_file_is_refused_is_said_and_costs_no_word(browse, link, files):
    erika = enter(Person(browse()), link).opens(TODAY).fills(already_doing="Strom vom Dach.")

    erika.presses("Datei hochladen").sees("Bitte wählen Sie eine Datei aus.")
    erika.attaches("file", files["Seite.html"]).presses("Datei hochladen").sees("können wir nicht annehmen")
    picture(erika, "refused")
    erika.attaches("file", files["Gross.pdf"]).presses("Datei hochladen").sees("größer als 10 MB")
    erika.attaches("file", files["Kaputt.png"]).presses("Datei hochladen")
    erika.sees("Nicht angenommen:", "beschädigt", "Nicht jede Datei wurde angenommen.")

    expect(erika.field("already_doing")).to_have_value("Strom vom Dach.")
    picture(erika, "refused_by_check")


def test_a_tick_that_was_forgotten_costs_no_file(browse, link, files):
    erika = enter(Person(browse()), link).opens(PROFILE).attaches("file", files["Logo.png"])

    for button in ("Logo hochladen", "Speichern und weiter"):
        erika.presses(button).sees("Ohne die Rechte am Logo dürfen wir es nicht zeigen.")
        expect(erika.field("rights")).to_be_focused()
    erika.ticks("rights").presses("Logo hochladen").sees("Logo.png", "Geprüft")


def test_a_chosen_file_comes_along_when_somebody_goes_on(browse, link, files):
    erika = enter(Person(browse()), link).opens(TODAY).fills(already_doing="Strom vom Dach.")

    erika.attaches("file", files["Bilanz.pdf"]).presses("Speichern und weiter").sees("Die Datei ist angekommen")

    assert Upload.objects.get().name == "Bilanz.pdf"
    assert Application.objects.get().already_doing == "Strom vom Dach."


def test_a_slow_upload_shows_how_far_it_is(browse, link, files):
    page = browse()
    erika = enter(Person(page), link).opens(TODAY)
    held = []
    page.route(
        "**/dateien/unterlagen/**",
        lambda route: held.append(route) if route.request.method == "POST" else route.continue_(),
    )

    erika.attaches("file", files["Bilanz.pdf"]).presses("Datei hochladen")
    expect(page.get_by_role("progressbar", name="Fortschritt beim Hochladen")).to_be_visible()
    erika.sees("Die Datei wird hochgeladen …")
    expect(page.get_by_role("button", name="Datei hochladen")).to_be_disabled()
    picture(erika, "progress")

    held[0].continue_()
    erika.sees("Geprüft")
    expect(page.get_by_role("progressbar", name="Fortschritt beim Hochladen")).to_have_count(0)


def test_a_paper_is_added_and_removed_by_keyboard_alone(browse, link, files):
    erika = enter(KeyboardPerson(browse()), link).opens(TODAY)

    erika.attaches("file", files["Bilanz.pdf"]).presses("Datei hochladen").sees("Geprüft")
    expect(erika.page.get_by_role("heading", name="Unterlagen")).to_be_focused()
    erika.presses("Entfernen", under="Unterlagen").sees("„Bilanz.pdf“ ist entfernt.")

    assert not Upload.objects.exists()


def test_without_javascript_the_same_works_on_a_phone(browse, link, files):
    erika = enter(Person(browse(width=390, java_script_enabled=False)), link).opens(PROFILE)

    erika.fills(quote="Ohne Klima kein Brot.")
    erika.attaches("file", files["Logo.png"]).presses("Logo hochladen").sees("Ohne die Rechte am Logo")
    expect(erika.field("quote")).to_have_value("Ohne Klima kein Brot.")
    picture(erika, "no_js_refused_390")
    erika.fills(quote="Ohne Brot kein Klima.")
    erika.attaches("file", files["Logo.png"]).ticks("rights").presses("Logo hochladen")
    erika.sees("Die Datei ist angekommen").reads("Ihr Profil")
    expect(erika.field("quote")).to_have_value("Ohne Brot kein Klima.")
    picture(erika, "no_js_waiting_390")
    for _ in range(20):
        if Upload.objects.released().exists():
            break
        erika.page.wait_for_timeout(500)
    erika.opens(PROFILE).sees("Geprüft")
    picture(erika, "no_js_390")
    assert erika.page.evaluate("document.documentElement.scrollWidth") <= 390

    erika.presses("Entfernen", under="Ihr Logo").sees("„Logo.png“ ist entfernt.")
    assert Application.objects.get().logo_id is None


def test_a_line_that_breaks_is_said_and_the_file_can_be_sent_again(chromium, portal, link, files):
    context = chromium.new_context(base_url=portal)  # that the browser notes the break is no fault of the page
    page = context.new_page()
    erika = enter(Person(page), link).opens(TODAY)
    page.route("**/dateien/unterlagen/**", lambda route: route.abort(), times=1)

    erika.attaches("file", files["Bilanz.pdf"]).presses("Datei hochladen").sees("Die Verbindung ist abgebrochen.")
    erika.presses("Datei hochladen").sees("Geprüft")
    context.close()
