"""The way out: one SMTP session, and what the server's answers mean for a mail."""

import smtplib
import ssl
from typing import Self

from klimapakt.configuration import MailServer

TIMEOUT = 30
"""Seconds to wait for an answer of the server."""


class Refused(Exception):
    """The server will never take this mail; `sentence` says it to the office."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TryLater(Exception):
    """The mail may go through another time. `server_is_down`: so will no other mail now."""

    def __init__(self, sentence: str, *, reason: str, server_is_down: bool) -> None:
        super().__init__(reason)
        self.sentence, self.reason, self.server_is_down = sentence, reason, server_is_down


class Session:
    """An SMTP connection opened with the first mail and used for all of a run.

    TLS is checked against the system's certificates. One recipient a message, so that no refusal can hide
    behind another's success.
    """

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        """Hand over one message; returns when the server has taken it. Raises Refused or TryLater."""
        try:
            connection = self.connection or self._connect()
            connection.sendmail(sender, [recipient], message)
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            self._judge(
                code,
                "Der Mailserver kennt diese Adresse nicht oder nimmt nichts für sie an. Bitte prüfen Sie die Adresse.",
            )
        except smtplib.SMTPAuthenticationError as error:
            self._close()
            raise TryLater(
                "Der Mailserver lehnt die Anmeldung ab. Bitte lassen Sie das Passwort des Postfachs prüfen.",
                reason=f"authentication refused ({error.smtp_code})",
                server_is_down=True,
            ) from None
        except (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPSenderRefused) as error:
            # Our side is at fault, not the recipient: the mail stays.
            self._close()
            raise TryLater(
                f"Der Mailserver nimmt zurzeit nichts vom Portal an (Antwort {error.smtp_code}). Das Portal versucht es weiter.",
                reason=f"session refused ({error.smtp_code})",
                server_is_down=True,
            ) from None
        except smtplib.SMTPResponseException as error:
            self._judge(error.smtp_code, "Der Mailserver hat diese Mail abgelehnt.")
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise TryLater(
                "Der Mailserver ist nicht erreichbar. Das Portal versucht es weiter.",
                reason=type(error).__name__,
                server_is_down=True,
            ) from None

    def _judge(self, code: int, sentence: str) -> None:
        try:
            self.connection and self.connection.rset()
        except (smtplib.SMTPException, OSError):
            self._close()
        if 500 <= code < 600:
            raise Refused(f"{sentence} (Antwort {code})")
        raise TryLater(
            f"Der Mailserver bittet um Geduld (Antwort {code}). Das Portal versucht es weiter.",
            reason=f"answer {code}",
            server_is_down=code == 421,
        )

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT, context=ssl.create_default_context()
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
        self.connection = connection  # from here on `_close` finds it, whatever the server says next
        if server.security == "starttls":
            # Raises when the server offers none: never in clear text.
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
        return connection

    def _close(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            try:
                connection.quit()
            except (smtplib.SMTPException, OSError):
                connection.close()  # every mail was answered before
