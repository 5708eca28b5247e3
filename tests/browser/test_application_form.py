"""The application form under the hands of people: mistakes, double clicks, the way back."""

import pytest
from playwright.sync_api import Page, expect

from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application
from tests.browser.people import KeyboardPerson, Person

pytestmark = pytest.mark.browser


@pytest.fixture
def company(browse, pact) -> Person:
    return Person(browse())


@pytest.fixture
def filled_in(company: Person) -> Person:
    """Somebody who has only to press the button."""
    return fill_in(company.opens("/mitmachen/antrag/"))


def fill_in(person: Person) -> Person:
    person.fills(name="Sonnenkorn GmbH", street="Backstraße 3", postal_code="12345", employees="25")
    person.chooses(sector="Handel")
    person.fills(contact_name="Erika Korn", contact_function="Inhaberin", contact_email="erika@sonnenkorn.example")
    return person.ticks("signatory_is_contact", "may_apply")


def test_mistakes_are_listed_with_links_to_the_fields_and_nothing_typed_is_lost(browse, pact):
    person = KeyboardPerson(browse())
    person.opens("/mitmachen/antrag/").fills(name="Sonnenkorn GmbH", contact_email="erika@korn")
    person.chooses(sector="Handel").ticks("consent_profile")

    person.presses("Antrag absenden")

    summary = person.page.get_by_role("alert", name="Bitte prüfen Sie Ihre Angaben")
    expect(summary).to_be_focused()
    expect(person.page).to_have_title("Fehler: Antrag auf Beitritt – Musterstädter Klimapakt")
    expect(summary).to_contain_text("Bitte geben Sie eine vollständige E-Mail-Adresse ein, zum Beispiel name@firma.de.")
    expect(person.field("name")).to_have_value("Sonnenkorn GmbH")
    expect(person.field("contact_email")).to_have_value("erika@korn")
    expect(person.field("contact_email")).to_have_attribute("aria-invalid", "true")
    expect(person.field("sector")).to_have_value("G")
    expect(person.field("consent_profile")).to_be_checked()
    assert leads_to_its_field(person.page, summary)

    fill_in(person).presses("Antrag absenden")

    person.reads("Bitte bestätigen Sie Ihre E-Mail-Adresse")
    assert Application.objects.get().contact_email == "erika@sonnenkorn.example"


def leads_to_its_field(page: Page, summary) -> bool:
    """Whether every link of the summary moves the focus to a field that says it is wrong."""
    links = summary.get_by_role("link")
    assert links.count() >= 8
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


def test_a_double_click_makes_one_application(filled_in):
    filled_in.page.get_by_role("button", name="Antrag absenden").dblclick()

    filled_in.reads("Bitte bestätigen Sie Ihre E-Mail-Adresse")
    assert Application.objects.count() == 1
    assert OutgoingMail.objects.filter(kind="application_confirm").count() == 1


def test_going_back_and_sending_once_more_makes_one_application(filled_in):
    filled_in.presses("Antrag absenden").reads("Bitte bestätigen Sie Ihre E-Mail-Adresse")

    filled_in.page.go_back()
    filled_in.presses("Antrag absenden").reads("Bitte bestätigen Sie Ihre E-Mail-Adresse")

    filled_in.sees("Ihr Antrag liegt uns schon vor")
    assert Application.objects.count() == 1
    assert OutgoingMail.objects.filter(kind="application_confirm").count() == 1


def test_reloading_the_receipt_sends_nothing_again(filled_in):
    filled_in.presses("Antrag absenden").reads("Bitte bestätigen Sie Ihre E-Mail-Adresse")

    filled_in.page.reload()
    filled_in.page.reload()

    filled_in.reads("Bitte bestätigen Sie Ihre E-Mail-Adresse").does_not_see("schon vor")
    assert Application.objects.count() == 1
    assert OutgoingMail.objects.count() == 1
