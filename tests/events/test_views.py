"""The public page of an event."""

import pytest

from partners.models import Consent
from partners.services import publication
from tests.factories import ContactFactory, EventFactory, InitialPartnerFactory, OrganisationFactory, PartnerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page_of(client, pact):
    return lambda event: client.get(event.get_absolute_url()).content.decode()


def test_a_host_with_a_public_profile_is_named_and_linked(page_of):
    partner = PartnerFactory(listed=True)

    shown = page_of(EventFactory(published=True, host=partner.organisation))

    assert f'<a href="{partner.get_absolute_url()}">{partner.organisation.name}</a>' in shown


@pytest.mark.django_db(transaction=True)  # kept pages change with a commit
def test_a_host_that_withdraws_its_consent_is_no_longer_named(page_of):
    partner = PartnerFactory(listed=True)
    event = EventFactory(published=True, host=partner.organisation)
    contact = ContactFactory(organisation=partner.organisation)
    assert partner.organisation.name in page_of(event)

    publication.withdraw_consent(contact, Consent.Purpose.PROFILE)

    assert partner.organisation.name not in page_of(event)


def test_an_initial_partner_is_named_as_host_without_a_profile(page_of):
    host = InitialPartnerFactory(organisation=OrganisationFactory(name="Hochschule Musterstadt")).organisation

    shown = page_of(EventFactory(published=True, host=host))

    assert "Hochschule Musterstadt" in shown


def test_a_host_that_never_agreed_is_not_named(page_of):
    host = OrganisationFactory(name="Verschwiegen GmbH")

    shown = page_of(EventFactory(published=True, host=host))

    assert "Verschwiegen GmbH" not in shown
