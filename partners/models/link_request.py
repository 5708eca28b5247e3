from django.db import models
from django.utils import timezone

from klimapakt.fields import MailField


class LinkRequest(models.Model):
    """Somebody asked for the personal link of an address, known or not; the worker answers and deletes the row."""

    email = MailField("E-Mail")
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "Bitte um einen Link"
        verbose_name_plural = "Bitten um Links"

    def __str__(self) -> str:
        return f"link request {self.pk}"
