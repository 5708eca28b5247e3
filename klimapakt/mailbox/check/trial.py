"""A test mail of the office to itself: does it arrive, who files a copy, what does the receiving server think of it?"""

import re
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from klimapakt.mailbox import imap, smtp
from klimapakt.mailbox.check import reading
from klimapakt.mailbox.check.report import Report
from klimapakt.mailbox.message import NO_AUTOMATIC_ANSWERS, display_name, sender_of
from klimapakt.mailbox.models import MailboxState, new_message_id
from klimapakt.pact.models import Pact

PAUSE = 0.5
"""Seconds between two looks into the mailbox."""

GRACE = 5
"""Seconds for the copy after the mail itself has arrived."""

CLOCK_SKEW = timedelta(minutes=2)

TEXT = """Guten Tag,

mit dieser Mail prüft das Portal, ob das Postfach eingerichtet ist ({pact}). Sie können sie löschen.
"""


@dataclass
class Seen:
    """What was seen of the test mail; `is_filed` is None while nobody knows."""

    head: bytes | None = None
    received_at: datetime | None = None
    is_filed: bool | None = None


def check(report: Report, session: smtp.Session, pact: Pact, *, to: str, can_read: bool, patience: float) -> None:
    """Send the test mail and say what became of it; remember whether the server files copies by itself."""
    report.heading("Testmail")
    if settings.MAIL_MODE == "held":
        report.note("MAIL_MODE=held: Es wurde keine gesendet; ob der Server Kopien ablegt, bleibt offen.")
        return
    if to:
        _send(report, session, pact, to)
    try:
        with imap.mailbox() if can_read else nullcontext() as box:
            first = box.open_inbox().uid_next if box else 0
            sent_at = timezone.now()
            message_id = _send(report, session, pact, pact.office_email)
            if message_id is None:
                return
            if box is None:
                report.note(
                    "Ohne das Postfach kann das Portal nicht nachsehen, ob sie ankam. Bitte sehen Sie selbst nach."
                )
                return
            seen = _wait_for(box, message_id, first, patience)
    except imap.ImapProblem as problem:
        report.problem(reading.said(problem))
        return
    MailboxState.load()
    MailboxState.objects.filter(pk=1).update(server_files_copies=seen.is_filed, checked_at=timezone.now())
    if seen.head is None or seen.received_at is None:
        report.problem(
            f"Sie ist nach {patience:.0f} Sekunden nicht im Posteingang. Bitte sehen Sie nach, ob sie später kommt, und"
            f" prüfen Sie, ob Mails an {pact.office_email} in dem Postfach ankommen, das IMAP_URL nennt."
        )
    else:
        report.ok("Sie ist im Posteingang angekommen.")
        _compare_clocks(report, seen.received_at - sent_at)
    _say_who_files_copies(report, seen.is_filed)
    if seen.head is not None:
        _say_what_the_receiver_saw(report, seen.head)


def _send(report: Report, session: smtp.Session, pact: Pact, to: str) -> str | None:
    """Send one test mail; returns its Message-ID, or None when it was not taken."""
    message_id = new_message_id(urlsplit(settings.PORTAL_BASE_URL).hostname or "localhost")
    message, sender = EmailMessage(policy=SMTP), sender_of(pact)
    try:
        message["From"] = Address(display_name(pact.name), addr_spec=sender)
        message["To"] = Address(addr_spec=to)
        message["Subject"] = "Testmail des Portals"
        message["Date"] = format_datetime(timezone.localtime())
        message["Message-ID"] = message_id
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = NO_AUTOMATIC_ANSWERS
        message.set_content(TEXT.format(pact=pact.name), cte="quoted-printable")
        session.send(message.as_bytes(), sender=sender, recipient=to)
    except ValueError:
        report.problem(f"„{to}“ ist keine Mailadresse. Bitte prüfen Sie sie.")
    except (smtp.Refused, smtp.TryLater, smtp.Stop) as refusal:
        report.problem(f"Der Mailserver nimmt die Testmail an {to} nicht: {refusal.sentence}")
    except smtp.AnswerLost:
        report.problem("Der Mailserver hat die Testmail nicht bestätigt. Bitte versuchen Sie es noch einmal.")
    else:
        report.ok(f"Der Mailserver hat eine Testmail an {to} angenommen.")
        return message_id
    return None


def _wait_for(box: imap.Mailbox, message_id: str, first: int, patience: float) -> Seen:
    """Look for the mail until it was seen where it belongs, or nobody would wait longer."""
    seen, end = Seen(), time.monotonic() + patience
    while True:
        if seen.head is None and (found := _in_inbox(box, message_id, first)):
            seen.head, seen.received_at = found.head, found.received_at
            end = min(end, time.monotonic() + GRACE)
        seen.is_filed = _is_filed(box, message_id)
        if (seen.head is not None and seen.is_filed) or time.monotonic() >= end:
            break
        time.sleep(PAUSE)
    if seen.head is None and not seen.is_filed:
        seen.is_filed = None  # perhaps both are still on their way
    return seen


def _in_inbox(box: imap.Mailbox, message_id: str, first: int) -> imap.Envelope | None:
    box.open_inbox()
    for envelope in box.envelopes(box.uids_after(max(first - 1, 0))):
        if str(message_from_bytes(envelope.head)["Message-ID"]).strip() == message_id:
            return envelope
    return None


def _is_filed(box: imap.Mailbox, message_id: str) -> bool | None:
    try:
        return box.is_filed(message_id, since=timezone.localdate() - timedelta(days=1))
    except imap.ImapProblem as problem:
        if problem.is_over:
            raise
        return None


def _compare_clocks(report: Report, late: timedelta) -> None:
    if -CLOCK_SKEW < late < CLOCK_SKEW:
        report.ok("Die Uhren des Portals und des Postfachs gehen gleich.")
    else:
        report.problem(
            f"Die Uhren des Portals und des Postfachs gehen um {abs(late).total_seconds() / 60:.0f} Minuten auseinander."
            " Bitte lassen Sie beide Rechner ihre Zeit aus dem Netz beziehen (NTP)."
        )


LINKS_IN_COPIES = (
    "In diesen Kopien stehen persönliche Links und Codes im Klartext: Wer das Postfach lesen darf, könnte sie benutzen."
)


def _say_who_files_copies(report: Report, is_filed: bool | None) -> None:
    """Say which MAIL_COPIES fits what the server does, and why."""
    chosen = settings.MAIL_COPIES
    match is_filed, chosen:
        case None, _:
            report.note("Ob der Server gesendete Mails von selbst ablegt, ließ sich nicht feststellen.")
        case True, "server":
            report.note(
                f"Der Server legt gesendete Mails von selbst ab, wie es MAIL_COPIES=server will. {LINKS_IN_COPIES}"
            )
        case True, _:
            report.problem(
                f"Der Server legt gesendete Mails von selbst ab. {LINKS_IN_COPIES} Bitte lassen Sie das für dieses Postfach"
                " abschalten und legen Sie die Kopien mit MAIL_COPIES=portal ab; das Portal nimmt Links und Codes"
                " heraus. Geht das nicht, sagen Sie es mit MAIL_COPIES=server."
            )
        case False, "server":
            report.problem(
                "Der Server legt keine gesendeten Mails ab, MAIL_COPIES=server verlässt sich aber darauf. Bitte setzen Sie"
                " MAIL_COPIES=portal."
            )
        case False, "portal":
            report.ok("Der Server legt keine gesendeten Mails ab; das Portal tut es (MAIL_COPIES=portal).")
        case _:
            report.note(
                f"Der Server legt keine gesendeten Mails ab (MAIL_COPIES={chosen}). Mit MAIL_COPIES=portal stünden alle im"
                " Ordner der gesendeten, ohne persönliche Links."
            )


RECEIVED = {
    "spf": (
        "SPF",
        "der Mailserver darf für die Domain des Absenders senden",
        "Bitte lassen Sie den Mailserver in den SPF-Eintrag der Domain aufnehmen",
    ),
    "dkim": (
        "DKIM",
        "die Mail ist für die Domain unterschrieben und kam unverändert an",
        "Bitte lassen Sie den Mailserver die Mails der Domain unterschreiben",
    ),
    "dmarc": (
        "DMARC",
        "SPF oder DKIM passt zur Adresse des Absenders",
        "Bitte lassen Sie für die Domain einen DMARC-Eintrag anlegen, und SPF und DKIM auf sie ausrichten",
    ),
}
"""What a receiving server checks: its name, what „pass“ means, and what to do otherwise."""

FAILED = {"fail", "softfail", "permerror"}


def _say_what_the_receiver_saw(report: Report, head: bytes) -> None:
    """Explain the verdicts of the server that received the mail: the topmost header; others may be anybody's."""
    headers = message_from_bytes(head).get_all("Authentication-Results", [])
    said = re.findall(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", str(headers[0]).lower()) if headers else []
    if not said:
        report.note(
            "Der Server hat nichts über SPF, DKIM und DMARC vermerkt; im eigenen Haus ist das üblich. Mit --to ADRESSE geht"
            " eine Testmail an ein fremdes Postfach: Dort steht es im Kopf der Mail (Authentication-Results)."
        )
        return
    for method, (name, meaning, advice) in RECEIVED.items():
        verdicts = [verdict for about, verdict in said if about == method]
        if "pass" in verdicts:
            report.ok(f"{name}: {meaning}.")
        elif verdicts:
            say = report.problem if FAILED & set(verdicts) else report.note
            say(f"{name}: Der empfangende Server sagt „{verdicts[0]}“. {advice}; sonst landen Mails im Spam.")
        else:
            report.note(f"{name}: Dazu sagt der empfangende Server nichts.")
