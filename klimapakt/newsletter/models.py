"""Who ordered the newsletter, when, and in which words."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from klimapakt.fields import LineField, MailField
from klimapakt.mailbox.models import OptOut, Topic
from klimapakt.pact.models import Pact

CONFIRMATION_LIFETIME = timedelta(days=7)
"""So long the link in the mail confirms an order."""


class SubscriptionQuerySet(models.QuerySet):
    def active(self) -> Self:
        """Confirmed orders that nobody ended."""
        return self.exclude(confirmed_at=None).exclude(_ended())

    def unconfirmed_since(self, limit: datetime) -> Self:
        """Orders from before the limit that nobody confirmed."""
        return self.filter(confirmed_at=None, asked_at__lt=limit)


def _ended() -> Exists:
    return Exists(OptOut.objects.filter(topic=Topic.NEWSLETTER, email=OuterRef("email")))


class Subscription(models.Model):
    """One address. What ends it is the person's `OptOut`, the same that every mail of this topic asks for."""

    email = MailField("E-Mail-Adresse", unique=True, help_text="In lower case.")
    asked_at = models.DateTimeField("bestellt", default=timezone.now)
    confirmed_at = models.DateTimeField("bestätigt", null=True)
    text = LineField("Einwilligung", max_length=500, help_text="As it was read.")

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = "Bestellung des Newsletters"
        verbose_name_plural = "Bestellungen des Newsletters"
        ordering = ["email"]

    def __str__(self) -> str:
        return self.email

    @property
    def is_active(self) -> bool:
        return Subscription.objects.active().filter(pk=self.pk).exists()


def consent_text(pact: Pact) -> str:
    """Return what a person agrees to."""
    return (
        f"Ich möchte per E-Mail den Newsletter vom {pact.name} bekommen. Meine Einwilligung kann ich jederzeit"
        " widerrufen, am einfachsten über den Link am Ende jeder Ausgabe."
    )
