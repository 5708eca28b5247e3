"""Take the README's pictures from a running trial.

    ./portal up
    .venv/bin/python docs/pictures/make.py http://127.0.0.1:8000 PASSWORD

PASSWORD is the one that `./portal up` prints. Needs the packages of `./portal test` and Chromium (`CHROMIUM` names
another program). The pictures show invented companies; personal links are sent to some of them on the way, and a draft is begun.
"""

import io
import os
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent
SIZE = {"width": 1280, "height": 860}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
COLOURS = 128
HEAVIEST = 150_000  # bytes of one picture
A_PERSON_NEEDS = 4_000
"""Milliseconds for a form; who is quicker is taken for a program."""


def main(address: str, password: str) -> None:
    with sync_playwright() as playwright:
        program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        public = browser.new_page(base_url=address, viewport=SIZE, locale="de-DE")
        office = browser.new_page(base_url=address, viewport=SIZE, locale="de-DE")
        pictures_of_the_public(public)
        reference = pictures_of_the_office(office, password)
        picture_of_the_applicant(public, office, reference)
        picture_of_the_partner(public, office)
        picture_of_the_signatory(public, office)
        pictures_of_the_mailbox(office)
        browser.close()


def pictures_of_the_public(page: Page) -> None:
    page.goto("/")
    take(page, "start")
    page.goto("/klimapartner/")
    take(page, "partners")
    for link in page.locator(".cards h2 a").all():
        page.goto(link.get_attribute("href"))
        if page.locator("#massnahmen").count():
            break
        page.go_back()
    take(page, "profile")
    page.goto("/wirkung/")
    take(page, "impact")
    page.goto("/mitmachen/antrag/")
    page.get_by_label("Name der Organisation").fill("Musterbäckerei GmbH")
    page.get_by_label("Ihr Vor- und Nachname").fill("Erika Muster")
    page.get_by_label("Ihre E-Mail-Adresse").fill("erika@musterbaeckerei.example")
    page.wait_for_timeout(A_PERSON_NEEDS)
    page.get_by_role("button", name="Antrag beginnen").click()
    page.get_by_role("link", name="Ihre Organisation").first.click()
    take(page, "application")
    page.goto("/veranstaltungen/")
    page.get_by_role("link", name="Maßnahmen planen und rechnen").click()
    page.get_by_role("link", name="Anmelden").first.click()
    take(page, "registration")


def pictures_of_the_office(page: Page, password: str) -> str:
    """Return the number of the application in the picture."""
    page.goto("/admin/")
    page.fill("[name=username]", "geschaeftsstelle")
    page.fill("[name=password]", password)
    page.get_by_role("button", name="Anmelden").click()
    page.get_by_role("heading", name="Zu tun").wait_for()
    take(page, "office")
    page.goto("/admin/events/event/")
    page.get_by_role("link", name="Maßnahmen planen und rechnen").click()
    page.get_by_role("link", name="Rückmeldungen").click()
    take(page, "answers")
    page.goto("/admin/partners/application/?status__exact=in_review")
    page.locator("#result_list tbody th a").first.click()
    reference = page.locator(".office-facts dd").first.inner_text()
    take(page, "review")
    return reference


def picture_of_the_applicant(company: Page, office: Page, reference: str) -> None:
    """Let the office send the link to the application it looks at, and follow it."""
    office.get_by_role("link", name="Persönlichen Link senden …").click()
    office.get_by_role("button", name="Persönlichen Link senden").click()
    open_link_from_mail(company, office, f"Ihr Link zum Antrag {reference}")
    company.get_by_role("heading", name="So steht es").wait_for()
    take(company, "status")


def picture_of_the_partner(company: Page, office: Page) -> None:
    """Let the office send a partner the link to its own pages, and follow it."""
    office.goto("/admin/partners/partner/?publication__exact=published&q=Muster")
    office.locator("#result_list tbody th a").first.click()
    office.get_by_role("link", name="Persönlichen Link senden …").click()
    office.get_by_role("button", name="Persönlichen Link senden").click()
    open_link_from_mail(company, office, "Mein Klimapakt")
    take(company, "company")


def picture_of_the_signatory(company: Page, office: Page) -> None:
    """Let the office send the link to an agreement that is offered, and follow it."""
    office.goto("/admin/agreements/agreement/?stand=offered")
    office.locator("#result_list tbody th a").first.click()
    office.get_by_role("link", name="Link erneut senden …").click()
    office.get_by_role("button", name="Link erneut senden").click()
    open_link_from_mail(company, office, "vereinbarung")
    take(company, "agreement")


def pictures_of_the_mailbox(office: Page) -> None:
    """The mails that were sent for the other pictures, and the words of one kind."""
    office.goto("/admin/mailbox/mailboxstate/")
    take(office, "mailbox")
    office.goto("/admin/mailbox/mailwording/event_invitation/")
    office.frame_locator("iframe").get_by_text("Freundliche Grüße").wait_for()
    take(office, "wording")


def open_link_from_mail(company: Page, office: Page, subject: str) -> None:
    """Read the newest mail with this subject in the trial's mailbox and press the button behind its link."""
    mail = office.get_by_role("link", name=subject).first
    for _ in range(50):
        office.goto("/postfach/")
        if mail.count():
            break
        office.wait_for_timeout(200)
    mail.click()
    company.goto(office.locator(".mail-text a[href*='/z/']").get_attribute("href"))
    company.get_by_role("button", name="Weiter").click()


def take(page: Page, name: str) -> None:
    """Write one picture with few colours, so that the repository stays small."""
    page.wait_for_function("document.fonts.status === 'loaded'")
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    file = FOLDER / f"{name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size // 1000} KB, {page.title()}")
    if file.stat().st_size > HEAVIEST:
        sys.exit(f"{file} is heavier than {HEAVIEST // 1000} KB")


if __name__ == "__main__":
    main(*sys.argv[1:])
