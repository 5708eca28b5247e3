"""The buttons of an agreement: each says who hears of it, asks for what it needs, and calls the service that the site calls."""

import re

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from agreements import pdf
from agreements.models import Signature
from agreements.services import answering, offering
from klimapakt.setup.roles import COUNTERSIGNING
from tests.agreements.office import page_of, sent_by
from tests.factories import AgreementFactory, ContactFactory, UserFactory
from tests.factories.agreements import agreement_in, ready_to_offer, sign
from tests.rows import all_rows, difference

STATES = ["draft", "offered", "declined", "signed", "in_force", "replaced", "closed"]

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


@pytest.fixture
def countersigner(db):
    """Somebody who signs for the pact and does nothing else."""
    user = UserFactory(username="gegenzeichnung", first_name="Gerda", last_name="Muster")
    user.groups.add(Group.objects.get(name=COUNTERSIGNING))
    return user


@pytest.fixture
def countersigning_client(countersigner):
    client = Client()
    client.force_login(countersigner)
    return client


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


# --- Countersigning ---------------------------------------------------------------------------------------------------


def test_who_countersigns_reads_the_text_its_hash_and_in_whose_name(pact, countersigning_client):
    agreement = agreement_in("signed")

    page = countersigning_client.get(page_of(agreement, "gegenzeichnen/")).text

    assert "Abwärme der Öfen nutzen" in page
    assert agreement.newest_version().sha256 in page
    assert "<strong>Gerda Muster</strong> für „Stadt Musterstadt, Die Oberbürgermeisterin“" in page
    assert "Erika Muster" in page
    assert "Beide Seiten bekommen das PDF mit beiden Unterschriften per Mail." in page


def test_countersigning_puts_the_agreement_into_force(pact, countersigner, countersigning_client):
    agreement = agreement_in("signed")
    path = page_of(agreement, "gegenzeichnen/")

    answer = countersigning_client.post(path, sent_by(countersigning_client, path), follow=True)

    assert "Sie haben unterschrieben. Die Vereinbarung ist in Kraft" in answer.text
    agreement.refresh_from_db()
    assert (agreement.status, agreement.in_force_from) == ("in_force", timezone.localdate())
    signature = Signature.objects.get(version__agreement=agreement, party="pact")
    assert (signature.name, signature.on_behalf_of) == ("Gerda Muster", "Stadt Musterstadt, Die Oberbürgermeisterin")
    assert pdf.signed_copy(agreement)


def test_the_office_does_not_countersign(pact, office_client):
    agreement = agreement_in("signed")
    before = all_rows()

    answers = [
        office_client.get(page_of(agreement, "gegenzeichnen/")),
        office_client.post(page_of(agreement, "gegenzeichnen/"), {"sha256": agreement.newest_version().sha256}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("name", ["anbieten", "zurueckholen", "papier", "link", "vorlage", "schliessen", "beenden"])
@pytest.mark.parametrize("state", STATES)
def test_who_only_countersigns_has_no_other_button(state, name, pact, countersigning_client):
    agreement = agreement_in(state)
    before = all_rows()

    answer = countersigning_client.post(page_of(agreement, f"{name}/"), {})

    assert answer.status_code == 403
    assert difference(before, all_rows()) == {}


def test_an_account_without_a_name_cannot_sign(pact, countersigner, countersigning_client):
    agreement = agreement_in("signed")
    type(countersigner).objects.filter(pk=countersigner.pk).update(first_name="", last_name="")
    path = page_of(agreement, "gegenzeichnen/")
    sent = sent_by(countersigning_client, path)
    before = all_rows()

    page = countersigning_client.get(path).text
    answer = countersigning_client.post(path, sent, follow=True)

    assert "In Ihrem Konto steht noch kein Name." in page
    assert "Vor- und Nachnamen in Ihrem Konto eintragen" in answer.text
    assert difference(before, all_rows()) == {}


def test_nobody_countersigns_another_text_than_the_page_showed(pact, office, countersigning_client):
    agreement = agreement_in("signed")
    path = page_of(agreement, "gegenzeichnen/")
    sent = sent_by(countersigning_client, path)
    offering.take_back(agreement, by=office)
    agreement.measures.update(title="Etwas anderes")
    sign(offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=office))
    before = all_rows()

    answer = countersigning_client.post(path, sent, follow=True)

    assert "Das geht nicht mehr" in answer.text
    assert difference(before, all_rows()) == {}


# --- On paper ---------------------------------------------------------------------------------------------------------

ON_PAPER = {
    "signed_on": "2026-01-02",
    "signed_by_partner": "Erika Muster",
    "signed_for_pact": "Dr. Beate Beispiel, Oberbürgermeisterin",
}


SCAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("Vereinbarung.pdf", SCAN)


@pytest.mark.parametrize("state", ["draft", "offered"])
def test_an_agreement_signed_on_paper_is_recorded_with_its_scan(state, pact, office_client):
    agreement = agreement_in(state)

    answer = office_client.post(page_of(agreement, "papier/"), {**ON_PAPER, "scan": scan()}, follow=True)

    assert "Die Vereinbarung ist in Kraft. Das Profil können Sie jetzt veröffentlichen." in answer.text
    assert "Dr. Beate Beispiel, Oberbürgermeisterin" in answer.text
    assert "auf Papier unterschrieben" in answer.text
    document = pdf.signed_copy(agreement)
    file = office_client.get(page_of(agreement, f"dokument/{document.pk}/"))
    assert file["Content-Disposition"] == 'attachment; filename="Vereinbarung.pdf"'
    assert file.content == SCAN
    assert f"SHA-256 des Scans: <code>{document.sha256}</code>" in answer.text
    version = office_client.get(page_of(agreement, "fassung/1/")).text
    assert "Unterschrieben wurde das Papier (Scan). Hier steht, was das Portal dazu weiß." in version
    assert "Abwärme der Öfen nutzen" in version
    assert ("Die Vereinbarung gilt ohne festes Ende." in version) == (state == "offered")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"signed_on": "2999-01-01"}, "Bitte geben Sie einen Tag an, der nicht in der Zukunft liegt."),
        ({"signed_on": "1999-12-31"}, "Bitte geben Sie einen Tag an, der nicht in der Zukunft liegt."),
        ({"scan": None}, "Bitte laden Sie den Scan der unterschriebenen Fassung hoch."),
        ({"scan": SimpleUploadedFile("a.pdf", b"MZ")}, "Diese Datei können wir nicht annehmen."),
        ({"signed_by_partner": " "}, "Bitte nennen Sie, wer für den Partner unterschrieben hat."),
    ],
)
def test_what_paper_needs_is_asked_for_at_the_field(changes, sentence, pact, office_client):
    draft = ready_to_offer()
    data = {**ON_PAPER, "scan": scan(), **changes}
    before = all_rows()

    answer = office_client.post(page_of(draft, "papier/"), {name: value for name, value in data.items() if value})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert difference(before, all_rows()) == {}


def test_a_draft_without_measures_cannot_come_from_paper(pact, office_client):
    page = office_client.get(page_of(AgreementFactory(), "papier/")).text

    assert "Bitte tragen Sie mindestens eine Maßnahme ein." in page


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


def test_a_file_belongs_to_its_agreement(pact, office_client):
    agreement, other = agreement_in("draft"), agreement_in("draft")
    office_client.post(page_of(agreement, "papier/"), {**ON_PAPER, "scan": scan()})
    document = pdf.signed_copy(agreement)

    assert office_client.get(page_of(agreement, f"dokument/{document.pk}/")).status_code == 200
    assert office_client.get(page_of(other, f"dokument/{document.pk}/")).status_code == 404


def test_a_file_that_is_not_made_yet_is_not_found(pact, office_client):
    agreement = agreement_in("offered")
    document = pdf.copy_to_read(agreement.newest_version())

    assert office_client.get(page_of(agreement, f"dokument/{document.pk}/")).status_code == 404


def test_who_may_not_see_mails_sees_none_of_them(pact, office_client, countersigning_client):
    agreement = agreement_in("signed")

    assert '<h2 id="mails">' in office_client.get(page_of(agreement)).text
    assert '<h2 id="mails">' not in countersigning_client.get(page_of(agreement)).text
