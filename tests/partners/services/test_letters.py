"""The letter of intent: signed once, exactly as shown, kept, and taken back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.links import codes
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import ApplicationStep, LetterOfIntent
from partners.services import decision, forgetting, interest, letters, prospects
from partners.tasks import delete_interests
from tests.factories import ApplicationFactory
from tests.factories.interest import InterestFactory
from tests.factories.talks import LETTER, applying_company, interested_company, link_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pact(pact):
    pact.uses_letter_of_intent, pact.letter_of_intent = True, LETTER
    pact.save()
    return pact


def request():
    made = RequestFactory().post("/")
    made.session = {}
    return made


def sign(prospect, pact, **changes):
    link = changes.pop("link", None) or link_of(prospect)
    code = changes.pop("code", None) or codes.issue(request(), link)
    words = {"sha256": letters.wording_for(prospect, pact).sha256, "name": "Erika Muster", "function": "Inhaberin"}
    return letters.sign(prospect, **{**words, **changes}, code=code, link=link)


def test_the_words_name_company_city_and_pact_and_say_that_they_give_no_rights(pact):
    prospect = applying_company(name="Café {stadt} & Söhne")

    text = letters.wording_for(prospect, pact).text

    assert "Wir, Café {stadt} & Söhne, möchten dem Pakt „Musterstädter Klimapakt“ in Musterstadt beitreten." in text
    assert "Rechte und Pflichten entstehen daraus für keine Seite" in text
    assert "nur die Geschäftsstelle sieht sie" in text


@pytest.mark.parametrize("company", [applying_company, interested_company])
def test_a_signed_letter_holds_who_signed_which_words(company, pact, mails):
    prospect = company()
    wording = letters.wording_for(prospect, pact)

    letter = sign(prospect, pact)

    assert (letter.case, letter.text, letter.sha256) == (prospect.case, wording.text, wording.sha256)
    assert (letter.name, letter.function, letter.email) == ("Erika Muster", "Inhaberin", prospect.email)
    assert letter.statement == wording.statement
    assert set(letter.evidence) == {"link", "code", "code_sent_at"}
    assert prospect.organisation in mails(kind="office_letter")[0].body
    assert prospect.case.timeline.filter(text__startswith="Absichtserklärung unterschrieben").exists()


def test_the_signer_gets_the_pdf_when_it_is_made(pact, mails):
    letter = sign(applying_company(), pact)
    assert mails(kind="letter_signed") == []

    while archive.render_next():
        pass

    document = letters.file_of(letter)
    assert (document.is_ready, document.is_kept) == (True, True)
    [mail] = mails(kind="letter_signed")
    [file] = mail.attachments.all()
    assert mail.to_email == letter.email
    assert bytes(file.content) == bytes(document.content)
    assert letter.sha256 in mail.body


def test_the_pdf_is_made_of_the_frozen_words(pact):
    letter = sign(applying_company(), pact)

    html = Document.objects.defer(None).get().html

    for words in ("beitreten.", "Wir nennen bald", "Erika Muster", letter.sha256, "keine Seite"):
        assert words in html


def test_heading_and_hash_stand_once_on_the_pdf(pact):
    letter = sign(applying_company(), pact)

    html = Document.objects.defer(None).get().html

    assert html.count(f"<h1>Absichtserklärung von {letter.organisation}</h1>") == 1
    assert html.count("Absichtserklärung von ") == 2  # and in the title that a reader shows
    assert html.count(letter.sha256) == 1


def test_a_letter_is_a_step_of_the_application(pact):
    prospect = applying_company()

    letter = sign(prospect, pact)

    step = prospect.application.steps.get()
    assert (step.kind, step.done_on) == (
        ApplicationStep.Kind.LETTER_OF_INTENT, timezone.localdate(letter.signed_at),
    )  # fmt: skip


def test_the_letter_of_an_inquiry_counts_once_it_becomes_an_application(pact):
    interest, application = InterestFactory(), ApplicationFactory()
    letter = sign(prospects.of_interest(interest), pact)

    for _ in range(2):
        prospects.carry_over(interest, application)

    assert application.steps.get().kind == ApplicationStep.Kind.LETTER_OF_INTENT
    letter.refresh_from_db()
    assert letter.application == application


def test_words_that_changed_meanwhile_are_not_signed_and_the_code_stays(pact):
    prospect = applying_company()
    link = link_of(prospect)
    code, shown = codes.issue(request(), link), letters.wording_for(prospect, pact).sha256
    pact.letter_of_intent = "Etwas ganz anderes."
    pact.save()

    with pytest.raises(TransitionNotAllowed):
        sign(prospect, pact, sha256=shown, code=code, link=link)

    code.refresh_from_db()
    assert code.used_at is None
    assert not LetterOfIntent.objects.exists()


def test_a_company_signs_once(pact):
    prospect = applying_company()
    sign(prospect, pact)

    with pytest.raises(TransitionNotAllowed):
        sign(prospect, pact)
    with pytest.raises(TransitionNotAllowed):
        letters.send_code(prospect, request=request(), link=link_of(prospect))

    assert LetterOfIntent.objects.count() == 1


def test_a_code_signs_once(pact):
    prospect = applying_company()
    link = link_of(prospect)
    code = codes.issue(request(), link)
    letter = sign(prospect, pact, link=link, code=code)
    letters.withdraw(prospect, letter)

    with pytest.raises(TransitionNotAllowed):
        sign(prospect, pact, link=link, code=code)


def test_the_code_of_another_link_signs_nothing(pact):
    theirs = codes.issue(request(), link_of(applying_company()))

    with pytest.raises(TransitionNotAllowed):
        sign(applying_company(), pact, code=theirs)

    assert not LetterOfIntent.objects.exists()


@pytest.mark.parametrize("field", ["uses_letter_of_intent", "letter_of_intent"])
def test_where_the_pact_has_no_letter_none_is_signed(field, pact):
    prospect = applying_company()
    shown = letters.wording_for(prospect, pact).sha256
    setattr(pact, field, False if field.startswith("uses") else "")
    pact.save()

    with pytest.raises(TransitionNotAllowed):
        sign(prospect, pact, sha256=shown)


def test_nobody_signs_for_an_application_that_is_decided(pact, in_state):
    application = in_state("withdrawn")

    with pytest.raises(NotPossible):
        sign(prospects.of_applicant(application.applicants.get()), pact)


def test_a_withdrawn_letter_stays_in_the_history_and_its_step_goes(pact, mails):
    prospect = applying_company()
    letter = sign(prospect, pact)

    letters.withdraw(prospect, letter)
    with pytest.raises(TransitionNotAllowed):
        letters.withdraw(prospect, letter)

    letter.refresh_from_db()
    assert (letter.status, letter.withdrawn_at is not None) == ("withdrawn", True)
    assert not prospect.application.steps.exists()
    assert len(mails(kind="letter_withdrawn")) == 1
    assert "zurückgezogen" in mails(kind="office_letter")[1].subject


def test_after_a_withdrawal_the_company_can_sign_again(pact):
    prospect = applying_company()
    letters.withdraw(prospect, sign(prospect, pact))

    assert sign(prospect, pact).stands


def test_a_letter_can_be_taken_back_at_any_time_as_it_says(pact, in_state, office, open_link):
    application = in_state("in_review")
    prospect = prospects.of_applicant(application.applicants.get())
    letter = sign(prospect, pact)
    decision.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=office)
    client = Client()
    open_link(client, link_of(prospect))
    assert "Erklärung zurückziehen" in client.get("/mein-klimapakt/absichtserklaerung/").content.decode()

    client.post("/mein-klimapakt/absichtserklaerung/zurueckziehen/")

    letter.refresh_from_db()
    assert not letter.stands


def test_nobody_withdraws_the_letter_of_another_company(pact):
    letter = sign(applying_company(), pact)

    with pytest.raises(LetterOfIntent.DoesNotExist):
        letters.withdraw(applying_company(), letter)


def test_a_letter_taken_back_before_its_file_was_made_is_not_mailed(pact, mails):
    prospect = applying_company()
    letters.withdraw(prospect, sign(prospect, pact))

    while archive.render_next():
        pass

    assert Document.objects.get().is_ready
    assert mails(kind="letter_signed") == []


def test_the_office_takes_note_once(pact, office):
    letter = sign(applying_company(), pact)

    letters.take_note(letter, by=office)
    with pytest.raises(TransitionNotAllowed):
        letters.take_note(letter, by=office)

    letter.refresh_from_db()
    assert letter.seen_by == office


def test_what_nobody_reads_lies(pact, office):
    letter = sign(applying_company(), pact)
    later = letter.signed_at + timedelta(days=pact.untouched_after_days)

    assert list(LetterOfIntent.objects.untouched(now=later - timedelta(minutes=1))) == []
    assert list(LetterOfIntent.objects.untouched(now=later)) == [letter]

    letters.take_note(letter, by=office)
    assert list(LetterOfIntent.objects.untouched(now=later)) == []


# --- Evidence ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("text", "anderes"),
        ("sha256", "0" * 64),
        ("name", "Max"),
        ("function", "Chef"),
        ("email", "max@muster.example"),
        ("signed_at", "2020-01-01 00:00Z"),
        ("evidence", "{}"),
        ("statement", "anderes"),
        ("organisation", "anderes"),
    ],
)
def test_the_database_lets_nobody_change_what_was_signed(column, value, pact):
    letter = sign(applying_company(), pact)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE partners_letterofintent SET {column} = %s WHERE id = %s", [value, letter.pk])


def test_the_database_lets_nobody_delete_a_letter_but_an_invented_one(pact):
    letter = sign(applying_company(), pact)

    with pytest.raises(IntegrityError), transaction.atomic():
        letter.delete()
    invented = LetterOfIntent(is_invented=True, organisation="Erfunden", text="x", signed_at=timezone.now())
    invented.sha256 = letters.fingerprint("x")
    invented.save()
    invented.delete()

    assert LetterOfIntent.objects.get() == letter


def test_the_database_takes_no_letter_whose_hash_is_not_that_of_its_text(pact):
    with pytest.raises(IntegrityError), transaction.atomic():
        LetterOfIntent.objects.create(organisation="X", text="eins", sha256=letters.fingerprint("zwei"))


def test_a_letter_outlives_the_inquiry_and_the_draft_it_was_signed_for(pact):
    prospect = interested_company()
    letter = sign(prospect, pact)

    prospect.interest.delete()

    letter.refresh_from_db()
    assert (letter.case, letter.organisation) == (None, prospect.organisation)


# --- When the case is deleted -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("company", "delete"),
    [
        (interested_company, lambda one: interest.withdraw(one.interest)),
        (applying_company, lambda one: forgetting.discard(one.application)),
    ],
)
def test_a_letter_whose_case_is_deleted_is_withdrawn_and_stays_as_evidence(company, delete, pact):
    prospect = company()
    letter = sign(prospect, pact)

    delete(prospect)

    letter.refresh_from_db()
    assert (letter.status, letter.case, letter.text != "") == ("withdrawn", None, True)
    assert letter.withdrawn_at is not None


def test_a_letter_stands_while_the_inquiry_or_the_application_is_left(pact):
    prospect = interested_company()
    letter = sign(prospect, pact)
    draft = interest.begin_application(prospect.interest).application

    forgetting.discard(draft)
    letter.refresh_from_db()
    assert letter.stands

    interest.withdraw(prospect.interest)
    letter.refresh_from_db()
    assert not letter.stands


def test_a_letter_that_both_left_to_the_other_is_withdrawn_at_night(pact):
    """The inquiry and the draft end at once: each sees the other still there."""
    prospect, standing = interested_company(), sign(applying_company(), pact)
    letter = sign(prospect, pact)
    draft = interest.begin_application(prospect.interest).application
    letters.end_with(draft)
    letters.end_with(prospect.interest)
    draft.delete()
    prospect.interest.delete()
    letter.refresh_from_db()
    assert (letter.case, letter.stands) == (None, True)

    delete_interests()
    delete_interests()

    letter.refresh_from_db()
    standing.refresh_from_db()
    assert (letter.stands, standing.stands) == (False, True)
