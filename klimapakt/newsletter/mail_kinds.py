"""The one mail of this app."""

from klimapakt.mailbox.kinds import LINK, Context, Example, Kind, Placeholder
from klimapakt.newsletter.models import CONFIRMATION_LIFETIME


def _deletion(context: Context) -> str:
    count = context["pact"].delete_unconfirmed_after_days
    return "einem Tag" if count == 1 else f"{count} Tagen"


CONFIRM = Kind(
    name="newsletter_confirm",
    app="newsletter",
    title="Newsletter: Bestellung bestätigen",
    group="Newsletter",
    when="Sofort, wenn jemand auf der Website den Newsletter bestellt.",
    placeholders={
        "link": LINK,
        "tage": Placeholder("So viele Tage gilt der Link", lambda c: CONFIRMATION_LIFETIME.days, "7"),
        "loeschung": Placeholder("Nach wie vielen Tagen unbestätigte Angaben gelöscht werden", _deletion, "30 Tagen"),
    },
    button="Bestellung bestätigen",
    examples=lambda: [Example("Jemand bestellt den Newsletter", {})],
)
