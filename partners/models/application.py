"""An application to join: its data and its states."""

import uuid
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from klimapakt.pact.models import Pact
from klimapakt.states import StateMachine
from partners.models.answers import Answers
from partners.models.matching import Matchable, match_indexes
from partners.models.merge import Mergeable, Recognised
from partners.models.partner import Partner
from partners.models.reviewed import NO_PROPOSAL, Reviewed, ReviewedQuerySet

if TYPE_CHECKING:
    from partners.models.applicant import Applicant


class ApplicationQuerySet(ReviewedQuerySet):
    def sent(self) -> Self:
        """What somebody sent in; a draft is nobody's business but the company's."""
        return self.exclude(status=Application.Status.DRAFT)

    def readable(self) -> Self:
        """What the office may read: sent in, by a proven address."""
        return self.exclude(status__in=Application.UNREAD)

    def undecided(self) -> Self:
        """What waits for the office's decision, also while the company is asked something."""
        return self.filter(status__in=Application.UNDECIDED)

    def unconfirmed_since(self, moment: datetime) -> Self:
        """Applications sent before that moment whose sender proved no address."""
        return self.filter(status=Application.Status.UNCONFIRMED, sent_at__lt=moment)

    def left_lying(self, *, since: datetime) -> Self:
        """Drafts that nobody saved since that moment."""
        return self.filter(status=Application.Status.DRAFT, saved_at__lt=since)

    def unproven(self) -> Self:
        """Applications none of whose people has proven an address."""
        return self.exclude(applicants__proven_at__isnull=False)

    def proven(self) -> Self:
        """Applications one of whose people at least has proven an address."""
        return self.exclude(pk__in=self.model.objects.unproven().values("pk"))


class Application(Answers, Reviewed, Recognised, Matchable, Mergeable, StateMachine):
    """A company's application: a draft that several people fill, then what was sent in.

    It becomes organisation, partner and contacts when the office accepts it.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Entwurf"
        UNCONFIRMED = "unconfirmed", "unbestätigt"
        SUBMITTED = "submitted", "eingegangen"
        IN_REVIEW = "in_review", "in Prüfung"
        QUERY = "query", "Rückfrage offen"
        ACCEPTED = "accepted", "aufgenommen"
        REJECTED = "rejected", "abgelehnt"
        WITHDRAWN = "withdrawn", "zurückgezogen"
        MERGED = "merged", "zusammengeführt"

    class Source(models.TextChoices):
        ONLINE = "online", "online"
        PAPER = "paper", "auf Papier"
        MAIL = "mail", "per E-Mail"
        PHONE = "phone", "am Telefon"

    UNREAD = frozenset({Status.DRAFT, Status.UNCONFIRMED})
    UNDECIDED = frozenset({Status.SUBMITTED, Status.IN_REVIEW, Status.QUERY})

    TRANSITIONS = {
        Status.DRAFT: {Status.UNCONFIRMED, Status.SUBMITTED},
        Status.UNCONFIRMED: {Status.SUBMITTED},
        Status.SUBMITTED: {Status.IN_REVIEW, Status.WITHDRAWN, Status.MERGED},
        Status.IN_REVIEW: {Status.QUERY, Status.ACCEPTED, Status.REJECTED, Status.WITHDRAWN, Status.MERGED},
        Status.QUERY: {Status.IN_REVIEW, Status.WITHDRAWN},
        Status.ACCEPTED: {Status.IN_REVIEW},  # undone
        Status.REJECTED: {Status.IN_REVIEW},  # undone
        Status.MERGED: {Status.SUBMITTED, Status.IN_REVIEW},  # undone
    }

    status = models.CharField("Stand", max_length=12, choices=Status, default=Status.DRAFT, editable=False)
    form_token = models.UUIDField(
        unique=True, editable=False, default=uuid.uuid4, help_text="Makes a form sent twice one application."
    )
    version = models.PositiveIntegerField(default=1)
    source = models.CharField("Eingang", max_length=10, choices=Source, default=Source.ONLINE, editable=False)
    created_at = models.DateTimeField("begonnen am", default=timezone.now, editable=False)
    saved_at = models.DateTimeField("zuletzt gespeichert", default=timezone.now, editable=False)
    sent_at = models.DateTimeField("gesendet am", null=True, editable=False)
    sent_by = models.ForeignKey(
        "partners.Applicant", null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    confirmed_at = models.DateTimeField("eingegangen am", null=True, editable=False)
    warned_at = models.DateTimeField("an den Entwurf erinnert am", null=True, editable=False)
    decided_at = models.DateTimeField("entschieden am", null=True, editable=False)
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
    chosen_consents = ArrayField(
        models.CharField(max_length=20),
        default=list,
        blank=True,
        editable=False,
        help_text="Purposes ticked in the draft; a consent is given when the application is sent.",
    )
    orders_newsletter = models.BooleanField("Newsletter an die Ansprechperson", default=False, editable=False)

    logo = models.ForeignKey(
        "uploads.Upload", null=True, on_delete=models.SET_NULL, related_name="+", editable=False, verbose_name="Logo"
    )
    logo_rights = models.BooleanField(
        "Das Logo darf verwendet werden", default=False, editable=False, help_text="Said with the logo, by the company."
    )

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
                condition=Q(status__in=["draft", "unconfirmed"]) | Q(confirmed_at__isnull=False),
                name="address_is_proven_before_review",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(sent_at__isnull=False), name="what_is_no_draft_was_sent"
            ),
            *Reviewed.Meta.constraints,
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False) | (~Q(status="merged") & Q(merged_into=None)),
                name="merged_application_says_into_which",
            ),
        ]
        indexes = match_indexes("application")

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """What the company's pages call it; in a draft the name may be emptied."""
        return f"Antrag von {self.name}" if self.name else "Ihr Antrag"

    @property
    def reference(self) -> str:
        """A number to quote on the phone. It opens nothing."""
        return f"{timezone.localtime(self.created_at).year}-{self.pk:04d}"

    def locked(self) -> Self:
        """Return it as it is stored, and keep others from changing it until the transaction ends."""
        return type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)

    def correspondent(self) -> "Applicant | None":
        """Return whom the office writes to: the contact, where that address is proven or entered by the office; else the
        sender.

        None for an application on paper without an address.
        """
        trusted = [person for person in self.applicants.all() if person.is_trusted and person.left_at is None]
        wanted = self.contact_email.lower()
        trusted.sort(key=lambda person: (person.email.lower() != wanted, person.pk != self.sent_by_id))
        return trusted[0] if trusted else None

    def named_deputy(self) -> str:
        """Return the deputy's name as typed, or that of the co-worker at this address; empty where nobody knows it."""
        if self.deputy_name or not self.deputy_email:
            return self.deputy_name
        people = (person for person in (self.applicants.all() if self.pk else ()) if person.left_at is None)
        return next((person.name for person in people if person.email.lower() == self.deputy_email.lower()), "")

    def deleted_on(self, pact: Pact) -> date:
        """Return the day on which a draft will be deleted if nobody saves it, or proves an address, before."""
        is_proven = any(person.is_proven for person in self.applicants.all())
        days = pact.delete_drafts_after_days if is_proven else pact.delete_unconfirmed_after_days
        return timezone.localdate(self.saved_at + timedelta(days=days))

    def told_status(self, pact: Pact) -> str:
        """Return the status as the company may know it: a decision shows when its mail is due, not before."""
        S = self.Status
        may_be_undone = self.status in {S.ACCEPTED, S.REJECTED} and timezone.now() < self.decided_at + pact.undo_time
        return S.IN_REVIEW if may_be_undone else self.status

    def is_open_as_told(self, pact: Pact) -> bool:
        """Whether the office has still to decide, as far as the company knows: all that it sees and may do goes by it."""
        return self.told_status(pact) in self.UNDECIDED

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_confirmed(self) -> bool:
        """Whether the office may read it."""
        return self.status not in self.UNREAD

    @property
    def is_open(self) -> bool:
        """Whether the office has still to decide."""
        return self.status in self.UNDECIDED

    def send(self, sender: "Applicant | None", *, is_proven: bool) -> None:
        """Hand the draft in; without a proven address it waits for the proof."""
        now = timezone.now()
        if is_proven:
            self._move_to(
                self.Status.SUBMITTED, only_from={self.Status.DRAFT}, sent_at=now, sent_by=sender, confirmed_at=now
            )
        else:
            self._move_to(self.Status.UNCONFIRMED, sent_at=now, sent_by=sender, warned_at=None)

    def confirm(self) -> None:
        """The sender's address is proven: the office may read the application."""
        self._move_to(self.Status.SUBMITTED, only_from={self.Status.UNCONFIRMED}, confirmed_at=timezone.now())

    def start_review(self, reviewer: object) -> None:
        self._move_to(self.Status.IN_REVIEW, only_from={self.Status.SUBMITTED}, reviewer=reviewer)

    def wait_for_answer(self) -> None:
        self._move_to(self.Status.QUERY)

    def resume_review(self) -> None:
        """The company has answered."""
        self._move_to(self.Status.IN_REVIEW, only_from={self.Status.QUERY})

    def accept(self, partner: Partner, *, made_organisation: bool, by: object) -> None:
        """`made_organisation` says whether undoing this may remove the organisation too."""
        self._decide(self.Status.ACCEPTED, by=by, partner=partner, made_organisation=made_organisation)

    def reject(self, reason: str, *, by: object) -> None:
        self._decide(self.Status.REJECTED, by=by, rejection_reason=reason)

    def undo_decision(self) -> None:
        self._move_to(
            self.Status.IN_REVIEW,
            only_from={self.Status.ACCEPTED, self.Status.REJECTED},
            partner=None,
            rejection_reason="",
            decided_at=None,
            decided_by=None,
        )

    def withdraw(self) -> None:
        self._move_to(self.Status.WITHDRAWN, decided_at=timezone.now())

    def merge_into(self, kept: "Application") -> None:
        """End it in favour of another application of the same organisation."""
        self._move_to(self.Status.MERGED, only_where={"proposed_at": None}, merged_into=kept)

    def part(self, *, former: str, touched_at: datetime) -> None:
        """Be an application of its own again, where and as it was."""
        self._move_to(former, only_from={self.Status.MERGED}, merged_into=None, touched_at=touched_at)

    def _decide(self, target: str, *, by: object, **changes: object) -> None:
        """Decide upon the proposal that was read, if there is one: it stays on record, and may not have changed."""
        self._move_to(
            target,
            only_where={"proposed_at": self.proposed_at},
            keep_proposal=True,
            decided_by=by,
            decided_at=timezone.now(),
            follow_up_on=None,
            follow_up_note="",
            **changes,
        )

    def _move_to(self, target: str, *, keep_proposal: bool = False, **options: object) -> None:
        """Move as every state machine does. What moves was touched, and a proposal ends with the review it was for."""
        super()._move_to(target, **{"touched_at": timezone.now()} | ({} if keep_proposal else NO_PROPOSAL) | options)

    for _method in (
        send,
        confirm,
        start_review,
        wait_for_answer,
        resume_review,
        accept,
        reject,
        undo_decision,
        withdraw,
        merge_into,
        part,
    ):
        _method.alters_data = True
    del _method


LINK_LIFETIME = timedelta(days=90)
"""How long a personal link to an application or to a partner's pages opens."""
