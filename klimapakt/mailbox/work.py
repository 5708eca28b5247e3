"""What the mailbox has to say to the office: notices on every page, and what waits for somebody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from klimapakt.mailbox import answers
from klimapakt.mailbox.models import MailboxState, OutgoingMail
from klimapakt.pact.models import Pact, PactMissing
from klimapakt.statement import Statement
from klimapakt.worklist import Notice, WorkItem

MODES = {
    "live": "Mails gehen an alle Empfängerinnen und Empfänger heraus.",
    "staff": "Probebetrieb: Mails gehen nur an Adressen der Geschäftsstelle. Alle anderen werden nicht gesendet.",
    "held": "Der Betrieb hält die Mails an. Nichts verlässt das Portal.",
}

NO_MAILBOX = "Die Geschäftsstelle hat noch kein Postfach eingetragen."

LONG = timedelta(hours=1)
"""So long mails may wait for a server that takes none before somebody should know."""

S = OutgoingMail.Status

_THE_STATE = Statement(lambda: MailboxState.objects.all())


def notices(request: HttpRequest) -> list[Notice]:
    """Say on every page that mails do not leave as usual."""
    if not request.user.has_perm("mailbox.view_mailboxstate"):
        return []
    found = _THE_STATE()
    texts = [MODES[settings.MAIL_MODE]] if settings.MAIL_MODE != "live" else []
    if _has_no_mailbox(request.pact):
        texts.append(f"Alle Mails warten: {NO_MAILBOX}")
    if found and found[0].stopped_at:
        texts.append(f"Das Senden steht: {found[0].stopped_because}")
    if found and found[0].held_at:
        texts.append(
            "Nach einer Wiederherstellung oder einem Umzug der Datenbank sind Mails angehalten. Bitte entscheiden Sie, was mit ihnen geschieht."
        )
    url = reverse("admin:mailbox_mailboxstate_change", args=[1])
    return [Notice(text, url, "Zum Postfach") for text in texts]


def stuck_mails(user: AbstractUser) -> list[WorkItem]:
    """Mails about which somebody has to decide, and mails that wait because nothing may leave."""
    if not user.has_perm("mailbox.view_outgoingmail"):
        return []
    url = reverse("admin:mailbox_outgoingmail_changelist")
    count = counts(S.HELD, S.FAILED, S.UNCLEAR, S.BOUNCED)
    items = [
        WorkItem(title, count[state], f"{url}?status__in={state}", note, urgent=True)
        for state, title, note in (
            (S.FAILED, "Mails nicht gesendet", "Bitte sehen Sie nach, warum."),
            (S.BOUNCED, "Mails kamen zurück", "Bitte Adresse berichtigen."),
            (
                S.UNCLEAR,
                "Mails unklar",
                "Die Antwort des Mailservers ging verloren. Bitte sehen Sie nach, ob sie ankamen.",
            ),
        )
    ]
    found, overview = _THE_STATE(), reverse("admin:mailbox_mailboxstate_change", args=[1])
    state = found[0] if found else MailboxState()
    if state.held_at:
        items.append(WorkItem("Mails angehalten", count[S.HELD] or 1, overview, state.held_because, urgent=True))
    if state.inbox_problem:
        items.append(WorkItem("Posteingang nicht gelesen", 1, overview, state.inbox_problem))
    because = _why_nothing_leaves(state)
    if because:
        items.append(WorkItem("Mails warten", OutgoingMail.objects.waiting().count(), overview, because, urgent=True))
    return items


def counts(*states: str) -> dict[str, int]:
    """Count the mails in each of these states, in one query."""
    found = OutgoingMail.objects.filter(status__in=states).values_list("status").annotate(Count("pk"))
    return dict.fromkeys(states, 0) | dict(found)


def too_late() -> QuerySet:
    """Mails that were of no use any more before they could leave; not those with a code: people ask for another."""
    return OutgoingMail.objects.filter(status=S.EXPIRED, code=None)


@dataclass(frozen=True)
class Stall:
    """The last try failed and no mail has left since, e.g. because the server cannot be reached."""

    sentence: str
    oldest_at: datetime

    def is_long(self, now: datetime) -> bool:
        return self.oldest_at < now - LONG


def stall() -> Stall | None:
    """Return why no mail gets through although the portal tries; None when mails leave.

    An answer about one mail, e.g. that its mailbox is full, says nothing about the others.
    """
    of_the_server = Q(server_code=None) | Q(server_code__in=answers.SLOW_DOWN)
    tried = OutgoingMail.objects.filter(of_the_server, status=S.RETRY, tried_at__isnull=False).defer("body", "html")
    last = tried.order_by("-tried_at").first()
    if last is None or OutgoingMail.objects.filter(sent_at__gte=last.tried_at).exists():
        return None
    oldest = tried.order_by("created_at").values_list("created_at", flat=True).first()
    return Stall(f"Zurzeit geht keine Mail heraus. {last.problem}", oldest or last.created_at)


def _has_no_mailbox(pact: Pact | None = None) -> bool:
    try:
        return not (pact or Pact.load()).can_send_mail
    except PactMissing:
        return False


def _why_nothing_leaves(state: MailboxState) -> str:
    """Return a German sentence, or nothing when mails leave."""
    if settings.MAIL_MODE == "held":
        return MODES["held"]
    if state.stopped_at:
        return state.stopped_because
    if _has_no_mailbox():
        return NO_MAILBOX
    found = stall()
    return found.sentence if found and found.is_long(timezone.now()) else ""
