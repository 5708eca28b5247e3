"""What becomes of a mail whose answer was lost, and of one that somebody wants to send again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import pump
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from tests.factories import OutgoingMailFactory
from tests.klimapakt.mailbox.outbox_states import states
from tests.smtp_peer import HANG_UP, Peer


def link() -> AccessLink:
    return AccessLink.issue("application", 1, email="erika@musterbaeckerei.example", valid_for=timedelta(days=1))


def unclear(peer: Peer, **columns) -> OutgoingMail:
    mail = OutgoingMailFactory(**columns)
    peer.at("DOT", HANG_UP)
    pump.pump()
    mail.refresh_from_db()
    assert mail.status == "unclear"
    return mail


def test_an_unclear_mail_is_repeated_once_as_the_same_message_and_shows_it(pact, peer: Peer):
    mail = unclear(peer)

    mail.repeat_once()
    pump.pump()

    mail.refresh_from_db()
    assert (mail.status, mail.repeats) == ("sent", 1)
    first, second = peer.taken
    assert first.content == second.content


def test_a_mail_is_repeated_by_itself_only_once(pact, peer: Peer):
    mail = unclear(peer)
    mail.repeat_once()
    peer.at("DOT", HANG_UP)
    pump.pump()

    mail.refresh_from_db()
    with pytest.raises(TransitionNotAllowed):
        mail.repeat_once()

    assert mail.status == "unclear"


@pytest.mark.parametrize("columns", [{"is_unwanted": True}, {"expires_at": timezone.now()}])
def test_what_was_taken_back_or_is_too_late_is_not_repeated(columns, db):
    mail = OutgoingMailFactory(status="unclear", **columns)

    with pytest.raises(TransitionNotAllowed):
        mail.repeat_once()


def test_an_unclear_mail_whose_matter_is_taken_back_is_not_repeated_by_itself(pact, peer: Peer):
    mail = unclear(peer)

    assert OutgoingMail.objects.filter(pk=mail.pk).withdraw() == 0

    with pytest.raises(TransitionNotAllowed):
        mail.repeat_once()


def test_a_late_answer_is_true_even_when_the_mail_waits_to_be_repeated(pact, peer: Peer):
    mail = unclear(peer)
    mail.repeat_once()

    mail.mark_sent()

    assert pump.pump() == 0
    assert len(peer.taken) == 1


def test_a_mail_that_nobody_handed_over_cannot_have_been_sent(db):
    with pytest.raises(TransitionNotAllowed):
        OutgoingMailFactory(in_flight=True).mark_sent()


def test_a_worker_that_vanished_after_the_word_before_the_dot_leaves_an_unclear_mail(pact, peer: Peer):
    OutgoingMailFactory(status="handing_over", lease_until=timezone.now())

    assert pump.pump() == 0

    assert states() == ["unclear"]
    assert "vielleicht angekommen" in OutgoingMail.objects.get().problem


def test_a_mail_over_which_every_worker_vanishes_is_given_up(pact, peer: Peer):
    OutgoingMailFactory(in_flight=True, lease_until=timezone.now(), attempts=9)

    assert pump.pump() == 0

    assert states() == ["failed"]


def test_who_was_it_that_said_the_mail_was_sent(pact, peer: Peer, office):
    mail = unclear(peer)

    mail.was_sent(office)

    assert (mail.status, mail.sent_at) == ("sent", mail.handed_over_at)
    assert "Ottilie Amt" in mail.problem or office.get_username() in mail.problem


def test_a_mail_whose_time_is_over_is_not_sent_again(db):
    mail = OutgoingMailFactory(status="failed", expires_at=timezone.now())

    with pytest.raises(NotPossible, match="zu spät"):
        mail.send_again()

    assert states() == ["failed"]


def test_a_mail_whose_link_opens_nothing_says_so_when_it_is_sent_again(db):
    mail = OutgoingMailFactory(status="unclear", link=link(), attempts=3)
    mail.link.revoked_at = timezone.now()
    mail.link.save()

    mail.send_again()

    assert (mail.status, mail.attempts, mail.repeats) == ("queued", 0, 1)
    assert "Link" in mail.problem
