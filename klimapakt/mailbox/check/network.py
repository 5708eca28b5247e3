"""The way to a server, before anybody signs in: its name, its port, its certificate."""

import imaplib
import smtplib
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime

from django.utils import timezone

from klimapakt.configuration.mail import LOOPBACK, MailServer
from klimapakt.mailbox.check.report import Report

TIMEOUT = 10
RENEW_WITHIN_DAYS = 21

VERIFY = {
    9: "gilt noch nicht",
    10: "ist abgelaufen",
    18: "hat sich selbst unterschrieben",
    19: "führt zu keiner Stelle, der dieser Rechner traut",
    20: "führt zu keiner Stelle, der dieser Rechner traut",
    21: "führt zu keiner Stelle, der dieser Rechner traut",
    62: "gilt für einen anderen Namen",
    64: "gilt für eine andere Adresse",
}
"""What OpenSSL says about a certificate (its X509_V_ERR numbers)."""


def check(report: Report, server: MailServer, variable: str) -> bool:
    """Look at the way to a server; False when there is none. `variable` is where its address stands."""
    where = f"{server.host}, Port {server.port}"
    try:
        socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        report.problem(f"Den Server {server.host} gibt es im Netz nicht. Bitte prüfen Sie den Namen in {variable}.")
        return False
    try:
        if server.security == "none":
            socket.create_connection((server.host, server.port), TIMEOUT).close()
            report.ok(f"{where} ist erreichbar.")
            _say_that_nothing_is_encrypted(report, server, variable)
            return True
        certificate, version = _encrypted(server, is_smtp=variable == "MAIL_URL")
    except ssl.SSLCertVerificationError as error:
        because = VERIFY.get(error.verify_code, f"gilt nicht ({error.verify_message})")
        report.problem(
            f"Das Zertifikat von {where} {because}. Bitte lassen Sie es erneuern, oder nennen Sie in {variable} den Namen,"
            " für den es gilt. Ein Zertifikat der eigenen Stelle macht SSL_CERT_FILE bekannt."
        )
    except ssl.SSLError:
        report.problem(
            f"{where} spricht anders als erwartet: Es kommt keine Verschlüsselung zustande. Bitte prüfen Sie Port und"
            f" tls in {variable}."
        )
    except (smtplib.SMTPNotSupportedError, imaplib.IMAP4.error):
        report.problem(f"{where} bietet kein STARTTLS an. Bitte prüfen Sie Port und tls in {variable}.")
    except (smtplib.SMTPException, TimeoutError, OSError) as error:
        report.problem(_no_connection(error, where, variable))
    else:
        _say_how_long_it_is_valid(report, certificate, where, version)
        return True
    return False


def _encrypted(server: MailServer, *, is_smtp: bool) -> tuple[dict[str, object], str]:
    """Return the server's certificate, which was checked, and the version of TLS."""
    context = ssl.create_default_context()
    if server.security == "tls":
        with (
            socket.create_connection((server.host, server.port), TIMEOUT) as plain,
            context.wrap_socket(plain, server_hostname=server.host) as connection,
        ):
            return connection.getpeercert() or {}, connection.version() or ""
    if is_smtp:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
        try:
            smtp.starttls(context=context)
            return smtp.sock.getpeercert() or {}, smtp.sock.version() or ""
        finally:
            smtp.close()
    imap = imaplib.IMAP4(server.host, server.port, timeout=TIMEOUT)
    try:
        imap.starttls(ssl_context=context)
        return imap.sock.getpeercert() or {}, imap.sock.version() or ""
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            imap.shutdown()


def _no_connection(error: Exception, where: str, variable: str) -> str:
    if isinstance(error, ConnectionRefusedError):
        return f"{where} nimmt keine Verbindung an. Bitte prüfen Sie den Port in {variable}."
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):  # smtplib hides it
        return f"{where} antwortet nicht. Bitte prüfen Sie den Port in {variable} und die Firewall zwischen beiden Rechnern."
    if isinstance(error, smtplib.SMTPResponseException):
        return (
            f"{where} weist das Portal ab (Antwort {error.smtp_code}). Bitte lassen Sie diesen Rechner auf dem Mailserver"
            " zulassen."
        )
    return f"{where} legt gleich wieder auf. Bitte prüfen Sie Port und tls in {variable}."


def _say_that_nothing_is_encrypted(report: Report, server: MailServer, variable: str) -> None:
    if server.host not in LOOPBACK:
        report.note(f"tls=none in {variable}: Mails gehen unverschlüsselt zum Server. Besser ist tls=starttls.")


def _say_how_long_it_is_valid(report: Report, certificate: dict[str, object], where: str, version: str) -> None:
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (ends - timezone.now()).days
    sentence = f"{where} ist erreichbar, verschlüsselt mit {version}; das Zertifikat gilt noch {days} Tage."
    if days < RENEW_WITHIN_DAYS:
        report.problem(f"{sentence} Danach geht keine Mail mehr hinaus. Bitte lassen Sie es erneuern.")
    else:
        report.ok(sentence)
