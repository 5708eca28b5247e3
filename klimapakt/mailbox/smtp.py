"""The way out: one SMTP session (`answers` says what the server's answers mean for a mail).

What matters is whether the final dot has gone: before it nothing was sent, whatever happened; after it only the
server's answer tells.
"""

import base64
import logging
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn, Self

from klimapakt.configuration.mail import MailServer
from klimapakt.mailbox import addresses, oauth
from klimapakt.mailbox.answers import Answer, AnswerLost, Refused, Stop, TryLater, meaning_of

logger = logging.getLogger(__name__)

TIMEOUT = 60
"""Seconds to wait for an answer of the server."""

PATIENCE = 600
"""Seconds to wait for the answer to the final dot (RFC 5321, 4.5.3.2.6): whoever gives up sooner sends twice."""

QUIT_PATIENCE = 3
"""Seconds to wait for a farewell: every mail was answered before."""

PIECE = 65_536
"""Bytes that have to go within TIMEOUT: a long message on a slow line takes its time."""


class _Dialogue(smtplib.SMTP):
    """A connection that stops before the final dot."""

    def _get_socket(self, *arguments: object) -> object:
        connection = super()._get_socket(*arguments)
        # The dot goes in a packet of its own, which must not wait for the answer to the one before.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def begin(self, wire: bytes, *, sender: str, recipient: str, copy_to: str) -> int | None:
        """Say everything but the dot; returns the code with which the address of the copy was refused."""
        options = ""
        if self.has_extn("size"):
            limit = self.esmtp_features["size"]
            if limit.isdecimal() and 0 < int(limit) < len(wire):
                raise Answer("MAIL", 552, b"5.3.4 longer than the server says it takes")
            options += f" SIZE={len(wire)}"
        if self.has_extn("8bitmime") and not wire.isascii():
            options += " BODY=8BITMIME"
        self._expect("MAIL", self.docmd("MAIL", f"FROM:{_path(sender)}{options}"))
        self._expect("RCPT", self.docmd("RCPT", f"TO:{_path(recipient)}"))
        refused = None
        if copy_to:
            code, _ = self.docmd("RCPT", f"TO:{_path(copy_to)}")
            refused = None if 200 <= code < 300 else code
        self._expect("DATA", self.docmd("DATA"), lowest=354)
        for start in range(0, len(wire), PIECE):
            self.send(wire[start : start + PIECE])
        return refused

    def end(self) -> tuple[int, bytes]:
        """Send the dot and return the answer. Raises AnswerLost once the dot may have gone."""
        self._expect_silence()
        self.sock.settimeout(PATIENCE)
        try:
            self.sock.sendall(b".\r\n")
        except TimeoutError:
            raise AnswerLost from None
        except OSError as error:  # the connection was gone before
            raise smtplib.SMTPServerDisconnected from error
        try:
            code, text = self.getreply()
        except (smtplib.SMTPException, OSError):
            raise AnswerLost from None
        if not 200 <= code < 600 or 300 <= code < 400:  # whatever that is, it is no answer to a message
            raise AnswerLost
        self.sock.settimeout(self.timeout)
        return code, text

    def _expect_silence(self) -> None:
        """Look whether the server hung up or spoke out of turn: then the dot would reach nobody."""
        self.sock.settimeout(0)
        try:
            words = self.sock.recv(4096)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError:
            words = b""
        if words[:3].isdigit():
            raise Answer("DATA", int(words[:3]), words[4:])
        raise smtplib.SMTPServerDisconnected

    def _expect(self, stage: str, answer: tuple[int, bytes], *, lowest: int = 200) -> None:
        code, text = answer
        if not lowest <= code < lowest // 100 * 100 + 100:
            raise Answer(stage, code, text)


class _SecureDialogue(_Dialogue, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


class Session:
    """An SMTP connection opened with the first mail and used for all of a run.

    TLS is checked against the system's certificates. One recipient a message, so that no refusal can hide
    behind another's success.
    """

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.dialogue: _Dialogue | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def open(self) -> smtplib.SMTP:
        """Connect and log in, for a look at what the server says of itself. Raises TryLater or Stop."""
        try:
            return self.dialogue or self._connect()
        except (smtplib.SMTPException, OSError) as error:
            self._break_off(error)

    def send(
        self,
        message: bytes,
        *,
        sender: str,
        recipient: str,
        copy_to: str = "",
        before_dot: Callable[[], None] = lambda: None,
    ) -> int:
        """Hand over one message; returns the code with which the server took it.

        `before_dot` is called when only the final dot is missing. When it raises, nothing was sent. A copy that is
        refused changes nothing for the recipient.

        Raises:
            Refused, TryLater, Stop: it was not sent.
            AnswerLost: perhaps it was.
        """
        wire = _on_the_wire(message)
        try:
            dialogue = self.dialogue or self._connect()
            self._begin(dialogue, wire, sender=sender, recipient=recipient, copy_to=copy_to)
        except Answer as answer:
            self._judge(answer)
        except (smtplib.SMTPException, OSError, ValueError) as error:  # a name that cannot be one is a ValueError
            self._break_off(error)
        try:
            before_dot()
        except BaseException:
            self.hang_up()
            raise
        try:
            code, text = dialogue.end()
        except AnswerLost:
            self.hang_up()
            raise
        except Answer as answer:
            self.hang_up()  # it would take any further word for a line of the message
            raise meaning_of(answer) from None
        except smtplib.SMTPServerDisconnected as error:
            self._break_off(error)
        if code >= 400:
            self._judge(Answer("DOT", code, text))
        return code

    def _begin(self, dialogue: _Dialogue, wire: bytes, **envelope: str) -> None:
        try:
            refused = dialogue.begin(wire, **envelope)
        except ValueError:  # no line of SMTP can be made of this address
            self.hang_up()
            raise Refused(addresses.NOT_AN_ADDRESS, is_about_address=True) from None
        if refused:
            logger.warning("the office's copy of a mail was refused (%s)", refused)

    def close(self) -> None:
        """Say goodbye; what comes back, or that nothing does, changes nothing."""
        dialogue, self.dialogue = self.dialogue, None
        if dialogue is not None:
            with suppress(smtplib.SMTPException, OSError):
                if dialogue.sock is not None:
                    dialogue.sock.settimeout(QUIT_PATIENCE)
                    dialogue.quit()
            dialogue.close()

    def hang_up(self) -> None:
        """Close the connection without another word."""
        dialogue, self.dialogue = self.dialogue, None
        if dialogue is not None:
            dialogue.close()

    def _judge(self, answer: Answer) -> NoReturn:
        """Raise what an answer means, with the connection ready for the next mail or closed."""
        meaning = meaning_of(answer)
        if answer.code == 421 or (isinstance(meaning, TryLater) and meaning.server_is_down):
            self.close()
        elif self.dialogue is not None:
            try:
                self.dialogue.rset()
            except (smtplib.SMTPException, OSError):
                self.hang_up()
        raise meaning from None

    def _break_off(self, error: Exception) -> NoReturn:
        self.hang_up()
        raise TryLater(
            "Der Mailserver ist nicht erreichbar. Das Portal versucht es weiter.", reason=type(error).__name__
        ) from None

    def _connect(self) -> _Dialogue:
        try:
            self.dialogue = dialogue = self._greet()
            dialogue.ehlo_or_helo_if_needed()
            if self.server.user:
                self._log_in(dialogue)
            return dialogue
        except smtplib.SMTPNotSupportedError:
            self.hang_up()
            raise TryLater(
                "Der Mailserver bietet keine verschlüsselte Verbindung (STARTTLS) oder keine Anmeldung an. Ohne sie "
                "wird nichts gesendet. Bitte lassen Sie MAIL_URL prüfen.",
                reason="not offered",
            ) from None
        except ssl.SSLError as error:
            self.hang_up()
            raise TryLater(
                "Das Zertifikat des Mailservers ist nicht gültig, oder die Verschlüsselung kommt nicht zustande. Das "
                "Portal sendet nur über eine sichere Verbindung.",
                reason=type(error).__name__,
            ) from None
        except smtplib.SMTPResponseException as error:
            self.hang_up()
            raise TryLater(
                f"Der Mailserver nimmt zurzeit nichts vom Portal an (Antwort {error.smtp_code}). "
                "Das Portal versucht es weiter.",
                reason=f"session refused ({error.smtp_code})",
                code=error.smtp_code,
                slows=True,
            ) from None

    def _greet(self) -> _Dialogue:
        server = self.server
        if server.security == "tls":
            return _SecureDialogue(server.host, server.port, timeout=TIMEOUT, context=ssl.create_default_context())
        dialogue = _Dialogue(server.host, server.port, timeout=TIMEOUT)
        self.dialogue = dialogue  # from here on it is closed, whatever the server says next
        if server.security == "starttls":
            # Raises when the server offers none: never in clear text.
            dialogue.starttls(context=ssl.create_default_context())
        return dialogue

    # --- login: one try, since servers lock accounts ---

    def _log_in(self, dialogue: _Dialogue) -> None:
        offered = dialogue.esmtp_features.get("auth", "").upper().split()
        if self.server.auth == "xoauth2":
            code = self._show_token(dialogue)
        elif "PLAIN" in offered:
            code = _say_password(dialogue, "PLAIN", f"\0{self.server.user}\0{self.server.password}")
        elif "LOGIN" in offered:
            code = _say_password(dialogue, "LOGIN", self.server.user, self.server.password)
        else:
            raise smtplib.SMTPNotSupportedError
        if 400 <= code < 500:
            raise smtplib.SMTPResponseException(code, b"")
        if code not in (235, 503):
            self.close()
            raise Stop(
                f"Der Mailserver lehnt die Anmeldung ab (Antwort {code}). Das Portal hat aufgehört zu senden, damit "
                "das Konto nicht gesperrt wird. Bitte lassen Sie Benutzername und Passwort in MAIL_URL prüfen. "
                "Keine Mail geht verloren."
                if self.server.auth == "password"
                else f"Der Mailserver lehnt das Anmelde-Token ab (Antwort {code}). Das Portal hat aufgehört zu senden. "
                "Bitte lassen Sie MAIL_URL und die Einstellungen MAIL_OAUTH_… prüfen. Keine Mail geht verloren."
            )

    def _show_token(self, dialogue: _Dialogue) -> int:
        """Log in by XOAUTH2; a refused token may be old, so a new one is asked for once."""
        code = self._show_one_token(dialogue)
        if code == 535:
            oauth.forget()
            code = self._show_one_token(dialogue)
        return code

    def _show_one_token(self, dialogue: _Dialogue) -> int:
        try:
            first = oauth.xoauth2(self.server.user, oauth.access_token())
        except oauth.NoToken as trouble:
            self.close()
            if trouble.is_refused:
                raise Stop(
                    f"{trouble.sentence} Das Portal hat aufgehört zu senden. Keine Mail geht verloren."
                ) from None
            raise TryLater(trouble.sentence, reason="no token", slows=True) from None
        try:
            return dialogue.auth("XOAUTH2", lambda challenge=None: first if challenge is None else "")[0]
        except smtplib.SMTPAuthenticationError as refusal:
            return refusal.smtp_code


def _say_password(dialogue: _Dialogue, mechanism: str, *words: str) -> int:
    """Log in with words in UTF-8 (RFC 4616); smtplib takes ASCII only, and tries each mechanism in turn."""
    first, *others = (base64.b64encode(word.encode()).decode() for word in words)
    if mechanism == "PLAIN":
        return dialogue.docmd("AUTH", f"PLAIN {first}")[0]
    code, _ = dialogue.docmd("AUTH", mechanism)
    for word in (first, *others):
        if code != 334:
            break
        code, _ = dialogue.docmd(word)
    return code


def _path(address: str) -> str:
    """Return an address as it stands in a command; smtplib would take it apart for a third of a millisecond."""
    if not re.fullmatch(r"[!-;=?-~]+@[!-;=?-~]+", address):
        raise ValueError("no address")
    return f"<{address}>"


def _on_the_wire(message: bytes) -> bytes:
    """Return the message with SMTP's line ends, and a second dot where a line begins with one."""
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n") + b"\n"
    return (b"\n" + lines).replace(b"\n.", b"\n..")[1:].replace(b"\n", b"\r\n")
