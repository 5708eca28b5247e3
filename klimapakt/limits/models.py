"""What counts how often somebody did something. A row names nobody: its key is an HMAC."""

from datetime import datetime
from typing import Self

from django.db import models


class BucketQuerySet(models.QuerySet):
    def full(self, *, now: datetime) -> Self:
        """Buckets that are as if they had never been used."""
        return self.filter(full_at__lte=now)


class Bucket(models.Model):
    """A bucket of tokens that fills up steadily; `full_at` says when it is full again and so how many it holds now."""

    key = models.CharField(max_length=64, primary_key=True)
    full_at = models.DateTimeField(db_index=True)

    objects = BucketQuerySet.as_manager()

    class Meta:
        verbose_name = "Zähler"
        verbose_name_plural = "Zähler"

    def __str__(self) -> str:
        return self.key
