"""What each consent names is what the public page shows while it stands, and nothing else."""

import hashlib
import re
from datetime import date

import pytest
from django.test import Client

from partners.models import Consent, Partner
from partners.models.consent import TEXT_VERSION
from tests.bad_input.form import page_form
from tests.factories import (
    AgreementFactory,
    ConsentFactory,
    EventFactory,
    MeasureFactory,
    OrganisationFactory,
    PartnerFactory,
    TargetFactory,
)
from tests.partners.company import browser_of, company
from tests.partners.services.test_profile import logo

NAMED_BY = {
    "profile": {
        "Name": "<h1>Musterwerk Ohnegleichen GmbH</h1>",
        "Branche": "<dt>Branche</dt>",
        "Größenklasse": "<dt>Größe</dt><dd>10 bis 49",
        "Ort": "<dd>Musterdorf</dd>",
        "Internetseite": "https://musterwerk.example/",
        "Profiltext": "Wir backen leise.",
        "Links": "https://bericht.example/",
        "seit wann": "<dt>Dabei seit</dt>",
        "Veranstaltungen": "Treffen im Hof",
    },
    "measures": {"Ziele": "bis</small>2031", "Ausgangswert": "4.321", "Maßnahmen": "Öfen dämmen", "Einsparung": "77"},
    "quote": {"Logo": "Logo von Musterwerk", "Zitat": "Machen Sie mit!", "Namen und Funktion": "Kim, Leitung"},
}


def shown(partner) -> str:
    client = Client()
    client.cookies["x"] = "1"  # past the page cache, which lives from commits
    page = client.get(partner.get_absolute_url())
    return page.content.decode() if page.status_code == 200 else ""


def test_the_public_page_shows_what_the_standing_consents_name_and_no_more(pact):
    organisation = OrganisationFactory(
        name="Musterwerk Ohnegleichen GmbH", place="Musterdorf", website="https://musterwerk.example/"
    )
    partner = PartnerFactory(
        organisation=organisation,
        published=True,
        text="Wir backen leise.",
        links=["https://bericht.example/"],
        quote="Machen Sie mit!",
        quote_person="Kim, Leitung",
    )
    partner.logo = logo(partner)
    partner.save()
    agreement = AgreementFactory(partner=partner, in_force=True)
    TargetFactory(agreement=agreement, year=2031, base_value=4321)
    MeasureFactory(agreement=agreement, title="Öfen dämmen", expected_saving=77, is_public=True)
    EventFactory(host=organisation, title="Treffen im Hof", published=True, past=True)
    ConsentFactory(organisation=organisation, purpose="profile")

    for further in ("", "measures", "quote"):
        if further:
            ConsentFactory(organisation=organisation, purpose=further)
        given = {"profile", further}
        page = shown(partner)
        for purpose, named in NAMED_BY.items():
            for word, found in named.items():
                assert word in Consent.TEXTS[purpose]
                assert (found in page) == (purpose in given), (purpose, word, further)
        organisation.consents.filter(purpose=further).delete()
    organisation.consents.all().delete()
    assert shown(partner) == ""


def test_the_box_of_facts_holds_nothing_that_no_consent_names(pact):
    organisation = OrganisationFactory(website="https://musterwerk.example/")
    partner = PartnerFactory(organisation=organisation, listed=True, links=["https://bericht.example/"])

    facts = set(re.findall(r"<dt>([^<]+)</dt>", shown(partner)))

    assert facts == {"Branche", "Größe", "Ort", "Dabei seit", "Internet", "Links"}


def test_another_wording_gets_another_day():
    texts = "\n".join(f"{purpose}: {text}" for purpose, text in Consent.TEXTS.items())

    assert (TEXT_VERSION, hashlib.sha256(texts.encode()).hexdigest()[:16]) == (date(2026, 11, 23), "5d71e9d5b79b6427")


# --- What a company reads about its consents --------------------------------------------------------------------------


@pytest.fixture
def erika(pact):
    return company(published=True)


def own_page(client: Client) -> str:
    return client.get("/mein-klimapakt/").content.decode()


def press(client: Client, purpose: str, what: str) -> str:
    return client.post(f"/mein-klimapakt/einwilligung/{purpose}/{what}/", follow=True).content.decode()


def test_the_own_page_says_why_the_profile_is_not_public_and_what_comes_next(erika):
    client, partner = browser_of(erika), erika.organisation.partner
    assert "weil Ihre Einwilligung „Veröffentlichung als Partner“ fehlt" in own_page(client)

    page = press(client, "profile", "erteilen")
    assert "sobald die Klimaschutzvereinbarung in Kraft ist" in page

    AgreementFactory(partner=partner, in_force=True)
    Partner.objects.update(publication="proposed")
    assert "Die Geschäftsstelle sieht es an und gibt es frei; dann bekommen Sie eine Mail." in own_page(client)

    Partner.objects.update(publication="published")
    assert "Ihr Profil ist öffentlich." in own_page(client)

    Partner.objects.update(publication="hidden")
    assert "aus der Liste genommen" in own_page(client)


def test_the_message_names_the_consent_and_what_follows(erika):
    client = browser_of(erika)
    for purpose in Consent.Purpose:
        assert f"„{purpose.label}“ ist gespeichert." in press(client, purpose, "erteilen")
        assert f"„{purpose.label}“ ist widerrufen." in press(client, purpose, "widerrufen")


def test_a_consent_to_former_words_keeps_them_and_can_be_renewed(erika):
    old = ConsentFactory(organisation=erika.organisation, purpose="quote", text="Wir zeigen Ihr Bild.")
    client = browser_of(erika)
    page = own_page(client)
    assert "Wir zeigen Ihr Bild." in page
    assert "Inzwischen bitten wir um diesen Wortlaut" in page

    page = press(client, "quote", "erteilen")

    old.refresh_from_db()
    assert (old.text, old.stands) == ("Wir zeigen Ihr Bild.", False)
    assert erika.organisation.consents.standing().get().text == Consent.TEXTS["quote"]
    assert "Inzwischen bitten wir" not in page


def test_a_name_from_a_report_is_not_called_a_consent(erika):
    ConsentFactory(organisation=erika.organisation, source="public_report", text="Nennung in einem Bericht")

    page = own_page(browser_of(erika))

    assert "Noch nicht von Ihnen erteilt" in page
    assert 'action="/mein-klimapakt/einwilligung/profile/erteilen/' in page


def test_a_written_consent_takes_the_place_of_a_name_from_a_report(erika, office_client):
    reported = ConsentFactory(organisation=erika.organisation, source="public_report", text="Nennung in einem Bericht")
    path = f"/admin/partners/organisation/{erika.organisation_id}/change/"

    page_form(
        office_client,
        path,
        **{
            "consents-TOTAL_FORMS": 2,
            "consents-1-purpose": "profile",
            "consents-1-given_by": "Erika",
            "consents-1-given_at_0": "20.11.2026",
            "consents-1-given_at_1": "12:00",
        },
    ).send()

    reported.refresh_from_db()
    assert not reported.stands
    assert erika.organisation.consents.standing().get().source == "office"
