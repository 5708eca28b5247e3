"""A partner that joined on paper is entered by the office."""

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from klimapakt import worklist
from partners.models import Consent, Contact, Partner
from partners.services import decision
from tests.factories import ConsentFactory, ContactFactory, OrganisationFactory, PartnerFactory

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


def people_form(organisation, *rows: dict[str, str]) -> dict[str, str]:
    """Return what the page of an organisation sends with these people."""
    data = {
        "name": organisation.name, "kind": organisation.kind, "contacts-TOTAL_FORMS": len(rows),
        "contacts-INITIAL_FORMS": organisation.contacts.count(), "consents-TOTAL_FORMS": 0, "consents-INITIAL_FORMS": 0,
    }  # fmt: skip
    for number, row in enumerate(rows):
        data |= {f"contacts-{number}-{name}": value for name, value in row.items()}
    return data


@pytest.mark.parametrize(("second", "is_refused"), [
    ("erika@muster.example", True), ("ERIKA@muster.example", True), ("kim@muster.example", False), ("", False),
])  # fmt: skip
def test_an_address_stands_at_one_present_person_only(second, is_refused, office_client, pact):
    organisation = OrganisationFactory()
    gone = ContactFactory(organisation=organisation, email="kim@muster.example", is_main=False)
    Contact.objects.filter(pk=gone.pk).update(left_at=timezone.now())
    rows = {"name": "Erika", "email": "erika@muster.example"}, {"name": "Kim", "email": second}

    answer = office_client.post(
        f"/admin/partners/organisation/{organisation.pk}/change/", people_form(organisation, *rows)
    )

    assert ("Diese Adresse steht bei zwei Personen" in answer.content.decode()) is is_refused
    assert organisation.contacts.count() == (0 if is_refused else 2)


def test_of_two_people_with_one_address_one_may_go(office_client, pact):
    organisation = OrganisationFactory()
    for name in ("Erika", "Erika M."):
        ContactFactory(organisation=organisation, name=name, email="erika@muster.example", is_main=False)
    there = [{"id": one.pk, "organisation": organisation.pk, "name": one.name, "email": one.email} for one in organisation.contacts.all()]  # fmt: skip
    there[1]["DELETE"] = "on"

    office_client.post(f"/admin/partners/organisation/{organisation.pk}/change/", people_form(organisation, *there))

    assert organisation.contacts.get().name == there[0]["name"]


def test_a_partner_is_found_by_the_number_of_its_application_and_the_office_by_its_contacts(
    in_state, pact, office, office_client, initial_partner_user
):
    application = in_state("in_review")
    partner = decision.accept(application, by=office)
    OrganisationFactory()
    reader = Client()
    reader.force_login(initial_partner_user)
    url = "/admin/partners/partner/"

    for term in (application.reference, application.contact_email):
        assert list(office_client.get(url, {"q": term}).context["cl"].result_list) == [partner], term
    assert list(reader.get(url, {"q": application.contact_email}).context["cl"].result_list) == []


def test_consents_to_get_lead_to_the_partners_who_lack_one(pact, office, office_client):
    for source in (Consent.Source.PUBLIC_REPORT, Consent.Source.PUBLIC_REPORT, Consent.Source.ONLINE):
        partner = PartnerFactory()
        Consent.objects.filter(organisation=partner.organisation).delete()
        ConsentFactory(organisation=partner.organisation, source=source)

    [item] = [item for item in worklist.work_of(office) if item.title == "Einwilligungen einholen"]

    assert item.count == office_client.get(item.url).context["cl"].result_count == 2
