"""Look at the office's mailbox as a whole and say what to mend: `./portal manage check_mail`.

Every part works without the others: what is missing is said, and the rest is still looked at.
"""

from collections.abc import Callable

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime

from klimapakt.mailbox import oauth, smtp
from klimapakt.mailbox.check import reading, sending, trial
from klimapakt.mailbox.check.report import Report
from klimapakt.mailbox.message import sender_of
from klimapakt.mailbox.models import MailboxState
from klimapakt.pact.models import Pact

PATIENCE = 20
"""Seconds to wait until the test mail has arrived."""


def check(write: Callable[[str], None], *, to: str = "", patience: float = PATIENCE) -> int:
    """Look at everything and write one line about each thing; returns the number of problems.

    One test mail goes to the office's mailbox, and one to the address `to` when that is given.
    """
    report, pact = Report(write), Pact.load()
    _say_what_is_set(report, pact)
    if not _has_token(report):
        return report.problems
    with smtp.Session(settings.MAIL_SERVER) as session:
        can_send = sending.check(report, session, sender_of(pact))
        can_read = reading.check(report)
        if can_send and pact.can_send_mail:
            trial.check(report, session, pact, to=to, can_read=can_read, patience=patience)
    return report.problems


def _say_what_is_set(report: Report, pact: Pact) -> None:
    report.heading("Einstellungen")
    if not pact.can_send_mail:
        report.problem(
            "Der Klimapakt hat kein Postfach. Bitte tragen Sie es in der Verwaltung unter „Klimapakt“ ein."
            " Bis dahin verlässt keine Mail das Portal."
        )
    elif sender_of(pact).lower() == pact.office_email.lower():
        report.ok(f"Absender ist {pact.office_email}.")
    else:
        report.ok(f"Absender ist {sender_of(pact)} (MAIL_FROM), Antworten gehen an {pact.office_email}.")
    match settings.MAIL_MODE:
        case "live":
            report.ok("MAIL_MODE=live: Mails gehen an alle.")
        case "staff":
            report.note("MAIL_MODE=staff: Mails gehen nur an die Geschäftsstelle und an Konten des Portals.")
        case "held":
            report.note("MAIL_MODE=held: Keine Mail verlässt das Portal, auch keine Testmail.")
    limit = f"höchstens {settings.MAIL_PER_MINUTE} Mails in der Minute" if settings.MAIL_PER_MINUTE else "ohne Grenze"
    count = settings.MAIL_SESSIONS
    sessions = "über eine Verbindung" if count == 1 else f"über höchstens {count} Verbindungen zugleich"
    report.ok(f"Gesendet wird {limit}, {sessions}.")
    state = MailboxState.load()
    for since, because in ((state.stopped_at, state.stopped_because), (state.held_at, state.held_because)):
        if since:
            report.note(f"Das Senden steht seit {date_format(localtime(since), 'j. F, H:i')} Uhr: {because}")


def _has_token(report: Report) -> bool:
    """Order a new token where one is needed; without it nobody lets us in."""
    servers = [settings.MAIL_SERVER, settings.IMAP_SERVER]
    if not any(server and server.auth == "xoauth2" for server in servers):
        return True
    oauth.forget()
    try:
        oauth.access_token()
    except oauth.NoToken as trouble:
        report.problem(f"{trouble.sentence} Bitte prüfen Sie die Einstellungen MAIL_OAUTH_….")
        return False
    report.ok("Der Anmeldedienst gibt ein Token (OAuth).")
    return True
