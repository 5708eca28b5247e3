"""The office writes a mail's words anew: typed, tried, saved and taken back, also without script and by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from klimapakt.mailbox import kinds, rewording
from tests.browser.people import KeyboardPerson, Person
from tests.browser.test_accessibility import FRAME, findings, signed_in, width_of
from tests.factories import ContactFactory, PartnerFactory
from tests.stack import Postbox

pytestmark = pytest.mark.browser

EDITOR = "/admin/mailbox/mailwording/partner_link/"
BODY = "Hallo {name},\n\nhier geht es weiter:\n\n{link}"


@pytest.fixture(params=["mouse", "keyboard, no script, 390 px"])
def writer(request: pytest.FixtureRequest, browse: Callable[..., Page], pact, office) -> Person:
    ContactFactory(
        organisation=PartnerFactory(organisation__name="Müller & Co. <GmbH>").organisation, name="Erika Korn"
    )
    is_mouse = request.param == "mouse"
    page = browse(reduced_motion="reduce") if is_mouse else browse(width=390, java_script_enabled=False)
    page.goto("/admin/login/")
    page.context.add_cookies([signed_in(office)])
    return Person(page) if is_mouse else KeyboardPerson(page)


def test_the_office_writes_a_text_and_takes_it_back(writer, office, postbox: Postbox):
    writer.opens("/admin/mailbox/mailwording/").fills(q="eigenen seite").presses("Suchen")
    writer.follows("Neuer Link zur eigenen Seite").reads("Neuer Link zur eigenen Seite")

    writer.fills(subject="Für {organisation}", body="Hallo {nmae}").presses("Vorschau")
    writer.sees("Meinten Sie {name}?", "Der Platzhalter {link} fehlt.", "Die Vorschau erscheint wieder")

    writer.fills(body=BODY).presses("Vorschau").sees("Für Müller & Co. <GmbH>")
    mail = writer.page.frame_locator("iframe").locator("body")
    expect(mail).to_contain_text("Hallo Erika Korn,")
    expect(mail).to_contain_text("Zu Ihrer Seite")

    writer.presses("Testmail an mich").sees(f"geht an {office.email}")
    [trial] = postbox.wait_for(1, to=office.email, subject="Für Musterbetrieb GmbH")
    assert "[persönlicher Link]" in trial.get_body(("plain",)).get_content()

    writer.presses("Sichern").sees("Gesichert als Fassung 1.", "gilt jetzt")
    writer.follows("Auf mitgelieferten Text zurücksetzen …").sees("Mails, die schon geschrieben sind, bleiben")
    writer.presses("Auf mitgelieferten Text zurücksetzen").sees("Fassung 2", "mitgelieferter Text")
    assert writer.page.locator("[name=subject]").input_value() == "Ihr Link zu „Mein Klimapakt“"


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(width, browse, pact, office, administrator):
    page = browse(width=width, reduced_motion="reduce")
    page.goto("/admin/login/")
    page.context.add_cookies([signed_in(office)])
    person, found, too_wide = Person(page), [], []

    def look(place: str) -> None:
        found.extend(findings(page, place, without=FRAME))
        if width_of(page) > width:
            too_wide.append(place)

    person.opens("/admin/mailbox/mailwording/")
    look("list")
    for kind in ("event_changed", "application_received", "agreement_code"):
        person.opens(f"/admin/mailbox/mailwording/{kind}/")
        look(kind)
    person.opens(EDITOR).fills(body="Hallo {nmae}").presses("Sichern")
    look("mistake")
    person.opens(EDITOR).fills(body=BODY)
    rewording.save(kinds.get("partner_link"), ("Anders", "{link}"), seen=0, by=administrator)
    person.presses("Sichern").sees("hat diesen Text inzwischen geändert")
    look("conflict")
    person.presses("Sichern").sees("Gesichert")
    person.follows("Fassung 1")
    look("version")
    assert found == []
    assert too_wide == []
