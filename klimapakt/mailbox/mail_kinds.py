"""The mails that the mailbox itself writes."""

from django.urls import reverse

from klimapakt.mailbox.digest import KIND, Section
from klimapakt.mailbox.kinds import OFFICE, Context, Example, Kind, Placeholder


def _where_to_go_on(context: Context) -> str:
    """Return the mailbox's page where nothing else is open, else the start page with all that waits."""
    if context["is_of_mailbox"]:
        return context["base_url"] + reverse("admin:mailbox_mailboxstate_change", args=[1])
    return context["base_url"] + reverse("admin:index")


def _example() -> list[Example]:
    line = "„Ihr Antrag ist eingegangen“ an erika@musterbaeckerei.example: Der Mailserver kennt diese Adresse nicht."
    return [
        Example(
            "Eine Mail kam nicht an",
            {"sections": [Section("Nicht gesendet", [line])], "count": 1, "is_of_mailbox": True},
        )
    ]


OFFICE_DIGEST = Kind(
    name=KIND,
    app="mailbox",
    title="Was am Morgen offen ist",
    group=OFFICE,
    when="Jeden Morgen um 7:30 Uhr, aber nur, wenn seit der letzten Übersicht etwas schiefgegangen und noch offen ist, "
    "wenn eine Wiedervorlage fällig ist oder etwas zu lange liegt.",
    placeholders={
        "anzahl": Placeholder("Wie viel offen ist", lambda c: c["count"], "2"),
        "liste": Placeholder(
            "Was offen ist, je Zeile eine Mail, ein Antrag oder eine Anfrage",
            lambda c: "\n\n".join(str(section) for section in c["sections"]),
            "Nicht gesendet:\n– „Ihr Antrag ist eingegangen“ an erika@musterbaeckerei.example",
        ),
        "uebersicht": Placeholder(
            "Die Übersicht der Geschäftsstelle",
            lambda c: c["base_url"] + reverse("admin:index"),
            "https://klimapakt.example/admin/",
            is_link=True,
        ),
        "link": Placeholder(
            "Wo Sie weitermachen: die Übersicht, oder das Postfach, wenn nur dort etwas offen ist",
            _where_to_go_on,
            "https://klimapakt.example/admin/",
            is_link=True,
        ),
    },
    button="Portal öffnen",
    to_office=True,
    examples=_example,
)
