"""A partner that joined on paper is entered by the office."""

import pytest
from django.contrib import admin

from partners.models import Partner
from tests.factories import OrganisationFactory, PartnerFactory

pytestmark = pytest.mark.django_db


def test_a_partner_entered_by_the_office_gets_an_address_of_its_own(office_client, pact):
    PartnerFactory(slug="musterbaeckerei-gmbh")
    organisation = OrganisationFactory(name="Musterbäckerei GmbH")

    answer = office_client.post("/admin/partners/partner/add/", {"organisation": organisation.pk, "text": ""})

    partner = Partner.objects.get(organisation=organisation)
    assert answer.status_code == 302
    assert partner.slug == "musterbaeckerei-gmbh-2"
    assert partner.publication == Partner.Publication.HIDDEN
    assert organisation.timeline.get().text == "Als Partner angelegt"


def test_an_organisation_becomes_a_partner_once(office_client, pact):
    organisation = PartnerFactory().organisation

    answer = office_client.post("/admin/partners/partner/add/", {"organisation": organisation.pk, "text": ""})

    assert answer.status_code == 200
    assert Partner.objects.filter(organisation=organisation).count() == 1
    assert organisation.timeline.count() == 0


def test_saving_a_text_does_not_bring_back_a_state_that_moved_meanwhile(pact):
    stale = PartnerFactory(published=True)
    Partner.objects.get(pk=stale.pk).hide()
    page = admin.site.get_model_admin(Partner)
    form = page.get_form(None, stale, fields=["slug", "text"])({"slug": stale.slug, "text": "Neu"}, instance=stale)
    assert form.is_valid()

    page.save_model(None, form.save(commit=False), form, change=True)

    stored = Partner.objects.get(pk=stale.pk)
    assert stored.text == "Neu"
    assert stored.publication == Partner.Publication.HIDDEN
