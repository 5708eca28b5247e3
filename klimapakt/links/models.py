"""Personal links: one purpose, one person, one object, an end, and a revocation.

The token is `id.HMAC`: the row alone opens nothing, so neither the database nor a backup holds a usable
link. It is made when the mail is sent and stands nowhere else (docs/decisions/0004).
"""

import base64
import hashlib
import hmac
import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from klimapakt.fields import MailField


class AccessLinkQuerySet(models.QuerySet):
    def live(self, *, now: datetime) -> Self:
        """Links that still open something."""
        return self.filter(revoked_at=None, expires_at__gt=now)

    def to(self, purpose: str, object_id: int) -> Self:
        return self.filter(purpose=purpose, object_id=object_id)

    def revoke(self) -> int:
        """Close these links at once; sessions opened by them end with the next request."""
        return self.filter(revoked_at=None).update(revoked_at=timezone.now())


class AccessLink(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    email = MailField()
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = AccessLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "persönlicher Link"
        verbose_name_plural = "persönliche Links"
        indexes = [models.Index(fields=["purpose", "object_id"], name="links_by_object")]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="link_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.object_id}"

    @classmethod
    def issue(cls, purpose: str, object_id: int, *, email: str, valid_for: timedelta) -> Self:
        """Create a link for one person and one object; `valid_for` counts from now."""
        now = timezone.now()
        return cls.objects.create(
            purpose=purpose, object_id=object_id, email=email, created_at=now, expires_at=now + valid_for
        )

    @classmethod
    def find(cls, token: str) -> Self | None:
        """Return the live link of a token, or None; the MAC is checked before the row is believed."""
        identifier, _, mac = token.partition(".")
        try:
            link = cls.objects.live(now=timezone.now()).filter(pk=uuid.UUID(identifier)).first()
        except ValueError:
            return None
        if link is None or not any(
            hmac.compare_digest(mac.encode(), link._mac(key).encode()) for key in settings.LINK_KEYS
        ):
            return None
        return link

    def url(self) -> str:
        """Return the address to be mailed. Whoever has it is this person: call it only while sending."""
        token = f"{self.pk}.{self._mac(settings.LINK_KEYS[0])}"
        return settings.PORTAL_BASE_URL + reverse("links:open", args=[token])

    def _mac(self, key: str) -> str:
        message = f"{self.pk}|{self.purpose}|{self.object_id}|{self.email}".encode()
        digest = hmac.new(key.encode(), message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
