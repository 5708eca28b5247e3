"""What a mail server can do to a mail, and what becomes of it: never lost, never twice without a sign, no other held up."""

import dataclasses
import smtplib
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from klimapakt.mailbox import pump as engine
from klimapakt.mailbox import smtp
from klimapakt.mailbox.models import AddressProblem, MailboxState, OutgoingMail
from klimapakt.mailbox.pump import pump
from tests.factories import OutgoingMailFactory
from tests.smtp_peer import FALL_SILENT, HANG_UP, Peer, Step

pytestmark = pytest.mark.fault

S = OutgoingMail.Status
LADDER = [timedelta(minutes=m) for m in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60, 24 * 60)]

UNREACHABLE = "Der Mailserver ist nicht erreichbar. Das Portal versucht es weiter."
LOST = "Die Bestätigung des Mailservers ging verloren. Die Mail ist vielleicht angekommen: Bitte sehen Sie nach, bevor sie noch einmal gesendet wird."
UNKNOWN = "Der Mailserver kennt diese Adresse nicht. Bitte prüfen Sie die Adresse."
NOBODY = "Der Mailserver kennt diese Adresse nicht oder nimmt nichts für sie an. Bitte prüfen Sie die Adresse."
REFUSED = "Der Mailserver hat diese Mail abgelehnt"
TOO_LARGE = "Die Mail ist dem Mailserver zu groß (Antwort 552). Bitte senden Sie sie ohne Anhang."


def asks_for_patience(code: int) -> str:
    return f"Der Mailserver bittet um Geduld (Antwort {code}). Das Portal versucht es weiter."


@dataclass(frozen=True)
class Case:
    """The server does this once; this becomes of the mail, and so soon the next one leaves."""

    stage: str
    step: Step
    status: str
    problem: str
    next_mail: str = "same run"
    code: int | None = None


SAME_RUN, NEXT_RUN, AFTER_A_PAUSE = "same run", "next run", "after a pause"

CASES = [
    # it cannot be reached, or is gone before the dot: nothing was sent
    *(Case("CONNECT", step, S.RETRY, UNREACHABLE, NEXT_RUN) for step in (FALL_SILENT, HANG_UP)),
    Case("EHLO", FALL_SILENT, S.RETRY, UNREACHABLE, NEXT_RUN),
    *(
        Case(stage, step, S.RETRY, UNREACHABLE, NEXT_RUN)
        for stage in ("MAIL", "RCPT", "DATA")
        for step in (FALL_SILENT, HANG_UP)
    ),
    # it asks for patience with this mail
    *(
        Case(stage, f"{code} 4.2.0 later", S.RETRY, asks_for_patience(code), SAME_RUN, code)
        for stage, code in (("MAIL", 452), ("RCPT", 450), ("RCPT", 452), ("DATA", 452), ("DOT", 450), ("DOT", 452))
    ),
    # it asks for fewer mails
    *(
        Case(stage, f"{code} 4.3.2 slow down", S.RETRY, asks_for_patience(code), AFTER_A_PAUSE, code)
        for stage, code in (
            ("MAIL", 421),
            ("MAIL", 432),
            ("MAIL", 451),
            ("RCPT", 421),
            ("RCPT", 451),
            ("DATA", 451),
            ("DOT", 421),
            ("DOT", 451),
        )
    ),
    *(
        Case(
            "CONNECT",
            f"{code} too many",
            S.RETRY,
            f"Der Mailserver nimmt zurzeit nichts vom Portal an (Antwort {code}). Das Portal versucht es weiter.",
            AFTER_A_PAUSE,
            code,
        )
        for code in (421, 554)
    ),
    # it takes nothing for this address
    Case("RCPT", "550 5.1.1 no such user", S.FAILED, f"{UNKNOWN} (Antwort 550)", SAME_RUN, 550),
    Case("RCPT", "550 no", S.FAILED, f"{NOBODY} (Antwort 550)", SAME_RUN, 550),
    Case("RCPT", "551 5.1.6 moved", S.FAILED, f"{UNKNOWN} (Antwort 551)", SAME_RUN, 551),
    # it does not take this mail
    *(
        Case(stage, f"{code} 5.6.0 no", S.FAILED, f"{REFUSED} (Antwort {code}).", SAME_RUN, code)
        for stage, code in (("MAIL", 550), ("DATA", 554), ("DOT", 550), ("DOT", 554))
    ),
    *(Case(stage, "552 5.3.4 too big", S.FAILED, TOO_LARGE, SAME_RUN, 552) for stage in ("MAIL", "DATA", "DOT")),
    # the dot has gone and no answer came
    *(Case("DOT", step, S.UNCLEAR, LOST, NEXT_RUN) for step in (HANG_UP, FALL_SILENT, "what?")),
    # it has taken the mail
    Case("DOT", 0.4, S.SENT, "", SAME_RUN, 250),
    Case("DOT", "250 2.0.0 queued as 4711", S.SENT, "", SAME_RUN, 250),
]


@pytest.fixture(autouse=True)
def _little_time(monkeypatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.2)
    monkeypatch.setattr(smtp, "PATIENCE", 0.8)
    monkeypatch.setattr(smtp, "QUIT_PATIENCE", 0.2)


@pytest.fixture
def mail(pact) -> OutgoingMail:
    """The mail that meets the fault."""
    return OutgoingMailFactory()


@pytest.fixture
def next_mail(mail: OutgoingMail) -> OutgoingMail:
    return OutgoingMailFactory()


def let_time_pass(by: timedelta = timedelta(minutes=1)) -> None:
    """As if so much time went by."""
    for row in OutgoingMail.objects.all():
        OutgoingMail.objects.filter(pk=row.pk).update(due_at=row.due_at - by)
    for state in MailboxState.objects.exclude(slowed_until=None):
        MailboxState.objects.update(slowed_until=state.slowed_until - by)


def is_sent(mail: OutgoingMail) -> bool:
    mail.refresh_from_db()
    return mail.status == S.SENT


def what_it_takes_to_send(mail: OutgoingMail) -> str:
    """Say how soon a mail leaves whose neighbour met a fault in a run that is over."""
    if is_sent(mail):
        return SAME_RUN
    pump()
    if is_sent(mail):
        return NEXT_RUN
    let_time_pass()
    pump()
    return AFTER_A_PAUSE if is_sent(mail) else "never"


def case_name(case: Case) -> str:
    return f"{case.stage} {getattr(case.step, 'value', case.step)}"


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_each_answer_of_the_server_has_its_meaning_and_holds_up_no_other_mail(case, mail, next_mail, peer: Peer):
    peer.at(case.stage, case.step)
    before = timezone.now()

    pump()

    after = timezone.now()
    mail.refresh_from_db()
    assert (mail.status, mail.problem, mail.server_code) == (case.status, case.problem, case.code)
    assert mail.attempts == 1
    if case.status == S.RETRY:
        assert before <= mail.due_at - LADDER[0] <= after
    assert (mail.status in OutgoingMail.NEEDS_A_PERSON) == (case.status in {S.FAILED, S.UNCLEAR})
    assert what_it_takes_to_send(next_mail) == case.next_mail
    if case.status == S.RETRY:
        let_time_pass()
        pump()
        assert is_sent(mail)
    assert set(peer.copies().values()) == {1}
    assert len({copy.content for copy in [*peer.taken, *peer.refused] if copy.message_id == mail.message_id}) <= 1


def test_the_pauses_grow_as_promised_until_the_mail_is_given_up_and_shown(mail, peer: Peer):
    peer.at("RCPT", "450 4.2.0 greylisted", always=True)
    pauses = []

    while mail.status != S.FAILED:
        before = timezone.now()
        pump()
        mail.refresh_from_db()
        pauses.append(round((mail.due_at - before) / timedelta(minutes=1)) * timedelta(minutes=1))
        OutgoingMail.objects.update(due_at=timezone.now())

    assert pauses[:-1] == LADDER
    assert sum(LADDER, timedelta()) > timedelta(hours=60)
    assert mail.problem == asks_for_patience(450)
    assert list(OutgoingMail.objects.filter(status__in=OutgoingMail.NEEDS_A_PERSON)) == [mail]


def test_every_try_shows_the_server_the_same_bytes(mail, peer: Peer):
    peer.at("DOT", "451 later", "452 full", HANG_UP)
    for _ in range(3):
        pump()
        let_time_pass(timedelta(minutes=5))
    mail.refresh_from_db()
    mail.send_again()

    pump()

    assert is_sent(mail)
    assert (len(peer.refused), len(peer.taken)) == (2, 2)
    assert len({copy.content for copy in [*peer.refused, *peer.taken]}) == 1


def test_an_address_that_the_server_refuses_is_flagged_and_no_other_refusal_flags_one(mail, next_mail, peer: Peer):
    peer.at("RCPT", "550 5.1.1 no such user", to=mail.to_email)
    peer.at("DOT", "554 5.6.0 no", to=next_mail.to_email)

    pump()

    assert [problem.email for problem in AddressProblem.objects.all()] == [mail.to_email]


# --- the answer to the dot --------------------------------------------------------------------------------------------


def test_a_loss_after_the_dot_that_counts_as_not_sent_would_send_twice(mail, peer: Peer, monkeypatch):
    end = smtp._Dialogue.end

    def end_and_forget_the_dot(dialogue: smtp._Dialogue) -> tuple[int, bytes]:
        try:
            return end(dialogue)
        except smtp.AnswerLost:
            raise smtplib.SMTPServerDisconnected from None

    monkeypatch.setattr(smtp._Dialogue, "end", end_and_forget_the_dot)
    peer.at("DOT", HANG_UP)

    pump()
    let_time_pass()
    pump()

    assert is_sent(mail)
    assert list(peer.copies().values()) == [2]


@pytest.mark.parametrize("step", [HANG_UP, "421 4.3.2 shutting down"], ids=["hangs up", "says so and hangs up"])
def test_a_server_that_goes_before_the_dot_has_not_got_the_mail(step, mail, peer: Peer, monkeypatch):
    note = OutgoingMail.hand_over

    def note_when_the_server_has_gone(mail: OutgoingMail) -> None:
        peer.wait_for(lambda: not peer.open)
        note(mail)

    monkeypatch.setattr(OutgoingMail, "hand_over", note_when_the_server_has_gone)
    peer.at("BODY", step)

    pump()

    mail.refresh_from_db()
    assert mail.status == S.RETRY
    assert mail.problem in {UNREACHABLE, asks_for_patience(421)}  # the last words of one who hangs up may get lost
    assert peer.taken == []


def test_without_patience_a_slow_answer_would_leave_an_accepted_mail_in_doubt(mail, peer: Peer, monkeypatch):
    monkeypatch.setattr(smtp, "PATIENCE", smtp.TIMEOUT)
    peer.at("DOT", 0.4)

    pump()

    assert not is_sent(mail)
    assert mail.status == S.UNCLEAR


@pytest.mark.parametrize("step", [HANG_UP, FALL_SILENT, "421 4.3.2 no", "500 no", 0.1], ids=str)
def test_a_strange_farewell_changes_nothing(step, mail, peer: Peer):
    peer.at("QUIT", step, always=True)

    assert pump() == 1
    assert pump() == 0

    assert is_sent(mail)
    assert mail.problem == ""
    assert len(peer.taken) == 1


# --- our own fault ----------------------------------------------------------------------------------------------------


@pytest.fixture
def with_password(settings, peer: Peer) -> None:
    peer.extensions = (*peer.extensions, "AUTH PLAIN LOGIN")
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, user="klimapakt", password="geheim")


def test_a_refused_password_stops_the_sender_at_the_first_try_and_says_so(
    with_password, mail, next_mail, peer: Peer, settings
):
    peer.at("AUTH", "535 5.7.8 no", always=True)

    for _ in range(3):
        pump()
    mail.refresh_from_db()
    state = MailboxState.load()

    assert len(peer.logins) == 1
    assert (mail.status, mail.attempts) == (S.QUEUED, 0)
    assert state.stopped_because == (
        "Der Mailserver lehnt die Anmeldung ab (Antwort 535). Das Portal hat aufgehört zu senden, damit das Konto "
        "nicht gesperrt wird. Bitte lassen Sie Benutzername und Passwort in MAIL_URL prüfen. Keine Mail geht verloren."
    )

    peer.behave()
    settings.MAIL_SERVER = dataclasses.replace(settings.MAIL_SERVER, password="richtig")
    assert pump() == 2


def test_a_login_that_is_only_late_stops_nothing(with_password, mail, next_mail, peer: Peer):
    peer.at("AUTH", "454 4.7.0 later")

    pump()

    mail.refresh_from_db()
    assert (mail.status, mail.server_code, MailboxState.load().stopped_at) == (S.RETRY, 454, None)
    assert what_it_takes_to_send(next_mail) == AFTER_A_PAUSE


@pytest.mark.parametrize("stage", ["MAIL", "DATA", "DOT"])
def test_three_refusals_in_a_row_stop_the_sender_before_it_spoils_the_rest(stage, pact, peer: Peer):
    mails = OutgoingMailFactory.create_batch(6)
    peer.at(stage, *["554 5.7.1 policy"] * 3)

    for _ in range(2):
        pump()

    assert [OutgoingMail.objects.get(pk=mail.pk).status for mail in mails] == [S.FAILED] * 3 + [S.QUEUED] * 3
    assert "hat 3 Mails hintereinander abgelehnt (zuletzt Antwort 554)" in MailboxState.load().stopped_because
    engine.start_again()
    assert pump() == 3


def test_without_that_stop_all_would_be_spoiled(pact, peer: Peer, monkeypatch):
    monkeypatch.setattr(engine, "REFUSALS_THAT_STOP", 100)
    OutgoingMailFactory.create_batch(6)
    peer.at("MAIL", "554 5.7.1 policy", always=True)

    pump()

    assert OutgoingMail.objects.filter(status=S.FAILED).count() == 6


def test_refusals_with_a_success_between_them_stop_nothing(pact, peer: Peer):
    OutgoingMailFactory.create_batch(9)
    peer.at("DOT", *["554 5.7.1 spam", "554 5.7.1 spam", None] * 3)

    pump()

    assert MailboxState.load().stopped_at is None
    assert OutgoingMail.objects.filter(status=S.SENT).count() == 3


# --- two recipients: the office wants a copy --------------------------------------------------------------------------


def test_a_copy_that_is_refused_keeps_nobody_from_the_mail(mail, pact, peer: Peer, settings):
    settings.MAIL_COPIES = "bcc"
    peer.at("RCPT", "550 5.2.2 full", to=pact.office_email)

    pump()

    assert is_sent(mail)
    assert peer.taken[0].recipients == (mail.to_email,)


def test_a_mail_that_its_recipient_cannot_get_does_not_go_to_the_copy_alone(mail, pact, peer: Peer, settings):
    settings.MAIL_COPIES = "bcc"
    peer.at("RCPT", "550 5.1.1 no such user", to=mail.to_email)

    pump()

    mail.refresh_from_db()
    assert (mail.status, peer.taken) == (S.FAILED, [])
