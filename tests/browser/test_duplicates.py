"""A duplicate is found, merged and parted again, by mouse and by keyboard alone on a narrow window without script."""

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from klimapakt.setup.roles import OFFICE
from partners.models import Merge, NoDuplicate, Organisation
from partners.services import applying, review
from tests.browser.people import KeyboardPerson, Person
from tests.browser.test_accessibility import TOLERATED, findings
from tests.factories import (
    ApplicationFactory,
    ConsentFactory,
    ContactFactory,
    OrganisationFactory,
    PartnerFactory,
    UserFactory,
)

pytestmark = pytest.mark.browser

PASSWORD = "Lastenrad-Solardach-7"
KEPT, DOUBLE = "Bäckerei Sonnenkorn GmbH", "Baeckerei Sonnenkorn GmbH & Co. KG"


@pytest.fixture(params=["mouse", "keyboard, no script, 390 px"])
def office(request, browse, pact) -> Person:
    user = UserFactory(username="amt", first_name="Ottilie", last_name="Amt")
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name=OFFICE))
    if request.param == "mouse":
        return Person(browse(reduced_motion="reduce"))
    return KeyboardPerson(browse(width=390, java_script_enabled=False))


@pytest.fixture
def twice(pact) -> dict[str, Organisation]:
    """The same bakery twice, each time as a partner with a person and a consent."""
    places = {KEPT: "Altstadt", DOUBLE: "Neustadt"}
    partners = [PartnerFactory(organisation__name=name, organisation__place=place) for name, place in places.items()]
    for partner in partners:
        ContactFactory(organisation=partner.organisation, name=f"Erika {partner.pk}", email="erika@sonnenkorn.example")
        ConsentFactory(organisation=partner.organisation)
    return {partner.organisation.name: partner.organisation for partner in partners}


def sign_in(office: Person, address: str) -> None:
    office.opens(address).fills(username="amt", password=PASSWORD).presses("Anmelden")


def choose(office: Person, name: str, value: str) -> None:
    """Choose one of a group of radio buttons: the arrows walk through it, Tab enters it."""
    group = office.page.locator(f"[name='{name}']")
    target = office.page.locator(f"[name='{name}'][value='{value}']")
    if isinstance(office, KeyboardPerson):
        office._reach(next(one for one in group.all() if one.is_checked()))
        while not target.is_checked():
            office.page.keyboard.press("ArrowDown")
    else:
        target.check()


def is_fine(office: Person, place: str) -> None:
    """Look for what would keep somebody out, and for a page wider than the window."""
    if not isinstance(office, KeyboardPerson):
        found = findings(office.page, place)
        assert [finding for finding in found if not finding.startswith(tuple(TOLERATED))] == []
    width = office.page.viewport_size["width"]
    assert office.page.evaluate("document.documentElement.scrollWidth") <= width, place


def test_a_duplicate_is_found_merged_and_parted_again(office, twice):
    kept, double = twice[KEPT], twice[DOUBLE]
    sign_in(office, f"/admin/partners/organisation/{kept.pk}/change/")
    office.sees("Vielleicht doppelt", "gleicher Name ohne Rechtsform", "gleiche Mail-Domain sonnenkorn.example")
    is_fine(office, "organisation with a candidate")

    office.follows(f"Vergleichen und zusammenführen … „{DOUBLE}“").reads("Zusammenführen")
    office.sees("Gelöscht wird nichts. Es geht keine Mail heraus.", "Ansprechpersonen: 1", "stehen bleibt")
    is_fine(office, "comparison")
    choose(office, "place", "other")
    office.presses("Zusammenführen").sees(f"„{DOUBLE}“ ist in „{KEPT}“ aufgegangen", "Nichts gefunden, was gleich")
    expect(office.field("place")).to_have_value("Neustadt")
    assert kept.contacts.count() == 2

    office.follows(f"Ansehen und zurücknehmen „{DOUBLE}“").sees("zurücknehmbar bis")
    is_fine(office, "merge")
    office.follows("Zusammenführung zurücknehmen …").sees("wieder zwei Einträge, beide wie zuvor")
    office.presses("Zusammenführung zurücknehmen").sees("Beide sind wieder getrennt.")

    kept.refresh_from_db()
    assert (kept.place, kept.contacts.count(), double.contacts.count()) == ("Altstadt", 1, 1)
    assert Merge.objects.get().undone_by.username == "amt"
    office.opens(f"/admin/partners/organisation/{double.pk}/change/").sees("gleicher Name ohne Rechtsform")


def test_two_that_look_alike_are_told_apart_and_compared_again(office, twice):
    sign_in(office, f"/admin/partners/organisation/{twice[KEPT].pk}/change/")

    office.presses(f"Keine Dublette „{DOUBLE}“").sees("Gemerkt: keine Dublette.", "Keine Dublette (1)")
    office.does_not_see("gleicher Name ohne Rechtsform")
    assert NoDuplicate.objects.exists()

    office.unfolds("Keine Dublette (1)").presses(f"Wieder vergleichen „{DOUBLE}“")
    office.sees("gleicher Name ohne Rechtsform")
    assert not NoDuplicate.objects.exists()


def test_an_application_is_recognised_and_two_of_one_company_are_merged(office, pact):
    OrganisationFactory(name="Bäckerei Sonnenkorn (alt)")
    first, second = (ApplicationFactory(name=name) for name in ("Bäckerei Sonnenkorn", "Bäckerei Sonnenkorn GmbH"))
    for application in (first, second):
        applying.send(application, by=application.applicants.get())
        review.start_review(application, by=UserFactory())
    sign_in(office, f"/admin/partners/application/{first.pk}/change/")
    office.sees("Vielleicht doppelt", "gleicher Name ohne Rechtsform", "ähnlicher Name")
    is_fine(office, "application with candidates")

    office.follows("Ist dieselbe Organisation … „Bäckerei Sonnenkorn (alt)“").reads("Ist dieselbe Organisation")
    is_fine(office, "recognising")
    choose(office, "name", "other")
    office.presses("So merken").sees("Ist dieselbe Organisation wie „Bäckerei Sonnenkorn (alt)“")
    office.follows("Vergleichen und zusammenführen … „Bäckerei Sonnenkorn GmbH“")
    office.sees("Diese Personen können danach den Antrag „Bäckerei Sonnenkorn“ lesen", second.contact_email)
    office.presses("Zusammenführen").sees("„Bäckerei Sonnenkorn GmbH“ ist in „Bäckerei Sonnenkorn“ aufgegangen")
    office.presses("Doch eine andere Organisation").sees("Der Antrag gehört zu keiner bekannten Organisation mehr.")

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.known_as, second.status, second.merged_into) == (None, "merged", first)
