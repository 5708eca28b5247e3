"""What happened, in the office's words: one row a fact, never changed."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

    from partners.models import Application, Interest, Organisation

COMPANY = "Unternehmen"
PORTAL = "Portal"


class TimelineEntry(models.Model):
    """A fact about an application, an organisation or an inquiry. `actor` is empty when the company or the portal acted."""

    application = models.ForeignKey(
        "partners.Application", null=True, on_delete=models.CASCADE, related_name="timeline"
    )
    organisation = models.ForeignKey(
        "partners.Organisation", null=True, on_delete=models.CASCADE, related_name="timeline"
    )
    interest = models.ForeignKey("partners.Interest", null=True, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField("Zeit", default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name="Person"
    )
    by = models.CharField("durch", max_length=150)
    text = models.TextField("Was")

    class Meta:
        verbose_name = "Verlaufseintrag"
        verbose_name_plural = "Verlauf"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(application__isnull=False)
                | models.Q(organisation__isnull=False)
                | models.Q(interest__isnull=False),
                name="timeline_entry_belongs_to_somebody",
            )
        ]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def note(
        cls,
        text: str,
        *,
        by: "AbstractUser | str",
        application: "Application | None" = None,
        organisation: "Organisation | None" = None,
        interest: "Interest | None" = None,
    ) -> None:
        """Write down a fact; `by` is a member of staff, or who else acted: COMPANY or PORTAL."""
        person = None if isinstance(by, str) else by
        cls.objects.create(
            application=application,
            organisation=organisation,
            interest=interest,
            actor=person,
            by=(by if person is None else person.get_full_name() or person.get_username())[:150],
            text=text,
        )
