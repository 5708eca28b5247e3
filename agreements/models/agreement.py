"""The agreement with a partner: where it stands, and when it binds."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from klimapakt.fields import ProseField, plausible_date
from klimapakt.states import StateMachine
from partners.models import Consent, Partner

if TYPE_CHECKING:
    from agreements.models.version import Version


NEAR = timedelta(days=90)
"""So long before its last day the office is reminded of an agreement that ends."""


class AgreementQuerySet(models.QuerySet):
    def in_force(self, *, on: date) -> Self:
        """Agreements that bind on that day; one whose first day is not known counts as begun."""
        return self.filter(
            Q(in_force_from=None) | Q(in_force_from__lte=on),
            Q(in_force_until=None) | Q(in_force_until__gte=on),
            status=Agreement.Status.IN_FORCE,
        )

    def bound(self) -> Self:
        """Agreements that both sides signed, also those that ended since."""
        return self.filter(status__in=[Agreement.Status.IN_FORCE, Agreement.Status.REPLACED])

    def under_way(self) -> Self:
        """Agreements that somebody still works on."""
        return self.filter(status__in=Agreement.UNDER_WAY)

    def over(self, *, on: date) -> Self:
        """Agreements that were in force until a day before that one."""
        return self.filter(status=Agreement.Status.IN_FORCE, in_force_until__lt=on)

    def ending(self, *, on: date) -> Self:
        """Agreements in force on that day whose last day is near."""
        return self.in_force(on=on).filter(in_force_until__lte=on + NEAR)

    def locked(self, pk: int) -> "Agreement":
        """Return one agreement that nobody else moves or edits until the transaction ends."""
        rows = self.select_for_update(of=("self",), no_key=True).select_related("partner__organisation")
        return rows.get(pk=pk)

    def public(self, *, on: date) -> Self:
        """Agreements in force whose partner is listed and consents to the publication of its measures."""
        consent = Consent.objects.standing().filter(
            purpose=Consent.Purpose.MEASURES, organisation=OuterRef("partner__organisation")
        )
        return self.in_force(on=on).filter(Exists(consent), partner__in=Partner.objects.released())


class Agreement(StateMachine):
    """One agreement. Its wording is frozen as a `Version` when it is offered, or when it was signed on paper."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Entwurf"
        OFFERED = "offered", "angeboten"
        DECLINED = "declined", "abgelehnt"
        SIGNED = "signed", "vom Partner unterschrieben"
        IN_FORCE = "in_force", "in Kraft"
        REPLACED = "replaced", "ersetzt"
        CLOSED = "closed", "nicht zustande gekommen"

    TRANSITIONS = {
        Status.DRAFT: {Status.OFFERED, Status.IN_FORCE, Status.CLOSED},
        Status.OFFERED: {Status.DRAFT, Status.DECLINED, Status.SIGNED, Status.IN_FORCE, Status.CLOSED},
        Status.DECLINED: {Status.DRAFT, Status.CLOSED},
        Status.SIGNED: {Status.DRAFT, Status.IN_FORCE, Status.CLOSED},
        Status.IN_FORCE: {Status.REPLACED},
    }
    UNDER_WAY = [Status.DRAFT, Status.OFFERED, Status.DECLINED, Status.SIGNED]

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="agreements", verbose_name="Partner")
    status = models.CharField("Stand", max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    signed_on = models.DateField("unterschrieben am", null=True, editable=False)
    in_force_from = models.DateField("in Kraft ab", null=True, editable=False)
    in_force_until = models.DateField(
        "in Kraft bis",
        null=True,
        blank=True,
        validators=[plausible_date],
        help_text="Letzter Tag. Leer: so lange, wie es unter „Klimapakt“ als Laufzeit eingetragen ist.",
    )
    is_date_unknown = models.BooleanField(
        "Tag der Unterschrift ist nicht bekannt",
        default=False,
        editable=False,
        help_text="Nur für Vereinbarungen aus der Zeit vor dem Portal.",
    )
    reason = ProseField(
        "Grund",
        max_length=1000,
        blank=True,
        editable=False,
        help_text="Warum sie nicht zustande kam oder vor der Zeit endet. Bleibt in der Geschäftsstelle.",
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = models.DateTimeField("angelegt am", default=timezone.now, editable=False)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = "Vereinbarung"
        verbose_name_plural = "Vereinbarungen"
        ordering = ["-created_at"]
        permissions = [("countersign_agreement", "Darf Vereinbarungen gegenzeichnen")]
        indexes = [
            models.Index(
                fields=["partner", "in_force_from", "in_force_until"],
                name="agreement_in_force",
                condition=Q(status="in_force"),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="in_force") | Q(in_force_from__isnull=False) | Q(is_date_unknown=True),
                name="agreement_in_force_has_a_first_day",
            ),
            models.CheckConstraint(
                condition=Q(in_force_until=None) | Q(signed_on=None) | Q(in_force_until__gte=F("signed_on")),
                name="agreement_ends_after_it_was_signed",
                violation_error_message="Das Ende der Laufzeit muss nach der Unterschrift liegen.",
            ),
        ]

    def __str__(self) -> str:
        return f"Vereinbarung mit {self.partner}"

    @property
    def is_under_way(self) -> bool:
        return self.status in self.UNDER_WAY

    @property
    def is_over(self) -> bool:
        """Whether its last day lies in the past."""
        return self.is_in_force and self.in_force_until is not None and self.in_force_until < timezone.localdate()

    @property
    def is_replaced(self) -> bool:
        return self.status == self.Status.REPLACED

    @property
    def is_in_force(self) -> bool:
        return self.status == self.Status.IN_FORCE

    @property
    def shown_status(self) -> str:
        """Return the state in words: what has ended since is still stored as in force."""
        return "abgelaufen" if self.is_over else self.get_status_display()

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_offered(self) -> bool:
        return self.status == self.Status.OFFERED

    @property
    def may_be_taken_back(self) -> bool:
        return self.may_become(self.Status.DRAFT)

    @property
    def may_be_countersigned(self) -> bool:
        return self.status == self.Status.SIGNED

    @property
    def may_be_recorded_from_paper(self) -> bool:
        return self.status in (self.Status.DRAFT, self.Status.OFFERED)

    @property
    def may_be_ended(self) -> bool:
        return self.is_in_force and not self.is_over

    def newest_version(self) -> "Version | None":
        """Return what was frozen last; None while the first draft is being written."""
        return self.versions.order_by("-number").first()

    def next_number(self) -> int:
        newest = self.newest_version()
        return newest.number + 1 if newest else 1

    def offer(self) -> None:
        """Put the frozen version before the partner. The services freeze it."""
        self._move_to(self.Status.OFFERED)

    def take_back(self) -> None:
        """Make it a draft again: the next offer is another version."""
        self._move_to(self.Status.DRAFT)

    def decline(self) -> None:
        """The partner does not want to sign."""
        self._move_to(self.Status.DECLINED)

    def close(self, *, reason: str) -> None:
        """It did not come about."""
        self._move_to(self.Status.CLOSED, reason=reason)

    def replace(self, *, reason: str) -> None:
        """Another one that began on the same day counts instead: this one binds on no day."""
        self._move_to(self.Status.REPLACED, reason=reason)

    def end(self, *, last_day: date, reason: str) -> None:
        """It binds until that day, which is earlier than was agreed. The caller holds the lock."""
        self.in_force_until, self.reason = last_day, reason
        self.save(update_fields=["in_force_until", "reason"])

    def sign(self) -> None:
        """The partner has signed; the pact has not."""
        self._move_to(self.Status.SIGNED)

    def countersign(self, *, first_day: date, last_day: date | None, by: object) -> None:
        """The pact has signed too: it binds from now on."""
        self._bind({self.Status.SIGNED}, first_day=first_day, last_day=last_day, by=by)

    def record_from_paper(self, *, signed_on: date, last_day: date | None, by: object) -> None:
        """Both have signed on paper: it binds from that day."""
        self._bind({self.Status.DRAFT, self.Status.OFFERED}, first_day=signed_on, last_day=last_day, by=by)

    def _bind(self, only_from: set[str], *, first_day: date, last_day: date | None, by: object) -> None:
        self._move_to(
            self.Status.IN_FORCE,
            only_from=only_from,
            signed_on=first_day,
            in_force_from=first_day,
            in_force_until=last_day,
            recorded_by=by,
        )

    for _method in (offer, take_back, decline, close, replace, end, sign, countersign, record_from_paper):
        _method.alters_data = True
    del _method
