"""The mails of this app for the editor „Mailtexte“: what sets each off, and what the words in braces stand for."""

from collections.abc import Callable, Iterable

from events import mails
from events.models import Event, Invitation, Registration
from klimapakt.mailbox.kinds import DELETION, EXAMPLES, LINK, VALIDITY, Context, Example, Kind, Placeholder
from klimapakt.mailbox.models import Topic

GROUP = "Veranstaltungen"


def _facts(context: Context) -> str:
    event: Event = context["event"]
    return "\n".join([event.title, f"Wann: {event.when}", *([f"Wo: {event.venue}"] if event.venue else [])])


def _organisation(context: Context) -> str:
    registration: Registration | None = context["registration"]
    return registration.shown_organisation if registration else context["person"].organisation.name


def _changes(context: Context) -> str:
    return "\n".join(
        f"{change.label}: {change.after or 'entfällt'}" + (f"\n(bisher: {change.before})" if change.before else "")
        for change in context["changes"]
    )


EVENT = {
    "titel": Placeholder("Titel der Veranstaltung", lambda c: c["event"].title, "Netzwerktreffen im Frühling"),
    "wann": Placeholder("Tag und Uhrzeit", lambda c: c["event"].when, "Montag, 8. März 2027, 13–17 Uhr"),
    "wo": Placeholder("Ort, wenn er eingetragen ist", lambda c: c["event"].venue, "Werkhalle 3, Musterstraße 1"),
    "veranstaltung": Placeholder(
        "Titel, Zeit und Ort in drei Zeilen",
        _facts,
        "Netzwerktreffen im Frühling\nWann: Montag, 8. März 2027, 13–17 Uhr\nWo: Werkhalle 3, Musterstraße 1",
    ),
    "seite": Placeholder(
        "Adresse der Seite zur Veranstaltung",
        lambda c: c["base_url"] + c["event"].get_absolute_url(),
        "https://klimapakt.example/veranstaltungen/netzwerktreffen/",
        is_link=True,
    ),
    "kurztext": Placeholder(
        "Kurztext der Veranstaltung, wenn er eingetragen ist",
        lambda c: c["event"].teaser,
        "Was Betriebe mit Abwärme anfangen können.",
    ),
    "anmeldeschluss": Placeholder(
        "Ende der Anmeldung, wenn eines eingetragen ist",
        lambda c: c["event"].registration_closes_at and c["event"].shown_closing,
        "Freitag, 5. März 2027, 12 Uhr",
    ),
}

PERSON = {
    "name": Placeholder("Name der Person, an die die Mail geht", lambda c: c["person"].name, "Erika Muster"),
    "organisation": Placeholder("Name ihrer Organisation", _organisation, "Musterbetrieb GmbH"),
    "link": LINK,
}

SEATS = {
    "teilnehmende": Placeholder(
        "Die angemeldeten Namen, als Liste",
        lambda c: "\n".join(f"- {name}" for name in c["registration"].names),
        "- Erika Muster\n- Max Muster",
    ),
    "plaetze": Placeholder("Zahl der Plätze", lambda c: c["registration"].seats, "2"),
    "mehrere": Placeholder(
        "„ja“, wenn es mehr als ein Platz ist; sonst leer", lambda c: c["registration"].seats > 1, "ja"
    ),
}

WAITS = {
    "warteliste": Placeholder(
        "„ja“ für alle auf der Warteliste; sonst leer",
        lambda c: c["registration"] is not None and c["registration"].is_waiting,
    ),
}

STAND = {
    "angemeldet": Placeholder(
        "„ja“ für alle, die einen Platz haben; sonst leer",
        lambda c: c["registration"] is not None and c["registration"].is_confirmed,
        "ja",
    ),
    **WAITS,
    "eingeladen": Placeholder(
        "„ja“ für alle, die eingeladen, aber nicht angemeldet sind; sonst leer", lambda c: c["registration"] is None
    ),
}

PLACE_IN_ROW = Placeholder("Stelle auf der Warteliste", lambda c: c["registration"].place_in_row, "3")


# --- Real recipients for the preview ----------------------------------------------------------------------------------


def _registrations(*states: str, **more: object) -> Callable[[], Iterable[Example]]:
    """Offer the newest registrations; never one of an address that nobody has proven."""

    def newest() -> list[Example]:
        found = Registration.objects.proven().select_related("event", "organisation")
        if states:
            found = found.filter(status__in=states)
        return [Example(str(one), mails.context_of(one.event, one, **more)) for one in found[:EXAMPLES]]

    return newest


def _invitations(**more: object) -> Callable[[], Iterable[Example]]:
    def newest() -> list[Example]:
        found = Invitation.objects.select_related("event", "contact__organisation")[:EXAMPLES]
        return [Example(str(one), mails.context_of(one.event, one, **more)) for one in found]

    return newest


def _guests(**more: object) -> Callable[[], Iterable[Example]]:
    """Offer some who registered and some who are invited."""

    def newest() -> list[Example]:
        states = [Registration.Status.CONFIRMED, Registration.Status.WAITING]
        registered, invited = _registrations(*states, **more)(), _invitations(**more)()
        room = max(EXAMPLES - len(invited), 3)
        return [*registered[:room], *invited][:EXAMPLES]

    return newest


def _events() -> list[Example]:
    found = Event.objects.public().newest_first()[:EXAMPLES]
    return [Example(one.title, {"event": one, "days": mails.PROOF_LIFETIME.days}) for one in found]


# --- The kinds --------------------------------------------------------------------------------------------------------

CONFIRMED, WAITING, CANCELLED = (
    Registration.Status.CONFIRMED,
    Registration.Status.WAITING,
    Registration.Status.CANCELLED,
)
REASON = "Der Saal steht unter Wasser."

KINDS = (
    Kind(
        name="event_invitation",
        app="events",
        title="Einladung",
        group=GROUP,
        when="Wenn Sie einladen, an die gewählten Ansprechpersonen.",
        placeholders={
            **EVENT,
            **PERSON,
            "plaetze": Placeholder("Plätze je Organisation", lambda c: c["event"].most_seats, "2"),
            "mehrere": Placeholder(
                "„ja“, wenn es mehr als ein Platz ist; sonst leer", lambda c: c["event"].most_seats > 1, "ja"
            ),
        },
        button="Zusagen oder absagen",
        topic=Topic.INVITATION,
        examples=_invitations(),
    ),
    Kind(
        name="event_confirm",
        app="events",
        title="Adresse bestätigen (Anmeldung)",
        group=GROUP,
        when="Sobald sich jemand anmeldet, den das Portal nicht kennt, an die angegebene Adresse, die eine fremde sein "
        "kann: Deshalb steht nichts aus der Anmeldung darin.",
        placeholders={**EVENT, "link": LINK, "frist": VALIDITY, "loeschfrist": DELETION},
        button="Adresse bestätigen",
        examples=_events,
    ),
    Kind(
        name="event_registered",
        app="events",
        title="Angemeldet",
        group=GROUP,
        when="Sobald die Plätze vergeben sind, mit Kalenderdatei, an die Person, die angemeldet hat.",
        placeholders={**EVENT, **PERSON, **SEATS},
        button="Zu Ihrer Anmeldung",
        examples=_registrations(CONFIRMED),
    ),
    Kind(
        name="event_waiting",
        app="events",
        title="Auf der Warteliste",
        group=GROUP,
        when="Wenn die Plätze nicht reichen, an die Person, die angemeldet hat.",
        placeholders={**EVENT, **PERSON, **SEATS, "stelle": PLACE_IN_ROW},
        button="Zu Ihrer Anmeldung",
        examples=_registrations(WAITING),
    ),
    Kind(
        name="event_moved_up",
        app="events",
        title="Nachgerückt",
        group=GROUP,
        when="Wenn für jemanden auf der Warteliste Plätze frei werden, mit Kalenderdatei.",
        placeholders={**EVENT, **PERSON, **SEATS},
        button="Zu Ihrer Anmeldung",
        examples=_registrations(CONFIRMED),
    ),
    Kind(
        name="event_changed_registration",
        app="events",
        title="Anmeldung geändert",
        group=GROUP,
        when="Wenn sich die Namen oder die Zahl der Plätze ändern, an die Person, die angemeldet hat.",
        placeholders={**EVENT, **PERSON, **SEATS, **WAITS, "stelle": PLACE_IN_ROW},
        button="Zu Ihrer Anmeldung",
        examples=_registrations(CONFIRMED, WAITING),
    ),
    Kind(
        name="event_withdrawn",
        app="events",
        title="Abgemeldet",
        group=GROUP,
        when="Wenn sich jemand abmeldet oder Sie jemanden abmelden, an die Person, die angemeldet hatte.",
        placeholders={
            **EVENT,
            **PERSON,
            "selbst": Placeholder(
                "„ja“, wenn die Person sich selbst abgemeldet hat und einen Platz hatte",
                lambda c: c["had_seats"] and not c["by_office"],
                "ja",
            ),
            "durch_uns": Placeholder(
                "„ja“, wenn Sie sie abgemeldet haben und sie einen Platz hatte",
                lambda c: c["had_seats"] and c["by_office"],
            ),
            "nur_warteliste": Placeholder(
                "„ja“, wenn sie nur auf der Warteliste stand; sonst leer", lambda c: not c["had_seats"]
            ),
            "frei": Placeholder(
                "„ja“, wenn vor dem Beginn Plätze frei werden; sonst leer",
                lambda c: c["had_seats"] and c["is_ahead"],
                "ja",
            ),
            "offen": Placeholder("„ja“, solange die Anmeldung offen ist; sonst leer", lambda c: c["is_open"], "ja"),
            "nachfragen": Placeholder(
                "„ja“, wenn Sie sie abgemeldet haben und die Anmeldung geschlossen ist; sonst leer",
                lambda c: c["by_office"] and not c["is_open"],
            ),
        },
        button="Wieder anmelden",
        examples=_registrations(CANCELLED, had_seats=True, by_office=False, is_ahead=True, is_open=True),
    ),
    Kind(
        name="event_link",
        app="events",
        title="Neuer Link zur Veranstaltung",
        group=GROUP,
        when="Wenn jemand seinen Link noch einmal anfordert oder Sie ihn erneut senden.",
        placeholders={**EVENT, **PERSON, **STAND},
        button="Ihre Seite öffnen",
        examples=_guests(),
    ),
    Kind(
        name="event_unknown_address",
        app="events",
        title="Keine Einladung zu dieser Adresse",
        group=GROUP,
        when="Wenn jemand einen Link anfordert, aber die Adresse keiner Ansprechperson gehört, an diese Adresse.",
        placeholders=EVENT,
        examples=_events,
    ),
    Kind(
        name="event_reminder",
        app="events",
        title="Erinnerung",
        group=GROUP,
        when="So viele Tage vorher, wie bei der Veranstaltung eingetragen, an alle mit einem Platz.",
        placeholders={**EVENT, **PERSON, **SEATS},
        button="Zu Ihrer Anmeldung",
        examples=_registrations(CONFIRMED),
    ),
    Kind(
        name="event_changed",
        app="events",
        title="Veranstaltung geändert",
        group=GROUP,
        when="Wenn sich Titel, Zeit, Ort oder Gastgeber ändern, an alle Angemeldeten, Wartenden und Eingeladenen.",
        placeholders={
            **EVENT,
            **PERSON,
            **STAND,
            "aenderungen": Placeholder(
                "Was jetzt anders ist, mit dem bisherigen Stand",
                _changes,
                "Wo: Rathaus, Saal 2\n(bisher: Werkhalle 3, Musterstraße 1)",
            ),
        },
        button="Ihre Seite öffnen",
        examples=_guests(changes=[mails.Change("Wo", "Werkhalle 3", "Rathaus, Saal 2")]),
    ),
    Kind(
        name="event_cancelled",
        app="events",
        title="Veranstaltung abgesagt",
        group=GROUP,
        when="Wenn Sie absagen, nach der Bedenkzeit, an alle Angemeldeten, Wartenden und Eingeladenen.",
        placeholders={
            **EVENT,
            **{name: one for name, one in PERSON.items() if name != "link"},
            **STAND,
            "begruendung": Placeholder(
                "Ihr Grund für die Absage, wenn Sie einen nennen", lambda c: c["reason"], REASON
            ),
        },
        examples=_guests(reason=REASON),
    ),
    Kind(
        name="event_reinstated",
        app="events",
        title="Absage zurückgenommen",
        group=GROUP,
        when="Wenn Sie eine Absage zurücknehmen, an alle, die von ihr schon wussten.",
        placeholders={**EVENT, **PERSON, **STAND},
        button="Ihre Seite öffnen",
        examples=_guests(),
    ),
)
