"""The version of all that the public sees."""

from django.db import connection, models
from django.db.models import Q


class PublicVersion(models.Model):
    """One number that grows with every committed change of public content.

    Database triggers raise it (migration 0002), so that no way of changing a row can forget it. It is the
    last lock a transaction takes, at its commit.
    """

    number = models.BigIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_public_version")]

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        """Return the number, 0 before the first change."""
        with connection.cursor() as cursor:  # asked at each visit: a QuerySet would cost ten times as much CPU
            cursor.execute("SELECT number FROM website_publicversion")
            return (cursor.fetchone() or (0,))[0]
