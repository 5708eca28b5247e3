"""What stands in the office's mailbox; traits and functions are named after states."""

from datetime import timedelta

import factory
from django.db.models import QuerySet
from django.utils import timezone
from factory.django import DjangoModelFactory

from klimapakt.mailbox import audiences, restored
from klimapakt.mailbox import mailing as services
from klimapakt.mailbox.models import Mailing
from tests.factories import ContactFactory, PartnerFactory


class MailingFactory(DjangoModelFactory):
    """A mailing to the main contacts of all Klimapartner, being written."""

    class Meta:
        model = Mailing

    audience = "partners"
    choices = factory.LazyAttribute(lambda mailing: audiences.get(mailing.audience).first_choices())
    subject = "Neues aus dem {pakt}"
    body = "Guten Tag {name},\n\nwir laden {organisation} herzlich ein."


def mailing_in(state: str, *, people: int = 2, **fields: object) -> Mailing:
    """Return a mailing in the named state to so many new contacts of Klimapartner, brought there by the services."""
    for number in range(1, people + 1):
        ContactFactory(name=f"Person {number}", organisation=PartnerFactory(listed=True).organisation)
    mailing = MailingFactory(**fields)
    if state == "draft":
        return mailing
    services.prepare(mailing)
    if state == "prepared":
        return mailing
    mailing.note_reading()
    services.release(mailing)
    if state == "paused":
        services.pause(mailing)
    if state == "stopped":
        services.stop(mailing)
    assert mailing.status == state
    return mailing


MAY_HAVE_LEFT = {
    "draft": False, "held": False, "queued": False, "in_flight": False, "handing_over": True, "sent": True,
    "retry": False, "failed": False, "unclear": True, "bounced": False, "withdrawn": False, "expired": False,
    "held after a restore": True, "queued once more": True, "failed at the repetition": True,
    "bounced at the repetition": False,
}  # fmt: skip
"""Each state of a mail that is taken back, and whether somebody may have the mail in hand then; written by hand."""


def bring(mails: QuerySet, state: str) -> None:
    """Bring mails into a state of MAY_HAVE_LEFT, with the columns that belong to it."""
    now = timezone.now()
    columns = {
        "held after a restore": {"status": "held", "problem": restored.BECAUSE},
        "queued once more": {"status": "queued", "repeats": 1, "handed_over_at": now},
        "failed at the repetition": {"status": "failed", "repeats": 1},
        "bounced at the repetition": {"status": "bounced", "repeats": 1, "sent_at": now, "bounced_at": now},
        "in_flight": {"status": "in_flight", "attempts": 1, "lease_until": now + timedelta(minutes=2)},
        "handing_over": {"attempts": 1, "lease_until": now + timedelta(minutes=2), "handed_over_at": now},
        "sent": {"sent_at": now},
        "bounced": {"sent_at": now, "bounced_at": now},
        "unclear": {"handed_over_at": now},
    }
    assert mails.update(**{"status": state} | columns.get(state, {}))
