"""An application to join: its data, its states, the office's questions and the steps on the way."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from klimapakt.fields import CountField, LineField, MailField, ProseField, WebField
from klimapakt.states import StateMachine
from klimapakt.uploads import document_path
from partners.models.organisation import Kind, Sector, size_label
from partners.models.partner import Partner


class ApplicationQuerySet(models.QuerySet):
    def unconfirmed_since(self, moment: datetime) -> Self:
        """Applications whose address nobody proved, last touched before that moment."""
        return self.filter(status=Application.Status.UNCONFIRMED, created_at__lt=moment)


class Application(StateMachine):
    """What a company sent in. It becomes organisation, partner and contacts when the office accepts it."""

    class Status(models.TextChoices):
        UNCONFIRMED = "unconfirmed", "unbestätigt"
        SUBMITTED = "submitted", "eingegangen"
        IN_REVIEW = "in_review", "in Prüfung"
        QUERY = "query", "Rückfrage offen"
        ACCEPTED = "accepted", "aufgenommen"
        REJECTED = "rejected", "abgelehnt"
        WITHDRAWN = "withdrawn", "zurückgezogen"

    TRANSITIONS = {
        Status.UNCONFIRMED: {Status.SUBMITTED},
        Status.SUBMITTED: {Status.IN_REVIEW, Status.WITHDRAWN},
        Status.IN_REVIEW: {Status.QUERY, Status.ACCEPTED, Status.REJECTED, Status.WITHDRAWN},
        Status.QUERY: {Status.IN_REVIEW, Status.WITHDRAWN},
        Status.ACCEPTED: {Status.IN_REVIEW},  # undone
        Status.REJECTED: {Status.IN_REVIEW},  # undone
    }

    status = models.CharField("Stand", max_length=12, choices=Status, default=Status.UNCONFIRMED, editable=False)
    form_token = models.UUIDField(
        unique=True, editable=False, default=uuid.uuid4, help_text="Makes a form sent twice one application."
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField("gesendet am", default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField("Adresse bestätigt am", null=True, editable=False)
    decided_at = models.DateTimeField("entschieden am", null=True, editable=False)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        verbose_name="in Prüfung bei",
    )
    rejection_reason = models.TextField("Grund der Ablehnung", blank=True, editable=False)
    partner = models.OneToOneField(
        Partner,
        null=True,
        on_delete=models.SET_NULL,
        related_name="application",
        editable=False,
        verbose_name="Partner",
    )

    made_organisation = models.BooleanField(default=False, editable=False)

    name = LineField("Name der Organisation")
    kind = models.CharField("Art der Organisation", max_length=12, choices=Kind, default=Kind.COMPANY)
    street = LineField("Straße und Hausnummer")
    postal_code = LineField("Postleitzahl", max_length=5)
    place = LineField("Ort", max_length=100)
    sector = models.CharField("Branche", max_length=1, choices=Sector)
    employees = CountField("Zahl der Beschäftigten", validators=[MinValueValidator(1), MaxValueValidator(1_000_000)])
    website = WebField("Internetseite", blank=True)

    contact_name = LineField("Name der Ansprechperson")
    contact_function = LineField("Funktion der Ansprechperson", max_length=120, blank=True)
    contact_email = MailField("E-Mail der Ansprechperson")
    contact_phone = LineField("Telefon der Ansprechperson", max_length=40, blank=True)
    signatory_name = LineField("Name der zeichnungsberechtigten Person")
    signatory_function = LineField("Funktion der zeichnungsberechtigten Person", max_length=120)

    already_doing = ProseField("Was Sie schon für das Klima tun", max_length=3000, blank=True)
    wishes = ProseField("Was Sie sich vom Pakt wünschen", max_length=3000, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = "Antrag auf Beitritt"
        verbose_name_plural = "Anträge auf Beitritt"
        ordering = ["-created_at"]
        permissions = [("review_application", "Kann Anträge prüfen und entscheiden")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="rejected") | ~Q(rejection_reason=""), name="rejection_carries_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(status="unconfirmed") | Q(confirmed_at__isnull=False),
                name="address_is_proven_before_review",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        """A number to quote on the phone. It opens nothing."""
        return f"{timezone.localtime(self.created_at).year}-{self.pk:04d}"

    def says(self, answers: dict[str, object]) -> bool:
        """Whether these are the answers of this application."""
        return all(getattr(self, field) == answer for field, answer in answers.items())

    @property
    def reviewer_name(self) -> str:
        return (self.reviewer.get_full_name() or self.reviewer.get_username()) if self.reviewer else ""

    @property
    def size_label(self) -> str:
        return size_label(self.employees)

    @property
    def is_confirmed(self) -> bool:
        return self.status != self.Status.UNCONFIRMED

    @property
    def is_open(self) -> bool:
        return self.status in (self.Status.SUBMITTED, self.Status.IN_REVIEW, self.Status.QUERY)

    @property
    def may_be_withdrawn(self) -> bool:
        return self.may_become(self.Status.WITHDRAWN)

    def confirm(self) -> None:
        """The contact's address is proven: the office may read the application."""
        self._move_to(self.Status.SUBMITTED, confirmed_at=timezone.now())

    def start_review(self, reviewer: object) -> None:
        self._move_to(self.Status.IN_REVIEW, only_from={self.Status.SUBMITTED}, reviewer=reviewer)

    def wait_for_answer(self) -> None:
        self._move_to(self.Status.QUERY)

    def resume_review(self) -> None:
        """The company has answered."""
        self._move_to(self.Status.IN_REVIEW, only_from={self.Status.QUERY})

    def accept(self, partner: Partner, *, made_organisation: bool) -> None:
        """`made_organisation` says whether undoing this may remove the organisation too."""
        self._move_to(
            self.Status.ACCEPTED, partner=partner, made_organisation=made_organisation, decided_at=timezone.now()
        )

    def reject(self, reason: str) -> None:
        self._move_to(self.Status.REJECTED, rejection_reason=reason, decided_at=timezone.now())

    def undo_decision(self) -> None:
        self._move_to(
            self.Status.IN_REVIEW,
            only_from={self.Status.ACCEPTED, self.Status.REJECTED},
            partner=None,
            rejection_reason="",
            decided_at=None,
        )

    def withdraw(self) -> None:
        self._move_to(self.Status.WITHDRAWN, decided_at=timezone.now())

    for _method in (confirm, start_review, wait_for_answer, resume_review, accept, reject, undo_decision, withdraw):
        _method.alters_data = True
    del _method


class ApplicationQuestion(models.Model):
    """A question of the office and the company's answer."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="questions")
    text = ProseField("Frage", max_length=2000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField("gestellt am", default=timezone.now)
    answer = ProseField("Antwort", max_length=3000, blank=True)
    answered_at = models.DateTimeField("beantwortet am", null=True)

    class Meta:
        verbose_name = "Rückfrage"
        verbose_name_plural = "Rückfragen"
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["application"], condition=Q(answered_at=None), name="one_open_question"),
        ]

    def __str__(self) -> str:
        return self.text


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


LINK_LIFETIME = timedelta(days=90)
"""How long a personal link to an application or to a partner's pages opens."""

CONFIRMATION_LIFETIME = timedelta(days=7)
"""How long the link that proves an address works."""
