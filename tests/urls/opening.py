"""Which personal link opens which page of a company, written by hand; and a link of each purpose."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import agreements.mails
import events.mails
import klimapakt.newsletter.services
from klimapakt.links.models import AccessLink
from partners import access
from partners.mails.application import application_access
from partners.mails.interest import interest_access
from partners.mails.partner import partner_access
from partners.models.application import LINK_LIFETIME
from tests.factories.events import RegistrationFactory
from tests.factories.interest import InterestFactory

APPLICANTS, CONTACTS, SIGNATORIES = {"application"}, {"partner"}, {"agreement"}
PROSPECTS = {"application", "interest"}
"""Talks and letters are for those who apply and for those who only asked."""
GUESTS = {"partner", "event-invitation", "event-registration"}
"""A contact may answer for its organisation."""

OPENED_BY: dict[str, set[str]] = {
    "interesse/": {"interest"},
    "interesse/antrag/": {"interest"},
    "interesse/loeschen/": {"interest"},
    "auswahl/": {"return"},
    "auswahl/<str:purpose>/<int:object_id>/": {"return"},
    "gespraech/": PROSPECTS,
    "gespraech/buchen/": PROSPECTS,
    "gespraech/verschieben/": PROSPECTS,
    "gespraech/absagen/": PROSPECTS,
    "gespraech/termin.ics": PROSPECTS,
    "absichtserklaerung/": PROSPECTS,
    "absichtserklaerung/code/": PROSPECTS,
    "absichtserklaerung/unterschreiben/": PROSPECTS,
    "absichtserklaerung/pdf/": PROSPECTS,
    "absichtserklaerung/zurueckziehen/": PROSPECTS,
    "": CONTACTS,
    "daten/": CONTACTS,
    "daten/bestaetigen/": CONTACTS,
    "profil/": CONTACTS,
    "profil/zurueckziehen/": CONTACTS,
    "profil/logo/": CONTACTS,
    "profil/logo/entfernen/": CONTACTS,
    "profil/logo/datei/": CONTACTS,
    "angebote/": CONTACTS,
    "personen/": CONTACTS,
    "personen/neu/": CONTACTS,
    "personen/<int:pk>/": CONTACTS,
    "personen/<int:pk>/uebergeben/": CONTACTS,
    "personen/<int:pk>/austragen/": CONTACTS,
    "personen/<int:pk>/behalten/": CONTACTS,
    "personen/<int:pk>/einladen/": CONTACTS,
    "einwilligung/<str:purpose>/widerrufen/": CONTACTS,
    "einwilligung/<str:purpose>/erteilen/": CONTACTS,
    "antrag/": APPLICANTS,
    "antrag/dateien/": APPLICANTS,
    "antrag/dateien/<slug:slug>/": APPLICANTS,
    "antrag/dateien/<uuid:pk>/": APPLICANTS,
    "antrag/dateien/<uuid:pk>/entfernen/": APPLICANTS,
    "antrag/<slug:slug>/": APPLICANTS,
    "antrag/pruefen/": APPLICANTS,
    "antrag/absenden/": APPLICANTS,
    "antrag/loeschen/": APPLICANTS,
    "antrag/mitwirkende/": APPLICANTS,
    "antrag/mitwirkende/einladen/": APPLICANTS,
    "antrag/mitwirkende/<int:pk>/erneut/": APPLICANTS,
    "antrag/mitwirkende/<int:pk>/entfernen/": APPLICANTS,
    "antrag/antwort/": APPLICANTS,
    "antrag/adresse/": APPLICANTS,
    "antrag/bestaetigung/": APPLICANTS,
    "antrag/einwilligung/<str:purpose>/widerrufen/": APPLICANTS,
    "antrag/kopie/": APPLICANTS,
    "antrag/kopie/erstellen/": APPLICANTS,
    "antrag/zurueckziehen/": APPLICANTS,
    "veranstaltung/<slug:slug>/": GUESTS,
    "veranstaltung/<slug:slug>/anmelden/": GUESTS,
    "veranstaltung/<slug:slug>/aendern/": GUESTS,
    "veranstaltung/<slug:slug>/abmelden/": GUESTS,
    "veranstaltung/<slug:slug>/absagen/": GUESTS,
    "vereinbarung/": SIGNATORIES,
    "vereinbarung/pdf/": SIGNATORIES,
    "vereinbarung/code/": SIGNATORIES,
    "vereinbarung/unterschreiben/": SIGNATORIES,
    "vereinbarung/aenderung/": SIGNATORIES,
    "vereinbarung/ablehnen/": SIGNATORIES,
    "vereinbarung/dokument/<str:sha256>/": CONTACTS,
}
"""Every page of a company, without „mein-klimapakt/“ in front, and the purposes that a session needs for it."""

BEFORE = "mein-klimapakt/"

SAVED_BY_A_PEN = BEFORE + "antrag/<slug:slug>/"
"""Takes a POST from whoever holds the page, with a session or without: tests/partners/apply/test_saving.py."""

LEADS_TO = {
    "application-confirm": {"application"},
    "event-confirm": {"event-registration"},
    "newsletter-confirm": set(),
    "return, to one thing": {"partner"},
}
"""What opening a link puts into the session, where that is not the link's own purpose. One that was asked for opens
what belongs to its address; of several things nothing before the person chose."""


def purposes_of(link: str) -> set[str]:
    return LEADS_TO.get(link, {link.partition(",")[0]})


LINKS: dict[str, Callable[[SimpleNamespace], AccessLink]] = {
    "application": lambda things: application_access(things.query.applicants.first()),
    "application, not sent": lambda things: application_access(things.unsent.applicants.get()),
    "application-confirm": lambda things: AccessLink.issue(
        access.CONFIRM, things.unconfirmed.pk, email=things.unconfirmed.contact_email, valid_for=LINK_LIFETIME
    ),
    "interest": lambda things: interest_access(things.interest),
    "interest, not confirmed": lambda things: interest_access(things.unread),
    "return": lambda things: _asked_for_by(InterestFactory(email=things.contact.email).email),
    "return, to one thing": lambda things: _asked_for_by(things.invited.email),
    "partner": lambda things: partner_access(things.contact),
    "partner, invited by a colleague": lambda things: partner_access(things.invited),
    "event-invitation": lambda things: events.mails.invitation_access(things.event, things.invitation),
    "event-registration": lambda things: events.mails.registration_access(things.event, things.registration),
    "event-confirm": lambda things: _confirms_a_guest(things.event),
    "agreement": lambda things: agreements.mails.access_to(things.version),
    "newsletter-confirm": lambda things: _confirms_a_reader(),
}
"""A link of each purpose, each to something on which opening it has an effect."""


def _asked_for_by(email: str) -> AccessLink:
    return AccessLink.issue(access.RETURN, 1, email=email, valid_for=timedelta(days=1))


def _confirms_a_guest(event: object) -> AccessLink:
    events.mails.confirm_address(event, RegistrationFactory(event=event, unconfirmed=True))
    return AccessLink.objects.get(purpose="event-confirm", revoked_at=None)


def _confirms_a_reader() -> AccessLink:
    klimapakt.newsletter.services.ask("neu@firma.example")
    return AccessLink.objects.get(purpose="newsletter-confirm", revoked_at=None)
