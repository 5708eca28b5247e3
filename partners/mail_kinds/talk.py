"""Mails about orientation talks and letters of intent."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.mailbox.kinds import CODE, EXAMPLES, LINK, OFFICE, Context, Example, Kind, Placeholder
from partners.mails import talk as mails
from partners.models import LetterOfIntent, TalkBooking
from partners.models.prospect import Prospect

TALK, LETTER = "Orientierungsgespräch", "Absichtserklärung"


# --- Talks ------------------------------------------------------------------------------------------------------------


def _facts(context: Context) -> str:
    booking: TalkBooking = context["booking"]
    return f"Wann: {booking.slot.when}\nWie: {booking.how}\nMit: {booking.slot.host}"


def _facts_for_office(context: Context) -> str:
    booking: TalkBooking = context["booking"]
    return f"Wann: {booking.slot.when}\nWie: {booking.how_for_office}\nMit: {booking.slot.host}"


WHEN = "Montag, 8. März 2027, 13:00–13:45 Uhr"
BOOKING = {
    "name": Placeholder("Name der Person, die gebucht hat", lambda c: c["booking"].name, "Erika Muster"),
    "organisation": Placeholder("Name der Organisation", lambda c: c["booking"].organisation, "Musterbetrieb GmbH"),
    "wann": Placeholder("Tag und Uhrzeit", lambda c: c["slot"].when, WHEN),
    "gespraech": Placeholder(
        "Zeit, Art oder Ort und Gesprächsperson in drei Zeilen",
        _facts,
        f"Wann: {WHEN}\nWie: vor Ort, Rathaus, Zimmer 12\nMit: Ottilie Amt",
    ),
}
BEFORE = {
    "bisher": Placeholder(
        "Tag und Uhrzeit vor dem Verschieben",
        lambda c: c["before"].when if c["before"] else "",
        "Freitag, 5. März 2027, 09:00–09:45 Uhr",
    )
}
COMPANY = {**BOOKING, "link": LINK}
GOES_ON = {
    "weiter": Placeholder(
        "„ja“, wenn das Unternehmen einen neuen Termin wählen kann; sonst leer", lambda c: c["goes_on"], "ja"
    )
}


def _what(name: str, explanation: str) -> dict[str, Placeholder]:
    said = {"booked": "gebucht", "moved": "verschoben", "cancelled": "abgesagt"}[name]
    return {said: Placeholder(explanation, lambda c: c["what"] == name, "ja" if name == "booked" else "")}


def _bookings(*states: str, what: str = "booked", **more: object) -> Callable[[], Iterable[Example]]:
    def newest() -> list[Example]:
        found = TalkBooking.objects.select_related("slot", "interest", "application")
        if states:
            found = found.filter(status__in=states)
        return [
            Example(
                str(one),
                mails.context_of(one, **{"what": what, "before": one.slot, "goes_on": True, "reason": "", **more}),
            )
            for one in found[:EXAMPLES]
        ]

    return newest


B = TalkBooking.Status

TALKS = (
    Kind(
        name="talk_booked",
        app="partners",
        title="Gespräch gebucht",
        group=TALK,
        when="Sobald jemand einen Gesprächstermin bucht, an diese Person, mit Kalenderdatei.",
        placeholders=COMPANY,
        button="Zu Ihrer Seite",
        examples=_bookings(B.BOOKED),
    ),
    Kind(
        name="talk_moved",
        app="partners",
        title="Gespräch verschoben",
        group=TALK,
        when="Wenn das Unternehmen einen anderen Termin wählt, an die Person, die gebucht hat, mit Kalenderdatei.",
        placeholders={**COMPANY, **BEFORE},
        button="Zu Ihrer Seite",
        examples=_bookings(B.BOOKED),
    ),
    Kind(
        name="talk_changed",
        app="partners",
        title="Gespräch: Ort oder Person geändert",
        group=TALK,
        when="Wenn Sie bei einem gebuchten Termin Ort, Link oder Gesprächsperson ändern, mit Kalenderdatei.",
        placeholders=COMPANY,
        button="Zu Ihrer Seite",
        examples=_bookings(B.BOOKED),
    ),
    Kind(
        name="talk_cancelled",
        app="partners",
        title="Gespräch abgesagt",
        group=TALK,
        when="Wenn das Unternehmen absagt, nicht weitermacht oder abgelehnt ist, an die Person, die gebucht hat, mit Kalenderdatei.",
        placeholders={**COMPANY, **GOES_ON},
        button="Freie Termine ansehen",
        examples=_bookings(),
    ),
    Kind(
        name="talk_withdrawn",
        app="partners",
        title="Gespräch von uns abgesagt",
        group=TALK,
        when="Wenn Sie einen gebuchten Gesprächstermin zurücknehmen, mit Kalenderdatei.",
        placeholders={
            **COMPANY,
            **GOES_ON,
            "grund": Placeholder(
                "Was Sie dem Unternehmen dazu schreiben; leer, wenn nichts", lambda c: c["reason"], "Wir sind erkrankt."
            ),
        },
        button="Anderen Termin wählen",
        examples=_bookings(),
    ),
    Kind(
        name="talk_reminder",
        app="partners",
        title="Erinnerung an das Gespräch",
        group=TALK,
        when="Einen Tag vorher, zur Uhrzeit des Gesprächs. Nicht, wenn es erst danach gebucht wurde.",
        placeholders=COMPANY,
        button="Zu Ihrer Seite",
        examples=_bookings(B.BOOKED),
    ),
    Kind(
        name="office_talk",
        app="partners",
        title="Gespräch gebucht, verschoben oder abgesagt",
        group=OFFICE,
        when="Wenn ein Unternehmen einen Gesprächstermin bucht, verschiebt oder absagt oder nicht weitermacht, an Ihr Postfach.",
        placeholders={
            **BOOKING,
            **BEFORE,
            "gespraech": replace(BOOKING["gespraech"], value=_facts_for_office),
            **_what("booked", "„ja“, wenn gebucht wurde; sonst leer"),
            **_what("moved", "„ja“, wenn verschoben wurde; sonst leer"),
            **_what("cancelled", "„ja“, wenn abgesagt wurde; sonst leer"),
            "adresse": Placeholder(
                "Mail-Adresse der Person, die gebucht hat", lambda c: c["booking"].email, "erika@musterbetrieb.example"
            ),
            "link": Placeholder(
                "Adresse des Termins im Portal, für Angemeldete",
                lambda c: c["base_url"] + reverse("admin:partners_talkslot_change", args=[c["slot"].pk]),
                "https://klimapakt.example/admin/partners/talkslot/17/change/",
                is_link=True,
            ),
        },
        button="Termin öffnen",
        to_office=True,
        examples=_bookings(),
    ),
)


# --- Letters of intent ------------------------------------------------------------------------------------------------


def _moment(context: Context) -> str:
    signed_at = timezone.localtime(context["letter"].signed_at)
    return f"{date_format(signed_at, 'j. F Y')} um {signed_at:%H:%M} Uhr"


LETTER_FACTS = {
    "name": Placeholder("Name der Person, die unterschrieben hat", lambda c: c["letter"].name, "Erika Muster"),
    "organisation": Placeholder("Name der Organisation", lambda c: c["letter"].organisation, "Musterbetrieb GmbH"),
    "funktion": Placeholder("Ihre Funktion", lambda c: c["letter"].function, "Geschäftsführerin"),
    "unterschrieben_am": Placeholder("Tag und Uhrzeit der Unterschrift", _moment, "1. März 2027 um 14:05 Uhr"),
}


def _letters(**more: object) -> Callable[[], Iterable[Example]]:
    def newest() -> list[Example]:
        found = LetterOfIntent.objects.select_related("interest", "application")[:EXAMPLES]
        return [Example(str(one), {"letter": one, "goes_on": True, **more}) for one in found]

    return newest


def _signatories() -> list[Example]:
    found = LetterOfIntent.objects.select_related("interest", "application")[:EXAMPLES]
    return [
        Example(
            str(one),
            {"prospect": Prospect(one.interest, one.application, one.organisation, one.name, one.email, True)},
        )
        for one in found
    ]


LETTERS = (
    Kind(
        name="letter_code",
        app="partners",
        title="Code für die Absichtserklärung",
        group=LETTER,
        when="Wenn jemand auf der Seite der Absichtserklärung einen Code anfordert.",
        placeholders={
            "name": Placeholder("Name der Person", lambda c: c["prospect"].name, "Erika Muster"),
            "organisation": Placeholder(
                "Name der Organisation", lambda c: c["prospect"].organisation, "Musterbetrieb GmbH"
            ),
            "code": CODE,
        },
        examples=_signatories,
    ),
    Kind(
        name="letter_signed",
        app="partners",
        title="Absichtserklärung unterschrieben",
        group=LETTER,
        when="Sobald das PDF einer unterschriebenen Absichtserklärung fertig ist, an die Person, die unterschrieben hat.",
        placeholders={
            **LETTER_FACTS,
            "angehaengt": Placeholder(
                "„ja“, wenn das PDF anhängt; leer, wenn es für eine Mail zu groß ist", lambda c: c["is_attached"], "ja"
            ),
            "pruefsumme": Placeholder(
                "Prüfsumme des unterschriebenen Textes (SHA-256)", lambda c: c["letter"].sha256, "0123456789abcdef"
            ),
            "weiter": Placeholder(
                "„ja“, solange die Person eine eigene Seite im Portal hat; sonst leer", lambda c: c["goes_on"], "ja"
            ),
            "link": LINK,
        },
        button="Zu Ihrer Seite",
        examples=_letters(is_attached=True),
    ),
    Kind(
        name="letter_withdrawn",
        app="partners",
        title="Absichtserklärung zurückgezogen",
        group=LETTER,
        when="Wenn das Unternehmen die Absichtserklärung zurückzieht, an die Person, die unterschrieben hatte.",
        placeholders=LETTER_FACTS,
        examples=_letters(),
    ),
    Kind(
        name="office_letter",
        app="partners",
        title="Absichtserklärung unterschrieben oder zurückgezogen (Nachricht)",
        group=OFFICE,
        when="Wenn ein Unternehmen die Absichtserklärung unterschreibt oder zurückzieht, an Ihr Postfach.",
        placeholders={
            **LETTER_FACTS,
            "gilt": Placeholder(
                "„ja“, wenn sie unterschrieben wurde; leer, wenn zurückgezogen", lambda c: c["letter"].stands, "ja"
            ),
            "link": Placeholder(
                "Adresse der Erklärung im Portal, für Angemeldete",
                lambda c: c["base_url"] + reverse("admin:partners_letterofintent_change", args=[c["letter"].pk]),
                "https://klimapakt.example/admin/partners/letterofintent/17/change/",
                is_link=True,
            ),
        },
        button="Erklärung öffnen",
        to_office=True,
        examples=_letters(),
    ),
)

KINDS = (*TALKS, *LETTERS)
