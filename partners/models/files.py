"""The papers a company adds to its application. (The logo stands on the application itself.)"""

from django.db import models
from django.utils import timezone

from partners.models.applicant import Applicant
from partners.models.application import Application


class ApplicationFileManager(models.Manager):
    """Brings the upload along, and leaves its bytes in the database."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("upload").defer("upload__content")


class ApplicationFile(models.Model):
    """A paper of an application. While the upload is in quarantine or refused, nobody opens it."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="files")
    upload = models.OneToOneField("uploads.Upload", on_delete=models.CASCADE, related_name="+", verbose_name="Datei")
    added_by = models.ForeignKey(
        Applicant, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name="hinzugefügt von"
    )
    added_at = models.DateTimeField("hinzugefügt am", default=timezone.now)

    objects = ApplicationFileManager()

    class Meta:
        verbose_name = "Unterlage"
        verbose_name_plural = "Unterlagen"
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return str(self.upload)
