"""The people of a company who fill an application, and what each of them saved."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from klimapakt.fields import LineField, MailField


class Applicant(models.Model):
    """A person of the company who fills and reads an application. Each has a personal link of her or his own.

    The link's object is the application, its address tells the person.
    """

    application = models.ForeignKey("partners.Application", on_delete=models.CASCADE, related_name="applicants")
    name = LineField("Name", blank=True)
    email = MailField("E-Mail")
    invited_by = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField("dabei seit", default=timezone.now)
    proven_at = models.DateTimeField("Adresse bestätigt am", null=True)
    is_vouched = models.BooleanField("Adresse von der Geschäftsstelle eingetragen", default=False)
    left_at = models.DateTimeField("ausgeschieden am", null=True)

    class ApplicantQuerySet(models.QuerySet):
        def present(self) -> Self:
            """People who still take part."""
            return self.filter(left_at=None)

        def trusted(self) -> Self:
            """People whose address was proven, or entered by the office."""
            return self.exclude(proven_at=None, is_vouched=False)

    objects = ApplicantQuerySet.as_manager()

    class Meta:
        verbose_name = "mitwirkende Person"
        verbose_name_plural = "Mitwirkende"
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                "application", Lower("email"), condition=Q(left_at=None), name="each_applicant_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_proven(self) -> bool:
        return self.proven_at is not None

    @property
    def is_trusted(self) -> bool:
        """Whether the office writes to this address: somebody proved it, or the office entered it itself."""
        return self.is_proven or self.is_vouched


class SavedStep(models.Model):
    """Who saved a step of the form last, and when."""

    application = models.ForeignKey("partners.Application", on_delete=models.CASCADE, related_name="saved_steps")
    step = models.CharField(max_length=20, editable=False)
    saved_by = models.ForeignKey(Applicant, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)
    changes = models.JSONField(
        default=dict,
        help_text="By field: the page on which it was changed last, by which applicant, and when.",
    )

    class Meta:
        verbose_name = "gespeicherter Schritt"
        verbose_name_plural = "gespeicherte Schritte"
        constraints = [models.UniqueConstraint(fields=["application", "step"], name="each_step_saved_once")]

    def __str__(self) -> str:
        return self.step
