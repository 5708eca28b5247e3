"""The buttons of an agreement: each says who hears of it, asks for what it needs, and calls the service that the site calls."""

import re

import pytest
from django.test import Client

from agreements.services import answering, offering
from tests.agreements.office import page_of, sent_by
from tests.factories import AgreementFactory, ContactFactory
from tests.factories.agreements import agreement_in, ready_to_offer, sign
from tests.rows import all_rows, difference

# Which buttons the page of an agreement offers, by state and person.
BUTTONS = """
                office                               countersigner  administrator
draft           anbieten papier schliessen           -              anbieten papier schliessen
offered         link papier zurueckholen schliessen  -              link papier zurueckholen schliessen
declined        zurueckholen schliessen              -              zurueckholen schliessen
signed          zurueckholen schliessen              gegenzeichnen  gegenzeichnen zurueckholen schliessen
in_force        beenden                              -              beenden
replaced        -                                    -              -
closed          -                                    -              -
"""


def buttons_of() -> list[tuple[str, str, str]]:
    head, *lines = [re.split(r"  +", line.strip()) for line in BUTTONS.strip().splitlines()]
    return [(state, role, names) for state, *cells in lines for role, names in zip(head, cells, strict=True)]


@pytest.mark.parametrize(("state", "role", "names"), buttons_of())
def test_each_person_has_in_each_state_the_buttons_of_the_table(
    state, role, names, pact, office, countersigner, administrator
):
    agreement = agreement_in(state)
    client = Client()
    client.force_login({"office": office, "countersigner": countersigner, "administrator": administrator}[role])

    page = client.get(page_of(agreement))

    assert page.status_code == 200
    offered = re.findall(rf'href="{page_of(agreement, "")}([a-z]+)/">[^<]+ …</a>', page.text)
    assert offered == ([] if names == "-" else names.split())


# --- Offering ---------------------------------------------------------------------------------------------------------


def test_offering_asks_who_signs_and_says_who_gets_which_mail(pact, office_client, mails):
    draft = ready_to_offer()
    deputy = ContactFactory(organisation=draft.partner.organisation, name="Bert Vertretung", is_main=False)
    ContactFactory(organisation=draft.partner.organisation, name="Ohne Adresse", email="", is_main=False)
    path = page_of(draft, "anbieten/")

    page = office_client.get(path).text
    answer = office_client.post(path, sent_by(office_client, path, contact=deputy.pk), follow=True)

    assert "wird als Fassung 1 festgehalten" in page
    assert "bekommt sofort eine Mail mit einem persönlichen Link" in page
    assert "Erika Muster, Geschäftsführerin (" in page
    assert "Ohne Adresse" not in page
    assert f"Fassung 1 ist angeboten. Bert Vertretung ({deputy.email}) bekommt den Link per Mail." in answer.text
    assert [mail.to_email for mail in mails(kind="agreement_offered")] == [deputy.email]
    assert draft.newest_version().to_email == deputy.email


def test_who_may_sign_is_chosen_beforehand(pact, office_client):
    draft = ready_to_offer()
    boss = ContactFactory(organisation=draft.partner.organisation, name="Die Chefin", is_main=False, is_signatory=True)

    page = office_client.get(page_of(draft, "anbieten/"))

    assert f'value="{boss.pk}" required id="id_contact_0" checked' in page.text or re.search(
        rf'value="{boss.pk}"[^>]*checked', page.text
    )
    assert "zeichnungsberechtigt" in page.text


def test_nobody_of_another_organisation_can_be_chosen(pact, office_client):
    draft, stranger = ready_to_offer(), ContactFactory()
    path = page_of(draft, "anbieten/")
    before = all_rows()

    answer = office_client.post(path, sent_by(office_client, path, contact=stranger.pk))

    assert answer.status_code == 422
    assert difference(before, all_rows()) == {}


def test_a_draft_is_not_offered_unseen(pact, office_client):
    draft = ready_to_offer()
    path = page_of(draft, "anbieten/")
    sent = sent_by(office_client, path)
    draft.measures.update(title="Von jemand anderem geändert")
    before = all_rows()

    answer = office_client.post(path, sent)

    assert answer.status_code == 422
    assert "Der Text ist inzwischen ein anderer" in answer.text
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize(
    ("lacks", "sentence"),
    [
        ("measures", "Bitte tragen Sie mindestens eine Maßnahme ein."),
        ("clauses", "Bitte übernehmen Sie ihn aus der Vorlage."),
        ("contacts", "Bitte tragen Sie bei der Organisation eine Ansprechperson mit E-Mail-Adresse ein."),
        ("party", "in wessen Namen gegengezeichnet wird"),
        ("address", "bitte tragen Sie das bei der Organisation ein"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do_and_there_is_no_button(lacks, sentence, pact, office_client):
    draft = ready_to_offer()
    organisation = draft.partner.organisation
    if lacks in ("measures", "clauses"):
        getattr(draft, lacks).all().delete()
    elif lacks == "contacts":
        organisation.contacts.all().delete()
    elif lacks == "party":
        pact.countersigned_by = ""
        pact.save()
    else:
        draft.clauses.filter(title="Ziele").update(text="{anschrift}")
        type(organisation).objects.filter(pk=organisation.pk).update(street="", postal_code="", place="")

    page = office_client.get(page_of(draft, "anbieten/")).text

    assert sentence in page
    assert '<input type="submit" class="default"' not in page


def test_without_a_mailbox_the_page_says_that_the_mail_waits(pact, office_client):
    pact.office_email = ""
    pact.save()

    page = office_client.get(page_of(ready_to_offer(), "anbieten/")).text

    assert "Noch hat die Geschäftsstelle kein Postfach: So lange wartet die Mail." in page


# --- Taking back, sending the link again ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("offered", "bekommt eine Mail, dass nichts mehr zu unterschreiben ist"),
        ("signed", "Diese Unterschrift bleibt im Verlauf, gilt aber nicht für eine neue Fassung"),
        ("declined", "Es geht keine Mail heraus."),
    ],
)
def test_taking_back_says_what_follows(state, sentence, pact, office_client):
    agreement = agreement_in(state)
    path = page_of(agreement, "zurueckholen/")

    page = office_client.get(path).text
    answer = office_client.post(path, follow=True)

    assert sentence in page
    assert "als Fassung 2 neu an" in page
    assert "Die Vereinbarung ist wieder ein Entwurf." in answer.text
    agreement.refresh_from_db()
    assert agreement.is_draft


def test_the_wish_of_the_partner_stands_above_the_draft_that_answers_it(pact, office, office_client):
    agreement = agreement_in("offered")
    answering.request_change(agreement.newest_version(), "Bitte erst 2028.\n\nDanke!")
    offering.take_back(agreement, by=office)

    page = office_client.get(page_of(agreement)).text

    assert "Änderung gewünscht</strong> von Erika Muster" in page
    assert "<p>Bitte erst 2028.</p>" in page
    assert "Fassung 1: zurückgenommen" in page


def test_the_link_can_be_sent_again(pact, office_client, mails):
    agreement = agreement_in("offered")
    path = page_of(agreement, "link/")

    page = office_client.get(path).text
    office_client.post(path)

    assert "bekommt noch einmal eine Mail mit einem Link zu Fassung 1" in page
    assert [mail.to_email for mail in mails(kind="agreement_link")] == [agreement.newest_version().to_email]


# --- From before there was a template ---------------------------------------------------------------------------------


def test_an_old_draft_without_a_text_takes_the_template(pact, office_client):
    draft = AgreementFactory()

    page = office_client.get(page_of(draft)).text
    office_client.post(page_of(draft, "vorlage/"))

    assert "Text aus der Vorlage übernehmen …" in page
    assert draft.clauses.exists()
    assert "Text aus der Vorlage übernehmen …" not in office_client.get(page_of(draft)).text


def test_an_agreement_from_before_the_portal_is_read_with_its_targets_and_measures(pact, office_client):
    from tests.factories import MeasureFactory, TargetFactory

    old = AgreementFactory(in_force=True)
    MeasureFactory(agreement=old, title="Fenster abdichten")
    TargetFactory(agreement=old)

    page = office_client.get(page_of(old)).text

    assert "Fenster abdichten" in page
    assert "_save" not in page


# --- The story --------------------------------------------------------------------------------------------------------


def test_the_page_tells_the_whole_story(pact, office, office_client, open_link):
    from agreements import mails as agreement_mails

    agreement = agreement_in("offered")
    first = agreement.newest_version()
    open_link(Client(), agreement_mails.access_to(first))
    answering.request_change(first, "Bitte ein Jahr später.")
    offering.take_back(agreement, by=office)
    second = offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=office)
    sign(second)

    page = office_client.get(page_of(agreement)).text

    assert page.index("Fassung 2: vom Partner unterschrieben") < page.index("Fassung 1: zurückgenommen")
    assert "Link geöffnet am" in page
    assert "noch nicht geöffnet" in page
    assert "Bitte ein Jahr später." in page
    assert f"von {office.get_full_name()}" in page
    assert first.sha256 in page
    assert second.sha256 in page
    assert "online unterschrieben, bestätigt mit einem Code an die E-Mail-Adresse" in page
    assert "Fassung 1.pdf (wird gerade erstellt)" in page


def test_who_may_not_see_mails_sees_none_of_them(pact, office_client, countersigning_client):
    agreement = agreement_in("signed")

    assert '<h2 id="mails">' in office_client.get(page_of(agreement)).text
    assert '<h2 id="mails">' not in countersigning_client.get(page_of(agreement)).text
