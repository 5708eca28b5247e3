"""How applications that nobody finished end: warned of, then deleted; never what somebody went on with."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import TransitionNotAllowed
from partners import steps
from partners.mails.application import application_access
from partners.models import Application
from partners.services import applying, forgetting
from partners.tasks import delete_unconfirmed_applications, end_drafts
from tests.factories import ApplicationFactory
from tests.rows import all_rows, difference

NOW = datetime(2026, 11, 2, 8, 10, tzinfo=timezone.get_current_timezone())


@pytest.fixture
def lying(pact):
    """Return a draft that nobody saved for so many days."""

    def lying(days: float, **fields: object) -> Application:
        application = ApplicationFactory(**fields)
        Application.objects.filter(pk=application.pk).update(saved_at=NOW - timedelta(days=days))
        return application

    return lying


@pytest.fixture
def days(pact) -> int:
    """After so many days a draft is deleted; warned of a week before."""
    pact.delete_drafts_after_days, pact.warn_of_deletion_days = 60, 7
    pact.save()
    return 60


def test_whoever_left_a_draft_lying_is_warned_with_the_day_and_the_link(lying, days, mails):
    application = lying(days - 7 + 0.1)
    lying(days - 7 - 0.1)

    assert forgetting.warn_of_deletion(now=NOW) == 1

    [mail] = mails(kind="application_draft_ends")
    assert (mail.to_email, mail.link.object_id) == (application.contact_email, application.pk)
    assert "9. November 2026" in mail.body
    assert Application.objects.count() == 2


def test_nobody_is_warned_twice(lying, days, mails):
    lying(days)
    forgetting.warn_of_deletion(now=NOW)
    before = all_rows()

    assert forgetting.warn_of_deletion(now=NOW) == 0

    assert difference(before, all_rows()) == {}


def test_everybody_who_takes_part_is_warned_but_nobody_whose_address_is_not_proven(lying, days, mails):
    application = lying(days)
    application.applicants.create(name="Kim", email="kim@musterbaeckerei.example", proven_at=NOW)
    application.applicants.create(name="Fremd", email="fremd@fern.example")
    application.applicants.create(name="Weg", email="weg@musterbaeckerei.example", proven_at=NOW, left_at=NOW)

    forgetting.warn_of_deletion(now=NOW)

    assert {mail.to_email for mail in mails()} == {application.contact_email, "kim@musterbaeckerei.example"}


def test_a_draft_is_deleted_a_week_after_the_warning_with_all_that_hangs_on_it(lying, days):
    application = lying(days)
    application_access(application.applicants.get())
    forgetting.warn_of_deletion(now=NOW)

    assert forgetting.delete_drafts(now=NOW + timedelta(days=6.9)) == 0
    assert forgetting.delete_drafts(now=NOW + timedelta(days=7)) == 1

    assert not Application.objects.exists()
    assert not AccessLink.objects.exists()
    assert not OutgoingMail.objects.exists()
    assert application.contact_email not in str(all_rows())


def test_a_draft_that_was_never_warned_of_is_not_deleted(lying, days):
    lying(days * 3)

    assert forgetting.delete_drafts(now=NOW) == 0


def test_a_draft_saved_in_between_stays_and_is_warned_of_anew(lying, days, mails):
    applicant = lying(days).applicants.get()
    forgetting.warn_of_deletion(now=NOW)

    applying.save(
        applicant.application, steps.WISHES, {"wishes": "Weiter"}, shown={"wishes": ""}, by=applicant, page="a"
    )

    assert forgetting.delete_drafts(now=NOW + timedelta(days=8)) == 0
    Application.objects.update(saved_at=NOW)
    assert forgetting.warn_of_deletion(now=NOW + timedelta(days=days)) == 1
    assert len(mails(kind="application_draft_ends")) == 2


@pytest.mark.parametrize("state", ["unconfirmed", "submitted", "in_review", "accepted", "withdrawn"])
def test_what_was_sent_is_never_taken_for_a_draft(state, in_state, days):
    in_state(state)
    Application.objects.update(saved_at=NOW - timedelta(days=900), warned_at=NOW - timedelta(days=800))
    before = all_rows()

    assert forgetting.warn_of_deletion(now=NOW) == forgetting.delete_drafts(now=NOW) == 0

    assert difference(before, all_rows()) == {}


def test_the_task_may_run_twice(lying, days):
    lying(days * 20)
    end_drafts()
    before = all_rows()

    end_drafts()

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("is_sent", [True, False], ids=["sent", "draft"])
def test_an_address_that_nobody_proved_is_forgotten_in_time(is_sent, pact, in_state):
    now = timezone.now()
    old, young = (ApplicationFactory(applicant__is_proven=False) for _ in range(2))
    for one, age in ((old, timedelta(days=30, minutes=1)), (young, timedelta(days=29, hours=23))):
        applying.ask_for_proof(one.applicants.get())
        if is_sent:
            applying.send(one, by=one.applicants.get())
            Application.objects.filter(pk=one.pk).update(sent_at=now - age)
        Application.objects.filter(pk=one.pk).update(saved_at=now - age)
    confirmed, proven = in_state("submitted"), in_state("draft")
    Application.objects.filter(pk__in=[confirmed.pk, proven.pk]).update(
        saved_at=now - timedelta(days=31), sent_at=now - timedelta(days=31)
    )
    Application.objects.update(warned_at=now - timedelta(days=7))

    assert forgetting.delete_unconfirmed(now=now) == 1

    assert set(Application.objects.all()) == {young, confirmed, proven}
    remaining = str(all_rows())
    assert old.contact_email not in remaining
    assert young.contact_email in remaining


@pytest.fixture
def unproven(pact):
    """Return an application that nobody proved an address for, sent or not, from so many days ago."""

    def unproven(age: float, *, is_sent: bool) -> Application:
        application = ApplicationFactory(name="ZZMARKE", applicant__is_proven=False)
        if is_sent:
            applying.send(application, by=application.applicants.get())
        then = NOW - timedelta(days=age)
        Application.objects.filter(pk=application.pk).update(saved_at=then, **({"sent_at": then} if is_sent else {}))
        OutgoingMail.objects.all().delete()
        return application

    return unproven


@pytest.mark.parametrize("is_sent", [True, False], ids=["sent", "draft"])
def test_whoever_proved_no_address_is_asked_once_more_before_the_end(is_sent, unproven, mails):
    old, _ = unproven(23.1, is_sent=is_sent), unproven(22.9, is_sent=is_sent)

    assert forgetting.warn_of_missing_proof(now=NOW) == 1
    assert forgetting.warn_of_missing_proof(now=NOW) == 0

    [mail] = mails()
    assert (mail.kind, mail.to_email, mail.is_proven) == ("application_proof_ends", old.contact_email, False)
    assert mail.link.object_id == old.pk
    assert "9. November 2026" in mail.subject
    assert "ZZMARKE" not in mail.subject + mail.body + mail.to_name
    assert forgetting.delete_unconfirmed(now=NOW + timedelta(days=6)) == 0
    assert forgetting.delete_unconfirmed(now=NOW + timedelta(days=7)) == 1


@pytest.mark.parametrize("is_sent", [True, False], ids=["sent", "draft"])
def test_nothing_unproven_is_deleted_unwarned(is_sent, unproven):
    unproven(300, is_sent=is_sent)

    assert forgetting.delete_unconfirmed(now=NOW) == forgetting.delete_drafts(now=NOW) == 0
    forgetting.warn_of_missing_proof(now=NOW)
    assert forgetting.delete_unconfirmed(now=NOW) == forgetting.delete_drafts(now=NOW + timedelta(days=8)) == 0
    assert forgetting.delete_unconfirmed(now=NOW + timedelta(days=7)) == 1


def test_a_warning_of_the_one_end_is_none_of_the_other(unproven, days, mails):
    application = unproven(25, is_sent=False)
    forgetting.warn_of_missing_proof(now=NOW)
    applying.prove(application_access(application.applicants.get()))

    assert forgetting.delete_unconfirmed(now=NOW + timedelta(days=90)) == 0
    assert forgetting.delete_drafts(now=NOW + timedelta(days=90)) == 0
    assert forgetting.warn_of_deletion(now=NOW + timedelta(days=90)) == 1


def test_forgetting_twice_does_no_harm(pact):
    application = ApplicationFactory(applicant__is_proven=False)
    applying.send(application, by=application.applicants.get())
    a_month_ago = timezone.now() - timedelta(days=31)
    Application.objects.update(sent_at=a_month_ago, warned_at=a_month_ago)
    delete_unconfirmed_applications()
    before = all_rows()

    delete_unconfirmed_applications()

    assert difference(before, all_rows()) == {}
    assert not Application.objects.exists()


def test_forgetting_counts_in_the_days_of_the_pact(pact):
    application = ApplicationFactory(applicant__is_proven=False)
    applying.send(application, by=application.applicants.get())
    a_week_ago = timezone.now() - timedelta(days=8)
    Application.objects.update(sent_at=a_week_ago, warned_at=a_week_ago)
    assert forgetting.delete_unconfirmed(now=timezone.now()) == 0
    pact.delete_unconfirmed_after_days = 7
    pact.save()

    assert forgetting.delete_unconfirmed(now=timezone.now()) == 1


def test_a_draft_deleted_at_the_companys_wish_is_gone_and_what_was_sent_is_not(in_state):
    sent, kept = in_state("submitted"), in_state("draft")

    with pytest.raises(TransitionNotAllowed):
        forgetting.discard(sent)
    forgetting.discard(kept)

    assert list(Application.objects.all()) == [sent]
