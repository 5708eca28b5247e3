"""What the office does with an application beside its state: whose desk, when again, what somebody proposed."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from klimapakt.fields import LineField
from klimapakt.pact.models import Pact
from klimapakt.states import TransitionNotAllowed

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

NO_PROPOSAL = {
    "proposed_decision": "", "proposed_by": None, "proposed_at": None, "proposed_reason": "", "proposed_subject": "",
    "proposed_text": "",
}  # fmt: skip


class ReviewedQuerySet(models.QuerySet):
    """What the office looks for. Whatever waits for its decision is `undecided()`."""

    def untouched(self, *, now: datetime) -> Self:
        """What nobody has done anything about for the pact's number of days, and nobody put off on purpose."""
        since = now - timedelta(days=Pact.load().untouched_after_days)
        put_off = Q(follow_up_on__gt=timezone.localdate(now))
        return self.undecided().filter(touched_at__lte=since).exclude(put_off)

    def follow_up_due(self, *, now: datetime) -> Self:
        """What somebody wanted to see again on this day or before."""
        return self.undecided().filter(follow_up_on__lte=timezone.localdate(now))

    def on_desk_of(self, person: "AbstractUser") -> Self:
        """What this person of the office has to decide."""
        return self.undecided().filter(reviewer=person)

    def to_confirm(self) -> Self:
        """What one person has proposed and another is to confirm."""
        return self.undecided().exclude(proposed_decision="")


class Reviewed(models.Model):
    """Columns of the review. They change only while the application is under way; the UPDATE tests it."""

    class Decision(models.TextChoices):
        ACCEPT = "accept", "Aufnahme"
        REJECT = "reject", "Ablehnung"

    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        verbose_name="liegt bei",
    )
    touched_at = models.DateTimeField("zuletzt etwas geschehen am", default=timezone.now, editable=False)
    follow_up_on = models.DateField("Wiedervorlage am", null=True, editable=False)
    follow_up_note = LineField("Wiedervorlage wegen", blank=True, editable=False)
    proposed_decision = models.CharField(
        "vorgeschlagen", max_length=6, choices=Decision, blank=True, default="", editable=False
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    proposed_at = models.DateTimeField("vorgeschlagen am", null=True, editable=False)
    proposed_reason = models.TextField(
        blank=True, default="", editable=False, help_text="Why to reject, or why to accept against a rule."
    )
    proposed_subject = models.TextField(blank=True, default="", editable=False)
    proposed_text = models.TextField(blank=True, default="", editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(proposed_by=None) | Q(decided_by=None) | ~Q(proposed_by=F("decided_by")),
                name="nobody_confirms_an_own_proposal",
            ),
            models.CheckConstraint(
                condition=Q(proposed_decision="", proposed_at=None)
                | Q(proposed_at__isnull=False, status__in=["in_review", "accepted", "rejected"]),
                name="only_what_is_in_review_is_proposed",
            ),
        ]

    @property
    def reviewer_name(self) -> str:
        return (self.reviewer.get_full_name() or self.reviewer.get_username()) if self.reviewer else ""

    def touch(self) -> None:
        """Note that somebody did something about it; every move does so by itself."""
        type(self).objects.filter(pk=self.pk).update(touched_at=timezone.now())

    def assign(self, reviewer: object) -> None:
        """Lay it on somebody's desk."""
        self._change(reviewer=reviewer, touched_at=timezone.now())

    def put_off(self, until: date | None, note: str) -> None:
        """Show it again on that day; None shows it as before."""
        self._change(follow_up_on=until, follow_up_note=note, touched_at=timezone.now())

    def propose(self, decision: str, *, by: object, reason: str, subject: str = "", text: str = "") -> None:
        """Put a decision before a second person; one at a time."""
        self._change(
            only_where={"status": self.Status.IN_REVIEW, "proposed_at": None},
            proposed_decision=decision,
            proposed_by=by,
            proposed_at=timezone.now(),
            proposed_reason=reason,
            proposed_subject=subject,
            proposed_text=text,
            touched_at=timezone.now(),
        )

    def return_proposal(self) -> None:
        """End the proposal that was read; the review goes on."""
        self._change(
            only_where={"status": self.Status.IN_REVIEW, "proposed_at": self.proposed_at},
            touched_at=timezone.now(),
            **NO_PROPOSAL,
        )

    def _change(self, *, only_where: Mapping[str, object] = MappingProxyType({}), **changes: object) -> None:
        """Change columns beside the state while the application is under way and the stored columns still allow it."""
        if not type(self).objects.undecided().filter(pk=self.pk, **only_where).update(**changes):
            raise TransitionNotAllowed(f"application {self.pk} is not under way any more")
        self.refresh_from_db()

    for _method in (touch, assign, put_off, propose, return_proposal):
        _method.alters_data = True
    del _method
