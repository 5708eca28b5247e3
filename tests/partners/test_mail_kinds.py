"""The kinds of mail of this app: each has its words, and all its words can be filled in."""

import pytest
from django.utils import timezone

from klimapakt.mailbox import kinds, rewording
from klimapakt.mailbox.kinds import EXAMPLES
from klimapakt.mailbox.models import shown
from klimapakt.uploads.models import Upload
from klimapakt.uploads.receiving import receive
from partners import receipt
from partners.models import ProfileProposal
from tests.factories import ApplicationFactory, ConsentFactory, ContactFactory, PartnerFactory
from tests.factories.interest import InterestFactory
from tests.factories.talks import LetterFactory, TalkBookingFactory
from tests.klimapakt.uploads.sample import another
from tests.mail_texts import check_rendered, check_shipped, files_of, kinds_of, renderings, used_in

ALL = kinds_of("partners")


def test_every_text_has_a_kind_and_every_kind_a_text():
    assert {kind.name for kind in ALL} == files_of("partners")


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_shipped_text_can_be_filled_in(kind):
    check_shipped(kind)


def test_every_placeholder_is_used_by_some_text():
    offered = {name for kind in ALL for name in kind.placeholders}

    assert offered - {name for kind in ALL for name in used_in(kind)} == set()


@pytest.fixture
def cases(in_state) -> None:
    """Something of everything that mails of this app are about."""
    for state in ("submitted", "query", "accepted", "rejected", "withdrawn"):
        in_state(state)
    partner = PartnerFactory()
    contact = ContactFactory(organisation=partner.organisation)
    ConsentFactory(organisation=partner.organisation)
    ContactFactory(organisation=partner.organisation, is_main=False, left_at=timezone.now(), hands_over_to=contact)
    proposed = {"partner": partner, "name": "Neuer Name GmbH", "proposed_by": contact, "author": contact.name}
    ProfileProposal.objects.create(**proposed, status="returned", reason="Bitte kürzer.")
    ProfileProposal.objects.create(**proposed)
    InterestFactory()
    TalkBookingFactory()
    LetterFactory()


WITHOUT_EXAMPLE = {
    "application_started", "application_proof_ends", "application_invited", "application_entered", "application_draft_ends", "interest_received", "link_asked", "office_interest_withdrawn",
    "office_answer",
    "contact_invited", "contact_new_address",
}  # fmt: skip
"""They speak of nobody: the address may be a stranger's, or all is deleted; a draft is nobody's business. (And no case has an answer.)"""


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_text_reads_well_with_invented_and_with_real_values(kind, cases):
    found = renderings(kind)

    for rendered in found:
        check_rendered(rendered)
    assert len(found) > 1 or kind.name in WITHOUT_EXAMPLE


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_the_examples_are_few_and_cheap(kind, cases, in_state, django_assert_max_num_queries):
    for _ in range(6):
        in_state("submitted")

    with django_assert_max_num_queries(3):
        assert len(list(kind.examples())) <= EXAMPLES


def test_an_application_whose_address_nobody_proved_is_no_example(pact):
    ApplicationFactory(name="Verschwiegen GmbH")

    labels = [example.label for kind in ALL for example in kind.examples()]

    assert labels == []


def test_a_mail_to_an_unproven_address_can_hold_no_word_from_the_form():
    assert kinds.get("application_started").placeholders.keys() == {"link", "frist", "loeschfrist"}
    assert kinds.get("application_invited").placeholders.keys() == {"link", "frist"}


@pytest.mark.parametrize(("days", "said"), [(1, "innerhalb von einem Tag"), (14, "innerhalb von 14 Tagen")])
def test_the_time_for_an_answer_is_said_in_words(days, said, pact, in_state):
    pact.answer_within_days = days
    pact.save()
    in_state("submitted")
    kind = kinds.get("application_received")

    rendered = rewording.render(kind, rewording.shipped_texts(kind), next(iter(kind.examples())))

    assert said in rendered.text


def test_the_receipt_repeats_what_was_sent(pact, in_state):
    application = in_state("submitted")
    application.website, application.wishes, application.already_doing = "https://www.x.example/", "Strom", "Wärme"
    application.save()
    kind = kinds.get("application_received")

    text = shown(rewording.render(kind, rewording.shipped_texts(kind), next(iter(kind.examples()))).text)

    assert (
        f"""Vorgang: {application.reference}

Ihre Organisation
Name der Organisation: {application.name}
Art der Organisation: Unternehmen
Straße und Hausnummer: Backstraße 3
Postleitzahl: 12345
Ort: Musterstadt
Internetseite: https://www.x.example/
Branche: Industrie und verarbeitendes Gewerbe
Zahl der Beschäftigten: 25

Personen
Name der Ansprechperson: Erika Muster
Funktion der Ansprechperson: Inhaberin
E-Mail der Ansprechperson: {application.contact_email}
Name der zeichnungsberechtigten Person: Erika Muster
Funktion der zeichnungsberechtigten Person: Inhaberin

Klimaschutz heute
Was Sie schon für das Klima tun: Wärme

Wünsche und Angebote
Was Sie sich vom Pakt wünschen: Strom

Ihre Zusagen
Unterstützt das Klimaziel der Stadt: ja
Vereinbart Maßnahmen mit Einsparzielen: ja
Berichtet regelmäßig über den Stand: ja

Ihre Einwilligungen:

- keine
"""
        in text
    )


def test_the_receipt_names_the_talk_and_the_files_but_none_that_was_refused(pact, in_state):
    application = in_state("submitted")
    talk = TalkBookingFactory(application=application)
    TalkBookingFactory(status="cancelled", application=application)
    for number, name in enumerate(("Bilanz.pdf", "Audit.pdf", "Spiel.exe")):
        upload = receive(another(number), profile=Upload.Profile.DOCUMENT, about=application)
        Upload.objects.filter(pk=upload.pk).update(name=name)
        application.files.create(upload=upload)
    Upload.objects.filter(name="Spiel.exe").update(status="refused", problem="Das ist ein Programm.", content=None)
    kind = kinds.get("application_received")

    text = shown(rewording.render(kind, rewording.shipped_texts(kind), next(iter(kind.examples()))).text)

    assert f"Orientierungsgespräch: {talk.slot.when}, {talk.how}" in text
    assert "Logo und Unterlagen: Bilanz.pdf, Audit.pdf" in text
    assert text.count("Orientierungsgespräch:") == 1
    assert "Spiel.exe" not in text
    copy = receipt.html(application, pact)
    assert [name in copy for name in ("Bilanz.pdf", "Audit.pdf", "Spiel.exe")] == [True, True, False]
