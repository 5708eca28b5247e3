"""The words of the application's steps: groups, labels, help where people stumble, and what is missing."""

from crispy_forms.layout import HTML

PEN = '<input type="hidden" name="pen" value="{{ pen }}">'

ENTER = (
    '<button class="kern-sr-only" type="submit" name="next" value="1" tabindex="-1" aria-hidden="true">Speichern und'
    " weiter</button>"
)
"""The first button of a form is pressed by the Enter key: it must not be the search for a sector."""

SECTORS = HTML('{% include "partners/_sector_suggestions.html" %}')

FILES_OF_STEP = HTML('{% include "partners/_uploads.html" %}')

GROUPS: dict[str, list[tuple[str, list]]] = {
    "organisation": [
        ("Name und Rechtsform", ["name", "kind", "legal_form", "register_number"]),
        ("Anschrift", ["street", ("postal_code", "place"), "other_sites", "website"]),
        ("Branche", ["sector_search", SECTORS, "sector"]),
        ("Größe und Pflichten", ["employees", "founded", "company_size", "emissions_trading", "audit_duty"]),
    ],
    "personen": [
        ("Ansprechperson", ["contact_name", "contact_function", "contact_email", "contact_phone"]),
        ("Wer unterschreibt", ["signatory_is_contact", "signatory_name", "signatory_function"]),
        ("Vertretung und Einladungen", ["deputy_name", "deputy_email", "events_email"]),
    ],
    "heute": [
        ("Was Sie schon tun", ["already_doing", "certificates", "other_certificates"]),
        ("CO₂-Bilanz und eigenes Ziel", ["balance_year", "balance_tool", "balance_scopes", "target_year"]),
    ],
    "wuensche": [
        ("Was Sie sich wünschen", ["wishes", "needs", "wants_concept"]),
        ("Was Sie anbieten können", ["offers", "offers_text"]),
    ],
    "zusagen": [("Was Sie zusagen", ["supports_goal", "sets_measures", "accepts_monitoring"])],
    "profil": [
        ("Was die Öffentlichkeit über Sie liest", ["profile_text", "links"]),
        ("Zitat", ["quote", "quote_person"]),
    ],
    "einwilligungen": [("Ihre Einwilligungen", ["consents"])],
}

INTRO = {
    "organisation": "Wer sind Sie, und wo finden wir Sie?",
    "personen": "Mit wem sprechen wir, und wer darf unterschreiben?",
    "heute": "Wo stehen Sie heute? Stichworte reichen. Energiedaten brauchen Sie dafür nicht.",
    "wuensche": "Was erwarten Sie vom Pakt, und was können andere von Ihnen lernen?",
    "zusagen": "Das gehört zum Klimapakt. Einzelheiten vereinbaren wir später gemeinsam.",
    "profil": "So stellen Sie sich vor, wenn Sie aufgenommen sind. Das können Sie auch später ausfüllen.",
    "einwilligungen": "Jede Einwilligung ist freiwillig und gilt für sich. Sie können sie jederzeit widerrufen.",
}

LABELS = {
    "name": "Name der Organisation",
    "employees": "Zahl der Beschäftigten",
    "company_size": "Sind Sie ein kleines oder mittleres Unternehmen (KMU)?",
    "emissions_trading": "Betreiben Sie eine Anlage, die am Emissionshandel teilnimmt?",
    "audit_duty": "Sind Sie zu Energieaudits oder einem Energiemanagementsystem verpflichtet?",
    "contact_name": "Vor- und Nachname",
    "contact_function": "Funktion",
    "contact_email": "E-Mail-Adresse",
    "contact_phone": "Telefon",
    "deputy_name": "Name der Vertretung",
    "signatory_name": "Vor- und Nachname der zeichnungsberechtigten Person",
    "signatory_function": "Funktion der zeichnungsberechtigten Person",
    "already_doing": "Was tun Sie schon für das Klima?",
    "balance_scopes": "Was umfasst die Bilanz?",
    "target_year": "Wann wollen Sie klimaneutral sein?",
    "wishes": "Was wünschen Sie sich vom Klimapakt?",
    "needs": "Was suchen Sie?",
    "offers": "Was können Sie anbieten?",
    "wants_concept": "Wir interessieren uns für ein kostenloses Klimaschutzkonzept",
    "supports_goal": "Wir unterstützen das Klimaziel der Stadt.",
    "sets_measures": "Wir vereinbaren Maßnahmen mit Einsparzielen.",
    "accepts_monitoring": "Wir berichten regelmäßig, wie weit wir sind.",
    "orders_newsletter": "Schicken Sie der Ansprechperson den Newsletter.",
}

HELP = {
    "name": "So, wie er im Register oder auf Ihrem Briefkopf steht, zum Beispiel „Musterbäckerei GmbH“.",
    "legal_form": "Steht meist am Ende Ihres Namens, zum Beispiel „GmbH“. Vereine: „e. V.“.",
    "register_number": "Aus dem Handels-, Vereins- oder Genossenschaftsregister, zum Beispiel „HRB 12345“. Sie steht in"
    " Ihrem Impressum. Ohne Eintrag lassen Sie das Feld leer.",
    "place": "Ihr Sitz oder eine Niederlassung in {city}.",
    "other_sites": "Andere Adressen in {city}, je Zeile eine.",
    "website": "Zum Beispiel www.firma.de",
    "sector_search": "Was machen Sie? Zum Beispiel „Bäckerei“ oder „Steuerberatung“. Wir zeigen, zu welcher Branche das"
    " zählt.",
    "sector": "Abschnitte der amtlichen Liste WZ 2025. Passt nichts genau, nehmen Sie, womit Sie am meisten umsetzen.",
    "employees": "Ungefähr, als Zahl. Wir veröffentlichen nur eine Größenklasse, zum Beispiel „10 bis 49“.",
    "company_size": "Weniger als 250 Beschäftigte, und dazu höchstens 50 Millionen Euro Umsatz oder höchstens"
    " 43 Millionen Euro Bilanzsumme im Jahr. Wer zu einer Unternehmensgruppe gehört, zählt deren Zahlen mit.",
    "emissions_trading": "Das betrifft vor allem große Feuerungen ab 20 Megawatt und bestimmte Industrieanlagen.",
    "audit_duty": "Unternehmen, die kein KMU sind, müssen in der Regel alle vier Jahre ein Energieaudit machen (EDL-G). Ab 7,5"
    " Gigawattstunden Energieverbrauch im Jahr ist ein Energie- oder Umweltmanagementsystem Pflicht (EnEfG).",
    "contact_function": "Zum Beispiel „Geschäftsführung“ oder „Umweltbeauftragte“.",
    "contact_email": "Dorthin schreiben wir, was den Antrag betrifft.",
    "contact_phone": "Für kurze Rückfragen.",
    "deputy_name": "Wer antwortet, wenn die Ansprechperson nicht da ist?",
    "events_email": "Wenn Einladungen an eine andere Adresse gehen sollen, zum Beispiel an ein Sammelpostfach.",
    "already_doing": "Ein paar Stichworte reichen: Energie, Gebäude, Fahrzeuge, Einkauf.",
    "other_certificates": "Zum Beispiel „Blauer Engel“ oder ein Siegel Ihrer Branche.",
    "balance_year": "Das Jahr, für das Sie zuletzt berechnet haben, wie viel CO₂ Sie verursachen. Ohne Bilanz bleibt es"
    " leer.",
    "balance_tool": "Zum Beispiel „ecocockpit“ oder „eigene Tabelle“.",
    "balance_scopes": "Scope 1 bis 3 sind die drei Bereiche des Treibhausgasprotokolls.",
    "target_year": "Nur wenn Sie sich schon ein Jahr gesetzt haben.",
    "wishes": "Zum Beispiel Beratung, Austausch zu einem Thema, Hilfe bei der CO₂-Bilanz.",
    "wants_concept": "Für kleine und mittlere Unternehmen.",
    "supports_goal": "{city} will bis {goal} klimaneutral sein.",
    "sets_measures": "Welche, entscheiden Sie. Wir halten sie in einer Vereinbarung fest.",
    "accepts_monitoring": "Einmal im Jahr, mit einem kurzen Bericht.",
    "profile_text": "Höchstens 1.500 Zeichen: Was machen Sie, und was tun Sie für das Klima?",
    "links": "Zum Beispiel Ihr Nachhaltigkeitsbericht, je Zeile eine Adresse, höchstens fünf.",
    "quote": "Ein Satz, warum Sie mitmachen. Höchstens 300 Zeichen.",
    "quote_person": "Name und Funktion.",
    "orders_newsletter": "Sie bekommt dazu eine eigene Mail, mit der sie die Bestellung bestätigt. Das geht jederzeit"
    " wieder zu Ende.",
}

REQUIRED = {
    "name": "Bitte geben Sie den Namen der Organisation an.",
    "kind": "Bitte wählen Sie, was Ihre Organisation ist.",
    "street": "Bitte geben Sie Straße und Hausnummer an.",
    "postal_code": "Bitte geben Sie die Postleitzahl an.",
    "place": "Bitte geben Sie den Ort an.",
    "sector": "Bitte wählen Sie Ihre Branche.",
    "employees": "Bitte geben Sie an, wie viele Menschen bei Ihnen arbeiten, ungefähr als Zahl.",
    "contact_name": "Bitte nennen Sie eine Ansprechperson.",
    "contact_function": "Bitte geben Sie die Funktion an, weil die Ansprechperson auch unterschreibt.",
    "contact_email": "Bitte geben Sie die E-Mail-Adresse der Ansprechperson an.",
    "deputy_name": "Bitte nennen Sie auch den Namen der Vertretung, oder lassen Sie die Adresse weg.",
    "deputy_email": "Bitte geben Sie auch die E-Mail-Adresse der Vertretung an, oder lassen Sie den Namen weg.",
    "signatory_name": "Bitte nennen Sie die Person, die unterschreiben darf, oder kreuzen Sie an, dass es die"
    " Ansprechperson ist.",
    "signatory_function": "Bitte geben Sie die Funktion der Person an, zum Beispiel „Geschäftsführung“.",
    "supports_goal": "Das Klimaziel zu unterstützen gehört zum Pakt. Bitte kreuzen Sie es an, wenn Sie beitreten wollen.",
    "sets_measures": "Maßnahmen zu vereinbaren gehört zum Pakt. Bitte kreuzen Sie es an, wenn Sie beitreten wollen.",
    "accepts_monitoring": "Zu berichten gehört zum Pakt. Bitte kreuzen Sie es an, wenn Sie beitreten wollen.",
}

AUTOFILL = {
    "name": {"autocomplete": "organization"},
    "street": {"autocomplete": "street-address"},
    "postal_code": {"autocomplete": "postal-code", "inputmode": "numeric"},
    "place": {"autocomplete": "address-level2"},
    "website": {"autocomplete": "url", "inputmode": "url"},
    "founded": {"inputmode": "numeric"},
    "balance_year": {"inputmode": "numeric"},
    "target_year": {"inputmode": "numeric"},
    "contact_phone": {"inputmode": "tel"},
}
