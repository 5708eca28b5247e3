"""Which records the office found to be the same organisation, and which not. Enough is kept to take it back."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from klimapakt.states import TransitionNotAllowed

if TYPE_CHECKING:
    from partners.models.application import Application
    from partners.models.organisation import Organisation

UNDO_FOR = timedelta(days=1)
"""So long a merge can be taken back: the day after it the office builds on it."""


class Mergeable(models.Model):
    """A record that can be merged into another one of its kind. It stays, with what could not follow."""

    merged_into = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.RESTRICT,
        related_name="merged_from",
        editable=False,
        verbose_name="zusammengeführt mit",
    )

    class Meta:
        abstract = True


class Recognised(models.Model):
    """The organisation that an application is from, when the office knows it already."""

    known_as = models.ForeignKey(
        "partners.Organisation",
        null=True,
        on_delete=models.SET_NULL,
        related_name="recognised_in",
        editable=False,
        verbose_name="ist dieselbe Organisation wie",
    )
    known_choices = models.JSONField(
        default=list, editable=False, help_text="Fields that the organisation takes from the application."
    )
    known_before = models.JSONField(
        null=True,
        editable=False,
        encoder=DjangoJSONEncoder,
        help_text="What these fields held before the acceptance; null while it has not taken place.",
    )

    class Meta:
        abstract = True


class MergeQuerySet(models.QuerySet):
    def standing(self) -> Self:
        """Merges that nobody has taken back."""
        return self.filter(undone_at=None)

    def about(self, case: "Organisation | Application") -> Self:
        """Merges that kept this record."""
        return self.filter(**{f"kept_{case._meta.model_name}": case.pk})


class Merge(models.Model):
    """One record merged into another, by whom, and all that is needed to part them again.

    `taken` maps fields of the kept record (and of its partner, as „partner.text“) to the values before and after;
    `moved` lists the rows that followed: table, number, and for each changed column the value before and after.
    """

    kept_organisation = models.ForeignKey(
        "partners.Organisation", null=True, on_delete=models.CASCADE, related_name="merges", verbose_name="behalten"
    )
    merged_organisation = models.ForeignKey(
        "partners.Organisation", null=True, on_delete=models.CASCADE, related_name="+", verbose_name="aufgegangen"
    )
    kept_application = models.ForeignKey(
        "partners.Application", null=True, on_delete=models.CASCADE, related_name="merges", verbose_name="behalten"
    )
    merged_application = models.ForeignKey(
        "partners.Application", null=True, on_delete=models.CASCADE, related_name="+", verbose_name="aufgegangen"
    )
    taken = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    moved = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    former_logo = models.ForeignKey(
        "uploads.Upload",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        help_text="Kept with the merge: a file to which nothing refers is deleted.",
    )
    at = models.DateTimeField("zusammengeführt am", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name="durch"
    )
    undone_at = models.DateTimeField("zurückgenommen am", null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = "Zusammenführung"
        verbose_name_plural = "Zusammenführungen"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    ~Q(kept_organisation=F("merged_organisation")),
                    kept_organisation__isnull=False,
                    merged_organisation__isnull=False,
                    kept_application=None,
                    merged_application=None,
                )
                | Q(
                    ~Q(kept_application=F("merged_application")),
                    kept_application__isnull=False,
                    merged_application__isnull=False,
                    kept_organisation=None,
                    merged_organisation=None,
                ),
                name="merge_of_two_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["merged_organisation"], condition=Q(undone_at=None), name="organisation_merged_once"
            ),
            models.UniqueConstraint(
                fields=["merged_application"], condition=Q(undone_at=None), name="application_merged_once"
            ),
        ]

    def __str__(self) -> str:
        return f"„{self.merged}“ in „{self.kept}“"

    @property
    def kept(self) -> "Organisation | Application":
        return self.kept_organisation or self.kept_application

    @property
    def merged(self) -> "Organisation | Application":
        return self.merged_organisation or self.merged_application

    @property
    def undo_until(self) -> datetime:
        return self.at + UNDO_FOR

    @property
    def may_be_undone(self) -> bool:
        """Whether there is still time; what was built on it meanwhile says `merging.obstacles_to_undo`."""
        return self.undone_at is None and timezone.now() < self.undo_until

    def undo(self, *, by: object) -> None:
        """Mark it as taken back, once and in time."""
        now = timezone.now()
        row = Merge.objects.standing().filter(pk=self.pk, at__gt=now - UNDO_FOR)
        if not row.update(undone_at=now, undone_by=by):
            raise TransitionNotAllowed(f"merge {self.pk} was taken back before, or is too old")
        self.refresh_from_db()

    undo.alters_data = True


class NoDuplicate(models.Model):
    """Two records that look alike and are not the same, as somebody said. Cases as the mailbox names them."""

    first = models.CharField(max_length=60, editable=False)
    second = models.CharField(max_length=60, editable=False)
    at = models.DateTimeField("seit", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name="durch"
    )

    class Meta:
        verbose_name = "keine Dublette"
        verbose_name_plural = "keine Dubletten"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="each_pair_told_apart_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="pair_in_order"),
        ]
        indexes = [models.Index(fields=["second"], name="told_apart_second")]

    def __str__(self) -> str:
        return f"{self.first} ≠ {self.second}"
