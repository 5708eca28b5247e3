"""The mails of this app for the editor „Mailtexte“: what sets each off, and what the words in braces stand for."""

from collections.abc import Callable, Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from agreements import mails
from agreements.models import Agreement, Response, Signature, Version
from klimapakt.mailbox.kinds import CODE, EXAMPLES, LINK, OFFICE, Context, Example, Kind, Placeholder

GROUP = "Vereinbarungen"


def _moment(context: Context) -> str:
    signed_at = timezone.localtime(context["signature"].signed_at)
    return f"{date_format(signed_at, 'j. F Y')} um {signed_at:%H:%M} Uhr"


def _signed_by(party: str) -> Callable[[Context], str]:
    def value(context: Context) -> str:
        signature: Signature = context["signatures"][party]
        return f"{signature.name} für {signature.on_behalf_of}"

    return value


AGREEMENT = {
    "vereinbarung": Placeholder(
        "Wie die Vereinbarung heißt", lambda c: c["wording"].agreement, "Klimaschutzvereinbarung"
    ),
    "organisation": Placeholder("Name der Organisation", lambda c: c["wording"].partner, "Musterbetrieb GmbH"),
    "gegenseite": Placeholder(
        "In wessen Namen gegengezeichnet wird", lambda c: c["wording"].party, "Stadt Musterstadt"
    ),
    "fassung": Placeholder("Nummer der Fassung", lambda c: c["version"].number, "2"),
}

SIGNATORY = {
    "name": Placeholder("Name der Person, die unterschreiben soll", lambda c: c["version"].to_name, "Erika Muster"),
    **AGREEMENT,
}

TO_SIGN = {
    **SIGNATORY,
    "link": LINK,
    "frist": Placeholder("Wie lange der Link gilt", lambda c: f"{mails.LINK_LIFETIME.days} Tage", "90 Tage"),
}

SIGNED = {
    "name": Placeholder("Name der Person, die unterschrieben hat", lambda c: c["signature"].name, "Erika Muster"),
    "funktion": Placeholder("Ihre Funktion", lambda c: c["signature"].function, "Geschäftsführerin"),
    **AGREEMENT,
}

IN_FORCE = {
    **AGREEMENT,
    "in_kraft_seit": Placeholder(
        "Tag, seit dem sie in Kraft ist", lambda c: date_format(c["agreement"].in_force_from, "j. F Y"), "1. März 2027"
    ),
    "gilt_bis": Placeholder(
        "Letzter Tag, wenn es einen gibt",
        lambda c: c["agreement"].in_force_until and date_format(c["agreement"].in_force_until, "j. F Y"),
        "28. Februar 2032",
    ),
    "angehaengt": Placeholder(
        "„ja“, wenn das PDF anhängt; leer, wenn es für eine Mail zu groß ist", lambda c: c["is_attached"], "ja"
    ),
}

TO_OFFICE = {
    "link": Placeholder(
        "Adresse der Vereinbarung im Portal, für Angemeldete",
        lambda c: c["base_url"] + reverse("admin:agreements_agreement_change", args=[c["agreement"].pk]),
        "https://klimapakt.example/admin/agreements/agreement/17/change/",
        is_link=True,
    )
}

ANSWER = {
    "name": Placeholder("Name der Person, die geantwortet hat", lambda c: c["response"].name, "Erika Muster"),
    "antwort": Placeholder("Was sie schreibt", lambda c: c["response"].text, "Bitte streichen Sie das zweite Ziel."),
    **AGREEMENT,
    **TO_OFFICE,
}


# --- Real recipients for the preview ----------------------------------------------------------------------------------

READY = "agreement__partner__organisation"


def _versions(**more: object) -> Callable[[], Iterable[Example]]:
    """Offer the newest versions that were put before somebody."""

    def newest() -> list[Example]:
        found = Version.objects.exclude(to_email="").select_related(READY).order_by("-pk")[:EXAMPLES]
        return [Example(_label(one, one.to_name), mails.context_of(one, **more)) for one in found]

    return newest


def _signatures() -> list[Example]:
    found = Signature.objects.filter(party=Signature.Party.PARTNER).exclude(signed_at=None)
    return [
        Example(_label(one.version, one.name), mails.context_of(one.version, signature=one))
        for one in found.select_related(f"version__{READY}").order_by("-pk")[:EXAMPLES]
    ]


def _signed_by_both() -> list[Example]:
    found = Version.objects.filter(
        agreement__status=Agreement.Status.IN_FORCE, signatures__party=Signature.Party.PACT
    ).filter(signatures__party=Signature.Party.PARTNER)
    return [
        Example(
            _label(one, one.to_name),
            mails.context_of(one, signatures={each.party: each for each in one.signatures.all()}, is_attached=True),
        )
        for one in found.select_related(READY).prefetch_related("signatures").order_by("-pk")[:EXAMPLES]
    ]


def _responses(answer: str) -> Callable[[], Iterable[Example]]:
    def newest() -> list[Example]:
        found = Response.objects.filter(kind=answer).select_related(f"version__{READY}").order_by("-pk")[:EXAMPLES]
        return [Example(_label(one.version, one.name), mails.context_of(one.version, response=one)) for one in found]

    return newest


def _label(version: Version, name: str) -> str:
    return ", ".join(filter(None, [name, str(version.agreement.partner), f"Fassung {version.number}"]))


# --- The kinds --------------------------------------------------------------------------------------------------------

KINDS = (
    Kind(
        name="agreement_offered",
        app="agreements",
        title="Zur Unterschrift vorgelegt",
        group=GROUP,
        when="Wenn Sie eine Vereinbarung anbieten, an die zeichnungsberechtigte Person.",
        placeholders=TO_SIGN,
        button="Vereinbarung lesen",
        examples=_versions(),
    ),
    Kind(
        name="agreement_link",
        app="agreements",
        title="Neuer Link zur Vereinbarung",
        group=GROUP,
        when="Wenn Sie den Link erneut senden, an die zeichnungsberechtigte Person.",
        placeholders=TO_SIGN,
        button="Vereinbarung lesen",
        examples=_versions(),
    ),
    Kind(
        name="agreement_code",
        app="agreements",
        title="Code für die Unterschrift",
        group=GROUP,
        when="Wenn jemand auf der Seite der Vereinbarung einen Code anfordert, an die zeichnungsberechtigte Person.",
        placeholders={**SIGNATORY, "code": CODE},
        examples=_versions(),
    ),
    Kind(
        name="agreement_signed",
        app="agreements",
        title="Unterschrift eingegangen",
        group=GROUP,
        when="Sobald der Partner unterschrieben hat, an die Person, die unterschrieben hat.",
        placeholders={
            **SIGNED,
            "unterschrieben_am": Placeholder("Tag und Uhrzeit der Unterschrift", _moment, "1. März 2027 um 14:05 Uhr"),
            "pruefsumme": Placeholder(
                "Prüfsumme des unterschriebenen Inhalts (SHA-256)", lambda c: c["signature"].sha256, "0123456789abcdef"
            ),
        },
        examples=_signatures,
    ),
    Kind(
        name="agreement_withdrawn",
        app="agreements",
        title="Fassung zurückgenommen",
        group=GROUP,
        when="Wenn Sie eine angebotene oder vom Partner unterschriebene Fassung zurückholen oder „Nicht zustande gekommen“ "
        "wählen, an die zeichnungsberechtigte Person. Nicht, wenn sie abgelehnt hat oder noch keinen Link bekommen hat.",
        placeholders={
            **SIGNATORY,
            "endgueltig": Placeholder(
                "„ja“, wenn keine neue Fassung folgt; sonst leer", lambda c: c["is_final"], sample=""
            ),
            "unterschrieben": Placeholder(
                "„ja“, wenn sie schon unterschrieben war; sonst leer", lambda c: c["is_signed"], sample=""
            ),
        },
        examples=_versions(is_final=False, is_signed=False),
    ),
    Kind(
        name="agreement_in_force",
        app="agreements",
        title="Vereinbarung in Kraft",
        group=GROUP,
        when="Sobald gegengezeichnet und das PDF fertig ist, mit dem PDF, an die Person, die unterschrieben hat.",
        placeholders={
            "name": Placeholder(
                "Name der Person, die unterschrieben hat",
                lambda c: c["signatures"][Signature.Party.PARTNER].name,
                "Erika Muster",
            ),
            **IN_FORCE,
        },
        examples=_signed_by_both,
    ),
    Kind(
        name="office_agreement_signed",
        app="agreements",
        title="Vom Partner unterschrieben",
        group=OFFICE,
        when="Sobald ein Partner unterschrieben hat, an Ihr Postfach.",
        placeholders={**SIGNED, **TO_OFFICE},
        button="Vereinbarung öffnen",
        to_office=True,
        examples=_signatures,
    ),
    Kind(
        name="office_agreement_change",
        app="agreements",
        title="Änderung gewünscht",
        group=OFFICE,
        when="Wenn die zeichnungsberechtigte Person eine Änderung wünscht, an Ihr Postfach.",
        placeholders=ANSWER,
        button="Vereinbarung öffnen",
        to_office=True,
        examples=_responses(Response.Kind.CHANGE),
    ),
    Kind(
        name="office_agreement_declined",
        app="agreements",
        title="Vereinbarung abgelehnt",
        group=OFFICE,
        when="Wenn die zeichnungsberechtigte Person ablehnt, an Ihr Postfach.",
        placeholders=ANSWER,
        button="Vereinbarung öffnen",
        to_office=True,
        examples=_responses(Response.Kind.DECLINE),
    ),
    Kind(
        name="office_agreement_in_force",
        app="agreements",
        title="Vereinbarung in Kraft (Nachricht)",
        group=OFFICE,
        when="Sobald gegengezeichnet und das PDF fertig ist, mit dem PDF, an Ihr Postfach.",
        placeholders={
            **IN_FORCE,
            "unterzeichnet_von": Placeholder(
                "Wer für den Partner unterschrieben hat",
                _signed_by(Signature.Party.PARTNER),
                "Erika Muster für Musterbetrieb GmbH",
            ),
            "gegengezeichnet_von": Placeholder(
                "Wer gegengezeichnet hat", _signed_by(Signature.Party.PACT), "Ottilie Amt für Stadt Musterstadt"
            ),
            **TO_OFFICE,
        },
        button="Vereinbarung öffnen",
        to_office=True,
        examples=_signed_by_both,
    ),
)
