"""Mails to a partner's contacts, and to the office about them."""

from django.urls import reverse

from klimapakt.mailbox.kinds import EXAMPLES, LINK, OFFICE, Example, Kind, Placeholder
from partners.models import Consent, Partner

PARTNER = "Partner"

CONTACT = {
    "name": Placeholder("Name der Ansprechperson", lambda c: c["contact"].name, "Erika Muster"),
    "organisation": Placeholder("Name der Organisation", lambda c: c["partner"], "Musterbetrieb GmbH"),
    "link": LINK,
}


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


KINDS = (
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
