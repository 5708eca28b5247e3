"""What came into the office's mailbox and concerns a mail of ours; all other mail is none of the portal's business."""

from typing import Self

from django.db import models
from django.db.models import F
from django.utils import timezone

from klimapakt.fields import LineField, MailField
from klimapakt.mailbox.models.outgoing import OutgoingMail
from klimapakt.mailbox.models.queue import case_of


class IncomingMailQuerySet(models.QuerySet):
    def about(self, case: models.Model) -> Self:
        """All that came in about one object."""
        return self.filter(about=case_of(case))


class IncomingMail(models.Model):
    """A notice that a mail did not arrive, or an answer by somebody we know. The mailbox itself stays as it is."""

    class Kind(models.TextChoices):
        BOUNCE = "bounce", "Unzustellbar-Meldung"
        REPLY = "reply", "Antwort"

    fingerprint = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what identifies the message.")
    kind = models.CharField("Art", max_length=10, choices=Kind)
    received_at = models.DateTimeField("eingegangen")
    read_at = models.DateTimeField("gelesen", default=timezone.now)
    from_email = MailField("Von", blank=True)
    from_name = LineField("Name", blank=True)
    subject = LineField("Betreff", max_length=250, blank=True)
    text = models.TextField("Text", blank=True)
    is_shortened = models.BooleanField("gekürzt", default=False)
    answers = models.ForeignKey(
        OutgoingMail, null=True, blank=True, on_delete=models.SET_NULL, related_name="answers", verbose_name="zu"
    )
    about = models.CharField("Vorgang", max_length=60, blank=True, db_index=True)
    text_deleted_at = models.DateTimeField("Text gelöscht", null=True, editable=False)

    objects = IncomingMailQuerySet.as_manager()

    class Meta:
        verbose_name = "Eingang"
        verbose_name_plural = "Eingänge"
        ordering = ["-received_at"]

    def __str__(self) -> str:
        return self.subject or self.get_kind_display()

    @property
    def shown_sender(self) -> str:
        """Who says to have written it; after the pact's days nobody knows any more."""
        if self.text_deleted_at:
            return "gelöscht"
        return self.from_name or self.from_email or "unbekannt"


class ReadMark(models.Model):
    """How far the portal has read a folder: our side's memory, so that nothing in the mailbox need change."""

    folder = models.CharField(max_length=300, unique=True, help_text="Account and folder.")
    uid_validity = models.PositiveBigIntegerField()
    last_uid = models.PositiveBigIntegerField()
    read_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(
        default=0, help_text="So often somebody began with the message after it and did not come past it; see TRY."
    )

    class Meta:
        verbose_name = "Lesezeichen"
        verbose_name_plural = "Lesezeichen"

    def __str__(self) -> str:
        return f"{self.folder}: {self.last_uid}"

    TRY = 6
    """What a try counts that ended the reader itself. One that the server ended counts one: that may be its trouble."""

    def begin(self) -> None:
        """Count a try, so that a message which ends the reader itself is passed over some time."""
        self._count(self.TRY)

    def blame_the_server(self) -> None:
        """Count less for the try that has just ended: it was not the reader that ended."""
        if self.tries:  # else it came past the message
            self._count(1 - self.TRY)

    def _count(self, number: int) -> None:
        self.tries += number
        ReadMark.objects.filter(pk=self.pk).update(tries=F("tries") + number)

    def move_to(self, uid: int) -> None:
        """Note that everything up to this message is done with."""
        self.last_uid, self.tries, self.read_at = uid, 0, timezone.now()
        self.save(update_fields=["last_uid", "tries", "read_at"])

    for _method in (begin, blame_the_server, move_to):
        _method.alters_data = True
    del _method
