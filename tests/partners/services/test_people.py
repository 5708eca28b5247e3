"""Whom the office knows after an acceptance: nobody twice, and those known before as they were once it is undone."""

import pytest

from partners.models import Application, Contact, Organisation
from partners.services import decision
from tests.factories import ApplicantFactory, ContactFactory, OrganisationFactory
from tests.partners.services.in_review import ANSWERS, reviewed
from tests.rows import all_rows, difference

pytestmark = pytest.mark.django_db

ERIKA = ANSWERS["contact_email"]


@pytest.fixture
def known(pact) -> Organisation:
    """The organisation that applies, known before, with a main contact."""
    organisation = OrganisationFactory(name=ANSWERS["name"])
    ContactFactory(organisation=organisation, name="Vera Vorstand", email="vera@musterbaeckerei.example")
    return organisation


def people(organisation: Organisation) -> list[tuple]:
    """Name, address, and who is main, signatory, for events."""
    rows = organisation.contacts.order_by("name")
    return [(one.name, one.email, one.is_main, one.is_signatory, one.is_for_events) for one in rows]


def accepted(office, **changes: object) -> Application:
    application = reviewed(office, **changes)
    decision.accept(application, by=office)
    return application


@pytest.mark.parametrize("email", [ERIKA, ERIKA.upper()])
def test_who_is_known_by_this_address_stays_one_person_and_gets_the_role(email, known, office):
    there = ContactFactory(organisation=known, name="E. Muster", email=email, is_main=False, function="", phone="4711")

    accepted(office)

    assert people(known) == [
        ("E. Muster", email, False, False, True),
        ("Heinz Muster", "", False, True, False),
        ("Vera Vorstand", "vera@musterbaeckerei.example", True, False, False),
    ]
    there.refresh_from_db()
    assert (there.function, there.phone) == (ANSWERS["contact_function"], "4711")


def test_who_is_known_by_name_and_signs_stays_one_person(known, office):
    ContactFactory(organisation=known, name="HEINZ MUSTER", email="heinz@musterbaeckerei.example", is_main=False)

    accepted(office)

    assert ("HEINZ MUSTER", "heinz@musterbaeckerei.example", False, True, False) in people(known)
    assert known.contacts.count() == 3


def test_behind_a_shared_address_another_person_does_not_come_to_sign(known, office):
    ContactFactory(organisation=known, name="Zentrale", email=ERIKA, is_main=False)

    accepted(office, signatory_name="Erika Muster")

    assert [row for row in people(known) if row[0] != "Vera Vorstand"] == [
        ("Erika Muster", "", False, True, False), ("Zentrale", ERIKA, False, False, True),
    ]  # fmt: skip


def test_undone_those_known_before_are_exactly_as_they_were(known, office):
    ContactFactory(organisation=known, name="Erika Muster", email="", is_main=False, function="")
    ContactFactory(organisation=known, name="Heinz Muster", email="heinz@x.example", is_main=False)
    known.contacts.filter(is_main=True).delete()
    before = {pk: row for pk, row in Contact.objects.in_bulk().items()}
    application = accepted(office)
    assert known.contacts.get(name="Erika Muster").is_main

    decision.undo_decision(application, by=office)

    assert {pk: vars(row) | {"_state": 0} for pk, row in Contact.objects.in_bulk().items()} == {
        pk: vars(row) | {"_state": 0} for pk, row in before.items()
    }
    application.refresh_from_db()
    assert application.known_before is None


def test_what_somebody_changed_since_is_not_undone(known, office):
    there = ContactFactory(organisation=known, name="Erika Muster", email=ERIKA, is_main=False, function="", phone="")
    application = accepted(office)
    Contact.objects.filter(pk=there.pk).update(function="Vorständin")

    decision.undo_decision(application, by=office)

    there.refresh_from_db()
    assert (there.function, there.phone, there.is_for_events) == ("Vorständin", "", False)


# --- a deputy ---------------------------------------------------------------------------------------------------------


def test_a_deputy_of_whom_only_the_address_is_known_is_the_co_worker_at_it(pact, office):
    application = reviewed(office)
    Application.objects.filter(pk=application.pk).update(deputy_email="kim@musterbaeckerei.example")
    ApplicantFactory(application=application, name="Kim Kollegin", email="KIM@musterbaeckerei.example")

    decision.accept(application, by=office)

    deputy = Contact.objects.get(name="Kim Kollegin")
    assert (deputy.email, deputy.has_access) == ("kim@musterbaeckerei.example", True)


def test_a_deputy_at_the_contacts_own_address_stays_a_person_without_one(pact, office):
    accepted(office, deputy_name="Kim Kollegin", deputy_email=ERIKA.upper())

    assert Contact.objects.get(name="Kim Kollegin").email == ""
    assert Contact.objects.get(email=ERIKA).name == "Erika Muster"


def test_a_deputy_without_a_name_keeps_the_application_from_being_accepted(pact, office):
    application = reviewed(office)
    Application.objects.filter(pk=application.pk).update(deputy_email="kim@musterbaeckerei.example")
    before = all_rows()

    with pytest.raises(decision.NotPossible, match="Name der Vertretung"):
        decision.accept(application, by=office)

    assert difference(before, all_rows()) == {}
