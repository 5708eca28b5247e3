"""What the office made of a mail's shipped words; every version stays."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from klimapakt.fields import LineField


class MailWordingQuerySet(models.QuerySet):
    def current(self, kind: str) -> "MailWording | None":
        """Return the newest version of one kind of mail; None while nobody changed the shipped text."""
        return self.filter(kind=kind).order_by("-number").first()


class MailWording(models.Model):
    """One version of subject and text of one kind of mail. Written once, never changed."""

    kind = models.CharField("Art", max_length=60)
    number = models.PositiveSmallIntegerField("Fassung")
    subject = LineField("Betreff", max_length=250)
    body = models.TextField("Text")
    is_shipped = models.BooleanField("mitgelieferter Text", default=False, help_text="Somebody went back to it.")
    created_at = models.DateTimeField("geändert", default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name="von"
    )

    objects = MailWordingQuerySet.as_manager()

    class Meta:
        verbose_name = "Mailtext"
        verbose_name_plural = "Mailtexte"
        ordering = ["kind", "-number"]
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="mail_wording_is_numbered_once")]

    def __str__(self) -> str:
        return f"{self.kind}, Fassung {self.number}"
