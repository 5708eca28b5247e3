"""How much the pump sends at once, what makes it stop, and what it leaves to people."""

import dataclasses
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from klimapakt.health import _outbox
from klimapakt.links import codes
from klimapakt.links.models import AccessLink
from klimapakt.locks import only_one
from klimapakt.mailbox import addresses, pump, restored, smtp
from klimapakt.mailbox.models import CODE_MARK, AddressProblem, MailboxState, OutgoingMail, OutgoingMailQuerySet
from tests.factories import OutgoingMailFactory
from tests.klimapakt.links.test_codes import browser
from tests.klimapakt.mailbox.outbox_states import states
from tests.races import at_once, started
from tests.smtp_peer import Peer


def link() -> AccessLink:
    return AccessLink.issue("application", 1, email="erika@musterbaeckerei.example", valid_for=timedelta(days=1))


# --- so many a minute -------------------------------------------------------------------------------------------------


def test_in_any_minute_no_more_leave_than_allowed_and_a_fifth_is_kept_for_who_waits(pact, peer: Peer, settings):
    settings.MAIL_PER_MINUTE = 10
    began = timezone.now()
    OutgoingMailFactory.create_batch(20, due_at=began - timedelta(minutes=1))

    with time_machine.travel(began, tick=False):
        assert pump.pump() == 8
        OutgoingMailFactory.create_batch(3, is_urgent=True, due_at=began)
        assert (pump.pump(), pump.pump()) == (2, 0)
    with time_machine.travel(began + timedelta(seconds=61), tick=False):
        assert pump.pump() == 8 + 1
    assert OutgoingMail.objects.filter(is_urgent=True, status="sent").count() == 3


@pytest.mark.parametrize(("limit", "sent"), [(0, 5), (1, 1), (4, 4), (5, 4)])
def test_a_small_limit_lets_something_through(limit, sent, pact, peer: Peer, settings):
    settings.MAIL_PER_MINUTE = limit
    OutgoingMailFactory.create_batch(5)

    assert pump.pump() == sent


def test_what_another_worker_is_about_to_hand_over_counts_however_long_it_has_it(db):
    now = timezone.now()
    OutgoingMailFactory.create_batch(3, in_flight=True, tried_at=now - timedelta(minutes=2))
    OutgoingMailFactory.create_batch(5)

    assert len(OutgoingMail.objects.claim_within(4, now=timezone.now(), at_most=5)) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_workers_at_once_keep_to_the_limit_together():
    OutgoingMailFactory.create_batch(30)

    claims = at_once([lambda: OutgoingMail.objects.claim_within(10, now=timezone.now(), at_most=3)] * 6)

    assert sum(map(len, claims)) == 8


@pytest.mark.django_db(transaction=True)
def test_a_worker_without_a_session_leaves_the_mails_to_those_who_have_one(pact, peer: Peer):
    mail = OutgoingMailFactory()

    with only_one("mail session 0"):
        [other] = started(lambda: pump.pump())
        assert other.result(20) == 0

    assert pump.pump() == 1
    mail.refresh_from_db()
    assert mail.status == "sent"


def test_behind_a_slow_server_mails_are_taken_one_by_one(pact, peer: Peer, monkeypatch):
    monkeypatch.setattr(pump, "FAST", 0.15)
    claimed, claim = [], OutgoingMailQuerySet.claim
    monkeypatch.setattr(
        OutgoingMailQuerySet, "claim", lambda self, **how: claimed.append(how["at_most"]) or claim(self, **how)
    )
    OutgoingMailFactory.create_batch(6)
    peer.at("DOT", None, 0.16, 0.16)

    assert pump.pump() == 6

    assert claimed[:4] == [1, 2, 1, 1]
    assert OutgoingMail.objects.exclude(attempts=1).count() == 0


def test_a_mail_whose_files_take_long_to_load_is_tried_all_the_same(pact, peer: Peer, monkeypatch):
    monkeypatch.setattr(pump, "FAST", 0)
    monkeypatch.setattr(pump, "RUN_SECONDS", 1)
    OutgoingMailFactory.create_batch(2)

    assert pump.pump() == 2
    assert states() == ["sent", "sent"]


@pytest.mark.parametrize("limit", [0, 30])
def test_a_mail_written_while_the_session_says_goodbye_leaves_at_once(limit, pact, peer: Peer, settings, monkeypatch):
    settings.MAIL_PER_MINUTE = limit
    OutgoingMailFactory()
    close, late = smtp.Session.close, iter([1])

    def write_and_close(session: smtp.Session) -> None:
        for _ in late:
            OutgoingMailFactory(is_urgent=True)
        close(session)

    monkeypatch.setattr(smtp.Session, "close", write_and_close)

    assert pump.pump() == 2
    assert states() == ["sent", "sent"]


def test_what_was_claimed_and_not_tried_goes_back_without_an_attempt(pact, peer: Peer):
    OutgoingMailFactory.create_batch(4)
    peer.at("MAIL", None, "421 4.3.2 too many")

    assert pump.pump() == 1

    assert states() == ["sent", "retry", "queued", "queued"]
    assert list(OutgoingMail.objects.order_by("pk").values_list("attempts", flat=True)) == [1, 1, 0, 0]
    assert OutgoingMail.objects.filter(status="queued", tried_at=None, lease_until=None).count() == 2


# --- pauses and stops -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["421 4.3.2 too busy", "432 4.3.2 three sessions at most", "451 4.7.0 slow down"])
def test_a_server_that_wants_fewer_mails_gets_none_for_a_minute(answer, pact, peer: Peer):
    OutgoingMailFactory.create_batch(2)
    peer.at("MAIL", answer)

    assert (pump.pump(), pump.pump()) == (0, 0)

    assert peer.reached["MAIL"] == 1
    with time_machine.travel(timezone.now() + timedelta(seconds=62)):
        assert pump.pump() == 2


def stopped_by_a_password(peer: Peer, settings) -> None:
    peer.extensions = ("peer.example", "AUTH PLAIN")
    peer.at("AUTH", "535 5.7.8 no")
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, user="klimapakt", password="falsch")
    OutgoingMailFactory()
    pump.pump()


def test_a_stopped_pump_asks_the_server_no_more(pact, peer: Peer, settings):
    stopped_by_a_password(peer, settings)

    assert (pump.pump(), pump.pump()) == (0, 0)

    assert len(peer.logins) == 1
    assert _outbox() == "sending is stopped"


def test_a_stopped_pump_starts_again_with_another_password_by_itself(pact, peer: Peer, settings):
    stopped_by_a_password(peer, settings)
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, password="richtig")

    assert pump.pump() == 1

    state = MailboxState.load()
    assert (state.stopped_at, state.stopped_because, state.stopped_with) == (None, "", "")


def test_a_stopped_pump_starts_again_when_somebody_says_so(pact, peer: Peer, settings):
    stopped_by_a_password(peer, settings)

    pump.start_again()

    assert pump.pump() == 1


def test_what_is_remembered_of_the_settings_is_no_password(pact, peer: Peer, settings):
    stopped_by_a_password(peer, settings)

    assert "falsch" not in MailboxState.load().stopped_with
    assert len(MailboxState.load().stopped_with) == 64


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("stage", "answer", "noted"),
    [
        ("AUTH", "535 5.7.8 no", lambda state: state.stopped_at),
        ("MAIL", "421 4.7.0 too many", lambda state: state.slowed_until),
        ("MAIL", "550 5.7.1 not you", lambda state: state.refusals_in_a_row == 1),
    ],
)
def test_what_the_server_says_holds_also_where_the_mail_was_taken_back_meanwhile(
    stage, answer, noted, pact, peer: Peer, settings
):
    peer.extensions = ("peer.example", "AUTH PLAIN")
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, user="klimapakt", password="falsch")
    OutgoingMailFactory.create_batch(2)

    def withdraw_meanwhile(dialogue: object) -> str:
        assert at_once([lambda: OutgoingMail.objects.filter(status="in_flight").withdraw()]) == [1]
        return answer

    peer.at(stage, withdraw_meanwhile)
    peer.at("MAIL", "421 4.7.0 enough")

    pump.pump()

    assert sorted(states())[-1] == "withdrawn"
    assert len(peer.logins) == 1
    assert noted(MailboxState.load())


# --- copies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("copies", "waiting"), [("portal", "waiting"), ("server", ""), ("none", ""), ("bcc", "")])
def test_a_sent_mail_waits_for_its_copy_where_the_portal_files_it(copies, waiting, pact, peer: Peer, settings):
    settings.MAIL_COPIES = copies
    mail = OutgoingMailFactory()

    pump.pump()

    mail.refresh_from_db()
    assert (mail.status, mail.copy_status, bool(mail.copy_due_at)) == ("sent", waiting, bool(waiting))


def test_a_code_is_never_copied(pact, peer: Peer, settings):
    settings.MAIL_COPIES = "portal"
    mail = OutgoingMailFactory(code=codes.issue(browser(), link()), body=f"Ihr Code: {CODE_MARK}\n")

    pump.pump()

    mail.refresh_from_db()
    assert (mail.status, mail.copy_status) == ("sent", "")


def test_the_office_is_second_recipient_of_what_is_nobodys_key(pact, peer: Peer, settings):
    settings.MAIL_COPIES = "bcc"
    plain = OutgoingMailFactory()
    key = OutgoingMailFactory(link=link(), body="Ihr Link: \ue000\n")
    own = OutgoingMailFactory(to_email=pact.office_email)

    pump.pump()

    assert [mail.recipients for mail in peer.taken] == [
        (plain.to_email, pact.office_email),
        (key.to_email,),
        (own.to_email,),
    ]


# --- addresses --------------------------------------------------------------------------------------------------------


def test_a_refused_address_is_flagged_with_a_sentence_until_somebody_clears_it(pact, peer: Peer):
    mail = OutgoingMailFactory(to_email="Erika@musterbaeckerei.example")
    peer.at("RCPT", "550 5.2.2 full")

    pump.pump()

    problem = AddressProblem.objects.get()
    assert (problem.email, problem.mail) == ("erika@musterbaeckerei.example", mail)
    assert "voll" in problem.sentence
    assert (addresses.clear("ERIKA@musterbaeckerei.example"), addresses.clear("x@y.example")) == (True, False)


def test_an_address_that_staff_may_not_read_is_not_flagged(pact, peer: Peer):
    OutgoingMailFactory(is_proven=False)
    peer.at("RCPT", "550 5.1.1 unknown")

    pump.pump()

    assert states() == ["failed"]
    assert not AddressProblem.objects.exists()


# --- a database out of a backup ---------------------------------------------------------------------------------------


def test_the_first_pump_remembers_its_database(pact, peer: Peer):
    OutgoingMailFactory()

    assert pump.pump() == 1

    assert MailboxState.load().database == restored.identity()


def test_in_another_database_everything_that_waits_is_held_until_released(pact, peer: Peer):
    MailboxState.load()
    MailboxState.objects.update(database="1/2/3/4")
    for state in ("queued", "retry", "in_flight", "handing_over", "failed", "held"):
        OutgoingMailFactory(status=state)

    assert pump.pump() == 0

    assert states() == ["held", "held", "held", "held", "failed", "held"]
    assert restored.held_mails().count() == 5  # what was held before waits with them
    assert _outbox() == "sending is held after a restore"
    OutgoingMailFactory()
    assert pump.pump() == 0
    assert restored.release() == 5
    assert pump.pump() == 6
    assert sorted(states()) == ["failed", *["sent"] * 6]


def test_a_role_that_may_not_ask_about_the_cluster_still_knows_its_database(db, monkeypatch):
    monkeypatch.setattr(restored, "MAY_ASK", "SELECT false")

    assert restored.identity().count("/") == 1


# --- health -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "ok"),
        ([{"minutes": 20}], "mails wait too long"),
        ([{"minutes": 20}, {"status": "sent", "minutes": 1, "tried": True}], "ok"),
        ([{"minutes": 20, "is_urgent": True}, {"status": "sent", "minutes": 1, "tried": True}], "mails wait too long"),
        ([{"status": "unclear", "minutes": 20}], "mails are unclear"),
    ],
)
def test_health_tells_mails_that_wait_from_a_long_mailing_that_moves(rows, said, pact):
    for row in rows:
        at = timezone.now() - timedelta(minutes=row.pop("minutes"))
        tried = {"tried_at": at} if row.pop("tried", False) else {}
        handed_over = {"handed_over_at": at} if row.get("status") == "unclear" else {}
        OutgoingMailFactory(due_at=at, **tried, **handed_over, **row)

    assert _outbox() == said
