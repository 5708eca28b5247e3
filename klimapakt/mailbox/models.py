"""The outbox: a mail is a row, written in the transaction of its cause.

Postgres holds the truth; Celery only wakes the sender (docs/decisions/0003).
"""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from klimapakt.fields import LineField, MailField
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.states import StateMachine

LINK_MARK = "\ue000"
"""Stands in a stored body where the personal link goes. A private-use character: typed text never holds one."""

CODE_MARK = "\ue001"
"""The same for a one-time code."""

LINK_SHOWN_AS, CODE_SHOWN_AS = "[persönlicher Link]", "[Code]"

RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440)]
GIVE_UP_AFTER_ATTEMPTS = 9
"""With the pauses above (the last one repeats), about three days."""


CLAIM = """
    UPDATE mailbox_outgoingmail SET status = 'in_flight', lease_until = %(lease_until)s, attempts = attempts + 1
    WHERE id = (
        SELECT id FROM mailbox_outgoingmail
        WHERE (status = 'queued' AND due_at <= %(now)s OR status = 'in_flight' AND lease_until <= %(now)s)
            AND (expires_at IS NULL OR expires_at > %(now)s) AND NOT is_unwanted
        ORDER BY is_urgent DESC, due_at, id
        LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING *
"""
"""Takes one mail of `sendable`. The ORM cannot say it in one statement, and each mail costs one."""


class OutgoingMailQuerySet(models.QuerySet):
    def sendable(self, *, now: datetime) -> Self:
        """Due mails, and mails whose worker vanished before it could say what became of them."""
        return self.filter(
            Q(status=OutgoingMail.Status.QUEUED, due_at__lte=now)
            | Q(status=OutgoingMail.Status.IN_FLIGHT, lease_until__lte=now),
            Q(expires_at=None) | Q(expires_at__gt=now),
            is_unwanted=False,
        )

    def expire(self, *, now: datetime) -> int:
        """Give up what would come too late to be of use: a reminder after the start, a code after its minutes."""
        return (
            self._untouched(now=now)
            .filter(expires_at__lte=now)
            .update(status=OutgoingMail.Status.EXPIRED, lease_until=None)
        )

    def _untouched(self, *, now: datetime) -> Self:
        return self.filter(
            Q(status=OutgoingMail.Status.QUEUED, due_at__lte=now)
            | Q(status=OutgoingMail.Status.IN_FLIGHT, lease_until__lte=now)
        )

    def claim(self, *, now: datetime) -> "OutgoingMail | None":
        """Give the next mail to one worker until its lease ends: a due one, or one whose worker vanished."""
        lease_until = now + timedelta(seconds=settings.MAIL_LEASE_SECONDS)
        return next(iter(self.raw(CLAIM, {"now": now, "lease_until": lease_until})), None)

    def about(self, case: models.Model) -> Self:
        """All mails about one object."""
        return self.filter(about=case_of(case))

    def withdraw(self) -> int:
        """Take back what has not left yet; returns how many mails that were.

        One that a worker is sending at this moment may still arrive, but it is not tried again.
        """
        self.filter(status=OutgoingMail.Status.IN_FLIGHT).update(is_unwanted=True)
        return self.filter(status=OutgoingMail.Status.QUEUED).update(status=OutgoingMail.Status.WITHDRAWN)

    def drop_failed(self) -> int:
        """Close mails that could not be delivered and are not to be sent again: their matter is settled."""
        return self.filter(status=OutgoingMail.Status.FAILED).update(status=OutgoingMail.Status.WITHDRAWN)

    def bury_unwanted(self, *, now: datetime) -> int:
        """End the mails that were taken back while the worker that had them vanished."""
        return self.filter(status=OutgoingMail.Status.IN_FLIGHT, is_unwanted=True, lease_until__lte=now).update(
            status=OutgoingMail.Status.WITHDRAWN, lease_until=None
        )


class OutgoingMail(StateMachine):
    """One message to one recipient."""

    class Status(models.TextChoices):
        QUEUED = "queued", "wartet"
        IN_FLIGHT = "in_flight", "wird gesendet"
        SENT = "sent", "gesendet"
        FAILED = "failed", "nicht zustellbar"
        WITHDRAWN = "withdrawn", "zurückgezogen"
        EXPIRED = "expired", "verfallen"

    TRANSITIONS = {
        Status.QUEUED: {Status.IN_FLIGHT, Status.WITHDRAWN, Status.EXPIRED},
        Status.IN_FLIGHT: {Status.SENT, Status.QUEUED, Status.FAILED, Status.WITHDRAWN, Status.EXPIRED},
        Status.FAILED: {Status.QUEUED, Status.WITHDRAWN},
    }

    key = models.CharField("Schlüssel", max_length=200, unique=True, help_text="Was diese Mail einmalig macht.")
    kind = models.CharField("Art", max_length=60)
    about = models.CharField("Vorgang", max_length=60, blank=True, db_index=True)
    to_email = MailField("An")
    to_name = LineField("Name", blank=True)
    is_proven = models.BooleanField(default=True, help_text="The address was proven; else staff do not read it.")
    subject = LineField("Betreff", max_length=250)
    body = models.TextField("Text")
    link = models.ForeignKey(AccessLink, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    code = models.ForeignKey(OneTimeCode, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    message_id = models.CharField(max_length=120, unique=True)
    status = models.CharField("Stand", max_length=12, choices=Status, default=Status.QUEUED, editable=False)
    created_at = models.DateTimeField("angelegt", default=timezone.now)
    due_at = models.DateTimeField("fällig", default=timezone.now)
    expires_at = models.DateTimeField("verfällt", null=True, help_text="Danach geht die Mail nicht mehr heraus.")
    is_urgent = models.BooleanField("eilig", default=False, help_text="A person is waiting for it at the screen.")
    lease_until = models.DateTimeField(null=True, editable=False)
    is_unwanted = models.BooleanField(default=False, editable=False, help_text="Taken back while it was being sent.")
    attempts = models.PositiveSmallIntegerField("Versuche", default=0)
    sent_at = models.DateTimeField("gesendet", null=True)
    problem = models.CharField("Hinweis", max_length=300, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = "Mail"
        verbose_name_plural = "Mails"
        indexes = [
            models.Index(
                fields=["-is_urgent", "due_at", "id"],
                name="mail_waiting",
                condition=Q(status__in=["queued", "in_flight"]),
            ),
            models.Index(fields=["-created_at"], name="mail_newest_first"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(status="sent") | Q(sent_at__isnull=False), name="sent_mail_has_a_time"),
            models.CheckConstraint(
                condition=~Q(status="in_flight") | Q(lease_until__isnull=False), name="mail_in_flight_has_a_lease"
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
        return self.to_email if self.is_proven else "unbestätigte Adresse"

    @property
    def can_be_sent_again(self) -> bool:
        return self.status == self.Status.FAILED

    def mark_sent(self) -> None:
        """Note that the server has taken the mail. This copy keeps what it held."""
        self._move_to(self.Status.SENT, and_reload=False, sent_at=timezone.now(), problem="", lease_until=None)

    def mark_failed(self, problem: str) -> None:
        """Give up; `problem` is a German sentence for the office."""
        self._move_to(self.Status.FAILED, only_where=self._this_attempt, problem=problem, lease_until=None)

    def retry_later(self, problem: str, *, now: datetime) -> None:
        """Try again after a growing pause, and give up after about three days; end what was taken back meanwhile."""
        if OutgoingMail.objects.filter(pk=self.pk, is_unwanted=True, **self._this_attempt).update(
            status=self.Status.WITHDRAWN, lease_until=None
        ):
            return
        if self.attempts >= GIVE_UP_AFTER_ATTEMPTS:
            return self.mark_failed(problem)
        self._move_to(
            self.Status.QUEUED,
            only_from={self.Status.IN_FLIGHT},
            only_where={**self._this_attempt, "is_unwanted": False},
            due_at=now + RETRY_AFTER[min(self.attempts, len(RETRY_AFTER)) - 1],
            problem=problem,
            lease_until=None,
        )

    @property
    def _this_attempt(self) -> dict[str, int]:
        """A worker whose lease ran out has no say in what the next one does; only „sent“ is always true."""
        return {"attempts": self.attempts}

    def send_again(self) -> None:
        """Queue a failed mail once more, at a person's wish."""
        self._move_to(
            self.Status.QUEUED,
            only_from={self.Status.FAILED},
            due_at=timezone.now(),
            attempts=0,
            problem="",
            is_unwanted=False,
        )

    for _method in (mark_sent, mark_failed, retry_later, send_again):
        _method.alters_data = True
    del _method


class MailAttachment(models.Model):
    """A file that goes with a mail, as it was when the mail was written."""

    mail = models.ForeignKey(OutgoingMail, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField("Name", max_length=120)
    content_type = models.CharField(max_length=120)
    content = models.BinaryField()

    class Meta:
        verbose_name = "Anhang"
        verbose_name_plural = "Anhänge"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


def shown(body: str) -> str:
    """Return a stored text as people may read it."""
    return body.replace(LINK_MARK, LINK_SHOWN_AS).replace(CODE_MARK, CODE_SHOWN_AS)


def case_of(case: models.Model) -> str:
    """Return the name under which the mails about an object are found."""
    return f"{case._meta.model_name}:{case.pk}"


def new_message_id(domain: str) -> str:
    """Return a Message-ID that stays with the row, so that every try sends the same message."""
    return f"<{uuid.uuid4().hex}@{domain}>"
