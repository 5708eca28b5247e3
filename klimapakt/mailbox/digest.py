"""Every morning one mail to the office about what failed, still stands open or lies too long. Silent when all is well.

Of mails it tells what it has not told yet, and notes that with the mail itself: whenever a fault is noticed, and
however late, the next digest has it. What other apps report (`register`) is told each morning until it is settled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone

from klimapakt.mailbox import outbox, work
from klimapakt.mailbox.models import MailboxState, OutgoingMail
from klimapakt.mailbox.moment import moment
from klimapakt.pact.models import Pact

AT = time(7, 30)
"""In Berlin."""

KIND = "office_digest"
NAMED = 20
"""So many mails of a kind are named, the others counted."""

S, Copy = OutgoingMail.Status, OutgoingMail.Copy


@dataclass(frozen=True)
class Section:
    """What stands open of one kind: a heading, a line for each, and how many more there are."""

    title: str
    lines: list[str]
    more: int = 0

    def __str__(self) -> str:
        more = [f"– und {self.more} weitere"] if self.more else []
        return "\n".join([f"{self.title}:", *(f"– {line}" for line in self.lines), *more])


_sources: list[Callable[[datetime], list[Section]]] = []


def register(source: Callable[[datetime], list[Section]]) -> None:
    """Add a source of sections; it is asked each morning for what stands open at that moment."""
    _sources.append(source)


def named(
    title: str,
    cases: QuerySet,
    line: Callable[[object], str],
    *,
    page: Callable[[object], Model] = lambda case: case,
) -> Section:
    """Return a section about rows of which the first are named, the others counted.

    `page` returns the row whose page in the admin shows the case, where it is another one.
    """
    lines = [f"{line(case)}\n  {_address(page(case))}" for case in cases[:NAMED]]
    return Section(title, lines, cases.count() - len(lines) if len(lines) == NAMED else 0)


def _address(row: Model) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return settings.PORTAL_BASE_URL + reverse(name, args=[row.pk])


@transaction.atomic
def send(*, now: datetime | None = None) -> bool:
    """Write the mail of this morning; returns whether there was something to write.

    A run that was missed is caught up later on the same day; a second run on one day has nothing to do, also when the
    first found nothing. The mail is not sent any more when the next is due.
    """
    here, pact = timezone.localtime(now), Pact.load()
    if here.time() < AT or not pact.can_send_mail:
        return False
    state = MailboxState.load()
    if not MailboxState.objects.exclude(digest_on=here.date()).update(digest_on=here.date()):
        return False
    others = [section for source in _sources for section in source(here) if section.lines]
    of_the_mailbox = [*_of_the_sender(state, here), *_of_the_mails(pact)]
    sections = [*of_the_mailbox, *others]
    count = sum(len(section.lines) + section.more for section in sections)
    if not count:
        return False
    return outbox.enqueue(
        f"mailbox/mail/{KIND}",
        key=f"office-digest:{here.date()}",
        to=pact.office_email,
        name=pact.office_name,
        about=pact,
        context={"sections": sections, "count": count, "is_of_mailbox": not others},
        expires_at=datetime.combine(here.date() + timedelta(days=1), AT, tzinfo=here.tzinfo),
    )


def _of_the_mails(pact: Pact) -> list[Section]:
    """Return what is news of the mails that need somebody, and note that it is told."""
    mails = OutgoingMail.objects.exclude(kind=KIND)
    groups = [
        ("Nicht gesendet", mails.filter(status=S.FAILED), S.FAILED),
        ("Unklar, ob angekommen", mails.filter(status=S.UNCLEAR), S.UNCLEAR),
        ("Nicht zustellbar", mails.filter(status=S.BOUNCED), S.BOUNCED),
        ("Zu spät und deshalb nicht gesendet", work.too_late().exclude(kind=KIND), S.EXPIRED),
        ("Kopie nicht im Postfach abgelegt", mails.filter(status=S.SENT, copy_status=Copy.GIVEN_UP), Copy.GIVEN_UP),
    ]
    if _the_last_one_left(pact):
        groups = [(title, group.exclude(told_as=word), word) for title, group, word in groups]
    found = [_tell(title, group, word) for title, group, word in groups]
    return [section for section in found if section.lines]


def _the_last_one_left(pact: Pact) -> bool:
    """Whether the office can have read the digest before this one: what a lost one told is told once more."""
    last = OutgoingMail.objects.about(pact).filter(kind=KIND).order_by("-created_at").first()
    return last is None or last.status not in (S.EXPIRED, S.FAILED, S.BOUNCED, S.WITHDRAWN)


def _tell(title: str, mails: QuerySet, word: str) -> Section:
    numbers = list(mails.order_by("created_at", "pk").values_list("pk", flat=True))
    mails.filter(pk__in=numbers).update(told_as=word)
    named = OutgoingMail.objects.filter(pk__in=numbers[:NAMED]).defer("body", "html").order_by("created_at", "pk")
    lines = [
        f"„{mail.subject}“ an {mail.shown_recipient}{f': {mail.problem}' if mail.problem else ''}" for mail in named
    ]
    return Section(title, lines, len(numbers) - len(lines))


def _of_the_sender(state: MailboxState, now: datetime) -> list[Section]:
    """Say what stands still now. It is read when it no longer does: so each line has its moment."""
    lines = []
    if state.stopped_at:
        lines.append(f"Das Senden steht seit {moment(state.stopped_at)}: {state.stopped_because}")
    if state.held_at:
        lines.append(f"Die wartenden Mails sind angehalten seit {moment(state.held_at)}: {state.held_because}")
    if (stall := work.stall()) and stall.is_long(now):
        lines.append(f"{moment(now)}: {stall.sentence}")
    return [Section("Versand", lines)] if lines else []
