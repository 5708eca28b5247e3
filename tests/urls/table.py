"""Every URL × every role: the status code, written by hand."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from klimapakt.links.models import AccessLink

BY_LINK = ["applicant", "contact", "guest", "signatory"]
"""People who came by a personal link and have no account: to an application, a partner, a registration, a version."""
STAFF = ["initial_partner", "countersigner", "office", "administrator"]
ROLES = ["anonymous", *BY_LINK, *STAFF]
"""The columns of the tables below."""

ALL_200 = "200 200 200 200 200 200 200 200 200"
ALL_302 = "302 302 302 302 302 302 302 302 302"
ALL_404 = "404 404 404 404 404 404 404 404 404"
ALL_405 = "405 405 405 405 405 405 405 405 405"
ALL_422 = "422 422 422 422 422 422 422 422 422"
STAFF_ = "302 302 302 302 302 "
"""Whoever is not signed in is sent to the sign-in page; four codes for those who are follow."""
APPLICANT_ = "403 {} 403 403 403 403 403 403 403"
CONTACT_ = "403 403 {} 403 403 403 403 403 403"
GUESTS_ = "403 403 {0} {0} 403 403 403 403 403"
SIGNATORY_ = "403 403 403 403 {} 403 403 403 403"
"""Pages of a company: whoever did not open a link of that purpose is told that one is needed."""

APPLICATION, PARTNER, DOCUMENT = "/admin/partners/application", "/admin/partners/partner", "/admin/documents/document"
EVENT, REGISTRATION, INVITATION = "/admin/events/event", "/admin/events/registration", "/admin/events/invitation"
AGREEMENT = "/admin/agreements/agreement"
MAIL, MAILBOX, MAILING = "/admin/mailbox/outgoingmail", "/admin/mailbox/mailboxstate", "/admin/mailbox/mailing"
WORDING = "/admin/mailbox/mailwording"
SERVICE = STAFF_ + "403 403 200 200", STAFF_ + "403 403 302 302"
"""A service action: the page that says what will happen, and the button on it."""

# route of the URLconf: path that is asked for, codes of GET, codes of POST[, what POST sends]
PUBLIC_PAGES: dict[str, tuple] = {
    "": ("/", ALL_200, ALL_405),
    "wirkung/": ("/wirkung/", ALL_200, ALL_405),
    "impressum/": ("/impressum/", ALL_200, ALL_405),
    "datenschutz/": ("/datenschutz/", ALL_200, ALL_405),
    "barrierefreiheit/": ("/barrierefreiheit/", ALL_200, ALL_405),
    "favicon.ico": ("/favicon.ico", ALL_302, ALL_405),
    "robots.txt": ("/robots.txt", ALL_200, ALL_405),
    "sitemap.xml": ("/sitemap.xml", ALL_200, ALL_405),
    "health/live": ("/health/live", ALL_200, ALL_405),
    "health/ready": ("/health/ready", ALL_200, ALL_405),
    "klimapartner/": ("/klimapartner/", ALL_200, ALL_405),
    "klimapartner/<slug:slug>/": ("/klimapartner/{partner.slug}/", ALL_200, ALL_405),
    "initialpartner/": ("/initialpartner/", ALL_200, ALL_405),
    "mitmachen/": ("/mitmachen/", ALL_200, ALL_405),
    "mitmachen/antrag/": ("/mitmachen/antrag/", ALL_200, ALL_422),
    # These two belong to the browser that has just sent an application; nobody here has.
    "mitmachen/antrag/eingang/": ("/mitmachen/antrag/eingang/", ALL_302, ALL_405),
    "mitmachen/antrag/eingang/adresse/": ("/mitmachen/antrag/eingang/adresse/", ALL_405, ALL_404),
    "veranstaltungen/": ("/veranstaltungen/", ALL_200, ALL_405),
    "veranstaltungen/kalender.ics": ("/veranstaltungen/kalender.ics", ALL_200, ALL_405),
    "veranstaltungen/<slug:slug>/": ("/veranstaltungen/{event.slug}/", ALL_200, ALL_405),
    "veranstaltungen/<slug:slug>/termin.ics": ("/veranstaltungen/{event.slug}/termin.ics", ALL_200, ALL_405),
    "veranstaltungen/<slug:slug>/anmelden/": ("/veranstaltungen/{event.slug}/anmelden/", ALL_200, ALL_422),
    "aktuelles/newsletter/": ("/aktuelles/newsletter/", ALL_200, ALL_422),
    # These two belong to the browser that has just ordered, and to the one that has confirmed.
    "aktuelles/newsletter/eingang/": ("/aktuelles/newsletter/eingang/", ALL_302, ALL_405),
    "aktuelles/newsletter/bestaetigt/": ("/aktuelles/newsletter/bestaetigt/", ALL_302, ALL_405),
    # Whoever has a mail of a topic may end it, signed in or not.
    "abbestellen/<str:token>/": ("{unsubscribe}", ALL_200, ALL_302),
    "abbestellen/<str:token>/wieder/": ("{unsubscribe}wieder/", ALL_405, ALL_302),
    # Belongs to the browser that has just registered.
    "veranstaltungen/<slug:slug>/anmelden/eingang/": (
        "/veranstaltungen/{event.slug}/anmelden/eingang/", ALL_302, ALL_405,
    ),
}  # fmt: skip

COMPANY_PAGES: dict[str, tuple] = {
    "z/<str:token>/": ("{link}", ALL_200, ALL_302),
    "mein-klimapakt/": ("/mein-klimapakt/", CONTACT_.format(200), ALL_405),
    "mein-klimapakt/einwilligung/<str:purpose>/widerrufen/": (
        "/mein-klimapakt/einwilligung/profile/widerrufen/", ALL_405, CONTACT_.format(302),
    ),
    "mein-klimapakt/einwilligung/<str:purpose>/erteilen/": (
        "/mein-klimapakt/einwilligung/profile/erteilen/", ALL_405, CONTACT_.format(302),
    ),
    "mein-klimapakt/antrag/": ("/mein-klimapakt/antrag/", APPLICANT_.format(200), ALL_405),
    "mein-klimapakt/antrag/antwort/": (
        "/mein-klimapakt/antrag/antwort/", ALL_405, APPLICANT_.format(302), {"answer": "Drei."},
    ),
    "mein-klimapakt/antrag/zurueckziehen/": (
        "/mein-klimapakt/antrag/zurueckziehen/", ALL_405, APPLICANT_.format(302),
    ),
    # A contact may answer for every event that is published; a guest's link opens the one that it was sent for.
    "mein-klimapakt/veranstaltung/<slug:slug>/": (
        "/mein-klimapakt/veranstaltung/{event.slug}/", GUESTS_.format(200), ALL_405,
    ),
    "mein-klimapakt/veranstaltung/<slug:slug>/anmelden/": (
        "/mein-klimapakt/veranstaltung/{event.slug}/anmelden/", ALL_405, GUESTS_.format(302), {"name_1": "Kim Muster"},
    ),
    "mein-klimapakt/veranstaltung/<slug:slug>/aendern/": (
        "/mein-klimapakt/veranstaltung/{event.slug}/aendern/", ALL_405, GUESTS_.format(302), {"name_1": "Kim Muster"},
    ),
    "mein-klimapakt/veranstaltung/<slug:slug>/abmelden/": (
        "/mein-klimapakt/veranstaltung/{event.slug}/abmelden/", ALL_405, GUESTS_.format(302),
    ),
    "mein-klimapakt/veranstaltung/<slug:slug>/absagen/": (
        "/mein-klimapakt/veranstaltung/{event.slug}/absagen/", ALL_405, GUESTS_.format(302),
    ),
    "mein-klimapakt/vereinbarung/": ("/mein-klimapakt/vereinbarung/", SIGNATORY_.format(200), ALL_405),
    "mein-klimapakt/vereinbarung/pdf/": ("/mein-klimapakt/vereinbarung/pdf/", SIGNATORY_.format(200), ALL_405),
    "mein-klimapakt/vereinbarung/code/": (
        "/mein-klimapakt/vereinbarung/code/", ALL_405, SIGNATORY_.format(302), {"sha256": "{version.sha256}"},
    ),
    "mein-klimapakt/vereinbarung/unterschreiben/": (
        "/mein-klimapakt/vereinbarung/unterschreiben/",
        SIGNATORY_.format(200), SIGNATORY_.format(422), {"sha256": "{version.sha256}"},
    ),
    "mein-klimapakt/vereinbarung/aenderung/": (
        "/mein-klimapakt/vereinbarung/aenderung/",
        ALL_405, SIGNATORY_.format(302), {"sha256": "{version.sha256}", "text": "Bitte erst ab 2027."},
    ),
    "mein-klimapakt/vereinbarung/ablehnen/": (
        "/mein-klimapakt/vereinbarung/ablehnen/",
        ALL_405, SIGNATORY_.format(302), {"sha256": "{version.sha256}", "reason": "Das können wir nicht leisten."},
    ),
    "mein-klimapakt/vereinbarung/dokument/<str:sha256>/": (
        "/mein-klimapakt/vereinbarung/dokument/{scan.sha256}/", CONTACT_.format(200), ALL_405,
    ),
}  # fmt: skip

STAFF_PAGES: dict[str, tuple] = {
    "postfach/": ("/postfach/", STAFF_ + "403 403 200 200", STAFF_ + "405 405 405 405"),
    "postfach/<str:key>/": ("/postfach/{mail_key}/", STAFF_ + "403 403 200 200", STAFF_ + "405 405 405 405"),
    "postfach/<str:key>/html/": ("/postfach/{mail_key}/html/", STAFF_ + "403 403 200 200", STAFF_ + "405 405 405 405"),
    "postfach/<str:key>/anhang/<int:number>/": (
        "/postfach/{mail_key}/anhang/0/", STAFF_ + "403 403 200 200", STAFF_ + "405 405 405 405",
    ),
    "admin/": ("/admin/", STAFF_ + "200 200 200 200", STAFF_ + "200 200 200 200"),
    "admin/login/": ("/admin/login/", "200 200 200 200 200 302 302 302 302", ALL_200),
    "admin/logout/": ("/admin/logout/", STAFF_ + "405 405 405 405", STAFF_ + "200 200 200 200"),
    "admin/password_change/": ("/admin/password_change/", STAFF_ + "200 200 200 200", STAFF_ + "200 200 200 200"),
    "admin/password_change/done/": (
        "/admin/password_change/done/", STAFF_ + "200 200 200 200", STAFF_ + "405 405 405 405",
    ),
    "admin/autocomplete/": (
        "/admin/autocomplete/?app_label=events&model_name=event&field_name=host",
        STAFF_ + "403 403 200 200", STAFF_ + "405 405 405 405",
    ),
    "admin/jsi18n/": ("/admin/jsi18n/", STAFF_ + "200 200 200 200", STAFF_ + "405 405 405 405"),
    "admin/^(?P<app_label>pact|mailbox|documents|newsletter|partners|events|agreements|auth)/$": (
        "/admin/mailbox/", STAFF_ + "404 404 200 200", STAFF_ + "404 404 200 200",
    ),
    "admin/(?P<url>.*)$": ("/admin/gibt-es-nicht/", STAFF_ + "404 404 404 404", STAFF_ + "404 404 404 404"),
    "admin/auth/user/<id>/password/": (
        "/admin/auth/user/{user.pk}/password/", STAFF_ + "403 403 403 200", STAFF_ + "403 403 403 200",
    ),
    "admin/documents/document/<path:object_id>/noch-einmal/": (DOCUMENT + "/{broken.pk}/noch-einmal/", *SERVICE),
}  # fmt: skip

MAILBOX_PAGES: dict[str, tuple] = {
    "admin/mailbox/outgoingmail/<path:object_id>/erneut-senden/": (MAIL + "/{failed.pk}/erneut-senden/", *SERVICE),
    "admin/mailbox/outgoingmail/<path:object_id>/wurde-gesendet/": (MAIL + "/{unclear.pk}/wurde-gesendet/", *SERVICE),
    "admin/mailbox/outgoingmail/<path:object_id>/zurueckziehen/": (MAIL + "/{waiting.pk}/zurueckziehen/", *SERVICE),
    "admin/mailbox/outgoingmail/<path:object_id>/erledigt/": (MAIL + "/{failed.pk}/erledigt/", *SERVICE),
    "admin/mailbox/outgoingmail/<int:object_id>/ansicht/": (
        MAIL + "/{failed.pk}/ansicht/", STAFF_ + "404 404 200 200", STAFF_ + "405 405 405 405",
    ),
    "admin/mailbox/mailboxstate/<path:object_id>/wieder-senden/": (MAILBOX + "/1/wieder-senden/", *SERVICE),
    "admin/mailbox/mailboxstate/<path:object_id>/freigeben/": (MAILBOX + "/1/freigeben/", *SERVICE),
    "admin/mailbox/mailboxstate/<path:object_id>/verwerfen/": (MAILBOX + "/1/verwerfen/", *SERVICE),
    "admin/mailbox/addressproblem/<path:object_id>/in-ordnung/": (
        "/admin/mailbox/addressproblem/{problem.pk}/in-ordnung/", *SERVICE,
    ),
    "admin/mailbox/mailwording/": (WORDING + "/", STAFF_ + "403 403 200 200", STAFF_ + "405 405 405 405"),
    "admin/mailbox/mailwording/<slug:name>/": (
        WORDING + "/event_invitation/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 422 422",
    ),
    "admin/mailbox/mailwording/<slug:name>/ansicht/": (
        WORDING + "/event_invitation/ansicht/", STAFF_ + "403 403 200 200", STAFF_ + "405 405 405 405",
    ),
    "admin/mailbox/mailwording/<slug:name>/fassung/<int:number>/": (
        WORDING + "/event_invitation/fassung/0/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 302 302",
    ),
    "admin/mailbox/mailwording/<int:object_id>/change/": (
        WORDING + "/{wording.pk}/change/", STAFF_ + "403 403 302 302", STAFF_ + "403 403 302 302",
    ),
    "admin/mailbox/mailing/<int:object_id>/kreis/": (
        MAILING + "/{mailing.pk}/kreis/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 422 422",
    ),
    "admin/mailbox/mailing/<int:object_id>/empfaenger/": (
        MAILING + "/{mailing.pk}/empfaenger/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 422 422",
    ),
    "admin/mailbox/mailing/<int:object_id>/text/": (
        MAILING + "/{mailing.pk}/text/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 422 422",
    ),
    "admin/mailbox/mailing/<int:object_id>/text/ansicht/<int:at>/": (
        MAILING + "/{mailing.pk}/text/ansicht/1/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 405 405",
    ),
    "admin/mailbox/mailing/<int:object_id>/lesen/": (
        MAILING + "/{prepared.pk}/lesen/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 302 302",
    ),
    "admin/mailbox/mailing/<int:object_id>/probe/": (
        MAILING + "/{prepared.pk}/probe/", STAFF_ + "403 403 405 405", STAFF_ + "403 403 302 302",
    ),
    "admin/mailbox/mailing/<int:object_id>/mails/<int:mail_id>/": (
        MAILING + "/{prepared.pk}/mails/{draft_mail.pk}/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 422 422",
    ),
    "admin/mailbox/mailing/<int:object_id>/mails/<int:mail_id>/streichen/": (
        MAILING + "/{prepared.pk}/mails/{draft_mail.pk}/streichen/",
        STAFF_ + "403 403 405 405", STAFF_ + "403 403 302 302",
    ),
    "admin/mailbox/mailing/<int:object_id>/senden/": (
        MAILING + "/{prepared.pk}/senden/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 422 422",
    ),
    "admin/mailbox/mailing/<int:object_id>/verlauf/": (
        MAILING + "/{released.pk}/verlauf/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 405 405",
    ),
    "admin/mailbox/mailing/<path:object_id>/zurueck/": (MAILING + "/{prepared.pk}/zurueck/", *SERVICE),
    "admin/mailbox/mailing/<path:object_id>/unterbrechen/": (MAILING + "/{released.pk}/unterbrechen/", *SERVICE),
    "admin/mailbox/mailing/<path:object_id>/fortsetzen/": (MAILING + "/{paused.pk}/fortsetzen/", *SERVICE),
    "admin/mailbox/mailing/<path:object_id>/stoppen/": (MAILING + "/{released.pk}/stoppen/", *SERVICE),
    "admin/mailbox/mailing/<path:object_id>/kopieren/": (
        MAILING + "/{mailing.pk}/kopieren/", *SERVICE, {"token": "7f3c1f0e-6a3f-4f43-9a39-1f3fd1c7d9aa"},
    ),
}  # fmt: skip

PARTNER_PAGES: dict[str, tuple] = {
    "admin/partners/application/<int:object_id>/dokument/<int:step_id>/": (
        APPLICATION + "/{reviewed.pk}/dokument/{step.pk}/", STAFF_ + "404 404 200 200", STAFF_ + "404 404 200 200",
    ),
    "admin/partners/application/<path:object_id>/pruefen/": (APPLICATION + "/{submitted.pk}/pruefen/", *SERVICE),
    "admin/partners/application/<path:object_id>/aufnehmen/": (APPLICATION + "/{reviewed.pk}/aufnehmen/", *SERVICE),
    "admin/partners/application/<path:object_id>/rueckfrage/": (
        APPLICATION + "/{reviewed.pk}/rueckfrage/", *SERVICE, {"text": "Wie viele Standorte?"},
    ),
    "admin/partners/application/<path:object_id>/gespraech/": (
        APPLICATION + "/{reviewed.pk}/gespraech/", *SERVICE, {"done_on": "2026-01-02"},
    ),
    "admin/partners/application/<path:object_id>/absichtserklaerung/": (
        APPLICATION + "/{reviewed.pk}/absichtserklaerung/", *SERVICE, {"done_on": "2026-01-02"},
    ),
    "admin/partners/application/<path:object_id>/ablehnen/": (
        APPLICATION + "/{reviewed.pk}/ablehnen/", *SERVICE, {"reason": "Ihr Sitz liegt nicht in der Stadt."},
    ),
    "admin/partners/application/<path:object_id>/zuruecknehmen/": (
        APPLICATION + "/{rejected.pk}/zuruecknehmen/", *SERVICE,
    ),
    "admin/partners/application/<path:object_id>/bestaetigung/": (
        APPLICATION + "/{unconfirmed.pk}/bestaetigung/", *SERVICE,
    ),
    "admin/partners/application/<path:object_id>/link/": (APPLICATION + "/{reviewed.pk}/link/", *SERVICE),
    "admin/partners/partner/<path:object_id>/veroeffentlichen/": (
        PARTNER + "/{ready.pk}/veroeffentlichen/",
        # A partner that is not listed does not exist for those who may only read.
        STAFF_ + "404 404 200 200", STAFF_ + "404 404 302 302",
    ),
    "admin/partners/partner/<path:object_id>/verbergen/": (PARTNER + "/{partner.pk}/verbergen/", *SERVICE),
    "admin/partners/partner/<path:object_id>/link/": (PARTNER + "/{partner.pk}/link/", *SERVICE),
}  # fmt: skip

EVENT_PAGES: dict[str, tuple] = {
    "admin/events/event/<path:object_id>/veroeffentlichen/": (EVENT + "/{draft.pk}/veroeffentlichen/", *SERVICE),
    "admin/events/event/<path:object_id>/zurueckziehen/": (EVENT + "/{announced.pk}/zurueckziehen/", *SERVICE),
    "admin/events/event/<path:object_id>/absagen/": (EVENT + "/{event.pk}/absagen/", *SERVICE),
    "admin/events/event/<path:object_id>/absage-zuruecknehmen/": (
        EVENT + "/{cancelled.pk}/absage-zuruecknehmen/", *SERVICE,
    ),
    "admin/events/event/<path:object_id>/kopieren/": (
        EVENT + "/{event.pk}/kopieren/", *SERVICE, {"starts_at": "2099-05-04T17:00"},
    ),
    "admin/events/event/<int:object_id>/einladen/": (
        EVENT + "/{event.pk}/einladen/",
        STAFF_ + "403 403 200 200", STAFF_ + "403 403 200 200", {"contact": "{contact.pk}"},
    ),
    "admin/events/event/<int:object_id>/einladen/senden/": (
        EVENT + "/{event.pk}/einladen/senden/",
        STAFF_ + "403 403 405 405", STAFF_ + "403 403 302 302", {"chosen": "{contact.pk}"},
    ),
    "admin/events/event/<int:object_id>/rueckmeldungen/": (
        EVENT + "/{event.pk}/rueckmeldungen/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 405 405",
    ),
    "admin/events/event/<int:object_id>/anmeldung-eintragen/": (
        EVENT + "/{event.pk}/anmeldung-eintragen/",
        *SERVICE, {"email": "erika@musterbaeckerei.example", "name_1": "Erika Muster"},
    ),
    "admin/events/event/<int:object_id>/teilnahmeliste/": (
        EVENT + "/{event.pk}/teilnahmeliste/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 405 405",
    ),
    "admin/events/event/<int:object_id>/teilnahmeliste/pdf/": (
        EVENT + "/{event.pk}/teilnahmeliste/pdf/", STAFF_ + "403 403 405 405", STAFF_ + "403 403 302 302",
    ),
    "admin/events/event/<int:object_id>/teilnahmeliste/pdf/<int:document_id>/": (
        EVENT + "/{event.pk}/teilnahmeliste/pdf/{attendance.pk}/",
        STAFF_ + "403 403 200 200", STAFF_ + "403 403 405 405",
    ),
    "admin/events/event/<int:object_id>/teilnahmeliste/pdf/<int:document_id>/datei/": (
        EVENT + "/{event.pk}/teilnahmeliste/pdf/{attendance.pk}/datei/",
        STAFF_ + "403 403 200 200", STAFF_ + "403 403 405 405",
    ),
    "admin/events/registration/<path:object_id>/namen/": (
        REGISTRATION + "/{registration.pk}/namen/", *SERVICE, {"name_1": "Kim Muster"},
    ),
    "admin/events/registration/<path:object_id>/wieder-anmelden/": (
        REGISTRATION + "/{withdrawn.pk}/wieder-anmelden/", *SERVICE, {"name_1": "Kim Muster"},
    ),
    "admin/events/registration/<path:object_id>/link/": (REGISTRATION + "/{registration.pk}/link/", *SERVICE),
    "admin/events/registration/<path:object_id>/adresse/": (
        REGISTRATION + "/{registration.pk}/adresse/", *SERVICE, {"email": "neu@musterverein.example"},
    ),
    "admin/events/registration/<path:object_id>/abmelden/": (REGISTRATION + "/{registration.pk}/abmelden/", *SERVICE),
    "admin/events/invitation/<path:object_id>/anmelden/": (
        INVITATION + "/{invitation.pk}/anmelden/", *SERVICE, {"name_1": "Kim Muster"},
    ),
    "admin/events/invitation/<path:object_id>/absage/": (INVITATION + "/{invitation.pk}/absage/", *SERVICE),
    "admin/events/invitation/<path:object_id>/link/": (INVITATION + "/{invitation.pk}/link/", *SERVICE),
}  # fmt: skip

READERS = STAFF_ + "404 200 200 200", STAFF_ + "404 200 200 200"
"""Whoever may see agreements may read their texts and files."""

AGREEMENT_PAGES: dict[str, tuple] = {
    "admin/agreements/agreement/<int:object_id>/vorschau/": (AGREEMENT + "/{agreement.pk}/vorschau/", *READERS),
    "admin/agreements/agreement/<int:object_id>/fassung/<int:number>/": (
        AGREEMENT + "/{offered.pk}/fassung/1/", *READERS,
    ),
    "admin/agreements/agreement/<int:object_id>/dokument/<int:document_id>/": (
        AGREEMENT + "/{bound.pk}/dokument/{scan.pk}/", *READERS,
    ),
    "admin/agreements/agreement/<path:object_id>/anbieten/": (
        AGREEMENT + "/{agreement.pk}/anbieten/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 422 422",
    ),
    "admin/agreements/agreement/<path:object_id>/vorlage/": (AGREEMENT + "/{empty.pk}/vorlage/", *SERVICE),
    "admin/agreements/agreement/<path:object_id>/link/": (AGREEMENT + "/{offered.pk}/link/", *SERVICE),
    "admin/agreements/agreement/<path:object_id>/papier/": (
        AGREEMENT + "/{agreement.pk}/papier/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 422 422",
    ),
    "admin/agreements/agreement/<path:object_id>/zurueckholen/": (AGREEMENT + "/{signed.pk}/zurueckholen/", *SERVICE),
    "admin/agreements/agreement/<path:object_id>/gegenzeichnen/": (
        AGREEMENT + "/{signed.pk}/gegenzeichnen/",
        STAFF_ + "403 200 403 200", STAFF_ + "403 302 403 302", {"sha256": "{signed_version.sha256}"},
    ),
    "admin/agreements/agreement/<path:object_id>/schliessen/": (
        AGREEMENT + "/{offered.pk}/schliessen/", *SERVICE, {"reason": "Der Betrieb schließt."},
    ),
    "admin/agreements/agreement/<path:object_id>/beenden/": (
        AGREEMENT + "/{bound.pk}/beenden/", *SERVICE, {"last_day": "{today}", "reason": "Der Betrieb schließt."},
    ),
    "admin/agreements/templatesection/vorschau/": (
        "/admin/agreements/templatesection/vorschau/", STAFF_ + "404 404 200 200", STAFF_ + "404 404 200 200",
    ),
}  # fmt: skip

PAGES = PUBLIC_PAGES | COMPANY_PAGES | STAFF_PAGES | MAILBOX_PAGES | PARTNER_PAGES | EVENT_PAGES | AGREEMENT_PAGES

MODEL_PAGES = [
    "",
    "add/",
    "<path:object_id>/change/",
    "<path:object_id>/delete/",
    "<path:object_id>/history/",
    "<path:object_id>/",
]
"""What the admin offers for every model, in the order of the columns below. The last one redirects to `change/`."""

NOTHING = "403 403 403 403 403 302", "403 403 403 403 403 302"
"""For a role that is not named."""
READ = "200 403 200 403 200 302", "200 403 403 403 200 302"
READ_OR_DELETE = "200 403 200 200 200 302", "200 403 403 302 200 302"
EVERYTHING = "200 200 200 200 200 302", "200 200 200 302 200 302"
ALL_BUT_CHANGE = "200 200 200 200 200 302", "200 200 403 302 200 302"
ALL_BUT_DELETE = "200 200 200 403 200 302", "200 200 200 403 200 302"

# model: the object that is asked for, then for the roles that may sign in: codes of GET, codes of POST.
# The first POST column is the list without an action; a delete is sent with its confirmation, a form empty.
MODELS = {
    #                                        list add change delete history shortcut
    "pact/pact": ("pact", {
        "initial_partner": ("302 403 403 403 403 302", "302 403 403 403 403 302"),
        "countersigner":   ("302 403 403 403 403 302", "302 403 403 403 403 302"),
        "office":          ("302 403 200 403 200 302", "302 403 200 403 200 302"),
        "administrator":   ("302 403 200 403 200 302", "302 403 200 403 200 302"),
    }),
    "mailbox/outgoingmail": ("failed", {"office": READ, "administrator": READ}),
    "mailbox/incomingmail": ("incoming", {"office": READ, "administrator": READ}),
    "mailbox/addressproblem": ("problem", {"office": READ, "administrator": READ}),
    "mailbox/optout": ("optout", {"office": ALL_BUT_CHANGE, "administrator": ALL_BUT_CHANGE}),
    "mailbox/mailboxstate": ("state", {
        "office":          ("302 403 200 403 200 302", "302 403 403 403 200 302"),
        "administrator":   ("302 403 200 403 200 302", "302 403 403 403 200 302"),
    }),
    # Its own pages stand in the place of the form: they send on to the step that comes next.
    "mailbox/mailing": ("mailing", {
        "office":          ("200 200 302 403 200 302", "200 422 302 403 200 302"),
        "administrator":   ("200 200 302 200 200 302", "200 422 302 302 200 302"),
    }),
    "newsletter/subscription": ("subscription", {"office": READ_OR_DELETE, "administrator": READ_OR_DELETE}),
    "documents/document": ("broken", {"office": READ, "administrator": READ}),
    "partners/application": ("reviewed", {
        "office":          ("200 403 200 403 200 302", "200 403 200 403 200 302"),
        "administrator":   ("200 403 200 403 200 302", "200 403 200 403 200 302"),
    }),
    "partners/partner": ("partner", {
        "initial_partner": READ, "countersigner": READ, "office": ALL_BUT_DELETE, "administrator": ALL_BUT_DELETE,
    }),
    "partners/organisation": ("partner.organisation", {"office": ALL_BUT_DELETE, "administrator": ALL_BUT_DELETE}),
    "partners/initialpartner": ("founder", {
        "initial_partner": READ, "office": EVERYTHING, "administrator": EVERYTHING,
    }),
    "events/event": ("draft", {"initial_partner": READ, "office": EVERYTHING, "administrator": EVERYTHING}),
    "events/registration": ("registration", {"office": READ, "administrator": READ}),
    "events/invitation": ("invitation", {"office": READ, "administrator": READ}),
    "agreements/agreement": ("agreement", {
        "countersigner": READ, "office": EVERYTHING, "administrator": EVERYTHING,
    }),
    "agreements/templatesection": ("section", {"office": EVERYTHING, "administrator": EVERYTHING}),
    "agreements/templatecontribution": ("contribution", {"office": EVERYTHING, "administrator": EVERYTHING}),
    "auth/group": ("group", {"administrator": EVERYTHING}),
    "auth/user": ("user", {"administrator": EVERYTHING}),
}  # fmt: skip


def all_urls(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Walk the URLconf and yield the route of every URL."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from all_urls(entry, route)


def table() -> dict[str, tuple]:
    """Return both tables as one: route → path, codes of GET by role, codes of POST by role, what POST sends."""
    rows = {}
    for route, (path, get, post, *sent) in PAGES.items():
        by_role = (dict(zip(ROLES, codes.split(), strict=True)) for codes in (get, post))
        rows[route] = (path, *by_role, sent[0] if sent else {})
    for model, (thing, codes) in MODELS.items():
        for column, page in enumerate(MODEL_PAGES):
            path = f"/admin/{model}/" + page.replace("<path:object_id>", f"{{{thing}.pk}}")
            get, post = (dict.fromkeys(ROLES, "302") for _ in range(2))
            for role in STAFF:
                get_codes, post_codes = codes.get(role, NOTHING)
                get[role], post[role] = get_codes.split()[column], post_codes.split()[column]
            rows[f"admin/{model}/{page}"] = (path, get, post, {"post": "yes"} if "delete" in page else {})
    return rows


def path_of(link: AccessLink) -> str:
    return link.url().removeprefix(settings.PORTAL_BASE_URL)
