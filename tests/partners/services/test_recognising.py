"""An application is recognised as that of a known organisation, and its answers are taken over as chosen."""

import pytest

from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import Organisation
from partners.services import decision, merging, recognising
from tests.factories import InitialPartnerFactory, OrganisationFactory
from tests.rows import all_rows, difference

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(db) -> Organisation:
    """A founder whom the office knows under a former name."""
    return InitialPartnerFactory(
        organisation__name="Bäckerei Muster (alt)", organisation__place="Altstadt"
    ).organisation


def test_until_the_acceptance_nothing_of_the_organisation_changes(in_state, known, office):
    application = in_state("in_review")
    before = all_rows()

    recognising.recognise(application, known, take=["name", "place", "status", "pk"], by=office)

    assert set(difference(before, all_rows())) == {"partners_application", "partners_timelineentry"}
    application.refresh_from_db()
    assert (application.known_as, application.known_choices) == (known, ["name", "place"])


def test_accepted_it_becomes_a_role_of_that_organisation_with_the_chosen_answers(in_state, known, office):
    application = in_state("in_review")
    street = known.street
    recognising.recognise(application, known, take=["name", "place"], by=office)

    partner = decision.accept(application, by=office)

    known.refresh_from_db()
    assert partner.organisation == known
    assert (known.name, known.place, known.street) == (application.name, application.place, street)
    assert Organisation.objects.count() == 1


def test_undoing_the_acceptance_restores_the_former_values(in_state, known, office):
    application = in_state("in_review")
    recognising.recognise(application, known, take=["name", "place"], by=office)
    application.refresh_from_db()
    before = all_rows(without=("partners_timelineentry", "website_publicversion", "mailbox_outgoingmail"))
    decision.accept(application, by=office)
    Organisation.objects.filter(pk=known.pk).update(place="Vorstadt")

    decision.undo_decision(application, by=office)

    known.refresh_from_db()
    assert (known.name, known.place) == ("Bäckerei Muster (alt)", "Vorstadt")
    application.refresh_from_db()
    assert (application.known_as, application.known_before) == (known, None)
    assert "partners_contact" not in difference(before, all_rows())


def test_it_can_be_taken_back_before_the_acceptance(in_state, known, office):
    application = in_state("in_review")
    recognising.recognise(application, known, take=["name"], by=office)

    recognising.forget(application, by=office)

    application.refresh_from_db()
    assert (application.known_as, application.known_choices) == (None, [])
    assert application.timeline.first().text == "Doch nicht dieselbe Organisation wie „Bäckerei Muster (alt)“"
    with pytest.raises(TransitionNotAllowed):
        recognising.forget(application, by=office)


@pytest.mark.parametrize("state", ["draft", "unconfirmed", "accepted", "rejected", "withdrawn"])
def test_what_is_not_under_way_is_not_recognised(state, in_state, office):
    application, known = in_state(state), OrganisationFactory(name="Alt GmbH")
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        recognising.recognise(application, known, take=[], by=office)

    assert difference(before, all_rows()) == {}


def test_a_record_is_not_told_apart_from_itself(known, office):
    with pytest.raises(NotPossible):
        recognising.tell_apart(known, known, by=office)


def test_an_acceptance_is_not_undone_once_its_organisation_was_merged(in_state, office):
    application, kept = in_state("accepted"), OrganisationFactory(name="Behalten GmbH")
    row = merging.merge(kept, application.partner.organisation, take=[], by=office)

    with pytest.raises(NotPossible, match="zusammengeführt"):
        decision.undo_decision(application, by=office)

    assert Organisation.objects.filter(pk=kept.pk).exists()
    merging.undo(row, by=office)
    decision.undo_decision(application, by=office)
    assert list(Organisation.objects.all()) == [kept]


def test_an_application_of_an_organisation_that_was_merged_is_not_accepted_as_that(in_state, known, office):
    """A merge lets the application follow; this is what stands when it could not."""
    application = in_state("in_review")
    recognising.recognise(application, known, take=[], by=office)
    Organisation.everyone.filter(pk=known.pk).update(merged_into=OrganisationFactory(name="Behalten GmbH"))
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        decision.accept(application, by=office)

    assert difference(before, all_rows()) == {}
