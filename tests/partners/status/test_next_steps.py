"""The page of an application offers a copy, the steps that go online, files and colleagues."""

import re

import pytest
from django.utils import timezone

from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.mailbox import kinds, rewording
from partners.services import prospects, questions, review, talks
from partners.services.questions import Asked
from tests.factories import UserFactory
from tests.factories.talks import TalkSlotFactory
from tests.filled import led_to
from tests.partners.status.conftest import PAGE, shown


def test_a_copy_as_pdf_is_made_on_demand_and_says_so_while_it_is_made(in_state, enter):
    client = enter(in_state("submitted"))

    waiting = client.post(f"{PAGE}kopie/erstellen/", follow=True).content.decode()
    while archive.render_next():
        pass
    copy = client.get(f"{PAGE}kopie/")

    assert "Das PDF wird gerade erstellt." in waiting
    assert copy["Content-Type"] == "application/pdf"
    assert copy["Content-Disposition"].startswith("attachment")
    assert copy.content.startswith(b"%PDF-")


def test_ordered_twice_a_copy_is_one_and_no_mail_goes_with_it(in_state, enter, mails):
    application = in_state("submitted")
    client, before = enter(application), len(mails())

    for _ in range(2):
        client.post(f"{PAGE}kopie/erstellen/")
    while archive.render_next():
        pass

    assert Document.objects.about(application).filter(kind="application-copy").count() == 1
    assert [mail.kind for mail in mails()[before:]] in ([], ["application_received"])


def test_a_change_makes_the_next_copy_another_one(in_state, enter):
    application = in_state("submitted")
    client = enter(application)
    client.post(f"{PAGE}kopie/erstellen/")
    review.correct(application, {"sector": "N"}, shown={"sector": "C"}, by=UserFactory())

    response = client.get(f"{PAGE}kopie/")

    assert led_to(response) == PAGE


@pytest.mark.parametrize(
    ("is_booked_online", "letter", "recorded", "offered"),
    [
        (False, "", [], []),
        (True, "", [], ["Termin wählen"]),
        (False, "Wir wollen.", [], ["Absichtserklärung lesen"]),
        (True, "Wir wollen.", [], ["Termin wählen", "Absichtserklärung lesen"]),
        (True, "Wir wollen.", ["orientation_talk"], ["Absichtserklärung lesen"]),
        (True, "Wir wollen.", ["orientation_talk", "letter_of_intent"], []),
    ],
)
def test_steps_that_go_online_are_offered_until_they_are_recorded(
    is_booked_online, letter, recorded, offered, pact, in_state, enter, office
):
    pact.uses_orientation_talk = pact.books_talks_online = is_booked_online
    pact.uses_letter_of_intent, pact.letter_of_intent = bool(letter), letter
    pact.save()
    application = in_state("in_review")
    for kind in recorded:
        review.record_step(application, kind, done_on=timezone.localdate(), document=None, note="", by=office)

    page = shown(enter(application))

    assert [label for label in ("Termin wählen", "Absichtserklärung lesen") if f">{label}</a>" in page] == offered
    assert ("Jetzt am Zug: Sie." in page) == bool(offered)
    assert page.count("Wartet auf Sie") == len(offered)


def test_a_talk_that_is_booked_waits_for_its_day_and_not_for_the_company(pact, in_state, enter):
    pact.uses_orientation_talk = pact.books_talks_online = True
    pact.save()
    application, slot = in_state("submitted"), TalkSlotFactory()
    talks.book(prospects.of_applicant(application.applicants.get()), slot)

    page = shown(enter(application))

    assert "Wartet auf Sie" not in page
    assert f"Steht noch aus, {slot.when}" in page


@pytest.mark.parametrize("is_asked", [True, False])
def test_the_receipt_says_the_same_about_who_has_to_act_as_the_page(is_asked, pact, in_state, enter):
    pact.uses_orientation_talk = pact.books_talks_online = is_asked
    pact.save()
    application = in_state("submitted")
    kind = kinds.get("application_received")

    page = shown(enter(application))
    mail = rewording.render(kind, rewording.shipped_texts(kind), next(iter(kind.examples()))).text

    for words, are_said in (
        ("Bitte wählen Sie einen Termin für das Orientierungsgespräch.", is_asked),
        ("Sie brauchen nichts zu tun.", not is_asked),
    ):
        assert (words in page, words in mail) == (are_said, are_said)


def test_a_file_can_be_sent_right_beside_a_question_that_may_ask_for_one(in_state, enter, office):
    application = in_state("in_review")
    questions.ask(application, [Asked("Bitte senden Sie uns die Bilanz."), Asked("Stimmt das?", "sector")], by=office)

    page = shown(enter(application))

    [question] = re.findall(r'<section class="asked".*?Bitte senden Sie uns die Bilanz.*?</section>', page, re.DOTALL)
    assert f'href="/mein-klimapakt/antrag/dateien/?vorgang=application:{application.pk}"' in question


def test_colleagues_are_invited_also_after_sending_and_no_longer_after_the_decision(in_state, enter, mails):
    for state, invited in (("submitted", 1), ("rejected", 0)):
        application = in_state(state)
        client = enter(application)

        client.post(f"{PAGE}mitwirkende/einladen/", {"name": "Kim Korn", "email": f"kim@{state}.example"})

        assert len(mails(to_email=f"kim@{state}.example")) == invited, state
