"""A file that somebody sent: in quarantine until the worker has examined it, then released or refused.

Its bytes are in the row (docs/decisions/0006), left in the database until they are asked for.
"""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models, transaction
from django.db.models import F, Q
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from klimapakt.fields import LineField
from klimapakt.mailbox.models import case_of
from klimapakt.states import StateMachine
from klimapakt.uploads import profiles

POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"

SECONDS_TO_EXAMINE = 90
"""Scanner and decoder have ends of their own; this one is for whatever else hangs."""

SECONDS_TO_LIVE = SECONDS_TO_EXAMINE + 15
LEASE = timedelta(seconds=SECONDS_TO_LIVE + 15)
"""So long a file belongs to the worker that has claimed it: longer than any examination can live."""

MOST_ATTEMPTS = 3
RETRY_AFTER = timedelta(minutes=1)

WAITS_TOO_LONG = timedelta(minutes=15)
"""From then on the office sees that something is wrong with the check."""

KEPT_UNUSED = timedelta(hours=1)
"""So long a file stays that nothing refers to any more."""


class UploadQuerySet(models.QuerySet):
    def about(self, case: models.Model) -> Self:
        """All files about one object."""
        return self.filter(about=case_of(case))

    def released(self) -> Self:
        """What may be read."""
        return self.filter(status=Upload.Status.RELEASED)

    def quarantined(self) -> Self:
        """What nobody may open yet."""
        return self.filter(status=Upload.Status.QUARANTINED)

    def kept(self) -> Self:
        """What takes room: all but the refused."""
        return self.exclude(status=Upload.Status.REFUSED)

    def waiting(self, *, now: datetime) -> Self:
        """Files that nobody is examining, also those whose worker vanished."""
        return self.quarantined().filter(Q(lease_until=None) | Q(lease_until__lte=now), due_at__lte=now)

    def stuck(self, *, now: datetime) -> Self:
        """Files that wait for so long that something must be wrong."""
        return self.quarantined().filter(created_at__lte=now - WAITS_TOO_LONG)

    def unused(self, *, now: datetime) -> Self:
        """Files that no row refers to (any more), and that are no longer new."""
        return self.filter(created_at__lte=now - KEPT_UNUSED).unreferenced()

    def unreferenced(self) -> Self:
        """Files that no row refers to; a new one may be about to be."""
        unreferenced = self
        for relation in Upload._meta.get_fields(include_hidden=True):
            if not (relation.auto_created and relation.is_relation):
                continue
            referring = relation.related_model._base_manager.filter(**{relation.field.name: models.OuterRef("pk")})
            unreferenced = unreferenced.exclude(models.Exists(referring))
        return unreferenced

    def claim(self, *, now: datetime) -> "Upload | None":
        """Give the next file to one worker until its lease ends, and commit that before it is opened.

        While one is examined there is none to claim: the worker's other process stays free for mails. The fresh come
        before the tried, so that a broken one stops no other.
        """
        with transaction.atomic():
            if self.quarantined().filter(lease_until__gt=now).exists():
                return None
            upload = (
                self.waiting(now=now)
                .filter(attempts__lt=MOST_ATTEMPTS)
                .defer(None)  # what is claimed is read at once
                .select_for_update(skip_locked=True, of=("self",))
                .order_by("attempts", "due_at", "created_at")
                .first()
            )
            if upload is not None:
                upload.attempts += 1
                upload.lease_until = now + LEASE
                self.filter(pk=upload.pk).update(attempts=F("attempts") + 1, lease_until=upload.lease_until)
        return upload


class UploadManager(models.Manager.from_queryset(UploadQuerySet)):
    """Leaves the bytes in the database until they are asked for. (`select_related` would fetch them: take the id.)"""

    def get_queryset(self) -> UploadQuerySet:
        return super().get_queryset().defer("content")


class Upload(StateMachine):
    """One file. Its id is no secret and opens nothing."""

    class Status(models.TextChoices):
        QUARANTINED = "quarantined", "wird geprüft"
        RELEASED = "released", "geprüft"
        REFUSED = "refused", "nicht angenommen"

    class Profile(models.TextChoices):
        LOGO = "logo", "Logo"
        DOCUMENT = "document", "Unterlage"

    TRANSITIONS = {Status.QUARANTINED: {Status.RELEASED, Status.REFUSED}}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    status = models.CharField("Stand", max_length=12, choices=Status, default=Status.QUARANTINED, editable=False)
    profile = models.CharField("Zweck", max_length=12, choices=Profile, editable=False)
    about = models.CharField("Vorgang", max_length=60, db_index=True, editable=False)
    name = LineField("Name", max_length=120, editable=False)
    content = models.BinaryField(null=True, editable=False)
    content_type = models.CharField("Art", max_length=40, editable=False)
    size = models.PositiveIntegerField("Größe in Byte", editable=False)
    received_sha256 = models.CharField(
        max_length=64, editable=False, help_text="Of the bytes as they came: the same file sent twice is one."
    )
    by = LineField("von", blank=True, editable=False)
    problem = LineField("Hinweis", max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField("hochgeladen", default=timezone.now, editable=False)
    decided_at = models.DateTimeField("geprüft", null=True, editable=False)
    due_at = models.DateTimeField(default=timezone.now, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField("Versuche", default=0, editable=False)
    waits_for = LineField(
        "wartet auf", max_length=300, blank=True, editable=False, help_text="What keeps the check from being done."
    )

    objects = UploadManager()

    class Meta:
        verbose_name = "Datei"
        verbose_name_plural = "Dateien"
        ordering = ["created_at"]
        base_manager_name = "objects"
        indexes = [models.Index(fields=["due_at"], name="upload_waiting", condition=Q(status="quarantined"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="refused", content=None) | Q(~Q(status="refused"), content__isnull=False),
                name="only_refused_uploads_have_no_content",
            ),
            models.CheckConstraint(condition=~Q(status="refused") | ~Q(problem=""), name="refused_upload_says_why"),
            models.UniqueConstraint(
                fields=["about", "profile", "received_sha256"],
                condition=~Q(status="refused"),
                name="each_file_of_a_case_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rules(self) -> profiles.Profile:
        return profiles.PROFILES[self.profile]

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.QUARANTINED

    @property
    def is_released(self) -> bool:
        return self.status == self.Status.RELEASED

    @property
    def is_refused(self) -> bool:
        return self.status == self.Status.REFUSED

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")

    def response(self, *, inline: bool) -> HttpResponse:
        """Return the file as an answer; `inline` shows it, which only images are. The caller has asked who may read.

        Raises Http404 before the release, whoever asks.
        """
        if not Upload.objects.released().filter(pk=self.pk).exists():
            raise Http404
        response = HttpResponse(self.content, content_type=self.content_type)
        response["Content-Disposition"] = content_disposition_header(not (inline and self.is_image), self.name)
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    def release(self, *, content: bytes, content_type: str, name: str) -> None:
        """Let the file be read, with the bytes that the examination made of it.

        Raises TransitionNotAllowed when another worker has decided.
        """
        self._move_to(
            self.Status.RELEASED,
            content=content,
            content_type=content_type,
            name=name,
            size=len(content),
            **self._decided(),
        )

    def refuse(self, problem: str) -> None:
        """Keep the German sentence that says why, and drop the bytes.

        Raises TransitionNotAllowed when another worker has decided.
        """
        self._move_to(self.Status.REFUSED, content=None, problem=problem, **self._decided())

    def wait_for(self, what: str, *, now: datetime) -> None:
        """Stay in quarantine and try again after a pause, as often as it takes: `what` is missing, not the file's fault."""
        Upload.objects.quarantined().filter(pk=self.pk, attempts=self.attempts).update(
            waits_for=what, attempts=0, due_at=now + RETRY_AFTER, lease_until=None
        )

    def retry_later(self, *, now: datetime) -> None:
        """Try again after a pause; whose attempts are used up is refused by the next sweep."""
        Upload.objects.quarantined().filter(pk=self.pk, attempts=self.attempts).update(
            due_at=now + RETRY_AFTER, lease_until=None
        )

    def _decided(self) -> dict[str, object]:
        return {"decided_at": timezone.now(), "lease_until": None, "waits_for": ""}

    for _method in (release, refuse, wait_for, retry_later):
        _method.alters_data = True
    del _method
