"""Mails about an application."""

from collections.abc import Callable, Iterable

from django.urls import reverse
from django.utils.formats import date_format

from klimapakt.mailbox.kinds import (
    DELETION,
    EXAMPLES,
    LINK,
    OFFICE,
    VALIDITY,
    Context,
    Example,
    Kind,
    Placeholder,
    days,
)
from partners.models import Application, ApplicationQuestion, TalkBooking
from partners.progress import outstanding, wishes
from partners.sheet import sheet, uploads

JOINING = "Antrag auf Beitritt"

APPLICANT = {
    "name": Placeholder("Name der Ansprechperson", lambda c: c["applicant"].name, "Erika Muster"),
    "organisation": Placeholder("Name der Organisation", lambda c: c["application"].name, "Musterbetrieb GmbH"),
    "vorgang": Placeholder("Nummer des Antrags", lambda c: c["application"].reference, "2026-0017"),
    "link": LINK,
}

DELETED_ON = Placeholder(
    "Tag, an dem der Antrag gelöscht wird", lambda c: date_format(c["deleted_on"], "j. F Y"), "3. Februar 2027"
)

ABOUT_APPLICATION = {
    "organisation": Placeholder("Name der Organisation", lambda c: c["about"].name, "Musterbetrieb GmbH"),
    "vorgang": Placeholder("Nummer des Antrags", lambda c: c["about"].reference, "2026-0017"),
    "link": Placeholder(
        "Adresse des Antrags im Portal, für Angemeldete",
        lambda c: c["base_url"] + reverse("admin:partners_application_change", args=[c["about"].pk]),
        "https://klimapakt.example/admin/partners/application/17/change/",
        is_link=True,
    ),
}


def _answers(context: Context) -> str:
    """Return what somebody wrote into the application, as a list to keep."""
    sent: Application = context["application"]
    lines = [f"Vorgang: {sent.reference}"]
    for part in sheet(sent, context["pact"]):
        lines += ["", part.step.title, *(f"{line.label}: {line.text}" for line in part.lines)]
    if files := uploads(sent):
        lines += ["", f"Logo und Unterlagen: {', '.join(files)}"]
    if talk := TalkBooking.objects.booked().filter(application=sent).select_related("slot").first():
        lines += ["", f"Orientierungsgespräch: {talk.slot.when}, {talk.how}"]
    return "\n".join(lines)


def _copy(context: Context) -> str:
    if context.get("has_copy", True):
        return "Eine Kopie Ihrer Angaben liegt dieser Mail als PDF bei. Hier stehen sie auch:"
    return "Das haben Sie uns mitgeteilt:"


def _where_to_go(context: Context) -> str:
    if context.get("is_contact", True):
        return "Auf Ihrer eigenen Seite sehen Sie Ihre Angaben und können Einwilligungen jederzeit widerrufen:"
    application: Application = context["application"]
    contact = f"{application.contact_name} ({application.contact_email})"
    return (
        f"Den Link zu „Mein Klimapakt“ bekommt die Ansprechperson: {contact}. Stimmt die Adresse nicht, sagen Sie uns "
        "bitte Bescheid. Ihren Antrag sehen Sie hier:"
    )


def _consents(context: Context) -> str:
    given = [consent.text for consent in context["application"].consents.in_order()] or ["keine"]
    return "\n".join(f"- {text}" for text in given)


def _asked(context: Context) -> str:
    """Return the office's questions, each beside the answer that it is about."""
    questions = [f"Zu „{one.about}“: {one.text}" if one.field else one.text for one in context["questions"]]
    if len(questions) == 1:
        return questions[0]
    return "\n\n".join(f"{number}. {text}" for number, text in enumerate(questions, start=1))


# --- Real recipients for the preview ----------------------------------------------------------------------------------


def _applications(*states: str, called: str = "application") -> Callable[[], Iterable[Example]]:
    """Offer the newest applications; never one of an address that nobody has proven."""

    def newest() -> list[Example]:
        found = Application.objects.readable().prefetch_related("applicants")
        if states:
            found = found.filter(status__in=states)
        return [
            Example(f"{one.name} ({one.reference})", {called: one, "applicant": person})
            for one in found[:EXAMPLES]
            if (person := one.correspondent())
        ]

    return newest


def _questions(*, is_answered: bool, called: str = "application") -> Callable[[], Iterable[Example]]:
    def newest() -> list[Example]:
        found = ApplicationQuestion.objects.select_related("application").order_by("-asked_at")
        if is_answered:
            found = found.exclude(answered_at=None)
        return [
            Example(
                f"{one.application.name}: {one.text[:60]}",
                {called: one.application, "questions": [one], "applicant": person},
            )
            for one in found[:EXAMPLES]
            if (person := one.application.correspondent())
        ]

    return newest


STATUS = Application.Status

KINDS = (
    Kind(
        name="application_started",
        app="partners",
        title="Antrag begonnen",
        group=JOINING,
        when="Sobald jemand einen Antrag beginnt oder ihn mit unbestätigter Adresse absendet, an die angegebene Adresse, "
        "die eine fremde sein kann: Deshalb steht nichts aus dem Antrag darin.",
        placeholders={"link": LINK, "frist": VALIDITY, "loeschfrist": DELETION},
        button="Antrag öffnen",
    ),
    Kind(
        name="application_invited",
        app="partners",
        title="Einladung zur Mitarbeit am Antrag",
        group=JOINING,
        when="Wenn jemand eine andere Person zur Mitarbeit einlädt oder als Ansprechperson nennt, an deren Adresse, die "
        "eine fremde sein kann: Deshalb steht nichts aus dem Antrag darin.",
        placeholders={"link": LINK, "frist": VALIDITY},
        button="Antrag öffnen",
    ),
    Kind(
        name="application_entered",
        app="partners",
        title="Link nach Eintrag durch die Geschäftsstelle",
        group=JOINING,
        when="Wenn Sie einen Antrag eintragen oder die Adresse der Ansprechperson berichtigen, an diese Adresse. Ein "
        "Tippfehler könnte sie zu einer fremden machen: Deshalb steht nichts aus dem Antrag darin. Die "
        "Eingangsbestätigung folgt, sobald der Link geöffnet ist.",
        placeholders={"link": LINK, "frist": VALIDITY},
        button="Antrag öffnen",
    ),
    Kind(
        name="application_draft_ends",
        app="partners",
        title="Entwurf wird bald gelöscht",
        group=JOINING,
        when="Einige Tage, bevor das Portal einen nicht abgesendeten Antrag löscht, an alle, die daran mitarbeiten.",
        placeholders={**{name: APPLICANT[name] for name in ("name", "vorgang", "link")}, "loeschtag": DELETED_ON},
        button="Weitermachen",
    ),
    Kind(
        name="application_proof_ends",
        app="partners",
        title="Unbestätigter Antrag wird bald gelöscht",
        group=JOINING,
        when="Einige Tage, bevor das Portal einen Antrag löscht, dessen Adresse niemand bestätigt hat, an diese Adresse. "
        "Sie kann eine fremde sein: Deshalb steht nichts aus dem Antrag darin.",
        placeholders={"link": LINK, "frist": VALIDITY, "loeschtag": DELETED_ON},
        button="Antrag öffnen",
    ),
    Kind(
        name="application_received",
        app="partners",
        title="Antrag eingegangen",
        group=JOINING,
        when="Sobald der Antrag da und die Adresse bestätigt ist, mit einer Kopie als PDF, an die Person, die ihn "
        "abgesendet hat.",
        placeholders={
            **APPLICANT,
            "antwortfrist": Placeholder(
                "Nach wie vielen Tagen Sie sich melden", lambda c: days(c["pact"].answer_within_days), "14 Tagen"
            ),
            "bitte": Placeholder(
                "Was die Organisation jetzt selbst tun kann, leer, wenn nichts",
                lambda c: wishes(outstanding(c["application"], c["pact"])),
                "Bitte wählen Sie einen Termin für das Orientierungsgespräch.",
            ),
            "kopie": Placeholder(
                "Satz, der auf die Kopie als PDF hinweist",
                _copy,
                "Eine Kopie Ihrer Angaben liegt dieser Mail als PDF bei. Hier stehen sie auch:",
            ),
            "angaben": Placeholder(
                "Alle Angaben aus dem Antrag, Zeile für Zeile",
                _answers,
                "Vorgang: 2026-0017\nOrganisation: Musterbetrieb GmbH\nAnschrift: Musterstraße 1, 12345 Musterstadt",
            ),
            "einwilligungen": Placeholder(
                "Die Einwilligungen im Wortlaut, als Liste",
                _consents,
                "- Name, Branche und Ort unserer Organisation dürfen veröffentlicht werden.",
            ),
        },
        button="Zur Statusseite",
        examples=_applications(),
    ),
    Kind(
        name="application_link",
        app="partners",
        title="Neuer Link zum Antrag",
        group=JOINING,
        when="Wenn Sie beim Antrag „Persönlichen Link senden“ wählen, an die Ansprechperson. Und wenn jemand aus einer "
        "Anfrage heraus einen Antrag beginnt, an diese Person.",
        placeholders=APPLICANT,
        button="Zur Statusseite",
        examples=_applications(),
    ),
    Kind(
        name="application_question",
        app="partners",
        title="Rückfrage zum Antrag",
        group=JOINING,
        when="Wenn Sie eine oder mehrere Rückfragen stellen, eine Mail für alle, an die Ansprechperson.",
        placeholders={
            **APPLICANT,
            "frage": Placeholder(
                "Ihre Frage, oder Ihre Fragen als Liste", _asked, "Wie viele Standorte haben Sie in der Stadt?"
            ),
        },
        button="Rückfrage beantworten",
        examples=_questions(is_answered=False),
    ),
    Kind(
        name="application_accepted",
        app="partners",
        title="Aufnahme",
        group=JOINING,
        when="Wenn Sie aufnehmen, nach der Bedenkzeit, an die Ansprechperson. Hat deren Adresse niemand bestätigt, an die "
        "Person, die den Antrag gesendet hat.",
        placeholders={
            **APPLICANT,
            "wohin": Placeholder(
                "Satz vor dem Link: was dort zu sehen ist",
                _where_to_go,
                "Auf Ihrer eigenen Seite sehen Sie Ihre Angaben und können Einwilligungen jederzeit widerrufen:",
            ),
        },
        button="Zu Ihrer Seite",
        examples=_applications(STATUS.ACCEPTED),
    ),
    Kind(
        name="application_rejected",
        app="partners",
        title="Ablehnung",
        group=JOINING,
        when="Wenn Sie ablehnen, nach der Bedenkzeit, an die Ansprechperson.",
        placeholders={
            **APPLICANT,
            "begruendung": Placeholder(
                "Ihr Grund für die Ablehnung",
                lambda c: c["application"].rejection_reason,
                "Ihr Sitz liegt nicht in der Stadt.",
                is_needed=True,
            ),
        },
        button="Zur Statusseite",
        examples=_applications(STATUS.REJECTED),
    ),
    Kind(
        name="application_reopened",
        app="partners",
        title="Entscheidung zurückgenommen",
        group=JOINING,
        when="Wenn Sie eine schon mitgeteilte Entscheidung zurücknehmen, an die Ansprechperson.",
        placeholders=APPLICANT,
        button="Zur Statusseite",
        examples=_applications(),
    ),
    Kind(
        name="application_withdrawn",
        app="partners",
        title="Antrag zurückgezogen",
        group=JOINING,
        when="Wenn die Ansprechperson den Antrag zurückzieht, an sie selbst.",
        placeholders={
            **APPLICANT,
            "mitmachen": Placeholder(
                "Adresse der Seite „Mitmachen“",
                lambda c: c["base_url"] + reverse("partners:how_to_join"),
                "https://klimapakt.example/mitmachen/",
                is_link=True,
            ),
        },
        button="Zur Statusseite",
        examples=_applications(STATUS.WITHDRAWN),
    ),
    Kind(
        name="office_application",
        app="partners",
        title="Neuer Antrag",
        group=OFFICE,
        when="Sobald die Adresse zu einem Antrag bestätigt ist, an Ihr Postfach.",
        placeholders=ABOUT_APPLICATION,
        button="Antrag öffnen",
        to_office=True,
        examples=_applications(called="about"),
    ),
    Kind(
        name="office_answer",
        app="partners",
        title="Rückfrage beantwortet",
        group=OFFICE,
        when="Wenn alle Ihre Rückfragen beantwortet sind, an Ihr Postfach.",
        placeholders=ABOUT_APPLICATION,
        button="Antrag öffnen",
        to_office=True,
        examples=_questions(is_answered=True, called="about"),
    ),
    Kind(
        name="office_withdrawal",
        app="partners",
        title="Antrag zurückgezogen (Nachricht)",
        group=OFFICE,
        when="Wenn jemand seinen Antrag zurückzieht, an Ihr Postfach.",
        placeholders=ABOUT_APPLICATION,
        button="Antrag öffnen",
        to_office=True,
        examples=_applications(STATUS.WITHDRAWN, called="about"),
    ),
)
