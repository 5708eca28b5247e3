"""Mails about an inquiry, and about a link that somebody asked for."""

from collections.abc import Mapping

from django.urls import reverse

from klimapakt.mailbox.kinds import DELETION, EXAMPLES, LINK, OFFICE, VALIDITY, Example, Kind, Placeholder
from partners.models import Interest

INTERESTED = "Interessierte"

ASKED: Mapping[str, Placeholder] = {
    "name": Placeholder("Name der Person", lambda c: c["interest"].name, "Erika Muster"),
    "vorgang": Placeholder("Nummer der Anfrage", lambda c: c["interest"].reference, "I-2026-0017"),
    "link": LINK,
}


def _inquiries(called: str) -> list[Example]:
    found = Interest.objects.readable()[:EXAMPLES]
    return [Example(f"{one} ({one.reference})", {called: one}) for one in found]


KINDS = (
    Kind(
        name="interest_received",
        app="partners",
        title="Anfrage bestätigen",
        group=INTERESTED,
        when="Sofort, wenn jemand auf der Website eine Anfrage stellt, an die angegebene Adresse, die eine fremde sein "
        "kann: Deshalb steht nichts aus der Anfrage darin.",
        placeholders={"link": LINK, "frist": VALIDITY, "loeschfrist": DELETION},
        button="Anfrage bestätigen",
    ),
    Kind(
        name="interest_answer",
        app="partners",
        title="Antwort auf eine Anfrage",
        group=INTERESTED,
        when="Wenn Sie bei einer Anfrage „Antworten“ wählen.",
        placeholders={
            **ASKED,
            "antwort": Placeholder("Ihre Antwort", lambda c: c["answer"], "Die Teilnahme kostet nichts."),
            "frage": Placeholder(
                "Die Frage, auf die Sie antworten; leer, wenn keine gestellt wurde",
                lambda c: c["interest"].question,
                "Was kostet uns das?",
            ),
        },
        button="Zu Ihrer Anfrage",
        examples=lambda: [
            Example(one.label, {**one.context, "answer": "Die Teilnahme kostet nichts."})
            for one in _inquiries("interest")
        ],
    ),
    Kind(
        name="interest_link",
        app="partners",
        title="Neuer Link zur Anfrage",
        group=INTERESTED,
        when="Wenn Sie bei einer Anfrage „Persönlichen Link senden“ wählen.",
        placeholders=ASKED,
        button="Zu Ihrer Anfrage",
        examples=lambda: _inquiries("interest"),
    ),
    Kind(
        name="link_asked",
        app="partners",
        title="Angeforderter Link",
        group="Persönliche Links",
        when="Wenn jemand auf der Website „Link anfordern“ wählt und die Adresse zu einem Partner, einem Antrag oder "
        "einer Anfrage gehört. Was der Link öffnet, steht nicht darin: Die Adresse kann eine fremde sein.",
        placeholders={"link": LINK, "frist": VALIDITY},
        button="Weiter",
    ),
    Kind(
        name="office_interest",
        app="partners",
        title="Neue Anfrage",
        group=OFFICE,
        when="Sobald die Adresse zu einer Anfrage bestätigt ist, an Ihr Postfach.",
        placeholders={
            "wer": Placeholder("Organisation oder Name", lambda c: str(c["about"]), "Musterbetrieb GmbH"),
            "vorgang": Placeholder("Nummer der Anfrage", lambda c: c["about"].reference, "I-2026-0017"),
            "gespraech": Placeholder(
                "„ja“, wenn ein Orientierungsgespräch gewünscht ist; sonst leer", lambda c: c["about"].wants_talk, "ja"
            ),
            "frage": Placeholder("Die Frage", lambda c: c["about"].question, "Was kostet uns das?"),
            "link": Placeholder(
                "Adresse der Anfrage im Portal, für Angemeldete",
                lambda c: c["base_url"] + reverse("admin:partners_interest_change", args=[c["about"].pk]),
                "https://klimapakt.example/admin/partners/interest/17/change/",
                is_link=True,
            ),
        },
        button="Anfrage öffnen",
        to_office=True,
        examples=lambda: _inquiries("about"),
    ),
    Kind(
        name="office_interest_withdrawn",
        app="partners",
        title="Anfrage zurückgezogen",
        group=OFFICE,
        when="Wenn jemand eine bestätigte Anfrage auf der eigenen Seite löscht, an Ihr Postfach.",
        placeholders={
            "vorgang": Placeholder("Nummer der Anfrage", lambda c: c["reference"], "I-2026-0017"),
        },
        to_office=True,
    ),
)
