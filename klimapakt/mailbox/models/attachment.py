"""Files that go with mails."""

from django.db import models

from klimapakt.mailbox.models.outgoing import OutgoingMail


class MailAttachment(models.Model):
    """A file that goes with a mail, as it was when the mail was written."""

    mail = models.ForeignKey(OutgoingMail, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField("Name", max_length=120)
    content_type = models.CharField(max_length=120)
    content = models.BinaryField()

    class Meta:
        verbose_name = "Anhang"
        verbose_name_plural = "Anhänge"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
