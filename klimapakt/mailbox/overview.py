"""The mailbox in figures: what waits, what left, what went wrong, and whether the sender runs. A few queries, always."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from klimapakt.mailbox.models import AddressProblem, IncomingMail, MailboxState, Mailing, OutgoingMail, ReadMark
from klimapakt.mailbox.moment import moment
from klimapakt.mailbox.work import MODES, counts, stall, too_late
from klimapakt.pact.models import Pact

S = OutgoingMail.Status

OVERDUE = timedelta(minutes=15)
"""A mail that is due for so long while nothing leaves: the worker does not run."""

SHOWN_TOO_LATE = timedelta(days=7)
"""So long the page counts mails that came too late: nobody can do more about them than read it."""


@dataclass(frozen=True)
class Waiting:
    """What leaves by itself; `next_at` is when the first of it is due."""

    count: int
    due: int
    next_at: datetime | None


@dataclass(frozen=True)
class Sent:
    today: int
    last_hour: int
    newest_at: datetime | None
    day_began: datetime


def waiting(now: datetime) -> Waiting:
    found = OutgoingMail.objects.waiting().aggregate(
        count=Count("pk"), due=Count("pk", filter=Q(due_at__lte=now)), next_at=Min("due_at")
    )
    return Waiting(**found)


def sent(now: datetime) -> Sent:
    day_began = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    hour_ago = now - timedelta(hours=1)
    found = OutgoingMail.objects.filter(sent_at__gte=min(day_began, hour_ago)).aggregate(
        today=Count("pk", filter=Q(sent_at__gte=day_began)),
        last_hour=Count("pk", filter=Q(sent_at__gte=hour_ago)),
        newest_at=Max("sent_at"),
    )
    return Sent(**found, day_began=day_began)


@dataclass(frozen=True)
class Problem:
    title: str
    count: int
    query: str
    """Narrows the list of mails down to these."""


def problems(now: datetime) -> list[Problem]:
    """What somebody should look at; what is nought is left out."""
    found = counts(S.FAILED, S.UNCLEAR, S.BOUNCED, S.HELD)
    given_up = OutgoingMail.objects.filter(copy_status=OutgoingMail.Copy.GIVEN_UP).count()
    lately = timezone.localtime(now - SHOWN_TOO_LATE).replace(hour=0, minute=0, second=0, microsecond=0)
    late = too_late().filter(expires_at__gte=lately).count()
    query_of_late = urlencode({"status__in": S.EXPIRED, "code__isnull": True, "expires_at__gte": lately.isoformat()})
    all_problems = [
        Problem("nicht gesendet", found[S.FAILED], "status__in=failed"),
        Problem("unklar, ob angekommen", found[S.UNCLEAR], "status__in=unclear"),
        Problem("nicht zustellbar", found[S.BOUNCED], "status__in=bounced"),
        Problem("angehalten", found[S.HELD], "status__in=held"),
        Problem(
            "Mail kam zu spät und wurde nicht gesendet"
            if late == 1
            else "Mails kamen zu spät und wurden nicht gesendet",
            late,
            query_of_late,
        ),
        Problem(
            "Kopie nicht abgelegt" if given_up == 1 else "Kopien nicht abgelegt",
            given_up,
            "copy_status__exact=given_up",
        ),
    ]
    return [problem for problem in all_problems if problem.count]


@dataclass(frozen=True)
class Sender:
    """Whether mails leave, in one sentence."""

    runs: bool
    sentence: str


def sender(state: MailboxState, pact: Pact, waiting: Waiting, sent: Sent, now: datetime) -> Sender:
    if settings.MAIL_MODE == "held":
        return Sender(False, MODES["held"])
    if not pact.can_send_mail:
        return Sender(False, "Es wird nichts gesendet: Die Geschäftsstelle hat noch kein Postfach eingetragen.")
    if state.held_at:
        return Sender(False, f"Das Senden steht seit {moment(state.held_at)}. {state.held_because}")
    if state.stopped_at:
        return Sender(False, f"Das Senden steht seit {moment(state.stopped_at)}. {state.stopped_because}")
    if state.slowed_until and state.slowed_until > now:
        until = f"{timezone.localtime(state.slowed_until):%H:%M} Uhr"
        return Sender(True, f"Der Mailserver bat um Geduld: Um {until} geht es von selbst weiter.")
    if found := stall():
        return Sender(not found.is_long(now), found.sentence)
    left_lately = sent.newest_at and sent.newest_at > now - OVERDUE
    if waiting.next_at and waiting.next_at < now - OVERDUE and not left_lately:
        return Sender(
            False,
            f"Seit {moment(waiting.next_at)} ist eine Mail fällig, und es geht keine heraus. Bitte lassen Sie prüfen, ob der"
            " Hintergrunddienst des Portals läuft.",
        )
    return Sender(True, "Das Senden läuft.")


def running_mailings() -> QuerySet:
    """Mailings whose mails are on their way, each with how many there are and what became of them."""
    waits = OutgoingMail.objects.filter(mailing=OuterRef("pk"), status__in=[S.DRAFT, S.HELD, S.QUEUED, S.RETRY])
    on_their_way = Mailing.objects.filter(Exists(waits), status__in=[Mailing.Status.RELEASED, Mailing.Status.PAUSED])
    return on_their_way.with_figures().order_by("-released_at")[:10]


def of_the_mailbox(pact: Pact, now: datetime) -> dict[str, object]:
    """Return all that the overview shows."""
    state, waits, left = MailboxState.load(), waiting(now), sent(now)
    return {
        "state": state,
        "now": now,
        "mode": settings.MAIL_MODE,
        "mode_sentence": MODES[settings.MAIL_MODE],
        "sender": sender(state, pact, waits, left, now),
        "waiting": waits,
        "sent": left,
        "per_minute": settings.MAIL_PER_MINUTE,
        "problems": problems(now),
        "addresses": AddressProblem.objects.count(),
        "reads_inbox": settings.IMAP_SERVER is not None,
        "read_at": ReadMark.objects.aggregate(at=Max("read_at"))["at"],
        "incoming": list(IncomingMail.objects.defer("text").order_by("-received_at")[:5]),
        "mailings": list(running_mailings()),
    }
