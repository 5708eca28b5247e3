"""Mails about a partner's profile, its people and the yearly check."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.mailbox.kinds import CODE, EXAMPLES, LINK, OFFICE, VALIDITY, Context, Example, Kind, Placeholder
from partners.comparison import Part, hidden_without_consent, mended_by_office
from partners.mail_kinds.partner import CONTACT, PARTNER, _contacts
from partners.models import Contact, DataCheck, Partner, ProfileProposal

PERSON = {name: CONTACT[name] for name in ("name", "organisation")}


def _proposals() -> list[Example]:
    found = ProfileProposal.objects.select_related("partner__organisation", "proposed_by").exclude(proposed_by=None)
    return [
        Example(
            f"{one.author}, {one.partner}",
            {"about": one.partner, "partner": one.partner, "contact": one.proposed_by, "proposal": one},
        )
        for one in found.order_by("-pk")[:EXAMPLES]
    ]


def _returned() -> list[Example]:
    return [example for example in _proposals() if example.context["proposal"].reason]


def _checks() -> list[Example]:
    return [
        Example(example.label, {**example.context, "check": DataCheck(asked_at=timezone.now() - timedelta(days=1))})
        for example in _contacts()
    ]


def _leavers() -> list[Example]:
    gone = Contact.everyone.exclude(left_at=None).filter(organisation__partner__isnull=False)
    return [
        Example(
            f"{one}, {one.organisation}",
            {"about": one.organisation.partner, "contact": one, "successor": None, "concerns": []},
        )
        for one in gone.select_related("organisation__partner").order_by("-left_at")[:EXAMPLES]
    ]


def _successors() -> list[Example]:
    gone = Contact.everyone.exclude(left_at=None).exclude(hands_over_to=None)
    return [
        Example(
            f"{one.hands_over_to}, {one.organisation}",
            {"partner": one.organisation.partner, "contact": one.hands_over_to, "gone": one},
        )
        for one in gone.filter(organisation__partner__isnull=False)
        .select_related("organisation__partner", "hands_over_to")
        .order_by("-left_at")[:EXAMPLES]
    ]


def _how_often(context: Context) -> str:
    months = context["pact"].check_data_after_months
    return {1: "jeden Monat", 12: "einmal im Jahr"}.get(months, f"alle {months} Monate")


def _due(context: Context) -> str:
    return date_format(timezone.localtime(context["check"].due_at), "j. F Y")


def _changed(context: Context) -> str:
    return ", ".join(context["proposal"].changed_labels)


def _mended(context: Context) -> str:
    """Return each text that the office changed: what the company wrote, and what is released."""
    proposal = context["proposal"]
    return "\n\n".join(
        f"{change.label}\nIhr Vorschlag: {_in_words(change.before)}\nFreigegeben: {_in_words(change.after)}"
        for change in mended_by_office(proposal)
    )


def _in_words(parts: list[Part]) -> str:
    return "".join(part.words for part in parts) or "(leer)"


def _hidden(context: Context) -> str:
    return hidden_without_consent(context["proposal"])


def _is_public(context: Context) -> bool:
    return Partner.objects.listed(on=timezone.localdate()).filter(pk=context["partner"].pk).exists()


NEW_ADDRESS = Placeholder(
    "Die neue E-Mail-Adresse", lambda c: c["contact"].new_email or c["contact"].email, "neu@musterbetrieb.example"
)

KINDS = (
    Kind(
        name="profile_released",
        app="partners",
        title="Profiländerung freigegeben",
        group=PARTNER,
        when="Wenn Sie eine Profiländerung freigeben, an die Person, die sie vorgeschlagen hat.",
        placeholders={
            **CONTACT,
            "geaendert": Placeholder(
                "Was Sie am Vorschlag geändert haben, vorher und nachher; leer, wenn nichts",
                _mended,
                "Profiltext\nIhr Vorschlag: Wir sind die Besten.\nFreigegeben: Wir backen mit Strom vom Dach.",
            ),
            "verborgen": Placeholder(
                "„Zitat“ oder „Logo“, wenn die Einwilligung dafür fehlt; sonst leer", _hidden, "Zitat und Logo"
            ),
            "oeffentlich": Placeholder("„ja“, wenn das Profil öffentlich ist; sonst leer", _is_public, "ja"),
            "profil": Placeholder(
                "Adresse des öffentlichen Profils",
                lambda c: c["base_url"] + c["partner"].get_absolute_url(),
                "https://klimapakt.example/klimapartner/musterbetrieb/",
                is_link=True,
            ),
        },
        button="Zu Ihrer Seite",
        examples=_proposals,
    ),
    Kind(
        name="profile_returned",
        app="partners",
        title="Profiländerung zurückgegeben",
        group=PARTNER,
        when="Wenn Sie eine Profiländerung zurückgeben, an die Person, die sie vorgeschlagen hat.",
        placeholders={
            **CONTACT,
            "grund": Placeholder(
                "Ihr Grund", lambda c: c["proposal"].reason, "Bitte nennen Sie im Zitat die Funktion der Person."
            ),
        },
        button="Profil ändern",
        examples=_returned,
    ),
    Kind(
        name="data_check",
        app="partners",
        title="Bitte Daten prüfen",
        group=PARTNER,
        when="Wenn ein Partner seine Daten so lange nicht bestätigt hat, wie es unter „Klimapakt“ steht, an die erste "
        "Ansprechperson.",
        placeholders={
            **CONTACT,
            "zeitraum": Placeholder("Wie oft Sie fragen", _how_often, "einmal im Jahr"),
            "frist": Placeholder("Bis wann jemand nachsehen soll", _due, "1. März 2027"),
        },
        button="Daten prüfen",
        examples=_checks,
    ),
    Kind(
        name="data_check_reminder",
        app="partners",
        title="Erinnerung: Bitte Daten prüfen",
        group=PARTNER,
        when="Einmal, 30 Tage nach der Bitte, die Daten zu prüfen, wenn niemand geantwortet hat.",
        placeholders=CONTACT,
        button="Daten prüfen",
        examples=_checks,
    ),
    Kind(
        name="contact_invited",
        app="partners",
        title="Zugang für eine neue Ansprechperson",
        group=PARTNER,
        when="Wenn ein Partner jemanden als Ansprechperson einträgt, oder mit der Aufnahme, wenn die Adresse der "
        "Ansprechperson niemand bestätigt hat. Die Adresse kann eine fremde sein: Deshalb steht nichts darin, was jemand "
        "getippt hat.",
        placeholders={"link": LINK, "frist": VALIDITY},
        button="Seite öffnen",
    ),
    Kind(
        name="contact_new_address",
        app="partners",
        title="Neue Adresse bestätigen",
        group=PARTNER,
        when="Wenn für eine Ansprechperson eine neue Adresse eingetragen wird, an die neue Adresse, die eine fremde sein "
        "kann: Deshalb steht nichts darin, was jemand getippt hat.",
        placeholders={"link": LINK, "frist": VALIDITY},
        button="Adresse bestätigen",
    ),
    Kind(
        name="contact_address_asked",
        app="partners",
        title="Neue Adresse eingetragen",
        group=PARTNER,
        when="Wenn für eine Ansprechperson eine neue Adresse eingetragen wird, an die bisherige Adresse.",
        placeholders={**PERSON, "neue_adresse": NEW_ADDRESS},
        examples=_contacts,
    ),
    Kind(
        name="contact_address_changed",
        app="partners",
        title="Neue Adresse gilt",
        group=PARTNER,
        when="Wenn eine Ansprechperson ihre neue Adresse bestätigt hat, an die bisherige Adresse.",
        placeholders={**PERSON, "neue_adresse": NEW_ADDRESS},
        examples=_contacts,
    ),
    Kind(
        name="contact_left",
        app="partners",
        title="Ansprechperson ausgetragen",
        group=PARTNER,
        when="Wenn eine Ansprechperson ausgetragen wird oder übergeben hat, an diese Person.",
        placeholders={
            **PERSON,
            "nachfolge": Placeholder(
                "Wer übernommen hat; leer, wenn niemand", lambda c: c["contact"].hands_over_to, "Kim Muster"
            ),
        },
        examples=_contacts,
    ),
    Kind(
        name="contact_took_over",
        app="partners",
        title="Aufgaben übernommen",
        group=PARTNER,
        when="Wenn eine Ansprechperson an jemanden übergeben hat, der den eigenen Link schon geöffnet hat, oder sobald "
        "das geschieht, an diese Person.",
        placeholders={
            **CONTACT,
            "person": Placeholder("Wer übergeben hat", lambda c: c["gone"].name, "Max Muster"),
            "aufgaben": Placeholder(
                "Ihre Aufgaben jetzt; leer, wenn keine", lambda c: ", ".join(c["contact"].roles), "erste Ansprechperson"
            ),
        },
        button="Zu Ihrer Seite",
        examples=_successors,
    ),
    Kind(
        name="contact_code",
        app="partners",
        title="Code für „Mein Klimapakt“",
        group=PARTNER,
        when="Wenn jemand auf „Mein Klimapakt“ einen Code anfordert, um Ansprechpersonen zu ändern, an diese Person.",
        placeholders={**PERSON, "code": CODE},
        examples=_contacts,
    ),
    Kind(
        name="office_profile",
        app="partners",
        title="Profiländerung vorgeschlagen",
        group=OFFICE,
        when="Wenn ein Partner eine Profiländerung vorschlägt, an Ihr Postfach.",
        placeholders={
            "organisation": Placeholder("Name der Organisation", lambda c: c["about"], "Musterbetrieb GmbH"),
            "angaben": Placeholder("Was sich ändern soll", _changed, "Profiltext, Internetseite"),
            "link": Placeholder(
                "Adresse der Profiländerung im Portal, für Angemeldete",
                lambda c: c["base_url"] + reverse("admin:partners_profileproposal_change", args=[c["proposal"].pk]),
                "https://klimapakt.example/admin/partners/profileproposal/17/change/",
                is_link=True,
            ),
        },
        button="Änderung ansehen",
        to_office=True,
        examples=_proposals,
    ),
    Kind(
        name="office_contact",
        app="partners",
        title="Ansprechperson ausgeschieden",
        group=OFFICE,
        when="Wenn bei einem Partner eine Ansprechperson ausscheidet, an Ihr Postfach.",
        placeholders={
            "organisation": Placeholder("Name der Organisation", lambda c: c["about"], "Musterbetrieb GmbH"),
            "person": Placeholder("Wer ausgeschieden ist", lambda c: c["contact"].name, "Erika Muster"),
            "nachfolge": Placeholder("Wer übernommen hat; leer, wenn niemand", lambda c: c["successor"], "Kim Muster"),
            "folgen": Placeholder(
                "Was an der Person hing; leer, wenn nichts",
                lambda c: "\n".join(c["concerns"]),
                "Fassung 2 der Klimaschutzvereinbarung liegt ihr zur Unterschrift vor.",
            ),
            "link": Placeholder(
                "Adresse des Partners im Portal, für Angemeldete",
                lambda c: c["base_url"] + reverse("admin:partners_partner_change", args=[c["about"].pk]),
                "https://klimapakt.example/admin/partners/partner/17/change/",
                is_link=True,
            ),
        },
        button="Partner öffnen",
        to_office=True,
        examples=_leavers,
    ),
)
