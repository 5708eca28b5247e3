"""What a partner wishes the public to see, and whether its data is still right."""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from klimapakt.fields import CountField, LineField, LinksField, ProseField, WebField
from klimapakt.states import StateMachine
from partners.models.organisation import Contact, Sector
from partners.models.partner import Partner

OF_ORGANISATION = ("name", "sector", "employees", "street", "postal_code", "place", "website")
OF_PARTNER = ("text", "quote", "quote_person", "links", "logo_id")
FIELDS = (*OF_ORGANISATION, *OF_PARTNER)
"""What a proposal holds, in the order of its form. Street and postal code are not public, but the address is one."""


def read(row: models.Model, field: str) -> object:
    """Return a value as `base` keeps it."""
    value = getattr(row, field)
    return str(value) if isinstance(value, UUID) else value


class ProfileProposal(StateMachine):
    """All public data as a company would like it. A row is never edited: another proposal replaces it.

    `base` holds the public data as the company saw it: only what differs from it is proposed, so that a release undoes
    nothing that the office changed meanwhile.
    """

    class Status(models.TextChoices):
        OPEN = "open", "zur Freigabe"
        RELEASED = "released", "freigegeben"
        RETURNED = "returned", "zurückgegeben"
        WITHDRAWN = "withdrawn", "zurückgezogen"
        REPLACED = "replaced", "durch einen neuen ersetzt"
        MENDED = "mended", "geändert freigegeben"

    TRANSITIONS = {
        Status.OPEN: {Status.RELEASED, Status.RETURNED, Status.WITHDRAWN, Status.REPLACED, Status.MENDED},
        Status.RETURNED: {Status.WITHDRAWN, Status.REPLACED},
    }
    UNSETTLED = (Status.OPEN, Status.RETURNED)
    """The company waits for the office, or the office for the company."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="proposals", verbose_name="Partner")
    status = models.CharField("Stand", max_length=10, choices=Status, default=Status.OPEN, editable=False)
    name = LineField("Name der Organisation")
    sector = models.CharField("Branche", max_length=1, choices=Sector, blank=True)
    employees = CountField(
        "Zahl der Beschäftigten",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
    )
    street = LineField("Straße und Hausnummer", blank=True)
    postal_code = LineField("Postleitzahl", max_length=10, blank=True)
    place = LineField("Ort", max_length=100, blank=True)
    website = WebField("Internetseite", blank=True)
    text = ProseField("Profiltext", max_length=1500, blank=True)
    quote = ProseField("Zitat", max_length=300, blank=True)
    quote_person = LineField("Wer das sagt", max_length=160, blank=True)
    links = LinksField("Links", blank=True)
    logo = models.ForeignKey(
        "uploads.Upload", null=True, on_delete=models.SET_NULL, related_name="+", editable=False, verbose_name="Logo"
    )
    base = models.JSONField(default=dict, editable=False)
    proposed_by = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    mends = models.OneToOneField(
        "self",
        null=True,
        on_delete=models.CASCADE,
        related_name="mended",
        editable=False,
        help_text="The company's own version, where the office released another one.",
    )
    author = LineField("vorgeschlagen von", max_length=200, editable=False)
    proposed_at = models.DateTimeField("vorgeschlagen am", default=timezone.now, editable=False)
    reason = ProseField("Grund der Rückgabe", max_length=2000, blank=True, editable=False)
    decided_at = models.DateTimeField("entschieden am", null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        verbose_name="entschieden von",
    )

    class Meta:
        verbose_name = "Profiländerung"
        verbose_name_plural = "Profiländerungen"
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["partner"], condition=Q(status="open"), name="one_open_proposal"),
            models.CheckConstraint(
                condition=~Q(status="returned") | ~Q(reason=""), name="returned_proposal_carries_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Profil von {self.partner}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_returned(self) -> bool:
        return self.status == self.Status.RETURNED

    @property
    def changes(self) -> dict[str, object]:
        """What the company wants otherwise than it was."""
        values = {field: read(self, field) for field in FIELDS}
        return {field: value for field, value in values.items() if value != self.base.get(field)}

    @property
    def changed_labels(self) -> list[str]:
        return [str(self._meta.get_field(field).verbose_name) for field in self.changes]

    def release(self, *, by: object) -> None:
        self._move_to(self.Status.RELEASED, decided_at=timezone.now(), decided_by=by)

    def mend(self, *, by: object) -> None:
        """Make way for the office's version, which is released in its place."""
        self._move_to(self.Status.MENDED, decided_at=timezone.now(), decided_by=by)

    def give_back(self, reason: str, *, by: object) -> None:
        """The office asks the company for another wording."""
        self._move_to(self.Status.RETURNED, decided_at=timezone.now(), decided_by=by, reason=reason)

    def withdraw(self) -> None:
        """The company takes it back, or lets go of what the office returned; of these two, what it was read as."""
        self._move_to(self.Status.WITHDRAWN, only_from=[self.status], decided_at=self.decided_at or timezone.now())

    def replace(self) -> None:
        """Make way for the next proposal."""
        self._move_to(self.Status.REPLACED, decided_at=self.decided_at or timezone.now())

    release.alters_data = mend.alters_data = give_back.alters_data = withdraw.alters_data = replace.alters_data = True


class DataCheck(models.Model):
    """A partner was asked whether its data is right, or said so unasked. Whoever answers late answers for the period."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="data_checks", verbose_name="Partner")
    asked_at = models.DateTimeField("gefragt am", null=True, editable=False)
    reminded_at = models.DateTimeField("erinnert am", null=True, editable=False)
    answered_at = models.DateTimeField("bestätigt am", null=True, editable=False)
    answered_by = LineField("bestätigt von", blank=True, editable=False)

    ANSWER_WITHIN = timedelta(days=30)
    """After that there is one reminder, and the office is told."""

    class DataCheckQuerySet(models.QuerySet):
        def waiting(self) -> Self:
            return self.filter(answered_at=None)

        def overdue(self, *, now: datetime) -> Self:
            """Asked so long ago that somebody should have answered."""
            return self.waiting().filter(asked_at__lte=now - DataCheck.ANSWER_WITHIN)

    objects = DataCheckQuerySet.as_manager()

    class Meta:
        verbose_name = "Datenprüfung"
        verbose_name_plural = "Datenprüfungen"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["partner"], condition=Q(answered_at=None), name="one_waiting_data_check"),
            models.CheckConstraint(
                condition=Q(asked_at__isnull=False) | Q(answered_at__isnull=False), name="data_check_begins_somehow"
            ),
        ]

    def __str__(self) -> str:
        return f"Datenprüfung {self.partner}"

    @property
    def due_at(self) -> datetime:
        return self.asked_at + self.ANSWER_WITHIN

    @classmethod
    def partners_due(cls, *, since: datetime) -> models.QuerySet[Partner]:
        """Partners whose data nobody looked at since that moment and who are not being asked."""
        recent = cls.objects.filter(Q(answered_at__gt=since) | Q(answered_at=None), partner=OuterRef("pk"))
        return (
            Partner.objects.exclude(publication=Partner.Publication.FORMER)
            .filter(created_at__lte=since)
            .filter(~Exists(recent))
        )
