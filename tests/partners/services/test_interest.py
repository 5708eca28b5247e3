"""From a question to an answer, an application or the bin."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import LINK_MARK, OutgoingMail
from klimapakt.states import TransitionNotAllowed
from partners import access, tasks
from partners.mails.interest import interest_access
from partners.models import Applicant, Application, Interest, Note, TalkBooking, TalkSlot
from partners.services import forgetting, interest, talks
from partners.services.prospects import of_interest
from tests.factories.interest import InterestFactory

ASKED = {
    "name": "Ida Muster",
    "email": "ida@musterverein.example",
    "organisation": "Musterverein e. V.",
    "question": "Was kostet uns das?",
}


def ask(**changes: object) -> Interest:
    return interest.ask(**{"form_token": uuid4(), **ASKED, **changes})


def link_of(one: Interest) -> AccessLink:
    return AccessLink.objects.to(access.INTEREST, one.pk).latest("created_at")


@pytest.fixture
def asked(pact) -> Interest:
    return ask()


@pytest.fixture
def opened(pact) -> Interest:
    return InterestFactory()


def booked(one: Interest) -> TalkBooking:
    start = timezone.now() + timedelta(days=3, hours=TalkSlot.objects.count())
    slot = TalkSlot.objects.create(starts_at=start, ends_at=start + timedelta(minutes=30), host="Ottilie Amt")
    return talks.book(of_interest(one), slot)


def refreshed(one: Interest) -> Interest:
    return Interest.objects.get(pk=one.pk)


# --- Asked and proven -------------------------------------------------------------------------------------------------


def test_the_first_mail_holds_no_word_of_the_form(pact, mails):
    ask(name="Lockvogel", organisation="http://evil.example", question="[Gewinn](http://evil.example)")

    [mail] = mails()
    assert (mail.kind, mail.is_proven, mail.to_name) == ("interest_received", False, "")
    assert "Lockvogel" not in mail.subject + mail.body + mail.html
    assert "evil" not in mail.subject + mail.body + mail.html


def test_the_same_form_sent_twice_is_one_inquiry_and_one_mail(pact, mails):
    token = uuid4()

    first, second = ask(form_token=token), ask(form_token=token, question="Noch etwas?")

    assert first == second
    assert Interest.objects.get().question == ASKED["question"]
    assert len(mails()) == 1


def test_the_office_learns_of_it_only_once_the_address_is_proven(asked, mails):
    assert not Interest.objects.readable().exists()
    assert not mails(kind="office_interest")

    interest.confirm(link_of(asked))

    assert Interest.objects.readable().get() == asked
    [mail] = mails(kind="office_interest")
    assert ASKED["question"] in mail.body


def test_opening_the_link_again_changes_nothing(asked, mails):
    for _ in range(3):
        interest.confirm(link_of(asked))

    assert len(mails(kind="office_interest")) == 1
    assert asked.timeline.count() == 1


def test_a_link_that_was_closed_proves_nothing(asked):
    link = link_of(asked)
    AccessLink.objects.all().revoke()

    with pytest.raises(TransitionNotAllowed):
        interest.confirm(link)

    assert not Interest.objects.readable().exists()


def test_a_link_to_another_address_proves_nothing(asked):
    link = AccessLink.issue(access.INTEREST, asked.pk, email="fremd@anderswo.example", valid_for=timedelta(days=1))

    with pytest.raises(TransitionNotAllowed):
        interest.confirm(link)


# --- From the inquiry to the application ------------------------------------------------------------------------------


def test_the_application_begins_with_what_is_known_and_a_proven_person(opened):
    person = interest.begin_application(opened)

    draft = person.application
    assert (draft.name, draft.contact_name, draft.contact_email) == (opened.organisation, opened.name, opened.email)
    assert person.is_proven
    assert draft.is_draft
    assert refreshed(opened).application == draft


def test_beginning_twice_goes_on_with_the_first_application(opened):
    first, second = interest.begin_application(opened), interest.begin_application(refreshed(opened))

    assert first == second
    assert Application.objects.count() == Applicant.objects.count() == 1


def test_after_the_draft_was_deleted_another_can_begin(opened):
    forgetting.discard(interest.begin_application(opened).application)

    interest.begin_application(refreshed(opened))

    assert Application.objects.count() == 1


def test_a_talk_that_was_booked_goes_along(opened):
    talk = booked(opened)

    application = interest.begin_application(opened).application

    talk.refresh_from_db()
    assert talk.application == application


def test_once_the_application_has_arrived_the_inquiry_is_done(opened):
    person = interest.begin_application(opened)
    tasks.delete_interests()
    assert refreshed(opened).is_open

    Application.objects.filter(pk=person.application_id).update(
        status="submitted", sent_at=timezone.now(), confirmed_at=timezone.now()
    )
    tasks.delete_interests()
    tasks.delete_interests()

    assert refreshed(opened).closing_reason == "Antrag eingegangen"
    assert interest.begin_application(refreshed(opened)) == person


def test_nobody_comes_back_into_an_application_from_which_somebody_removed_her(opened):
    person = interest.begin_application(opened)
    Applicant.objects.filter(pk=person.pk).update(left_at=timezone.now())

    with pytest.raises(TransitionNotAllowed):
        interest.begin_application(refreshed(opened))


# --- Taken back -------------------------------------------------------------------------------------------------------


def test_taking_it_back_deletes_all_that_names_somebody(opened, office, mails):
    interest.answer(opened, "Nichts.", by=office)
    interest.write_note(opened, "Klingt nett.", by=office)
    booked(opened)
    OutgoingMail.objects.update(status="sent", sent_at=timezone.now())
    link = link_of(opened)

    interest.withdraw(opened)

    assert not Interest.objects.exists()
    assert not AccessLink.objects.filter(pk=link.pk).exists()
    assert Note.objects.count() == TalkBooking.objects.count() == 0
    assert TalkSlot.objects.free(now=timezone.now()).exists()
    [left] = mails(to_email=opened.email)
    assert left.kind == "talk_cancelled"
    assert LINK_MARK not in left.body, "there is no page any more that a link could open"


def test_the_office_hears_of_it_without_a_name(opened, mails):
    interest.withdraw(opened)

    [mail] = mails(kind="office_interest_withdrawn")
    assert opened.reference in mail.subject
    assert opened.name not in mail.body
    assert opened.email not in mail.body


def test_the_office_never_heard_of_an_unproven_one(asked, mails):
    interest.withdraw(asked)

    assert mails() == []


def test_taking_it_back_twice_is_refused_the_second_time(opened):
    interest.withdraw(opened)

    with pytest.raises(TransitionNotAllowed):
        interest.withdraw(opened)


def test_an_application_that_grew_out_of_it_stays(opened):
    application = interest.begin_application(opened).application

    interest.withdraw(opened)

    assert Application.objects.get() == application


# --- The office -------------------------------------------------------------------------------------------------------


def test_an_answer_is_a_mail_with_the_way_on(opened, office, mails):
    interest.answer(opened, "Die Teilnahme\n\nkostet nichts.", by=office)

    [mail] = mails(kind="interest_answer")
    assert mail.to_email == opened.email
    assert "Die Teilnahme\n\nkostet nichts." in mail.body
    assert mail.link.purpose == access.INTEREST
    answered = refreshed(opened)
    assert answered.answered_at
    assert answered.assigned_to == office


def test_whoever_answers_does_not_take_it_from_a_colleagues_desk(opened, office, administrator):
    interest.assign(opened, administrator, by=office)

    interest.note_answer(opened, by=office)

    assert refreshed(opened).assigned_to == administrator


def test_closing_calls_off_the_talk_of_whoever_does_not_apply(opened, office):
    talk = booked(opened)

    interest.close(opened, "kein Interesse mehr", by=office)

    talk.refresh_from_db()
    assert not talk.is_booked


def test_closing_leaves_the_talk_of_whoever_applies(opened, office):
    talk = booked(opened)
    interest.begin_application(opened)

    interest.close(refreshed(opened), "Antrag begonnen", by=office)

    talk.refresh_from_db()
    assert talk.is_booked


ACTIONS = {
    "begin_application": lambda one, by: interest.begin_application(one),
    "answer": lambda one, by: interest.answer(one, "Nichts.", by=by),
    "note_answer": lambda one, by: interest.note_answer(one, by=by),
    "assign": lambda one, by: interest.assign(one, by, by=by),
    "follow_up": lambda one, by: interest.follow_up(one, timezone.localdate() + timedelta(days=9), by=by),
    "close": lambda one, by: interest.close(one, "erledigt", by=by),
    "reopen": lambda one, by: interest.reopen(one, by=by),
    "withdraw": lambda one, by: interest.withdraw(one),
}
ALLOWED = {
    "unconfirmed": {"withdraw"},
    "open": {*ACTIONS} - {"reopen"},
    "closed": {"reopen", "withdraw"},
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", ALLOWED)
def test_in_each_state_what_is_allowed_happens_and_nothing_else(state, action, pact, office):
    one = InterestFactory(**({} if state == "open" else {state: True}))

    if action in ALLOWED[state]:
        ACTIONS[action](one, office)
    else:
        with pytest.raises(TransitionNotAllowed):
            ACTIONS[action](one, office)
        assert refreshed(one).status == state
        assert not OutgoingMail.objects.exists()
        assert not one.timeline.exists()


def test_a_stale_copy_moves_nothing(opened, office):
    stale = refreshed(opened)
    interest.close(opened, "erledigt", by=office)

    with pytest.raises(TransitionNotAllowed):
        interest.close(stale, "noch einmal", by=office)

    assert refreshed(opened).closing_reason == "erledigt"


# --- Nobody is forgotten, nothing is kept for ever --------------------------------------------------------------------


@pytest.mark.parametrize(("days", "lies"), [(13, False), (15, True)])
def test_what_nobody_touched_for_the_pacts_days_lies_too_long(opened, days, lies):
    later = timezone.now() + timedelta(days=days)

    assert Interest.objects.untouched(now=later).exists() == lies


def test_what_rests_until_a_day_does_not_lie_before_it(opened, office):
    interest.follow_up(opened, timezone.localdate() + timedelta(days=40), by=office)
    now = timezone.now()

    assert not Interest.objects.untouched(now=now + timedelta(days=30)).exists()
    assert Interest.objects.untouched(now=now + timedelta(days=41)).exists()
    assert not Interest.objects.due(on=timezone.localdate() + timedelta(days=39)).exists()
    assert Interest.objects.due(on=timezone.localdate() + timedelta(days=40)).exists()


def test_whose_application_is_under_way_waits_for_no_answer(opened):
    interest.begin_application(opened)

    assert not Interest.objects.waiting().exists()
    assert not Interest.objects.untouched(now=timezone.now() + timedelta(days=99)).exists()


def test_every_act_of_the_office_counts_as_touching(opened, office):
    for action in ("answer", "note_answer", "assign", "follow_up"):
        Interest.objects.update(touched_at=timezone.now() - timedelta(days=90))

        ACTIONS[action](opened, office)

        assert timezone.now() - refreshed(opened).touched_at < timedelta(minutes=1), action


def test_what_nobody_proved_is_deleted_in_the_pacts_time(pact, mails):
    old, young, proven = ask(), ask(), InterestFactory()
    Interest.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(days=31))

    tasks.delete_interests()
    tasks.delete_interests()

    assert set(Interest.objects.all()) == {young, proven}
    assert not AccessLink.objects.to(access.INTEREST, old.pk).exists()
    assert len(mails()) == 1


def test_what_is_long_done_is_deleted_like_the_mails(pact):
    long_done, done, still_open = InterestFactory(closed=True), InterestFactory(closed=True), InterestFactory()
    Interest.objects.filter(pk=long_done.pk).update(
        closed_at=timezone.now() - timedelta(days=pact.delete_mail_bodies_after_days + 1)
    )
    Interest.objects.filter(pk=still_open.pk).update(confirmed_at=timezone.now() - timedelta(days=3000))
    interest_access(long_done)

    tasks.delete_interests()

    assert set(Interest.objects.all()) == {done, still_open}
    assert not AccessLink.objects.exists()
