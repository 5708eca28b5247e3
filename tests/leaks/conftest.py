"""What was shown, logged, stored and sent while people went the whole way."""

import logging
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client

from klimapakt.documents import archive
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.logs import HidePrivateData
from klimapakt.mailbox import optout
from klimapakt.mailbox.message import build_copy
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.pump import pump
from klimapakt.pact.models import Pact
from tests.rows import all_rows
from tests.stack import Postbox
from tests.urls.table import path_of


class Log(logging.Handler):
    """Keeps each record as the portal's own handler writes it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.addFilter(HidePrivateData())

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("mail.log"):
            return  # the SMTP peer of the tests, which no portal runs
        self.lines.append(logging.Formatter().format(record))


@pytest.fixture
def log() -> Iterator[Log]:
    handler, root = Log(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


class Walk:
    """Two browsers, one of a company and one of the office; remembers every page that was shown."""

    def __init__(self, office: object, postbox: Postbox, log: Log) -> None:
        self.company, self.member, self.public = Client(), Client(), Client()
        self.member.force_login(office)
        self.postbox, self.log = postbox, log
        self.pages: list[str] = []

    def page(self, client: Client, path: str, data: dict | None = None) -> HttpResponse:
        response = client.post(path, data) if data is not None else client.get(path)
        assert response.status_code in (200, 302), (path, response.status_code)
        self.pages.append(f"{response.headers} {response.content.decode(errors='replace')}")
        return response

    def open_newest_link(self, client: Client | None = None) -> None:
        """Follow the link of the mail that left last, as a person does."""
        pump()
        client, path = client or self.company, path_of(AccessLink.objects.order_by("created_at").last())
        client.get(path)
        self.page(client, self.page(client, path, {})["Location"])

    @property
    def macs(self) -> set[str]:
        """What makes a personal link work: the second half of its token."""
        return {path_of(link).split(".")[1].strip("/") for link in AccessLink.objects.all()}

    @property
    def unsubscribing(self) -> set[str]:
        """The same of the addresses at which a topic ends."""
        mails = OutgoingMail.objects.exclude(topic="")
        return {optout.address(mail).rpartition(".")[2].strip("/") for mail in mails}

    @property
    def codes(self) -> set[str]:
        return {code.digits() for code in OneTimeCode.objects.all()}

    def texts(self) -> dict[str, str]:
        """Return all that can be read, by the place where it stands."""
        rows = "\n".join(f"{table} {row}" for table, rows in all_rows(without=()).items() for row in rows)
        mails = OutgoingMail.objects.all()
        outbox_rows = "\n".join(f"{m.subject}{m.body}{m.html}{m.shown_body}{m.key}{m.problem}" for m in mails)
        copies = b"".join(build_copy(mail, Pact.load()) for mail in mails if not mail.holds_code)
        files = b"".join(bytes(file.content) for mail in mails for file in mail.attachments.all())
        return {
            "database": rows,
            "log": "\n".join(self.log.lines),
            "outbox": outbox_rows,
            "files": files.decode(errors="replace"),
            "copies": copies.replace(b"=\r\n", b"").decode(errors="replace"),
            "pages": "\n".join(self.pages),
        }

    def places_of(self, secret: str) -> set[str]:
        """Return where a text stands."""
        return {place for place, text in self.texts().items() if secret in text}


@pytest.fixture
def walk(pact, office, postbox, log) -> Walk:
    """Nobody has gone anywhere yet. The office may countersign too."""
    office.user_permissions.add(Permission.objects.get(codename="countersign_agreement"))
    return Walk(office, postbox, log)


def make_documents() -> None:
    """Do what the worker does with what was ordered."""
    while archive.render_next():
        pass
