"""What waits for the office, and what a company sees of its agreements."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from agreements.models import Agreement
from agreements.services import answering, offering
from agreements.work import PATIENCE, next_steps, waiting
from tests.factories import AgreementFactory, UserFactory
from tests.factories.agreements import agreement_in


def titles(user):
    return {item.title: (item.count, item.urgent) for item in waiting(user) if item.count}


def test_each_agreement_waits_in_one_place(pact, office, administrator):
    for state in Agreement.Status.values:
        agreement_in(state)
    answering.request_change(agreement_in("offered").newest_version(), "Bitte 50 Prozent.")

    assert (
        titles(office)
        == titles(administrator)
        == {
            "Vereinbarungen gegenzeichnen": (1, True),
            "Änderungswünsche zu Vereinbarungen": (1, True),
            "Vereinbarungen abgelehnt": (1, False),
            "Vereinbarungen im Entwurf": (1, False),
        }
    )


def test_an_offer_is_asked_after_when_it_has_lain_for_two_weeks(pact, office, time_machine):
    time_machine.move_to("2026-11-02T09:00:00+01:00", tick=False)
    agreement_in("offered")
    time_machine.shift(PATIENCE - timedelta(seconds=1))
    before = titles(office)
    time_machine.shift(timedelta(seconds=2))

    assert before == {}
    assert titles(office) == {"Vereinbarungen seit 14 Tagen ohne Antwort": (1, False)}


def test_a_wish_is_done_with_once_a_new_version_is_offered(pact, office):
    agreement = agreement_in("offered")
    answering.request_change(agreement.newest_version(), "Bitte 50 Prozent.")
    offering.take_back(agreement, by=office)
    offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=office)

    assert titles(office) == {}


def test_who_only_countersigns_sees_only_that(pact):
    agreement_in("signed")
    agreement_in("draft")
    user = UserFactory()
    user.user_permissions.add(Permission.objects.get(codename="countersign_agreement"))

    assert titles(user) == {"Vereinbarungen gegenzeichnen": (1, True)}


@pytest.mark.parametrize("rows", [1, 5])
def test_the_work_list_needs_one_query(rows, pact, office, django_assert_num_queries):
    for _ in range(rows):
        agreement_in("offered")
    office.has_perm("agreements.change_agreement")  # asks for the permissions once

    with django_assert_num_queries(1):
        waiting(office)


def test_others_see_nothing(pact, initial_partner_user):
    agreement_in("signed")

    assert waiting(initial_partner_user) == []


def test_a_new_agreement_is_offered_while_none_is_under_way(pact):
    agreement = agreement_in("in_force")
    labels = [step.label for step in next_steps(agreement.partner)]
    AgreementFactory(partner=agreement.partner, signed_on=None)

    assert labels == ["Vereinbarung (in Kraft)", "Neue Vereinbarung"]
    assert [step.label for step in next_steps(agreement.partner)] == [
        "Vereinbarung (Entwurf)",
        "Vereinbarung (in Kraft)",
    ]
