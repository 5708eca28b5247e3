"""Which mail goes to whom, about what, and which key makes it unique."""

from datetime import datetime, timedelta

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import outbox
from klimapakt.newsletter import access
from klimapakt.newsletter.models import CONFIRMATION_LIFETIME, Subscription

CONFIRMATIONS_AN_HOUR = 3
"""So many mails an hour may reach an address that nobody proved."""

TOO_MANY = (
    "An diese Adresse haben wir in der letzten Stunde schon mehrere Mails geschickt. Bitte sehen Sie auch im "
    "Spam-Ordner nach, oder versuchen Sie es in einer Stunde noch einmal."
)


def confirm_subscription(subscription: Subscription, *, now: datetime) -> None:
    """Ask whoever reads the address; a form sent twice within a minute is one mail."""
    outbox.enqueue(
        "newsletter/mail/newsletter_confirm",
        key=f"newsletter-confirm:{subscription.pk}:{now:%Y%m%d%H%M}",
        to=subscription.email,
        is_proven=False,
        about=subscription,
        context={"days": CONFIRMATION_LIFETIME.days},
        link=lambda: AccessLink.issue(
            access.CONFIRM, subscription.pk, email=subscription.email, valid_for=CONFIRMATION_LIFETIME
        ),
    )


def too_many_confirmations(address: str, *, now: datetime) -> bool:
    """Whether an address has had its share of unasked mail for this hour."""
    since = now - timedelta(hours=1)
    return outbox.recently_sent("newsletter_confirm", to=address, since=since) >= CONFIRMATIONS_AN_HOUR
