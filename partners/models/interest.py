"""A company that is interested and has not applied: its question, and what has become of it."""

import uuid
from datetime import date, datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from klimapakt.fields import LineField, MailField, ProseField
from klimapakt.pact.models import Pact
from klimapakt.states import StateMachine


class InterestQuerySet(models.QuerySet):
    def readable(self) -> Self:
        """What the office may read: asked by a proven address."""
        return self.exclude(status=Interest.Status.UNCONFIRMED)

    def open(self) -> Self:
        return self.filter(status=Interest.Status.OPEN)

    def waiting(self) -> Self:
        """What waits for the office: nobody has answered, and no application has begun.

        Who asked nothing and has booked a talk waits for that.
        """
        talk_ahead = Interest.objects.filter(
            talkbooking__status="booked", talkbooking__slot__starts_at__gt=timezone.now()
        )
        return self.open().filter(answered_at=None, application=None).exclude(question="", pk__in=talk_ahead)

    def due(self, *, on: date) -> Self:
        """What the office wanted to look at again by that day."""
        return self.open().filter(follow_up_on__lte=on)

    def untouched(self, *, now: datetime) -> Self:
        """What nobody touched for the pact's number of days; what has a follow-up date ahead rests on purpose."""
        limit = now - timedelta(days=Pact.load().untouched_after_days)
        resting = Q(follow_up_on__gt=timezone.localdate(now))
        return self.open().filter(touched_at__lt=limit, application=None).exclude(resting)

    def unconfirmed_since(self, moment: datetime) -> Self:
        return self.filter(status=Interest.Status.UNCONFIRMED, created_at__lt=moment)

    def closed_since(self, moment: datetime) -> Self:
        return self.filter(status=Interest.Status.CLOSED, closed_at__lt=moment)


class Interest(StateMachine):
    """A question, or the wish for a talk, from somebody who proved an address before the office reads it."""

    class Status(models.TextChoices):
        UNCONFIRMED = "unconfirmed", "unbestätigt"
        OPEN = "open", "offen"
        CLOSED = "closed", "abgeschlossen"

    TRANSITIONS = {
        Status.UNCONFIRMED: {Status.OPEN},
        Status.OPEN: {Status.CLOSED},
        Status.CLOSED: {Status.OPEN},  # reopened
    }

    status = models.CharField("Stand", max_length=12, choices=Status, default=Status.UNCONFIRMED, editable=False)
    form_token = models.UUIDField(
        unique=True, editable=False, default=uuid.uuid4, help_text="Makes a form sent twice one inquiry."
    )
    organisation = LineField("Organisation", blank=True)
    name = LineField("Name")
    email = MailField("E-Mail")
    question = ProseField("Frage", max_length=2000, blank=True)
    wants_talk = models.BooleanField("möchte ein Orientierungsgespräch", default=False)
    created_at = models.DateTimeField("gefragt am", default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField("eingegangen am", null=True, editable=False)
    touched_at = models.DateTimeField("zuletzt etwas geschehen am", default=timezone.now, editable=False)
    answered_at = models.DateTimeField("beantwortet am", null=True, editable=False)
    closed_at = models.DateTimeField("abgeschlossen am", null=True, editable=False)
    closing_reason = LineField("Warum abgeschlossen", blank=True, editable=False)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        verbose_name="liegt bei",
    )
    follow_up_on = models.DateField("Wiedervorlage am", null=True, editable=False)
    application = models.ForeignKey(
        "partners.Application",
        null=True,
        on_delete=models.SET_NULL,
        related_name="interests",
        editable=False,
        verbose_name="Antrag",
    )

    objects = InterestQuerySet.as_manager()

    class Meta:
        verbose_name = "Anfrage"
        verbose_name_plural = "Interessierte"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="unconfirmed") | Q(confirmed_at__isnull=False),
                name="inquiry_is_proven_before_it_is_read",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | (Q(closed_at__isnull=False) & ~Q(closing_reason="")),
                name="closed_inquiry_has_day_and_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.organisation or self.name

    @property
    def reference(self) -> str:
        """A number to quote on the phone. It opens nothing."""
        return f"I-{timezone.localtime(self.created_at).year}-{self.pk:04d}"

    @property
    def assignee_name(self) -> str:
        return (self.assigned_to.get_full_name() or self.assigned_to.get_username()) if self.assigned_to else ""

    @property
    def is_confirmed(self) -> bool:
        """Whether the office may read it."""
        return self.status != self.Status.UNCONFIRMED

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    def confirm(self) -> None:
        """The address is proven: the office may read it."""
        now = timezone.now()
        self._move_to(self.Status.OPEN, only_from={self.Status.UNCONFIRMED}, confirmed_at=now, touched_at=now)

    def close(self, reason: str) -> None:
        """Nothing more is to be done."""
        now = timezone.now()
        self._move_to(self.Status.CLOSED, closed_at=now, closing_reason=reason, touched_at=now, follow_up_on=None)

    def reopen(self) -> None:
        self._move_to(
            self.Status.OPEN,
            only_from={self.Status.CLOSED},
            closed_at=None,
            closing_reason="",
            touched_at=timezone.now(),
        )

    def touch(self, **changes: object) -> None:
        """Note that somebody of the office or the company did something; `changes` go into the same UPDATE."""
        Interest.objects.filter(pk=self.pk).update(touched_at=timezone.now(), **changes)
        self.refresh_from_db()

    for _method in (confirm, close, reopen, touch):
        _method.alters_data = True
    del _method
