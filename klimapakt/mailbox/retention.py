"""What the portal forgets of its mails after the pact's days: what they say, and from whom to whom.

Kind, case, times and state stay: enough for staff to see that a mail went out, and not to whom.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone

from klimapakt.mailbox import kinds
from klimapakt.mailbox.models import IncomingMail, MailAttachment, OutgoingMail
from klimapakt.pact.models import Pact

CHUNK = 500
"""Mails a transaction; small enough that nobody waits for one of their rows."""

FORGOTTEN = {
    **dict.fromkeys(["body", "html", "reason", "to_name", "from_email", "from_name"], ""),
    "to_email": Case(When(topic="", then=Value("")), default=F("to_email"), output_field=CharField()),
}
"""Where people can unsubscribe the address stays: the link in an old newsletter has to work (Art. 21 GDPR)."""
FORGOTTEN_OF_INCOMING = dict.fromkeys(["text", "subject", "from_email", "from_name"], "")


def delete_bodies(*, now: datetime | None = None) -> int:
    """Forget mails that came to their end so long ago, and what came in; returns how many of both.

    What still waits, needs a person, or has a copy to be filed stays as it is.
    """
    now = now or timezone.now()
    before = now - timedelta(days=Pact.load().delete_mail_bodies_after_days)
    return _forget_outgoing(before, now) + _forget_incoming(before, now)


def _forget_outgoing(before: datetime, now: datetime) -> int:
    # Being withdrawn leaves no time of its own; the newest of these is the nearest that is known.
    ended = Greatest("created_at", "due_at", "tried_at", "handed_over_at", "sent_at", "bounced_at")
    forgotten, titles = 0, kinds.titles()
    for keys in _chunks(_finished().annotate(ended=ended).filter(ended__lt=before)):
        with transaction.atomic():
            mails = _finished().filter(pk__in=keys)
            done = dict(mails.select_for_update(skip_locked=True, of=("self",)).values_list("pk", "kind"))
            MailAttachment.objects.filter(mail__in=done).delete()
            for kind in set(done.values()):
                forgotten += OutgoingMail.objects.filter(pk__in=done, kind=kind).update(
                    **FORGOTTEN, subject=titles.get(kind, kind), body_deleted_at=now
                )
    return forgotten


def _finished() -> QuerySet:
    S = OutgoingMail.Status
    return OutgoingMail.objects.filter(body_deleted_at=None, status__in=[S.SENT, S.WITHDRAWN, S.EXPIRED]).exclude(
        copy_status=OutgoingMail.Copy.WAITING
    )


def _forget_incoming(before: datetime, now: datetime) -> int:
    forgotten = 0
    for keys in _chunks(IncomingMail.objects.filter(text_deleted_at=None, received_at__lt=before)):
        forgotten += IncomingMail.objects.filter(pk__in=keys).update(**FORGOTTEN_OF_INCOMING, text_deleted_at=now)
    return forgotten


def _chunks(rows: QuerySet) -> list[list[int]]:
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    return [keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK)]
