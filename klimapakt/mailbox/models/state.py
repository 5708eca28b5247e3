"""The state of the sender as a whole: one row."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from klimapakt.fields import LineField


class MailboxState(models.Model):
    """What the portal remembers about its mailbox (row 1)."""

    stopped_at = models.DateTimeField("steht seit", null=True, editable=False)
    stopped_because = LineField("Grund", max_length=300, blank=True, editable=False)
    stopped_with = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Fingerprint of the settings that failed; others may try."
    )
    slowed_until = models.DateTimeField(
        "bis dahin Pause", null=True, editable=False, help_text="The server asked for patience."
    )
    refusals_in_a_row = models.PositiveSmallIntegerField(default=0, editable=False)
    database = models.CharField(
        max_length=100, blank=True, editable=False, help_text="Which database this is; a restored one differs."
    )
    held_at = models.DateTimeField("angehalten seit", null=True, editable=False)
    held_because = LineField("Grund", max_length=300, blank=True, editable=False)
    server_files_copies = models.BooleanField(
        null=True, editable=False, help_text="Whether the server itself puts a copy into its sent folder (check_mail)."
    )
    checked_at = models.DateTimeField("geprüft", null=True, editable=False)
    digest_on = models.DateField(
        null=True, editable=False, help_text="The last morning whose digest was written, or found needless."
    )
    inbox_problem = LineField("Posteingang", max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = "Postfach"
        verbose_name_plural = "Überblick"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_mailbox")]

    def __str__(self) -> str:
        return "Postfach"

    @property
    def lets_send(self) -> bool:
        """Whether neither a failure nor a restore keeps the mails back."""
        is_slowed = self.slowed_until is not None and self.slowed_until > timezone.now()
        return self.stopped_at is None and self.held_at is None and not is_slowed

    @classmethod
    def load(cls) -> "MailboxState":
        """Return the row, written at first need."""
        return cls.objects.get_or_create(pk=1)[0]
