"""The office's mailbox: can the portal sign in, read the inbox, and find the folder of sent mails?"""

from django.conf import settings

from klimapakt.mailbox import imap
from klimapakt.mailbox.check import network
from klimapakt.mailbox.check.report import Report, what_is_wrong

CANDIDATES = 20


def check(report: Report) -> bool:
    """Look at the mailbox; False when it cannot be read."""
    report.heading("Postfach (IMAP_URL)")
    server = settings.IMAP_SERVER
    if server is None:
        report.note(
            "IMAP_URL ist nicht gesetzt. Ohne das Postfach legt das Portal keine Kopien ab, liest keine Antworten und"
            " erfährt nicht, welche Mails unzustellbar waren."
        )
        return False
    if not network.check(report, server, "IMAP_URL"):
        return False
    try:
        with imap.mailbox() as box:
            report.ok("Die Anmeldung gelingt.")
            box.open_inbox()
            report.ok(f"Der Posteingang „{server.inbox}“ lässt sich lesen.")
            _find_sent_folder(report, box)
    except imap.ImapProblem as problem:
        report.problem(said(problem))
        return False
    return True


def said(problem: imap.ImapProblem) -> str:
    """Return what is wrong, and what to do where the sentence does not say it."""
    what = what_is_wrong(problem.sentence)
    return what if "Bitte" in what else f"{what} Bitte prüfen Sie IMAP_URL."


def _find_sent_folder(report: Report, box: imap.Mailbox) -> None:
    try:
        folder = box.sent_folder
    except imap.ImapProblem as problem:
        if problem.is_over:
            raise
        names = ", ".join(f"„{name}“" for name in sorted(box.folders)[:CANDIDATES])
        say = report.problem if settings.MAIL_COPIES in ("portal", "server") else report.note
        say(f"{problem.sentence} Diese Ordner gibt es: {names}.")
        return
    if settings.IMAP_SERVER.sent:
        how = "so steht es in IMAP_URL"
    else:
        how = "der Server kennzeichnet ihn so" if "\\sent" in box.folders[folder][1] else "am Namen erkannt"
    report.ok(f"Gesendete Mails liegen im Ordner „{folder}“ ({how}).")
