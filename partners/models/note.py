"""What the office writes down for itself about a case. Notes are added, never changed."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from klimapakt.fields import ProseField

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


class Note(models.Model):
    """A note of one person of the office about one case. `by` keeps the name when the account is gone."""

    application = models.ForeignKey("partners.Application", null=True, on_delete=models.CASCADE, related_name="notes")
    interest = models.ForeignKey("partners.Interest", null=True, on_delete=models.CASCADE, related_name="notes")
    organisation = models.ForeignKey("partners.Organisation", null=True, on_delete=models.CASCADE, related_name="notes")
    text = ProseField("Notiz", max_length=3000)
    at = models.DateTimeField("Zeit", default=timezone.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.CharField("von", max_length=150, editable=False)

    class Meta:
        verbose_name = "Notiz"
        verbose_name_plural = "Notizen"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=False, interest=None, organisation=None)
                | Q(application=None, interest__isnull=False, organisation=None)
                | Q(application=None, interest=None, organisation__isnull=False),
                name="note_belongs_to_one_case",
            )
        ]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def write(cls, text: str, *, by: "AbstractUser", **case: models.Model) -> "Note":
        """Write a note about `application=`, `interest=` or `organisation=`."""
        return cls.objects.create(text=text, author=by, by=(by.get_full_name() or by.get_username())[:150], **case)
