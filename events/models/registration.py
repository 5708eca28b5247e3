"""Who comes, who waits, and how many seats that takes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Lower
from django.utils import timezone

from events.models.event import Event
from events.models.person import marks_of
from klimapakt.fields import LineField, MailField, ProseField
from klimapakt.statement import Statement
from klimapakt.states import StateMachine
from partners.models import Contact, Organisation


class RegistrationQuerySet(models.QuerySet):
    def proven(self) -> Self:
        """Registrations of a proven address (or of a known one), those that were withdrawn too."""
        return self.exclude(status=Registration.Status.UNCONFIRMED)

    def confirmed(self) -> Self:
        return self.filter(status=Registration.Status.CONFIRMED)

    def active(self) -> Self:
        """Those who have seats, and those who wait for them."""
        return self.filter(status__in=[Registration.Status.CONFIRMED, Registration.Status.WAITING])

    def waiting_in_order(self) -> Self:
        """The waiting list: whoever was accepted first stands first."""
        return self.filter(status=Registration.Status.WAITING).order_by("accepted_at", "pk")

    def of_person(self, *, address: str, contact: int | None) -> Self:
        """The proven registrations of a person, by address (in small letters) or as a contact (`marks_of`)."""
        own = Q(own_address=address)
        if contact is not None:  # else every stranger would be this person
            own |= Q(contact=contact)
        return self.proven().alias(own_address=Lower("email")).filter(own)

    def unconfirmed_since(self, moment: datetime) -> Self:
        """Registrations whose address nobody proved, sent before that moment."""
        return self.filter(status=Registration.Status.UNCONFIRMED, created_at__lt=moment)


class Registration(StateMachine):
    """One person's registration for one event, with a seat for each name.

    A new one begins unconfirmed when a stranger typed the address, else confirmed or waiting at once. Whoever
    withdrew and comes back keeps the row and joins the end of the row of those who wait.
    """

    class Status(models.TextChoices):
        UNCONFIRMED = "unconfirmed", "Adresse nicht bestätigt"
        CONFIRMED = "confirmed", "angemeldet"
        WAITING = "waiting", "auf der Warteliste"
        CANCELLED = "cancelled", "abgemeldet"

    TRANSITIONS = {
        Status.UNCONFIRMED: {Status.CONFIRMED, Status.WAITING},
        Status.WAITING: {Status.CONFIRMED, Status.CANCELLED},
        Status.CONFIRMED: {Status.CANCELLED},
        Status.CANCELLED: {Status.CONFIRMED, Status.WAITING},
    }

    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="registrations", verbose_name="Veranstaltung"
    )
    status = models.CharField("Stand", max_length=12, choices=Status, default=Status.UNCONFIRMED, editable=False)
    email = MailField("E-Mail")
    name = LineField("Wer hat angemeldet")
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="registrations",
        verbose_name="Partner",
    )
    """The partner whose seats these are; empty for everybody else."""
    organisation_name = LineField("Organisation", blank=True)
    contact = models.ForeignKey(
        Contact,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="registrations",
        verbose_name="Ansprechperson",
    )
    note = ProseField("Anmerkung", max_length=1000, blank=True)
    seats = models.PositiveSmallIntegerField("Plätze", default=1, validators=[MinValueValidator(1)], editable=False)
    created_at = models.DateTimeField("gesendet am", default=timezone.now, editable=False)
    accepted_at = models.DateTimeField("angenommen am", null=True, editable=False)
    """When the address was proven, or the form of somebody known came in: the order of the waiting list."""
    seated_at = models.DateTimeField("Platz erhalten am", null=True, editable=False)
    cancelled_at = models.DateTimeField("abgemeldet am", null=True, editable=False)
    form_token = models.UUIDField(null=True, editable=False)
    is_invented = models.BooleanField("erfunden (Testbetrieb)", default=False, editable=False)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = "Anmeldung"
        verbose_name_plural = "Anmeldungen"
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["event", "status", "accepted_at"], name="registration_in_order")]
        constraints = [
            models.UniqueConstraint(
                F("event"), Lower("email"), condition=~Q(status="unconfirmed"), name="one_registration_each"
            ),
            models.UniqueConstraint(fields=["event", "form_token"], name="one_registration_a_form"),
            models.CheckConstraint(condition=Q(seats__gte=1), name="registration_has_a_seat_to_fill"),
            models.CheckConstraint(
                condition=Q(status="unconfirmed", accepted_at=None)
                | (~Q(status="unconfirmed") & Q(accepted_at__isnull=False)),
                name="registration_is_accepted_once_proven",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(seated_at__isnull=False), name="confirmed_since_a_moment"
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at=None)),
                name="cancelled_since_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.event}"

    @property
    def is_unconfirmed(self) -> bool:
        return self.status == self.Status.UNCONFIRMED

    @property
    def is_confirmed(self) -> bool:
        return self.status == self.Status.CONFIRMED

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITING

    @property
    def is_cancelled(self) -> bool:
        return self.status == self.Status.CANCELLED

    @property
    def is_active(self) -> bool:
        return self.is_confirmed or self.is_waiting

    @property
    def shown_organisation(self) -> str:
        """The partner's name as it is today, else the name as it was typed; empty for a private person."""
        return self.organisation.name if self.organisation else self.organisation_name

    @property
    def names(self) -> list[str]:
        """Those who come, in the order in which they were typed."""
        return [attendee.name for attendee in self.attendees.all()]

    @property
    def marks(self) -> set[int | str]:
        """By what this person is known."""
        return marks_of(contact=self.contact_id, email=self.email)

    @property
    def version(self) -> str:
        """Stands for the names and the note: another one, when somebody has changed them."""
        return sha256(json.dumps([self.names, self.note]).encode()).hexdigest()

    @property
    def place_in_row(self) -> int:
        """The place on the waiting list, from 1."""
        before = Q(accepted_at__lt=self.accepted_at) | Q(accepted_at=self.accepted_at, pk__lt=self.pk)
        waiting = Registration.objects.filter(event=self.event_id, status=self.Status.WAITING)
        return waiting.filter(before).count() + 1

    def accept(self, *, has_seats: bool, now: datetime, **changes: object) -> None:
        """Take in a registration that is new or was withdrawn, with seats or at the end of the waiting list."""
        self._move_to(
            self.Status.CONFIRMED if has_seats else self.Status.WAITING,
            only_from={self.Status.UNCONFIRMED, self.Status.CANCELLED},
            accepted_at=now,
            seated_at=now if has_seats else None,
            cancelled_at=None,
            **changes,
        )

    def seat(self, *, now: datetime) -> None:
        """Give somebody who waits the seats."""
        self._move_to(self.Status.CONFIRMED, only_from={self.Status.WAITING}, seated_at=now)

    def cancel(self, *, now: datetime) -> None:
        """Give the seats back, or leave the waiting list."""
        self._move_to(self.Status.CANCELLED, cancelled_at=now)

    def write_names(self, names: Sequence[str]) -> None:
        """Replace those who come."""
        self.attendees.all().delete()
        self.write_first_names(names)

    def write_first_names(self, names: Sequence[str]) -> None:
        """Write down who comes, for a registration that has nobody yet."""
        Attendee.objects.bulk_create(
            Attendee(registration=self, position=position, name=name) for position, name in enumerate(names, start=1)
        )

    for _method in (accept, seat, cancel, write_names, write_first_names):
        _method.alters_data = True
    del _method


class Attendee(models.Model):
    """A name on a seat. A registration has as many as it has seats."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="attendees")
    position = models.PositiveSmallIntegerField("Reihenfolge", default=1)
    name = LineField("Vor- und Nachname")

    class Meta:
        verbose_name = "Teilnehmende Person"
        verbose_name_plural = "Teilnehmende"
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["registration", "position"], name="one_name_a_seat")]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Seats:
    """How many seats an event has and how many are taken, counted from the rows."""

    capacity: int | None
    """None: without limit."""
    taken: int = 0
    waiting: int = 0
    """Seats that people on the waiting list would like."""
    own: int = 0
    """Seats that the organisation asked about has or waits for."""

    @classmethod
    def of(cls, event: Event, organisation: Organisation | None = None) -> Self:
        """Count, in one query. True beyond the moment only while the event's row is locked."""
        found = _SEATS(event=event.pk, organisation=organisation.pk if organisation else None)
        counts = [count or 0 for count in found[0][1:]] if found else []
        return cls(event.capacity, *counts)

    @property
    def free(self) -> int | None:
        return None if self.capacity is None else max(self.capacity - self.taken, 0)

    @property
    def are_gone(self) -> bool:
        return self.free == 0

    def are_enough_for(self, wanted: int) -> bool:
        return self.free is None or wanted <= self.free


def _seats(event: int, organisation: int | None) -> models.QuerySet:
    status = Registration.Status
    return (
        Registration.objects.active()
        .filter(event=event)
        .order_by()
        .values_list("event")
        .annotate(
            taken=Sum("seats", filter=Q(status=status.CONFIRMED)),
            waiting=Sum("seats", filter=Q(status=status.WAITING)),
            own=Sum("seats", filter=Q(organisation=organisation)),
        )
    )


_SEATS = Statement(_seats)
