"""Those who get the newsletter, as recipients of a mailing."""

from django import forms

from klimapakt.mailbox.audiences import Audience, Recipient
from klimapakt.mailbox.models import Topic
from klimapakt.newsletter.models import Subscription


class NoChoice(forms.Form):
    """The newsletter goes to all who ordered it."""


def _subscribers(choices: dict[str, object]) -> list[Recipient]:
    return [
        Recipient(key=f"subscription:{subscription.pk}", email=subscription.email, name="", about=subscription)
        for subscription in Subscription.objects.active()
    ]


SUBSCRIBERS = Audience(
    name="newsletter",
    title="Newsletter",
    explanation="Alle, die den Newsletter auf der Website bestellt und ihre Adresse bestätigt haben.",
    reason="Sie erhalten diese Mail, weil Sie den Newsletter vom {pakt} bestellt haben.",
    form_class=NoChoice,
    recipients=_subscribers,
    topic=Topic.NEWSLETTER,
)
