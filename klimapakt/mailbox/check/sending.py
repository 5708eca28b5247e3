"""The way out: does the server let us in, how large may a mail be, and may it come from the office?"""

import re
import smtplib

from klimapakt.mailbox import smtp
from klimapakt.mailbox.check import network
from klimapakt.mailbox.check.report import Report, what_is_wrong

SMALL = 10_000_000
"""Bytes: a signed agreement and its enclosures should fit."""


def check(report: Report, session: smtp.Session, sender: str) -> bool:
    """Look at the SMTP server; False when no mail can be sent. The session stays open."""
    report.heading("Mailserver (MAIL_URL)")
    server = session.server
    if not network.check(report, server, "MAIL_URL"):
        return False
    try:
        dialogue = session.open()
    except (smtp.TryLater, smtp.Stop) as trouble:
        report.problem(f"{what_is_wrong(trouble.sentence)} {_what_to_do(server.auth)}")
        return False
    if server.user:
        how = "einem Token (OAuth)" if server.auth == "xoauth2" else "Passwort"
        report.ok(f"Die Anmeldung mit {how} gelingt.")
    elif "auth" in dialogue.esmtp_features:
        report.note("Das Portal meldet sich nicht an, obwohl der Server es anbietet: MAIL_URL nennt kein Konto.")
    _say_its_limits(report, dialogue)
    return not sender or _takes_mails_from(report, dialogue, sender)


def _what_to_do(auth: str) -> str:
    if auth == "xoauth2":
        return "Bitte prüfen Sie, ob die Anwendung für dieses Postfach senden darf."
    return "Bitte prüfen Sie MAIL_URL."


def _say_its_limits(report: Report, dialogue: smtplib.SMTP) -> None:
    size = dialogue.esmtp_features.get("size", "")
    if size.isdecimal() and int(size):
        say = report.note if int(size) < SMALL else report.ok
        say(f"Eine Mail darf {int(size) / 1_000_000:.0f} MB groß sein.")
    limits = dict(re.findall(r"(\w+)=(\d+)", dialogue.esmtp_features.get("limits", "").upper()))  # RFC 9422
    if "MAILMAX" in limits:
        report.ok(
            f"Der Server nimmt höchstens {limits['MAILMAX']} Mails je Verbindung; danach beginnt das Portal eine neue."
        )


def _takes_mails_from(report: Report, dialogue: smtplib.SMTP, sender: str) -> bool:
    try:
        code, _ = dialogue.mail(sender)
        dialogue.rset()
    except (smtplib.SMTPException, OSError, ValueError):
        code = 0
    if 200 <= code < 300:
        report.ok(f"Mails dürfen von {sender} kommen.")
        return True
    report.problem(
        f"Mails dürfen nicht von {sender} kommen (Antwort {code or 'blieb aus'}). Bitte erlauben Sie dem Konto in MAIL_URL,"
        " als diese Adresse zu senden, oder ändern Sie MAIL_FROM."
    )
    return False
