"""Real IMAP servers for tests: pymap, and Dovecot where it is installed. Each test has an empty mailbox there.

pymap flags no folder as the one of sent mails; Dovecot does (RFC 6154), and knows quotas and TLS.
"""

import contextlib
import getpass
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from itertools import count
from pathlib import Path

import pytest
from imapclient import IMAPClient

from klimapakt.configuration import ImapServer
from tests.environment import free_port

CERTIFICATE = Path(__file__).with_name("smtp_peer.pem")
DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
PASSWORD = "Schlüssel-zum-Postfach"
FULL = "voll"
"""A mailbox on Dovecot that takes next to nothing."""

_numbers = count(1)


class Account:
    """A mailbox and what a person's mail program would do there; `server` is how the portal gets to it."""

    def __init__(self, server: ImapServer) -> None:
        self.server = server

    @cached_property
    def client(self) -> IMAPClient:
        """The mail program's session, kept: to check a password takes pymap a while."""
        client = IMAPClient(self.server.host, self.server.port, ssl=False, timeout=10)
        client.normalise_times = False
        client.plain_login(self.server.user, self.server.password)
        return client

    def close(self) -> None:
        if "client" in vars(self):
            self.client.logout()

    def create(self, *folders: str) -> None:
        for folder in folders:
            self.client.create_folder(folder)

    def delete(self, folder: str) -> None:
        self.client.delete_folder(folder)

    def put(
        self, *messages: bytes, folder: str = "INBOX", flags: tuple[bytes, ...] = (), at: datetime | None = None
    ) -> None:
        """Let messages arrive, oldest first."""
        for message in messages:
            self.client.append(folder, message, flags, at)

    def messages(self, folder: str = "INBOX") -> list[bytes]:
        """Return all messages of a folder as the server holds them."""
        self.client.select_folder(folder, readonly=True)
        fetched = self.client.fetch(uids, ["BODY.PEEK[]"]) if (uids := self.client.search()) else {}
        return [data[b"BODY[]"] for _, data in sorted(fetched.items())]

    def state(self) -> dict[str, dict[int, tuple]]:
        """Return what any mail program could see of each message: folder → UID → flags, keywords, time, size."""
        found = {}
        for folder in self.folders():
            self.client.select_folder(folder, readonly=True)
            uids = self.client.search()
            fetched = self.client.fetch(uids, ["FLAGS", "INTERNALDATE", "RFC822.SIZE"]) if uids else {}
            found[folder] = {
                uid: (
                    sorted(set(data[b"FLAGS"]) - {rb"\Recent"}),  # of a session, not of a message (RFC 3501, 2.3.2)
                    data[b"INTERNALDATE"],
                    data[b"RFC822.SIZE"],
                )
                for uid, data in fetched.items()
            }
        return found

    def empty(self) -> None:
        self.client.select_folder("INBOX")
        if uids := self.client.search():
            self.client.delete_messages(uids)
            self.client.expunge()
        for folder in self.folders():
            if folder != "INBOX":
                self.client.delete_folder(folder)

    def folders(self) -> list[str]:
        listed = self.client.list_folders()
        return [name for flags, _, name in listed if not {rb"\Noselect", rb"\NonExistent"} & set(flags)]


def _wait_for(port: int, process: subprocess.Popen) -> None:
    end = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
            if connection.recv(4) == b"* OK":
                return
        assert process.poll() is None, "the IMAP server has ended"
        assert time.monotonic() < end, "the IMAP server does not answer"
        time.sleep(0.02)


def _end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@pytest.fixture(scope="session")
def _pymap() -> Iterator[Account]:
    port = free_port()
    process = subprocess.Popen(
        # Nobody holds the tasks of its sessions: the garbage collector would end one now and then.
        [sys.executable, "-c", "import gc, sys; gc.disable(); from pymap.main import main; sys.exit(main())",
         "--host", "127.0.0.1", "--port", str(port), "--no-tls", "--no-service", "admin",
         "dict", "--demo-user", "amt", "--demo-password", PASSWORD],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(port, process)
        account = Account(ImapServer(host="127.0.0.1", port=port, user="amt", password=PASSWORD, security="none"))
        yield account
        account.close()
    finally:
        _end(process)


@pytest.fixture
def account(_pymap: Account, settings) -> Account:
    """The office's mailbox on pymap with INBOX and „Gesendet“; the portal is told of it."""
    _pymap.empty()
    _pymap.create("Gesendet")
    settings.IMAP_SERVER, settings.MAIL_COPIES = _pymap.server, "portal"
    return _pymap


CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain
auth_failure_delay = 0
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
mail_plugins = quota
protocol imap {{
  mail_plugins = quota imap_quota
}}
plugin {{
  quota = maildir:Postfach
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/full
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/full
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = .
  prefix = INBOX.
  mailbox "Ausgang des Amts" {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def _people() -> dict[str, str]:
    """Return whom Dovecot works as: started by root it insists on others, else it is what we are."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        return {"internal": "dovecot", "internal_group": "dovecot", "login": "dovenull",
                "uid": str(nobody.pw_uid), "gid": str(nobody.pw_gid)}  # fmt: skip
    me = getpass.getuser()
    return {"internal": me, "internal_group": grp.getgrgid(os.getgid()).gr_name, "login": me,
            "uid": str(os.getuid()), "gid": str(os.getgid())}  # fmt: skip


class Dovecot:
    """A server of our own: anybody who knows the password has a mailbox."""

    def __init__(self, folder: Path) -> None:
        self.port, self.tls_port = free_port(), free_port()
        people = _people()
        folder.chmod(0o755)
        (folder / "mail").mkdir()
        os.chown(folder / "mail", int(people["uid"]), int(people["gid"]))
        certificate = folder / "certificate.pem"
        shutil.copy(CERTIFICATE, certificate)
        (folder / "full").write_text(
            f"{FULL}:{{PLAIN}}{PASSWORD}:{people['uid']}:{people['gid']}::{folder}/mail/{FULL}::"
            "userdb_quota_rule=*:bytes=600\n"
        )
        (folder / "full").chmod(0o644)
        written = CONFIGURATION.format(
            folder=folder, certificate=certificate, password=PASSWORD, port=self.port, tls_port=self.tls_port, **people
        )
        (folder / "dovecot.conf").write_text(written)
        self.process = subprocess.Popen(
            [DOVECOT, "-F", "-c", str(folder / "dovecot.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _wait_for(self.port, self.process)

    def account(self, user: str = "") -> Account:
        """Return a mailbox that nobody had before, or the named one."""
        user = user or f"amt{next(_numbers)}"
        return Account(ImapServer(host="127.0.0.1", port=self.port, user=user, password=PASSWORD, security="none"))


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    if not DOVECOT:
        pytest.skip("Dovecot is not installed")
    version = subprocess.run([DOVECOT, "--version"], capture_output=True, text=True, check=True).stdout
    if not version.startswith("2.3."):
        pytest.skip(f"Dovecot {version.split()[0]} reads another configuration than this one for 2.3")
    folder = Path(tempfile.mkdtemp(prefix="imap-", dir="/tmp"))  # short: the paths of its sockets have to fit
    server = None
    try:
        server = Dovecot(folder)
        yield server
    finally:
        if server:
            _end(server.process)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def dovecot_account(dovecot: Dovecot, settings) -> Iterator[Account]:
    """The office's mailbox on Dovecot, where a folder is flagged \\Sent; the portal is told of it."""
    account = dovecot.account()
    settings.IMAP_SERVER, settings.MAIL_COPIES = account.server, "portal"
    yield account
    account.close()
