"""A database that came out of a backup: its waiting mails may have gone out long ago, so they stay until looked at.

The portal remembers which database it is. Postgres gives every cluster, every recovery to a point in time, every
database and every table a number, and a restore changes at least one of them.
"""

import logging

from django.db import connection, transaction
from django.utils import timezone

from klimapakt.mailbox.models import MailboxState, Mailing, OutgoingMail, OutgoingMailQuerySet
from klimapakt.mailbox.models.queue import FROM_A_BACKUP as BECAUSE

logger = logging.getLogger(__name__)

OWN = """
    SELECT (SELECT oid FROM pg_database WHERE datname = current_database()), 'mailbox_outgoingmail'::regclass::oid
"""
OF_CLUSTER = "SELECT system_identifier, timeline_id FROM pg_control_system(), pg_control_checkpoint()"
MAY_ASK = """
    SELECT has_function_privilege('pg_control_system()', 'EXECUTE')
        AND has_function_privilege('pg_control_checkpoint()', 'EXECUTE')
"""


def identity() -> str:
    """Return what tells this database from a copy of it.

    Every role may read all of it unless the operator took that away; then cluster and timeline are left out, and a
    copy of the whole cluster goes unnoticed, but not a dump.
    """
    with connection.cursor() as cursor:
        cursor.execute(MAY_ASK)
        [may_ask] = cursor.fetchone()
        cursor.execute(OWN)
        numbers = cursor.fetchone()
        if may_ask:
            cursor.execute(OF_CLUSTER)
            numbers = cursor.fetchone() + numbers
    return "/".join(str(number) for number in numbers)


def notice() -> bool:
    """Hold all mails that wait when this is another database than the one remembered; returns whether it is.

    Those of a mailing that was interrupted wait too: it may have gone on after the backup.
    """
    state, here = MailboxState.load(), identity()
    if state.database == here:
        return False
    if not state.database:
        MailboxState.objects.filter(pk=state.pk, database="").update(database=here)
        return False
    with transaction.atomic():
        state = MailboxState.objects.select_for_update().get(pk=state.pk)
        if state.database == here:  # another worker was quicker
            return False
        OutgoingMail.objects.filter(status=OutgoingMail.Status.HANDING_OVER, is_unwanted=True).update(
            status=OutgoingMail.Status.UNCLEAR, lease_until=None, problem=BECAUSE
        )
        kept = OutgoingMail.objects.waiting() | OutgoingMail.objects.filter(status=OutgoingMail.Status.HELD)
        held = kept.update(status=OutgoingMail.Status.HELD, lease_until=None, problem=BECAUSE)
        Mailing.objects.note_restore(now=timezone.now())
        MailboxState.objects.filter(pk=state.pk).update(
            database=here,
            held_at=timezone.now(),
            held_because=(
                "Die Datenbank wurde aus einer Sicherung geholt oder auf einem anderen Server weitergeführt. Es wird "
                "nichts gesendet, bis Sie die wartenden Mails freigeben: Einige sind vielleicht schon gesendet."
            ),
        )
    logger.warning("this database was restored: %s waiting mails are held", held)
    return True


def held_mails() -> OutgoingMailQuerySet:
    """The mails that a restore holds; whoever finds one in the office's mailbox calls its `mark_sent`."""
    return OutgoingMail.objects.filter(status=OutgoingMail.Status.HELD, problem=BECAUSE)


@transaction.atomic
def release() -> int:
    """Send what the restore holds, and everything written since; returns how many mails were held."""
    released = held_mails().release()
    MailboxState.objects.update(held_at=None, held_because="")
    return released
