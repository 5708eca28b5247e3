"""Send what waits in the outbox. Postgres holds the truth; Celery only wakes."""

import dataclasses
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F, prefetch_related_objects
from django.utils import timezone
from django.utils.crypto import salted_hmac

from klimapakt.locks import only_one
from klimapakt.mailbox import addresses, mailing, outbox, restored, smtp
from klimapakt.mailbox.message import build, sender_of
from klimapakt.mailbox.models import LINK_MARK, MailboxState, OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.states import TransitionNotAllowed

logger = logging.getLogger(__name__)

RUN_SECONDS = 60
"""One run ends after so long; what is left wakes the next one, which sees new settings and new code."""

MOST_AT_ONCE = 50
"""Mails of one claim. A run begins with one and goes up to as many as the server takes in FAST seconds: somebody who
waits at the screen shall have one mail of a slow server before theirs, not fifty."""

FAST = 0.5

PAUSE = timedelta(minutes=1)
"""Nothing is sent for so long when the server asks for fewer mails."""

REFUSALS_THAT_STOP = 3

DATABASE_PATIENCE = 20
"""Seconds for which a database that is away is asked again to note what the server has said."""


def pump() -> int:
    """Send what is due; returns how many mails the server took.

    May run several times at once or be killed at any line: a claim belongs to one worker, and a lease that ran out
    brings the row back, or calls it unclear when the final dot may have gone (docs/decisions/0009).
    """
    pact, sent = Pact.load(), 0
    _look_after_the_forgotten()
    restored.notice()
    while (state := _state()).lets_send and outbox.sending_is_on(pact):
        with _a_session_of_ours() as is_ours:
            if not is_ours:
                break
            run = _Run(pact, refusals=state.refusals_in_a_row)
            run.go()
            sent += run.sent
        # Whoever wrote a mail and found no session free a moment ago relies on this look.
        if run.is_over or not OutgoingMail.objects.any_to_claim(now=timezone.now()):
            break
    return sent


def stop(because: str) -> None:
    """Send nothing until a person says so or the settings change; `because` is a German sentence for the office."""
    MailboxState.load()
    MailboxState.objects.update(stopped_at=timezone.now(), stopped_because=because[:300], stopped_with=_settings())
    logger.error("sending is stopped")


def start_again() -> None:
    """Send again, at a person's wish."""
    MailboxState.objects.update(
        stopped_at=None, stopped_because="", stopped_with="", refusals_in_a_row=0, slowed_until=None
    )
    outbox.wake()


def _state() -> MailboxState:
    """Return the sender's state; where it stopped with other settings than today's, those get their try."""
    state = MailboxState.load()
    if state.stopped_at and state.stopped_with != _settings():
        start_again()
        state.refresh_from_db()
    return state


def _settings() -> str:
    """Return a fingerprint of what a login depends on: other settings deserve another try."""
    parts = [settings.MAIL_SERVER, settings.MAIL_OAUTH]
    value = repr([settings.MAIL_FROM, *(part and dataclasses.astuple(part) for part in parts)])
    return salted_hmac("klimapakt.mailbox.pump", value, algorithm="sha256").hexdigest()


def _look_after_the_forgotten() -> None:
    now, mails = timezone.now(), OutgoingMail.objects
    mails.expire(now=now)
    mailing.keep_pauses()
    if mails.filter(status__in=OutgoingMail.IN_HAND, lease_until__lte=now).exists():  # in words of the index
        mails.bury_unwanted(now=now)
        mails.drop_hopeless(now=now)
        mails.doubt(now=now)


@contextmanager
def _a_session_of_ours() -> Iterator[bool]:
    """Say whether this worker may open a session: all workers together keep to MAIL_SESSIONS."""
    for number in range(settings.MAIL_SESSIONS):
        with only_one(f"mail session {number}") as is_ours:
            if is_ours:
                yield True
                return
    yield False


class _Run:
    """One session's worth of mails."""

    def __init__(self, pact: Pact, *, refusals: int) -> None:
        self.pact, self.refusals, self.sent, self.is_over = pact, refusals, 0, False
        self.session = smtp.Session(settings.MAIL_SERVER)

    def go(self) -> None:
        """Claim and send until nothing is due or a reason to end comes up (`is_over`)."""
        end, at_most = time.monotonic() + RUN_SECONDS, 1
        with self.session:
            while not self.is_over:
                mails = OutgoingMail.objects.claim_within(settings.MAIL_PER_MINUTE, now=timezone.now(), at_most=at_most)
                if not mails:
                    # What could be claimed and was not waits for the next minute, not for this run.
                    self.is_over = bool(settings.MAIL_PER_MINUTE) and OutgoingMail.objects.any_to_claim(
                        now=timezone.now()
                    )
                    break
                at_most = self._send_all(mails)
                if time.monotonic() > end:
                    self.is_over = True
                    outbox.wake()

    def _send_all(self, mails: list[OutgoingMail]) -> int:
        """Send what was claimed, and put back what cannot go at once; returns how many to claim next."""
        began, waiting = time.monotonic(), mails[::-1]
        try:
            prefetch_related_objects([mail for mail in mails if _has_marks(mail)], "link", "code")
            prefetch_related_objects(mails, "attachments")
            while waiting and not self.is_over:
                if len(waiting) < len(mails) and time.monotonic() > began + FAST:
                    break  # but the first is tried however long it took to load: no mail may block the others
                mail = waiting.pop()
                try:
                    self._send(mail)
                except TransitionNotAllowed as moved:
                    logger.warning("taken back, too late, or settled by somebody else: %s", moved)
                # A list of files knows its mail, and the mail the list: such a ring waits in memory for a collector.
                mail._prefetched_objects_cache.clear()
        finally:
            for mail in waiting:
                with suppress(TransitionNotAllowed):
                    mail.put_back()
        tried, took = len(mails) - len(waiting), time.monotonic() - began
        return min(tried * 2, MOST_AT_ONCE) if took < FAST / 2 else max(1, int(tried * min(1, FAST / took)))

    def _send(self, mail: OutgoingMail) -> None:
        """Hand over one claimed mail and note what became of it."""
        if settings.MAIL_MODE == "staff" and not _is_staff(mail.to_email, self.pact):
            mail.mark_failed("Nicht gesendet: Das Portal sendet zurzeit nur an Adressen der Geschäftsstelle.")
            return
        try:
            message = build(mail, self.pact)
        except SoftTimeLimitExceeded:
            raise
        except Exception:  # one bad row must never stop the queue
            logger.exception("mail %s cannot be built", mail.pk)
            mail.mark_failed("Diese Mail ließ sich nicht erstellen. Bitte prüfen Sie Adresse und Betreff.")
            return
        try:
            code = self.session.send(
                message,
                sender=mail.from_email or sender_of(self.pact),
                recipient=mail.to_email,
                copy_to=self._copy_to(mail),
                before_dot=mail.hand_over,
            )
        except smtp.Refused as refusal:
            _note(mail.mark_failed, refusal.sentence, code=refusal.code)
            self._after_refusal(mail, refusal)
        except smtp.TryLater as trouble:
            logger.warning("mail %s waits: %s", mail.pk, trouble.reason)
            _note(mail.retry_later, trouble.sentence, now=timezone.now(), code=trouble.code)
            self.is_over = trouble.server_is_down
            if trouble.slows:
                MailboxState.objects.update(slowed_until=timezone.now() + PAUSE)
        except smtp.AnswerLost:
            logger.warning("mail %s is unclear: no answer came", mail.pk)
            _note(mail.mark_unclear)
            self.is_over = True
        except smtp.Stop as trouble:
            stop(trouble.sentence)
            self.is_over = True
            mail.put_back()
        else:
            _note(mail.mark_sent, code=code)
            self.sent += 1
            if self.refusals:
                self.refusals = 0
                MailboxState.objects.update(refusals_in_a_row=0)

    def _copy_to(self, mail: OutgoingMail) -> str:
        """Return the office's address where it wants its copies as a second recipient: of what is nobody's key."""
        office = self.pact.office_email
        wanted = settings.MAIL_COPIES == "bcc" and not _has_marks(mail) and mail.to_email.lower() != office.lower()
        return office if wanted else ""

    def _after_refusal(self, mail: OutgoingMail, refusal: smtp.Refused) -> None:
        logger.warning("mail %s is refused: %s", mail.pk, refusal)
        if refusal.is_about_address:
            addresses.flag(mail.to_email, refusal.sentence, mail)
        if refusal.is_our_fault:
            MailboxState.objects.update(refusals_in_a_row=F("refusals_in_a_row") + 1)
            self.refusals = MailboxState.load().refusals_in_a_row
            if self.refusals >= REFUSALS_THAT_STOP:
                stop(
                    f"Der Mailserver hat {self.refusals} Mails hintereinander abgelehnt (zuletzt Antwort "
                    f"{refusal.code}). Das Portal hat aufgehört zu senden. Bitte lassen Sie Absender und Mailserver "
                    "prüfen; danach senden Sie die abgelehnten Mails noch einmal."
                )
                self.is_over = True


def _has_marks(mail: OutgoingMail) -> bool:
    return LINK_MARK in mail.body or mail.holds_code


def _note(mark: Callable[..., None], *words: object, **more: object) -> None:
    """Write down what the server said, even when the database is away for a moment: nobody would say it again.

    What it means for the other mails holds also where this one was settled meanwhile.
    """
    end = time.monotonic() + DATABASE_PATIENCE
    while True:
        try:
            return mark(*words, **more)
        except TransitionNotAllowed as moved:
            return logger.warning("settled by somebody else: %s", moved)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > end:
                raise
            logger.warning("the database is away; what the server said is noted when it is back")
            connection.close()
            time.sleep(0.5)


def _is_staff(address: str, pact: Pact) -> bool:
    from django.contrib.auth import get_user_model

    staff = get_user_model().objects.filter(is_staff=True, is_active=True, email__iexact=address)
    return address.lower() == pact.office_email.lower() or staff.exists()
