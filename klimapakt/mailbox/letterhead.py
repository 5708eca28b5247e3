"""What surrounds the words of every mail: who writes, why the person gets it, and the one design in HTML."""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Self

from django.conf import settings
from django.template.loader import render_to_string

from klimapakt.mailbox.kinds import Kind
from klimapakt.mailbox.models import UNSUBSCRIBE_MARK, Topic
from klimapakt.pact.models import Pact

TITLE, CONTENT, REASON = "\ue0f0", "\ue0f1", "\ue0f2"
"""Stand in the rendered templates where each mail differs."""


@dataclass(frozen=True)
class Letterhead:
    """The office as its mails show it. Templates are rendered once for each, not once for each mail."""

    name: str
    office_person: str
    office_name: str
    office_unit: str
    office_phone: str
    public_email: str
    base_url: str
    to_office: bool
    topic: str

    @classmethod
    def of(cls, pact: Pact, kind: Kind) -> Self:
        return cls(
            pact.name,
            pact.office_person,
            pact.office_name,
            pact.office_unit,
            pact.office_phone,
            pact.public_email,
            settings.PORTAL_BASE_URL,
            kind.to_office,
            kind.topic,
        )

    def signature(self, reason: str) -> str:
        """Return what follows the words in plain text."""
        return _rendered(self, "mail/_signature.txt").replace(REASON, reason)

    def page(self, content: str, *, subject: str, reason: str) -> str:
        """Return the whole HTML around `content`."""
        filled = {TITLE: escape(subject), CONTENT: content, REASON: escape(reason)}
        return "".join([filled.get(part, part) for part in _shell(self)])


@lru_cache(maxsize=50)
def _shell(letterhead: Letterhead) -> tuple[str, ...]:
    lines = (line.strip() for line in _rendered(letterhead, "mail/layout.html").splitlines())
    return tuple(re.split(f"([{TITLE}{CONTENT}{REASON}])", "\n".join(line for line in lines if line)))


@lru_cache(maxsize=50)
def _rendered(letterhead: Letterhead, template: str) -> str:
    return render_to_string(
        template,
        {
            "pact": letterhead,
            "base_url": letterhead.base_url,
            "title": TITLE,
            "content": CONTENT,
            "reason": REASON,
            "unsubscribe": UNSUBSCRIBE_MARK,
            "topic": Topic(letterhead.topic).label if letterhead.topic else "",
            "to_office": letterhead.to_office,
        },
    )
