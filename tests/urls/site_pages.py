"""The site and the pages of a company: the status code of every URL for every role, written by hand."""

ALL_200 = "200 200 200 200 200 200 200 200 200"
ALL_302 = "302 302 302 302 302 302 302 302 302"
ALL_404 = "404 404 404 404 404 404 404 404 404"
ALL_403 = "403 403 403 403 403 403 403 403 403"
ALL_405 = "405 405 405 405 405 405 405 405 405"
ALL_422 = "422 422 422 422 422 422 422 422 422"
APPLICANT_ = "403 {} 403 403 403 403 403 403 403"
CONTACT_ = "403 403 {} 403 403 403 403 403 403"
GUESTS_ = "403 403 {0} {0} 403 403 403 403 403"
SIGNATORY_ = "403 403 403 403 {} 403 403 403 403"
"""Pages of a company: whoever did not open a link of that purpose is told that one is needed."""

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
    "klimapartner/<slug:slug>/logo/": ("/klimapartner/{partner.slug}/logo/", ALL_200, ALL_405),
    "initialpartner/": ("/initialpartner/", ALL_200, ALL_405),
    "mitmachen/": ("/mitmachen/", ALL_200, ALL_405),
    "mitmachen/interesse/": ("/mitmachen/interesse/", ALL_200, ALL_422),
    "mitmachen/link/": ("/mitmachen/link/", ALL_200, ALL_422),
    # These two belong to the browser that has just asked.
    "mitmachen/interesse/eingang/": ("/mitmachen/interesse/eingang/", ALL_302, ALL_405),
    "mitmachen/link/eingang/": ("/mitmachen/link/eingang/", ALL_302, ALL_405),
    "mitmachen/antrag/": ("/mitmachen/antrag/", ALL_200, ALL_422),
    "mitmachen/branchen/": ("/mitmachen/branchen/?q=friseur", ALL_200, ALL_405),
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
    # Nobody here has asked something, or for a link: tests/partners/test_interest_pages.py opens them.
    "mein-klimapakt/interesse/": ("/mein-klimapakt/interesse/", ALL_403, ALL_405),
    "mein-klimapakt/interesse/antrag/": ("/mein-klimapakt/interesse/antrag/", ALL_405, ALL_403),
    "mein-klimapakt/interesse/loeschen/": ("/mein-klimapakt/interesse/loeschen/", ALL_403, ALL_403),
    "mein-klimapakt/auswahl/": ("/mein-klimapakt/auswahl/", ALL_403, ALL_405),
    "mein-klimapakt/auswahl/<str:purpose>/<int:object_id>/": (
        "/mein-klimapakt/auswahl/partner/{contact.pk}/", ALL_405, ALL_403,
    ),
    "mein-klimapakt/gespraech/": ("/mein-klimapakt/gespraech/", APPLICANT_.format(200), ALL_405),
    "mein-klimapakt/gespraech/buchen/": (
        "/mein-klimapakt/gespraech/buchen/", ALL_405, APPLICANT_.format(302), {"slot": "{slot.pk}"},
    ),
    "mein-klimapakt/gespraech/verschieben/": (
        "/mein-klimapakt/gespraech/verschieben/", ALL_405, APPLICANT_.format(302), {"slot": "{slot.pk}"},
    ),
    "mein-klimapakt/gespraech/absagen/": ("/mein-klimapakt/gespraech/absagen/", ALL_405, APPLICANT_.format(302)),
    # Nobody here has booked or signed: tests/partners/test_talk_views.py and test_letter_views.py open these.
    "mein-klimapakt/gespraech/termin.ics": (
        "/mein-klimapakt/gespraech/termin.ics", APPLICANT_.format(404), ALL_405,
    ),
    "mein-klimapakt/absichtserklaerung/": ("/mein-klimapakt/absichtserklaerung/", APPLICANT_.format(200), ALL_405),
    "mein-klimapakt/absichtserklaerung/code/": (
        "/mein-klimapakt/absichtserklaerung/code/", ALL_405, APPLICANT_.format(409),
    ),
    "mein-klimapakt/absichtserklaerung/unterschreiben/": (
        "/mein-klimapakt/absichtserklaerung/unterschreiben/", APPLICANT_.format(200), APPLICANT_.format(409),
    ),
    "mein-klimapakt/absichtserklaerung/pdf/": (
        "/mein-klimapakt/absichtserklaerung/pdf/", APPLICANT_.format(404), ALL_405,
    ),
    "mein-klimapakt/absichtserklaerung/zurueckziehen/": (
        "/mein-klimapakt/absichtserklaerung/zurueckziehen/", ALL_405, APPLICANT_.format(302),
    ),
    "mein-klimapakt/": ("/mein-klimapakt/", CONTACT_.format(200), ALL_405),
    "mein-klimapakt/daten/": ("/mein-klimapakt/daten/", CONTACT_.format(200), ALL_405),
    "mein-klimapakt/daten/bestaetigen/": ("/mein-klimapakt/daten/bestaetigen/", ALL_405, CONTACT_.format(409)),
    "mein-klimapakt/profil/": ("/mein-klimapakt/profil/", CONTACT_.format(200), CONTACT_.format(422)),
    "mein-klimapakt/profil/zurueckziehen/": (
        "/mein-klimapakt/profil/zurueckziehen/", ALL_405, CONTACT_.format(302),
    ),
    "mein-klimapakt/profil/logo/": ("/mein-klimapakt/profil/logo/", CONTACT_.format(200), CONTACT_.format(422)),
    "mein-klimapakt/profil/logo/entfernen/": (
        "/mein-klimapakt/profil/logo/entfernen/", ALL_405, CONTACT_.format(302),
    ),
    "mein-klimapakt/profil/logo/datei/": ("/mein-klimapakt/profil/logo/datei/", CONTACT_.format(200), ALL_405),
    "mein-klimapakt/angebote/": ("/mein-klimapakt/angebote/", CONTACT_.format(200), CONTACT_.format(422)),
    "mein-klimapakt/personen/": ("/mein-klimapakt/personen/", CONTACT_.format(200), ALL_405),
    # Behind a code by mail: a page asks for it, and nothing is done before.
    "mein-klimapakt/personen/neu/": ("/mein-klimapakt/personen/neu/", CONTACT_.format(200), CONTACT_.format(403)),
    "mein-klimapakt/personen/<int:pk>/": (
        "/mein-klimapakt/personen/{contact.pk}/", CONTACT_.format(200), CONTACT_.format(403),
    ),
    "mein-klimapakt/personen/<int:pk>/uebergeben/": (
        "/mein-klimapakt/personen/{contact.pk}/uebergeben/", CONTACT_.format(200), CONTACT_.format(403),
    ),
    "mein-klimapakt/personen/<int:pk>/austragen/": (
        "/mein-klimapakt/personen/{invited.pk}/austragen/", ALL_405, CONTACT_.format(403),
    ),
    "mein-klimapakt/personen/<int:pk>/behalten/": (
        "/mein-klimapakt/personen/{contact.pk}/behalten/", ALL_405, CONTACT_.format(403),
    ),
    "mein-klimapakt/personen/<int:pk>/einladen/": (
        "/mein-klimapakt/personen/{invited.pk}/einladen/", ALL_405, CONTACT_.format(302),
    ),
    "mein-klimapakt/einwilligung/<str:purpose>/widerrufen/": (
        "/mein-klimapakt/einwilligung/profile/widerrufen/", ALL_405, CONTACT_.format(302),
    ),
    "mein-klimapakt/einwilligung/<str:purpose>/erteilen/": (
        "/mein-klimapakt/einwilligung/profile/erteilen/", ALL_405, CONTACT_.format(302),
    ),
    "mein-klimapakt/antrag/": ("/mein-klimapakt/antrag/", APPLICANT_.format(200), ALL_405),
    "mein-klimapakt/antrag/dateien/": ("/mein-klimapakt/antrag/dateien/", APPLICANT_.format(200), ALL_405),
    "mein-klimapakt/antrag/dateien/<slug:slug>/": (
        "/mein-klimapakt/antrag/dateien/unterlagen/", APPLICANT_.format(200), APPLICANT_.format(422),
    ),
    "mein-klimapakt/antrag/dateien/<uuid:pk>/": (
        "/mein-klimapakt/antrag/dateien/{paper.pk}/", APPLICANT_.format(200), ALL_405,
    ),
    # What the office has received stays: the button says so.
    "mein-klimapakt/antrag/dateien/<uuid:pk>/entfernen/": (
        "/mein-klimapakt/antrag/dateien/{paper.pk}/entfernen/", ALL_405, APPLICANT_.format(302),
    ),
    # Nobody here fills a draft: tests/partners/apply/ opens these. What was sent leads to where it stands.
    "mein-klimapakt/antrag/<slug:slug>/": (
        "/mein-klimapakt/antrag/organisation/", APPLICANT_.format(302), ALL_403,
    ),
    "mein-klimapakt/antrag/pruefen/": ("/mein-klimapakt/antrag/pruefen/", APPLICANT_.format(302), ALL_405),
    "mein-klimapakt/antrag/absenden/": ("/mein-klimapakt/antrag/absenden/", ALL_405, APPLICANT_.format(302)),
    "mein-klimapakt/antrag/loeschen/": (
        "/mein-klimapakt/antrag/loeschen/", APPLICANT_.format(302), APPLICANT_.format(302),
    ),
    "mein-klimapakt/antrag/mitwirkende/": ("/mein-klimapakt/antrag/mitwirkende/", APPLICANT_.format(200), ALL_405),
    "mein-klimapakt/antrag/mitwirkende/einladen/": (
        "/mein-klimapakt/antrag/mitwirkende/einladen/", ALL_405, APPLICANT_.format(302),
        {"name": "Kim Muster", "email": "kim@firma.example"},
    ),
    "mein-klimapakt/antrag/mitwirkende/<int:pk>/erneut/": (
        "/mein-klimapakt/antrag/mitwirkende/{colleague.pk}/erneut/", ALL_405, APPLICANT_.format(302),
    ),
    "mein-klimapakt/antrag/mitwirkende/<int:pk>/entfernen/": (
        "/mein-klimapakt/antrag/mitwirkende/{colleague.pk}/entfernen/", APPLICANT_.format(200), APPLICANT_.format(302),
    ),
    "mein-klimapakt/antrag/antwort/": (
        "/mein-klimapakt/antrag/antwort/", ALL_405, APPLICANT_.format(302), {"answer_{question.pk}": "Drei."},
    ),
    "mein-klimapakt/antrag/adresse/": (
        "/mein-klimapakt/antrag/adresse/", ALL_405, APPLICANT_.format(302), {"email": "neu@firma.example"},
    ),
    "mein-klimapakt/antrag/bestaetigung/": ("/mein-klimapakt/antrag/bestaetigung/", ALL_405, APPLICANT_.format(302)),
    "mein-klimapakt/antrag/einwilligung/<str:purpose>/widerrufen/": (
        "/mein-klimapakt/antrag/einwilligung/profile/widerrufen/", ALL_405, APPLICANT_.format(302),
    ),
    # There is no copy before somebody has ordered one.
    "mein-klimapakt/antrag/kopie/": ("/mein-klimapakt/antrag/kopie/", APPLICANT_.format(302), ALL_405),
    "mein-klimapakt/antrag/kopie/erstellen/": (
        "/mein-klimapakt/antrag/kopie/erstellen/", ALL_405, APPLICANT_.format(302),
    ),
    "mein-klimapakt/antrag/zurueckziehen/": (
        "/mein-klimapakt/antrag/zurueckziehen/", APPLICANT_.format(200), APPLICANT_.format(302),
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
