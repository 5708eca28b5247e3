"""Every fact of the two shipped pacts lands where the portal shows it, and what is not known stays unknown."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from agreements.models import Agreement, Measure, Target
from events.models import Event
from klimapakt.pact.models import Benefit, JoiningStep, Pact
from klimapakt.setup import profile
from klimapakt.states import NotPossible
from partners.models import Consent, Contact, InitialPartner, Organisation, Partner


def test_krefeld_has_the_facts_of_its_pact(krefeld):
    pact = Pact.load()

    assert pact.name == "Krefelder Klimapakt"
    assert pact.city == "Krefeld"
    assert pact.state == "Nordrhein-Westfalen"
    assert pact.partner_title == "Klimapartner"
    assert pact.climate_neutral_by == 2035
    assert pact.council_decision == "18. Februar 2021: klimaneutral bis 2035"
    assert pact.framework_agreement == "Rahmenvereinbarung"
    assert pact.framework_signed_on == date(2023, 5, 4)
    assert pact.framework_signed_by == "Oberbürgermeister und Umweltdezernentin"
    assert pact.agreement_name == "Klimapartnerschaftsvereinbarung"
    assert pact.uses_orientation_talk
    assert not pact.uses_letter_of_intent
    assert pact.office_name == "Geschäftsstelle des Krefelder Klimapaktes"
    assert pact.office_unit == "Stabsstelle Klimaschutz und Nachhaltigkeit"
    assert pact.office_email == "klimapakt@krefeld.de"
    assert pact.website == "https://www.klimapakt-krefeld.de"
    assert "Industrie und Gewerbe" in pact.teaser
    assert pact.can_send_mail


def test_duesseldorf_has_the_facts_of_its_pact(duesseldorf):
    pact = Pact.load()

    assert pact.name == "Düsseldorfer Klimapakt mit der Wirtschaft"
    assert pact.city == "Düsseldorf"
    assert pact.climate_neutral_by == 2035
    assert pact.council_decision == "Juli 2019: klimaneutral bis 2035"
    assert pact.agreement_name == "Klimaschutzvereinbarung"
    assert not pact.uses_orientation_talk
    assert pact.uses_letter_of_intent
    assert pact.office_name == "Geschäftsstelle des Klimapaktes"
    assert pact.office_unit == "Wirtschaftsförderung der Landeshauptstadt Düsseldorf"
    assert pact.website == "https://www.duesseldorf-klimapakt.de"
    assert "zwei Tonnen CO₂ pro Kopf und Jahr" in pact.teaser
    assert "Gewerbe, Handel, Dienstleistung und Industrie verursachen 38 Prozent" in pact.teaser
    assert (pact.framework_agreement, pact.framework_signed_on, pact.framework_signed_by) == ("", None, "")


def test_without_a_known_mailbox_sending_is_off(duesseldorf):
    pact = Pact.load()

    assert pact.office_email.endswith(".invalid")
    assert not pact.can_send_mail
    assert pact.public_email == ""


@pytest.mark.parametrize("name", ["krefeld", "duesseldorf"])
def test_what_only_the_city_knows_stays_empty(db, now, name):
    pact = profile.load(name, now=now)

    for field in (
        "office_person", "office_phone", "street", "postal_code", "place", "publisher", "represented_by", "editor",
        "privacy_officer", "hosting",
    ):  # fmt: skip
        assert getattr(pact, field) == "", field
    assert pact.accessibility_checked_on is None
    assert pact.agreement_term_years is None


@pytest.mark.parametrize("name", ["krefeld", "duesseldorf"])
def test_law_of_the_state_is_filled_in(db, now, name):
    pact = profile.load(name, now=now)

    assert pact.privacy_law == "§ 3 DSG NRW"
    assert pact.accessibility_law == "BGG NRW und BITVNRW"
    assert pact.privacy_authority.startswith(
        "Landesbeauftragte für Datenschutz und Informationsfreiheit Nordrhein-Westfalen (LDI NRW)"
    )
    assert "§ 10d BGG NRW" in pact.accessibility_ombuds


def test_initial_partners_of_krefeld(krefeld):
    found = list(InitialPartner.objects.values_list("organisation__name", "short_name"))

    assert found == [
        ("Stadt Krefeld", ""),
        ("Industrie- und Handelskammer Mittlerer Niederrhein", "IHK"),
        ("Handwerkskammer Düsseldorf", "HWK"),
        ("Kreishandwerkerschaft Niederrhein Krefeld/Viersen/Neuss", ""),
        ("Hochschule Niederrhein", ""),
        ("WFG Wirtschaftsförderungsgesellschaft Krefeld mbH", "WFG"),
    ]


def test_initial_partners_of_duesseldorf(duesseldorf):
    found = list(InitialPartner.objects.values_list("organisation__name", "short_name"))

    assert found == [
        ("Landeshauptstadt Düsseldorf", ""),
        ("Industrie- und Handelskammer zu Düsseldorf", "IHK"),
        ("Handwerkskammer Düsseldorf", "HWK"),
        ("Kreishandwerkerschaft Düsseldorf", ""),
    ]


def test_steps_of_krefeld(krefeld):
    assert list(JoiningStep.objects.values_list("position", "title")) == [
        (1, "Orientierungsgespräch"),
        (2, "Vereinbarung"),
        (3, "Unterschrift"),
        (4, "Monitoring"),
    ]


def test_steps_of_duesseldorf(duesseldorf):
    assert list(JoiningStep.objects.values_list("position", "title")) == [
        (1, "Absichtserklärung"),
        (2, "Workshop"),
        (3, "Klimaschutzvereinbarung"),
        (4, "Netzwerktreffen und Beratung"),
    ]
    assert "über 40 Unternehmen" in JoiningStep.objects.get(position=1).text


def test_benefits_of_krefeld(krefeld):
    assert list(Benefit.objects.values_list("title", flat=True)) == [
        "Hilfe bei Ihren Maßnahmen",
        "Beratung bei Ihnen vor Ort",
        "Klimaschutzkonzept ohne Kosten",
        "Netzwerktreffen",
        "Öffentlich sichtbar",
    ]
    assert "Kleine und mittlere Unternehmen" in Benefit.objects.get(title="Klimaschutzkonzept ohne Kosten").text


@pytest.mark.parametrize(
    ("name", "partners"),
    [
        (
            "krefeld",
            [
                "Auleso GmbH",
                "Blumen Stefan Peeters GmbH",
                "C. C. Umwelt GmbH",
                "Derichs u. Konertz GmbH u. Co. KG",
                "Wohnstätte Krefeld Wohnungs-AG",
            ],
        ),
        ("duesseldorf", ["Teekanne GmbH & Co. KG"]),
    ],
)
def test_partners_of_the_reports_are_listed_by_name_and_nothing_else(db, now, name, partners):
    profile.load(name, now=now)

    listed = Partner.objects.listed(on=timezone.localdate(now))
    assert [str(partner) for partner in listed] == partners
    for partner in listed:
        organisation = partner.organisation
        assert (partner.text, organisation.sector, organisation.employees) == ("", "", None)
        assert (organisation.street, organisation.place, organisation.website) == ("", "", "")
        assert not organisation.is_invented
    assert not Measure.objects.exists()
    assert not Target.objects.exists()
    assert not Contact.objects.exists()


def test_agreement_of_a_reported_partner_is_in_force_from_an_unknown_day(krefeld):
    agreement = Agreement.objects.get(partner__organisation__name="Auleso GmbH")

    assert agreement.status == Agreement.Status.IN_FORCE
    assert agreement.is_date_unknown
    assert (agreement.signed_on, agreement.in_force_from, agreement.in_force_until) == (None, None, None)


def test_consent_of_a_reported_partner_is_marked_as_yet_to_be_asked_for(krefeld):
    consent = Consent.objects.get(organisation__name="Auleso GmbH")

    assert consent.purpose == Consent.Purpose.PROFILE
    assert consent.source == Consent.Source.PUBLIC_REPORT
    assert consent.text == "Nennung als Partner in einem öffentlichen Bericht"
    assert consent.given_by == ""


def test_workshop_of_krefeld(krefeld):
    event = Event.objects.get(title="Workshop zum Krefelder Klimapakt")

    assert event.kind == Event.Kind.WORKSHOP
    assert event.when == "Montag, 8. August 2022, 13\u2060–\u206017\u00a0Uhr"
    assert event.starts_at == datetime(2022, 8, 8, 11, tzinfo=UTC)
    assert event.ends_at == datetime(2022, 8, 8, 15, tzinfo=UTC)
    assert event.venue == "Volkshochschule Krefeld"
    assert "interessierte Unternehmen" in event.text
    assert "Postfach der Geschäftsstelle" in event.text
    assert event.text.count("?") == 6
    assert list(event.agenda.values_list("title", "starts_at")) == [
        ("Warum es einen Klimapakt braucht", None),
        ("Was das Recht heute verlangt und was noch kommt", None),
        ("Was der Klimapakt kann: Inhalte und Vorteile für Partner", None),
        ("Der Weg zur Partnerschaft, mit Entwürfen der Unterlagen", None),
        ("Arbeitsphase: Was die Beteiligten von der Partnerschaft erwarten", None),
    ]


def test_first_meeting_of_krefeld_has_no_date_but_a_report(krefeld):
    event = Event.objects.get(title="Erstes Netzwerktreffen der Klimapartner")

    assert event.when == "Datum nicht bekannt, Bericht vom 16. November 2023"
    assert event.starts_at is None
    assert event.venue == "C. C. Umwelt GmbH, Bataverstraße"
    assert event.host.name == "C. C. Umwelt GmbH"
    assert "drei Stunden" in event.text
    assert "25 Klimapartner" in event.text
    assert event.participants is None
    for fact in ("Austausch", "Sichtbarkeit", "Projekte", "Geschäftsstelle wertete sie aus", "folgenden Jahres"):
        assert fact in event.results


def test_second_meeting_of_krefeld_has_no_date_at_all(krefeld):
    event = Event.objects.get(title="Netzwerktreffen zu Elektromobilität")

    assert event.when == "Datum nicht bekannt"
    assert (event.starts_at, event.reported_on, event.host, event.participants) == (None, None, None, None)
    assert event.venue == "Kulturfabrik, kleine Halle"
    assert "In kleinen Gruppen" in event.text
    assert list(event.agenda.values_list("title", flat=True)) == [
        "Rundgang hinter die Kulissen",
        "Teststrecke mit den Lastenrädern der Stadt",
    ]


def test_workshop_of_duesseldorf_is_known_by_its_month(duesseldorf):
    event = Event.objects.get(title="Auf dem Weg zur Klimaschutzvereinbarung")

    assert event.kind == Event.Kind.WORKSHOP
    assert event.when == "Mai 2022"
    assert event.ends_at is None
    assert event.venue == ""
    assert "Ende Mai 2022" in event.text


def test_first_meeting_of_duesseldorf_is_known_by_its_day(duesseldorf):
    event = Event.objects.get(title="Erstes Netzwerktreffen der Düsseldorfer Klimapartner")

    assert event.kind == Event.Kind.NETWORK_MEETING
    assert event.when == "Montag, 5. Dezember 2022"
    assert event.venue == "TechHub.K67"
    assert event.participants == 30
    assert "30 Klimapartner" in event.text
    assert list(event.agenda.values_list("title", "speaker")) == [
        ("Eröffnungsvortrag über die eigenen Klimaprojekte", "Teekanne GmbH & Co. KG"),
        ("Formate und Schwerpunkte der Zusammenarbeit festlegen", ""),
    ]


@pytest.mark.parametrize(("name", "count"), [("krefeld", 3), ("duesseldorf", 2)])
def test_events_are_public_and_past(db, now, name, count):
    profile.load(name, now=now)

    assert Event.objects.public().past(now=now).count() == count
    assert not Event.objects.filter(is_invented=True).exists()


@pytest.mark.parametrize("name", ["krefeld", "duesseldorf"])
def test_every_public_page_of_a_profile_renders(client, now, db, name):
    profile.load(name, now=now)
    pages = [
        reverse(name)
        for name in ("website:start", "partners:list", "partners:initial", "partners:how_to_join", "events:list")
    ]
    pages += [event.get_absolute_url() for event in Event.objects.all()]
    pages += [partner.get_absolute_url() for partner in Partner.objects.all()]

    answers = {page: client.get(page).status_code for page in pages}

    assert set(answers.values()) == {200}


def test_blank_pact_has_name_and_city_and_nothing_else(db, capsys):
    call_command("init_pact", "blank", "--name= Klimapakt  Musterstadt ", "--city=Musterstadt")

    pact = Pact.load()
    assert (pact.name, pact.city) == ("Klimapakt Musterstadt", "Musterstadt")
    assert not pact.can_send_mail
    assert not Organisation.objects.exists()
    assert not Event.objects.exists()
    assert capsys.readouterr().out.endswith("ist eingerichtet.\n")


def test_command_without_a_name_lists_what_there_is(db, capsys):
    call_command("init_pact")

    assert capsys.readouterr().out.startswith("Vorhanden sind: duesseldorf, krefeld, blank.")
    assert not Pact.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["atlantis"], "Einen Pakt „atlantis“ gibt es nicht; vorhanden sind: duesseldorf, krefeld, blank."),
        (["../krefeld"], "Einen Pakt „../krefeld“ gibt es nicht; vorhanden sind: duesseldorf, krefeld, blank."),
        (["blank"], "Für einen leeren Pakt bitte --name und --city angeben."),
        (["blank", "--name=Klimapakt"], "Für einen leeren Pakt bitte --name und --city angeben."),
        (
            ["krefeld", "--city=Bonn"],
            "--name und --city gibt es nur für das Profil blank; bei „krefeld“ stehen sie schon fest.",
        ),
    ],
)
def test_refusal_is_one_sentence_and_leaves_nothing(db, arguments, sentence):
    with pytest.raises(CommandError) as refusal:
        call_command("init_pact", *arguments)

    assert str(refusal.value) == sentence
    assert refusal.value.returncode == 1
    assert not Pact.objects.exists()


def test_name_too_long_for_the_pact_names_the_field(db):
    with pytest.raises(CommandError, match="^Das nimmt der Pakt nicht an: Name des Pakts"):
        call_command("init_pact", "blank", name="x" * 201, city="Musterstadt")

    assert not Pact.objects.exists()


def test_second_pact_is_refused_and_changes_nothing(krefeld):
    with pytest.raises(CommandError, match="^Es gibt schon einen Klimapakt, „Krefelder Klimapakt“;"):
        call_command("init_pact", "duesseldorf")

    assert [pact.city for pact in Pact.objects.all()] == ["Krefeld"]
    assert InitialPartner.objects.count() == 6


def test_profile_that_fails_half_way_leaves_nothing(db, now, monkeypatch):
    def fail(*args, **kwargs):
        raise NotPossible

    monkeypatch.setattr(profile, "create_event", fail)

    with pytest.raises(NotPossible):
        profile.load("krefeld", now=now)

    assert not Pact.objects.exists()
    assert not Organisation.objects.exists()


def test_page_without_a_pact_says_how_to_make_one(client, db):
    answer = client.get("/")

    assert answer.status_code == 503
    assert "Das Portal ist noch nicht eingerichtet" in answer.text
    assert "./portal manage init_pact" in answer.text
