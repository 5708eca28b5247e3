"""The office reviews: takes on, hands over, puts off, writes down, mends, records."""

from datetime import date, timedelta
from functools import partial

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from klimapakt.setup.roles import COUNTERSIGNING, INITIAL_PARTNER
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.mails.application import application_access
from partners.models import Application, Note, TimelineEntry
from partners.services import decision, prospects, questions, review, talks
from tests.corpus import PDF
from tests.factories import ApplicationFactory, UserFactory
from tests.factories.talks import TalkSlotFactory
from tests.rows import all_rows, difference


def timeline_of(application: Application) -> list[str]:
    return [entry.text for entry in application.timeline.order_by("pk")]


def correct(application: Application, by, *, shown: dict[str, object] | None = None, **answers: object) -> list:
    """Mend answers on a page that shows the stored values, unless it showed others."""
    stored = {field: getattr(application, field) for field in answers}
    return review.correct(application, answers, shown=stored | (shown or {}), by=by)


# --- mending ----------------------------------------------------------------------------------------------------------


def test_a_correction_leaves_a_trace_of_each_field(in_state, office):
    application = in_state("in_review")
    was, version = application.name, application.version

    conflicts = correct(application, office, name="Neuer Name GmbH", sector="G")

    application.refresh_from_db()
    assert conflicts == []
    assert (application.name, application.sector, application.version) == ("Neuer Name GmbH", "G", version + 1)
    assert set(timeline_of(application)[-2:]) == {
        f"Name der Organisation berichtigt: „{was}“ → „Neuer Name GmbH“",
        "Branche berichtigt: „Industrie und verarbeitendes Gewerbe“ → „Handel“",
    }
    assert application.timeline.first().by == "Ottilie Amt"


def test_no_correction_takes_away_what_an_application_needs(in_state, office):
    application = in_state("in_review")
    before = all_rows()

    with pytest.raises(NotPossible, match="Name der Organisation"):
        correct(application, office, name="", website="https://neu.example")

    assert difference(before, all_rows()) == {}


def test_a_correction_that_changes_nothing_leaves_no_trace(in_state, office):
    application = in_state("in_review")
    before = all_rows()

    conflicts = correct(application, office, name=application.name)

    assert conflicts == []
    assert difference(before, all_rows()) == {}


def test_who_mends_what_somebody_else_has_just_mended_is_shown_it_and_nothing_is_stored(in_state, office):
    application = in_state("in_review")
    seen = application.name
    correct(application, office, name="Zuerst GmbH")
    before = all_rows()

    conflicts = correct(application, office, shown={"name": seen}, name="Danach GmbH", street="Neue Straße 1")

    assert conflicts == [review.Conflict("name", "Zuerst GmbH")]
    assert difference(before, all_rows()) == {}


def test_two_who_mend_different_answers_do_not_disturb_each_other(in_state, office):
    application = in_state("in_review")
    seen = {"name": application.name, "street": application.street}
    correct(application, office, name="Zuerst GmbH")

    conflicts = correct(application, office, shown=seen, name=seen["name"], street="Neue Straße 1")

    application.refresh_from_db()
    assert conflicts == []
    assert (application.name, application.street) == ("Zuerst GmbH", "Neue Straße 1")


def test_a_mended_contact_address_closes_the_links_to_the_old_one(in_state, office, mails):
    application = in_state("in_review")
    old = application_access(application.applicants.get())

    correct(application, office, contact_email="neu@musterbaeckerei.example")

    old.refresh_from_db()
    [mail] = mails(kind="application_entered")
    assert old.revoked_at
    assert (mail.to_email, mail.link.email) == ("neu@musterbaeckerei.example", "neu@musterbaeckerei.example")


# --- steps on the way -------------------------------------------------------------------------------------------------


def test_a_step_is_recorded_once_and_can_be_mended(in_state, office, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    application = in_state("in_review")

    for day, document in ((2, SimpleUploadedFile("../loi.pdf", PDF)), (3, None)):
        review.record_step(
            application, "letter_of_intent", done_on=date(2026, 1, day), document=document, note="", by=office
        )

    step = application.steps.get()
    assert (step.done_on, step.document_name) == (date(2026, 1, 3), "loi.pdf")
    with step.document.open("rb") as stored:
        assert stored.read() == PDF
    assert timeline_of(application)[-2:] == [
        "Absichtserklärung (LoI): 02.01.2026, mit Dokument",
        "Absichtserklärung (LoI): 03.01.2026",
    ]


def test_a_talk_is_not_recorded_beside_one_that_is_booked(in_state, office):
    application = in_state("in_review")
    booking = talks.book(prospects.of_applicant(application.applicants.get()), TalkSlotFactory())
    record = partial(
        review.record_step, application, "orientation_talk", done_on=date(2026, 1, 2), document=None, note="", by=office
    )

    with pytest.raises(NotPossible, match=booking.slot.when):
        record()
    assert not application.steps.exists()

    talks.withdraw_slot(booking.slot, by=office)
    record()
    assert application.steps.exists()


# --- whose desk, when again -------------------------------------------------------------------------------------------


def test_an_application_passes_from_desk_to_desk(in_state, office):
    application, other = in_state("in_review"), UserFactory(first_name="Kim", last_name="Amt")

    review.assign(application, other, by=office)

    application.refresh_from_db()
    assert (application.reviewer, application.status) == (other, "in_review")
    assert list(Application.objects.on_desk_of(other)) == [application]
    assert not Application.objects.on_desk_of(office).exists()
    assert timeline_of(application)[-1] == "Liegt jetzt bei Kim Amt"


def test_only_who_may_review_is_offered_an_application(office, administrator, initial_partner_user):
    gone = UserFactory(username="gegangen", is_active=False)
    gone.groups.set(office.groups.all())
    UserFactory(username="niemand")

    assert set(review.reviewers()) == {office, administrator}
    assert initial_partner_user.groups.get().name == INITIAL_PARTNER != COUNTERSIGNING


def test_a_follow_up_keeps_its_note_until_it_is_settled(in_state, office):
    application = in_state("query")
    day = timezone.localdate() + timedelta(days=30)

    review.put_off(application, day, "Chefin ist im Urlaub", by=office)
    application.refresh_from_db()
    assert (application.follow_up_on, application.follow_up_note) == (day, "Chefin ist im Urlaub")

    review.put_off(application, None, by=office)
    application.refresh_from_db()
    assert (application.follow_up_on, application.follow_up_note) == (None, "")
    assert timeline_of(application)[-1] == "Wiedervorlage erledigt"


def test_a_decision_settles_the_follow_up(in_state, office):
    application = in_state("in_review")
    review.put_off(application, timezone.localdate() + timedelta(days=3), by=office)

    decision.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=office)

    application.refresh_from_db()
    assert application.follow_up_on is None


def test_a_note_keeps_the_name_of_who_wrote_it(in_state):
    gone = UserFactory(first_name="Ada", last_name="Amt")
    application = in_state("submitted")

    review.write_note(application, "Am Telefon sehr freundlich.", by=gone)
    gone.delete()

    note = Note.objects.get()
    assert (note.application, note.text, note.by, note.author) == (
        application,
        "Am Telefon sehr freundlich.",
        "Ada Amt",
        None,
    )


# --- lying ------------------------------------------------------------------------------------------------------------

TOUCHES = {
    "start_review": ("submitted", lambda a, by: review.start_review(a, by=by)),
    "assign": ("submitted", lambda a, by: review.assign(a, by, by=by)),
    "put_off": ("submitted", lambda a, by: review.put_off(a, None, by=by)),
    "write_note": ("submitted", lambda a, by: review.write_note(a, "Notiz", by=by)),
    "correct": ("submitted", lambda a, by: correct(a, by, name="Neu GmbH")),
    "record_step": (
        "submitted",
        lambda a, by: review.record_step(
            a, "orientation_talk", done_on=date(2026, 1, 2), document=None, note="", by=by
        ),
    ),
    "send_link": ("submitted", lambda a, by: review.send_link(a, by=by)),
    "ask": ("in_review", lambda a, by: questions.ask(a, [questions.Asked("Wie viele?")], by=by)),
    "answer": (
        "query",
        lambda a, by: questions.answer(
            a, [questions.Reply(a.questions.get().pk, "Zwei.")], by=a.applicants.get()
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("touch", TOUCHES)
def test_whatever_somebody_does_about_an_application_gets_it_out_of_what_lies(touch, in_state, office, pact):
    state, do = TOUCHES[touch]
    application = in_state(state)
    later = timezone.now() + timedelta(days=pact.untouched_after_days, minutes=1)

    with time_machine.travel(later, tick=False):
        assert list(Application.objects.untouched(now=later)) == [application]
        do(application, office)

        assert not Application.objects.untouched(now=later).exists()


@pytest.mark.parametrize(("days", "lies"), [(13, False), (14, True)])
def test_an_application_lies_after_the_days_of_the_pact(days, lies, in_state):
    in_state("submitted")
    now = timezone.now() + timedelta(days=days, minutes=1)

    assert Application.objects.untouched(now=now).exists() is lies


def test_what_is_put_off_does_not_lie_until_its_day(in_state, office):
    application = in_state("in_review")
    review.put_off(application, timezone.localdate() + timedelta(days=60), by=office)

    for days, lies, is_due in ((59, False, False), (60, True, True)):
        now = timezone.now() + timedelta(days=days)
        assert Application.objects.untouched(now=now).exists() is lies
        assert Application.objects.follow_up_due(now=now).exists() is is_due


@pytest.mark.parametrize("state", ["draft", "unconfirmed", "accepted", "rejected", "withdrawn"])
def test_what_is_not_the_offices_turn_neither_lies_nor_is_put_off(state, in_state, office):
    application = in_state(state)

    for put_aside in (
        lambda: review.assign(application, office, by=office),
        lambda: review.put_off(application, None, by=office),
    ):
        with pytest.raises(TransitionNotAllowed):
            put_aside()

    assert not Application.objects.untouched(now=timezone.now() + timedelta(days=400)).exists()


# --- the timeline -----------------------------------------------------------------------------------------------------


def test_the_timeline_says_who_acted(in_state, office):
    application = in_state("in_review")

    by = [(entry.by, entry.actor) for entry in application.timeline.order_by("pk")]

    assert by[0] == ("Unternehmen", None)
    assert by[-1] == ("Ottilie Amt", office)


def test_the_timeline_keeps_the_name_of_a_person_who_left(in_state):
    gone = UserFactory(username="ada", first_name="Ada", last_name="Amt")
    application = in_state("submitted")
    review.start_review(application, by=gone)

    gone.delete()

    assert TimelineEntry.objects.get(text="In Prüfung genommen").by == "Ada Amt"
    application.refresh_from_db()
    assert application.status == "in_review"


def test_an_application_on_paper_is_reviewed_without_a_mail_address(pact, office, mails):
    application = ApplicationFactory(contact_email="", applicant=None)
    Application.objects.update(status="submitted", sent_at=timezone.now(), confirmed_at=timezone.now())
    application.refresh_from_db()

    correct(application, office, contact_email="neu@musterbaeckerei.example")

    assert [mail.to_email for mail in mails(kind="application_entered")] == ["neu@musterbaeckerei.example"]
