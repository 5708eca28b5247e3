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
from klimapakt.statement import Statement
from klimapakt.states import TransitionNotAllowed


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
    def prepare(cls, purpose: str, object_id: int, *, email: str, valid_for: timedelta) -> Self:
        """Return a link for one person and one object that somebody else will save, many at once."""
        now = timezone.now()
        return cls(purpose=purpose, object_id=object_id, email=email, created_at=now, expires_at=now + valid_for)

    @classmethod
    def issue(cls, purpose: str, object_id: int, *, email: str, valid_for: timedelta) -> Self:
        """Create a link for one person and one object; `valid_for` counts from now."""
        link = cls.prepare(purpose, object_id, email=email, valid_for=valid_for)
        link.save(force_insert=True)
        return link

    @classmethod
    def find(cls, token: str) -> Self | None:
        """Return the live link of a token, or None; the MAC is checked before the row is believed."""
        identifier, _, mac = token.partition(".")
        try:
            found = _LIVE(now=timezone.now(), pk=uuid.UUID(identifier))
        except ValueError:
            return None
        return next((link for link in found if link._is_signed_by(mac)), None)

    def url(self) -> str:
        """Return the address to be mailed. Whoever has it is this person: call it only while sending."""
        token = f"{self.pk}.{self._mac(settings.LINK_KEYS[0])}"
        return settings.PORTAL_BASE_URL + reverse("links:open", args=[token])

    def _is_signed_by(self, mac: str) -> bool:
        return any(hmac.compare_digest(mac.encode(), self._mac(key).encode()) for key in settings.LINK_KEYS)

    def _mac(self, key: str) -> str:
        digest = _digest(key, f"{self.pk}|{self.purpose}|{self.object_id}|{self.email}")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


_LIVE = Statement(lambda now, pk: AccessLink.objects.live(now=now).filter(pk=pk))


def _digest(key: str, message: str) -> bytes:
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()


CODE_DIGITS = 8
CODE_LIFETIME = timedelta(minutes=10)
CODE_TRIES = 5


class OneTimeCode(models.Model):
    """The second step for what matters: digits mailed to the link's own address, good once and for minutes.

    Like the link's token they are computed from the row and a key while the mail is sent, so they stand in no
    table. Length, lifetime and tries follow OWASP ASVS 5.0, 6.5 and 6.6.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    link = models.ForeignKey(AccessLink, on_delete=models.CASCADE, related_name="codes")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "Code"
        verbose_name_plural = "Codes"
        constraints = [models.CheckConstraint(condition=Q(tries__lte=CODE_TRIES), name="code_has_a_last_try")]

    def __str__(self) -> str:
        return f"code of link {self.link_id}"

    @property
    def tries_left(self) -> int:
        return CODE_TRIES - self.tries

    def digits(self) -> str:
        """Return what is mailed. Call it only while sending."""
        return self._digits(settings.LINK_KEYS[0])

    def matches(self, typed: str) -> bool:
        """Whether somebody typed this code; spaces do not count."""
        typed = "".join(typed.split())
        return any(
            hmac.compare_digest(typed.encode(errors="replace"), self._digits(key).encode())
            for key in settings.LINK_KEYS
        )

    def _digits(self, key: str) -> str:
        number = int.from_bytes(_digest(key, f"code|{self.pk}|{self.link_id}"))
        return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}d}"

    def use(self) -> None:
        """Spend the code, in the transaction of what it allows. Raises TransitionNotAllowed the second time."""
        if not OneTimeCode.objects.filter(pk=self.pk, used_at=None).update(used_at=timezone.now()):
            raise TransitionNotAllowed("the code was used before")

    use.alters_data = True
