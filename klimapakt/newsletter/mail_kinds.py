"""The one mail of this app."""

from klimapakt.mailbox.kinds import DELETION, LINK, VALIDITY, Example, Kind
from klimapakt.newsletter.models import CONFIRMATION_LIFETIME

CONFIRM = Kind(
    name="newsletter_confirm",
    app="newsletter",
    title="Newsletter: Bestellung bestätigen",
    group="Newsletter",
    when="Sofort, wenn jemand auf der Website den Newsletter bestellt.",
    placeholders={"link": LINK, "frist": VALIDITY, "loeschfrist": DELETION},
    button="Bestellung bestätigen",
    examples=lambda: [Example("Jemand bestellt den Newsletter", {"days": CONFIRMATION_LIFETIME.days})],
)
