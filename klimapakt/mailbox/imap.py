"""The office's mailbox over IMAP: put copies into the folder of sent mails, look for mails, read what came in.

Folders are opened with EXAMINE and messages fetched with PEEK, so reading leaves no trace: no flag, no keyword.
"""

import logging
import re
import ssl
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.conf import settings
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from klimapakt.configuration import ImapServer
from klimapakt.mailbox import oauth
from klimapakt.mailbox.models import MailboxState, OutgoingMail

logging.getLogger("imapclient").setLevel(logging.WARNING)  # below that it repeats what people write

TIMEOUT = SocketTimeout(connect=10, read=30)
"""Seconds."""

SENT_NAMES = ("gesendet", "gesendete elemente", "gesendete objekte", "sent", "sent items", "sent messages")
"""What mail programs call their folder of sent mails, where the server does not flag it; without INBOX before it."""

HEAD_LIMIT = 64 * 1024
"""Bytes of a message's headers that are read."""

UNREACHABLE = "Der IMAP-Server ist nicht erreichbar. Das Portal versucht es weiter."
NOT_NOW = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]|temporar|too many", re.IGNORECASE)
"""Refusals that say nothing about the password (RFC 5530)."""


class ImapProblem(Exception):
    """What went wrong, as a German sentence for the office; `reason` is for the log and holds no content.

    `is_over`: the session is of no more use. `is_full`: the mailbox takes nothing more.
    """

    def __init__(self, sentence: str, *, reason: str, is_over: bool = True, is_full: bool = False) -> None:
        super().__init__(reason)
        self.sentence, self.reason, self.is_over, self.is_full = sentence, reason, is_over, is_full


@dataclass(frozen=True)
class Folder:
    """A folder as it was opened."""

    uid_validity: int
    uid_next: int


@dataclass(frozen=True)
class Envelope:
    """A message from the outside."""

    uid: int
    size: int
    received_at: datetime
    head: bytes


@contextmanager
def mailbox(server: ImapServer | None = None) -> Iterator["Mailbox"]:
    """Sign in to the office's mailbox for a block. Raises ImapProblem."""
    server = server or settings.IMAP_SERVER
    client = _connect(server)
    try:
        yield Mailbox(client, server)
    finally:
        with suppress(Exception):  # everything was answered before
            client.logout()
        with suppress(Exception):
            client.shutdown()


class Mailbox:
    """A session; every method raises ImapProblem."""

    def __init__(self, client: IMAPClient, server: ImapServer) -> None:
        self.client, self.server = client, server
        self._open = ""

    @cached_property
    def folders(self) -> dict[str, tuple[str, set[str]]]:
        """All folders that hold messages: name → separator and flags (lower case)."""
        with _in_plain_german("Die Ordner des Postfachs lassen sich nicht lesen."):
            listed = self.client.list_folders()
        found = {}
        for flags, separator, name in listed:
            names = {_text(flag).lower() for flag in flags}
            if not names & {"\\noselect", "\\nonexistent"}:
                found[_text(name)] = (_text(separator or b""), names)
        return found

    @cached_property
    def sent_folder(self) -> str:
        """The folder of sent mails: the one that IMAP_URL names, else the one the server flags, else a known name."""
        if wanted := self.server.sent:
            if wanted in self.folders:
                return wanted
            raise ImapProblem(
                f"Den Ordner „{wanted}“ gibt es im Postfach nicht. Bitte prüfen Sie „sent“ in IMAP_URL.",
                reason="the configured sent folder is missing",
                is_over=False,
            )
        flagged = [name for name, (_, flags) in self.folders.items() if "\\sent" in flags]
        known = sorted(
            (SENT_NAMES.index(bare), name)
            for name, (separator, _) in self.folders.items()
            if (bare := _without_inbox(name, separator)) in SENT_NAMES
        )
        if flagged or known:
            return min(flagged, default=known[0][1] if known else "")
        raise ImapProblem(
            "Im Postfach gibt es keinen Ordner für gesendete Mails. Bitte legen Sie einen an (etwa „Gesendet“)"
            " oder nennen Sie ihn in IMAP_URL (sent=…).",
            reason="no sent folder",
            is_over=False,
        )

    def find_all(
        self, message_ids: Collection[str], *, since: date | None = None, everywhere: bool = False
    ) -> dict[str, str]:
        """Return where mails lie, Message-ID → folder: that of sent mails or the inbox.

        `everywhere`: in whichever folder somebody put them.
        `since` leaves out what the server received before that day: a large folder is searched sooner.
        """
        try:
            first = [self.sent_folder, self.server.inbox]
        except ImapProblem as problem:
            if problem.is_over:
                raise
            first = [self.server.inbox]
        found: dict[str, str] = {}
        for folder in dict.fromkeys([*first, *(self.folders if everywhere else ())]):
            missing = [message_id for message_id in message_ids if message_id not in found]
            try:
                found |= dict.fromkeys(self._which_lie_in(folder, missing, since) if missing else (), folder)
            except ImapProblem as problem:
                if problem.is_over or folder in first:
                    raise  # any other folder may be closed to us
        return found

    def is_filed(self, message_id: str, *, since: date | None = None) -> bool:
        """Whether the folder of sent mails has this mail."""
        return bool(self._which_lie_in(self.sent_folder, [message_id], since))

    def append_sent(self, message: bytes, *, at: datetime) -> None:
        """Put a message into the folder of sent mails, read, with this time (aware)."""
        folder = self.sent_folder
        crlf = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
        with _in_plain_german(f"Das Postfach nimmt keine Kopien in den Ordner „{folder}“ an."):
            self.client.append(folder, crlf, [b"\\Seen"], at)

    def open_inbox(self) -> Folder:
        """Open the inbox for reading only."""
        return self._examine(self.server.inbox)

    def uids_after(self, uid: int) -> list[int]:
        """Return the messages of the open folder that came after this one, oldest first."""
        # „n:*“ names the last message even where it is older than n.
        return sorted(found for found in self._search(["UID", f"{uid + 1}:*"]) if found > uid)

    def uids_since(self, day: date) -> list[int]:
        """Return the messages of the open folder that the server received on this day or later."""
        return sorted(self._search(["SINCE", day]))

    def envelopes(self, uids: Sequence[int]) -> list[Envelope]:
        """Return size, time and headers of messages of the open folder; whoever is gone meanwhile is left out."""
        part = f"BODY.PEEK[HEADER]<0.{HEAD_LIMIT}>"
        return [
            Envelope(uid, int(data[b"RFC822.SIZE"]), data[b"INTERNALDATE"], data.get(b"BODY[HEADER]<0>") or b"")
            for uid, data in sorted(self._fetch(uids, ["RFC822.SIZE", "INTERNALDATE", part]).items())
            if data.get(b"INTERNALDATE") and b"RFC822.SIZE" in data
        ]

    def beginning(self, uid: int, limit: int) -> bytes:
        """Return the first `limit` bytes of a message of the open folder; nothing when it is gone."""
        return self._fetch([uid], [f"BODY.PEEK[]<0.{limit}>"]).get(uid, {}).get(b"BODY[]<0>") or b""

    def _which_lie_in(self, folder: str, message_ids: Iterable[str], since: date | None) -> list[str]:
        self._examine(folder)
        newer = ["SINCE", since] if since else []
        return [wanted for wanted in message_ids if self._search([*newer, "HEADER", "Message-ID", wanted])]

    def _examine(self, folder: str) -> Folder:
        with _in_plain_german(f"Der Ordner „{folder}“ des Postfachs lässt sich nicht öffnen."):
            # Also where it is open already: only so every server shows what has come meanwhile.
            opened = self.client.select_folder(folder, readonly=True)
        return Folder(int(opened.get(b"UIDVALIDITY", 0)), int(opened.get(b"UIDNEXT", 0)))

    def _search(self, criteria: list[object]) -> list[int]:
        with _in_plain_german("Das Postfach lässt sich nicht durchsuchen."):
            return list(self.client.search(criteria))

    def _fetch(self, uids: Sequence[int], parts: list[str]) -> dict[int, dict[bytes, object]]:
        with _in_plain_german("Eine Mail im Postfach lässt sich nicht lesen."):
            return dict(self.client.fetch(uids, parts)) if uids else {}


def _connect(server: ImapServer) -> IMAPClient:
    with _in_plain_german("Der IMAP-Server antwortet nicht, wie er soll."):
        client = IMAPClient(
            server.host,
            server.port,
            ssl=server.security == "tls",
            ssl_context=ssl.create_default_context() if server.security == "tls" else None,
            timeout=TIMEOUT,
        )
    client.normalise_times = False  # times with their zone
    try:
        with _in_plain_german("Der IMAP-Server antwortet nicht, wie er soll."):
            if server.security == "starttls":
                # Raises when the server offers none: never in clear text.
                client.starttls(ssl_context=ssl.create_default_context())
            _sign_in(client, server)
    except BaseException:
        with suppress(Exception):
            client.shutdown()
        raise
    return client


def _sign_in(client: IMAPClient, server: ImapServer) -> None:
    if server.auth == "xoauth2":
        try:
            token = oauth.access_token()
        except oauth.NoToken as trouble:
            raise ImapProblem(trouble.sentence, reason="no access token") from None
        try:
            client.sasl_login("XOAUTH2", _once(oauth.xoauth2(server.user, token)))
        except LoginError:
            oauth.forget()
            raise
    elif client.has_capability("AUTH=PLAIN"):
        # Unlike LOGIN it knows letters beyond ASCII.
        client.sasl_login("PLAIN", _once(f"\0{server.user}\0{server.password}"))
    else:
        client.login(server.user, server.password)


def _once(answer: str) -> Callable[[bytes], bytes]:
    """Answer the server's first question; an error that it explains in a second one gets an empty answer."""
    answers = [answer.encode()]
    return lambda challenge: answers.pop() if answers else b""


@contextmanager
def _in_plain_german(otherwise: str) -> Iterator[None]:
    """Turn what may go wrong in a session into an ImapProblem; `otherwise` says what the server refused."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise ImapProblem(
            "Das Zertifikat des IMAP-Servers ist nicht gültig. Bitte prüfen Sie den Namen des Servers und sein Zertifikat.",
            reason=f"certificate: {error.verify_message}",
        ) from None
    except ssl.SSLError as error:
        raise ImapProblem(
            "Mit dem IMAP-Server kommt keine verschlüsselte Verbindung zustande. Bitte prüfen Sie Port und tls.",
            reason=f"TLS: {error.reason}",
        ) from None
    except LoginError as error:
        if isinstance(error.__context__, IMAPClientAbortError) or NOT_NOW.search(str(error)):
            raise ImapProblem(UNREACHABLE, reason="no sign-in now") from None
        raise ImapProblem(
            "Das Postfach lehnt die Anmeldung ab. Bitte prüfen Sie Benutzer und Passwort in IMAP_URL.",
            reason="authentication refused",
        ) from None
    except (IMAPClientAbortError, OSError) as error:
        raise ImapProblem(UNREACHABLE, reason=type(error).__name__) from None
    except CapabilityError:
        raise ImapProblem(
            "Der IMAP-Server bietet keine Verschlüsselung mit STARTTLS an. Bitte prüfen Sie Port und tls in IMAP_URL.",
            reason="no STARTTLS",
        ) from None
    except IMAPClientError as error:
        if "quota" in str(error).lower():  # [OVERQUOTA] (RFC 5530), or only words
            raise ImapProblem(
                "Das Postfach ist voll. Bitte räumen Sie es auf oder lassen Sie es vergrößern.",
                reason="over quota",
                is_over=False,
                is_full=True,
            ) from None
        raise ImapProblem(otherwise, reason=type(error).__name__, is_over=False) from None
    except (ValueError, KeyError, IndexError) as error:
        # An answer that the library cannot read; what follows on the line is unknown.
        raise ImapProblem(otherwise, reason=type(error).__name__) from None


def _without_inbox(name: str, separator: str) -> str:
    lower = name.lower()
    return lower.removeprefix(f"inbox{separator}".lower()) if separator else lower


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def remember(problem: ImapProblem | None) -> None:
    """Tell the office what is wrong with its mailbox; None when it was well."""
    state = MailboxState.load()
    sentence = problem.sentence[:300] if problem else ""
    # While copies wait for another try it is not well, even though reading works.
    late_copies = OutgoingMail.objects.filter(copy_status=OutgoingMail.Copy.WAITING, copy_attempts__gt=0)
    if not sentence and late_copies.exists():
        return
    if state.inbox_problem != sentence:
        MailboxState.objects.filter(pk=state.pk).update(inbox_problem=sentence)
