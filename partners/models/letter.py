"""Letters of intent: what a company read and signed online. They give no rights; the office alone sees them."""

import hashlib
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from klimapakt.fields import LineField
from klimapakt.pact.models import Pact
from klimapakt.states import StateMachine
from partners.models.prospect import OfProspect, OfProspectQuerySet

if TYPE_CHECKING:
    from partners.models.application import Application
    from partners.models.interest import Interest


class LetterQuerySet(OfProspectQuerySet):
    def standing(self) -> Self:
        return self.filter(status=LetterOfIntent.Status.SIGNED)

    def ending_with(self, case: "Interest | Application") -> Self:
        """Standing letters that only this inquiry or application leads to."""
        return self.standing().filter(**{"interest": None, "application": None, case._meta.model_name: case})

    def untouched(self, *, now: datetime) -> Self:
        """Letters that nobody of the office has taken note of for the pact's number of days."""
        since = now - timedelta(days=Pact.load().untouched_after_days)
        return self.standing().filter(seen_at=None, signed_at__lte=since)


class LetterOfIntent(OfProspect, StateMachine):
    """Who signed which words, and when. A trigger keeps the words and the signature as they are (migration 0006)."""

    class Status(models.TextChoices):
        SIGNED = "signed", "unterschrieben"
        WITHDRAWN = "withdrawn", "zurückgezogen"

    TRANSITIONS = {Status.SIGNED: {Status.WITHDRAWN}}

    status = models.CharField("Stand", max_length=10, choices=Status, default=Status.SIGNED, editable=False)
    function = LineField("Funktion", max_length=120, editable=False)
    text = models.TextField("Text", editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    statement = LineField("Erklärung", max_length=500, editable=False)
    evidence = models.JSONField("Nachweis", default=dict, editable=False)
    signed_at = models.DateTimeField("unterschrieben am", default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField("zurückgezogen am", null=True, editable=False)
    seen_at = models.DateTimeField("zur Kenntnis genommen am", null=True, editable=False)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        verbose_name="zur Kenntnis genommen von",
    )

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = "Absichtserklärung"
        verbose_name_plural = "Absichtserklärungen"
        ordering = ["-signed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["interest"], condition=Q(status="signed"), name="one_letter_an_interest"),
            models.UniqueConstraint(
                fields=["application"], condition=Q(status="signed"), name="one_letter_an_application"
            ),
            models.CheckConstraint(
                condition=Q(status="signed", withdrawn_at=None) | Q(status="withdrawn", withdrawn_at__isnull=False),
                name="withdrawn_letter_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}, {timezone.localtime(self.signed_at):%d.%m.%Y}"

    @property
    def heading(self) -> str:
        """The first line of the words that were signed."""
        return self.text.partition("\n")[0]

    @property
    def body(self) -> str:
        """All others."""
        return self.text.partition("\n")[2]

    @property
    def stands(self) -> bool:
        return self.status == self.Status.SIGNED

    @property
    def done_on(self) -> date:
        """The day of the step that a letter is."""
        return timezone.localdate(self.signed_at)

    def withdraw(self) -> None:
        """The company takes it back; it stays in the history."""
        self._move_to(self.Status.WITHDRAWN, withdrawn_at=timezone.now())

    withdraw.alters_data = True


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a letter's words, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
