"""An agreement from its draft to the figures of the public, walked by the office, a signatory, and who countersigns."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import Page

from agreements.models import Agreement, Signature
from klimapakt.setup.roles import COUNTERSIGNING, OFFICE
from tests.browser.paper import is_written_on, picture_of, text_of_pdf
from tests.browser.people import KeyboardPerson, Person, code_of, text_of
from tests.factories import ConsentFactory, ContactFactory, PartnerFactory, UserFactory
from tests.stack import Postbox

pytestmark = pytest.mark.browser

PASSWORD = "Lastenrad-Solardach-7"
FIRM, BOSS = "Bäckerei Sonnenkorn GmbH", "erika@sonnenkorn.example"
OFFICE_EMAIL = "klimapakt@musterstadt.example"
PARTY = "Stadt Musterstadt, Die Oberbürgermeisterin"


@dataclass
class Cast:
    """Who takes part: the office and the mayor at their desks, a signatory, and somebody of the public."""

    office: Person
    mayor: Person
    boss: Person
    public: Person


@pytest.fixture(params=["mouse", "keyboard, no script, 390 px"])
def cast(request: pytest.FixtureRequest, browse: Callable[..., Page]) -> Cast:
    desk = {"reduced_motion": "reduce"}
    boss = browse() if request.param == "mouse" else browse(width=390, java_script_enabled=False)
    kind = Person if request.param == "mouse" else KeyboardPerson
    return Cast(Person(browse(**desk)), Person(browse(**desk)), kind(boss), Person(browse()))


@pytest.fixture
def musterstadt(pact) -> None:
    """A firm that was taken in and consents to everything; somebody at the office, and somebody who countersigns."""
    pact.agreement_term_years = 5
    pact.save()
    partner = PartnerFactory(organisation__name=FIRM, slug="sonnenkorn")
    ContactFactory(
        organisation=partner.organisation, name="Erika Korn", function="Inhaberin", email=BOSS, is_signatory=True
    )
    for purpose in ("profile", "measures"):
        ConsentFactory(organisation=partner.organisation, purpose=purpose)
    for name, last_name, role in (("amt", "Amt", OFFICE), ("buero", "Büro", COUNTERSIGNING)):
        user = UserFactory(username=name, first_name="Ottilie", last_name=last_name)
        user.set_password(PASSWORD)
        user.save()
        user.groups.add(Group.objects.get(name=role))


def test_an_agreement_from_its_draft_to_the_figures_of_the_public(musterstadt, cast, postbox, tmp_path):
    office, mayor, boss, public = cast.office, cast.mayor, cast.boss, cast.public

    draft(office)
    offer(office)
    read_and_wish(boss, postbox)
    change_and_offer_again(office, postbox)
    find_the_old_link_superseded(boss, postbox)
    sign(boss, postbox)
    countersign(mayor, postbox)
    file = receive_the_file(postbox, tmp_path)
    find_the_file_on_the_own_page(boss, file)
    publish(office)
    find_the_measures(public)


def signs_in(person: Person, name: str) -> None:
    person.opens("/admin/").fills(username=name, password=PASSWORD).presses("Anmelden")


def draft(office: Person) -> None:
    signs_in(office, "amt")
    office.opens("/admin/partners/partner/").follows(FIRM).follows("Neue Vereinbarung").presses("Sichern")
    office.sees("Der Text kommt aus der Vorlage", "Bitte tragen Sie mindestens eine Maßnahme ein.")
    office.fills(**{"targets-0-base_year": "2020", "targets-0-year": "2035", "targets-0-amount": "60"})
    office.fills(**{"measures-0-title": "Abwärme der Öfen nutzen", "measures-0-from_year": "2027"})
    office.chooses(**{"measures-0-category": "Wärme und Gebäude"})
    office.fills(**{"measures-0-expected_saving": "12.5"}).presses("Sichern und weiter bearbeiten")
    office.does_not_see("Bitte tragen Sie mindestens eine Maßnahme ein.")
    office.follows("So liest es der Partner").sees(PARTY, "Abwärme der Öfen nutzen", "für die Dauer von 5 Jahren")
    office.does_not_see("{", "}").follows("Zurück")


def offer(office: Person) -> None:
    office.follows("Anbieten …").sees("wird als Fassung", f"Erika Korn, Inhaberin ({BOSS}), zeichnungsberechtigt")
    office.presses("Anbieten").sees("ist angeboten. Erika Korn", "Wartet auf")


def read_and_wish(boss: Person, postbox: Postbox) -> None:
    boss.opens_link_of(mail_to(BOSS, postbox, "liegt zur Unterschrift bereit")).reads("Klimaschutzvereinbarung")
    boss.sees(f"{FIRM}, Fassung 1", PARTY, "Abwärme der Öfen nutzen", "60\xa0%", "12,5")
    boss.unfolds("Änderung wünschen").fills(text="Bitte ein Jahr später.").presses("Änderungswunsch senden")
    boss.sees("Sie haben eine Änderung gewünscht", "Bitte ein Jahr später.")

    wish = mail_to(OFFICE_EMAIL, postbox, f"Änderung gewünscht: {FIRM}")
    assert "Bitte ein Jahr später." in text_of(wish)


def change_and_offer_again(office: Person, postbox: Postbox) -> None:
    office.opens("/admin/").follows("1 Änderungswünsche zu Vereinbarungen").follows(FIRM)
    office.sees("Bitte ein Jahr später.", "Link geöffnet am")
    office.follows("Zurückholen und ändern …").sees("dass nichts mehr zu unterschreiben ist")
    office.presses("Zurückholen und ändern").sees("Die Vereinbarung ist wieder ein Entwurf.", "Bitte ein Jahr später.")
    office.fills(**{"measures-0-from_year": "2028"}).presses("Sichern und weiter bearbeiten")
    office.follows("Anbieten …").presses("Anbieten").sees("Fassung 2 ist angeboten.")

    assert "Fassung 1" in text_of(mail_to(BOSS, postbox, "Bitte warten Sie mit der"))
    postbox.wait_for(2, to=BOSS, subject="liegt zur Unterschrift bereit")


def find_the_old_link_superseded(boss: Person, postbox: Postbox) -> None:
    first, _ = offers_in_order(postbox)
    boss.opens_link_of(first).sees("Diese Fassung gilt nicht mehr", "ab 2027")
    boss.does_not_see("Weiter zur Unterschrift", "ab 2028")


def offers_in_order(postbox: Postbox) -> list[EmailMessage]:
    return sorted(
        postbox.wait_for(2, to=BOSS, subject="liegt zur Unterschrift bereit"),
        key=lambda mail: "Fassung 2" in text_of(mail),
    )


def sign(boss: Person, postbox: Postbox) -> None:
    _, second = offers_in_order(postbox)
    boss.opens_link_of(second).sees("Fassung 2", "ab 2028").presses("Weiter zur Unterschrift")
    boss.reads("Klimaschutzvereinbarung unterschreiben").sees(f"Code aus unserer Mail an {BOSS}")
    code = code_of(mail_to(BOSS, postbox, "Ihr Code für die Unterschrift"))
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    boss.ticks("agrees").fills(code=wrong).presses("Verbindlich unterschreiben")
    boss.sees("Dieser Code stimmt nicht.", "Sie haben noch 4 Versuche")
    assert boss.field("name").input_value() == "Erika Korn"
    assert not Signature.objects.exists()

    boss.fills(code=f"{code[:4]} {code[4:]}").presses("Verbindlich unterschreiben")
    boss.sees("Diese Fassung ist unterschrieben", "Erika Korn, Inhaberin", f"Gegenzeichnung: {PARTY}")
    receipt = text_of(mail_to(BOSS, postbox, "Sie haben unterschrieben: Klimaschutzvereinbarung"))
    assert Signature.objects.get().sha256 in receipt
    mail_to(OFFICE_EMAIL, postbox, f"Unterschrieben: {FIRM}")


def countersign(mayor: Person, postbox: Postbox) -> None:
    signs_in(mayor, "buero")
    mayor.follows("1 Vereinbarungen gegenzeichnen").follows(FIRM).follows("Gegenzeichnen …")
    mayor.sees(f"im Namen von „{PARTY}“", "Ottilie Büro", "ab 2028", "Erika Korn", Signature.objects.get().sha256)
    mayor.page.get_by_role("button", name="Gegenzeichnen").dblclick()
    mayor.sees("Stand", "in Kraft")
    assert Agreement.objects.get().in_force_from == timezone.localdate()
    assert Signature.objects.count() == 2


def receive_the_file(postbox: Postbox, folder: Path) -> bytes:
    files = {
        address: attached_to(mail_to(address, postbox, subject))
        for address, subject in (
            (BOSS, "Klimaschutzvereinbarung ist in Kraft"),
            (OFFICE_EMAIL, f"In Kraft: {FIRM}"),
        )
    }
    assert files[BOSS] == files[OFFICE_EMAIL]
    file = folder / "vereinbarung.pdf"
    file.write_bytes(files[BOSS])

    text = text_of_pdf(files[BOSS])
    words = [FIRM, PARTY, "Erika Korn", "Ottilie Büro", "ab 2028", "§ 1", "Seite 1 von"]
    assert [word for word in words if word not in text.replace("\xa0", " ")] == []
    assert Signature.objects.first().sha256 in re.sub(r"\s", "", text)
    assert is_written_on(picture_of(file))
    return files[BOSS]


def attached_to(mail: EmailMessage) -> bytes:
    [file] = mail.iter_attachments()
    assert file.get_content_type() == "application/pdf"
    assert FIRM in file.get_filename()
    return file.get_content()


def find_the_file_on_the_own_page(boss: Person, file: bytes) -> None:
    boss.opens("/mein-klimapakt/vereinbarung/").sees("Die Vereinbarung ist in Kraft", "Ottilie Büro")
    address = boss.page.get_by_role("link", name="Vereinbarung herunterladen").get_attribute("href")
    answer = boss.page.context.request.get(address)
    assert answer.body() == file
    assert answer.headers["content-disposition"].startswith("attachment")


def publish(office: Person) -> None:
    office.opens("/admin/partners/partner/").follows(FIRM).follows("Veröffentlichen …").presses("Veröffentlichen")
    office.sees("Das Profil ist veröffentlicht.")


def find_the_measures(public: Person) -> None:
    public.opens("/klimapartner/sonnenkorn/").sees("Abwärme der Öfen nutzen", "ab 2028", "12,5\xa0t", "60\xa0%")
    public.does_not_see("Erika Korn", "Ottilie")
    public.opens("/").follows("Wirkung").reads("Wirkung")
    public.sees("nach Angaben von 1 der 1 Klimapartner", "öffentliche Maßnahme", "Wärme und Gebäude", FIRM)
    figures = dict(
        zip(
            public.page.locator(".figures dt").all_inner_texts(),
            public.page.locator(".figures dd").all_inner_texts(),
            strict=True,
        )
    )
    assert [value for words, value in figures.items() if "Tonnen CO₂e" in words] == ["13"]
    assert [value for words, value in figures.items() if "öffentliche Maßnahme" in words] == ["1"]


def mail_to(address: str, postbox: Postbox, subject: str) -> EmailMessage:
    [mail] = postbox.wait_for(1, to=address, subject=subject)
    return mail
