"""The site and the pages of a company: the status code of every URL for every role, written by hand."""

ALL_200 = "200 200 200 200 200 200 200 200 200"
ALL_302 = "302 302 302 302 302 302 302 302 302"
ALL_404 = "404 404 404 404 404 404 404 404 404"
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
