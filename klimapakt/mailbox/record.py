"""The mails about one case as people read them: out and in, newest first, each with its state in words."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from klimapakt.mailbox.models import IncomingMail, OutgoingMail
from klimapakt.mailbox.moment import moment

S = OutgoingMail.Status


@dataclass(frozen=True)
class Entry:
    """One mail, whichever way it went. `needs_somebody`: what stands there waits for a decision."""

    at: datetime
    is_incoming: bool
    who: str
    subject: str
    url: str
    state: str
    problem: str = ""
    needs_somebody: bool = False


def about(case: Model) -> list[Entry]:
    """Return all mails about a case, in two queries."""
    out = OutgoingMail.objects.about(case).defer("body", "html")
    back = IncomingMail.objects.about(case).defer("text")
    entries = [*(_outgoing(mail) for mail in out), *(_incoming(mail) for mail in back)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _outgoing(mail: OutgoingMail) -> Entry:
    state = mail.get_status_display()
    if mail.status == S.QUEUED and mail.due_at > timezone.now():
        state = f"{state} bis {_when(mail.due_at)}"
    needs_somebody = mail.status in OutgoingMail.NEEDS_A_PERSON
    return Entry(
        at=mail.created_at,
        is_incoming=False,
        who=mail.shown_recipient,
        subject=mail.subject,
        url=reverse("admin:mailbox_outgoingmail_change", args=[mail.pk]),
        state=state,
        problem=mail.problem if needs_somebody else "",
        needs_somebody=needs_somebody,
    )


def _when(at: datetime) -> str:
    """Return the time, with its day when that is not today."""
    here = timezone.localtime(at)
    return f"{here:%H:%M} Uhr" if here.date() == timezone.localdate() else moment(at)


def _incoming(mail: IncomingMail) -> Entry:
    return Entry(
        at=mail.received_at,
        is_incoming=True,
        who=mail.shown_sender,
        subject=str(mail),
        url=reverse("admin:mailbox_incomingmail_change", args=[mail.pk]),
        state=mail.get_kind_display(),
    )
