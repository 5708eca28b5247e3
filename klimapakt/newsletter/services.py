"""From an order to a subscription: whoever reads the address says yes a second time."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OptOut, OutgoingMail, Topic
from klimapakt.newsletter import access, mails
from klimapakt.newsletter.models import Subscription, consent_text
from klimapakt.pact.models import Pact
from klimapakt.states import TransitionNotAllowed


@transaction.atomic
def ask(email: str) -> None:
    """Note an order and ask the reader of the address. A subscription that is active stays untouched."""
    now = timezone.now()
    email, asked = email.lower(), {"asked_at": now, "text": consent_text(Pact.load())}
    subscription, is_new = Subscription.objects.get_or_create(email=email, defaults=asked)
    if not is_new:
        subscription = Subscription.objects.select_for_update().get(pk=subscription.pk)
        if subscription.confirmed_at is None:
            Subscription.objects.filter(pk=subscription.pk).update(**asked)
    mails.confirm_subscription(subscription, now=now)


@transaction.atomic
def confirm(link: AccessLink) -> Subscription:
    """Begin, or begin again, what was ordered, and end the links that would do so once more.

    Raises TransitionNotAllowed when the order is gone or was confirmed with another link.
    """
    subscription = Subscription.objects.select_for_update().filter(pk=link.object_id, email=link.email).first()
    if subscription is None or not AccessLink.objects.to(access.CONFIRM, link.object_id).revoke():
        raise TransitionNotAllowed(f"subscription {link.object_id} cannot be confirmed")
    if not subscription.is_active:
        now = timezone.now()
        was_confirmed = subscription.confirmed_at is not None
        again = {"asked_at": link.created_at, "text": consent_text(Pact.load())} if was_confirmed else {}
        Subscription.objects.filter(pk=subscription.pk).update(confirmed_at=now, **again)
        OptOut.objects.filter(email=subscription.email, topic=Topic.NEWSLETTER).delete()
    return subscription


def delete_unconfirmed() -> int:
    """Delete orders that nobody confirmed in the pact's time; returns how many."""
    limit = timezone.now() - timedelta(days=Pact.load().delete_unconfirmed_after_days)
    deleted = 0
    for pk in Subscription.objects.unconfirmed_since(limit).values_list("pk", flat=True):
        with transaction.atomic():
            stale = Subscription.objects.unconfirmed_since(limit).select_for_update().filter(pk=pk).first()
            if stale is None:
                continue  # confirmed at the last moment
            AccessLink.objects.to(access.CONFIRM, stale.pk).delete()
            OutgoingMail.objects.about(stale).delete()
            stale.delete()
            deleted += 1
    return deleted
