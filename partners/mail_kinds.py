"""The mails of this app for the editor „Mailtexte“: what sets each off, and what the words in braces stand for."""

from collections.abc import Callable, Iterable

from django.urls import reverse

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
from partners.models import Application, ApplicationQuestion, Consent, Partner

JOINING, PARTNER = "Antrag auf Beitritt", "Partner"

APPLICANT = {
    "name": Placeholder("Name der Ansprechperson", lambda c: c["application"].contact_name, "Erika Muster"),
    "organisation": Placeholder("Name der Organisation", lambda c: c["application"].name, "Musterbetrieb GmbH"),
    "vorgang": Placeholder("Nummer des Antrags", lambda c: c["application"].reference, "2026-0017"),
    "link": LINK,
}

CONTACT = {
    "name": Placeholder("Name der Ansprechperson", lambda c: c["contact"].name, "Erika Muster"),
    "organisation": Placeholder("Name der Organisation", lambda c: c["partner"], "Musterbetrieb GmbH"),
    "link": LINK,
}

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
    function = f", {sent.contact_function}" if sent.contact_function else ""
    said = [
        f"Vorgang: {sent.reference}",
        f"Organisation: {sent.name}",
        f"Art: {sent.get_kind_display()}",
        f"Anschrift: {sent.street}, {sent.postal_code} {sent.place}",
        f"Branche: {sent.get_sector_display()}",
        f"Beschäftigte: {sent.employees}",
        *([f"Internetseite: {sent.website}"] if sent.website else []),
        f"Ansprechperson: {sent.contact_name}{function}",
        f"Zeichnungsberechtigt: {sent.signatory_name}, {sent.signatory_function}",
        *(["", "Was Sie schon tun:", sent.already_doing] if sent.already_doing else []),
        *(["", "Was Sie sich wünschen:", sent.wishes] if sent.wishes else []),
    ]
    return "\n".join(said)


def _consents(context: Context) -> str:
    given = [consent.text for consent in context["application"].consents.all()] or ["keine"]
    return "\n".join(f"- {text}" for text in given)


# --- Real recipients for the preview ----------------------------------------------------------------------------------


def _applications(*states: str, called: str = "application") -> Callable[[], Iterable[Example]]:
    """Offer the newest applications; never one of an address that nobody has proven."""

    def newest() -> list[Example]:
        found = Application.objects.exclude(status=Application.Status.UNCONFIRMED)
        if states:
            found = found.filter(status__in=states)
        return [Example(f"{one.name} ({one.reference})", {called: one}) for one in found[:EXAMPLES]]

    return newest


def _questions(*, is_answered: bool, called: str = "application") -> Callable[[], Iterable[Example]]:
    def newest() -> list[Example]:
        found = ApplicationQuestion.objects.select_related("application").order_by("-asked_at")
        if is_answered:
            found = found.exclude(answered_at=None)
        return [
            Example(f"{one.application.name}: {one.text[:60]}", {called: one.application, "question": one})
            for one in found[:EXAMPLES]
        ]

    return newest


def _contacts() -> list[Example]:
    newest = Partner.objects.select_related("organisation").prefetch_related("organisation__contacts")
    return [
        Example(f"{contact.name}, {partner}", {"partner": partner, "contact": contact})
        for partner in newest.order_by("-created_at")[:EXAMPLES]
        for contact in partner.organisation.contacts.all()[:1]
    ]


def _partners_with_consents() -> list[Example]:
    found = Consent.objects.exclude(organisation__partner=None).select_related("organisation__partner")
    return [
        Example(f"{one.organisation}: {one}", {"about": one.organisation.partner, "consent": one})
        for one in found.order_by("-given_at")[:EXAMPLES]
    ]


# --- The kinds --------------------------------------------------------------------------------------------------------

STATUS = Application.Status

KINDS = (
    Kind(
        name="application_confirm",
        app="partners",
        title="Adresse bestätigen (Antrag)",
        group=JOINING,
        when="Sobald jemand einen Antrag abschickt, an die angegebene Adresse, die eine fremde sein kann: Deshalb steht "
        "nichts aus dem Antrag darin.",
        placeholders={
            "link": LINK,
            "frist": VALIDITY,
            "loeschfrist": DELETION,
        },
        button="Adresse bestätigen",
    ),
    Kind(
        name="application_received",
        app="partners",
        title="Antrag eingegangen",
        group=JOINING,
        when="Sobald die Adresse bestätigt ist, an die Ansprechperson.",
        placeholders={
            **APPLICANT,
            "antwortfrist": Placeholder(
                "Nach wie vielen Tagen Sie sich melden", lambda c: days(c["pact"].answer_within_days), "14 Tagen"
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
        when="Wenn Sie beim Antrag „Persönlichen Link senden“ wählen, an die Ansprechperson.",
        placeholders=APPLICANT,
        button="Zur Statusseite",
        examples=_applications(),
    ),
    Kind(
        name="application_question",
        app="partners",
        title="Rückfrage zum Antrag",
        group=JOINING,
        when="Wenn Sie eine Rückfrage stellen, an die Ansprechperson.",
        placeholders={
            **APPLICANT,
            "frage": Placeholder("Ihre Frage", lambda c: c["question"].text, "Wie viele Standorte haben Sie?"),
        },
        button="Rückfrage beantworten",
        examples=_questions(is_answered=False),
    ),
    Kind(
        name="application_accepted",
        app="partners",
        title="Aufnahme",
        group=JOINING,
        when="Wenn Sie aufnehmen, nach der Bedenkzeit, an die Ansprechperson.",
        placeholders=APPLICANT,
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
        name="profile_published",
        app="partners",
        title="Profil veröffentlicht",
        group=PARTNER,
        when="Wenn Sie ein Profil freigeben, an die erste Ansprechperson.",
        placeholders={
            **CONTACT,
            "profil": Placeholder(
                "Adresse des öffentlichen Profils",
                lambda c: c["base_url"] + c["partner"].get_absolute_url(),
                "https://klimapakt.example/klimapartner/musterbetrieb/",
                is_link=True,
            ),
        },
        button="Zu Ihrer Seite",
        examples=_contacts,
    ),
    Kind(
        name="partner_link",
        app="partners",
        title="Neuer Link zur eigenen Seite",
        group=PARTNER,
        when="Wenn Sie beim Partner „Persönlichen Link senden“ wählen, an die erste Ansprechperson.",
        placeholders=CONTACT,
        button="Zu Ihrer Seite",
        examples=_contacts,
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
        when="Wenn jemand Ihre Rückfrage beantwortet, an Ihr Postfach.",
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
    Kind(
        name="office_consent",
        app="partners",
        title="Einwilligung geändert",
        group=OFFICE,
        when="Wenn ein Partner eine Einwilligung erteilt oder widerruft, an Ihr Postfach.",
        placeholders={
            "organisation": Placeholder("Name der Organisation", lambda c: c["about"], "Musterbetrieb GmbH"),
            "einwilligung": Placeholder(
                "Worum es geht", lambda c: c["consent"].get_purpose_display(), "Veröffentlichung als Partner"
            ),
            "erteilt": Placeholder("„ja“, wenn sie erteilt ist; sonst leer", lambda c: c["consent"].stands, "ja"),
            "link": Placeholder(
                "Adresse des Partners im Portal, für Angemeldete",
                lambda c: c["base_url"] + reverse("admin:partners_partner_change", args=[c["about"].pk]),
                "https://klimapakt.example/admin/partners/partner/17/change/",
                is_link=True,
            ),
        },
        button="Partner öffnen",
        to_office=True,
        examples=_partners_with_consents,
    ),
)
