"""A mailing that goes: once, at its time, and it can be halted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from klimapakt.mailbox import mailing, optout, proof, restored
from klimapakt.mailbox.models import MailboxState, Mailing, OutgoingMail, Topic
from klimapakt.mailbox.pump import pump
from klimapakt.states import NotPossible, TransitionNotAllowed
from tests.factories.mailbox import mailing_in
from tests.klimapakt.mailbox.mailings import states_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pact")]

S = OutgoingMail.Status


def test_nothing_is_released_before_somebody_saw_the_samples():
    found = mailing_in("prepared")

    with pytest.raises(NotPossible, match="Beispiele"):
        mailing.release(found)
    stale = Mailing.objects.get()
    stale.read_at = timezone.now()  # the row knows better
    with pytest.raises(TransitionNotAllowed):
        mailing.release(stale)

    assert states_of(found) == {"draft": 2}


def test_released_mails_wait_until_their_time():
    found = mailing_in("prepared")
    found.note_reading()
    later = timezone.now() + timedelta(days=3)

    assert mailing.release(found, send_at=later) == 2

    assert {(mail.status, mail.due_at, mail.dated_at) for mail in found.mails.all()} == {("queued", later, later)}
    assert not OutgoingMail.objects.sendable(now=timezone.now()).exists()


def test_a_time_that_has_passed_is_refused():
    found = mailing_in("prepared")
    found.note_reading()

    with pytest.raises(NotPossible, match="schon vorbei"):
        mailing.release(found, send_at=timezone.now() - timedelta(minutes=1))

    assert Mailing.objects.get().status == "prepared"


def test_dropped_mails_do_not_leave_and_a_mailing_of_none_is_refused():
    found = mailing_in("prepared")
    found.note_reading()
    first, second = found.mails.order_by("pk")
    proof.drop_single(first)
    proof.drop_single(second)

    with pytest.raises(NotPossible, match="Alle Mails sind gestrichen"):
        mailing.release(found)

    assert Mailing.objects.get().status == "prepared"
    assert states_of(found) == {"withdrawn": 2}


def test_whoever_opts_out_after_the_preparation_gets_nothing():
    found = mailing_in("prepared")
    found.note_reading()
    optout.add(found.mails.first().to_email, Topic.MAILING)

    assert mailing.release(found) == 1
    assert states_of(found) == {"queued": 1, "withdrawn": 1}


def test_a_pause_keeps_back_what_has_not_left_and_resuming_lets_it_go():
    found = mailing_in("released", people=4)
    sent, in_flight, handing_over, waiting = found.mails.order_by("pk")
    lease = timezone.now() + timedelta(minutes=2)
    moments = {"lease_until": lease, "handed_over_at": timezone.now()}
    OutgoingMail.objects.filter(pk=sent.pk).update(status=S.SENT, sent_at=timezone.now())
    OutgoingMail.objects.filter(pk=in_flight.pk).update(status=S.IN_FLIGHT, lease_until=lease, attempts=1)
    OutgoingMail.objects.filter(pk=handing_over.pk).update(status=S.HANDING_OVER, attempts=1, **moments)

    assert mailing.pause(found) == 2

    assert states_of(found) == {"sent": 1, "held": 2, "handing_over": 1}
    assert not OutgoingMail.objects.sendable(now=timezone.now() + timedelta(hours=1)).exists()
    claimed = OutgoingMail.objects.get(pk=in_flight.pk)
    claimed.status = S.IN_FLIGHT  # as the worker has it
    with pytest.raises(TransitionNotAllowed):
        claimed.hand_over()

    assert mailing.resume(found) == 2
    assert states_of(found) == {"sent": 1, "queued": 2, "handing_over": 1}


def test_after_a_long_pause_a_mail_that_nobody_got_yet_is_dated_anew():
    found = mailing_in("paused", people=2)
    long_ago = timezone.now() - timedelta(days=14)
    found.mails.update(dated_at=long_ago, due_at=long_ago)
    perhaps_there = found.mails.order_by("pk").first()
    found.mails.filter(pk=perhaps_there.pk).update(handed_over_at=long_ago)

    mailing.resume(found)

    again, first = found.mails.order_by("pk")
    assert again.dated_at == long_ago  # the same message, byte for byte
    assert timezone.now() - first.dated_at < timedelta(minutes=1)


def test_what_the_server_put_off_during_a_pause_is_held_too():
    found = mailing_in("paused")
    found.mails.update(status=S.RETRY, due_at=timezone.now())

    pump()

    assert states_of(found) == {"held": 2}


def test_stopping_takes_back_what_has_not_left_for_good():
    found = mailing_in("released", people=3)
    sent, handing_over, _ = found.mails.order_by("pk")
    OutgoingMail.objects.filter(pk=sent.pk).update(status=S.SENT, sent_at=timezone.now())
    OutgoingMail.objects.filter(pk=handing_over.pk).update(
        status=S.HANDING_OVER,
        lease_until=timezone.now() + timedelta(minutes=2),
        handed_over_at=timezone.now(),
        attempts=1,
    )

    end = mailing.stop(found)

    assert (end.left, end.withdrawn) == (1, 1)
    claimed = OutgoingMail.objects.get(pk=handing_over.pk)
    claimed.retry_later("später", now=timezone.now())
    assert states_of(found) == {"sent": 1, "withdrawn": 2}


def test_what_is_unclear_when_a_mailing_is_stopped_is_not_repeated_by_itself():
    found = mailing_in("released", people=1)
    found.mails.update(status=S.UNCLEAR, handed_over_at=timezone.now())

    mailing.stop(found)

    with pytest.raises(TransitionNotAllowed):
        found.mails.get().repeat_once()
    assert states_of(found) == {"unclear": 1}


def test_resuming_frees_nothing_that_a_restore_holds():
    found = mailing_in("paused")
    restored = found.mails.first()
    found.mails.filter(pk=restored.pk).update(problem="Nach einer Wiederherstellung angehalten.")

    assert mailing.resume(found) == 1

    assert states_of(found) == {"held": 1, "queued": 1}


# --- A database out of a backup ---------------------------------------------------------------------------------------


def out_of_a_backup() -> None:
    MailboxState.load()
    MailboxState.objects.update(database="the one that was saved")
    assert restored.notice()


@pytest.mark.parametrize("state", ["draft", "prepared"])
def test_a_mailing_out_of_a_backup_is_read_again_before_it_leaves(state):
    found = mailing_in(state)
    found.note_reading()

    out_of_a_backup()

    found.refresh_from_db()
    assert found.may_have_been_sent
    if state == "draft":
        mailing.prepare(found)
    with pytest.raises(NotPossible, match="sehen Sie sich zuerst die Beispiele an"):
        mailing.release(found)
    found.note_reading()
    assert mailing.release(found) == 2
    assert not found.may_have_been_sent


def test_what_was_interrupted_in_the_backup_waits_until_somebody_has_looked():
    found = mailing_in("paused")

    out_of_a_backup()

    assert mailing.resume(found) == 0
    assert states_of(found) == {"held": 2}
    assert restored.release() == 2
    assert not found.may_have_been_sent


def test_progress_takes_one_query(django_assert_num_queries):
    found = mailing_in("released", people=3)

    with django_assert_num_queries(1):
        progress = mailing.progress(found)

    assert (progress.all, progress.open, progress.left, progress.is_over) == (3, 3, 0, False)


@pytest.mark.parametrize(("rate", "mails", "minutes"), [(0, 500, 0), (30, 41, 2), (30, 30, 1), (30, 0, 0)])
def test_the_rate_says_how_long_it_takes(rate, mails, minutes, settings):
    settings.MAIL_PER_MINUTE = rate

    assert mailing.minutes_for(mails) == minutes
