"""What is known about addresses: where nothing arrives, and who wants no more of something."""

from django.db import models
from django.utils import timezone

from klimapakt.fields import LineField, MailField
from klimapakt.mailbox.models.outgoing import OutgoingMail


class AddressProblem(models.Model):
    """An address at which mails do not arrive, in words for laymen. Gone as soon as somebody says it is well."""

    email = MailField("Adresse", unique=True, help_text="In lower case.")
    sentence = LineField("Hinweis", max_length=300)
    since = models.DateTimeField("seit", default=timezone.now)
    mail = models.ForeignKey(OutgoingMail, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = "Unzustellbare Adresse"
        verbose_name_plural = "Unzustellbare Adressen"
        ordering = ["email"]

    def __str__(self) -> str:
        return self.email


class Topic(models.TextChoices):
    """What a person can say no to. Mails of no topic are duties: receipts, decisions, codes, changes."""

    MAILING = "mailing", "Rundmails der Geschäftsstelle"
    INVITATION = "invitation", "Einladungen zu Veranstaltungen"
    NEWSLETTER = "newsletter", "Newsletter"


class OptOut(models.Model):
    """Somebody does not want mails of a topic any more."""

    email = MailField("Adresse", help_text="In lower case.")
    topic = models.CharField("Thema", max_length=20, choices=Topic)
    since = models.DateTimeField("seit", default=timezone.now)

    class Meta:
        verbose_name = "Abbestellung"
        verbose_name_plural = "Abbestellungen"
        ordering = ["-since"]
        constraints = [models.UniqueConstraint(fields=["email", "topic"], name="opted_out_once")]

    def __str__(self) -> str:
        return f"{self.email}: {self.get_topic_display()}"
