"""People who meet at the same agreement, and what came of it."""

from copy import deepcopy
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from agreements import mails
from agreements.models import Version
from klimapakt.links.models import OneTimeCode
from klimapakt.mailbox.models import OutgoingMail
from tests.urls.table import path_of

PAGE = "/mein-klimapakt/vereinbarung/"


class Browser(Client):
    """Opened the link and has the code before it; several of them may share one session."""

    def __init__(self, version: Version, *, like: "Browser | None" = None) -> None:
        super().__init__(raise_request_exception=False)
        self.version = version
        if like:
            self.cookies, self.code = deepcopy(like.cookies), like.code
            return
        link = mails.access_to(version)
        self.post(path_of(link))
        self.post(PAGE + "code/", {"sha256": version.sha256})
        self.code = OneTimeCode.objects.get(link=link).digits()

    def signs(self, name: str = "Erika Muster") -> int:
        typed = {"name": name, "function": "Geschäftsführerin", "agrees": "on", "code": self.code}
        return self.post(PAGE + "unterschreiben/", {"sha256": self.version.sha256, **typed}).status_code


def code_of(version: Version) -> dict[str, object]:
    """A link of its own with a code of its own, as for a second browser."""
    link = mails.access_to(version)
    later = timezone.now() + timedelta(minutes=10)
    return {"link": link, "code": OneTimeCode.objects.create(link=link, expires_at=later)}


def whose_mails_have_left(version: Version) -> Version:
    OutgoingMail.objects.update(status="sent", sent_at=timezone.now())
    return version


def kinds() -> list[str]:
    """Return the kinds of the mails about the agreement, sorted, those of the offer aside."""
    found = OutgoingMail.objects.filter(kind__contains="agreement")
    return sorted(found.exclude(kind__in=["agreement_offered", "agreement_code"]).values_list("kind", flat=True))


def refusals(given: list[object]) -> list[str]:
    return sorted(type(answer).__name__ for answer in given if isinstance(answer, Exception))
