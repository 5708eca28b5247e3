"""From application to public partner, walked on the running portal by a company, the office and the public."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Page

from klimapakt.setup.roles import OFFICE
from partners.models import Application, ApplicationQuestion, TimelineEntry
from tests.browser.people import KeyboardPerson, Person, text_of
from tests.factories import EventFactory, PartnerFactory, UserFactory
from tests.stack import Postbox

pytestmark = pytest.mark.browser

OFFICE_EMAIL = "klimapakt@musterstadt.example"
PASSWORD = "Lastenrad-Solardach-7"
FIRM = "Bäckerei Sonnenkorn GmbH"


@dataclass
class Cast:
    """Who takes part."""

    company: Person
    office: Person
    public: Person


@pytest.fixture(params=["mouse", "no script, 390 px", "keyboard"])
def cast(request: pytest.FixtureRequest, browse: Callable[..., Page]) -> Cast:
    match request.param:
        case "mouse":
            return Cast(Person(browse()), Person(browse()), Person(browse()))
        case "keyboard":
            return Cast(KeyboardPerson(browse()), KeyboardPerson(browse()), Person(browse()))
    phone = {"width": 390, "java_script_enabled": False}
    return Cast(Person(browse(**phone)), Person(browse(**phone)), Person(browse(**phone)))


@pytest.fixture
def musterstadt(pact) -> None:
    """The pact asks for an orientation talk; there are two partners, an event, and somebody at the office."""
    pact.uses_orientation_talk = True
    pact.save()
    for name, sector in (("Gärtnerei Grün", "A"), ("Weberei Flott", "C")):
        PartnerFactory(listed=True, organisation__name=name, organisation__sector=sector)
    EventFactory(published=True, title="Werkstatt Wärmepumpe", slug="werkstatt")
    user = UserFactory(username="amt", first_name="Ottilie", last_name="Amt", email="amt@musterstadt.example")
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name=OFFICE))


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A PDF of one empty page."""
    import pikepdf

    path = tmp_path / "Unterschrift.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(path)
    return path


def test_a_company_becomes_a_public_partner_and_leaves_the_list_again(musterstadt, cast, postbox, scan):
    company, office, public = cast.company, cast.office, cast.public

    apply_with_a_wrong_address_and_mend_it(company, postbox)
    take_into_review_mend_a_typo_and_ask_back(office, postbox)
    answer_the_question(company, postbox)
    record_the_talk_and_accept(office, postbox, scan)
    record_the_agreement_and_publish(office, postbox, scan)
    find_the_partner(public)
    withdraw_the_consent(company, postbox)

    assert public.status_of("/klimapartner/baeckerei-sonnenkorn-gmbh/") == 404
    public.opens("/klimapartner/").sees("Weberei Flott").does_not_see(FIRM)
    [told] = postbox.wait_for(1, to=OFFICE_EMAIL, subject="Einwilligung widerrufen")
    assert FIRM in text_of(told)


def apply_with_a_wrong_address_and_mend_it(company: Person, postbox: Postbox) -> None:
    company.opens("/mitmachen/").follows("Antrag stellen").reads("Antrag auf Beitritt")
    company.fills(organisation="Bäckerei Sonnenkron GmbH", name="Erika Korn", email="erika@sonnenkron.example")
    company.presses("Antrag beginnen").reads("Antrag von Bäckerei Sonnenkron GmbH").follows("Ihre Organisation")
    company.fills(street="Backstraße 3", postal_code="12345", place="Musterstadt", employees="25")
    company.chooses(sector="Industrie und verarbeitendes Gewerbe").fills(website="www.sonnenkorn.example")
    company.presses("Speichern und weiter").reads("Personen").fills(contact_function="Inhaberin")
    company.ticks("signatory_is_contact").presses("Speichern und weiter").reads("Klimaschutz heute")
    company.fills(already_doing="Ökostrom seit 2019.").presses("Speichern und weiter").reads("Wünsche und Angebote")
    company.fills(wishes="Hilfe bei der CO₂-Bilanz.").presses("Speichern und weiter").reads("Ihre Zusagen")
    company.ticks("supports_goal", "sets_measures", "accepts_monitoring").presses("Speichern und weiter")
    company.reads("Ihr Profil").presses("Speichern und weiter").reads("Einwilligungen")
    company.ticks("consent_profile", "consent_measures").presses("Speichern und weiter")
    company.reads("Prüfen und absenden").ticks("may_apply", "is_correct", "has_read").presses("Antrag absenden")
    company.reads("Bitte bestätigen Sie Ihre E-Mail-Adresse").sees("erika@sonnenkron.example")
    lost, _ = postbox.wait_for(2, to="erika@sonnenkron.example", subject="Ihr Link zum Antrag")
    assert "Bäckerei" not in text_of(lost)

    company.fills(email="erika@sonnenkorn.example").presses("Adresse berichtigen")
    company.sees("erika@sonnenkorn.example").does_not_see("erika@sonnenkron.example")
    [proof] = postbox.wait_for(1, to="erika@sonnenkorn.example", subject="Ihr Link zum Antrag")
    company.opens_link_of(lost).reads("Dieser Link gilt nicht mehr")
    company.opens_link_of(proof).reads("Antrag von Bäckerei Sonnenkron GmbH")

    [receipt] = postbox.wait_for(1, to="erika@sonnenkorn.example", subject="Ihr Antrag ist eingegangen", seconds=40)
    assert "Was Sie sich vom Pakt wünschen: Hilfe bei der CO₂-Bilanz." in text_of(receipt)
    postbox.wait_for(1, to=OFFICE_EMAIL, subject="Neuer Antrag: Bäckerei Sonnenkron GmbH")
    company.opens_link_of(proof).reads("Antrag von Bäckerei Sonnenkron GmbH")


def take_into_review_mend_a_typo_and_ask_back(office: Person, postbox: Postbox) -> None:
    [told] = postbox.wait_for(1, to=OFFICE_EMAIL, subject="Neuer Antrag")
    address = next(line for line in text_of(told).splitlines() if "/admin/partners/application/" in line)
    office.opens(address).reads("Anmelden")
    office.fills(username="amt", password=PASSWORD).presses("Anmelden")
    office.sees("Bäckerei Sonnenkron GmbH", "Hilfe bei der CO₂-Bilanz.", "eingegangen")
    office.follows("In Prüfung nehmen …").sees("Es geht keine Mail heraus.").presses("In Prüfung nehmen")
    office.sees("Der Antrag liegt jetzt bei Ihnen.", "in Prüfung", "Ottilie Amt")

    office.follows("Berichtigen bei „Organisation“").fills(name=FIRM).presses("Sichern")
    office.sees("Name der Organisation berichtigt: „Bäckerei Sonnenkron GmbH“ → „Bäckerei Sonnenkorn GmbH“")

    office.follows("Rückfrage stellen …").sees("Erika Korn (erika@sonnenkorn.example) bekommt eine Mail")
    office.fills(text_1="Wie viele Öfen haben Sie?").presses("Weiter zur Vorschau").presses("Rückfrage stellen")
    office.sees("Ihre Frage ist gestellt.", "Rückfrage offen", "noch keine Antwort")


def answer_the_question(company: Person, postbox: Postbox) -> None:
    [question] = postbox.wait_for(1, to="erika@sonnenkorn.example", subject="Rückfrage zu Ihrem Antrag")
    assert "Wie viele Öfen haben Sie?" in text_of(question)
    company.opens_link_of(question).reads(f"Antrag von {FIRM}").sees("Jetzt am Zug: Sie.")
    asked = ApplicationQuestion.objects.get().pk
    company.fills(**{f"answer_{asked}": "Vier, alle mit Gas."}).presses("Antwort senden")
    company.sees("Vielen Dank, Ihre Antwort ist bei uns eingegangen.", "Vier, alle mit Gas.")
    company.sees("Jetzt am Zug: die Geschäftsstelle.")
    postbox.wait_for(1, to=OFFICE_EMAIL, subject="Antwort auf Ihre Rückfrage")


def record_the_talk_and_accept(office: Person, postbox: Postbox, scan: Path) -> None:
    office.opens("/admin/").sees("Anträge in Prüfung")
    office.opens(f"/admin/partners/application/{Application.objects.get().pk}/change/").sees("Vier, alle mit Gas.")
    office.follows("Aufnehmen …").sees("Das geht noch nicht.", "Orientierungsgespräch")
    office.follows("Zurück").follows("Orientierungsgespräch eintragen …")
    office.fills(done_on="2026-03-03").attaches("document", scan).presses("Orientierungsgespräch eintragen")
    office.sees("Orientierungsgespräch ist eingetragen.", "03.03.2026", "Unterschrift.pdf")

    office.follows("Aufnehmen …").sees("Das Portal legt „Bäckerei Sonnenkorn GmbH“ als Organisation und Partner an")
    office.presses("Aufnehmen").sees(f"„{FIRM}“ ist aufgenommen.", "aufgenommen")
    [welcome] = postbox.wait_for(1, to="erika@sonnenkorn.example", subject="Willkommen im Musterstädter Klimapakt")
    assert "Klimaschutzvereinbarung" in text_of(welcome)
    assert TimelineEntry.objects.filter(text="Aufgenommen").exists()


def record_the_agreement_and_publish(office: Person, postbox: Postbox, scan: Path) -> None:
    office = Person(office.page)
    office.follows(FIRM).sees("Noch nicht öffentlich: Es ist keine Klimaschutzvereinbarung in Kraft.")
    office.follows("Neue Vereinbarung").presses("Sichern").sees("Der Text kommt aus der Vorlage")
    office.fills(**{"targets-0-base_year": "2020", "targets-0-year": "2035", "targets-0-amount": "60"})
    office.fills(**{"measures-0-title": "Abwärme der Öfen nutzen", "measures-0-from_year": "2026"})
    office.chooses(**{"measures-0-category": "Wärme und Gebäude"})
    office.fills(**{"measures-0-expected_saving": "12.5"}).presses("Sichern und weiter bearbeiten")
    office.follows("Unterschrift auf Papier eintragen …").sees(f"zählt „{FIRM}“ als Klimapartner")
    office.fills(signed_on="2026-03-01", signed_by_partner="Erika Korn, Inhaberin").attaches("scan", scan)
    office.fills(signed_for_pact="Dr. Beate Beispiel, Oberbürgermeisterin")
    office.presses("Unterschrift auf Papier eintragen").sees(
        "Die Vereinbarung ist in Kraft.", "In Kraft ab", "01.03.2026"
    )
    office.sees("Unterschrift.pdf", "auf Papier unterschrieben", "Dr. Beate Beispiel, Oberbürgermeisterin")

    office.follows(FIRM).follows("Veröffentlichen …").sees("Das Profil steht dann sofort in der öffentlichen Liste.")
    office.presses("Veröffentlichen").sees("Das Profil ist veröffentlicht.", "in der Liste")
    [public] = postbox.wait_for(1, to="erika@sonnenkorn.example", subject=f"{FIRM} steht jetzt in der Liste")
    assert "/klimapartner/baeckerei-sonnenkorn-gmbh/" in text_of(public)


def find_the_partner(public: Person) -> None:
    public.opens("/").sees("Gemeinsam klimaneutral bis 2035", FIRM, "Werkstatt Wärmepumpe")
    public.follows("Wer schon dabei ist").reads("Klimapartner").sees("3 Klimapartner", "Gärtnerei Grün")
    public.fills(q="Sternwarte").presses("Suchen").sees("Dazu haben wir nichts gefunden")
    public.fills(q="BÄCKEREI sonnen").presses("Suchen").sees("1 von 3 Klimapartner", FIRM).does_not_see("Weberei")
    public.follows("Filter aufheben").chooses(branche="Industrie und verarbeitendes Gewerbe (2)").presses("Suchen")
    public.sees("2 von 3 Klimapartner", FIRM, "Weberei Flott").does_not_see("Gärtnerei")

    public.follows(FIRM).reads(FIRM).sees("10 bis 49 Beschäftigte", "60 % weniger CO₂e".replace(" %", "\xa0%"))
    public.sees("Abwärme der Öfen nutzen", "12,5\xa0t", "Dabei seit").does_not_see("Erika Korn", "25 Beschäftigte")
    public.opens("/veranstaltungen/").follows("Werkstatt Wärmepumpe").reads("Werkstatt Wärmepumpe")


def withdraw_the_consent(company: Person, postbox: Postbox) -> None:
    [published] = postbox.wait_for(1, to="erika@sonnenkorn.example", subject="steht jetzt in der Liste")
    company.opens_link_of(published).reads(FIRM).sees("Ihr Profil ist öffentlich.")
    company.presses("Widerrufen", under="Veröffentlichung als Partner")
    company.sees(
        "„Veröffentlichung als Partner“ ist widerrufen. Das gilt ab sofort.", "Ihr Profil ist nicht öffentlich"
    )
