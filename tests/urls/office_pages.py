"""The office: the status code of every URL of its own for every role, written by hand."""

from tests.urls.site_pages import ALL_200

STAFF_ = "302 302 302 302 302 "
"""Whoever is not signed in is sent to the sign-in page; four codes for those who are follow."""

APPLICATION, PARTNER, DOCUMENT = "/admin/partners/application", "/admin/partners/partner", "/admin/documents/document"
EVENT, REGISTRATION, INVITATION = "/admin/events/event", "/admin/events/registration", "/admin/events/invitation"
AGREEMENT, INTEREST = "/admin/agreements/agreement", "/admin/partners/interest"
PROPOSAL = "/admin/partners/profileproposal"
MAIL, MAILBOX, MAILING = "/admin/mailbox/outgoingmail", "/admin/mailbox/mailboxstate", "/admin/mailbox/mailing"
WORDING = "/admin/mailbox/mailwording"
SERVICE = STAFF_ + "403 403 200 200", STAFF_ + "403 403 302 302"
"""A service action: the page that says what will happen, and the button on it."""
PREVIEWED = STAFF_ + "403 403 200 200", STAFF_ + "403 403 200 200"
"""A mail is shown before it is sent."""
OUTDATED = STAFF_ + "403 403 200 200", STAFF_ + "403 403 409 409"
"""Somebody else changed it meanwhile: what was typed is shown, to be copied."""

# route of the URLconf: path that is asked for, codes of GET, codes of POST[, what POST sends]
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
    "admin/^(?P<app_label>pact|mailbox|documents|uploads|newsletter|partners|events|agreements|auth)/$": (
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
    "admin/partners/talkslot/<path:object_id>/stattgefunden/": (
        "/admin/partners/talkslot/{talk.slot.pk}/stattgefunden/", *SERVICE,
    ),
    "admin/partners/talkslot/<path:object_id>/ausgefallen/": (
        "/admin/partners/talkslot/{talk.slot.pk}/ausgefallen/", *SERVICE,
    ),
    "admin/partners/talkslot/<path:object_id>/buchen/": (
        "/admin/partners/talkslot/{slot.pk}/buchen/", *SERVICE, {"company": "interest:{interest.pk}"},
    ),
    "admin/partners/talkslot/<path:object_id>/ort/": (
        "/admin/partners/talkslot/{slot.pk}/ort/", *SERVICE, {"form": "place", "where": "Saal 3", "host": "Kim Amt"},
    ),
    "admin/partners/talkslot/<path:object_id>/zuruecknehmen/": (
        "/admin/partners/talkslot/{slot.pk}/zuruecknehmen/", *SERVICE,
    ),
    "admin/partners/letterofintent/<path:object_id>/gelesen/": (
        "/admin/partners/letterofintent/{letter.pk}/gelesen/", *SERVICE,
    ),
    "admin/partners/letterofintent/<int:object_id>/pdf/": (
        "/admin/partners/letterofintent/{letter.pk}/pdf/", STAFF_ + "404 404 200 200", STAFF_ + "404 404 200 200",
    ),
    "admin/partners/interest/<path:object_id>/antworten/": (
        INTEREST + "/{interest.pk}/antworten/", *PREVIEWED, {"text": "Nichts."},
    ),
    "admin/partners/interest/<path:object_id>/beantwortet/": (INTEREST + "/{interest.pk}/beantwortet/", *SERVICE),
    "admin/partners/interest/<path:object_id>/antrag/": (INTEREST + "/{interest.pk}/antrag/", *SERVICE),
    "admin/partners/interest/<path:object_id>/zuweisen/": (INTEREST + "/{interest.pk}/zuweisen/", *SERVICE),
    "admin/partners/interest/<path:object_id>/wiedervorlage/": (
        INTEREST + "/{interest.pk}/wiedervorlage/", *SERVICE, {"until": "{tomorrow}"},
    ),
    "admin/partners/interest/<path:object_id>/wiedervorlage-erledigt/": (
        INTEREST + "/{interest.pk}/wiedervorlage-erledigt/", *SERVICE,
    ),
    "admin/partners/interest/<path:object_id>/notiz/": (
        INTEREST + "/{interest.pk}/notiz/", *SERVICE, {"text": "Klingt nett."},
    ),
    "admin/partners/interest/<path:object_id>/link/": (INTEREST + "/{interest.pk}/link/", *SERVICE),
    "admin/partners/interest/<path:object_id>/abschliessen/": (
        INTEREST + "/{interest.pk}/abschliessen/", *SERVICE, {"reason": "Frage beantwortet"},
    ),
    "admin/partners/interest/<path:object_id>/oeffnen/": (INTEREST + "/{closed_interest.pk}/oeffnen/", *SERVICE),
    "admin/partners/application/<int:object_id>/dokument/<int:step_id>/": (
        APPLICATION + "/{reviewed.pk}/dokument/{step.pk}/", STAFF_ + "404 404 200 200", STAFF_ + "404 404 200 200",
    ),
    "admin/uploads/upload/<uuid:pk>/datei/": (
        "/admin/uploads/upload/{paper.pk}/datei/", STAFF_ + "404 404 200 200", STAFF_ + "405 405 405 405",
    ),
    "admin/partners/application/<path:object_id>/pruefen/": (APPLICATION + "/{submitted.pk}/pruefen/", *SERVICE),
    "admin/partners/application/<path:object_id>/aufnehmen/": (APPLICATION + "/{reviewed.pk}/aufnehmen/", *SERVICE),
    "admin/partners/application/<path:object_id>/rueckfrage/": (
        APPLICATION + "/{reviewed.pk}/rueckfrage/", *PREVIEWED, {"text_1": "Wie viele Standorte?"},
    ),
    "admin/partners/application/<path:object_id>/antwort/": (
        APPLICATION + "/{query.pk}/antwort/", *SERVICE, {"answer_{question.pk}": "Zwei."},
    ),
    "admin/partners/application/<path:object_id>/rueckfrage-zuruecknehmen/": (
        APPLICATION + "/{query.pk}/rueckfrage-zuruecknehmen/", *SERVICE, {"chosen": "{question.pk}"},
    ),
    "admin/partners/application/<path:object_id>/gespraech/": (
        APPLICATION + "/{reviewed.pk}/gespraech/", *SERVICE, {"done_on": "2026-01-02"},
    ),
    "admin/partners/application/<path:object_id>/absichtserklaerung/": (
        APPLICATION + "/{reviewed.pk}/absichtserklaerung/", *SERVICE, {"done_on": "2026-01-02"},
    ),
    "admin/partners/application/<path:object_id>/zurueckziehen/": (
        APPLICATION + "/{reviewed.pk}/zurueckziehen/", *SERVICE, {"note": "Brief vom 3. Mai"},
    ),
    "admin/partners/application/<path:object_id>/ablehnen/": (
        APPLICATION + "/{reviewed.pk}/ablehnen/", STAFF_ + "403 403 200 200", STAFF_ + "403 403 422 422",
        {"reason": "Ihr Sitz liegt nicht in der Stadt."},
    ),
    # Where one person decides, nobody proposes: the page sends back.
    "admin/partners/application/<path:object_id>/aufnahme-vorschlagen/": (
        APPLICATION + "/{reviewed.pk}/aufnahme-vorschlagen/", STAFF_ + "403 403 302 302", STAFF_ + "403 403 302 302",
    ),
    "admin/partners/application/<path:object_id>/ablehnung-vorschlagen/": (
        APPLICATION + "/{reviewed.pk}/ablehnung-vorschlagen/", STAFF_ + "403 403 302 302", STAFF_ + "403 403 302 302",
    ),
    "admin/partners/application/<path:object_id>/bestaetigen/": (
        APPLICATION + "/{proposed.pk}/bestaetigen/", *SERVICE, {"seen": "{proposed_seen}"},
    ),
    "admin/partners/application/<path:object_id>/zurueckgeben/": (
        APPLICATION + "/{proposed.pk}/zurueckgeben/", *SERVICE, {"seen": "{proposed_seen}"},
    ),
    "admin/partners/application/<path:object_id>/zuweisen/": (
        APPLICATION + "/{reviewed.pk}/zuweisen/", *SERVICE, {"person": "{office.pk}"},
    ),
    "admin/partners/application/<path:object_id>/wiedervorlage/": (
        APPLICATION + "/{reviewed.pk}/wiedervorlage/", *SERVICE, {"until": "{tomorrow}"},
    ),
    "admin/partners/application/<path:object_id>/wiedervorlage-erledigt/": (
        APPLICATION + "/{proposed.pk}/wiedervorlage-erledigt/", *SERVICE,
    ),
    "admin/partners/application/<path:object_id>/notiz/": (
        APPLICATION + "/{reviewed.pk}/notiz/", *SERVICE, {"text": "Am Telefon sehr freundlich."},
    ),
    "admin/partners/application/<int:object_id>/berichtigen/<slug:slug>/": (
        APPLICATION + "/{reviewed.pk}/berichtigen/organisation/",
        STAFF_ + "403 403 200 200", STAFF_ + "403 403 422 422",
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
    "admin/partners/profileproposal/<path:object_id>/freigeben/": (
        PROPOSAL + "/{proposal.pk}/freigeben/", *SERVICE, {"shown": "{profile_state}"},
    ),
    "admin/partners/profileproposal/<path:object_id>/aendern/": (
        PROPOSAL + "/{proposal.pk}/aendern/", *PREVIEWED, {"shown": "{profile_state}", "text": "Neu."},
    ),
    "admin/partners/profileproposal/<path:object_id>/zurueckgeben/": (
        PROPOSAL + "/{proposal.pk}/zurueckgeben/", *SERVICE, {"reason": "Bitte kürzer."},
    ),
    "admin/partners/partner/<path:object_id>/verbergen/": (PARTNER + "/{partner.pk}/verbergen/", *SERVICE),
    "admin/partners/partner/<path:object_id>/link/": (PARTNER + "/{partner.pk}/link/", *SERVICE),
    "admin/partners/partner/<path:object_id>/links-schliessen/": (PARTNER + "/{partner.pk}/links-schliessen/", *SERVICE),
    "admin/partners/application/<path:object_id>/links-schliessen/": (
        APPLICATION + "/{submitted.pk}/links-schliessen/", *SERVICE,
    ),
    "admin/partners/interest/<path:object_id>/links-schliessen/": (
        INTEREST + "/{interest.pk}/links-schliessen/", *SERVICE,
    ),
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
        REGISTRATION + "/{registration.pk}/namen/", *OUTDATED, {"name_1": "Kim Muster"},
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
