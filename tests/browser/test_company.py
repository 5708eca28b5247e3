"""A company looks after itself: its profile is proposed and released, and its people hand over."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Page

from klimapakt.setup.roles import OFFICE
from partners.mails.partner import partner_link
from partners.models import Contact, Partner
from tests.browser.people import KeyboardPerson, Person, code_of
from tests.factories import ConsentFactory, ContactFactory, PartnerFactory, UserFactory

pytestmark = pytest.mark.browser

PASSWORD = "Lastenrad-Solardach-7"
FIRM, BOSS, NEW = "Bäckerei Sonnenkorn GmbH", "erika@sonnenkorn.example", "kim@sonnenkorn.example"


@dataclass
class Cast:
    """Somebody of the firm, somebody of the office, and somebody of the public."""

    boss: Person
    office: Person
    public: Person


@pytest.fixture(params=["mouse", "keyboard, no script, 390 px"])
def cast(request: pytest.FixtureRequest, browse: Callable[..., Page]) -> Cast:
    if request.param == "mouse":
        return Cast(Person(browse()), Person(browse(reduced_motion="reduce")), Person(browse()))
    boss = browse(width=390, java_script_enabled=False)
    return Cast(KeyboardPerson(boss), KeyboardPerson(browse(reduced_motion="reduce")), Person(browse()))


@pytest.fixture
def sonnenkorn(pact) -> Contact:
    partner = PartnerFactory(listed=True, organisation__name=FIRM, slug="sonnenkorn")
    ConsentFactory(organisation=partner.organisation, purpose="quote")
    user = UserFactory(username="amt", first_name="Ottilie", last_name="Amt")
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name=OFFICE))
    return ContactFactory(organisation=partner.organisation, name="Erika Korn", email=BOSS)


def test_a_profile_change_is_proposed_compared_and_released(sonnenkorn, cast, postbox):
    boss, office, public = cast.boss, cast.office, cast.public
    partner_link(sonnenkorn.organisation.partner, sonnenkorn)

    boss.opens_link_of(postbox.wait_for(to=BOSS)[0]).reads(FIRM).follows("Profil").reads("Profil")
    boss.fills(text="Wir backen Kuchen mit Strom vom eigenen Dach.", quote="Klimaschutz ist Handwerk.")
    boss.fills(quote_person="Erika Korn, Inhaberin").presses("Zur Freigabe senden")
    boss.sees("Wir sehen uns Ihre Änderungen an", "Das wartet auf die Freigabe", "[−Brot−]", "[+Kuchen+]")
    public.opens("/klimapartner/sonnenkorn/").sees("Wir backen Brot").does_not_see("Kuchen", "Handwerk")

    office.opens("/admin/").fills(username="amt", password=PASSWORD).presses("Anmelden")
    office.sees("Profiländerungen zur Freigabe").follows("Profiländerungen").follows(FIRM)
    office.sees("zur Freigabe", "[−Brot−]", "[+Kuchen+]").follows("Freigeben …")
    office.sees("Die Öffentlichkeit sieht die neuen Angaben sofort.", f"Erika Korn ({BOSS}) bekommt eine Mail.")
    office.presses("Freigeben").sees("Die Profiländerung ist freigegeben.")

    public.opens("/klimapartner/sonnenkorn/").sees("Wir backen Kuchen", "Klimaschutz ist Handwerk.", "Erika Korn")
    boss.opens_link_of(postbox.wait_for(to=BOSS, subject="freigegeben")[0]).reads(FIRM)

    boss.presses("Widerrufen der Einwilligung „Veröffentlichung von Zitat und Logo“").sees("Das gilt ab sofort.")
    public.opens("/klimapartner/sonnenkorn/").sees("Wir backen Kuchen").does_not_see("Handwerk", "Erika Korn")


def test_a_contact_hands_over_to_somebody_new_by_a_code_and_a_link(sonnenkorn, cast, postbox, browse):
    boss = cast.boss
    partner_link(sonnenkorn.organisation.partner, sonnenkorn)

    boss.opens_link_of(postbox.wait_for(to=BOSS)[0]).follows("Ansprechpersonen").follows(
        "Übergeben oder austragen Erika Korn"
    )
    boss.reads("Bitte bestätigen Sie, dass Sie es sind").presses("Code senden")
    boss.fills(stepup_code=code_of(postbox.wait_for(to=BOSS, subject="Code")[0])).presses("Weiter")
    boss.reads("Sie übergeben").fills(name="Kim Neu", email=NEW).presses("Übergeben")
    boss.sees("Sobald Kim Neu den Link geöffnet hat")

    kim = Person(browse())
    kim.opens_link_of(postbox.wait_for(to=NEW)[0]).reads(FIRM).follows("Ansprechpersonen").sees("Kim Neu (Sie)")
    kim.does_not_see("Erika Korn")
    assert Partner.objects.get().organisation.contacts.get().is_main
    postbox.wait_for(to=BOSS, subject="nicht mehr Ansprechperson")
    assert boss.status_of("/mein-klimapakt/") == 403
