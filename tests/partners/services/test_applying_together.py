"""Several people fill one application and overwrite nothing of each other."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import access
from partners.mails.application import application_access
from partners.models import Application
from partners.services import applying, questions
from tests.filled import a_minute_later
from tests.partners.services.drafts import BEGUN, begin, colleague_of, draft, save, timeline_of
from tests.rows import all_rows, difference

# --- Saving -----------------------------------------------------------------------------------------------------------


def test_only_what_was_changed_is_stored(pact):
    applicant = draft(already_doing="Strom vom Dach", target_year=2030)

    conflicts = save(applicant, already_doing="Strom vom Dach", target_year=2035)

    application = Application.objects.get()
    assert conflicts == []
    assert (application.already_doing, application.target_year, application.version) == ("Strom vom Dach", 2035, 2)
    [saved] = application.saved_steps.all()
    assert (saved.step, saved.saved_by, set(saved.changes)) == ("heute", applicant, {"target_year"})


def test_a_saved_draft_lies_no_longer_and_will_be_warned_of_again(pact):
    applicant = draft()
    Application.objects.update(saved_at=timezone.now() - timedelta(days=40), warned_at=timezone.now())

    save(applicant, already_doing="Weiter")

    application = Application.objects.get()
    assert timezone.now() - application.saved_at < timedelta(minutes=1)
    assert application.warned_at is None


def test_whoever_only_looks_and_saves_is_not_named_as_the_one_who_filled_it(pact):
    applicant = draft()
    kim = colleague_of(applicant)
    save(applicant, already_doing="Erikas Worte")

    save(kim, already_doing="Erikas Worte")

    assert Application.objects.get().saved_steps.get().saved_by == applicant


def test_a_conflict_names_value_person_and_time(pact):
    applicant = draft()
    kim = colleague_of(applicant)
    with time_machine.travel(datetime(2026, 11, 2, 10, 0, tzinfo=timezone.get_current_timezone()), tick=False):
        save(kim, "kim", already_doing="Kims Worte")
        then = timezone.now()

    [conflict] = save(applicant, "erika", already_doing="Erikas Worte", shown={"already_doing": ""})

    assert (conflict.field, conflict.value, conflict.by, conflict.at) == ("already_doing", "Kims Worte", kim, then)
    assert Application.objects.get().already_doing == "Kims Worte"


def test_a_conflict_in_one_answer_keeps_no_other_from_being_stored(pact):
    applicant = draft()
    save(colleague_of(applicant), "kim", already_doing="Kims Worte")

    conflicts = save(applicant, "erika", already_doing="Erikas Worte", target_year=2040, shown={"already_doing": ""})

    assert [conflict.field for conflict in conflicts] == ["already_doing"]
    assert Application.objects.get().target_year == 2040


def test_a_page_that_saves_twice_asks_nobody_about_itself(pact):
    applicant = draft()

    first = save(applicant, "tab", already_doing="eins", shown={"already_doing": ""})
    second = save(applicant, "tab", already_doing="zwei", shown={"already_doing": ""})

    assert first == second == []
    assert Application.objects.get().already_doing == "zwei"


def test_what_somebody_wrote_between_two_savings_of_a_page_is_asked_about(pact):
    applicant = draft()
    save(applicant, "tab", target_year=2030)
    save(colleague_of(applicant), "kim", already_doing="Kims Worte")

    [conflict] = save(applicant, "tab", already_doing="Erikas", shown={"already_doing": ""})

    assert conflict.value == "Kims Worte"


def test_ticks_that_are_stored_together_change_one_by_one(pact):
    applicant = draft(trade_secrets=["wishes", "already_doing"])

    save(applicant, secret_already_doing=False, secret_balance_tool=True)

    assert Application.objects.get().trade_secrets == ["balance_tool", "wishes"]


@pytest.mark.parametrize("meanwhile", ["sent", "removed"])
def test_nothing_is_saved_once_it_was_sent_or_the_person_removed(meanwhile, pact):
    applicant = draft()
    kim = colleague_of(applicant)
    if meanwhile == "sent":
        applying.send(applicant.application, by=applicant)
    else:
        applying.remove(kim, by=applicant)
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        save(kim, already_doing="Zu spät")

    assert difference(before, all_rows()) == {}


# --- People -----------------------------------------------------------------------------------------------------------


def test_an_invited_colleague_gets_a_link_of_her_own(pact, mails):
    applicant = draft()

    kim = colleague_of(applicant)

    [mail] = mails(kind="application_invited")
    assert (mail.to_email, mail.link.object_id, mail.link.email) == (kim.email, applicant.application_id, kim.email)
    assert access.applicant_of(mail.link) == kim
    assert kim.invited_by == applicant


def test_inviting_again_is_one_person_and_another_mail(pact, mails):
    applicant = draft()
    kim = colleague_of(applicant)
    a_minute_later()

    assert colleague_of(applicant) == kim

    assert applicant.application.applicants.count() == 2
    assert len(mails(kind="application_invited")) == 2


def test_the_button_pressed_twice_is_one_wish_and_one_mail(pact, mails):
    applicant, stranger = draft(), begin()
    a_minute_later()

    for _ in range(2):
        colleague_of(applicant)
        applying.ask_for_proof(stranger)

    assert len(mails(kind="application_invited")) == 1
    assert len(mails(kind="application_started")) == 2  # the first one came when it was begun


@pytest.mark.parametrize("wish", ["send", "invite", "remove", "answer", "save"])
def test_who_was_removed_in_the_same_moment_does_nothing_more(wish, in_state, office):
    application = in_state("query" if wish == "answer" else "draft")
    applicant = application.applicants.get()
    kim = colleague_of(applicant)
    applying.prove(application_access(kim))
    kim.refresh_from_db()
    applying.remove(kim, by=applicant)
    before = all_rows()
    wishes = {
        "send": lambda: applying.send(application, by=kim),
        "invite": lambda: applying.invite(application, name="Lu", email="lu@fern.example", by=kim),
        "remove": lambda: applying.remove(applicant, by=kim),
        "answer": lambda: questions.answer(
            application, [questions.Reply(application.questions.get().pk, "Drei.")], by=kim
        ),
        "save": lambda: save(kim, balance_tool="ecocockpit"),
    }

    with pytest.raises(TransitionNotAllowed):
        wishes[wish]()

    assert difference(before, all_rows()) == {}


def test_a_stranger_cannot_let_us_write_to_others(pact, mails):
    applicant = begin()

    with pytest.raises(NotPossible, match="eigene E-Mail-Adresse"):
        colleague_of(applicant)

    assert mails(kind="application_invited") == []


def test_so_many_people_and_no_more(pact):
    applicant = draft()
    for number in range(applying.MOST_APPLICANTS - 1):
        applying.invite(applicant.application, name="", email=f"p{number}@musterbaeckerei.example", by=applicant)
    before = all_rows()

    with pytest.raises(NotPossible, match="Mehr als 10 Personen"):
        colleague_of(applicant)

    assert difference(before, all_rows()) == {}


def test_the_links_of_a_removed_person_end_at_once_and_those_of_others_stay(pact, mails):
    applicant = draft()
    own = application_access(applicant)
    kim = colleague_of(applicant)
    [mail] = mails(kind="application_invited")

    applying.remove(kim, by=applicant)

    assert not AccessLink.objects.live(now=timezone.now()).filter(pk=mail.link.pk).exists()
    assert AccessLink.objects.live(now=timezone.now()).filter(pk=own.pk).exists()
    mail.refresh_from_db()
    assert mail.status == "withdrawn"
    assert timeline_of(applicant.application)[-1] == "Kim Muster arbeitet nicht mehr mit"


def test_a_mended_address_closes_the_old_link_and_takes_back_the_old_mail(pact, mails):
    applicant = begin()
    old = mails()[0].link

    applying.mend_address(applicant, "neu@musterbaeckerei.example")

    old.refresh_from_db()
    assert old.revoked_at
    assert [(mail.to_email, mail.status) for mail in mails()] == [
        (BEGUN["email"], "withdrawn"), ("neu@musterbaeckerei.example", "queued"),
    ]  # fmt: skip
    assert Application.objects.get().contact_email == "neu@musterbaeckerei.example"
    assert mails()[-1].link.email == "neu@musterbaeckerei.example"


@pytest.mark.parametrize("spelling", ["erika@musterbaeckerei.example", "ERIKA@musterbaeckerei.example"])
def test_a_fourth_proof_mail_within_an_hour_is_refused_and_changes_nothing(spelling, pact):
    with time_machine.travel(datetime(2026, 11, 2, 10, 0, tzinfo=timezone.get_current_timezone()), tick=False) as clock:
        for _ in range(3):
            begin()
        fourth = begin(email="anders@musterbaeckerei.example")
        before = all_rows()

        with pytest.raises(NotPossible, match="in einer Stunde"):
            applying.mend_address(fourth, spelling)
        assert difference(before, all_rows()) == {}

        clock.shift(timedelta(minutes=61))
        applying.mend_address(fourth, spelling)
        assert OutgoingMail.objects.filter(status="queued").count() == 4


def test_the_office_cannot_flood_an_address_either(pact, office):
    applicant = begin()
    for _ in range(2):
        a_minute_later()
        applying.ask_for_proof(applicant, by=office)
    a_minute_later()

    with pytest.raises(NotPossible):
        applying.ask_for_proof(applicant, by=office)

    assert OutgoingMail.objects.count() == 3
