"""Mails to the office's own mailbox."""

from django.db import models

from klimapakt.mailbox import outbox
from klimapakt.pact.models import Pact


def to_office(kind: str, *, key: str, about: models.Model, context: dict[str, object] | None = None) -> None:
    """Write one mail to the office; without a mailbox there is none, and the admin's start page shows the same."""
    pact = Pact.load()
    if not pact.can_send_mail:
        return
    outbox.enqueue(
        f"partners/mail/{kind}", key=key, to=pact.office_email, about=about, context={"about": about, **(context or {})}
    )
