from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.urls import reverse

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.outbox import sending_is_on
from klimapakt.pact.models import Pact, PactMissing
from klimapakt.worklist import WorkItem


def stuck_mails(user: AbstractUser) -> list[WorkItem]:
    """Mails that did not arrive, and mails that wait because nothing may leave."""
    if not user.has_perm("mailbox.view_outgoingmail"):
        return []
    mails, url = OutgoingMail.objects, reverse("admin:mailbox_outgoingmail_changelist")
    failed = mails.filter(status=OutgoingMail.Status.FAILED).count()
    items = [
        WorkItem("Mails nicht zugestellt", failed, f"{url}?status__exact=failed", "Bitte Adresse prüfen.", urgent=True)
    ]
    try:
        is_on = sending_is_on(Pact.load())
    except PactMissing:
        return items
    if not is_on:
        waiting = mails.filter(status=OutgoingMail.Status.QUEUED).count()
        why = (
            "Der Betrieb hält die Mails an."
            if settings.MAIL_MODE == "held"
            else "Die Geschäftsstelle hat noch kein Postfach eingetragen."
        )
        items.append(WorkItem("Mails warten", waiting, f"{url}?status__exact=queued", why, urgent=True))
    return items
