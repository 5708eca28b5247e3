"""What the pact asks of an application, and what is next."""

from datetime import date

import pytest
from django.utils import timezone

from klimapakt.pact.models import Pact
from partners import rules
from partners.models import Application
from partners.rules import State
from partners.services import decision, review
from tests.factories import ApplicationFactory
from tests.factories.talks import TalkBookingFactory, office_hour


@pytest.fixture
def application(pact) -> Application:
    return ApplicationFactory()


SEATS = [
    # postal codes of the city, where the applicant is, other sites → how the rule stands
    ("", "99999", "Musterstadt", "", State.OK),
    ("", "99999", "MUSTERSTADT", "", State.OK),
    ("", "99999", "Musterstadt-Nord", "", State.OK),
    ("", "99999", "Musterstadt (Mitte)", "", State.OK),
    ("", "99999", "Musterstadtwald", "", State.NO),
    ("", "99999", "Neu Musterstadt", "", State.NO),
    ("", "99999", "Anderswo", "Werk am Hafen", State.OPEN),
    ("12345 12346", "12346", "Musterstadt", "", State.OK),
    ("12345, 12346", "12346", "Hinterm Berg", "", State.OK),
    ("12345 12346", "99999", "Musterstadt", "", State.OPEN),
    ("12345 12346", "99999", "Anderswo", "", State.NO),
    ("12345 12346", "99999", "Anderswo", "Werk am Hafen", State.OPEN),
    ("12345 12346", "", "", "", State.NO),
]


@pytest.mark.parametrize(("codes", "postal_code", "place", "other_sites", "state"), SEATS)
def test_a_seat_or_a_branch_in_the_city(codes, postal_code, place, other_sites, state):
    pact = Pact(city="Musterstadt", postal_codes=codes)
    application = Application(postal_code=postal_code, place=place, other_sites=other_sites)

    assert rules.seat(application, pact).state == state


def test_a_city_with_a_name_that_means_something_to_a_pattern_is_found():
    pact = Pact(city="Halle (Saale)")

    assert rules.seat(Application(place="Halle (Saale)"), pact).state == State.OK
    assert rules.seat(Application(place="Halle"), pact).state == State.NO


@pytest.mark.parametrize(("form", "state"), [("gmbh", State.OK), ("gbr", State.NO), ("", State.OPEN)])
def test_a_legal_form_that_the_pact_names(form, state):
    pact = Pact(eligible_legal_forms=["gmbh", "eg"])

    assert rules.legal_form(Application(legal_form=form), pact).state == state


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        ({"requires_seat": False}, ["Angaben vollständig"]),
        ({}, ["Angaben vollständig", "Sitz oder Niederlassung in Musterstadt"]),
        ({"requires_seat": False, "eligible_legal_forms": ["gmbh"]}, ["Angaben vollständig", "Rechtsform"]),
        (
            {"uses_orientation_talk": True, "uses_letter_of_intent": True},
            [
                "Angaben vollständig",
                "Orientierungsgespräch",
                "Absichtserklärung (LoI)",
                "Sitz oder Niederlassung in Musterstadt",
            ],
        ),
    ],
)
def test_only_the_rules_of_this_pact_are_checked(settings, labels, application, pact):
    for name, value in settings.items():
        setattr(pact, name, value)

    assert [check.label for check in rules.checks(application, pact)] == labels


@pytest.mark.parametrize(
    ("talk", "letter", "recorded", "missing"),
    [
        (False, False, [], []),
        (True, False, [], ["Orientierungsgespräch"]),
        (False, True, [], ["Absichtserklärung (LoI)"]),
        (True, True, [], ["Orientierungsgespräch", "Absichtserklärung (LoI)"]),
        (True, True, ["orientation_talk"], ["Absichtserklärung (LoI)"]),
        (True, True, ["orientation_talk", "letter_of_intent"], []),
        (False, False, ["orientation_talk"], []),
    ],
)
def test_the_steps_that_the_pact_asks_for_come_before_acceptance(
    talk, letter, recorded, missing, pact, in_state, office
):
    pact.uses_orientation_talk, pact.uses_letter_of_intent = talk, letter
    pact.save()
    application = in_state("in_review")
    for kind in recorded:
        review.record_step(application, kind, done_on=date(2026, 1, 2), document=None, note="", by=office)

    obstacles = decision.obstacles(application, pact)

    assert obstacles == [f"Noch nicht eingetragen: {step}." for step in missing]


def test_what_is_missing_is_named(application, pact):
    application.employees, application.sets_measures = None, False

    check = rules.completeness(application)

    assert (check.state, check.is_required) == (State.OPEN, True)
    assert "„Zahl der Beschäftigten“, „Vereinbart Maßnahmen mit Einsparzielen“" in check.sentence


NEXT = [
    ("unconfirmed", {}, "Das Unternehmen bestätigt seine E-Mail-Adresse"),
    ("submitted", {}, "In Prüfung nehmen"),
    ("query", {}, "Das Unternehmen beantwortet die Rückfrage"),
    ("in_review", {}, "Aufnehmen, nachfragen oder ablehnen"),
    ("in_review", {"needs_second_person": True}, "Entscheidung vorschlagen"),
    ("in_review", {"uses_orientation_talk": True}, "Orientierungsgespräch eintragen"),
    ("accepted", {}, "Klimaschutzvereinbarung abstimmen"),
    ("rejected", {}, ""),
    ("withdrawn", {}, ""),
]


@pytest.mark.parametrize(("state", "settings", "sentence"), NEXT)
def test_the_office_reads_what_is_next(state, settings, sentence, in_state, pact):
    application = in_state(state)
    for name, value in settings.items():
        setattr(pact, name, value)

    assert rules.next_for_office(application, pact, today=date(2026, 11, 22)) == sentence


@pytest.mark.parametrize(("days", "sentence"), [
    (3, "Gespräch führen: {slot}"), (-1, "Eintragen, ob das Gespräch stattgefunden hat"),
])  # fmt: skip
def test_a_booked_talk_is_held_before_it_is_recorded(days, sentence, in_state, pact):
    application = in_state("in_review")
    pact.uses_orientation_talk = True
    booking = TalkBookingFactory(application=application, slot__starts_at=office_hour(days))

    said = rules.next_for_office(application, pact, today=timezone.localdate())
    [talk] = [check for check in rules.checks(application, pact) if check.label == "Orientierungsgespräch"]

    assert said == sentence.format(slot=booking.slot)
    assert (talk.state, talk.sentence) == (State.OPEN, f"Noch nicht eingetragen: Orientierungsgespräch. Gebucht: {booking.slot}.")  # fmt: skip


@pytest.mark.parametrize(("size", "employees", "is_noted"), [
    ("sme", 1250, True), ("sme", 250, True), ("sme", 249, False), ("sme", None, False), ("group", 1250, False),
    ("large", 1250, False), ("", 1250, False),
])  # fmt: skip
def test_a_size_that_contradicts_itself_is_noted_and_keeps_nobody_out(size, employees, is_noted, in_state, pact):
    application = in_state("in_review")
    application.company_size, application.employees = size, employees

    noted = [check for check in rules.checks(application, pact) if check.label == "Kleines oder mittleres Unternehmen"]

    assert bool(noted) is is_noted
    assert all("weniger als 250" in check.sentence and f"{employees // 1000}.250" in check.sentence for check in noted if employees > 999)  # fmt: skip
    assert [check for check in rules.exceptions(noted) if check.is_required] == rules.obstacles(noted) == []


def test_what_is_missing_is_asked_before_anything_else(in_state, pact):
    application = in_state("in_review")
    pact.uses_orientation_talk, application.employees = True, None

    assert rules.next_for_office(application, pact, today=date(2026, 11, 22)) == "Fehlende Angaben erfragen"


@pytest.mark.parametrize(("today", "sentence"), [
    (date(2026, 12, 1), "Wiedervorlage am 2. Dezember: Urlaub"), (date(2026, 12, 2), "In Prüfung nehmen"),
])  # fmt: skip
def test_what_is_put_off_rests_until_its_day(today, sentence, in_state, pact):
    application = in_state("submitted")
    application.follow_up_on, application.follow_up_note = date(2026, 12, 2), "Urlaub"

    assert rules.next_for_office(application, pact, today=today) == sentence


def test_a_proposal_is_confirmed_now_though_somebody_put_the_application_off(in_state, pact):
    application = in_state("in_review")
    application.follow_up_on, application.proposed_decision = date(2026, 12, 2), "accept"

    said = rules.next_for_office(application, pact, today=date(2026, 11, 22))

    assert said == "Aufnahme ist vorgeschlagen: eine zweite Person bestätigt"
