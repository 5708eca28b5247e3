"""Files that must not change: a document is a row, written in the transaction of its cause.

An ordered one holds its HTML from the start and gets its bytes from the worker; an uploaded one comes with them.
Triggers (migration 0002) let nobody change what was ordered or filled, nor delete what is kept.
"""

from datetime import datetime, timedelta
from typing import Self

from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Length
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from klimapakt.fields import LineField
from klimapakt.mailbox.models import case_of

PDF = "application/pdf"

POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
POLICY_OF_A_SHOWN_PDF = "default-src 'none'; frame-ancestors 'none'; object-src 'self'; style-src 'unsafe-inline'"
"""What a browser's own viewer needs: its page has styles in its tags, and some show nothing in a sandbox."""

SECONDS_TO_RENDER = 60
"""A usual document takes half a second. Whatever takes so long is broken."""

SECONDS_TO_LIVE = SECONDS_TO_RENDER + 15
"""A rendering that does not hear that its time is over is killed."""

LEASE = timedelta(seconds=SECONDS_TO_LIVE + 15)
"""So long a document belongs to the worker that has claimed it: longer than any rendering can live."""

MOST_ATTEMPTS = 3
RETRY_AFTER = timedelta(minutes=1)

READABLE_FOR = timedelta(days=1)
"""So long a document that is not kept can be fetched."""

FORGOTTEN_AFTER = timedelta(days=7)
"""So long the office sees that a document that is not kept could not be made."""


class DocumentQuerySet(models.QuerySet):
    def about(self, case: models.Model) -> Self:
        """All documents about one object."""
        return self.filter(about=case_of(case))

    def waiting(self, *, now: datetime) -> Self:
        """Ordered documents that nobody is rendering, also those whose worker vanished."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lte=now), content=None, problem="", due_at__lte=now)

    def broken(self) -> Self:
        """Ordered documents that the portal has given up."""
        return self.filter(content=None).exclude(problem="")

    def outdated(self, *, now: datetime) -> Self:
        """Documents that nobody keeps and nobody will fetch any more."""
        return self.filter(
            Q(ready_at__lte=now - READABLE_FOR) | Q(ready_at=None, created_at__lte=now - FORGOTTEN_AFTER),
            is_kept=False,
        )

    def claim(self, *, now: datetime) -> "Document | None":
        """Give the next document to one worker until its lease ends, and commit that before anything is rendered.

        While one is rendered there is none to claim: the worker's other process stays free for mails. The fresh
        come before the tried, the short before the long, so that a broken or huge one stops no other.
        """
        with transaction.atomic():
            if self.filter(content=None, lease_until__gt=now).exists():
                return None
            document = (
                self.waiting(now=now)
                .filter(attempts__lt=MOST_ATTEMPTS)
                .defer(None)  # what is claimed is read at once
                .select_for_update(skip_locked=True, of=("self",))
                .order_by("attempts", Length("html"), "pk")
                .first()
            )
            if document is not None:
                document.attempts += 1
                document.lease_until = now + LEASE
                self.filter(pk=document.pk).update(attempts=F("attempts") + 1, lease_until=document.lease_until)
        return document


class DocumentManager(models.Manager.from_queryset(DocumentQuerySet)):
    """Leaves the bulky columns in the database until they are asked for."""

    def get_queryset(self) -> DocumentQuerySet:
        return super().get_queryset().defer("html", "content")


class Document(models.Model):
    """One file. Its key says what makes it this one and no other."""

    key = models.CharField("Schlüssel", max_length=200, unique=True, editable=False)
    kind = models.CharField("Art", max_length=60, editable=False)
    about = models.CharField("Vorgang", max_length=60, db_index=True, editable=False)
    name = LineField("Name", help_text="Name der Datei mit Endung.", editable=False)
    html = models.TextField(blank=True, editable=False)
    content = models.BinaryField(null=True, editable=False)
    content_type = models.CharField(max_length=100, default=PDF, editable=False)
    sha256 = models.GeneratedField(
        verbose_name="SHA-256",
        expression=models.Func(
            models.Func("content", function="sha256", output_field=models.BinaryField()),
            Value("hex"),
            function="encode",
            output_field=models.CharField(),
        ),
        output_field=models.CharField(max_length=64, null=True),
        db_persist=True,
    )
    is_kept = models.BooleanField("wird aufbewahrt", editable=False)
    is_invented = models.BooleanField("erfunden", default=False, editable=False)
    created_at = models.DateTimeField("angelegt", default=timezone.now, editable=False)
    ready_at = models.DateTimeField("fertig", null=True, editable=False)
    due_at = models.DateTimeField("fällig", default=timezone.now, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField("Versuche", default=0, editable=False)
    problem = LineField("Hinweis", max_length=300, blank=True, editable=False)

    objects = DocumentManager()

    class Meta:
        verbose_name = "Dokument"
        verbose_name_plural = "Dokumente"
        indexes = [models.Index(fields=["due_at"], name="document_waiting", condition=Q(content=None))]
        constraints = [
            models.CheckConstraint(
                condition=Q(content=None, ready_at=None) | Q(content__isnull=False, ready_at__isnull=False, problem=""),
                name="document_with_content_has_a_time_and_no_problem",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ready(self) -> bool:
        return self.ready_at is not None

    @property
    def is_broken(self) -> bool:
        """Whether the portal has given up; `problem` says so to the office."""
        return not self.is_ready and bool(self.problem)

    @property
    def is_waiting(self) -> bool:
        return not self.is_ready and not self.problem

    def response(self, *, download: bool) -> HttpResponse:
        """Return the file as an answer, to be saved or to be shown. The caller has asked who may read it."""
        response = HttpResponse(self.content, content_type=self.content_type)
        response["Content-Disposition"] = content_disposition_header(download, self.name)
        response["X-Content-Type-Options"] = "nosniff"
        is_shown_pdf = self.content_type == PDF and not download
        response["Content-Security-Policy"] = POLICY_OF_A_SHOWN_PDF if is_shown_pdf else POLICY
        return response

    def fill(self, content: bytes, *, now: datetime) -> bool:
        """Give an ordered document its bytes; False when another worker has done so."""
        if not self._unfilled().update(content=content, ready_at=now, lease_until=None, problem=""):
            return False
        self.refresh_from_db(fields=["sha256", "ready_at", "problem"])
        self.content = content
        return True

    def retry_later(self, problem: str, *, now: datetime) -> None:
        """Try again after a pause; after the last attempt give up with a German sentence for the office."""
        if self.attempts >= MOST_ATTEMPTS:
            return self.give_up(problem)
        self._unfilled(attempts=self.attempts).update(due_at=now + RETRY_AFTER, lease_until=None)

    def give_up(self, problem: str) -> None:
        """Note why this document cannot be made. A worker whose lease ran out has no say in what the next one does."""
        self._unfilled(attempts=self.attempts).update(problem=problem, lease_until=None)

    def try_again(self) -> bool:
        """Order a broken document once more, at a person's wish; False when it is not broken (any more)."""
        return bool(self._unfilled().exclude(problem="").update(problem="", attempts=0, due_at=timezone.now()))

    for _method in (fill, retry_later, give_up, try_again):
        _method.alters_data = True
    del _method

    def _unfilled(self, **where: object) -> models.QuerySet:
        return Document.objects.filter(pk=self.pk, content=None, **where)
