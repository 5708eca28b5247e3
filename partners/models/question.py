"""What the office asks about an application, and the steps on the way that it records."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from klimapakt.fields import LineField, ProseField
from klimapakt.uploads import document_path
from partners.models.application import Application


class ApplicationQuestion(models.Model):
    """A question of the office, perhaps about one field, and the company's answer."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="questions")
    field = models.CharField("Angabe", max_length=40, blank=True, editable=False)
    text = ProseField("Frage", max_length=2000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField("gestellt am", default=timezone.now)
    answer = ProseField("Antwort", max_length=3000, blank=True)
    answered_at = models.DateTimeField("beantwortet am", null=True)
    answered_by = LineField("beantwortet von", blank=True)
    taken_back_at = models.DateTimeField("zurückgenommen am", null=True)

    class QuestionQuerySet(models.QuerySet):
        def open(self) -> Self:
            """Questions that still wait for an answer."""
            return self.filter(answered_at=None, taken_back_at=None)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = "Rückfrage"
        verbose_name_plural = "Rückfragen"
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "field"],
                condition=Q(answered_at=None, taken_back_at=None) & ~Q(field=""),
                name="one_open_question_a_field",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.taken_back_at is None

    @property
    def about(self) -> str:
        """The label of the answer that this question is about; empty when it is about none."""
        return str(Application._meta.get_field(self.field).verbose_name) if self.field else ""


class ApplicationStep(models.Model):
    """A step the pact asks for before acceptance, recorded by the office with day and document."""

    class Kind(models.TextChoices):
        ORIENTATION_TALK = "orientation_talk", "Orientierungsgespräch"
        LETTER_OF_INTENT = "letter_of_intent", "Absichtserklärung (LoI)"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField("Schritt", max_length=20, choices=Kind)
    done_on = models.DateField("am")
    document = models.FileField("Dokument", upload_to=document_path, blank=True)
    document_name = models.CharField(max_length=120, blank=True)
    note = ProseField("Notiz", max_length=1000, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "Schritt"
        verbose_name_plural = "Schritte"
        ordering = ["done_on"]
        constraints = [models.UniqueConstraint(fields=["application", "kind"], name="each_step_once")]

    def __str__(self) -> str:
        return self.get_kind_display()
