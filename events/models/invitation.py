"""Who was asked to come, and what they said."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from events.models.event import Event
from events.models.person import marks_of
from events.models.registration import Registration
from partners.models import Contact


class InvitationQuerySet(models.QuerySet):
    def of_person(self, *, address: str, contact: int | None) -> Self:
        """The invitations of a person, by address (in small letters) or as a contact (`marks_of`)."""
        own = Q(contact=contact) | Q(own_address=address) & ~Q(own_address="")
        return self.alias(own_address=Lower("contact__email")).filter(own)

    def unanswered(self) -> Self:
        """Those who have said nothing: neither yes or no, nor by a registration that counts."""
        coming = Registration.objects.active().of_person(
            address=Lower(OuterRef("contact__email")), contact=OuterRef("contact")
        )
        return self.filter(~Exists(coming.filter(event=OuterRef("event"))), answer=Invitation.Answer.OPEN)

    def of_silent_organisations(self) -> Self:
        """The unanswered ones of organisations for which nobody has answered."""
        registered = Registration.objects.proven().filter(organisation=OuterRef("contact__organisation"))
        settled = Invitation.objects.exclude(answer=Invitation.Answer.OPEN).filter(
            contact__organisation=OuterRef("contact__organisation")
        )
        same_event = {"event": OuterRef("event")}
        return self.unanswered().filter(~Exists(registered.filter(**same_event)), ~Exists(settled.filter(**same_event)))

    def settle(self, answer: str, *, now: datetime) -> int:
        """Note what these people said; returns how many of them had said something else before."""
        return self.exclude(answer=answer).update(answer=answer, answered_at=now)


class Invitation(models.Model):
    """One person asked to one event. Any contact of an organisation answers for it."""

    class Answer(models.TextChoices):
        OPEN = "open", "ohne Antwort"
        ACCEPTED = "accepted", "kommt"
        DECLINED = "declined", "kommt nicht"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="invitations", verbose_name="Veranstaltung")
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="invitations", verbose_name="Ansprechperson"
    )
    answer = models.CharField("Antwort", max_length=8, choices=Answer, default=Answer.OPEN, editable=False)
    invited_at = models.DateTimeField("eingeladen am", default=timezone.now, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="eingeladen von",
        editable=False,
    )
    """Empty for somebody who asked for the link."""
    answered_at = models.DateTimeField("geantwortet am", null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "Einladung"
        verbose_name_plural = "Einladungen"
        ordering = ["-invited_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "contact"], name="one_invitation_each"),
            models.CheckConstraint(
                condition=Q(answer="open", answered_at=None) | (~Q(answer="open") & Q(answered_at__isnull=False)),
                name="answer_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} · {self.event}"

    @property
    def marks(self) -> set[int | str]:
        """By what this person is known."""
        return marks_of(contact=self.contact_id, email=self.contact.email)

    @property
    def is_open(self) -> bool:
        return self.answer == self.Answer.OPEN

    @property
    def is_declined(self) -> bool:
        return self.answer == self.Answer.DECLINED
