"""A mail to many: chosen, read, released, watched."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.utils import timezone

from klimapakt.fields import LineField
from klimapakt.mailbox.models.outgoing import OutgoingMail
from klimapakt.states import StateMachine, TransitionNotAllowed


class EditedMeanwhile(Exception):
    """Somebody else changed the draft since the page was opened."""


class MailingQuerySet(models.QuerySet):
    def with_figures(self) -> Self:
        """For the list: how many mails there are, have left, still wait, and need a person."""
        S = OutgoingMail.Status

        def count(*states: str) -> Count:
            return Count("mails", filter=Q(mails__status__in=states))

        return self.annotate(
            mails_all=Count("mails"),
            mails_sent=count(S.SENT, S.BOUNCED),
            mails_open=count(S.HELD, S.QUEUED, S.RETRY, S.IN_FLIGHT, S.HANDING_OVER),
            mails_troubled=count(*OutgoingMail.NEEDS_A_PERSON),
        )

    def note_restore(self, *, now: datetime) -> int:
        """Have those read again that the backup did not know as released: they may have been sent after it."""
        unreleased = self.filter(status__in=[Mailing.Status.DRAFT, Mailing.Status.PREPARED])
        return unreleased.update(restored_at=now, read_at=None)


class Mailing(StateMachine):
    """One text to the people of one audience; its mails are rows of the outbox from `prepared` on.

    Whoever moves its state does so by an UPDATE of this row, before any of its mails is touched
    (`klimapakt.mailbox.mailing`).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "in Arbeit"
        PREPARED = "prepared", "bereit zum Senden"
        RELEASED = "released", "freigegeben"
        PAUSED = "paused", "unterbrochen"
        STOPPED = "stopped", "gestoppt"

    TRANSITIONS = {
        Status.DRAFT: {Status.PREPARED},
        Status.PREPARED: {Status.DRAFT, Status.RELEASED},
        Status.RELEASED: {Status.PAUSED, Status.STOPPED},
        Status.PAUSED: {Status.RELEASED, Status.STOPPED},
    }

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="One form, one mailing.")
    audience = models.CharField("Empfängerkreis", max_length=60)
    choices = models.JSONField("Auswahl", default=dict, blank=True, help_text="What the audience's form said.")
    left_out = models.JSONField(default=list, blank=True, help_text="Keys of recipients whom staff struck off.")
    subject = LineField("Betreff", max_length=250)
    body = models.TextField("Text")
    status = models.CharField("Stand", max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Grows with every edit.")
    created_at = models.DateTimeField("angelegt", default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name="von"
    )
    read_at = models.DateTimeField("Beispiele gelesen", null=True, editable=False)
    prepared_at = models.DateTimeField("vorbereitet", null=True, editable=False)
    send_at = models.DateTimeField("Beginn", null=True, blank=True)
    released_at = models.DateTimeField("freigegeben", null=True, editable=False)
    stopped_at = models.DateTimeField("gestoppt", null=True, editable=False)
    restored_at = models.DateTimeField(
        "aus einer Sicherung", null=True, editable=False, help_text="Not released in the backup, but maybe since."
    )

    objects = MailingQuerySet.as_manager()

    class Meta:
        verbose_name = "Rundmail"
        verbose_name_plural = "Rundmails"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["released", "paused"]) | Q(released_at__isnull=False),
                name="released_mailing_has_a_time",
            )
        ]

    def __str__(self) -> str:
        return self.subject or "Rundmail ohne Betreff"

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_prepared(self) -> bool:
        return self.status == self.Status.PREPARED

    @property
    def is_released(self) -> bool:
        return self.status == self.Status.RELEASED

    @property
    def is_paused(self) -> bool:
        return self.status == self.Status.PAUSED

    @property
    def is_stopped(self) -> bool:
        return self.status == self.Status.STOPPED

    @property
    def may_have_been_sent(self) -> bool:
        """Whether it came out of a backup unsent; what happened between the backup and its return, nobody here knows."""
        return self.restored_at is not None and self.status in (self.Status.DRAFT, self.Status.PREPARED)

    @property
    def may_be_stopped(self) -> bool:
        return self.may_become(self.Status.STOPPED)

    def edit(self, *, seen: int, **changes: object) -> None:
        """Write what a person chose or typed on a page that showed version `seen`.

        Raises EditedMeanwhile when the page is old, TransitionNotAllowed when this is no draft any more.
        """
        drafts = Mailing.objects.filter(pk=self.pk, status=self.Status.DRAFT)
        if not drafts.filter(version=seen).update(version=F("version") + 1, **changes):
            raise EditedMeanwhile if drafts.exists() else TransitionNotAllowed(f"mailing {self.pk} is no draft")
        self.refresh_from_db()

    def prepare(self) -> None:
        """Freeze audience and text. The service writes the mails."""
        self._move_to(
            self.Status.PREPARED,
            only_from={self.Status.DRAFT},
            only_where={"version": self.version},
            prepared_at=timezone.now(),
        )

    def reopen(self) -> None:
        """Audience and text may change again. The service deletes the mails."""
        self._move_to(self.Status.DRAFT, prepared_at=None, read_at=None)

    def note_reading(self) -> None:
        """Somebody has seen the samples; before that nothing is released."""
        rows = Mailing.objects.filter(pk=self.pk, status=self.Status.PREPARED, read_at=None)
        rows.update(read_at=timezone.now())
        self.refresh_from_db()

    def release(self, *, begin: datetime) -> None:
        """Let the mails go from that moment on; only once, and only when somebody has read the samples."""
        self._move_to(
            self.Status.RELEASED,
            only_from={self.Status.PREPARED},
            only_where={"read_at__isnull": False},
            send_at=begin,
            released_at=timezone.now(),
        )

    def pause(self) -> None:
        self._move_to(self.Status.PAUSED)

    def resume(self) -> None:
        self._move_to(self.Status.RELEASED, only_from={self.Status.PAUSED})

    def stop(self) -> None:
        self._move_to(self.Status.STOPPED, stopped_at=timezone.now())

    for _method in (edit, prepare, reopen, note_reading, release, pause, resume, stop):
        _method.alters_data = True
    del _method
