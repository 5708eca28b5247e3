"""The pump without a worker: claim, send, and what the server's answers mean."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from klimapakt.mailbox.models import OutgoingMail, queue
from klimapakt.mailbox.pump import pump
from klimapakt.states import TransitionNotAllowed
from tests.factories import OutgoingMailFactory
from tests.klimapakt.mailbox.outbox_states import states
from tests.races import at_once, started

LEASE = timedelta(seconds=3)


# --- claiming ---------------------------------------------------------------------------------------------------------


def test_the_oldest_due_mail_is_claimed_first(db):
    now = timezone.now()
    late, early, future = (OutgoingMailFactory(due_at=now + timedelta(minutes=m)) for m in (-1, -5, 5))

    claimed = [OutgoingMail.objects.claim(now=now) for _ in range(3)]

    assert claimed == [[early], [late], []]
    future.refresh_from_db()
    assert future.status == "queued"


def test_a_claim_holds_until_its_lease_ends(db):
    OutgoingMailFactory()
    now = timezone.now()
    [first] = OutgoingMail.objects.claim(now=now)

    during = OutgoingMail.objects.claim(now=now + LEASE - timedelta(milliseconds=1))
    [after] = OutgoingMail.objects.claim(now=now + LEASE)

    assert during == []
    assert after == first
    assert (first.attempts, after.attempts) == (1, 2)
    after.refresh_from_db()
    assert (after.status, after.attempts) == ("in_flight", 2)


@pytest.mark.parametrize("status", ["draft", "held", "sent", "failed", "unclear", "bounced", "withdrawn", "expired"])
def test_what_is_settled_is_never_claimed(status, db):
    OutgoingMailFactory(status=status)

    assert OutgoingMail.objects.claim(now=timezone.now() + timedelta(days=9)) == []


def test_a_worker_that_lost_its_lease_decides_no_more(db):
    OutgoingMailFactory()
    now = timezone.now()
    [slow] = OutgoingMail.objects.claim(now=now)
    [quick] = OutgoingMail.objects.claim(now=now + LEASE)

    for late in (
        lambda: slow.retry_later("Zu spät.", now=now), lambda: slow.mark_failed("Zu spät."),
        slow.hand_over, slow.put_back, slow.mark_unclear,
    ):  # fmt: skip
        with pytest.raises(TransitionNotAllowed):
            late()

    quick.refresh_from_db()
    assert (quick.status, quick.problem) == ("in_flight", "")


def test_a_worker_of_long_ago_has_no_say_in_a_mail_that_is_sent_again(db):
    OutgoingMailFactory()
    now = timezone.now()
    [slow] = OutgoingMail.objects.claim(now=now)
    [quick] = OutgoingMail.objects.claim(now=now + LEASE)
    quick.mark_failed("Der Mailserver kennt diese Adresse nicht.")
    quick.send_again()
    [again] = OutgoingMail.objects.claim(now=timezone.now())
    assert slow.attempts == again.attempts  # they are counted anew

    for late in (lambda: slow.mark_failed("Zu spät."), slow.hand_over, slow.put_back, slow.mark_unclear):
        with pytest.raises(TransitionNotAllowed):
            late()

    again.hand_over()
    again.mark_unclear()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_workers_never_hold_the_same_mail():
    mails = {mail.pk for mail in OutgoingMailFactory.create_batch(10)}

    claimed = at_once([lambda: OutgoingMail.objects.claim(now=timezone.now(), at_most=2)] * 8)

    held = [mail.pk for mails in claimed for mail in mails]
    assert len(held) == len(set(held))
    assert set(held) <= mails


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_worker_does_not_wait_for_the_mail_of_another():
    first, second = OutgoingMailFactory.create_batch(2)

    with transaction.atomic():
        mine = OutgoingMail.objects.claim(now=timezone.now())
        [other] = started(lambda: OutgoingMail.objects.claim(now=timezone.now()))
        theirs = other.result(20)

    assert (mine, theirs) == ([first], [second])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_workers_would_hold_the_same_mail(monkeypatch):
    OutgoingMailFactory.create_batch(2)
    monkeypatch.setattr(queue, "CLAIM", queue.CLAIM.replace("FOR UPDATE SKIP LOCKED", ""))

    with transaction.atomic():
        mine = OutgoingMail.objects.claim(now=timezone.now())
        [other] = started(lambda: OutgoingMail.objects.claim(now=timezone.now()))

    assert other.result(20) == mine  # it waited, and took what was taken


# --- trying again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 240), (6, 720), (7, 1440), (8, 1440), (9, None)]
)
def test_the_pauses_grow_until_the_portal_gives_up(attempts, minutes, db):
    mail, now = OutgoingMailFactory(in_flight=True, attempts=attempts), timezone.now()

    mail.retry_later("Der Mailserver bittet um Geduld.", now=now)

    mail.refresh_from_db()
    assert mail.problem == "Der Mailserver bittet um Geduld."
    assert mail.lease_until is None
    if minutes is None:
        assert mail.status == "failed"
    else:
        assert (mail.status, mail.due_at - now) == ("retry", timedelta(minutes=minutes))


def test_the_portal_tries_for_about_three_days(db):
    mail, now = OutgoingMailFactory(), timezone.now()
    began = now

    while mail.status != "failed":
        [mail] = OutgoingMail.objects.claim(now=now)
        mail.retry_later("Der Mailserver ist nicht erreichbar.", now=now)
        now = max(now, mail.due_at)

    assert timedelta(days=2) < now - began <= timedelta(days=3)


def test_a_failed_mail_that_is_sent_again_starts_over(db):
    mail = OutgoingMailFactory(status="failed", attempts=9, problem="Nicht erreichbar.")

    mail.send_again()

    [claimed] = OutgoingMail.objects.claim(now=timezone.now())
    assert (claimed, claimed.attempts, claimed.problem) == (mail, 1, "")


# --- sending ----------------------------------------------------------------------------------------------------------


def test_the_pump_sends_what_is_due_and_marks_it(pact, postbox):
    due = OutgoingMailFactory.create_batch(3)
    OutgoingMailFactory(due_at=timezone.now() + timedelta(minutes=5))

    sent = pump()

    assert sent == 3
    assert {mail["To"] for mail in postbox.messages()} == {f"Max Muster <{mail.to_email}>" for mail in due}
    assert states() == ["sent", "sent", "sent", "queued"]
    assert OutgoingMail.objects.filter(status="sent", sent_at=None).count() == 0


def test_the_pump_run_twice_sends_each_mail_once(pact, postbox):
    OutgoingMailFactory.create_batch(3)

    pump()
    pump()

    assert len(postbox.messages()) == 3


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ("550 5.1.1 unknown user", "failed", "kennt diese Adresse nicht"),
        ("551 go away", "failed", "Antwort 551"),
        ("450 4.2.1 greylisted", "retry", "bittet um Geduld"),
        ("452 mailbox full", "retry", "Antwort 452"),
        ("421 too many connections", "retry", "Antwort 421"),
    ],
)
def test_what_the_server_says_to_a_recipient_decides(answer, status, words, pact, postbox):
    mail = OutgoingMailFactory()
    postbox.answer_to = {mail.to_email: answer}

    sent = pump()

    mail.refresh_from_db()
    assert sent == 0
    assert postbox.messages() == []
    assert mail.status == status
    assert words in mail.problem


@pytest.mark.parametrize(
    ("answer", "status"),
    [("554 5.6.0 spam", "failed"), ("552 too big", "failed"), ("451 try later", "retry"), ("421 bye", "retry")],
)
def test_what_the_server_says_to_a_message_decides(answer, status, pact, postbox):
    OutgoingMailFactory()
    postbox.answer = answer

    pump()

    assert states() == [status]


def test_one_refused_recipient_does_not_hold_up_the_others(pact, postbox):
    refused, greylisted, *others = OutgoingMailFactory.create_batch(4)
    postbox.answer_to = {refused.to_email: "550 unknown", greylisted.to_email: "450 later"}

    pump()

    assert states() == ["failed", "retry", "sent", "sent"]
    assert {mail["To"] for mail in postbox.messages()} == {f"Max Muster <{mail.to_email}>" for mail in others}


@pytest.mark.parametrize(
    "poison",
    [
        {"to_email": "keine Adresse"},
        {"to_email": ""},
        {"to_email": "a@b@c.example"},
        {"to_email": "umläut@b.example"},
        {"to_email": "a@b.example\r\nBcc: c@d.example"},
        {"body": "Hier: \ue000\n"},  # a link that is gone
    ],
)
def test_a_row_that_cannot_be_a_mail_stops_nothing(poison, pact, postbox):
    now = timezone.now()
    OutgoingMailFactory(**poison, due_at=now - timedelta(minutes=5))
    good = OutgoingMailFactory(due_at=now)

    sent = pump()

    assert sent == 1
    assert states() == ["failed", "sent"]
    assert [mail["Subject"] for mail in postbox.messages()] == [good.subject]
    assert "prüfen" in OutgoingMail.objects.get(status="failed").problem


def test_the_work_list_shows_the_office_what_did_not_arrive(pact, office_client):
    OutgoingMailFactory(status="failed")

    page = office_client.get("/admin/").content.decode()

    assert "Mails nicht gesendet" in page
