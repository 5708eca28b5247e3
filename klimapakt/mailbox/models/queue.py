"""The outbox as a queue: which mails may leave, who takes them, and what becomes of those whose worker vanished.

Three statements run for every mail, so they are written in SQL: a claim for some mails at once, and for each mail
one before the server is asked to take it and one when it has. Only the one between waits for the disk: if the
database forgets a claim in a crash, the mail waits again; if it forgets „sent“, the mail is unclear, and shown.
"""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Case, F, Q, When
from django.db.models.functions import Greatest
from django.utils import timezone

RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440)]
GIVE_UP_AFTER_ATTEMPTS = 9
"""With the pauses above (the last one repeats), about three days."""

ANSWER_LOST = (
    "Die Bestätigung des Mailservers ging verloren. Die Mail ist vielleicht angekommen: Bitte sehen Sie nach, "
    "bevor sie noch einmal gesendet wird."
)

FROM_A_BACKUP = (
    "Die Datenbank stammt aus einer Sicherung oder läuft auf einem anderen Server weiter. Diese Mail ist vielleicht "
    "schon gesendet: Bitte sehen Sie im Postfach nach, bevor Sie sie freigeben."
)

CLAIM = """
    WITH taken AS MATERIALIZED (
        SELECT id FROM mailbox_outgoingmail
        WHERE status IN ('queued', 'retry', 'in_flight') AND (status <> 'in_flight' OR lease_until <= %(now)s)
            AND due_at <= %(now)s AND (expires_at IS NULL OR expires_at > %(now)s)
            AND NOT is_unwanted AND (is_urgent OR NOT %(only_urgent)s)
        ORDER BY is_urgent DESC, due_at, id
        LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
    ), lazily AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    UPDATE mailbox_outgoingmail AS mail
    SET status = 'in_flight', lease_until = %(lease_until)s, tried_at = %(now)s, attempts = attempts + 1
    FROM lazily WHERE mail.id = ANY(ARRAY(SELECT id FROM taken))
    RETURNING mail.*
"""
"""Takes mails of `sendable`; in words from which Postgres sees that the index `mail_waiting` has them in order."""

HAND_OVER_LEASE = timedelta(minutes=12)
"""Longer than a session waits for the answer to the end of a message (`smtp.PATIENCE`)."""

HAND_OVER = """
    UPDATE mailbox_outgoingmail
    SET status = 'handing_over', handed_over_at = %(now)s, tried_at = %(now)s, lease_until = %(lease_until)s
    WHERE id = %(id)s AND status = 'in_flight' AND tried_at IS NOT DISTINCT FROM %(tried_at)s AND NOT is_unwanted
        AND (expires_at IS NULL OR expires_at > %(now)s)
"""

MARK_SENT = """
    UPDATE mailbox_outgoingmail
    SET status = 'sent', sent_at = %(now)s, lease_until = NULL, problem = '', server_code = %(code)s,
        copy_status = %(copy)s, copy_due_at = CASE WHEN %(is_copied)s THEN %(now)s::timestamptz END
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS lazily
    WHERE id = %(id)s AND (status IN ('handing_over', 'unclear', 'held')
        OR status IN ('in_flight', 'queued', 'retry') AND handed_over_at IS NOT NULL)
"""
"""Whoever hears it from the server is right, even when the row was given to another worker meanwhile."""

TRIED_LATELY = """
    SELECT count(*), count(*) FILTER (WHERE NOT is_urgent) FROM mailbox_outgoingmail
    WHERE tried_at > %(since)s OR status = 'in_flight' AND lease_until > %(now)s
"""
"""With those that another worker claimed longer ago and is about to hand over."""

CLAIMING = 1_820_041
"""The number of the lock under which workers claim one after the other while a rate is to be kept."""


class MailStatus(models.TextChoices):
    DRAFT = "draft", "Entwurf"
    HELD = "held", "angehalten"
    QUEUED = "queued", "wartet"
    IN_FLIGHT = "in_flight", "wird gesendet"
    HANDING_OVER = "handing_over", "wird übergeben"
    SENT = "sent", "gesendet"
    RETRY = "retry", "neuer Versuch folgt"
    FAILED = "failed", "nicht gesendet"
    UNCLEAR = "unclear", "unklar"
    BOUNCED = "bounced", "nicht zustellbar"
    WITHDRAWN = "withdrawn", "zurückgezogen"
    EXPIRED = "expired", "verfallen"


S = MailStatus


class OutgoingMailQuerySet(models.QuerySet):
    def about(self, case: models.Model) -> Self:
        """All mails about one object."""
        return self.filter(about=case_of(case))

    def waiting(self) -> Self:
        """All that shall still leave by itself, now or later."""
        # In words of two indexes: no list of its states has all four.
        return self.filter(Q(status__in=[S.QUEUED, S.RETRY, S.IN_FLIGHT]) | Q(status=S.HANDING_OVER))

    def may_have_left(self) -> Self:
        """All that somebody may have in hand, who then has to hear when it counts no more.

        Ask after `withdraw()`: what is in flight until then leaves or is taken back. A mail whose answer was lost, or
        that a backup brought again, may have left whatever became of it since; one that came back nobody has.
        """
        return self.filter(
            Q(status__in=[S.HANDING_OVER, S.SENT, S.UNCLEAR])
            | Q(repeats__gt=0, bounced_at=None)
            | Q(problem=FROM_A_BACKUP)
        )

    def sendable(self, *, now: datetime) -> Self:
        """What a worker may take now: due mails, and those whose worker vanished before it handed them over."""
        return self.filter(
            ~Q(status=S.IN_FLIGHT) | Q(lease_until__lte=now),
            Q(expires_at=None) | Q(expires_at__gt=now),
            status__in=[S.QUEUED, S.RETRY, S.IN_FLIGHT],  # in words of the index
            due_at__lte=now,
            is_unwanted=False,
        )

    # --- claiming ---

    @transaction.atomic
    def any_to_claim(self, *, now: datetime) -> bool:
        """Whether a claim would give something: what somebody else holds at this moment does not count."""
        found = self.sendable(now=now).order_by("-is_urgent", "due_at", "pk")  # as the index has them
        return found.select_for_update(skip_locked=True).values_list("pk").first() is not None

    def claim(self, *, now: datetime, at_most: int = 1, only_urgent: bool = False) -> list:
        """Give the next mails to one worker until their lease ends; who waits at the screen comes first."""
        values = {
            "now": now,
            "at_most": at_most,
            "only_urgent": only_urgent,
            "lease_until": now + timedelta(seconds=settings.MAIL_LEASE_SECONDS),
        }
        return sorted(self.raw(CLAIM, values), key=lambda mail: (not mail.is_urgent, mail.due_at, mail.pk))

    def claim_within(self, per_minute: int, *, now: datetime, at_most: int) -> list:
        """Claim so that all workers together try at most so many mails in any minute; 0 is no limit.

        A fifth of them is kept for mails in a hurry, so that a code does not wait for the end of a mailing's minute.
        """
        if not per_minute:
            return self.claim(now=now, at_most=at_most)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIMING])
            cursor.execute(TRIED_LATELY, {"since": now - timedelta(minutes=1), "now": now})
            tried, unhurried = cursor.fetchone()
            left = per_minute - tried
            left_for_all = min(left, per_minute - per_minute // 5 - unhurried)
            if left_for_all > 0:
                return self.claim(now=now, at_most=min(at_most, left_for_all))
            return self.claim(now=now, at_most=min(at_most, left), only_urgent=True) if left > 0 else []

    # --- what nobody holds any more ---

    def expire(self, *, now: datetime) -> int:
        """Give up what would come too late to be of use: a reminder after the start, a code after its minutes."""
        return self.filter(
            ~Q(status=S.IN_FLIGHT) | Q(lease_until__lte=now),
            status__in=[S.QUEUED, S.RETRY, S.IN_FLIGHT, S.HELD],
            expires_at__lte=now,
        ).update(status=S.EXPIRED, lease_until=None)

    def bury_unwanted(self, *, now: datetime) -> int:
        """End the mails that were taken back while the worker that had them vanished."""
        return self.filter(status=S.IN_FLIGHT, is_unwanted=True, lease_until__lte=now).update(
            status=S.WITHDRAWN, lease_until=None
        )

    def drop_hopeless(self, *, now: datetime) -> int:
        """Give up mails over which one worker after the other vanished: one of them must not end the next."""
        return self.filter(status=S.IN_FLIGHT, lease_until__lte=now, attempts__gte=GIVE_UP_AFTER_ATTEMPTS).update(
            status=S.FAILED,
            lease_until=None,
            problem="Das Senden dieser Mail brach mehrmals ab. Bitte prüfen Sie die Mail und ihre Anhänge.",
        )

    def doubt(self, *, now: datetime) -> int:
        """Call unclear what a worker was handing over when it vanished: the server may have taken it."""
        return self.filter(status=S.HANDING_OVER, lease_until__lte=now).update(
            status=S.UNCLEAR, lease_until=None, looked_up_at=None, problem=ANSWER_LOST
        )

    # --- at a person's wish ---

    @transaction.atomic
    def withdraw(self) -> int:
        """Take back what has not left yet; returns how many mails that were.

        One that a worker is handing over at this moment may still arrive, but it is not tried again. All are marked
        first: whatever a worker does from then on, it sees the mark or was quicker.
        """
        self.exclude(status__in=ENDED).update(is_unwanted=True)  # so the unclear ones are not repeated either
        return self.filter(status__in=[S.DRAFT, S.HELD, S.QUEUED, S.RETRY, S.IN_FLIGHT]).update(
            status=S.WITHDRAWN, lease_until=None
        )

    def drop_failed(self) -> int:
        """Close mails that could not be delivered and are not to be sent again: their matter is settled."""
        return self.filter(status__in=[S.FAILED, S.BOUNCED]).update(status=S.WITHDRAWN)

    @transaction.atomic
    def call_off(self) -> None:
        """End mails whose matter is settled: none leaves any more, and none waits for somebody to send it again."""
        self.withdraw()
        self.drop_failed()

    def hold(self, because: str) -> int:
        """Keep back what has not left yet until somebody releases it; `because` is a German sentence."""
        return self.filter(status__in=[S.QUEUED, S.RETRY, S.IN_FLIGHT]).update(
            status=S.HELD, lease_until=None, problem=because
        )

    def release(self) -> int:
        """Let drafts and held mails leave; one that nobody can have got yet is dated anew."""
        is_known = Q(handed_over_at__isnull=False) | Q(problem=FROM_A_BACKUP)
        dated_at = Case(When(is_known, then=F("dated_at")), default=Greatest(F("due_at"), timezone.now()))
        return self.filter(status__in=[S.DRAFT, S.HELD]).update(status=S.QUEUED, problem="", dated_at=dated_at)


ENDED = [S.SENT, S.FAILED, S.BOUNCED, S.WITHDRAWN, S.EXPIRED]
"""What by itself becomes nothing else any more: an unclear mail may be repeated."""


def case_of(case: models.Model) -> str:
    """Return the name under which the mails about an object are found."""
    return f"{case._meta.model_name}:{case.pk}"
