"""From what people call their trade to the section of the WZ 2025 (NACE Rev. 2.1).

Source: Destatis, Klassifikation der Wirtschaftszweige 2025, whose sections A to V are those of NACE Rev. 2.1
(Delegated Regulation (EU) 2023/137), and the explanatory notes of that. Left out are U (private households as
employers) and V (extraterritorial bodies). Only sections are asked for, so a trade stands where its usual business is;
who does something else chooses from the list. Where two are common, both are offered.
"""

from dataclasses import dataclass

from klimapakt.text import sort_key
from partners.models import Sector

MOST_SUGGESTIONS = 6

TRADES: dict[str, str] = {
    "A": "Landwirtschaft, Bauernhof, Gärtnerei, Gartenbau, Baumschule, Imkerei, Weinbau, Winzerei, Obstbau,"
    " Gemüsebau, Tierhaltung, Forstwirtschaft, Forstbetrieb, Fischerei, Fischzucht, Jagd, Reiterhof mit Zucht,"
    " Weingut, Biohof, Obsthof, Geflügelhof, Hühnerhof, Pilzzucht, Försterei, Jägerei",
    "B": "Bergbau, Kiesgrube, Sandgrube, Steinbruch, Salzgewinnung, Torfgewinnung, Kieswerk",
    "C": "Bäckerei, Konditorei, Fleischerei, Metzgerei, Brauerei, Brennerei, Lebensmittelherstellung, Molkerei,"
    " Mühle, Druckerei, Tischlerei, Schreinerei, Möbelherstellung, Maschinenbau, Anlagenbau, Metallbau, Schlosserei,"
    " Metallverarbeitung, Gießerei, Galvanik, Stahlwerk, Chemie, Pharma, Kunststoff, Glas, Keramik, Papier, Textil,"
    " Schneiderei, Schuhherstellung, Elektronikherstellung, Medizintechnik, Zahntechnik, Dentallabor,"
    " Orthopädietechnik, Fahrzeugbau, Zulieferer, Werkzeugbau, Feinmechanik, Uhrmacherei mit Herstellung,"
    " Goldschmiede, Instrumentenbau, Rösterei, Seifenherstellung, Industrie, Fabrik, Manufaktur, Lackiererei,"
    " Maschinenreparatur, Betonwerk, Käserei, Kelterei, Mosterei, Saftherstellung, Sektkellerei, Likörherstellung,"
    " Schnapsbrennerei, Mineralwasser, Confiserie, Schokolade, Nudeln und Teigwaren, Glashütte, Glasbläserei,"
    " Töpferei, Ziegelei, Steinmetz, Zementwerk, Asphaltmischwerk, Sägewerk, Möbelbau, Polsterei, Drechslerei,"
    " Böttcherei, Schmiede, Dreherei, CNC-Fertigung, Schweißerei, Härterei, Spritzguss, 3D-Druck, Kartonagen,"
    " Verpackungsherstellung, Buchbinderei, Siebdruck, Weberei, Strickerei, Näherei, Hutmacherei, Sattlerei,"
    " Schmuckherstellung, Kerzen, Kosmetikherstellung, Orgelbau, Geigenbau, Gitarrenbau, Klavierbau, Fahrradbau,"
    " Karosseriebau, Bootsbau, Schiffbau, Werft, Leiterplatten, Halbleiter, Sensorik",
    "D": "Stadtwerke, Stromversorgung, Gasversorgung, Fernwärme, Energieversorger, Energiegenossenschaft, Windpark,"
    " Solarpark, Biogasanlage, Netzbetrieb, Kraftwerk, Windkraft, Bürgerenergie",
    "E": "Wasserwerk, Wasserversorgung, Abwasser, Kläranlage, Entsorgung, Müllabfuhr, Abfallwirtschaft, Recycling,"
    " Wertstoffhof, Schrotthandel mit Aufbereitung, Kanalreinigung, Containerdienst, Kompostierung",
    "F": "Bauunternehmen, Hochbau, Tiefbau, Straßenbau, Dachdeckerei, Zimmerei, Elektroinstallation, Elektriker,"
    " Heizung, Sanitär, Klima, Installateur, Klempnerei, Malerbetrieb, Fliesenleger, Bodenleger, Trockenbau, Estrich,"
    " Gerüstbau, Glaserei, Photovoltaik, Solarinstallation, Wärmepumpe, Dämmung, Fensterbau, Bautischlerei, Abbruch,"
    " Brunnenbau, Stuckateur, Handwerk am Bau, Maurer, Zimmermann, Holzbau, Fertighausbau, Treppenbau, Spengler,"
    " Elektromeister, Elektrobetrieb, Solarteur, Lüftung, Kältetechnik, Ofenbau, Kachelofenbau, Parkettleger,"
    " Rollladenbau, Raumausstatter, Haustechnik, Gebäudetechnik, SHK-Betrieb, PV-Anlagen",
    "G": "Einzelhandel, Großhandel, Onlinehandel, Laden, Geschäft, Supermarkt, Bioladen, Unverpacktladen, Kaufhaus,"
    " Apotheke, Drogerie, Sanitätshaus, Optiker, Hörakustik, Buchhandlung, Möbelhaus, Baumarkt, Gartencenter,"
    " Blumenladen, Floristik, Autohaus, Reifenhandel, Autoteile, Fahrradladen, Tankstelle, Kiosk, Juwelier,"
    " Modegeschäft, Elektromarkt, Handelsvertretung, Getränkehandel, Weinhandlung, Baustoffhandel, Zoohandlung,"
    " Sportgeschäft, Wochenmarkt, Marktstand, Feinkost, Reformhaus, Weltladen, Getränkemarkt, Hörgeräte,"
    " Schreibwaren, Bürobedarf, Spielwaren, Haushaltswaren, Eisenwaren, Boutique, Schmuckgeschäft, Secondhand,"
    " Antiquitäten, Antiquariat, Trödel, Küchenstudio, Matratzen, Teppiche, Gardinen, Leuchten, Motorradhändler,"
    " Landmaschinenhandel, Brennholzhandel, Lampen und Licht",
    "H": "Spedition, Logistik, Transport, Kurierdienst, Paketdienst, Post, Umzug, Lager, Taxi, Busunternehmen,"
    " Nahverkehr, Verkehrsbetrieb, Bahn, Reederei, Hafen, Flughafen, Parkhaus, Lastenradlogistik, Abschleppdienst,"
    " Fahrdienst, Paketzusteller, Straßenbahn",
    "I": "Hotel, Pension, Ferienwohnung, Jugendherberge, Campingplatz, Restaurant, Gaststätte, Gasthof, Café, Imbiss,"
    " Eisdiele, Bar, Kneipe, Catering, Kantine, Gastronomie, Partyservice, Foodtruck, Gasthaus, Gastwirtschaft,"
    " Bistro, Pizzeria, Eiscafé, Hofcafé, Weinstube, Hostel, Großküche, Wirtshaus, Brauhaus, Kaffeehaus",
    "J": "Verlag, Zeitung, Buchverlag, Filmproduktion, Kino, Tonstudio, Musikverlag, Radio, Fernsehen, Rundfunk,"
    " Podcast, Nachrichtenagentur, Spieleverlag, Medienhaus",
    "K": "Software, Softwareentwicklung, Programmierung, IT-Dienstleistung, IT-Beratung, Systemhaus, Rechenzentrum,"
    " Hosting, Telekommunikation, Internetanbieter, App-Entwicklung, Webentwicklung, Datenverarbeitung, IT-Service,"
    " Programmierer",
    "L": "Bank, Sparkasse, Volksbank, Versicherung, Versicherungsmakler, Versicherungsagentur, Finanzberatung,"
    " Vermögensverwaltung, Bausparkasse, Leasing als Finanzierung, Beteiligungsgesellschaft",
    "M": "Immobilien, Makler, Immobilienmakler, Hausverwaltung, Wohnungsgesellschaft, Wohnungsgenossenschaft,"
    " Wohnungsbau mit Vermietung, Vermietung von Gebäuden, Gewerbepark, Bauträger, Baugenossenschaft, Coworking,"
    " Gründerzentrum, Immobilienverwaltung, Wohnbau",
    "N": "Steuerberatung, Steuerberater, Wirtschaftsprüfung, Buchhaltung, Rechtsanwalt, Anwaltskanzlei, Notariat,"
    " Unternehmensberatung, Managementberatung, Energieberatung, Umweltberatung, Architektur, Architekturbüro,"
    " Ingenieurbüro, Planungsbüro, Vermessung, Sachverständige, Gutachten, Labor, Prüfstelle, Forschung,"
    " Forschungsinstitut, Werbeagentur, Marketing, PR-Agentur, Marktforschung, Design, Grafik, Fotografie,"
    " Fotostudio, Übersetzung, Dolmetschen, Tierarzt, Tierklinik, Holding mit Leitung, Innenarchitektur, Statiker,"
    " Vermesser, Übersetzer, Coaching, Mediation, Biotechnologie",
    "O": "Zeitarbeit, Personalvermittlung, Reisebüro, Reiseveranstalter, Gebäudereinigung, Facility-Management,"
    " Hausmeisterdienst, Garten- und Landschaftsbau, Landschaftspflege, Sicherheitsdienst, Wachdienst, Callcenter,"
    " Autovermietung, Maschinenverleih, Fahrradverleih, Carsharing, Messebau mit Veranstaltung, Eventagentur,"
    " Kongresse, Büroservice, Inkasso, Verpackungsdienst, Galabau, Landschaftsgärtner, Baumpflege, Schornsteinfeger,"
    " Kaminkehrer, Fensterputzer, Personalberatung, Copyshop, Eventlocation",
    "P": "Stadtverwaltung, Verwaltung, Behörde, Amt, Gemeinde, Kreis, Feuerwehr, Polizei, Gericht, Bundeswehr,"
    " Krankenkasse, Sozialversicherung, Rentenversicherung, Arbeitsagentur, Jobcenter, Rathaus, Finanzamt, Bauhof",
    "Q": "Schule, Grundschule, Berufsschule, Gymnasium, Hochschule, Universität, Volkshochschule, Fahrschule,"
    " Musikschule, Tanzschule, Sprachschule, Nachhilfe, Weiterbildung, Bildungsträger, Akademie, Kita ab 3 Jahren,"
    " Kindergarten, Seminare, Yogastudio, Hort",
    "R": "Kita unter 3 Jahren, Kinderkrippe, Kindertagespflege, Krankenhaus, Klinik, Arztpraxis, Zahnarzt,"
    " Physiotherapie, Heilpraktiker, Psychotherapie, Ergotherapie, Logopädie, Hebamme, Rettungsdienst, Pflegeheim,"
    " Pflegedienst, Altenheim, Seniorenheim, Tagespflege, Behindertenhilfe, Werkstatt für Menschen mit Behinderung,"
    " Jugendhilfe, Sozialstation, Wohlfahrtsverband, Beratungsstelle, Obdachlosenhilfe, Flüchtlingshilfe,"
    " Tagesmutter, Hausarzt, Facharzt, Kinderarzt, Augenarzt, Gemeinschaftspraxis, Kieferorthopädie, Podologie,"
    " Psychologe, Altenpflege, Behindertenwerkstatt, Jugendzentrum, Frauenhaus, Diakonie, Caritas, Tafel",
    "S": "Theater, Museum, Bücherei, Bibliothek, Archiv, Zoo, Orchester, Konzerthaus, Künstler,"
    " Galerie mit Ausstellung, Sportverein, Sportanlage, Fitnessstudio, Schwimmbad, Freibad, Kletterhalle,"
    " Freizeitpark, Spielhalle, Soziokulturelles Zentrum, Golfplatz, Bildhauer, Journalist",
    "T": "Friseur, Kosmetik, Nagelstudio, Wäscherei, Reinigung, Textilreinigung, Bestattung, Sauna,"
    " Massage zur Erholung, Autowerkstatt, Kfz-Werkstatt, Fahrradwerkstatt, Computerreparatur, Handyreparatur,"
    " Reparatur von Haushaltsgeräten, Schuhmacherei, Uhrenreparatur, Kammer, Verband, Innung, Gewerkschaft, Partei,"
    " Verein, Umweltverein, Kirche, Kirchengemeinde, Moschee, Synagoge, Hundesalon, Tierheim, Barbier, Tattoo,"
    " Fußpflege, Bestatter, Schuster, Schlüsseldienst, Reparaturcafé, Repair-Café, Autolackiererei, Reifenservice,"
    " Waschstraße, Hundeschule, Tierpension, Stiftung, Industrie- und Handelskammer (IHK)",
}
"""Everyday words by the letter of the section, best known first."""


@dataclass(frozen=True)
class Suggestion:
    """A trade and the section in which it counts."""

    trade: str
    sector: Sector


_ALL = [
    (sort_key(trade), Suggestion(trade, Sector(letter)))
    for letter, trades in TRADES.items()
    for trade in (one.strip() for one in trades.split(","))
]
_SECTIONS = [(sort_key(sector.label), Suggestion(sector.label, sector)) for sector in Sector]


def suggest(words: str) -> list[Suggestion]:
    """Return trades that fit what somebody typed, the closest first: how it begins counts more than what it holds.

    Umlauts and ß may be typed either way; what is typed may be longer than our word („Bäckereifachbetrieb“).
    """
    wanted = _folded(words)
    if len(wanted) < 2:
        return []
    ranked = []
    for place, (key, suggestion) in enumerate([*_ALL, *_SECTIONS]):
        key = _folded(key)
        if key == wanted:
            rank = 0
        elif key.startswith(wanted):
            rank = 1
        elif any(word.startswith(wanted) for word in key.replace("-", " ").split()):
            rank = 2
        elif len(wanted) >= 3 and wanted in key:
            rank = 3
        elif len(key) >= 5 and (wanted.startswith(key) or f" {key}" in f" {wanted}" or wanted.endswith(key)):
            rank = 4
        else:
            continue
        ranked.append((rank, place, suggestion))
    ranked.sort(key=lambda one: one[:2])
    return [suggestion for _, _, suggestion in ranked[:MOST_SUGGESTIONS]]


def _folded(text: str) -> str:
    """„Bäckerei“, „Baeckerei“ and „BACKEREI“ are one word."""
    return sort_key(" ".join(text.split())[:60]).replace("ae", "a").replace("oe", "o").replace("ue", "u")
