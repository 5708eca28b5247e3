"""The outbox: a mail is a row, written in the transaction of its cause.

Postgres holds the truth; Celery only wakes the sender (docs/decisions/0003).
"""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone

from klimapakt.fields import LineField, MailField
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox.models.marks import CODE_MARK, shown
from klimapakt.mailbox.models.queue import (
    ANSWER_LOST,
    GIVE_UP_AFTER_ATTEMPTS,
    HAND_OVER,
    HAND_OVER_LEASE,
    MARK_SENT,
    RETRY_AFTER,
    MailStatus,
    OutgoingMailQuerySet,
)
from klimapakt.states import NotPossible, StateMachine, TransitionNotAllowed


class OutgoingMail(StateMachine):
    """One message to one recipient."""

    Status = MailStatus

    TRANSITIONS = {
        Status.DRAFT: {Status.QUEUED, Status.HELD, Status.WITHDRAWN},
        Status.HELD: {Status.QUEUED, Status.SENT, Status.WITHDRAWN, Status.EXPIRED},
        Status.QUEUED: {Status.IN_FLIGHT, Status.HELD, Status.WITHDRAWN, Status.EXPIRED},
        Status.RETRY: {Status.IN_FLIGHT, Status.HELD, Status.WITHDRAWN, Status.EXPIRED},
        Status.IN_FLIGHT: {
            Status.HANDING_OVER,
            Status.QUEUED,
            Status.RETRY,
            Status.FAILED,
            Status.HELD,
            Status.WITHDRAWN,
            Status.EXPIRED,
        },
        Status.HANDING_OVER: {
            Status.SENT,
            Status.RETRY,
            Status.FAILED,
            Status.UNCLEAR,
            Status.BOUNCED,
            Status.HELD,
            Status.WITHDRAWN,
        },
        Status.UNCLEAR: {Status.SENT, Status.QUEUED, Status.BOUNCED, Status.WITHDRAWN},
        Status.SENT: {Status.BOUNCED},
        Status.FAILED: {Status.QUEUED, Status.WITHDRAWN},
        Status.BOUNCED: {Status.QUEUED, Status.WITHDRAWN},
    }

    class Copy(models.TextChoices):
        """What becomes of the copy in the office's folder of sent mails."""

        NONE = "", "keine"
        WAITING = "waiting", "wird abgelegt"
        FILED = "filed", "abgelegt"
        GIVEN_UP = "given_up", "nicht abgelegt"

    key = models.CharField(
        "Schlüssel",
        max_length=200,
        unique=True,
        help_text="Kind, object, recipient, occurrence: what makes it one mail.",
    )
    kind = models.CharField("Art", max_length=60)
    about = models.CharField("Vorgang", max_length=60, blank=True)
    to_email = MailField("An")
    to_name = LineField("Name", blank=True)
    is_proven = models.BooleanField(default=True, help_text="The address was proven; else staff do not read it.")
    subject = LineField("Betreff", max_length=250)
    body = models.TextField("Text")
    html = models.TextField(blank=True, editable=False)
    from_name = LineField("Absender", blank=True, editable=False)
    from_email = MailField(blank=True, editable=False)
    references = models.CharField(
        max_length=500, blank=True, editable=False, help_text="Message-ID of the first mail about the same case."
    )
    reason = LineField("Grund", max_length=300, blank=True, help_text="Warum die Person diese Mail bekommt.")
    topic = models.CharField(
        "Thema", max_length=20, blank=True, help_text="What a person can unsubscribe from; empty: a duty."
    )
    mailing = models.ForeignKey(
        "Mailing",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mails",
        verbose_name="Rundmail",
        db_index=False,
    )
    wording = models.ForeignKey(
        "MailWording",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Null: as shipped.",
        db_index=False,
    )
    link = models.ForeignKey(
        AccessLink, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    code = models.ForeignKey(
        OneTimeCode, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    message_id = models.CharField(max_length=120)
    status = models.CharField("Stand", max_length=12, choices=Status, default=Status.QUEUED, editable=False)
    created_at = models.DateTimeField("angelegt", default=timezone.now)
    dated_at = models.DateTimeField(default=timezone.now, editable=False, help_text="Its Date, the same at every try.")
    due_at = models.DateTimeField("fällig", default=timezone.now)
    expires_at = models.DateTimeField("verfällt", null=True, help_text="Danach geht die Mail nicht mehr heraus.")
    is_urgent = models.BooleanField("eilig", default=False, help_text="A person is waiting for it at the screen.")
    lease_until = models.DateTimeField(null=True, editable=False)
    is_unwanted = models.BooleanField(default=False, editable=False, help_text="Taken back while it was being sent.")
    attempts = models.PositiveSmallIntegerField("Versuche", default=0)
    tried_at = models.DateTimeField("zuletzt versucht", null=True, editable=False)
    handed_over_at = models.DateTimeField(
        "übergeben", null=True, editable=False, help_text="Just before the server was asked to take it."
    )
    sent_at = models.DateTimeField("gesendet", null=True)
    bounced_at = models.DateTimeField("zurückgekommen", null=True, editable=False)
    repeats = models.PositiveSmallIntegerField(
        "Wiederholungen", default=0, editable=False, help_text="Sent once more because an answer was lost."
    )
    looked_up_at = models.DateTimeField(
        "im Postfach gesucht",
        null=True,
        editable=False,
        help_text="When it was last looked for, while unclear or held.",
    )
    server_code = models.PositiveSmallIntegerField("Antwort des Servers", null=True, editable=False)
    copy_status = models.CharField("Kopie", max_length=10, choices=Copy, blank=True, default=Copy.NONE, editable=False)
    copy_due_at = models.DateTimeField(null=True, editable=False)
    copy_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    body_deleted_at = models.DateTimeField("Text gelöscht", null=True, editable=False)
    problem = models.CharField("Hinweis", max_length=300, blank=True)
    told_as = models.CharField(
        max_length=12, blank=True, editable=False, help_text="What the office's digest has told of it."
    )

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = "Mail"
        verbose_name_plural = "Mails"
        # Each mail changes three times on its way, and with it every index that has it: so few have all of them.
        indexes = [
            models.Index(fields=["about"], name="mail_about"),
            models.Index(fields=["mailing"], name="mail_of_mailing", condition=Q(mailing__isnull=False)),
            models.Index(fields=["wording"], name="mail_of_wording", condition=Q(wording__isnull=False)),
            models.Index(fields=["link"], name="mail_with_link", condition=Q(link__isnull=False)),
            models.Index(fields=["code"], name="mail_with_code", condition=Q(code__isnull=False)),
            models.Index(
                fields=["-is_urgent", "due_at", "id"],
                name="mail_waiting",
                condition=Q(status__in=["queued", "retry", "in_flight"]),
            ),
            models.Index(
                fields=["lease_until"], name="mail_handing_over", condition=Q(status__in=["handing_over", "in_flight"])
            ),
            models.Index(
                fields=["expires_at"],
                name="mail_expiring",
                condition=Q(expires_at__isnull=False, status__in=["queued", "retry", "in_flight", "held"]),
            ),
            models.Index(
                fields=["status", "-created_at"],
                name="mail_needs_somebody",
                condition=Q(status__in=["held", "failed", "unclear", "bounced", "expired"]),
            ),
            models.Index(fields=["tried_at"], name="mail_tried", condition=Q(tried_at__isnull=False)),
            models.Index(fields=["-sent_at"], name="mail_sent", condition=Q(sent_at__isnull=False)),
            models.Index(
                fields=["copy_due_at"], name="mail_copy_waiting", condition=Q(copy_status__in=["waiting", "given_up"])
            ),
            models.Index(fields=["-created_at"], name="mail_newest_first"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["message_id"], name="message_id_belongs_to_one_mail"),
            models.CheckConstraint(condition=~Q(status="sent") | Q(sent_at__isnull=False), name="sent_mail_has_a_time"),
            models.CheckConstraint(
                condition=~Q(status__in=["in_flight", "handing_over"]) | Q(lease_until__isnull=False),
                name="mail_in_flight_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(status="handing_over") | Q(handed_over_at__isnull=False),
                name="mail_handed_over_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def shown_body(self) -> str:
        """The text as staff may read it: without link and code, which would let them act as the company."""
        return shown(self.body)

    @property
    def shown_recipient(self) -> str:
        """Whom staff see as recipient: nobody has proven yet that the address is the applicant's own."""
        if self.body_deleted_at:
            return "Adresse gelöscht"
        return self.to_email if self.is_proven else "unbestätigte Adresse"

    @property
    def can_be_sent_again(self) -> bool:
        return self.status in self.NEEDS_A_PERSON

    NEEDS_A_PERSON = frozenset({Status.FAILED, Status.UNCLEAR, Status.BOUNCED})

    @property
    def holds_code(self) -> bool:
        """Whether a copy of it would be a key: mails with codes are not filed."""
        return self.code_id is not None or CODE_MARK in self.body

    # --- what a worker says ---

    def hand_over(self) -> None:
        """Note, safe on disk, that the server is about to be asked to take the mail.

        Raises TransitionNotAllowed when it was taken back, is too late, or belongs to another worker by now.
        """
        now = timezone.now()
        values = {"id": self.pk, "tried_at": self.tried_at, "now": now, "lease_until": now + HAND_OVER_LEASE}
        with connection.cursor() as cursor:
            cursor.execute(HAND_OVER, values)
            if not cursor.rowcount:
                raise TransitionNotAllowed(f"mail {self.pk} may not be handed over")
        self.status, self.handed_over_at, self.tried_at = self.Status.HANDING_OVER, now, now

    def mark_sent(self, *, code: int | None = None, at: datetime | None = None) -> None:
        """Note that the server has taken the mail; `at` when that was not now. This copy keeps what it held."""
        values = {"id": self.pk, "now": at or timezone.now(), "code": code, "copy": self._copy}
        values["is_copied"] = bool(values["copy"])
        with connection.cursor() as cursor:
            cursor.execute(MARK_SENT, values)
            if not cursor.rowcount:
                raise TransitionNotAllowed(f"mail {self.pk} cannot become sent")

    @property
    def _copy(self) -> str:
        return self.Copy.WAITING if settings.MAIL_COPIES == "portal" and not self.holds_code else self.Copy.NONE

    def mark_failed(self, problem: str, code: int | None = None) -> None:
        """Give up; `problem` is a German sentence for the office. What was taken back meanwhile just ends."""
        if self._end_if_unwanted():
            return
        self._move_to(
            self.Status.FAILED,
            only_where=self._this_attempt,
            problem=problem,
            server_code=code,
            lease_until=None,
            handed_over_at=None,
        )

    def retry_later(self, problem: str, *, now: datetime, code: int | None = None) -> None:
        """Try again after a growing pause, and give up after about three days; end what was taken back meanwhile."""
        if self._end_if_unwanted():
            return
        if self.attempts >= GIVE_UP_AFTER_ATTEMPTS:
            return self.mark_failed(problem, code)
        self._move_to(
            self.Status.RETRY,
            only_where={**self._this_attempt, "is_unwanted": False},
            due_at=now + RETRY_AFTER[min(self.attempts, len(RETRY_AFTER)) - 1],
            problem=problem,
            server_code=code,
            lease_until=None,
            handed_over_at=None,
        )

    def put_back(self) -> None:
        """Let another run send a mail that nobody has tried to send: the attempt does not count."""
        self._move_to(
            self.Status.QUEUED,
            only_from={self.Status.IN_FLIGHT},
            only_where={**self._this_attempt, "is_unwanted": False},
            and_reload=False,
            attempts=F("attempts") - 1,
            tried_at=None,
            lease_until=None,
        )

    def mark_unclear(self, problem: str = ANSWER_LOST) -> None:
        """Note that the server may have taken the mail: its answer never came."""
        self._move_to(
            self.Status.UNCLEAR,
            only_where=self._this_attempt,
            problem=problem,
            server_code=None,
            lease_until=None,
            looked_up_at=None,
        )

    def _end_if_unwanted(self) -> bool:
        return bool(
            OutgoingMail.objects.filter(
                pk=self.pk, is_unwanted=True, status__in=self.IN_HAND, **self._this_attempt
            ).update(status=self.Status.WITHDRAWN, lease_until=None)
        )

    IN_HAND = frozenset({Status.IN_FLIGHT, Status.HANDING_OVER})

    @property
    def _this_attempt(self) -> dict[str, datetime | None]:
        """A worker whose lease ran out has no say in what the next one does; only „sent“ is always true.

        No two claims have one moment, while the attempts are counted anew when somebody sends a mail again.
        """
        return {"tried_at": self.tried_at}

    # --- what the mailbox says ---

    def mark_bounced(self, problem: str, *, at: datetime) -> None:
        """Note that the mail came back; `problem` says why in a layman's words."""
        self._move_to(self.Status.BOUNCED, problem=problem, bounced_at=at, lease_until=None)

    def repeat_once(self) -> None:
        """Send an unclear mail once more by itself: the same message again, which the office sees."""
        if self._is_too_late:
            raise TransitionNotAllowed(f"mail {self.pk} would come too late")
        self._move_to(
            self.Status.QUEUED,
            only_from={self.Status.UNCLEAR},
            only_where={"repeats": 0, "is_unwanted": False},
            repeats=1,
            due_at=timezone.now(),
            attempts=0,
        )

    # --- what a person says ---

    def send_again(self) -> None:
        """Queue a mail once more that did not leave, did not arrive, or may not have. Raises NotPossible."""
        if self._is_too_late:
            raise NotPossible("Diese Mail käme zu spät: Ihre Frist ist vorbei. Sie wird nicht noch einmal gesendet.")
        self._move_to(
            self.Status.QUEUED,
            only_from=self.NEEDS_A_PERSON,
            due_at=timezone.now(),
            attempts=0,
            repeats=F("repeats") + int(self.status == self.Status.UNCLEAR),
            problem=self._what_has_ended(),
            is_unwanted=False,
            sent_at=None,
            bounced_at=None,
            told_as="",
        )

    @property
    def _is_too_late(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def _what_has_ended(self) -> str:
        now = timezone.now()
        if self.code and self.code.expires_at <= now:
            return "Achtung: Der Code in dieser Mail ist abgelaufen."
        if self.link and (self.link.revoked_at or self.link.expires_at <= now):
            return "Achtung: Der persönliche Link in dieser Mail öffnet nichts mehr."
        return ""

    def was_sent(self, by: object) -> None:
        """Note that the mail did leave, at the word of a person who has looked."""
        self._move_to(
            self.Status.SENT,
            only_from={self.Status.UNCLEAR},
            sent_at=self.handed_over_at or timezone.now(),
            problem=f"Als gesendet bestätigt: {by}"[:300],
            copy_status=self._copy,
            copy_due_at=timezone.now() if self._copy else None,
        )

    for _method in (
        *(hand_over, mark_sent, mark_failed, retry_later, put_back, mark_unclear),
        *(mark_bounced, repeat_once, send_again, was_sent),
    ):
        _method.alters_data = True
    del _method


def new_message_id(domain: str) -> str:
    """Return a Message-ID that stays with the row, so that every try sends the same message."""
    return f"<{uuid.uuid4().hex}@{domain}>"
